from datetime import date, timedelta

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.timetable_nep.controllers.portal import YEARS

from ..models.website import KINDS

SHOWN = 500
"""Links of a list: a longer one is searched."""


def sitemap(env, _rule, query):
    """All pages that visitors may see."""
    if not query or query.lower() in "/timetable":
        yield {"loc": "/timetable"}
    company = env["website"].get_current_website().company_id
    for model in KINDS.values():
        Model = env[model]
        for record in Model.sudo().search(Model._public_domain(company)):
            if not query or query.lower() in record.website_url:
                yield {"loc": record.website_url}


class TimetableWebsite(http.Controller):
    """The published weeks as pages of the site, in its layout and its languages."""

    @http.route("/timetable", type="http", auth="public", website=True, sitemap=sitemap)
    def index(self, q="", **_query):
        """Departments, rooms and courses, with a search."""
        company = request.website.company_id
        words = (q or "")[:100]
        lists = {}
        for kind, model in KINDS.items():
            Model = request.env[model]
            domain = Model._search_build_domain(
                [Model._public_domain(company)], words, ["name", "code"]
            )
            lists[kind] = Model.sudo().search(domain, order="name, id", limit=SHOWN)
        return request.render(
            "timetable_nep_website.index", {"lists": lists, "q": words}
        )

    @http.route(
        "/timetable/<any(department,room,course):kind>/<string:slug>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def page(self, kind, slug, week=None, **_query):
        """A week of a department, a room or a course; 404 without saying why."""
        number = request.env["ir.http"]._unslug(slug)[1]
        company = request.website.company_id
        Model = request.env[KINDS[kind]]
        seen = Model._public_domain(company) & Domain("id", "=", number)
        record = Model.sudo().search(seen)
        if not record:
            raise request.not_found()
        return self._week(kind, record, week)

    def _week(self, kind, record, week):
        Department = request.env["timetable.department"].sudo()
        company = record.company_id
        today = request.env["timetable.term"].sudo()._clock_now(company).date()
        monday = self._monday(week) or today - timedelta(days=today.weekday())
        public = record._public_departments(company)
        days = Department._public_days(company, record._public_meetings(), monday)
        for day in days:
            for meeting in day["meetings"]:
                meeting["open"] = meeting["department_id"] in public.ids
        step = timedelta(days=7)
        return request.render(
            "timetable_nep_website.week",
            {
                "kind": kind,
                "record": record,
                "main_object": record,
                "days": days,
                "today": today,
                "monday": monday,
                "previous": monday - step,
                "following": monday + step,
            },
        )

    def _monday(self, text):
        try:
            day = date.fromisoformat(text or "")
        except ValueError:
            return None
        if not YEARS[0] <= day.year < YEARS[1]:
            return None
        return day - timedelta(days=day.weekday())
