from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools import remote


class TimetableRoom(models.Model):
    _name = "timetable.room"
    _description = "Room"
    _inherit = [
        "timetable.import.template.mixin",
        "timetable.history.mixin",
        "timetable.unique.code.mixin",
    ]
    _order = "name, id"
    _check_company_auto = True
    _code_scope = ("company_id", "building_id")
    _rec_names_search = ["name", "code"]
    _import_template = "rooms"

    name = fields.Char(required=True)
    code = fields.Char(index=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    building_id = fields.Many2one("timetable.building", index=True, check_company=True)
    department_id = fields.Many2one(
        "timetable.department",
        index=True,
        check_company=True,
        help="The department that the room belongs to. Classes of others may be "
        "placed here too.",
    )
    type_id = fields.Many2one(
        "timetable.room.type",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.ref(
            "timetable_nep.room_type_classroom", raise_if_not_found=False
        ),
    )
    capacity = fields.Integer("Seats", default=40)
    feature_ids = fields.Many2many("timetable.room.feature", string="Features")
    unavailable_timeslot_ids = fields.Many2many(
        "timetable.timeslot",
        "timetable_room_unavailable_rel",
        "room_id",
        "timeslot_id",
        "Not available at",
        help="Timeslots in which the room is closed or lent to others.",
    )

    taken_count = fields.Integer(
        "Weekly events",
        compute="_compute_taken_count",
        help="Events placed here by the timetables in force.",
    )

    _check_capacity = models.Constraint(
        "CHECK (capacity >= 0)", "The number of seats cannot be negative."
    )

    @api.constrains("unavailable_timeslot_ids", "company_id")
    def _check_university(self):
        for room in self.sudo():
            strange = room.unavailable_timeslot_ids.filtered(
                lambda slot, company=room.company_id: slot.company_id != company
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "%(record)s belongs to another university than %(other)s.",
                        record=strange[0].grid_id.display_name,
                        other=room.display_name,
                    )
                )

    def _taken_domain(self):
        """Placed events in these rooms, in the timetables in force."""
        in_force = self.env["timetable.assignment"]._domain_in_force()
        return in_force & Domain("room_id", "in", self.ids)

    def _compute_taken_count(self):
        counts = dict(
            self.env["timetable.assignment"]._read_group(
                self._taken_domain(),
                ["room_id"],
                ["__count"],
            )
        )
        for room in self:
            room.taken_count = counts.get(room, 0)

    @remote.one
    def action_open_week(self):
        """When it is taken, whoever takes it."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_assignment_action"
        )
        action["domain"] = list(self._taken_domain())
        action["context"] = {"create": False}
        return action

    # ---- CRUD
    def _in_use(self):
        placed = self._used_in("timetable.assignment", "room_id")
        return placed | self._used_in("timetable.event", "pin_room_id")

    @api.depends("name", "code", "building_id.name")
    def _compute_display_name(self):
        for room in self:
            room.display_name = room.name or room.code
