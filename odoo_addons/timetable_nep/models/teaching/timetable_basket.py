from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...const import CATEGORIES
from ...tools import remote


class TimetableBasket(models.Model):
    """Offerings of which a student chooses some, as the policy has them for each
    category: a multidisciplinary course, a skill course and so on."""

    _name = "timetable.basket"
    _description = "Elective basket"
    _inherit = ["timetable.import.template.mixin"]
    _import_template = "baskets"
    _order = "term_id, category, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["timetable.term"]._default_term(),
    )
    company_id = fields.Many2one(
        related="term_id.company_id", store=True, precompute=True, index=True
    )
    category = fields.Selection(CATEGORIES, required=True, default="multidisciplinary")
    programme_ids = fields.Many2many(
        "timetable.programme",
        "timetable_basket_programme_rel",
        "basket_id",
        "programme_id",
        "Programmes",
        check_company=True,
        help="Whose students choose from it. Empty: all.",
    )
    offering_ids = fields.Many2many(
        "timetable.offering",
        "timetable_basket_offering_rel",
        "basket_id",
        "offering_id",
        "Offerings",
        domain="[('term_id', '=', term_id)]",
        copy=False,
    )
    min_choices = fields.Integer("At least", default=1)
    max_choices = fields.Integer("At most", default=1)
    offering_count = fields.Integer(compute="_compute_counts")
    choice_count = fields.Integer("Choices", compute="_compute_counts")
    credits = fields.Float(
        compute="_compute_credits",
        digits=(6, 2),
        help="What a student earns with the least number of choices.",
    )
    missing_count = fields.Integer(
        "Students with too few choices", compute="_compute_missing"
    )

    _unique_name = models.UniqueIndex(
        "(term_id, name)", "This term has a basket of that name already."
    )
    _check_choices = models.Constraint(
        "CHECK (min_choices >= 0 AND max_choices BETWEEN min_choices AND 20)",
        "The least number of choices is 0 or more; the most is 20 or fewer, and "
        "not below the least.",
    )

    @api.constrains("offering_ids", "term_id")
    def _check_offerings(self):
        for basket in self:
            strange = basket.offering_ids.filtered(
                lambda offering, term=basket.term_id: offering.term_id != term
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "%(offering)s is not offered in %(term)s.",
                        offering=strange[0].display_name,
                        term=basket.term_id.display_name,
                    )
                )

    @api.depends("offering_ids.enrolment_ids")
    def _compute_counts(self):
        counts = dict(
            self.env["timetable.enrolment"]._read_group(
                [("offering_id", "in", self.offering_ids.ids)],
                ["offering_id"],
                ["__count"],
            )
        )
        for basket in self:
            basket.offering_count = len(basket.offering_ids)
            basket.choice_count = sum(counts.get(o, 0) for o in basket.offering_ids)

    @api.depends("offering_ids.credits", "min_choices")
    def _compute_credits(self):
        for basket in self:
            least = sorted(basket.offering_ids.mapped("credits"))
            basket.credits = sum(least[: basket.min_choices])

    @api.depends("offering_ids.enrolment_ids", "programme_ids", "min_choices")
    def _compute_missing(self):
        for basket in self:
            basket.missing_count = self.env["timetable.student"].search_count(
                [("id", "in", basket._missing_ids())]
            )

    def _missing_ids(self):
        """Students of the programmes who take part in the term and chose too few."""
        self.ensure_one()
        Enrolment = self.env["timetable.enrolment"]
        domain = [("term_id", "=", self.term_id.id), ("student_id.active", "=", True)]
        if self.programme_ids:
            domain.append(("student_id.programme_id", "in", self.programme_ids.ids))
        taking_part = Enrolment._read_group(domain, ["student_id"])
        chosen = dict(
            Enrolment._read_group(
                [("offering_id", "in", self.offering_ids.ids)],
                ["student_id"],
                ["__count"],
            )
        )
        return [
            student.id
            for (student,) in taking_part
            if chosen.get(student, 0) < self.min_choices
        ]

    @api.constrains("max_choices", "offering_ids")
    def _check_choices_made(self):
        self.sudo()._check_students()

    def _check_students(self, students=None):
        """Refuse more choices of a basket than it allows.

        :param students: those to look at; all without it
        :raises ValidationError: naming the first student and the basket
        """
        for basket in self:
            chosen = Domain("offering_id", "in", basket.offering_ids.ids)
            if students is not None:
                chosen &= Domain("student_id", "in", students.ids)
            rows = self.env["timetable.enrolment"]._read_group(
                chosen,
                ["student_id"],
                ["__count"],
                having=[("__count", ">", basket.max_choices)],
                limit=1,
            )
            for student, count in rows:
                raise ValidationError(
                    self.env._(
                        "%(student)s has %(count)s choices of %(basket)s: at most "
                        "%(most)s are allowed.",
                        student=student.display_name,
                        count=count,
                        basket=basket.display_name,
                        most=basket.max_choices,
                    )
                )

    # ---- Actions
    @remote.one
    def action_open_missing(self):
        """Students who still have to choose."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_student_action"
        )
        action["domain"] = [("id", "in", self._missing_ids())]
        return action

    @remote.one
    def action_open_choices(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_enrolment_action"
        )
        action["domain"] = [("offering_id", "in", self.offering_ids.ids)]
        action["context"] = {"search_default_group_offering": 1}
        return action
