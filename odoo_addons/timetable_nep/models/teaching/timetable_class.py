from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools import remote
from ...tools.name_search import with_parts


class TimetableClass(models.Model):
    """A section of an offering: the same people meet in all its events."""

    _name = "timetable.class"
    _description = "Class"
    _inherit = ["timetable.history.mixin", "timetable.import.template.mixin"]
    _import_template = "classes"
    _order = "offering_id, name, id"
    _rec_names_search = ["code", "offering_id"]
    _check_company_auto = True

    offering_id = fields.Many2one(
        "timetable.offering", required=True, index=True, ondelete="cascade"
    )
    term_id = fields.Many2one(
        related="offering_id.term_id", store=True, precompute=True, index=True
    )
    company_id = fields.Many2one(
        related="offering_id.company_id", store=True, precompute=True, index=True
    )
    department_id = fields.Many2one(
        related="offering_id.department_id", store=True, precompute=True, index=True
    )
    # For those who see the class but not the offering: another department's.
    course_id = fields.Many2one(related="offering_id.course_id")
    category = fields.Selection(related="offering_id.category")
    grid_id = fields.Many2one(related="term_id.grid_id")
    active = fields.Boolean(default=True)
    name = fields.Char("Section", required=True, default="A")
    code = fields.Char(index=True)
    faculty_ids = fields.Many2many(
        "timetable.faculty",
        "timetable_class_faculty_rel",
        "class_id",
        "faculty_id",
        check_company=True,
    )
    limit = fields.Integer("Students, at most", default=60)
    one_event_per_day = fields.Boolean("One event a day", default=True)
    min_days = fields.Integer(
        "Days to spread over",
        help="Days over which the events should spread: a wish. 0: no wish.",
    )
    unavailable_timeslot_ids = fields.Many2many(
        "timetable.timeslot",
        "timetable_class_unavailable_rel",
        "class_id",
        "timeslot_id",
        "Not available at",
        help="Timeslots in which it must not be held, such as those outside its shift.",
        domain="[('grid_id', '=', grid_id)]",
    )
    week_pattern_ids = fields.Many2many(
        "timetable.week.pattern",
        "timetable_class_weeks_rel",
        "class_id",
        "pattern_id",
        "Held in",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Empty: every week. Several: the timetable chooses one.",
    )
    event_ids = fields.One2many("timetable.event", "class_id", "Events")
    room_wish_ids = fields.One2many(
        "timetable.room.wish", "class_id", "Wishes for rooms"
    )
    batch_ids = fields.Many2many(
        "timetable.batch",
        "timetable_batch_class_rel",
        "class_id",
        "batch_id",
        "Batches",
        copy=False,
    )
    enrolment_ids = fields.One2many(
        "timetable.enrolment", "class_id", "Students of this class"
    )
    student_count = fields.Integer("Students", compute="_compute_student_count")

    event_count = fields.Integer("Weekly events", compute="_compute_event_count")

    _unique_name = models.UniqueIndex(
        "(offering_id, name)", "This offering has a section of that name already."
    )
    _check_limit = models.Constraint(
        'CHECK ("limit" BETWEEN 0 AND 100000)', "The limit is between 0 and 100,000."
    )
    _check_min_days = models.Constraint(
        "CHECK (min_days BETWEEN 0 AND 7)", "A week has seven days."
    )

    @api.constrains("unavailable_timeslot_ids", "offering_id")
    def _check_grid(self):
        for section in self.sudo():
            strange = section.unavailable_timeslot_ids.filtered(
                lambda slot, grid=section.grid_id: slot.grid_id != grid
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "%(time)s is not in the weekly grid of %(whose)s.",
                        time=strange[0].display_name,
                        whose=section.term_id.display_name,
                    )
                )

    @api.depends("enrolment_ids", "further_ids")
    def _compute_student_count(self):
        counts = dict(
            self.env["timetable.seat"]._read_group(
                [("class_id", "in", self.ids)], ["class_id"], ["__count"]
            )
        )
        for section in self:
            section.student_count = counts.get(section, 0)

    @api.depends("event_ids")
    def _compute_event_count(self):
        counts = dict(
            self.env["timetable.event"]._read_group(
                [("class_id", "in", self.ids)], ["class_id"], ["__count"]
            )
        )
        for section in self:
            section.event_count = counts.get(section, 0)

    # ---- Actions
    @remote.many
    def action_open_events(self):
        return self._open("timetable_nep.timetable_event_action", "class_id")

    @remote.many
    def action_open_students(self):
        action = self._open("timetable_nep.timetable_enrolment_action", "class_id")
        action["domain"] = [("class_ids", "in", self.ids)]
        return action

    @remote.many
    def action_open_week(self):
        """Where its events are in the timetable in force."""
        action = self._open("timetable_nep.timetable_assignment_action", "class_id")
        in_force = self.env["timetable.assignment"]._domain_in_force()
        action["domain"] = list(in_force & Domain("class_id", "=", self.id))
        action["context"] = {}
        return action

    def _open(self, xmlid, field):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [(field, "=", self.id)]
        action["context"] = {f"default_{field}": self.id}
        return action

    # ---- CRUD
    def _in_use(self):
        events = self.with_context(active_test=False).event_ids._in_use()
        return self & events.class_id

    @api.model
    def _search_display_name(self, operator, value):
        """``PHY101-A`` finds section A of PHY101: a class is found as it is shown."""
        return with_parts(
            super()._search_display_name(operator, value),
            operator,
            value,
            "-",
            # Coordinators know other departments' classes, but not their offerings.
            lambda offering, name, exact: (
                Domain(
                    "offering_id",
                    "any!",
                    Domain("display_name", "=" if exact else "ilike", offering),
                )
                & Domain("name", "=ilike", name if exact else f"{name}%")
            ),
        )

    @api.depends("name", "offering_id.code", "offering_id.course_id.code")
    def _compute_display_name(self):
        for section in self:
            offering = section.sudo().offering_id
            code = offering.code or offering.course_id.display_name or ""
            section.display_name = f"{code}-{section.name}" if code else section.name
