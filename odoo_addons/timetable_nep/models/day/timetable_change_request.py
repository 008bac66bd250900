from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ...const import ACTIVITY, OFFICER
from ...tools import remote

KINDS = [
    ("move", "Another time"),
    ("room", "Another room"),
    ("swap", "Change places with another class"),
]
STATES = [
    ("submitted", "Waiting"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
]


class TimetableChangeRequest(models.Model):
    """A faculty member asks for a change of the timetable in force."""

    _name = "timetable.change.request"
    _description = "Change request"
    _inherit = ["mail.thread", "mail.activity.mixin", "timetable.guarded.mixin"]
    _order = "id desc"

    _state_transitions = {
        "submitted": frozenset({"accepted", "refused", "withdrawn"}),
        "accepted": frozenset(),
        "refused": frozenset(),
        "withdrawn": frozenset(),
    }
    _guarded_fields = frozenset(
        {
            *("state", "faculty_id", "term_id", "event_id", "kind", "timeslot_id"),
            *("room_id", "other_event_id", "from_timeslot_id", "from_room_id"),
            *("reason", "feasible", "verdict", "answer", "decided_by_id"),
            *("decided_at", "date_from"),
        }
    )

    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="submitted",
        index=True,
        tracking=True,
        group_expand=True,
    )
    faculty_id = fields.Many2one(
        "timetable.faculty",
        "Asked by",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    term_id = fields.Many2one(
        "timetable.term", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="term_id.company_id", store=True, precompute=True, index=True
    )
    kind = fields.Selection(KINDS, "Change", required=True, readonly=True)
    event_id = fields.Many2one(
        "timetable.event",
        "Weekly event",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    class_id = fields.Many2one(related="event_id.class_id")
    department_id = fields.Many2one(
        related="event_id.department_id", store=True, precompute=True, index=True
    )
    from_timeslot_id = fields.Many2one(
        "timetable.timeslot", "At present", readonly=True
    )
    from_room_id = fields.Many2one("timetable.room", "Room at present", readonly=True)
    timeslot_id = fields.Many2one("timetable.timeslot", "Wanted time", readonly=True)
    room_id = fields.Many2one("timetable.room", "Wanted room", readonly=True)
    other_event_id = fields.Many2one(
        "timetable.event", "Change places with", readonly=True, ondelete="cascade"
    )
    wish = fields.Char("Wanted", compute="_compute_wish")
    # "The timetable office reads this", and nobody else.
    reason = fields.Text("Why", readonly=True, groups=OFFICER)
    feasible = fields.Boolean("Possible when asked", readonly=True)
    verdict = fields.Text("What the rules said", readonly=True)
    feasible_now = fields.Boolean("Possible now", compute="_compute_now")
    verdict_now = fields.Text("What the rules say now", compute="_compute_now")
    answer = fields.Text(readonly=True)
    date_from = fields.Date(
        "Holds from",
        readonly=True,
        help="Meetings before this day do not change. Empty: every week.",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)

    _one_waiting = models.UniqueIndex(
        "(faculty_id, event_id) WHERE state = 'submitted'",
        "A request for this class is waiting already.",
    )

    # ---- Computes
    @api.depends("event_id", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for request in self:
            section = request.event_id.class_id.display_name or ""
            request.display_name = f"{section}: {kinds.get(request.kind, '')}"

    @api.depends("kind", "timeslot_id", "room_id", "other_event_id")
    @api.depends_context("lang")
    def _compute_wish(self):
        for request in self:
            if request.kind == "move":
                request.wish = request.timeslot_id.display_name
            elif request.kind == "room":
                request.wish = request.room_id.display_name
            else:
                request.wish = request.other_event_id.class_id.display_name

    @api.depends_context("lang")
    @api.depends("state")
    def _compute_now(self):
        """For the form of a request that waits: the rules as they stand."""
        for request in self:
            request.feasible_now, request.verdict_now = False, False
            if request.state == "submitted" and request.id:
                request.feasible_now, request.verdict_now = request._judge()

    def _wanted(self):
        self.ensure_one()
        return {
            "kind": self.kind,
            "timeslot": self.timeslot_id,
            "room": self.room_id,
            "other": self.other_event_id,
        }

    def _judge(self):
        variant = self.sudo().term_id.published_variant_id
        if not variant:
            return False, self.env._("No timetable of this term is in force.")
        return variant._change_verdict(self.event_id, **self._wanted())

    # ---- From the portal
    @api.model
    def _submit(
        self, faculty, event, kind, timeslot=None, room=None, other=None, **vals
    ):
        """Ask for a change, as a faculty member of an event of their own.

        :param faculty: the records of the person asking
        :return: the request
        """
        event = event.sudo()
        member = (event.teacher_ids & faculty)[:1]
        if not member:
            raise AccessError(self.env._("You do not teach this class."))
        variant = event.term_id.published_variant_id
        placed = variant._board_assignment(event)
        if not placed:
            raise UserError(
                self.env._("This class is not in a timetable that is in force.")
            )
        self._check_wish(variant, event, kind, timeslot, room, other)
        feasible, verdict = variant._change_verdict(event, kind, timeslot, room, other)
        request = (
            self.sudo()
            ._guarded()
            .create(
                {
                    "faculty_id": member.id,
                    "term_id": event.term_id.id,
                    "event_id": event.id,
                    "kind": kind,
                    "timeslot_id": timeslot.id if kind == "move" else False,
                    "room_id": room.id if kind == "room" else False,
                    "other_event_id": other.id if kind == "swap" else False,
                    "from_timeslot_id": placed.timeslot_id.id,
                    "from_room_id": placed.room_id.id,
                    "reason": (vals.get("reason") or "").strip()[:2000],
                    "feasible": feasible,
                    "verdict": verdict,
                }
            )
        )
        request._ask_officer(variant)
        return request

    def _check_wish(self, variant, event, kind, timeslot, room, other):
        """Refuse what does not name a place of this timetable."""
        placed = variant._board_assignment(event)
        if kind == "move":
            if not timeslot or timeslot.grid_id != variant.term_id.grid_id:
                raise UserError(self.env._("Choose the time that you would like."))
            if timeslot == placed.timeslot_id:
                raise UserError(self.env._("The class is at that time already."))
        elif kind == "room":
            if not room or room not in variant.term_id._usable_rooms():
                raise UserError(self.env._("Choose the room that you would like."))
            if room == placed.room_id:
                raise UserError(self.env._("The class is in that room already."))
        elif kind == "swap":
            if not other or other not in variant._swap_partners(event).event_id:
                raise UserError(self.env._("Choose the class to change places with."))
        else:
            raise UserError(self.env._("Choose what should change."))
        if self._is_waiting(event):
            raise UserError(
                self.env._(
                    "A request for %s is waiting already. Withdraw it first if your "
                    "wish has changed.",
                    event.class_id.display_name,
                )
            )

    @api.model
    def _is_waiting(self, event):
        """Whether somebody's request for this class is not decided yet."""
        domain = [("event_id", "=", event.id), ("state", "=", "submitted")]
        return bool(self.sudo().search_count(domain, limit=1))

    def _ask_officer(self, variant):
        """An activity for the officer who looks after the timetable."""
        self.ensure_one()
        officers = (
            self.env.ref(OFFICER)
            .sudo()
            .all_user_ids.filtered(
                lambda user: (
                    user.active
                    and not user.share
                    and self.company_id in user.company_ids
                )
            )
        )
        known = variant.submitted_by_id | variant.published_by_id
        people = self.env.ref(OFFICER).sudo().user_ids & officers
        for user in (known & officers) or people or officers[:1]:
            self.activity_schedule(
                ACTIVITY,
                summary=self.env._("Change request: accept or refuse"),
                user_id=user.id,
            )

    def _withdraw(self, faculty):
        """The person who asked takes it back."""
        for request in self.sudo():
            if request.faculty_id not in faculty:
                raise AccessError(self.env._("This is not a request of yours."))
            request._decide("withdrawn")

    # ---- Decision
    def _require_officer(self):
        if not self.env.user.has_group(OFFICER):
            raise AccessError(
                self.env._("Only a timetable officer decides on change requests.")
            )
        self.check_access("write")

    @remote.one
    def action_ask_accept(self):
        """Ask from when on it should hold."""
        self._require_officer()
        self._check_waiting()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_accept_wizard_action"
        )
        action["context"] = {"default_request_id": self.id}
        return action

    @remote.many
    def action_accept(self, date_from=None):
        """Make the change in the timetable in force, if the rules still allow it.

        :param date_from: a day of the first week that it holds for; without it, it
            holds for every week of the term
        """
        self._require_officer()
        for request in self:
            request._check_waiting()
            variant = request.term_id.published_variant_id
            if not variant:
                raise UserError(
                    self.env._("No timetable of %s is in force.", request.term_id.name)
                )
            day = request.term_id._first_day(date_from)
            variant._apply_change(request.event_id, **request._wanted(), day=day)
            request._decide("accepted", date_from=day)
            request._tell_accepted(variant)
        return True

    @remote.many
    def action_refuse(self, reason=None):
        """Say no.

        :param str reason: for the person who asked; without it a wizard asks for it
        """
        self._require_officer()
        reason = (reason or "").strip()
        if not reason:
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "timetable_nep.timetable_refuse_wizard_action"
            )
            action["context"] = {"default_request_ids": self.ids}
            return action
        for request in self:
            request._decide("refused", answer=reason)
            request._answer_asker(
                lambda told: told.env._(
                    "Your request for %(what)s was refused: %(why)s",
                    what=told.display_name,
                    why=reason,
                )
            )
        return True

    def _check_waiting(self):
        if self.state != "submitted":
            raise UserError(
                self.env._("%s: this request was decided already.", self.display_name)
            )

    def _decide(self, state, **vals):
        self._check_waiting()
        request = self.sudo()
        request._guarded().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
                **vals,
            }
        )
        request.activity_feedback([ACTIVITY], user_id=self.env.uid)
        request.activity_unlink([ACTIVITY])

    def _tell_accepted(self, variant):
        """Who asked, who teaches or attends what moved, and the timetable's record."""
        self.ensure_one()
        moved = self.event_id | self.other_event_id
        self._answer_asker(
            lambda request: request.env._(
                "Your request was accepted. %s", request._accepted_text(variant)
            )
        )
        variant.sudo().message_post(
            body=self.env._(
                "%(what)s (asked for by %(who)s)",
                what=self._accepted_text(variant),
                who=self.faculty_id.name,
            ),
            subtype_xmlid="mail.mt_note",
        )

        def say(lang):
            request = self.with_context(lang=lang)
            title = request.env._("Your timetable has changed")
            return title, Markup("<p>%s</p>") % request._accepted_text(variant)

        self.env["timetable.meeting.notice"]._queue_text(
            self.term_id, self._others_concerned(moved), say
        )

    def _answer_asker(self, say):
        """A message to whoever asked, in their language.

        :param say: this request, in that language → text
        """
        partner = self.faculty_id.partner_id
        lang = partner.lang or self.env.lang
        self.message_post(
            body=say(self.with_context(lang=lang)),
            partner_ids=partner._timetable_reachable().ids,
            subtype_xmlid="mail.mt_comment",
        )

    def _accepted_text(self, variant):
        """What moved and where to, in the language of the context."""
        moved = self.event_id | self.other_event_id
        rows = variant.sudo().with_env(self.sudo().env).assignment_ids
        where = ", ".join(
            " ".join(
                filter(
                    None,
                    (
                        row.event_id.class_id.display_name,
                        row.timeslot_id.display_name,
                        row.room_id.display_name,
                    ),
                )
            )
            for row in rows.filtered(lambda row: row.event_id.id in moved.ids)
        )
        if self.date_from:
            return self.env._(
                "Changed in the timetable in force from %(day)s on: %(where)s.",
                day=format_date(self.env, self.date_from),
                where=where,
            )
        return self.env._("Changed in the timetable in force: %s.", where)

    def _others_concerned(self, events):
        """Who teaches and attends what moved; who left is not written to."""
        events = events.sudo()
        members = self.env["timetable.faculty"].union(
            *(event.teacher_ids for event in events)
        )
        students = events.class_id.seat_ids.student_id
        people = (
            members.filtered("active").partner_id
            | students.filtered("active").partner_id
        )
        return people.sudo() - self.sudo().faculty_id.partner_id

    @remote.one
    def action_open_board(self):
        """Look at the class on the board."""
        action = self.term_id.published_variant_id.action_open_board()
        action["params"] |= {"view_by": "class", "resource_id": self.class_id.id}
        return action
