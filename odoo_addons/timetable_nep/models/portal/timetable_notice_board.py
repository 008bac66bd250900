from datetime import timedelta
from hashlib import sha256

from odoo import api, fields, models
from odoo.tools.lru import LRU

from ...const import READ_AT_ONCE

KEPT_SECONDS = 300
_PAGES = LRU(64)
"""Rendered boards by database, language and version: a version names all that a page
shows but the names of rooms and courses, which are read again every few minutes."""


class TimetableDepartment(models.Model):
    """A public page with the week of a department, where an administrator wants it."""

    _inherit = "timetable.department"

    notice_board = fields.Boolean(
        "Public notice board",
        copy=False,
        groups="timetable_nep.group_timetable_admin",
        help="Anybody may then see this department's week without logging in: "
        "classes, rooms, faculty and changes, and nothing about students.",
    )
    notice_board_url = fields.Char(
        "Address of the board",
        compute="_compute_notice_board_url",
        groups="timetable_nep.group_timetable_admin",
    )

    def _compute_notice_board_url(self):
        for department in self:
            base = department.get_base_url()
            department.notice_board_url = f"{base}/timetable/board/{department.id}"

    @api.model
    def _notice_board_page(self, department_id):
        """``(html, etag)`` of a department's board; ``None`` where it is off."""
        department = self.sudo().browse(department_id).exists()
        if not (department and department.active and department.notice_board):
            return None
        now = fields.Datetime.now()
        today = fields.Datetime.context_timestamp(
            department.with_context(tz=department.company_id._timetable_timezone()), now
        ).date()
        key = (
            *(self.env.cr.dbname, self.env.lang),
            department._notice_board_version(today, now),
        )
        page = _PAGES.get(key)
        if page is None:
            page = _PAGES[key] = str(
                department._render_notice_board(department._board_monday(today), today)
            )
        return page, sha256(page.encode()).hexdigest()[:32]

    def _board_monday(self, today):
        """This week, or the next one where nothing is left of this one."""
        monday = today - timedelta(days=today.weekday())
        left = self.env["timetable.meeting"].search_count(
            [
                ("department_id", "=", self.id),
                ("date", ">=", today),
                ("date", "<", monday + timedelta(days=7)),
            ],
            limit=1,
        )
        return monday if left else monday + timedelta(days=7)

    def _notice_board_version(self, today, now):
        """Changes with whatever the page shows."""
        variants = self.env["timetable.variant"].search(
            [
                ("state", "=", "published"),
                ("term_id.active", "=", True),
                ("company_id", "=", self.company_id.id),
            ]
        )
        holidays = self.env["timetable.holiday"].search(
            [("company_id", "=", self.company_id.id)], order="write_date desc"
        )
        return (
            self.id,
            today,
            int(now.timestamp()) // KEPT_SECONDS,
            self.write_date,
            tuple(
                (row.id, row.write_date, term.write_date, term.dated_revision)
                for row in variants
                for term in row.term_id
            ),
            (len(holidays), holidays[:1].write_date),
        )

    def _render_notice_board(self, monday, today):
        return self.env["ir.qweb"]._render(
            "timetable_nep.notice_board",
            {
                "department": self,
                "title": self.env._("Timetable: %s", self.name),
                "page_lang": (self.env.lang or "en_US").replace("_", "-"),
                "today": today,
                "days": self._public_days(
                    self.company_id, [("department_id", "=", self.id)], monday
                ),
            },
        )

    @api.model
    def _public_days(self, company, domain, monday):
        """The days of a week as public pages show them, without anything of students.

        :param domain: which meetings
        :return: dictionaries with ``date``, ``name``, ``holiday`` and ``meetings``
        """
        days = [monday + timedelta(days=shift) for shift in range(7)]
        meetings = self.env["timetable.meeting"].search_fetch(
            [*domain, ("date", ">=", days[0]), ("date", "<=", days[-1])], READ_AT_ONCE
        )
        by_day = meetings.grouped("date")
        holidays = self.env["timetable.holiday"]._between(company, days[0], days[-1])
        labels = self.env["timetable.timeslot"]._weekday_names()
        return [
            {
                "date": day,
                "name": labels[day.weekday()],
                "holiday": ", ".join(
                    row.name
                    for row in holidays
                    if row.date_start <= day <= row.date_end
                ),
                "meetings": [meeting._as_dict() for meeting in by_day.get(day, ())],
            }
            for day in days
            if day.weekday() < 5 or day in by_day
        ]


class TimetableRoom(models.Model):
    _inherit = "timetable.room"

    def _door_address(self):
        """The public page that a sheet on this room's door leads to, if any."""
        self.ensure_one()
        department = self.sudo().department_id
        return department.notice_board and department.notice_board_url
