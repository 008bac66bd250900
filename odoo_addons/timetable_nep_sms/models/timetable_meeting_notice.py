from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

LONGEST = 300
"""Signs: about two messages of a telephone company, or five in Hindi."""


class TimetableMeetingNotice(models.Model):
    """Notices that cannot wait for somebody to read mail."""

    _inherit = "timetable.meeting.notice"

    sms_at = fields.Datetime("SMS sent at", readonly=True)

    @api.model
    def _cron_send(self, daily=False):
        self._send_sms()
        return super()._cron_send(daily)

    @api.model
    def _send_sms(self):
        """One SMS for each change of a class that begins soon.

        To those who asked for it, have a number and did not stop SMS of this database;
        who wants no news gets none.
        """
        waiting = self.search(
            [
                ("sent_at", "=", False),
                ("sms_at", "=", False),
                ("change_id", "!=", False),
                ("partner_id.timetable_sms", "=", True),
                ("partner_id.active", "=", True),
            ]
        )
        urgent = waiting.filtered(lambda row: row.change_id._is_urgent())
        template = self.env.ref("timetable_nep_sms.sms_template_change").sudo()
        groups = defaultdict(self.browse)
        for row in urgent:
            person = row.partner_id
            if person.phone_sanitized and not person.phone_blacklisted:
                groups[row.change_id, person.lang or self.env.lang] |= row
        messages = []
        for (change, lang), rows in groups.items():
            body = template.with_context(lang=lang)._render_field(
                "body", change.ids, set_lang=lang
            )[change.id]
            messages += [
                {
                    "number": row.partner_id.phone_sanitized,
                    "partner_id": row.partner_id.id,
                    "body": body,
                }
                for row in rows
            ]
        if messages:
            self.env["sms.sms"].sudo().create(messages)
        urgent.sms_at = fields.Datetime.now()


class TimetableMeetingChange(models.Model):
    _inherit = "timetable.meeting.change"

    def _is_urgent(self):
        """Whether the class begins, or began, so soon that mail may be too late."""
        self.ensure_one()
        hours = self.company_id.sudo().timetable_sms_hours
        if not hours:
            return False
        now = self.env["timetable.term"]._clock_now(self.company_id)
        at = self.env["timetable.week"]._at
        days = []
        if self.date:
            planned = self._meeting().planned_timeslot_id or self.new_timeslot_id
            days.append(at(self.date, planned.hour_from))
        if self.new_date:
            days.append(at(self.new_date, self.new_timeslot_id.hour_from))
        # Today's class that began counts: some sit before the door.
        return any(
            now.date() <= moment.date() and moment <= now + timedelta(hours=hours)
            for moment in days
        )

    def _sms_text(self):
        """The change in one sentence, for the template."""
        self.ensure_one()
        title, text, reason = self._sentence()
        said = " ".join(filter(None, [f"{title}.", text, reason]))
        return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
