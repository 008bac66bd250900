from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import remote


class TimetableMeetingWizard(models.TransientModel):
    """Cancel, move or hand over meetings of a date, or hold one more."""

    _name = "timetable.meeting.wizard"
    _description = "Change for a date"

    kind = fields.Selection(
        [
            ("cancel", "Cancel"),
            ("move", "Move"),
            ("room", "Other room"),
            ("substitute", "Substitute"),
            ("extra", "Extra class"),
        ],
        required=True,
        default="cancel",
    )
    meeting_ids = fields.Many2many(
        "timetable.meeting",
        string="Meetings",
        readonly=True,
        default=lambda self: self.env.context.get("active_ids") or [],
    )
    meeting_text = fields.Text("Concerns", compute="_compute_meeting_text")
    class_id = fields.Many2one("timetable.class")
    event_id = fields.Many2one(
        "timetable.event",
        "Same as the weekly event",
        domain="[('class_id', '=', class_id)]",
        compute="_compute_event",
        store=True,
        readonly=False,
        help="Its length, its faculty and what it needs of a room hold for the "
        "extra class.",
    )
    grid_id = fields.Many2one("timetable.grid", compute="_compute_grid")
    date = fields.Date(
        compute="_compute_date", store=True, readonly=False, precompute=True
    )
    day = fields.Integer(compute="_compute_day")
    day_note = fields.Char(compute="_compute_day")
    timeslot_id = fields.Many2one(
        "timetable.timeslot",
        "Starts at",
        domain="[('grid_id', '=', grid_id), ('day', '=', day)]",
    )
    room_id = fields.Many2one(
        "timetable.room",
        help="Empty: the best room that is free.",
        domain="[('id', 'in', free_room_ids)]",
    )
    free_room_ids = fields.Many2many(
        "timetable.room", string="Free rooms", compute="_compute_verdict"
    )
    note = fields.Char(readonly=True)
    verdict = fields.Char(compute="_compute_verdict")
    feasible = fields.Boolean(compute="_compute_verdict")
    candidate_ids = fields.One2many(
        "timetable.meeting.candidate",
        "wizard_id",
        "Possible substitutes",
        compute="_compute_candidates",
        store=True,
    )
    faculty_id = fields.Many2one("timetable.faculty", "Taught by")
    reason = fields.Char(help="Those concerned read this.")

    @api.depends("meeting_ids", "class_id")
    def _compute_event(self):
        for wizard in self:
            if wizard.class_id:
                wizard.event_id = wizard.class_id.event_ids[:1]
            else:
                wizard.event_id = wizard.meeting_ids.event_id[:1]

    @api.depends("event_id")
    def _compute_grid(self):
        for wizard in self:
            wizard.grid_id = wizard.event_id.grid_id

    @api.depends("meeting_ids", "kind")
    def _compute_date(self):
        for wizard in self:
            wizard.date = wizard.meeting_ids[:1].date or fields.Date.context_today(
                wizard
            )

    @api.depends("date", "grid_id")
    def _compute_day(self):
        """A day without classes, a Sunday maybe, has the hours of another one."""
        for wizard in self:
            grid, date = wizard.grid_id.sudo(), wizard.date
            slots = grid._timeslots_of(date) if grid and date else grid.timeslot_ids
            wizard.day = slots[:1].day
            wizard.day_note = False
            if grid and date and not grid._has_weekday(date):
                names = slots._weekday_names()
                wizard.day_note = self.env._(
                    "The week has no classes on that day. Hours are those of %s; for "
                    "other hours, add timeslots to the grid.",
                    names[wizard.day],
                )

    @api.depends("meeting_ids")
    def _compute_meeting_text(self):
        Change = self.env["timetable.meeting.change"]
        for wizard in self:
            wizard.meeting_text = "\n".join(
                f"{meeting.course_id.name or ''} ({meeting.class_id.display_name}), "
                f"{Change._day(meeting.date)} "
                f"{meeting.timeslot_id._clock(meeting.hour_from)}, "
                f"{meeting.room_id.display_name or ''}"
                for meeting in wizard.meeting_ids
            )

    @api.depends("kind", "meeting_ids", "event_id", "date", "timeslot_id")
    def _compute_verdict(self):
        """Whether it can be held then, and in which rooms: before anything is done."""
        for wizard in self:
            wizard.verdict, wizard.feasible = "", True
            wizard.free_room_ids = False
            event, meeting = wizard.event_id, wizard.meeting_ids[:1]
            slot, date = wizard.timeslot_id, wizard.date
            if wizard.kind == "room":
                slot, date = meeting.timeslot_id, meeting.date
            if wizard.kind not in ("move", "extra", "room") or not (
                event and slot and date and slot in event.grid_id._timeslots_of(date)
            ):
                continue
            without = None if wizard.kind == "extra" else meeting
            members = meeting.faculty_ids if without else None
            verdict = event._dated_verdict(date, slot, without, members)
            rooms = list(verdict.rooms)
            if wizard.kind == "room":
                rooms = [room for room in rooms if room != meeting.room_id.id]
            wizard.feasible = verdict.feasible
            wizard.free_room_ids = [(6, 0, rooms)]
            variant = event.sudo().term_id.published_variant_id
            if verdict.feasible:
                wizard.verdict = wizard._free_text(rooms)
            else:
                names = variant._board_names([verdict])
                wizard.verdict = variant._board_sentence(verdict, names)

    def _free_text(self, rooms):
        if not self.event_id.needs_room:
            return self.env._("Everybody is free.")
        if not rooms:
            return self.env._("Everybody is free, but no other room is.")
        if len(rooms) == 1:
            return self.env._("Everybody is free, and one suitable room is.")
        return self.env._(
            "Everybody is free, and so are %s suitable rooms.", len(rooms)
        )

    @api.depends("kind", "meeting_ids")
    def _compute_candidates(self):
        for wizard in self:
            rows = []
            if wizard.kind == "substitute":
                meeting = wizard.meeting_ids[:1]
                rows = meeting._substitutes() if meeting else []
            wizard.candidate_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create(
                        {
                            "faculty_id": row["faculty"].id,
                            "load": row["load"],
                            "fit": (
                                "course"
                                if row["same_course"]
                                else "department"
                                if row["same_department"]
                                else "other"
                            ),
                        }
                    )
                    for row in rows
                ),
            ]

    @api.onchange("date")
    def _onchange_date(self):
        """Keep the hour where the new day has it."""
        if self.timeslot_id and self.timeslot_id.day != self.day:
            self.timeslot_id = self.grid_id.timeslot_ids.filtered(
                lambda slot: (
                    slot.day == self.day and slot.period == self.timeslot_id.period
                )
            )[:1]

    @remote.one
    def action_apply(self):
        """Do it for each meeting; those concerned are told in some minutes."""
        meetings = self.meeting_ids
        if self.kind == "extra":
            if not (self.event_id and self.date and self.timeslot_id):
                raise UserError(self.env._("Choose the class, the day and the hour."))
            self.event_id._extra(
                self.date,
                self.timeslot_id,
                self.room_id or None,
                self.faculty_id or None,
                self.reason or "",
            )
            return True
        if not meetings:
            raise UserError(self.env._("Choose a meeting first."))
        if self.kind == "cancel":
            meetings._cancel(self.reason or "")
            return True
        if self.kind == "substitute":
            if not self.faculty_id:
                raise UserError(self.env._("Choose who teaches it."))
            for meeting in meetings:
                meeting._substitute(self.faculty_id, self.reason or "")
            return True
        meetings.ensure_one()
        if self.kind == "room":
            if not self.room_id:
                raise UserError(self.env._("Choose the room."))
            meetings._move_room(self.room_id, self.reason or "")
            return True
        if not (self.date and self.timeslot_id):
            raise UserError(self.env._("Choose the day and the hour."))
        meetings._move(
            self.date, self.timeslot_id, self.room_id or None, self.reason or ""
        )
        return True


class TimetableMeetingCandidate(models.TransientModel):
    """Somebody who could take a meeting."""

    _name = "timetable.meeting.candidate"
    _description = "Substitute proposed"
    _order = "id"

    wizard_id = fields.Many2one("timetable.meeting.wizard", ondelete="cascade")
    faculty_id = fields.Many2one("timetable.faculty", "Faculty member", readonly=True)
    department_id = fields.Many2one(related="faculty_id.department_id")
    fit = fields.Selection(
        [
            ("course", "Teaches this course"),
            ("department", "Same department"),
            ("other", "Another department"),
        ],
        "How well it fits",
        readonly=True,
    )
    load = fields.Integer("Periods that week", readonly=True, aggregator=None)

    @remote.one
    def action_choose(self):
        """Take this person, and close the form."""
        self.wizard_id.faculty_id = self.faculty_id
        self.wizard_id.action_apply()
        return {"type": "ir.actions.act_window_close"}
