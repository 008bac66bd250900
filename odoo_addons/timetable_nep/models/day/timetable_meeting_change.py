from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...const import COORDINATOR, OFFICER
from ...tools import remote

NET_FIELDS = (
    "cancelled",
    "new_date",
    "new_timeslot_id",
    "room_changed",
    "new_room_id",
    "substituted",
    "substitute_ids",
)
"""What holds for the meeting after this step; a further step starts from it."""


class TimetableMeetingChange(models.Model):
    """One step away from the weekly plan, for one meeting on one date.

    A row says what holds after the step, so that a meeting has one active row at
    most; the rows replaced stay as its history, and undoing goes back by one.
    """

    _name = "timetable.meeting.change"
    _description = "Change for a date"
    _inherit = ["timetable.guarded.mixin"]
    _order = "id desc"

    _state_transitions = {
        "active": frozenset({"replaced", "undone"}),
        "replaced": frozenset({"active"}),
        "undone": frozenset(),
    }
    _guarded_fields = frozenset(
        {"event_id", "date", "kind", "state", "replaces_id", "root_id", *NET_FIELDS}
    )

    event_id = fields.Many2one(
        "timetable.event", required=True, index=True, ondelete="cascade", readonly=True
    )
    class_id = fields.Many2one(
        related="event_id.class_id", store=True, precompute=True, index=True
    )
    term_id = fields.Many2one(
        related="event_id.term_id", store=True, precompute=True, index=True
    )
    company_id = fields.Many2one(
        related="event_id.company_id", store=True, precompute=True, index=True
    )
    department_id = fields.Many2one(
        related="event_id.department_id", store=True, precompute=True
    )
    date = fields.Date(
        "Planned for", readonly=True, index=True, help="Empty for an extra class."
    )
    kind = fields.Selection(
        [
            ("cancel", "Cancelled"),
            ("move", "Moved"),
            ("room", "Other room"),
            ("substitute", "Substitute"),
            ("extra", "Extra class"),
        ],
        "Change",
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("active", "In force"), ("replaced", "Replaced"), ("undone", "Undone")],
        required=True,
        readonly=True,
        default="active",
        index=True,
    )
    replaces_id = fields.Many2one(
        "timetable.meeting.change", readonly=True, index="btree_not_null"
    )
    root_id = fields.Many2one(
        "timetable.meeting.change",
        readonly=True,
        index="btree_not_null",
        help="For an extra class: the step that made it.",
    )
    cancelled = fields.Boolean(readonly=True)
    new_date = fields.Date("Takes place on", readonly=True, index="btree_not_null")
    new_timeslot_id = fields.Many2one(
        "timetable.timeslot", "Starts at", readonly=True, ondelete="restrict"
    )
    room_changed = fields.Boolean(readonly=True)
    new_room_id = fields.Many2one(
        "timetable.room", "New room", readonly=True, ondelete="restrict"
    )
    substituted = fields.Boolean(readonly=True)
    substitute_ids = fields.Many2many(
        "timetable.faculty",
        "timetable_change_substitute_rel",
        "change_id",
        "faculty_id",
        "Taught by",
        readonly=True,
    )
    reason = fields.Char(help="Those concerned read this.")
    notice_ids = fields.One2many("timetable.meeting.notice", "change_id", "Notices")
    posted = fields.Boolean(readonly=True)
    has_effect = fields.Boolean(
        compute="_compute_has_effect",
        search="_search_has_effect",
        help="A change is without effect where its meeting is not in the timetable in "
        "force any more: another was published, or the day became a holiday.",
    )

    _one_active = models.UniqueIndex(
        "(event_id, date) WHERE state = 'active' AND date IS NOT NULL",
        "This meeting was changed by somebody else at this moment. Look again.",
    )
    _one_active_extra = models.UniqueIndex(
        "(root_id) WHERE state = 'active' AND root_id IS NOT NULL",
        "This extra class was changed by somebody else at this moment. Look again.",
    )
    _check_kind = models.Constraint(
        "CHECK (date IS NOT NULL OR new_date IS NOT NULL)",
        "An extra class needs a date.",
    )
    _check_slot = models.Constraint(
        "CHECK ((new_date IS NULL) = (new_timeslot_id IS NULL))",
        "A meeting that moves needs a date and a timeslot.",
    )

    @api.depends("kind", "date", "new_date", "event_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for change in self:
            section = change.event_id.class_id.display_name or ""
            day = change.date or change.new_date
            change.display_name = f"{section}, {day}: {kinds.get(change.kind, '')}"

    def _compute_has_effect(self):
        meetings = (
            self.env["timetable.meeting"].sudo().search([("change_id", "in", self.ids)])
        )
        for change in self:
            change.has_effect = change in meetings.change_id

    @api.model
    def _search_has_effect(self, operator, value):
        if operator != "in":
            return NotImplemented
        active = self.sudo().search([("state", "=", "active")])
        ids = active.filtered("has_effect").ids
        wanted = Domain("id", "in", ids)
        return wanted if True in value else ~wanted

    # ---- Steps
    @api.model
    def _check_may_change(self, event):
        """An officer, or the coordinator of the event's department."""
        user = self.env.user
        if user.has_group(OFFICER):
            event.check_access("read")
            return
        if (
            user.has_group(COORDINATOR)
            and user in event.sudo().department_id.coordinator_ids
        ):
            event.check_access("read")
            return
        raise AccessError(
            self.env._(
                "Only a timetable officer, or the coordinator of the department, "
                "changes what meets on a date."
            )
        )

    @api.model
    def _lock_term(self, term):
        """Let two changes at once follow each other; the later one is run again.

        Of all terms in force, for they share rooms and people. The counter also tells
        feeds and pages that something is new.
        """
        self.env.cr.execute(
            """
            UPDATE timetable_term t
               SET dated_revision = coalesce(dated_revision, 0) + 1
             WHERE t.id = %s
                OR coalesce(t.date_end, 'infinity') >= now()::date
               AND EXISTS (SELECT FROM timetable_variant v
                            WHERE v.term_id = t.id AND v.state = 'published')
            """,
            [term.id],
            log_exceptions=False,
        )
        self.env["timetable.term"].invalidate_model(["dated_revision"])

    @api.model
    def _step(self, meeting, kind, vals, reason="", together=False):
        """Take a step for a meeting, write what holds then, and tell those concerned.

        :param meeting: the row that changes; one of its own for an extra class
        :param kind: a key of :attr:`kind`
        :param dict vals: net values that the step sets
        :param together: whether the meeting follows one that it is held as one with
        :return: the new row, with the rights of the caller
        """
        event = meeting.event_id
        if not together:
            self._check_may_change(event)
        Change = self.sudo()._guarded()
        self._lock_term(event.term_id.sudo())
        before = meeting.sudo().change_id._guarded()
        net = {name: before[name] for name in NET_FIELDS if before}
        for name, value in net.items():
            if isinstance(value, models.BaseModel):
                many = self._fields[name].type == "many2many"
                net[name] = [fields.Command.set(value.ids)] if many else value.id
        told = before._partners_concerned()  # faculty that are let off hear it too
        if before:
            before.state = "replaced"
            before.flush_recordset(["state"])
        change = Change.create(
            {
                **net,
                **vals,
                "event_id": event.id,
                "date": meeting.origin_date,
                "kind": kind,
                "reason": (reason or "").strip() or False,
                "replaces_id": before.id,
            }
        )
        if not meeting.origin_date:
            change.root_id = before.root_id or change
        meeting._hold(change)
        before._withdraw_notices()
        change._make_notices(told | change._partners_concerned())
        if not together:
            for other in meeting._held_together():
                self.sudo()._step(other, kind, vals, reason, together=True)
        return change.with_env(self.env)

    @remote.many
    def action_undo(self):
        """Go back by one step; who was told already is told again.

        Refused where what it goes back to breaks a hard rule by now.
        """
        for row in self:
            row._check_may_change(row.event_id)
            change = row.sudo()._guarded()
            if change.state != "active":
                raise UserError(self.env._("Only the last change can be undone."))
            self._lock_term(change.term_id)
            row._check_undo()
            others = change._meeting()._held_together().change_id
            row._take_back()
            for other in others:
                if other.kind == change.kind:
                    other._take_back(ask=False)
        return True

    def _take_back(self, ask=True):
        """The step before holds again, or the weekly plan; those told hear of it.

        :param ask: whether its place has to be free
        """
        self.ensure_one()
        change = self.sudo()._guarded()
        before = change.replaces_id._guarded()
        meeting = change._meeting()
        heard = change._partners_told()
        change.state = "undone"
        change.flush_recordset(["state"])
        change._withdraw_notices()
        if before:
            before.state = "active"
            before._make_notices(before._partners_concerned() | heard)
        else:
            change._make_notices(heard)
        if not (before or change.date):
            meeting.unlink()  # an extra class that is undone is gone
        elif meeting and ask:
            meeting._hold(before)
        elif meeting:
            meeting._show(before)

    def _meeting(self):
        """The row that this step holds for; none where the plan has it no more."""
        return (
            self.env["timetable.meeting"].sudo().search([("change_id", "=", self.id)])
        )

    def _place_before(self):
        """What the meeting goes back to if this step is undone.

        :return: dictionary with the ``meeting`` and, of what holds then, ``date``,
            ``timeslot``, ``room`` and ``members``; ``None`` where nothing takes place
        """
        self.ensure_one()
        change = self.sudo()
        meeting, before = change._meeting(), change.replaces_id
        if not meeting or before.cancelled or not (change.date or before):
            return None
        return {
            "meeting": meeting,
            "date": before.new_date or meeting.origin_date,
            "timeslot": before.new_timeslot_id or meeting.planned_timeslot_id,
            "room": before.new_room_id
            if before.room_changed
            else meeting.planned_room_id,
            "members": before.substitute_ids
            if before.substituted
            else change.event_id.teacher_ids,
        }

    def _check_undo(self):
        """What a meeting goes back to may be taken by now: the rules are asked again.

        Only of what changes: a meeting that stays where it is keeps its place.
        """
        place = self._place_before()
        if not place:
            return
        meeting = place["meeting"]
        was_there = meeting.status != "cancelled" and (
            (meeting.date, meeting.timeslot_id, meeting.room_id)
            == (place["date"], place["timeslot"], place["room"])
        )
        if not was_there:
            meeting._check_place(
                place["date"], place["timeslot"], place["room"], place["members"]
            )
            return
        # Who is away is missing again, as before the step; who teaches elsewhere by
        # now would be in two places.
        back = place["members"] - meeting.faculty_ids
        busy = meeting._why_not_teach(back, teaching_only=True)
        if busy:
            raise UserError("\n".join(busy.values()))

    # ---- Whom it concerns
    def _teachers_then(self):
        """Who teaches this meeting after the step."""
        self.ensure_one()
        return self.substitute_ids if self.substituted else self.event_id.teacher_ids

    def _partners_concerned(self):
        """Students of the class, its faculty, and who stands in for them."""
        partners = self.env["res.partner"]
        for change in self.sudo():
            members = change.event_id.teacher_ids | change.substitute_ids
            students = change.class_id.seat_ids.student_id
            # Who left is not written to.
            partners |= members.filtered("active").partner_id
            partners |= students.filtered("active").partner_id
        return partners

    def _partners_told(self):
        """Who got a message about this meeting, at this step or one before."""
        partners, step = self.env["res.partner"], self.sudo()
        while step:
            partners |= step.notice_ids.filtered("sent_at").partner_id
            step = step.replaces_id
        return partners

    def _make_notices(self, partners):
        """One row for each person; the message itself goes out with others."""
        self.ensure_one()
        change = self.sudo()
        partners -= self.env.user.partner_id
        self.env["timetable.meeting.notice"].sudo()._queue(change, partners)
        change.posted = False

    def _withdraw_notices(self):
        """What nobody has read yet is not sent any more."""
        self.sudo().notice_ids.filtered(lambda row: not row.sent_at).unlink()
