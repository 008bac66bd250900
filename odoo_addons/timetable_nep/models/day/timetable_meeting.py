from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import remote

STATUSES = [
    ("planned", "As planned"),
    ("cancelled", "Cancelled"),
    ("moved", "Moved"),
    ("substituted", "Substitute"),
    ("room", "Other room"),
    ("extra", "Extra class"),
]


class TimetableMeeting(models.Model):
    """One class on one date: a row for each, written when a timetable is published.

    A row says what the weekly plan wants (``planned_…``) and what holds; both differ
    where a change for a date is in force. It stays what it was when a later week gets
    another plan. Nobody writes rows but :meth:`_lay_out`, from the plan, and the steps
    of ``timetable.meeting.change``, which ask the hard rules.
    """

    _name = "timetable.meeting"
    _description = "Meeting"
    _order = "date, hour_from, id"
    _rec_name = "class_id"

    event_id = fields.Many2one(
        "timetable.event", "Weekly event", required=True, ondelete="cascade"
    )
    class_id = fields.Many2one(
        related="event_id.class_id", store=True, precompute=True, index=True
    )
    course_id = fields.Many2one(
        related="class_id.offering_id.course_id", store=True, precompute=True
    )
    category = fields.Selection(
        related="class_id.offering_id.category", store=True, precompute=True
    )
    department_id = fields.Many2one(
        related="class_id.offering_id.department_id", store=True, precompute=True
    )
    term_id = fields.Many2one(
        related="event_id.term_id", store=True, precompute=True, index=True
    )
    company_id = fields.Many2one(
        related="event_id.company_id", store=True, precompute=True
    )
    date = fields.Date(required=True, readonly=True)
    origin_date = fields.Date(
        "Planned for", readonly=True, help="Empty for an extra class."
    )
    planned_timeslot_id = fields.Many2one(
        "timetable.timeslot", "Planned to start", readonly=True, ondelete="restrict"
    )
    planned_room_id = fields.Many2one(
        "timetable.room", "Planned room", readonly=True, ondelete="restrict"
    )
    timeslot_id = fields.Many2one(
        "timetable.timeslot", required=True, readonly=True, ondelete="restrict"
    )
    hour_from = fields.Float("From", readonly=True, aggregator=None)
    hour_to = fields.Float("To", readonly=True, aggregator=None)
    start = fields.Datetime("Starts", readonly=True)
    stop = fields.Datetime("Ends", readonly=True)
    duration = fields.Integer("Periods", readonly=True)
    room_id = fields.Many2one("timetable.room", readonly=True, ondelete="restrict")
    building_id = fields.Many2one(related="room_id.building_id")
    status = fields.Selection(STATUSES, required=True, readonly=True, default="planned")
    substituted = fields.Boolean(readonly=True)
    faculty_ids = fields.Many2many(
        "timetable.faculty",
        "timetable_meeting_faculty_rel",
        "meeting_id",
        "faculty_id",
        "Taught by",
        readonly=True,
    )
    change_id = fields.Many2one(
        "timetable.meeting.change",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    reason = fields.Char(readonly=True)
    change_ids = fields.Many2many(
        "timetable.meeting.change", string="History", compute="_compute_change_ids"
    )
    student_count = fields.Integer(related="class_id.student_count", string="Students")

    _one_a_date = models.UniqueIndex(
        "(event_id, origin_date) WHERE origin_date IS NOT NULL",
        "This class has a meeting planned for that date already.",
    )
    _on_a_date = models.Index("(date, room_id)")

    # ---- Computes
    @api.depends("class_id", "date", "room_id")
    @api.depends_context("timetable_with_room")
    def _compute_display_name(self):
        """The class and the day; in a calendar, which shows the day, the room."""
        with_room = self.env.context.get("timetable_with_room")
        for meeting in self:
            day = fields.Date.to_string(meeting.date) or ""
            more = meeting.room_id.display_name if with_room else day
            name = meeting.class_id.display_name
            meeting.display_name = " · ".join(filter(None, [name, more]))

    @api.depends("event_id", "origin_date", "change_id")
    def _compute_change_ids(self):
        Change = self.env["timetable.meeting.change"]
        for meeting in self:
            if meeting.origin_date:
                meeting.change_ids = Change.search(
                    [
                        ("event_id", "=", meeting.event_id.id),
                        ("date", "=", meeting.origin_date),
                    ]
                )
            else:
                root = meeting.change_id.root_id
                meeting.change_ids = Change.search([("root_id", "=", root.id)])

    # ---- Buttons
    def _open_change(self, kind):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_meeting_wizard_action"
        )
        # Stored at once: buttons of the people proposed need rows that exist.
        wizard = self.env["timetable.meeting.wizard"].create(
            {"kind": kind, "meeting_ids": [(6, 0, self.ids)]}
        )
        action["res_id"] = wizard.id
        return action

    @remote.many
    def action_cancel(self):
        return self._open_change("cancel")

    @remote.many
    def action_move(self):
        return self._open_change("move")

    @remote.one
    def drag_to(self, moment):
        """The form that moves it to where it was dropped in the calendar.

        It says what the rules say of that place, asks for the reason, and is undone
        like any change for a date.

        :param str moment: beginning of the place, in UTC; the nearest hour that
            classes begin at on that day counts
        """
        self.check_access("read")
        self.env["timetable.meeting.change"]._check_may_change(self.event_id)
        try:
            at = utc.localize(fields.Datetime.to_datetime(moment))
        except (TypeError, ValueError, AttributeError):
            raise UserError(
                self.env._("%s is a moment, as 2027-01-31 09:00:00.", "moment")
            ) from None
        at = at.astimezone(timezone(self.company_id._timetable_timezone()))
        hour = at.hour + at.minute / 60
        slots = self.event_id.grid_id.sudo()._timeslots_of(at.date())
        nearest = slots.sorted(lambda slot: abs(slot.hour_from - hour))[:1]
        action = self._open_change("move")
        self.env["timetable.meeting.wizard"].browse(action["res_id"]).write(
            {"date": at.date(), "timeslot_id": nearest.id}
        )
        return action

    @remote.many
    def action_room(self):
        return self._open_change("room")

    @remote.many
    def action_substitute(self):
        return self._open_change("substitute")

    @remote.many
    def action_undo(self):
        """Take back the last change of this meeting.

        Where its place is taken by now, a form says so and offers what is free.
        """
        changes = self.change_id
        if len(self) == 1 and changes:
            try:
                changes._check_may_change(self.event_id)
                changes._check_undo()
            except UserError as error:
                if isinstance(error, AccessError):
                    raise
                return self._offer_another_place(str(error))
        extra = changes.filtered(lambda row: not row.date and not row.replaces_id)
        changes.action_undo()
        if extra == changes:
            # An extra class that is undone is gone: there is no form to come back to.
            return self.env["ir.actions.act_window"]._for_xml_id(
                "timetable_nep.timetable_meeting_action"
            )
        return True

    def _offer_another_place(self, why):
        """The form for another room, or another time, of what cannot go back."""
        place = self.change_id._place_before()
        action = self._open_change("move")
        self.env["timetable.meeting.wizard"].browse(action["res_id"]).write(
            {
                "date": place["date"],
                "timeslot_id": place["timeslot"].id,
                "note": self.env._(
                    "It cannot go back to where it was. %s Choose another place.", why
                ),
            }
        )
        return action

    # ---- What holds
    def _show(self, change):
        """Write what holds for a meeting after a step; without one, what is planned."""
        self.ensure_one()
        meeting, change = self.sudo(), change.sudo()
        date = change.new_date or meeting.origin_date
        slot = change.new_timeslot_id or meeting.planned_timeslot_id
        room = change.new_room_id if change.room_changed else meeting.planned_room_id
        event = meeting.event_id
        people = change.substitute_ids if change.substituted else event.teacher_ids
        meeting.write(
            {
                "date": date,
                "timeslot_id": slot.id,
                "room_id": room.id,
                "duration": event.duration,
                "status": meeting._status_after(change),
                "substituted": change.substituted,
                "faculty_ids": [fields.Command.set(people.ids)],
                "change_id": change.id,
                "reason": change.reason,
                **meeting._hours_of(event, date, slot),
            }
        )

    def _status_after(self, change):
        if change.cancelled:
            return "cancelled"
        if not self.origin_date:
            return "extra"
        if change.new_date:
            return "moved"
        if change.substituted:
            return "substituted"
        return "room" if change.room_changed else "planned"

    @api.model
    def _hours_of(self, event, date, slot):
        """Hours on the university's clock, and the moments (UTC) that they are."""
        last = slot.grid_id.timeslot_ids.filtered(
            lambda row: (
                (row.day, row.period) == (slot.day, slot.period + event.duration - 1)
            )
        )
        hour_to = (last or slot).hour_to
        zone = timezone(event.company_id._timetable_timezone())
        at = self.env["timetable.week"]._at

        def moment(hours):
            local = zone.localize(at(date, hours))
            return local.astimezone(utc).replace(tzinfo=None)

        return {
            "hour_from": slot.hour_from,
            "hour_to": hour_to,
            "start": moment(slot.hour_from),
            "stop": moment(hour_to),
        }

    # ---- For pages and feeds
    @api.model
    def _names_of(self, members):
        return ", ".join(member.name or member.code or "" for member in members)

    def _as_dict(self, members=None):
        """What a page or a feed shows of a meeting.

        ``id`` stays the same whatever happens to the meeting; ``start`` and ``stop``
        are naive UTC, ``hour_from`` and ``hour_to`` hours on the university's clock.
        """
        self.ensure_one()
        slot = self.timeslot_id
        mine = bool(members and members & self.faculty_ids)
        planned = members and members & self.event_id.teacher_ids
        return {
            "id": self.id,
            "event_id": self.event_id.id,
            "date": self.date,
            "day": self.date.weekday(),
            "period": slot.period,
            "periods": self.duration,
            "hour_from": self.hour_from,
            "hour_to": self.hour_to,
            "start": self.start,
            "stop": self.stop,
            "clock_from": slot._clock(self.hour_from) if self.hour_to else "",
            "clock_to": slot._clock(self.hour_to) if self.hour_to else "",
            "status": self.status,
            "reason": self.reason or "",
            "changed_at": self.change_id.create_date or False,
            "slot": slot.display_name,
            "teaches": mine,
            "covered": bool(planned) and not mine,
            "class_id": self.class_id.id,
            "code": self.class_id.display_name,
            "course": self.course_id.name,
            "department_id": self.department_id.id,
            "category": self.category,
            "room_id": self.room_id.id,
            "room": self.room_id.name or "",
            "building": self.building_id.name or "",
            "faculty_ids": sorted(self.faculty_ids.ids),
            "faculty": self._names_of(self.faculty_ids),
            "term": self.term_id.name,
            "planned_date": self.origin_date,
        }
