from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .timetable_assignment_past import PLACEMENTS, holds_on

EPOCH = date(2000, 1, 1)
DAY_SPACE = 65_536
"""The id of a planned meeting is ``event id * DAY_SPACE + days since EPOCH``."""
EXTRA_BASE = 1 << 50
"""Ids of extra classes are above those, and below what JSON keeps."""
OPEN_TERM_DAYS = 181
"""From the first day to the last of a term without dates: 26 weeks."""
READ_AT_ONCE = [
    *("event_id", "class_id", "course_id", "category", "term_id", "variant_id"),
    *("date", "origin_date", "timeslot_id", "hour_from", "hour_to", "start", "stop"),
    *("duration", "room_id", "building_id", "status", "substituted", "change_id"),
    "reason",
]
STATUSES = [
    ("planned", "As planned"),
    ("cancelled", "Cancelled"),
    ("moved", "Moved"),
    ("substituted", "Substitute"),
    ("room", "Other room"),
    ("extra", "Extra class"),
]


class TimetableMeeting(models.Model):
    """A dated meeting: the published week over the days of the term.

    There is no table: 7,700 weekly events over 18 weeks would be 139,000 rows to
    write at each publication and to keep true at each new holiday. The database
    expands the week when asked, leaves holidays out and applies the few rows of
    ``timetable.meeting.change``. A meeting keeps its id (made of the event and the
    date it was planned for) whatever happens to it.
    """

    _name = "timetable.meeting"
    _description = "Meeting"
    _auto = False
    _order = "date, hour_from, id"
    _rec_name = "class_id"

    _depends = {
        "timetable.variant": ["state", "term_id", "published_at"],
        "timetable.term": ["active", "date_start", "date_end"],
        "timetable.holiday": ["company_id", "date_start", "date_end"],
        "timetable.assignment": [
            *("variant_id", "event_id", "timeslot_id", "room_id", "date_from"),
        ],
        "timetable.assignment.past": [
            *("variant_id", "event_id", "timeslot_id", "room_id"),
            *("date_from", "date_until"),
        ],
        "timetable.timeslot": ["grid_id", "day", "period", "hour_from", "hour_to"],
        "timetable.event": [
            *("active", "class_id", "term_id", "company_id", "duration"),
        ],
        "timetable.class": ["offering_id"],
        "timetable.offering": ["course_id", "department_id", "category"],
        "timetable.room": ["building_id"],
        "res.company": ["timetable_tz"],
        "timetable.meeting.change": [
            "event_id",
            "date",
            "state",
            "cancelled",
            "new_date",
            "new_timeslot_id",
            "room_changed",
            "new_room_id",
            "substituted",
            "root_id",
            "reason",
        ],
    }

    event_id = fields.Many2one("timetable.event", "Weekly event", readonly=True)
    class_id = fields.Many2one("timetable.class", readonly=True)
    offering_id = fields.Many2one("timetable.offering", readonly=True)
    course_id = fields.Many2one("timetable.course", readonly=True)
    category = fields.Selection(
        lambda self: self.env["timetable.offering"]._fields["category"].selection,
        readonly=True,
    )
    department_id = fields.Many2one("timetable.department", readonly=True)
    term_id = fields.Many2one("timetable.term", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    variant_id = fields.Many2one("timetable.variant", "Timetable", readonly=True)
    date = fields.Date(readonly=True)
    origin_date = fields.Date(
        "Planned for", readonly=True, help="Empty for an extra class."
    )
    timeslot_id = fields.Many2one("timetable.timeslot", readonly=True)
    hour_from = fields.Float("From", readonly=True, aggregator=None)
    hour_to = fields.Float("To", readonly=True, aggregator=None)
    start = fields.Datetime("Starts", readonly=True)
    stop = fields.Datetime("Ends", readonly=True)
    duration = fields.Integer("Periods", readonly=True)
    room_id = fields.Many2one("timetable.room", readonly=True)
    building_id = fields.Many2one("timetable.building", readonly=True)
    status = fields.Selection(STATUSES, readonly=True)
    substituted = fields.Boolean(readonly=True)
    change_id = fields.Many2one("timetable.meeting.change", readonly=True)
    reason = fields.Char(readonly=True)

    faculty_ids = fields.Many2many(
        "timetable.faculty",
        compute="_compute_faculty_ids",
        search="_search_faculty_ids",
    )
    change_ids = fields.Many2many(
        "timetable.meeting.change", string="History", compute="_compute_change_ids"
    )
    student_count = fields.Integer(related="class_id.student_count", string="Students")

    # ---- What the database is asked
    @property
    def _table_query(self):
        return SQL(
            """
            SELECT %(planned_id)s AS id, e.id AS event_id, e.class_id,
                   c.offering_id, o.course_id, o.category, o.department_id,
                   v.term_id, e.company_id, v.id AS variant_id,
                   d.date, d.date AS origin_date, s.id AS timeslot_id, %(tail)s,
                   CASE WHEN ch.room_changed THEN ch.new_room_id ELSE a.room_id END
                       AS room_id,
                   (SELECT r.building_id FROM timetable_room r
                     WHERE r.id = CASE WHEN ch.room_changed THEN ch.new_room_id
                                       ELSE a.room_id END) AS building_id,
                   CASE WHEN ch.cancelled THEN 'cancelled'
                        WHEN ch.substituted THEN 'substituted'
                        WHEN ch.room_changed THEN 'room'
                        ELSE 'planned' END AS status,
                   coalesce(ch.substituted, FALSE) AS substituted,
                   ch.id AS change_id, ch.reason
              FROM timetable_variant v
              JOIN (%(days)s) AS d ON d.variant_id = v.id
              JOIN (%(places)s) AS a ON a.variant_id = v.id
               AND %(on_day)s
              JOIN timetable_timeslot s ON s.id = a.timeslot_id AND s.day = d.weekday
              JOIN timetable_event e ON e.id = a.event_id
              %(joins)s
              LEFT JOIN timetable_meeting_change ch
                     ON ch.event_id = a.event_id AND ch.date = d.date
                    AND ch.state = 'active'
             WHERE v.state = 'published' AND ch.new_date IS NULL
               AND e.active AND t.active
             UNION ALL
            SELECT CASE WHEN ch.date IS NULL THEN %(extra)s + ch.root_id
                        ELSE %(moved_id)s END,
                   e.id, e.class_id, c.offering_id, o.course_id, o.category,
                   o.department_id, v.term_id, e.company_id, v.id,
                   ch.new_date, ch.date, s.id, %(tail_moved)s,
                   CASE WHEN ch.room_changed THEN ch.new_room_id ELSE a.room_id END,
                   (SELECT r.building_id FROM timetable_room r
                     WHERE r.id = CASE WHEN ch.room_changed THEN ch.new_room_id
                                       ELSE a.room_id END),
                   CASE WHEN ch.cancelled THEN 'cancelled'
                        WHEN ch.date IS NULL THEN 'extra'
                        ELSE 'moved' END,
                   coalesce(ch.substituted, FALSE), ch.id, ch.reason
              FROM timetable_meeting_change ch
              JOIN timetable_event e ON e.id = ch.event_id
              JOIN timetable_variant v
                ON v.term_id = e.term_id AND v.state = 'published'
              JOIN timetable_timeslot s ON s.id = ch.new_timeslot_id
              %(joins)s
              LEFT JOIN (%(places)s) AS a
                     ON a.variant_id = v.id AND a.event_id = e.id
                    AND %(on_day_of_change)s
              LEFT JOIN timetable_timeslot origin ON origin.id = a.timeslot_id
             WHERE ch.state = 'active' AND ch.new_date IS NOT NULL
               AND e.active AND t.active
               AND (ch.date IS NULL
                    OR origin.day = extract(isodow FROM ch.date) - 1)
            """,
            planned_id=self._sql_id("d.date"),
            moved_id=self._sql_id("ch.date"),
            extra=EXTRA_BASE,
            days=self._sql_days(),
            places=SQL(PLACEMENTS),
            on_day=holds_on(SQL("d.date")),
            on_day_of_change=holds_on(SQL("coalesce(ch.date, ch.new_date)")),
            joins=SQL(
                """
                JOIN timetable_class c ON c.id = e.class_id
                JOIN timetable_offering o ON o.id = c.offering_id
                JOIN res_company co ON co.id = e.company_id
                JOIN timetable_term t ON t.id = v.term_id
                LEFT JOIN timetable_timeslot last
                       ON last.grid_id = s.grid_id AND last.day = s.day
                      AND last.period = s.period + e.duration - 1
                """
            ),
            tail=self._sql_times("d.date"),
            tail_moved=self._sql_times("ch.new_date"),
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Ids say of which event and day they are: the rest is not expanded."""
        terms = list(Domain(domain))
        if "|" not in terms and "!" not in terms:
            for term in terms:
                if term[0] == "id" and term[1] in ("=", "in"):
                    ids = [term[2]] if term[1] == "=" else term[2]
                    domain = Domain(domain) & self._narrow(ids)
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _narrow(self, ids):
        """A condition that holds for these ids, and that the database can use."""
        ids = [number for number in ids if isinstance(number, int)]
        planned = [number for number in ids if DAY_SPACE <= number < EXTRA_BASE]
        extra = Domain("origin_date", "=", False)
        if not planned:
            return extra
        days = [number % DAY_SPACE for number in planned]
        between = Domain("origin_date", ">=", EPOCH + timedelta(days=min(days)))
        between &= Domain("origin_date", "<=", EPOCH + timedelta(days=max(days)))
        if len(planned) < len(ids):
            return between | extra
        events = sorted({number // DAY_SPACE for number in planned})
        return between & Domain("event_id", "in", events)

    def exists(self):
        """Those of these ids that are meetings still."""
        found = set(self.sudo()._search([("id", "in", self.ids)]).get_result_ids())
        return self.browse(number for number in self._ids if number in found)

    @api.model
    def _sql_id(self, day):
        return SQL(
            "e.id::bigint * %s + (%s - %s::date)",
            DAY_SPACE,
            SQL.identifier(*day.split(".")),
            EPOCH,
        )

    @api.model
    def _sql_times(self, day):
        """Hours on the university's clock, and the moments that they are."""
        end = SQL("coalesce(last.hour_to, s.hour_to)")
        return SQL(
            "s.hour_from, %(end)s AS hour_to, %(start)s AS start, %(stop)s AS stop, "
            "e.duration",
            end=end,
            start=self._sql_moment(day, SQL("s.hour_from")),
            stop=self._sql_moment(day, end),
        )

    @api.model
    def _sql_moment(self, day, hour):
        return SQL(
            """
            (%s + make_interval(secs => %s * 3600))
                AT TIME ZONE coalesce(co.timetable_tz, 'UTC') AT TIME ZONE 'UTC'
            """,
            SQL.identifier(*day.split(".")),
            hour,
        )

    @api.model
    def _sql_days(self):
        """Days of each published term without its holidays.

        A term without dates counts from the week of its publication, for half a year.
        """
        return SQL(
            """
            SELECT p.id AS variant_id, day.day::date AS date,
                   extract(isodow FROM day.day)::int - 1 AS weekday
              FROM timetable_variant p
              JOIN timetable_term t ON t.id = p.term_id
              CROSS JOIN LATERAL (
                   SELECT coalesce(t.date_start,
                                   date_trunc('week', p.published_at)::date) AS first
                   ) AS term
              CROSS JOIN LATERAL generate_series(
                   term.first::timestamp,
                   coalesce(t.date_end, term.first + %s)::timestamp,
                   interval '1 day') AS day(day)
             WHERE p.state = 'published'
               AND NOT EXISTS (SELECT FROM timetable_holiday h
                                WHERE h.company_id = t.company_id
                                  AND day.day::date
                                      BETWEEN h.date_start AND h.date_end)
            """,
            OPEN_TERM_DAYS,
        )

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

    @api.depends("event_id", "change_id")
    def _compute_faculty_ids(self):
        for meeting in self:
            if meeting.substituted:
                meeting.faculty_ids = meeting.change_id.substitute_ids
            else:
                meeting.faculty_ids = meeting.event_id._teachers()

    @api.model
    def _search_faculty_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        own = Domain("event_id.own_faculty", "=", True)
        planned = (own & Domain("event_id.faculty_ids", operator, value)) | (
            ~own & Domain("event_id.class_id.faculty_ids", operator, value)
        )
        return (Domain("substituted", "=", False) & planned) | Domain(
            "change_id.substitute_ids", operator, value
        )

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
            {"kind": kind, "meeting_keys": self.ids}
        )
        action["res_id"] = wizard.id
        return action

    def action_cancel(self):
        return self._open_change("cancel")

    def action_move(self):
        return self._open_change("move")

    def action_room(self):
        return self._open_change("room")

    def action_substitute(self):
        return self._open_change("substitute")

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

    # ---- For pages and feeds
    def _as_dict(self, members=None):
        """What a page or a feed shows of a meeting.

        ``id`` stays the same whatever happens to the meeting; ``start`` and ``stop``
        are naive UTC, ``hour_from`` and ``hour_to`` hours on the university's clock.
        """
        self.ensure_one()
        slot = self.timeslot_id
        mine = bool(members and members & self.faculty_ids)
        planned = members and members & self.event_id._teachers()
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
            "teaches": mine,
            "covered": bool(planned) and not mine,
            "class_id": self.class_id.id,
            "code": self.class_id.display_name,
            "course": self.course_id.name,
            "category": self.category,
            "room_id": self.room_id.id,
            "room": self.room_id.name or "",
            "building": self.building_id.name or "",
            "faculty_ids": sorted(self.faculty_ids.ids),
            "faculty": ", ".join(
                member.name or member.code or "" for member in self.faculty_ids
            ),
            "term": self.term_id.name,
            "planned_date": self.origin_date,
        }
