from collections import defaultdict
from datetime import date, timedelta
from urllib.parse import quote_plus, urlencode

from odoo import http
from odoo.http import request
from odoo.tools.misc import format_date

from odoo.addons.portal.controllers.portal import CustomerPortal

YEARS = (2000, 2100)
CHANGES_SHOWN = 12
GOOGLE = "https://calendar.google.com/calendar/r?cid="


class TimetablePortal(CustomerPortal):
    """The published week of whoever is logged in, and of nobody else."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "timetable_count" in counters:
            values["timetable_count"] = request.env[
                "timetable.assignment"
            ]._count_of_partner(request.env.user.partner_id)
        return values

    def _timetable_values(self, tab):
        """What every page of the timetable needs."""
        values = self._prepare_portal_layout_values()
        return values | {
            "page_name": f"timetable_{tab}" if tab != "week" else "timetable",
            "timetable_tab": tab,
            "timetable_faculty": self._timetable_faculty(),
        }

    def _timetable_faculty(self):
        """The faculty records of whoever is logged in."""
        return (
            request.env["timetable.faculty"]
            .sudo()
            .search([("partner_id", "=", request.env.user.partner_id.id)])
        )

    # ---- The week
    @http.route("/my/timetable", type="http", auth="user", website=True)
    def portal_my_timetable(self, week=None, q="", show="all", **_query):
        """No id and no token in the address: there is nothing to guess."""
        user = request.env.user
        Week = request.env["timetable.week"]
        found = Week._of_partner(user.partner_id, self._monday(week))
        changes = request.env["timetable.week.visit"]._changes(user, Week._marks(found))
        rows = [self._shown(row, found, changes) for row in found["meetings"]]
        kept = [row for row in rows if self._matches(row, q, show)]
        values = self._timetable_values("week")
        values |= {
            "week": found,
            "days": self._days(found, kept),
            "coming": found["next"] and self._shown(found["next"], found, changes),
            "news": self._news(found, changes),
            "q": (q or "")[:100],
            "show": show,
            "kept_query": self._kept_query(q, show),
            "meetings_count": len(rows),
            "kept_count": len(kept),
            "zone": self._other_zone(found),
            "known": bool(found["pattern"] or rows) or self._is_known(user.partner_id),
            **self._navigation(found),
        }
        response = request.render("timetable_nep.portal_my_timetable", values)
        response.headers["Cache-Control"] = "no-store"
        return response

    @http.route(
        "/my/timetable/seen", type="http", auth="user", methods=["POST"], website=True
    )
    def portal_timetable_seen(self, week="", **_form):
        """Changes are known now: take the marks away."""
        request.env["timetable.week.visit"]._mark_read(request.env.user)
        monday = self._monday(week)
        query = f"?week={monday}" if monday else ""
        return request.redirect(f"/my/timetable{query}")

    def _monday(self, text):
        """The Monday of the week that a date of the address lies in, or ``None``."""
        try:
            day = date.fromisoformat(text or "")
        except ValueError:
            return None
        if not YEARS[0] <= day.year < YEARS[1]:
            return None
        return day - timedelta(days=day.weekday())

    def _is_known(self, partner):
        student = request.env["timetable.student"].sudo()
        return bool(
            self._timetable_faculty()
            or student.search_count([("partner_id", "=", partner.id)], limit=1)
        )

    def _shown(self, row, found, changes):
        """A meeting with the marks that the page sets."""
        event, meeting = f"e{row['event_id']}", f"d{row['id']}"
        # A place that ends has not changed: what follows has.
        ends = row["ends"]
        before = "" if ends else changes["changed"].get(event) or ""
        upcoming = found["next"]
        here = bool(upcoming) and upcoming["id"] == row["id"]
        here = here and upcoming["date"] == row["date"]
        start = request.env["timetable.week"]._at(row["date"], row["hour_from"])
        return {
            **row,
            "before": before,
            "is_new": event in changes["new"] and not ends,
            "is_changed": bool(before)
            or meeting in changes["new"]
            or meeting in changes["changed"],
            "is_next": here and start > found["now"],
            "is_now": here and start <= found["now"],
            "day_label": self._format(row["date"], "EEE d MMM"),
            "moved_label": self._format(row["moved_to"], "EEE d MMM")
            if row.get("moved_to")
            else "",
            "is_today": row["date"] == found["today"],
        }

    def _matches(self, row, query, show):
        words = (query or "").lower().split()
        text = " ".join(
            (row["course"], row["code"], row["room"], row["building"], row["faculty"])
        ).lower()
        if not all(word in text for word in words):
            return False
        if show == "changes":
            return row["status"] != "planned" or row["is_changed"] or row["is_new"]
        if show == "teaching":
            return row["teaches"] or row["covered"]
        return True

    def _kept_query(self, query, show):
        """Search and filter as they go along from one week to another."""
        kept = {"q": (query or "")[:100], "show": "" if show == "all" else show}
        return urlencode({name: value for name, value in kept.items() if value})

    def _days(self, found, rows):
        """The days of the page: today first, which a wide screen puts back in order."""
        by_day = defaultdict(list)
        for row in rows:
            by_day[row["date"]].append(row)
        teaching = {row["day"] for row in found["pattern"]}
        days = []
        for shift in range(7):
            day = found["monday"] + timedelta(days=shift)
            today = day == found["today"]
            holiday = found["holidays"].get(day)
            if not (today or holiday or by_day[day] or shift in teaching):
                continue
            days.append(
                {
                    "order": shift,
                    "name": self._format(day, "EEEE"),
                    "date": self._format(day, "d MMM"),
                    "is_today": today,
                    "is_past": day < found["today"],
                    "holiday": holiday,
                    "rows": by_day[day],
                }
            )
        first = next((i for i, day in enumerate(days) if not day["is_past"]), 0)
        return days[first:] + days[:first]

    def _format(self, day, pattern):
        return format_date(request.env, day, date_format=pattern)

    def _navigation(self, found):
        """Neighbouring weeks, as far as the terms reach."""
        monday = found["monday"]
        before, after = monday - timedelta(days=7), monday + timedelta(days=7)
        begins, ends = found["begins"], found["ends"]
        sunday = monday + timedelta(days=6)
        pattern = "d" if monday.month == sunday.month else "d MMM"
        return {
            "title": f"{self._format(monday, pattern)} – "
            f"{self._format(sunday, 'd MMM y')}",
            "previous": before if not begins or begins < monday else None,
            "following": after if not ends or ends > sunday else None,
            "is_this_week": monday == found["this_week"],
        }

    def _news(self, found, changes):
        """Changes since the last visit, in words."""
        now = {f"e{row['event']}": row for row in found["pattern"]}
        Week = request.env["timetable.week"]

        def words(row):
            begin = row["valid_from"]
            since = begin and begin > found["today"]
            return Week._words(
                row["code"],
                row["slot"],
                row["room"],
                since and request.env._("from %s on", self._format(begin, "d MMM")),
            )

        rows = [
            {"kind": "changed", "before": before, "now": words(now[key])}
            for key, before in changes["changed"].items()
            if key in now
        ]
        rows += [
            {"kind": "new", "before": "", "now": words(now[key])}
            for key in changes["new"]
            if key in now
        ]
        rows += [
            {"kind": "gone", "before": before, "now": ""} for before in changes["gone"]
        ]
        rows += [
            {
                "kind": row["status"],
                "before": "",
                "now": Week._words(
                    row["code"],
                    self._format(row["date"], "EEE d MMM"),
                    row["clock_from"],
                ),
            }
            for row in found["coming"]
            if f"d{row['id']}" in changes["new"] | changes["changed"].keys()
            and row["status"] != "moved_away"
        ]
        return {"rows": rows[:CHANGES_SHOWN], "more": max(0, len(rows) - CHANGES_SHOWN)}

    def _other_zone(self, found):
        """The zone of the classrooms, where the reader's own is another one."""
        company = found["terms"][:1].sudo().company_id
        if not company:
            return ""
        zone = company._timetable_timezone()
        own = request.env.user.tz or request.cookies.get("tz")
        return zone if own and own != zone else ""

    # ---- The calendar's address
    @http.route("/my/timetable/calendar", type="http", auth="user", website=True)
    def portal_timetable_calendar(self, **_query):
        """One's own calendar address: only ever that of whoever is logged in."""
        feed = self._own_feed()
        url = feed._url() if feed else False
        values = self._timetable_values("calendar")
        webcal = feed._webcal(url)
        google = f"{GOOGLE}{quote_plus(webcal)}" if webcal else ""
        values |= {"feed": feed, "url": url, "webcal": webcal, "google": google}
        response = request.render("timetable_nep.portal_my_calendar", values)
        response.headers["Cache-Control"] = "no-store"
        return response

    @http.route(
        "/my/timetable/calendar/<any(renew,revoke):step>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_timetable_calendar_step(self, step, **_form):
        """Make an address, make another one, or let it die."""
        feed = self._own_feed()
        if step == "renew":
            partner = request.env.user.partner_id
            feed = feed or feed._of("person", partner, self._own_company(partner))
            feed._renew()
        elif feed:
            feed._revoke()
        return request.redirect("/my/timetable/calendar")

    def _own_feed(self):
        partner = request.env.user.partner_id
        return (
            request.env["timetable.feed"]
            .sudo()
            .search([("partner_id", "=", partner.id)])
        )

    def _own_company(self, partner):
        """The university of the person, whose clock the calendar goes by."""
        student = request.env["timetable.student"].sudo()
        return (
            self._timetable_faculty()[:1].company_id
            or student.search([("partner_id", "=", partner.id)], limit=1).company_id
            or request.env.company
        )
