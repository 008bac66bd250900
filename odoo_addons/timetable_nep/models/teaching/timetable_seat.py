from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class TimetableEnrolmentClass(models.Model):
    """The class of a further component, where an offering has several.

    The first one stands on the enrolment itself: where courses are not divided into
    components there are no rows here.
    """

    _name = "timetable.enrolment.class"
    _description = "Further class of an enrolment"
    _order = "enrolment_id, id"
    _rec_name = "class_id"

    enrolment_id = fields.Many2one(
        "timetable.enrolment", required=True, index=True, ondelete="cascade"
    )
    offering_id = fields.Many2one(related="enrolment_id.offering_id")
    student_id = fields.Many2one(
        related="enrolment_id.student_id", store=True, precompute=True, index=True
    )
    term_id = fields.Many2one(
        related="enrolment_id.term_id", store=True, precompute=True, index=True
    )
    class_id = fields.Many2one(
        "timetable.class",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('offering_id', '=', offering_id)]",
    )
    component_id = fields.Many2one(
        related="class_id.component_id", store=True, precompute=True
    )
    fixed = fields.Boolean(
        "Class decided", help="The class stays: runs may not change it."
    )
    active = fields.Boolean(default=True, help="Not while the class is archived.")

    _unique_component = models.UniqueIndex(
        "(enrolment_id, component_id) WHERE active",
        "This student has a class of that component already.",
    )

    @api.constrains("class_id", "enrolment_id", "active")
    def _check_classes(self):
        self.enrolment_id._check_places()


class TimetableEnrolment(models.Model):
    """One class of each component, groups together with the class they are part of."""

    _inherit = "timetable.enrolment"

    further_ids = fields.One2many(
        "timetable.enrolment.class", "enrolment_id", "Further classes"
    )
    class_ids = fields.Many2many(
        "timetable.class",
        string="Classes",
        compute="_compute_class_ids",
        search="_search_class_ids",
        help="Of each component of the course one.",
    )

    @api.depends("class_id", "further_ids.class_id")
    def _compute_class_ids(self):
        for row in self:
            row.class_ids = row.class_id | row.further_ids.class_id

    @api.model
    def _search_class_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        return Domain("class_id", operator, value) | Domain(
            "further_ids.class_id", operator, value
        )

    @api.constrains("class_id", "offering_id")
    def _check_places(self):
        for row in self.sudo():
            taken = {}
            for section in row.class_ids:
                if section.offering_id != row.offering_id:
                    raise ValidationError(
                        self.env._(
                            "%s is not a class of the chosen offering.",
                            section.display_name,
                        )
                    )
            for section in [row.class_id, *row.further_ids.mapped("class_id")]:
                component = section.component_id
                if section and component in taken:
                    raise ValidationError(
                        self.env._(
                            "%(student)s would be in %(one)s and in %(other)s: of a "
                            "component a student attends one class.",
                            student=row.student_id.display_name,
                            one=taken[component].display_name,
                            other=section.display_name,
                        )
                    )
                taken[component] = section
            row._check_parents(taken)

    def _check_parents(self, taken):
        """:param taken: component → class"""
        for section in taken.values():
            parent = section.parent_id
            attended = taken.get(parent.component_id)
            if parent and attended and attended != parent:
                raise ValidationError(
                    self.env._(
                        "%(group)s is a group of %(class)s, but %(student)s attends "
                        "%(other)s.",
                        group=section.display_name,
                        student=self.student_id.display_name,
                        other=attended.display_name,
                        **{"class": parent.display_name},
                    )
                )

    def write(self, vals):
        """Groups of another class go where nobody decided them."""
        if "further_ids" not in vals and {"class_id", "offering_id"} & vals.keys():
            section = self.env["timetable.class"].browse(vals.get("class_id"))
            for row in self.sudo():
                row.further_ids.filtered(
                    lambda further, row=row: (
                        vals.get("offering_id", row.offering_id.id)
                        != further.class_id.offering_id.id
                        or (
                            not further.fixed
                            and not further.class_id._goes_with(section)
                        )
                    )
                ).unlink()
        return super().write(vals)


class TimetableSeat(models.Model):
    """A student in a class, of whichever component: what attending means."""

    _name = "timetable.seat"
    _description = "Student in a class"
    _auto = False
    _order = "class_id, student_id, id"
    _depends = {
        "timetable.enrolment": ["student_id", "class_id", "term_id", "fixed"],
        "timetable.enrolment.class": [
            *("enrolment_id", "student_id", "class_id", "term_id", "fixed", "active"),
        ],
    }

    enrolment_id = fields.Many2one("timetable.enrolment", readonly=True)
    student_id = fields.Many2one("timetable.student", readonly=True)
    class_id = fields.Many2one("timetable.class", readonly=True)
    term_id = fields.Many2one("timetable.term", readonly=True)
    fixed = fields.Boolean("Class decided", readonly=True)

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            """
            CREATE VIEW timetable_seat AS
            SELECT 2 * id::bigint AS id, id AS enrolment_id, student_id, class_id,
                   term_id, fixed
              FROM timetable_enrolment
             WHERE class_id IS NOT NULL
             UNION ALL
            SELECT 2 * id::bigint + 1, enrolment_id, student_id, class_id, term_id,
                   fixed
              FROM timetable_enrolment_class
             WHERE active
            """
        )

    @api.model
    def _flush_seats(self):
        """Write what the view is made of: for statements that read it."""
        for model, names in self._depends.items():
            self.env[model].flush_model(names)


class TimetableClass(models.Model):
    _inherit = "timetable.class"

    seat_ids = fields.One2many("timetable.seat", "class_id", "Seats")
    further_ids = fields.One2many(
        "timetable.enrolment.class", "class_id", "Students of this group"
    )

    def _goes_with(self, other):
        """Whether a student can be in both of these classes of one offering."""
        self.ensure_one()
        if not other or self.component_id == other.component_id:
            return not other
        for group, section in ((self, other), (other, self)):
            parent = group.parent_id
            if parent.component_id == section.component_id and parent != section:
                return False
        return True
