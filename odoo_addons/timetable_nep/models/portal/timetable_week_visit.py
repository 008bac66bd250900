import json
from datetime import timedelta

from odoo import api, fields, models

SAME_VISIT = timedelta(minutes=30)
"""Pages opened within this time belong to one visit: marks stay while one reads."""


class TimetableWeekVisit(models.Model):
    """What somebody saw of their week last time, so that changes can be marked.

    Written by the portal's page only; no role may read it.
    """

    _name = "timetable.week.visit"
    _description = "Last look at a week"

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    before = fields.Json(help="The week as it was at the end of the visit before.")
    seen = fields.Json(help="The week as it was last shown.")
    seen_at = fields.Datetime()

    _unique_user = models.UniqueIndex("(user_id)", "One row for each person.")

    @api.model
    def _changes(self, user, now):
        """Compare a person's week with the one of the visit before.

        :param dict now: key → ``[mark, words]``; the mark changes when the meeting does
        :return: dictionary with ``new`` and ``changed`` (key → words before), and
            ``gone`` (words)
        """
        visit = self.sudo().search([("user_id", "=", user.id)])
        before = self._baseline(visit)
        self._remember(user, visit, before, now)
        if before is None:
            return {"new": set(), "changed": {}, "gone": []}
        return {
            "new": now.keys() - before.keys(),
            "changed": {
                key: before[key][1]
                for key in now.keys() & before.keys()
                if before[key][0] != now[key][0]
            },
            "gone": sorted(before[key][1] for key in before.keys() - now.keys()),
        }

    @api.model
    def _baseline(self, visit):
        """What to compare with; ``None`` at the first visit."""
        if not visit:
            return None
        if fields.Datetime.now() - visit.seen_at > SAME_VISIT:
            return visit.seen or {}
        # Without a visit before this one: false is no JSON object.
        return visit.before if isinstance(visit.before, dict) else None

    @api.model
    def _remember(self, user, visit, before, now):
        """Keep what is shown, unless nothing would change."""
        stamp = fields.Datetime.now()
        if (
            visit
            and visit.seen == now
            and (visit.before or None) == (before or None)
            and stamp - visit.seen_at < SAME_VISIT / 3
        ):
            return
        # Two tabs opened at once: the later one wins, without an error.
        self.env.cr.execute(
            """
            INSERT INTO timetable_week_visit
                        (user_id, before, seen, seen_at, create_uid, create_date)
                 VALUES (%(user)s, %(before)s, %(seen)s, %(at)s, %(user)s, %(at)s)
            ON CONFLICT (user_id) DO UPDATE
                    SET before = EXCLUDED.before, seen = EXCLUDED.seen,
                        seen_at = EXCLUDED.seen_at
            """,
            {
                "user": user.id,
                "before": None if before is None else json.dumps(before),
                "seen": json.dumps(now),
                "at": stamp,
            },
            log_exceptions=False,
        )
        self.invalidate_model()

    @api.model
    def _mark_read(self, user):
        """The marks go: what is shown now is known."""
        visit = self.sudo().search([("user_id", "=", user.id)])
        visit.before = visit.seen
