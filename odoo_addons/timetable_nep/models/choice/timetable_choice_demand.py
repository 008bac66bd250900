from math import ceil

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import remote

ENOUGH_ANSWERS = 0.1


class TimetableChoiceDemand(models.Model):
    """For each offering of a window: who wants it, and what that calls for.

    Numbers only: a coordinator sees those of their own department, and nobody's name.
    """

    _name = "timetable.choice.demand"
    _description = "Demand for a course"
    _auto = False
    _depends = {
        "timetable.choice.window": ["term_id", "basket_ids"],
        "timetable.basket": ["term_id", "offering_ids"],
        "timetable.offering": ["term_id", "company_id", "department_id", "course_id"],
        "timetable.wish": ["window_id", "offering_id", "rank", "state"],
        "timetable.waiting": ["window_id", "offering_id", "state"],
        "timetable.enrolment": ["offering_id"],
        "timetable.term": ["date_start"],
    }
    _order = "window_id, first_count desc, id"

    window_id = fields.Many2one("timetable.choice.window", readonly=True)
    offering_id = fields.Many2one("timetable.offering", readonly=True)
    term_id = fields.Many2one("timetable.term", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    department_id = fields.Many2one("timetable.department", readonly=True)
    category = fields.Selection(related="offering_id.category")
    first_count = fields.Integer("First wishes", readonly=True)
    wish_count = fields.Integer("Wishes", readonly=True)
    given_count = fields.Integer("Given", readonly=True)
    waiting_count = fields.Integer("Waiting", readonly=True)
    past_count = fields.Integer(
        "Last time", readonly=True, help="Students when it was last offered."
    )
    enrolled_count = fields.Integer("Enrolled", readonly=True)
    seats = fields.Integer(compute="_compute_forecast")
    smallest_group = fields.Integer(related="offering_id.smallest_group")
    forecast = fields.Integer(
        compute="_compute_forecast",
        help="First wishes so far, scaled up to all students; before a tenth have "
        "chosen, as many as last time.",
    )
    classes_wanted = fields.Integer("Classes needed", compute="_compute_forecast")
    class_count = fields.Integer(related="offering_id.class_count")
    open_for_choice = fields.Boolean(related="offering_id.open_for_choice")
    advice = fields.Selection(
        [
            ("more", "Open one more class"),
            ("small", "Below the smallest group"),
            ("none", "Nobody wants it"),
            ("ok", "As it is"),
        ],
        compute="_compute_forecast",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT p.window_id::bigint * 1000000 + p.offering_id AS id, p.window_id,
                   p.offering_id, o.term_id, o.company_id, o.department_id,
                   coalesce(w.first, 0) AS first_count,
                   coalesce(w.wishes, 0) AS wish_count,
                   coalesce(w.given, 0) AS given_count,
                   coalesce(q.waiting, 0) AS waiting_count,
                   coalesce(e.enrolled, 0) AS enrolled_count,
                   coalesce(h.students, 0) AS past_count
              FROM (SELECT v.id AS window_id, r.offering_id
                      FROM timetable_choice_window v
                      JOIN timetable_basket b ON b.term_id = v.term_id
                      JOIN timetable_basket_offering_rel r ON r.basket_id = b.id
                     WHERE b.id IN (SELECT basket_id
                                      FROM timetable_choice_window_basket_rel
                                     WHERE window_id = v.id)
                        OR NOT EXISTS (SELECT 1
                                         FROM timetable_choice_window_basket_rel
                                        WHERE window_id = v.id)) p
              JOIN timetable_offering o ON o.id = p.offering_id
              LEFT JOIN (SELECT window_id, offering_id, count(*) AS wishes,
                                count(*) FILTER (WHERE rank = 1) AS first,
                                count(*) FILTER (WHERE state = 'given') AS given
                           FROM timetable_wish GROUP BY window_id, offering_id) w
                ON w.window_id = p.window_id AND w.offering_id = p.offering_id
              LEFT JOIN (SELECT window_id, offering_id, count(*) AS waiting
                           FROM timetable_waiting WHERE state = 'waiting'
                          GROUP BY window_id, offering_id) q
                ON q.window_id = p.window_id AND q.offering_id = p.offering_id
              LEFT JOIN (SELECT offering_id, count(*) AS enrolled
                           FROM timetable_enrolment GROUP BY offering_id) e
                ON e.offering_id = p.offering_id
              LEFT JOIN LATERAL (
                    SELECT count(pe.id) AS students
                      FROM timetable_offering po
                      JOIN timetable_term pt ON pt.id = po.term_id
                      LEFT JOIN timetable_enrolment pe ON pe.offering_id = po.id
                     WHERE po.course_id = o.course_id AND po.id != o.id
                     GROUP BY po.id, pt.date_start
                     ORDER BY pt.date_start DESC NULLS LAST, po.id DESC LIMIT 1) h
                ON TRUE
             GROUP BY p.window_id, p.offering_id, o.term_id, o.company_id,
                      o.department_id, w.first, w.wishes, w.given, q.waiting,
                      e.enrolled, h.students
            """
        )

    @api.depends("offering_id", "window_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.offering_id.display_name

    @api.depends(
        "first_count", "past_count", "waiting_count", "window_id", "offering_id"
    )
    def _compute_forecast(self):
        shares = {
            window: window.chosen_count / window.student_count
            if window.student_count
            else 0.0
            for window in self.sudo().window_id
        }
        for row in self:
            offering = row.offering_id.sudo()
            row.seats = offering._seats()
            share = shares.get(row.window_id.sudo(), 0.0)
            if share >= ENOUGH_ANSWERS:
                row.forecast = round(row.first_count / min(share, 1.0))
            else:
                row.forecast = row.past_count
            limit = offering.section_limit or 60
            row.classes_wanted = ceil(row.forecast / limit)
            if share >= ENOUGH_ANSWERS and not row.wish_count:
                row.advice = "none"
            elif row.forecast < offering.smallest_group:
                row.advice = "small"
            elif row.forecast > row.seats or row.waiting_count:
                row.advice = "more"
            else:
                row.advice = "ok"

    # ---- What the officer does about it
    def _say(self, message, kind="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @remote.one
    def action_more(self):
        """One more class, with its seats."""
        offering = self.offering_id
        offering.check_access("write")
        offering._check_weekly_periods()
        limit = offering.section_limit or 60
        name = offering._free_names(1)[0]
        self.env["timetable.class"].create(offering._prepare_class(name, limit))
        if offering.seats:
            offering.seats += limit
        else:
            offering._move_up()
        return self._say(
            self.env._(
                "%(offering)s has one more class, with %(seats)s seats.",
                offering=offering.display_name,
                seats=limit,
            )
        )

    @remote.one
    def action_toggle(self):
        """Take the offering out of the choice, or put it back."""
        offering = self.offering_id
        offering.check_access("write")
        offering.open_for_choice = not offering.open_for_choice
        return self._say(
            self.env._("%s may be chosen again.", offering.display_name)
            if offering.open_for_choice
            else self.env._("%s is taken out of the choice.", offering.display_name)
        )

    @remote.one
    def action_what_if(self):
        """What one more class would do, by allotting anew."""
        window = self.window_id
        window.check_access("write")
        now = (window.profile or {}).get("row")
        if not now:
            now = window._ask_allotment(window._allot_request())["profile"]
        then, more = window._what_if(self.offering_id)
        better = [
            self.env._("no. %(rank)s: %(now)s → %(then)s", rank=rank, now=a, then=b)
            for rank, (a, b) in enumerate(zip(now[:-1], then[:-1], strict=False), 1)
            if a != b
        ]
        if now[-1] != then[-1]:
            better.append(
                self.env._("nothing: %(now)s → %(then)s", now=now[-1], then=then[-1])
            )
        if not better:
            return self._say(
                self.env._(
                    "%(more)s more seats in %(offering)s would change nothing.",
                    more=more,
                    offering=self.offering_id.display_name,
                ),
                "info",
            )
        return self._say(
            self.env._(
                "With %(more)s more seats in %(offering)s, choices get wish %(rows)s.",
                more=more,
                offering=self.offering_id.display_name,
                rows="; ".join(better),
            ),
            "info",
        )
