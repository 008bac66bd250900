from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools.name_search import with_parts


class TimetableEvent(models.Model):
    """One weekly unit to place: consecutive periods on one day."""

    _name = "timetable.event"
    _description = "Weekly event"
    _inherit = ["timetable.history.mixin"]
    _order = "class_id, sequence, id"
    _rec_names_search = ["code", "class_id"]
    _check_company_auto = True

    class_id = fields.Many2one(
        "timetable.class", required=True, index=True, ondelete="cascade"
    )
    term_id = fields.Many2one(
        related="class_id.term_id", store=True, precompute=True, index=True
    )
    company_id = fields.Many2one(
        related="class_id.company_id", store=True, precompute=True, index=True
    )
    department_id = fields.Many2one(
        related="class_id.department_id", store=True, precompute=True, index=True
    )
    grid_id = fields.Many2one(related="term_id.grid_id")
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=1)
    code = fields.Char(index=True)
    duration = fields.Integer("Periods", default=1, required=True)
    needs_room = fields.Boolean("Needs a room", default=True)
    room_type_id = fields.Many2one(
        "timetable.room.type",
        "Room type",
        default=lambda self: self.env.ref(
            "timetable_nep.room_type_classroom", raise_if_not_found=False
        ),
        ondelete="restrict",
        help="Empty: any type of room.",
    )
    feature_ids = fields.Many2many("timetable.room.feature", string="Features wanted")
    own_faculty = fields.Boolean(
        "Other faculty than the class",
        help="Set where somebody else teaches this event.",
    )
    faculty_ids = fields.Many2many(
        "timetable.faculty",
        "timetable_event_faculty_rel",
        "event_id",
        "faculty_id",
        "Faculty of this event",
        check_company=True,
    )
    teacher_ids = fields.Many2many(
        "timetable.faculty",
        "timetable_event_teacher_rel",
        "event_id",
        "faculty_id",
        "Taught by",
        compute="_compute_teacher_ids",
        store=True,
        help="Its own faculty where they differ, else those of the class.",
    )
    timeslot_ids = fields.Many2many(
        "timetable.timeslot",
        "timetable_event_timeslot_rel",
        "event_id",
        "timeslot_id",
        "Allowed starts",
        domain="[('grid_id', '=', grid_id)]",
        help="Timeslots at which it may start. Empty: all.",
    )
    week_pattern_ids = fields.Many2many(
        "timetable.week.pattern",
        "timetable_event_weeks_rel",
        "event_id",
        "pattern_id",
        "Held in",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Empty: as its class. Several: the timetable chooses one.",
    )
    pin_timeslot_id = fields.Many2one(
        "timetable.timeslot",
        "Pinned to",
        domain="[('grid_id', '=', grid_id)]",
        index="btree_not_null",
        ondelete="restrict",
    )
    pin_room_id = fields.Many2one(
        "timetable.room",
        "Pinned room",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    _check_duration = models.Constraint(
        "CHECK (duration BETWEEN 1 AND 16)", "An event takes between 1 and 16 periods."
    )

    @api.constrains("pin_timeslot_id", "timeslot_ids", "class_id")
    def _check_grid(self):
        for event in self:
            slots = event.timeslot_ids | event.pin_timeslot_id
            if slots and slots.grid_id != event.term_id.grid_id:
                raise ValidationError(
                    self.env._(
                        "%s: choose timeslots of the term's own grid.",
                        event.display_name,
                    )
                )

    def _in_use(self):
        return self._used_in("timetable.assignment", "event_id")

    @api.depends("sequence", "class_id.display_name")
    def _compute_display_name(self):
        for event in self:
            name = event.class_id.display_name or self.env._("New event")
            event.display_name = (
                f"{name} / {event.sequence}" if event.class_id else name
            )

    @api.model
    def _search_display_name(self, operator, value):
        """``PHY101-A / 2`` finds the second event of PHY101-A."""
        return with_parts(
            super()._search_display_name(operator, value),
            operator,
            value,
            " / ",
            lambda section, number, exact: (
                Domain("class_id", "=" if exact else "ilike", section)
                & Domain("sequence", "=", int(number) if number.isdigit() else -1)
            ),
        )

    @api.depends("own_faculty", "faculty_ids", "class_id.faculty_ids")
    def _compute_teacher_ids(self):
        for event in self:
            source = event if event.own_faculty else event.class_id
            event.teacher_ids = source.faculty_ids
