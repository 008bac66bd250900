from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...const import OPEN_TERM_DAYS

PLAN_OF = {
    "assignment": [
        *("variant_id", "event_id", "timeslot_id", "room_id", "date_from"),
        "week_pattern_id",
    ],
    "class": ["offering_id", "faculty_ids"],
    "event": [
        *("active", "class_id", "duration", "term_id", "company_id", "teacher_ids"),
    ],
    "holiday": ["company_id", "date_start", "date_end"],
    "meeting": None,
    "meeting.change": None,
    "offering": ["course_id", "department_id", "category"],
    "term": ["active", "date_start", "date_end", "company_id"],
    "timeslot": ["grid_id", "day", "period", "hour_from", "hour_to"],
    "variant": ["state", "term_id", "published_at", "date_from"],
}
"""What the rows are made of: written to the database before it is asked."""
ROWS_AT_ONCE = 1_000
AT_ONCE = timedelta(days=13)
"""A timetable of more weekly events gets its next two weeks while somebody waits."""
SHOWN = (
    *("date", "timeslot_id", "room_id", "duration"),
    *("hour_from", "hour_to", "start", "stop"),
)
"""Columns that follow the plan where no change for a date is in force."""


class TimetableMeeting(models.Model):
    """Rows from the weekly plan: one statement a step, however many rows."""

    _inherit = "timetable.meeting"

    @api.model
    def _lay_out(self, terms, first=None, last=None):
        """Make rows agree with the plans in force.

        Rows before ``first`` and after ``last`` stay what they are. A row keeps its id
        while its class is planned for its date, and what a change for a date made of
        it. Holidays have no rows.

        :param terms: terms whose plan, dates or holidays changed
        :param first: first day that may be written; ``None`` for all
        :param last: last day that may be written; ``None`` for all
        """
        if not terms:
            return
        for model, names in PLAN_OF.items():
            self.env[f"timetable.{model}"].flush_model(names)
        self.env["res.company"].flush_model(["timetable_tz"])
        execute = self.env.cr.execute
        window = SQL(
            "m.term_id = ANY(%s) AND m.origin_date IS NOT NULL"
            " AND m.origin_date >= %s AND m.origin_date <= %s",
            terms.ids,
            first or "-infinity",
            last or "infinity",
        )
        execute("DROP TABLE IF EXISTS timetable_plan")
        execute(self._sql_plan(terms, first, last))
        # Rows of this very transaction are not in the statistics: without the index
        # the database may compare each of 139,000 with each.
        execute("CREATE INDEX ON timetable_plan (event_id, date)")
        execute("ANALYZE timetable_plan")
        execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM timetable_meeting m
                     WHERE %s AND NOT EXISTS (
                           SELECT FROM timetable_plan p
                            WHERE p.event_id = m.event_id AND p.date = m.origin_date)
                    RETURNING m.id, m.company_id, m.date)
                INSERT INTO timetable_meeting_gone (
                       meeting_id, company_id, date, gone_at)
                SELECT id, company_id, date, %s FROM gone
                """,
                window,
                self.env.cr.now(),
            )
        )
        execute(self._sql_write())
        execute(self._sql_let_off(window))
        execute(self._sql_teach(window))
        execute("DROP TABLE timetable_plan")
        self.env["timetable.meeting"].invalidate_model(flush=False)
        self._show_again(terms, first, last)
        for term in terms:
            self.env["timetable.meeting.change"]._lock_term(term)

    @api.model
    def _lay_out_publication(self, term, first=None):
        """Rows of a new plan: those of the next days at once, where there are many the
        others in the background.

        :param first: first day that it holds for; ``None`` for every week
        """
        last = None
        if term.published_variant_id.assignment_count > ROWS_AT_ONCE:
            last = max(filter(None, [first, term._local_today()])) + AT_ONCE
        self._lay_out(term, first, last)
        term._take_back_what_clashes(first)
        if last:
            later = last + timedelta(days=1)
            known = term.meetings_from
            term.meetings_from = min(filter(None, [known, later]))
            self.env.ref("timetable_nep.cron_meetings")._trigger()

    @api.model
    def _cron_lay_out(self):
        """Rows of publications that were too many to wait for."""
        waiting = self.env["timetable.term"].search([("meetings_from", "!=", False)])
        for number, term in enumerate(waiting):
            first = term.meetings_from
            self._lay_out(term, first)
            term._take_back_what_clashes(first)
            term.meetings_from = False
            left = len(waiting) - number - 1
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                return

    @api.model
    def _sql_plan(self, terms, first, last):
        """Event and date of all that is planned, with its place.

        Weeks before a plan's first one are those of earlier rows: where such a day is
        no holiday any more, it gets what its neighbours have.
        """
        return SQL(
            """
            CREATE TEMPORARY TABLE timetable_plan ON COMMIT DROP AS
            WITH days AS MATERIALIZED (
                SELECT p.id AS variant_id, p.term_id, p.date_from,
                       day.day::date AS date,
                       (date_trunc('week', day.day)::date
                        - date_trunc('week', term.first)::date) / 7 + 1 AS week,
                       extract(isodow FROM day.day)::int - 1 AS weekday
                  FROM timetable_variant p
                  JOIN timetable_term t ON t.id = p.term_id
                  JOIN res_company co ON co.id = t.company_id
                  CROSS JOIN LATERAL (
                       SELECT coalesce(t.date_start,
                                       -- The week of the university's own clock.
                                       date_trunc('week', p.published_at
                                           AT TIME ZONE 'UTC' AT TIME ZONE
                                           coalesce(co.timetable_tz, 'UTC'))::date)
                              AS first) AS term
                  CROSS JOIN LATERAL generate_series(
                       greatest(term.first, %(first)s)::timestamp,
                       least(coalesce(t.date_end, term.first + %(open)s),
                             %(last)s)::timestamp,
                       interval '1 day') AS day(day)
                 WHERE p.state = 'published' AND t.active AND t.id = ANY(%(terms)s)
                   AND NOT EXISTS (SELECT FROM timetable_holiday h
                                    WHERE h.company_id = t.company_id
                                      AND day.day::date
                                          BETWEEN h.date_start AND h.date_end)
            )
            SELECT a.event_id, d.date, a.timeslot_id, a.room_id
              FROM days d
              JOIN timetable_assignment a ON a.variant_id = d.variant_id
               AND (a.date_from IS NULL OR a.date_from <= d.date)
               AND %(held)s
              JOIN timetable_timeslot s ON s.id = a.timeslot_id AND s.day = d.weekday
              JOIN timetable_event e ON e.id = a.event_id AND e.active
             UNION ALL
            SELECT near.event_id, d.date, near.planned_timeslot_id,
                   near.planned_room_id
              FROM days d
              CROSS JOIN LATERAL (
                   SELECT DISTINCT ON (m.event_id)
                          m.event_id, m.planned_timeslot_id, m.planned_room_id
                     FROM timetable_meeting m
                     LEFT JOIN timetable_assignment a
                            ON a.variant_id = d.variant_id AND a.event_id = m.event_id
                    WHERE m.term_id = d.term_id
                      AND m.origin_date < coalesce(a.date_from, d.date_from)
                      AND (a.id IS NULL OR a.date_from > d.date)
                    ORDER BY m.event_id, abs(m.origin_date - d.date), m.origin_date
                   ) AS near
              JOIN timetable_timeslot s
                ON s.id = near.planned_timeslot_id AND s.day = d.weekday
              LEFT JOIN timetable_assignment a
                     ON a.variant_id = d.variant_id AND a.event_id = near.event_id
             WHERE d.date < d.date_from AND %(held)s
            """,
            held=self._sql_held(terms),
            terms=terms.ids,
            open=OPEN_TERM_DAYS,
            first=SQL("%s::date", first) if first else SQL("'-infinity'::date"),
            last=SQL("%s::date", last) if last else SQL("'infinity'::date"),
        )

    @api.model
    def _sql_held(self, terms):
        """Whether a placement ``a`` is held in the week of a day ``d``."""
        rows = self.env["timetable.assignment"]._read_group(
            [
                ("variant_id.term_id", "in", terms.ids),
                ("variant_id.state", "=", "published"),
                ("week_pattern_id", "!=", False),
            ],
            ["variant_id", "week_pattern_id"],
        )
        if not rows:
            return SQL("TRUE")
        held = SQL(", ").join(
            SQL("(%s, %s, %s)", variant.id, pattern.id, week)
            for variant, pattern in rows
            for week in pattern._weeks_in(variant.term_id)
        )
        return SQL(
            "(a.week_pattern_id IS NULL"
            " OR (a.variant_id, a.week_pattern_id, d.week) IN (VALUES %s))",
            held,
        )

    @api.model
    def _sql_write(self):
        """Rows that are missing, and those that stand elsewhere than planned now."""
        moment = (
            "(p.date + make_interval(secs => {} * 3600))"
            " AT TIME ZONE coalesce(co.timetable_tz, 'UTC') AT TIME ZONE 'UTC'"
        )
        shown = SQL(", ").join(
            SQL(
                "%(name)s = CASE WHEN m.change_id IS NULL THEN EXCLUDED.%(name)s "
                "ELSE m.%(name)s END",
                name=SQL.identifier(name),
            )
            for name in SHOWN
        )
        return SQL(
            """
            INSERT INTO timetable_meeting AS m (
                   event_id, class_id, course_id, category, department_id, term_id,
                   company_id, origin_date, planned_timeslot_id, planned_room_id,
                   date, timeslot_id, room_id, duration, hour_from, hour_to, start,
                   stop, status, substituted, create_date, write_date)
            SELECT e.id, e.class_id, o.course_id, o.category, o.department_id,
                   e.term_id, e.company_id, p.date, s.id, p.room_id, p.date, s.id,
                   p.room_id, e.duration, s.hour_from, ends.hour, %(start)s, %(stop)s,
                   'planned', FALSE, %(now)s, %(now)s
              FROM timetable_plan p
              JOIN timetable_event e ON e.id = p.event_id
              JOIN timetable_class c ON c.id = e.class_id
              JOIN timetable_offering o ON o.id = c.offering_id
              JOIN res_company co ON co.id = e.company_id
              JOIN timetable_timeslot s ON s.id = p.timeslot_id
              LEFT JOIN timetable_timeslot last
                     ON last.grid_id = s.grid_id AND last.day = s.day
                    AND last.period = s.period + e.duration - 1
              CROSS JOIN LATERAL (
                   SELECT coalesce(last.hour_to, s.hour_to) AS hour) AS ends
            ON CONFLICT (event_id, origin_date) WHERE origin_date IS NOT NULL
            DO UPDATE SET planned_timeslot_id = EXCLUDED.planned_timeslot_id,
                          planned_room_id = EXCLUDED.planned_room_id,
                          write_date = EXCLUDED.write_date,
                          %(shown)s
                    WHERE (m.planned_timeslot_id, m.planned_room_id, m.duration,
                           m.hour_from, m.hour_to, m.start)
                          IS DISTINCT FROM
                          (EXCLUDED.planned_timeslot_id, EXCLUDED.planned_room_id,
                           EXCLUDED.duration, EXCLUDED.hour_from, EXCLUDED.hour_to,
                           EXCLUDED.start)
            """,
            start=SQL(moment.format("s.hour_from")),
            stop=SQL(moment.format("ends.hour")),
            now=self.env.cr.now(),
            shown=shown,
        )

    @api.model
    def _sql_let_off(self, window):
        return SQL(
            """
            WITH let_off AS (
                DELETE FROM timetable_meeting_faculty_rel f
                 USING timetable_meeting m
                 WHERE f.meeting_id = m.id AND %s AND m.substituted IS NOT TRUE
                   AND NOT EXISTS (SELECT FROM timetable_event_teacher_rel t
                                    WHERE t.event_id = m.event_id
                                      AND t.faculty_id = f.faculty_id)
                RETURNING f.meeting_id)
            UPDATE timetable_meeting SET write_date = %s
             WHERE id IN (SELECT meeting_id FROM let_off)
            """,
            window,
            self.env.cr.now(),
        )

    @api.model
    def _sql_teach(self, window):
        return SQL(
            """
            WITH taught AS (
                INSERT INTO timetable_meeting_faculty_rel (meeting_id, faculty_id)
                SELECT m.id, t.faculty_id
                  FROM timetable_meeting m
                  JOIN timetable_event_teacher_rel t ON t.event_id = m.event_id
                 WHERE %(window)s AND m.substituted IS NOT TRUE
                ON CONFLICT DO NOTHING
                RETURNING meeting_id)
            UPDATE timetable_meeting SET write_date = %(now)s
             WHERE id IN (SELECT meeting_id FROM taught)
               AND write_date IS DISTINCT FROM %(now)s
            """,
            window=window,
            now=self.env.cr.now(),
        )

    @api.model
    def _show_again(self, terms, first, last):
        """Changes for a date hold for the new rows as they did for the old ones."""
        domain = [
            ("term_id", "in", terms.ids),
            ("state", "=", "active"),
            ("date", "!=", False),
        ]
        domain += [("date", ">=", first)] if first else []
        domain += [("date", "<=", last)] if last else []
        changes = self.env["timetable.meeting.change"].sudo().search(domain)
        meetings = self.sudo().search(
            [
                ("event_id", "in", changes.event_id.ids),
                ("origin_date", "in", changes.mapped("date")),
            ]
        )
        found = {(row.event_id, row.origin_date): row for row in meetings}
        for change in changes:
            meeting = found.get((change.event_id, change.date))
            if meeting:
                meeting._show(change)

    # ---- What calls for it
    @api.model
    def _lay_out_events(self, events):
        """The plan of these classes changed: days gone by stay what they were."""
        for term in events.sudo().term_id:
            if term.published_variant_id:
                self._lay_out(term, term._local_today())


class TimetableHoliday(models.Model):
    """A holiday takes its meetings away; without it they are there again."""

    _inherit = "timetable.holiday"

    def _days(self):
        return {(row.company_id, row.date_start, row.date_end) for row in self}

    @api.model
    def _lay_out_meetings(self, days):
        """:param days: set of ``(company, first day, last day)``"""
        Term = self.env["timetable.term"].sudo().with_context(active_test=False)
        for company, first, last in days:
            terms = Term.search([("company_id", "=", company.id)])
            self.env["timetable.meeting"]._lay_out(
                terms.filtered("published_variant_id"), first, last
            )

    @api.model_create_multi
    def create(self, vals_list):
        holidays = super().create(vals_list)
        self._lay_out_meetings(holidays._days())
        return holidays

    def write(self, vals):
        before = self._days()
        result = super().write(vals)
        self._lay_out_meetings(before ^ self._days())
        return result

    def unlink(self):
        before = self._days()
        result = super().unlink()
        self._lay_out_meetings(before)
        return result


class TimetableTerm(models.Model):
    _inherit = "timetable.term"

    meetings_from = fields.Date(
        "Meetings still to write, from",
        readonly=True,
        copy=False,
        help="A new timetable is in force: meetings from this day on are being "
        "written in the background.",
    )

    def write(self, vals):
        result = super().write(vals)
        if {"date_start", "date_end"} & vals.keys():
            in_force = self.sudo().filtered("published_variant_id")
            self.env["timetable.meeting"]._lay_out(in_force)
        if "active" in vals:
            for term in self.sudo().filtered("published_variant_id"):
                self.env["timetable.meeting"]._lay_out(term, term._local_today())
        return result


class TimetableEvent(models.Model):
    _inherit = "timetable.event"

    def write(self, vals):
        result = super().write(vals)
        if {"active", "faculty_ids", "own_faculty"} & vals.keys():
            self.env["timetable.meeting"]._lay_out_events(self)
        return result


class TimetableClass(models.Model):
    _inherit = "timetable.class"

    def write(self, vals):
        result = super().write(vals)
        if "faculty_ids" in vals:
            self.env["timetable.meeting"]._lay_out_events(self.sudo().event_ids)
        return result
