from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import PROFILES


class TimetableTerm(models.Model):
    """One term of one university: what is planned together."""

    _name = "timetable.term"
    _description = "Term"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id desc"

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
        "Longest run of students",
        default=3,
        required=True,
        help="Periods in a row that a student takes without a break before it counts "
        "against a timetable.",
    )
    _student_max_consecutive_range = models.Constraint(
        "CHECK(student_max_consecutive BETWEEN 1 AND 16)",
        "The longest run of students is from 1 to 16 periods.",
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

    # ---- Actions
    def action_generate(self):
        """Open the wizard for this term."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_generate_wizard_action"
        )
        action["context"] = {"default_term_id": self.id}
        return action

    def action_roll_over(self):
        """The next term, with the same offerings, classes, events and rules.

        Students, pins and timetables stay behind: they are of their term.
        """
        self.ensure_one()
        new = self.copy({"name": self.env._("%s (next)", self.name)})
        offerings = self._copy_rows("offering", {"term_id": new.id})
        classes = self._copy_rows("class", {}, offering_id=offerings)
        events = self._copy_rows(
            "event", {"pin_timeslot_id": False, "pin_room_id": False}, class_id=classes
        )
        for batch in self.batch_ids:
            batch.copy(
                {
                    "term_id": new.id,
                    "class_ids": [
                        fields.Command.set([classes[i] for i in batch.class_ids.ids])
                    ],
                }
            )
        self.env["timetable.relation"].create(
            [
                {
                    "term_id": new.id,
                    "name": relation.name,
                    "type": relation.type,
                    "hard": relation.hard,
                    "weight": relation.weight,
                    "value": relation.value,
                    "line_ids": [
                        fields.Command.create(
                            {
                                "sequence": line.sequence,
                                "event_id": events[line.event_id.id],
                            }
                        )
                        for line in relation.line_ids
                    ],
                }
                for relation in self.relation_ids
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": new.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _copy_rows(self, kind, values, **parents):
        """Copy all records of a kind in one go.

        :param values: fields that are the same for all copies
        :param parents: field → {old id: new id}
        :return: {old id: new id}
        """
        old = self.env[f"timetable.{kind}"].search([("term_id", "=", self.id)])
        rows = old.with_context(active_test=False).copy_data()
        for record, row in zip(old, rows, strict=True):
            row.update(values)
            for name, ids in parents.items():
                row[name] = ids[record[name].id]
        new = old.create(rows)
        return dict(zip(old.ids, new.ids, strict=True))

    def action_open(self):
        """Smart buttons: the records of this term, by the button's model."""
        self.ensure_one()
        xmlid = self.env.context.get("timetable_action")
        if xmlid not in {
            f"timetable_{name}_action"
            for name in (
                "offering",
                "class",
                "event",
                "batch",
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
