"""Figures of the timetables in force, as views of the database.

Nothing is stored: a figure is what the plan says at this moment. The weekly plan
counts, without the changes for a date.
"""

from odoo import fields, models
from odoo.tools import SQL

from ...const import RUN_STATES, WEEKDAYS

BUSY = """
    busy AS MATERIALIZED (
        SELECT v.term_id, a.event_id, e.class_id, e.own_faculty, a.room_id,
               b.day, b.period, b.place
          FROM timetable_variant v
          JOIN timetable_assignment a ON a.variant_id = v.id
          JOIN timetable_event e ON e.id = a.event_id AND e.active
          JOIN timetable_term t ON t.id = v.term_id AND t.active
          JOIN timetable_timeslot s ON s.id = a.timeslot_id
          JOIN (SELECT grid_id, day, period,
                       rank() OVER (PARTITION BY grid_id, day ORDER BY period) AS place
                  FROM timetable_timeslot) AS b
            ON b.grid_id = s.grid_id AND b.day = s.day
           AND b.period BETWEEN s.period AND s.period + e.duration - 1
         WHERE v.state = 'published'
    )
"""
"""Every period that an event of a timetable in force takes.

``place`` is which period of its day it is, so that a break does not count as idle.
What each view adds to it is put together by grouping and not by joins: with one
timetable in force the database expects one row, and would compare each with each.
"""
PLAN = {
    "timetable.variant": ["state", "term_id"],
    "timetable.assignment": ["variant_id", "event_id", "timeslot_id", "room_id"],
    "timetable.event": ["active", "class_id", "duration", "own_faculty", "faculty_ids"],
    "timetable.term": ["active"],
    "timetable.timeslot": ["grid_id", "day", "period", "hour_from"],
    "timetable.class": ["faculty_ids"],
}


class TimetableRoomUse(models.Model):
    """A room at a period: in use or not, and how full."""

    _name = "timetable.room.use"
    _description = "Use of rooms"
    _auto = False
    _order = "room_id, day, period"
    _depends = {
        **PLAN,
        "timetable.room": [
            "active",
            "building_id",
            "capacity",
            "company_id",
            "department_id",
            "type_id",
        ],
        "timetable.term": ["active", "grid_id", "room_ids"],
        "timetable.enrolment": ["class_id"],
        "timetable.enrolment.class": ["class_id", "active"],
    }

    term_id = fields.Many2one("timetable.term", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    room_id = fields.Many2one("timetable.room", readonly=True)
    building_id = fields.Many2one("timetable.building", readonly=True)
    type_id = fields.Many2one("timetable.room.type", "Room type", readonly=True)
    department_id = fields.Many2one(
        "timetable.department", "Home department", readonly=True
    )
    day = fields.Integer(readonly=True, aggregator=None)
    period = fields.Integer(readonly=True, aggregator=None)
    weekday = fields.Selection(WEEKDAYS, readonly=True)
    hour = fields.Char("Starts at", readonly=True)
    used_periods = fields.Integer("Periods in use", readonly=True)
    use_percent = fields.Float(
        "In use, %", readonly=True, aggregator="avg", digits=(5, 1)
    )
    fill_percent = fields.Float(
        "Seats taken while in use, %",
        readonly=True,
        aggregator="avg",
        digits=(5, 1),
        help="Students of the class for each hundred seats; a room not in use does "
        "not count.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH %(busy)s,
            part AS (
                SELECT t.id AS term_id, r.id AS room_id, s.day, s.period,
                       0 AS used, NULL::bigint AS students
                  FROM timetable_variant v
                  JOIN timetable_term t ON t.id = v.term_id
                  JOIN timetable_timeslot s ON s.grid_id = t.grid_id
                  JOIN timetable_room r ON r.company_id = t.company_id AND r.active
                 WHERE v.state = 'published'
                   AND (EXISTS (SELECT FROM timetable_term_room_rel x
                                 WHERE x.term_id = t.id AND x.room_id = r.id)
                        OR NOT EXISTS (SELECT FROM timetable_term_room_rel x
                                        WHERE x.term_id = t.id))
                 UNION ALL
                SELECT term_id, room_id, day, period, 1,
                       (SELECT count(*) FROM timetable_seat en
                         WHERE en.class_id = busy.class_id)
                  FROM busy
                 WHERE room_id IS NOT NULL
            ),
            cell AS (
                SELECT term_id, room_id, day, period,
                       max(used) AS used, sum(students) AS students
                  FROM part
                 GROUP BY term_id, room_id, day, period
            )
            SELECT c.term_id::bigint * 10000000000 + c.room_id::bigint * 1000
                       + c.day * 100 + c.period AS id,
                   c.term_id, r.company_id, c.room_id, r.building_id, r.type_id,
                   r.department_id, c.day, c.period, c.day::text AS weekday,
                   CASE WHEN s.hour_to > s.hour_from
                        THEN to_char(make_interval(mins =>
                             round(s.hour_from * 60)::int), 'HH24:MI')
                        ELSE 'P' || c.period END AS hour,
                   c.used AS used_periods, 100.0 * c.used AS use_percent,
                   CASE WHEN r.capacity > 0
                        THEN 100.0 * c.students / r.capacity END AS fill_percent
              FROM cell c
              JOIN timetable_room r ON r.id = c.room_id
              JOIN timetable_term t ON t.id = c.term_id
              JOIN timetable_timeslot s
                ON s.grid_id = t.grid_id AND s.day = c.day AND s.period = c.period
            """,
            busy=SQL(BUSY),
        )


class TimetableWorkload(models.Model):
    """What each faculty member teaches a week, against the norm."""

    _name = "timetable.workload"
    _description = "Workload of faculty"
    _auto = False
    _order = "difference desc, faculty_id"
    _depends = {
        **PLAN,
        "timetable.faculty": ["active", "company_id", "department_id"],
        "res.company": ["timetable_norm"],
    }

    term_id = fields.Many2one("timetable.term", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    faculty_id = fields.Many2one("timetable.faculty", "Faculty member", readonly=True)
    department_id = fields.Many2one("timetable.department", readonly=True)
    periods = fields.Integer("Periods a week", readonly=True)
    classes = fields.Integer(readonly=True)
    days = fields.Integer("Teaching days", readonly=True, aggregator="avg")
    gaps = fields.Integer("Idle periods", readonly=True, aggregator="avg")
    norm = fields.Integer(readonly=True)
    difference = fields.Integer("Above the norm", readonly=True)
    norm_percent = fields.Float(
        "Of the norm, %", readonly=True, aggregator="avg", digits=(5, 1)
    )
    band = fields.Selection(
        [
            ("none", "Nothing to teach"),
            ("low", "Below half of the norm"),
            ("below", "Below the norm"),
            ("norm", "At the norm"),
            ("above", "Above the norm"),
        ],
        readonly=True,
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH %(busy)s,
            teach AS (
                SELECT busy.*, r.faculty_id
                  FROM busy
                  JOIN timetable_class_faculty_rel r ON r.class_id = busy.class_id
                 WHERE busy.own_faculty IS NOT TRUE
                 UNION ALL
                SELECT busy.*, r.faculty_id
                  FROM busy
                  JOIN timetable_event_faculty_rel r ON r.event_id = busy.event_id
                 WHERE busy.own_faculty
            ),
            part AS (
                SELECT v.term_id, f.id AS faculty_id, 0 AS periods, 0 AS classes,
                       0 AS days, 0 AS gaps
                  FROM timetable_variant v
                  JOIN timetable_faculty f
                    ON f.company_id = v.company_id AND f.active
                  JOIN timetable_term t ON t.id = v.term_id AND t.active
                 WHERE v.state = 'published'
                   -- Who teaches in another term has a whole week there.
                   AND f.id NOT IN (SELECT x.faculty_id FROM teach x
                                     WHERE x.term_id != v.term_id)
                 UNION ALL
                SELECT term_id, faculty_id, 0, count(DISTINCT class_id), 0, 0
                  FROM teach
                 GROUP BY term_id, faculty_id
                 UNION ALL
                SELECT term_id, faculty_id, count(DISTINCT period), 0, 1,
                       max(place) - min(place) + 1 - count(DISTINCT period)
                  FROM teach
                 GROUP BY term_id, faculty_id, day
            ),
            load AS (
                SELECT term_id, faculty_id, sum(periods)::int AS periods,
                       sum(classes)::int AS classes, sum(days)::int AS days,
                       sum(gaps)::int AS gaps
                  FROM part
                 GROUP BY term_id, faculty_id
            )
            SELECT w.term_id::bigint * 1000000000 + f.id AS id, w.term_id,
                   f.company_id, f.id AS faculty_id, f.department_id,
                   w.periods, w.classes, w.days, w.gaps,
                   co.timetable_norm AS norm,
                   w.periods - co.timetable_norm AS difference,
                   100.0 * w.periods / nullif(co.timetable_norm, 0) AS norm_percent,
                   CASE WHEN w.periods = 0 THEN 'none'
                        WHEN 2 * w.periods < co.timetable_norm THEN 'low'
                        WHEN w.periods < co.timetable_norm THEN 'below'
                        WHEN w.periods = co.timetable_norm THEN 'norm'
                        ELSE 'above' END AS band
              FROM load w
              JOIN timetable_faculty f ON f.id = w.faculty_id
              JOIN res_company co ON co.id = f.company_id
            """,
            busy=SQL(BUSY),
        )


class TimetableStudentWeek(models.Model):
    """The week of a student in figures; for sums, not for looking at people."""

    _name = "timetable.student.week"
    _description = "Weeks of students"
    _auto = False
    _order = "programme_id, id"
    _depends = {
        **PLAN,
        "timetable.enrolment": ["student_id", "class_id", "term_id"],
        "timetable.enrolment.class": ["student_id", "class_id", "active"],
        "timetable.student": ["programme_id", "company_id"],
        "timetable.programme": ["department_id"],
    }

    term_id = fields.Many2one("timetable.term", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    programme_id = fields.Many2one("timetable.programme", readonly=True)
    department_id = fields.Many2one("timetable.department", readonly=True)
    periods = fields.Integer("Periods a week", readonly=True, aggregator="avg")
    days = fields.Integer(readonly=True, aggregator="avg")
    free_days = fields.Integer(readonly=True, aggregator="avg")
    gaps = fields.Integer("Idle periods a week", readonly=True, aggregator="avg")
    choices = fields.Integer("Courses chosen", readonly=True, aggregator="avg")
    without_class = fields.Integer("Choices without a class", readonly=True)
    clashes = fields.Integer("Periods with two classes", readonly=True)
    conflict_free_percent = fields.Float(
        "All choices without a clash, %",
        readonly=True,
        aggregator="avg",
        digits=(5, 1),
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH %(busy)s,
            part AS (
                SELECT en.term_id, en.student_id, 1 AS choices,
                       CASE WHEN en.class_id IS NULL THEN 1 ELSE 0 END AS without_class,
                       0 AS periods, 0 AS clashes, 0 AS days, 0 AS gaps
                  FROM timetable_enrolment en
                 WHERE en.term_id IN (SELECT term_id FROM timetable_variant
                                       WHERE state = 'published')
                 UNION ALL
                SELECT busy.term_id, en.student_id, 0, 0,
                       count(DISTINCT busy.period),
                       count(*) - count(DISTINCT busy.period), 1,
                       max(busy.place) - min(busy.place) + 1
                           - count(DISTINCT busy.period)
                  FROM busy
                  JOIN timetable_seat en ON en.class_id = busy.class_id
                 GROUP BY busy.term_id, en.student_id, busy.day
            ),
            week AS (
                SELECT term_id, student_id, sum(choices)::int AS choices,
                       sum(without_class)::int AS without_class,
                       sum(periods)::int AS periods, sum(clashes)::int AS clashes,
                       sum(days)::int AS days, sum(gaps)::int AS gaps
                  FROM part
                 GROUP BY term_id, student_id
            )
            SELECT w.term_id::bigint * 1000000000 + w.student_id AS id, w.term_id,
                   st.company_id, st.programme_id, p.department_id,
                   w.periods, w.days, w.gaps, w.choices, w.without_class, w.clashes,
                   grid.days::int - w.days AS free_days,
                   CASE WHEN w.without_class = 0 AND w.clashes = 0
                        THEN 100.0 ELSE 0.0 END AS conflict_free_percent
              FROM week w
              JOIN timetable_term t ON t.id = w.term_id
              JOIN (SELECT grid_id, count(DISTINCT day) AS days
                      FROM timetable_timeslot GROUP BY grid_id) AS grid
                ON grid.grid_id = t.grid_id
              JOIN timetable_student st ON st.id = w.student_id
              LEFT JOIN timetable_programme p ON p.id = st.programme_id
            """,
            busy=SQL(BUSY),
        )


class TimetableRunHistory(models.Model):
    """How the runs went: time, score, success."""

    _name = "timetable.run.history"
    _description = "History of runs"
    _auto = False
    _order = "started_at desc, id desc"
    _rec_name = "run_id"
    _depends = {
        "timetable.run": [
            "company_id",
            "ended_at",
            "mode",
            "placed",
            "started_at",
            "state",
            "term_id",
            "total",
            "user_id",
        ],
        "timetable.variant": ["run_id", "score_hard", "score_soft", "state"],
    }

    run_id = fields.Many2one("timetable.run", readonly=True)
    term_id = fields.Many2one("timetable.term", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", "Asked for by", readonly=True)
    mode = fields.Selection(
        lambda self: self.env["timetable.run"]._fields["mode"].selection, readonly=True
    )
    state = fields.Selection(RUN_STATES, readonly=True)
    started_at = fields.Datetime("Started", readonly=True)
    minutes = fields.Float(readonly=True, aggregator="avg", digits=(8, 1))
    variants = fields.Integer("Timetables", readonly=True)
    published = fields.Integer("Were in force", readonly=True)
    best_hard = fields.Integer(
        "Rules broken in the best", readonly=True, aggregator="avg"
    )
    best_soft = fields.Integer(
        "Cost of wishes in the best", readonly=True, aggregator="avg"
    )
    placed_percent = fields.Float(
        "Events placed, %", readonly=True, aggregator="avg", digits=(5, 1)
    )
    success_percent = fields.Float(
        "Success, %",
        readonly=True,
        aggregator="avg",
        digits=(5, 1),
        help="Completed, with a timetable that breaks no rule.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT r.id, r.id AS run_id, r.term_id, r.company_id, r.user_id, r.mode,
                   r.state, r.started_at,
                   extract(epoch FROM r.ended_at - r.started_at) / 60 AS minutes,
                   coalesce(b.variants, 0) AS variants,
                   coalesce(b.published, 0) AS published,
                   b.hard AS best_hard, b.soft AS best_soft,
                   CASE WHEN r.total > 0 THEN 100.0 * r.placed / r.total END
                       AS placed_percent,
                   CASE WHEN r.state = 'completed' AND b.hard = 0
                         AND b.unplaced = 0 THEN 100.0
                        ELSE 0.0 END AS success_percent
              FROM timetable_run r
              LEFT JOIN (
                   SELECT run_id, count(*) AS variants,
                          count(*) FILTER (WHERE published_at IS NOT NULL) AS published,
                          (array_agg(score_hard ORDER BY unplaced_count, score_hard,
                                     score_soft))[1] AS hard,
                          (array_agg(score_soft ORDER BY unplaced_count, score_hard,
                                     score_soft))[1] AS soft,
                          min(unplaced_count) AS unplaced
                     FROM timetable_variant
                    WHERE run_id IS NOT NULL
                    GROUP BY run_id
                   ) AS b ON b.run_id = r.id
             WHERE r.state IN ('completed', 'cancelled', 'failed')
            """
        )
