from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...const import (
    APPROVER,
    COORDINATOR,
    OFFICER,
    READ_AT_ONCE,
    READ_SCOPE,
    READER,
    ROSTER_READER,
    ROSTER_SCOPE,
)
from ...tools import ical, remote

SCOPES = [
    (READ_SCOPE, "Published weeks of the timetable"),
    (ROSTER_SCOPE, "Published weeks, and who is in which class"),
]
KEPT = timedelta(days=60)
OVERLAP = timedelta(minutes=5)
"""Transactions that began earlier may end later: what a reader got is given again."""
LIMIT, MOST = 500, 2_000
LONGEST = timedelta(days=400)


class TimetableMeetingGone(models.Model):
    """A meeting that is no longer planned, for those who read what has changed."""

    _name = "timetable.meeting.gone"
    _description = "Meeting that was taken away"
    _log_access = False

    meeting_id = fields.Integer(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade"
    )
    date = fields.Date(required=True)
    gone_at = fields.Datetime("Taken away at", required=True, index=True)

    @api.autovacuum
    def _gc_old(self):
        self.search([("gone_at", "<", fields.Datetime.now() - KEPT)]).unlink()


class TimetableMeeting(models.Model):
    _inherit = "timetable.meeting"

    @api.ondelete(at_uninstall=False)
    def _leave_a_trace(self):
        """By hand: extra classes that are undone."""
        self.env["timetable.meeting.gone"].sudo().create(
            [
                {
                    "meeting_id": meeting.id,
                    "company_id": meeting.company_id.id,
                    "date": meeting.date,
                    "gone_at": self.env.cr.now(),
                }
                for meeting in self
            ]
        )


class TimetableApi(models.AbstractModel):
    """The published weeks, as other systems read them.

    A fixed set of fields, read without the rights of models: who may read at all, and
    of which university, is asked in one place. Nothing of drafts is told, and nothing
    about students but by :meth:`_rosters`.
    """

    _name = "timetable.api"
    _description = "What other systems read"

    @api.model
    def _require(self, groups=(READER, OFFICER, COORDINATOR, APPROVER)):
        """:return: companies that the caller may read"""
        user = self.env.user
        if not any(user.has_group(group) for group in groups):
            raise AccessError(
                self.env._(
                    "This account may not read that. An administrator gives it the "
                    "role %s.",
                    self.env.ref(groups[0]).sudo().name,
                )
            )
        return user.company_ids

    @api.model
    def _number(self, query, name):
        text = query.get(name)
        if not text:
            return None
        if not str(text).isdigit() or int(text) >= 2**31:
            raise ValidationError(
                self.env._("%(name)s=%(value)s is not a number.", name=name, value=text)
            )
        return int(text)

    @api.model
    def _date(self, query, name):
        try:
            return fields.Date.to_date(query.get(name) or None)
        except ValueError:
            raise ValidationError(
                self.env._(
                    "%(name)s=%(value)s is not a date like 2027-01-31.",
                    name=name,
                    value=query[name],
                )
            ) from None

    @api.model
    def _published_terms(self, companies):
        variants = (
            self.env["timetable.variant"]
            .sudo()
            .search([("state", "=", "published"), ("company_id", "in", companies.ids)])
        )
        return variants.term_id.filtered("active").sorted("id")

    # ---- What does not change from day to day
    @api.model
    def _records(self, kind, query):
        """Rows of ``terms``, ``departments``, ``rooms``, ``courses`` or ``classes``."""
        companies = self._require()
        domain = Domain("company_id", "in", companies.ids)
        term = self._number(query, "term")
        env = self.sudo().env
        published = self._published_terms(companies)
        if kind == "terms":
            return [
                {
                    "id": row.id,
                    "company": row.company_id.id,
                    "name": row.name,
                    "begins": str(row.date_start) if row.date_start else None,
                    "ends": str(row.date_end) if row.date_end else None,
                    "zone": row.company_id._timetable_timezone(),
                }
                for row in published
            ]
        if kind == "departments":
            rows = env["timetable.department"].search(domain)
            return [self._named(row, school=row.school or None) for row in rows]
        if kind == "rooms":
            rows = env["timetable.room"].search(domain)
            return [
                self._named(
                    row,
                    building=row.building_id.name or None,
                    type=row.type_id.name,
                    seats=row.capacity,
                )
                for row in rows
            ]
        terms = published.filtered(lambda row: not term or row.id == term)
        classes = env["timetable.class"].search([("term_id", "in", terms.ids)])
        if kind == "classes":
            return [
                {
                    "id": row.id,
                    "company": row.company_id.id,
                    "code": row.display_name,
                    "term": row.term_id.id,
                    "course": row.course_id.id,
                    "department": row.department_id.id,
                    "faculty": self._people(row.faculty_ids),
                    "students": row.student_count,
                }
                for row in classes
            ]
        courses = classes.course_id
        return [
            self._named(
                row,
                department=row.department_id.id or None,
                category=row.category,
                credits=row.credits,
            )
            for row in courses.sorted("id")
        ]

    @api.model
    def _named(self, row, **more):
        return {
            "id": row.id,
            "company": row.company_id.id,
            "code": row.code or None,
            "name": row.name,
            **more,
        }

    @api.model
    def _people(self, members):
        return [
            {"id": one.id, "code": one.code or None, "name": one.name}
            for one in members.sorted("id")
        ]

    # ---- Meetings
    @api.model
    def _meeting_domain(self, query, companies):
        domain = Domain("company_id", "in", companies.ids)
        domain &= Domain("term_id.active", "=", True)
        for name, field in (
            ("term", "term_id"),
            ("room", "room_id"),
            ("class", "class_id"),
            ("course", "course_id"),
            ("department", "department_id"),
            ("faculty", "faculty_ids"),
        ):
            number = self._number(query, name)
            if number is not None:
                domain &= Domain(field, "in", [number])
        return domain

    @api.model
    def _meetings(self, query):
        """Meetings of some days, by id.

        :param query: texts of the address: ``from``, ``to`` (both included; this week
            without them), ``term``, ``room``, ``class``, ``course``, ``department``,
            ``faculty``, ``after`` (id), ``limit``
        :return: dictionary with ``meetings`` and ``next``, the ``after`` of the next
            page or ``None``
        """
        companies = self._require()
        today = fields.Date.context_today(self)
        monday = today - timedelta(days=today.weekday())
        first = self._date(query, "from") or monday
        last = self._date(query, "to") or first + timedelta(days=6)
        if last < first or last - first > LONGEST:
            raise ValidationError(
                self.env._(
                    "'to' is a day from 'from' on, and at most %s days later.",
                    LONGEST.days,
                )
            )
        domain = self._meeting_domain(query, companies)
        domain &= Domain("date", ">=", first) & Domain("date", "<=", last)
        return self._page(domain, query)

    @api.model
    def _page(self, domain, query):
        limit = min(self._number(query, "limit") or LIMIT, MOST)
        after = self._number(query, "after") or 0
        rows = (
            self.env["timetable.meeting"]
            .sudo()
            .search_fetch(
                domain & Domain("id", ">", after),
                [*READ_AT_ONCE, "write_date"],
                order="id",
                limit=limit + 1,
            )
        )
        shown = rows[:limit]
        return {
            "meetings": [self._meeting(row) for row in shown],
            "next": shown[-1:].id if len(rows) > limit else None,
        }

    @api.model
    def _meeting(self, row):
        values = row._as_dict()
        return {
            "id": row.id,
            "company": row.company_id.id,
            "term": row.term_id.id,
            "class": row.class_id.id,
            "code": values["code"],
            "course": {"id": row.course_id.id, "name": values["course"]},
            "department": row.department_id.id,
            "status": row.status,
            "date": str(row.date),
            "begins": values["clock_from"] or None,
            "ends": values["clock_to"] or None,
            "begins_utc": f"{row.start.isoformat()}Z" if row.start else None,
            "ends_utc": f"{row.stop.isoformat()}Z" if row.stop else None,
            "planned_date": str(row.origin_date) if row.origin_date else None,
            "room": {"id": row.room_id.id, "name": values["room"]}
            if row.room_id
            else None,
            "building": values["building"] or None,
            "faculty": self._people(row.faculty_ids),
            "reason": values["reason"] or None,
        }

    @api.model
    def _changes(self, query):
        """What has changed since a cursor that was given before.

        Without one: nothing but the cursor to begin with. What changed at about that
        time is told again, so that nothing is lost; ids tell what is known already.

        :return: dictionary with ``meetings``, ``gone`` (ids), ``cursor`` and ``next``
        :raises ValidationError: for a cursor too old, whose traces are gone
        """
        companies = self._require()
        now = self.env.cr.now()
        cursor = f"{(now - OVERLAP).isoformat(timespec='seconds')}Z"
        text = query.get("since")
        if not text:
            return {"meetings": [], "gone": [], "cursor": cursor, "next": None}
        try:
            since = fields.Datetime.to_datetime(text.rstrip("Z").replace("T", " "))
        except ValueError:
            since = None
        if not since or since < now - KEPT:
            raise ValidationError(
                self.env._(
                    "since=%(value)s is not a cursor of the last %(days)s days: read "
                    "all meetings once, then begin with a new cursor.",
                    value=text,
                    days=KEPT.days,
                )
            )
        domain = self._meeting_domain(query, companies)
        found = self._page(domain & Domain("write_date", ">=", since), query)
        self.env["timetable.meeting.gone"].flush_model()
        gone = self.env.execute_query(
            SQL(
                "SELECT DISTINCT meeting_id FROM timetable_meeting_gone "
                "WHERE company_id = ANY(%s) AND gone_at >= %s ORDER BY meeting_id",
                companies.ids,
                since,
            )
        )
        return {**found, "gone": [number for (number,) in gone], "cursor": cursor}

    @api.model
    def _calendar(self, query):
        """The same meetings as an iCalendar document, each on its own."""
        companies = self._require()
        rows = self._meetings({**query, "limit": str(MOST)})["meetings"]
        meetings = (
            self.env["timetable.meeting"].sudo().browse(row["id"] for row in rows)
        )
        feed = self.env["timetable.feed"].sudo()
        zone = (meetings[:1].company_id or companies[:1])._timetable_timezone()
        series = [
            ical.single(
                ical.Series(
                    uid=f"meeting-{meeting.id}@{feed._uid_domain()}",
                    first=None,
                    stamp=meeting.write_date,
                ),
                feed._occurrence(meeting),
            )
            for meeting in meetings
        ]
        return ical.document(self.env._("Timetable"), zone, series)

    # ---- Who is in which class
    @api.model
    def _rosters(self, query):
        """Class → enrolment numbers, of published terms; for a key of that scope."""
        companies = self._require((ROSTER_READER, OFFICER))
        env = self.sudo().env
        wanted = Domain("term_id", "in", self._published_terms(companies).ids)
        for name, field in (("term", "term_id"), ("class", "id")):
            number = self._number(query, name)
            if number is not None:
                wanted &= Domain(field, "=", number)
        return [
            {
                "class": row.id,
                "code": row.display_name,
                "students": [
                    {
                        "id": student.id,
                        "code": student.code or None,
                        "name": student.name,
                        "email": student.partner_id.email or None,
                    }
                    for student in row.seat_ids.student_id.filtered("active").sorted(
                        "id"
                    )
                ],
            }
            for row in env["timetable.class"].search(wanted)
        ]


class ResUsersApikeys(models.Model):
    _inherit = "res.users.apikeys"

    def _generate(self, scope, name, expiration_date):
        """A key that reads the timetable and opens nothing else."""
        wanted = self.env.context.get("timetable_key_scope")
        if scope is None and wanted in dict(SCOPES):
            scope = wanted
        return super()._generate(scope, name, expiration_date)


class ResUsersApikeysDescription(models.TransientModel):
    _inherit = "res.users.apikeys.description"

    timetable_scope = fields.Selection(
        SCOPES,
        "Only for",
        help="Such a key reads the timetable and opens nothing else. Empty: a key "
        "for all that you may do.",
    )

    @remote.one
    def make_key(self):
        chosen = self.sudo().timetable_scope
        if chosen and self.env.context.get("timetable_key_scope") != chosen:
            self = self.with_context(timetable_key_scope=chosen)
        return super().make_key()
