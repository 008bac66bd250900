from odoo import api, fields, models
from odoo.exceptions import UserError


class TimetableAssignment(models.Model):
    """Where an event is placed in one timetable.

    A plain model: 8,000 rows a timetable, so no chatter and few computed fields.
    """

    _name = "timetable.assignment"
    _description = "Placed event"
    _order = "variant_id, timeslot_id, id"
    _rec_name = "event_id"

    variant_id = fields.Many2one(
        "timetable.variant", required=True, index=True, ondelete="cascade"
    )
    event_id = fields.Many2one(
        "timetable.event", required=True, index=True, ondelete="cascade"
    )
    timeslot_id = fields.Many2one(
        "timetable.timeslot", required=True, index=True, ondelete="restrict"
    )
    room_id = fields.Many2one("timetable.room", index=True, ondelete="restrict")
    week_pattern_id = fields.Many2one(
        "timetable.week.pattern",
        "Weeks",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: every week.",
    )
    pinned = fields.Boolean()
    date_from = fields.Date(
        "In force from",
        readonly=True,
        copy=False,
        help="Empty: from the first week of the term on.",
    )
    company_id = fields.Many2one(related="variant_id.company_id")
    class_id = fields.Many2one(related="event_id.class_id")

    _unique_event = models.UniqueIndex(
        "(variant_id, event_id)", "This event is placed in that timetable already."
    )

    @api.model
    def _with_pass(self, variant):
        """This model with the right to fill ``variant`` whatever its state.

        For whole timetables that are stored; people's changes take the board's way.
        """
        return self.with_env(variant._guarded().sudo().env)

    # ---- CRUD: a timetable on its way to approval does not change
    @api.model_create_multi
    def create(self, vals_list):
        ids = {vals.get("variant_id") for vals in vals_list} - {None, False}
        self.env["timetable.variant"].browse(ids)._check_editable()
        return super().create(vals_list)

    def write(self, vals):
        self.variant_id._check_editable()
        if vals.get("variant_id"):
            raise UserError(self.env._("A placed event stays in its timetable."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_locked(self):
        self.variant_id._check_editable()
