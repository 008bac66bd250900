from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from ..tools import remote

KINDS = ("timetable.class", "timetable.faculty", "timetable.room")


class TimetableShiftWizard(models.TransientModel):
    """Hours of a shift, written into the availability of classes, faculty or rooms.

    There is no second truth beside their availability: what is planned, moved or
    checked looks there only.
    """

    _name = "timetable.shift.wizard"
    _description = "Shift"

    grid_id = fields.Many2one(
        "timetable.grid",
        "Weekly grid",
        required=True,
        default=lambda self: self._default_grid(),
    )
    hour_from = fields.Float(
        "From",
        required=True,
        compute="_compute_hours",
        store=True,
        precompute=True,
        readonly=False,
    )
    hour_to = fields.Float(
        "To",
        required=True,
        compute="_compute_hours",
        store=True,
        precompute=True,
        readonly=False,
    )
    timeslot_ids = fields.Many2many(
        "timetable.timeslot",
        "timetable_shift_wizard_timeslot_rel",
        string="Hours of the shift",
        compute="_compute_timeslots",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('grid_id', '=', grid_id)]",
    )
    reopen = fields.Boolean(
        "Open all hours of the shift",
        default=True,
        help="Forget times within the shift that were closed before, such as those of "
        "another shift.",
    )

    _check_hours = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_to <= 24 AND hour_from < hour_to)",
        "A shift starts before it ends, between 0:00 and 24:00.",
    )

    @api.depends("grid_id")
    def _compute_hours(self):
        """The whole day, to begin with."""
        for wizard in self:
            slots = wizard.grid_id.timeslot_ids
            wizard.hour_from = min(slots.mapped("hour_from"), default=0)
            wizard.hour_to = max(slots.mapped("hour_to"), default=24)

    @api.depends("grid_id", "hour_from", "hour_to")
    def _compute_timeslots(self):
        """Those within the hours, on every day; any may be painted in or out."""
        for wizard in self:
            wizard.timeslot_ids = wizard.grid_id.timeslot_ids.filtered(
                lambda slot, wizard=wizard: (
                    slot.hour_to > slot.hour_from
                    and wizard.hour_from <= slot.hour_from
                    and slot.hour_to <= wizard.hour_to
                )
            )

    @api.model
    def _default_grid(self):
        """The grid of the classes chosen, else that of the newest term."""
        records = self._chosen()
        if records._name == "timetable.class" and records:
            return records.grid_id[:1]
        companies = [("company_id", "in", self.env.companies.ids)]
        return self.env["timetable.term"].search(companies, limit=1).grid_id

    @api.model
    def _chosen(self):
        """What was marked in the list."""
        model = self.env.context.get("active_model")
        if model not in KINDS:
            return self.env[KINDS[0]]
        return self.env[model].browse(self.env.context.get("active_ids", []))

    @remote.one
    def action_apply(self):
        """Close every timeslot outside the shift for those chosen."""
        records = self._chosen()
        if not records:
            raise UserError(self.env._("Mark whom the shift is for in the list first."))
        slots = self.grid_id.timeslot_ids
        inside = self.timeslot_ids & slots
        if not inside:
            raise ValidationError(
                self.env._("Mark at least one hour of the week for the shift.")
            )
        outside = slots - inside
        if records._name == "timetable.faculty":
            self._close_faculty(records, inside, outside)
        else:
            self._close(records, inside, outside)
        return {"type": "ir.actions.act_window_close"}

    def _close(self, records, inside, outside):
        if records._name == "timetable.class":
            strangers = records.filtered(lambda one: one.grid_id != self.grid_id)
            if strangers:
                raise UserError(
                    self.env._(
                        "%s has another weekly grid. Choose classes of one grid.",
                        strangers[0].display_name,
                    )
                )
        changes = [Command.link(slot.id) for slot in outside]
        if self.reopen:
            changes += [Command.unlink(slot.id) for slot in inside]
        records.write({"unavailable_timeslot_ids": changes})

    def _close_faculty(self, faculty, inside, outside):
        """What these people say themselves stays theirs: only shifts change."""
        Availability = self.env["timetable.faculty.availability"]
        rows = Availability.search(
            Domain("faculty_id", "in", faculty.ids)
            & Domain("source", "=", "shift")
            & Domain("timeslot_id", "in", (inside + outside).ids)
        )
        if self.reopen:
            rows.filtered(lambda row: row.timeslot_id in inside).unlink()
        known = {(row.faculty_id.id, row.timeslot_id.id) for row in rows.exists()}
        Availability.create(
            [
                {
                    "faculty_id": one.id,
                    "timeslot_id": slot.id,
                    "level": "cannot",
                    "source": "shift",
                }
                for one in faculty
                for slot in outside
                if (one.id, slot.id) not in known
            ]
        )
