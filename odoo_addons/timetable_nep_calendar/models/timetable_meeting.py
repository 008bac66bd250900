from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

AHEAD = timedelta(days=92)
"""How far calendars are filled: three months, and each day one more."""
AT_ONCE = 200
QUIET = {
    "calendar_no_videocall": True,
    "dont_notify": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "no_mail_to_attendees": True,
    "skip_attendee_notification": True,
    "skip_contact_description": True,
    "tracking_disable": True,
}
"""The timetable tells people of changes itself; the calendar only shows them."""


class TimetableMeeting(models.Model):
    """Classes in the calendars of those who want them.

    One query compares all calendars with all rows; only what differs is written.
    """

    _inherit = "timetable.meeting"

    @api.model
    def _call_calendar(self):
        """Have calendars follow, soon and in the background."""
        cron = self.env.ref(
            "timetable_nep_calendar.cron_calendar", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _lay_out(self, terms, first=None, last=None):
        done = super()._lay_out(terms, first, last)
        self._call_calendar()
        return done

    def _show(self, change):
        done = super()._show(change)
        self._call_calendar()
        return done

    @api.model
    def _cron_calendar(self):
        """Make calendars agree with the timetables in force."""
        new, changed, gone = self._calendar_differences()
        Event = self.env["calendar.event"].with_context(**QUIET)
        Event.browse(gone).exists().unlink()
        left = len(new) + len(changed)
        for user, rows in changed.items():
            for event, values in user._timetable_events(rows):
                Event.browse(event).write(values)
            left -= 1
            self.env["ir.cron"]._commit_progress(len(rows), remaining=left)
        for user, rows in new.items():
            for start in range(0, len(rows), AT_ONCE):
                some = user._timetable_events(rows[start : start + AT_ONCE])
                Event.create([values for _event, values in some])
            left -= 1
            self.env["ir.cron"]._commit_progress(len(rows), remaining=left)

    @api.model
    def _calendar_differences(self):
        """``(new, changed, gone)``: user → ``[(event id, meeting id, mark)]`` of what
        is missing and of what differs, and ids of events to take away.

        What somebody put away in the own calendar stays away.
        """
        for model in ("meeting", "faculty", "student"):
            self.env[f"timetable.{model}"].flush_model()
        self.env["timetable.seat"]._flush_seats()
        for model in ("calendar.event", "res.partner", "res.users"):
            self.env[model].flush_model()
        today = fields.Date.today()
        rows = self.env.execute_query(
            SQL(
                """
                WITH person AS (
                    SELECT DISTINCT ON (p.id) p.id, u.id AS user_id
                      FROM res_partner p
                      JOIN res_users u ON u.partner_id = p.id AND u.active
                                      AND u.share IS NOT TRUE
                     WHERE p.active AND p.timetable_in_calendar
                     ORDER BY p.id, u.id
                ),
                goes AS (
                    SELECT f.meeting_id, t.partner_id
                      FROM timetable_meeting_faculty_rel f
                      JOIN timetable_faculty t ON t.id = f.faculty_id AND t.active
                      JOIN person ON person.id = t.partner_id
                     UNION
                    SELECT m.id, s.partner_id
                      FROM person
                      JOIN timetable_student s ON s.partner_id = person.id AND s.active
                      JOIN timetable_seat seat ON seat.student_id = s.id
                      JOIN timetable_meeting m ON m.class_id = seat.class_id
                ),
                wanted AS (
                    SELECT m.id, person.id AS partner_id, person.user_id,
                           concat_ws('|', m.start, m.stop, m.room_id, m.status) AS mark
                      FROM goes
                      JOIN person ON person.id = goes.partner_id
                      JOIN timetable_meeting m ON m.id = goes.meeting_id
                      JOIN timetable_term term ON term.id = m.term_id AND term.active
                     WHERE m.date BETWEEN %(first)s AND %(last)s
                       AND m.status != 'cancelled' AND m.hour_to > 0
                ),
                have AS (
                    SELECT id, timetable_meeting_id, timetable_owner_id, timetable_mark
                      FROM calendar_event
                     WHERE timetable_owner_id IS NOT NULL AND stop >= %(first)s
                )
                SELECT have.id, wanted.id, wanted.user_id, wanted.mark
                  FROM wanted
                  FULL JOIN have ON have.timetable_meeting_id = wanted.id
                                AND have.timetable_owner_id = wanted.partner_id
                 WHERE have.timetable_mark IS DISTINCT FROM wanted.mark
                 ORDER BY wanted.user_id, wanted.id
                """,
                first=today,
                last=today + AHEAD,
            )
        )
        new, changed, gone = defaultdict(list), defaultdict(list), []
        for event, meeting, user, mark in rows:
            if meeting is None:
                gone.append(event)
            else:
                group = changed if event else new
                user = self.env["res.users"].browse(user)
                group[user].append((event, meeting, mark))
        return new, changed, gone


class ResUsers(models.Model):
    _inherit = "res.users"

    def _timetable_events(self, rows):
        """Values of events of this user's calendar, in the user's language.

        :param rows: ``[(event id or None, meeting id, mark)]``
        :return: ``[(event id or None, values)]``
        """
        self.ensure_one()
        Meeting = self.env["timetable.meeting"].sudo().with_context(lang=self.lang)
        meetings = Meeting.browse(row[1] for row in rows)
        values = []
        for (event, _meeting, mark), meeting in zip(rows, meetings, strict=True):
            place = [meeting.room_id.name, meeting.building_id.name]
            label = f"{meeting.class_id.display_name} {meeting.course_id.name or ''}"
            shown = {
                "name": label.strip(),
                "start": meeting.start,
                "stop": meeting.stop,
                "location": ", ".join(part for part in place if part) or False,
                "timetable_mark": mark,
            }
            if not event:
                shown |= {
                    "user_id": self.id,
                    "partner_ids": [fields.Command.set(self.partner_id.ids)],
                    "timetable_meeting_id": meeting.id,
                    "timetable_owner_id": self.partner_id.id,
                    "show_as": "busy",
                    "privacy": "public",
                    "alarm_ids": [],
                }
            values.append((event, shown))
        return values
