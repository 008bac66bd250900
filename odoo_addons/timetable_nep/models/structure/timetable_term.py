from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...const import PROFILES
from ...tools import remote


class TimetableTerm(models.Model):
    """One term of one university: what is planned together."""

    _name = "timetable.term"
    _description = "Term"
    _inherit = [
        "mail.thread",
        "timetable.history.mixin",
        "timetable.import.template.mixin",
    ]
    _import_template = "terms"
    _order = "date_start desc nulls last, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    grid_id = fields.Many2one(
        "timetable.grid",
        "Weekly grid",
        required=True,
        ondelete="restrict",
        check_company=True,
    )
    date_start = fields.Date("Starts")
    date_end = fields.Date("Ends")
    profile = fields.Selection(
        PROFILES,
        "Objective",
        help="What counts as a good timetable, where the data came with its own "
        "rule (benchmarks do). Empty: each variant of a run has its own.",
    )
    student_max_consecutive = fields.Integer(
        "Most periods in a row for students",
        default=3,
        required=True,
        help="Periods in a row that a student takes without a break before it counts "
        "against a timetable.",
    )
    _student_max_consecutive_range = models.Constraint(
        "CHECK(student_max_consecutive BETWEEN 1 AND 16)",
        "Students take between 1 and 16 periods in a row.",
    )
    room_ids = fields.Many2many(
        "timetable.room",
        "timetable_term_room_rel",
        "term_id",
        "room_id",
        "Rooms in use",
        check_company=True,
        help="Rooms that may be used. Empty: all rooms of the company.",
    )
    auto_split = fields.Boolean(
        "Split classes automatically",
        default=True,
        help="When more students choose an offering than its classes take, another "
        "class is made. Where it is off, press “Split into classes”.",
    )
    basket_ids = fields.One2many("timetable.basket", "term_id", "Elective baskets")
    band_ids = fields.One2many("timetable.band", "term_id", "Common bands", copy=True)
    relation_ids = fields.One2many("timetable.relation", "term_id", "Relations")
    offering_ids = fields.One2many("timetable.offering", "term_id", "Offerings")
    batch_ids = fields.One2many("timetable.batch", "term_id", "Batches")
    run_ids = fields.One2many("timetable.run", "term_id", "Runs")
    variant_ids = fields.One2many("timetable.variant", "term_id", "Timetables")
    published_variant_id = fields.Many2one(
        "timetable.variant", "Published timetable", compute="_compute_published"
    )
    dated_revision = fields.Integer(
        readonly=True, copy=False, help="Grows with each change for a date."
    )
    import_digest = fields.Char(readonly=True, copy=False, index="btree_not_null")

    offering_count = fields.Integer(compute="_compute_counts")
    class_count = fields.Integer(compute="_compute_counts")
    event_count = fields.Integer(compute="_compute_counts")
    batch_count = fields.Integer(compute="_compute_counts")
    basket_count = fields.Integer(compute="_compute_counts")
    enrolment_count = fields.Integer(compute="_compute_counts")
    run_count = fields.Integer(compute="_compute_counts")
    variant_count = fields.Integer(compute="_compute_counts")

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for term in self:
            if term.date_start and term.date_end and term.date_start > term.date_end:
                raise ValidationError(self.env._("A term ends after it starts."))

    @api.constrains("grid_id")
    def _check_grid(self):
        """A term with placed events keeps its grid."""
        Assignment = self.env["timetable.assignment"]
        for term in self:
            if Assignment.search_count(
                [
                    ("variant_id.term_id", "=", term.id),
                    ("timeslot_id.grid_id", "!=", term.grid_id.id),
                ],
                limit=1,
            ):
                raise ValidationError(
                    self.env._(
                        "%s has timetables on another grid: make a new term instead.",
                        term.name,
                    )
                )

    def _compute_counts(self):
        for field, model in (
            ("offering_count", "timetable.offering"),
            ("class_count", "timetable.class"),
            ("event_count", "timetable.event"),
            ("batch_count", "timetable.batch"),
            ("basket_count", "timetable.basket"),
            ("enrolment_count", "timetable.enrolment"),
            ("run_count", "timetable.run"),
            ("variant_count", "timetable.variant"),
        ):
            counts = dict(
                self.env[model]._read_group(
                    [("term_id", "in", self.ids)], ["term_id"], ["__count"]
                )
            )
            for term in self:
                term[field] = counts.get(term, 0)

    def _latest_ids(self):
        """The term of the newest timetable of each company."""
        rows = self.env["timetable.variant"]._read_group(
            [("term_id.active", "=", True)], ["company_id"], ["id:max"]
        )
        newest = self.env["timetable.variant"].browse([number for _c, number in rows])
        return newest.term_id.ids

    @api.depends("variant_ids.state")
    def _compute_published(self):
        published = self.env["timetable.variant"].search(
            [("term_id", "in", self.ids), ("state", "=", "published")]
        )
        by_term = {variant.term_id: variant for variant in published}
        for term in self:
            term.published_variant_id = by_term.get(term, False)

    def _usable_rooms(self):
        """Rooms that a run may use."""
        self.ensure_one()
        return self.room_ids.filtered("active") or self.env["timetable.room"].search(
            [("company_id", "=", self.company_id.id)]
        )

    def _in_use(self):
        """Terms with a timetable that was in force, or is on its way there."""
        rows = (
            self.env["timetable.variant"]
            .sudo()
            ._read_group(
                [
                    ("term_id", "in", self.ids),
                    "|",
                    ("published_at", "!=", False),
                    ("state", "not in", ("draft", "rejected")),
                ],
                ["term_id"],
            )
        )
        return self & self.browse([term.id for (term,) in rows])

    @api.ondelete(at_uninstall=False)
    def _unlink_runs_first(self):
        """A job under way is cancelled first; the database alone would not ask."""
        self.run_ids.unlink()

    # ---- Actions
    @remote.many
    def action_split(self):
        """As many classes for each offering as its students call for."""
        self.check_access("write")
        offerings = self.offering_ids.filtered("course_id.weekly_periods")
        return offerings.action_split()

    @remote.one
    def action_generate(self):
        """Open the wizard for this term."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_generate_wizard_action"
        )
        action["context"] = {"default_term_id": self.id}
        return action

    @remote.one
    def action_open(self):
        """Smart buttons: the records of this term, by the button's model."""
        xmlid = self.env.context.get("timetable_action")
        if xmlid not in {
            f"timetable_{name}_action"
            for name in (
                "offering",
                "class",
                "event",
                "batch",
                "basket",
                "enrolment",
                "run",
                "variant",
            )
        }:
            return False
        action = self.env["ir.actions.act_window"]._for_xml_id(f"timetable_nep.{xmlid}")
        action["domain"] = [("term_id", "=", self.id)]
        action["context"] = {"default_term_id": self.id}
        return action
