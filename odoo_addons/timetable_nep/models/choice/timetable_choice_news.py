from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.misc import format_datetime

from ...tools import remote


class TimetableChoiceWindow(models.Model):
    """What students are told: reminders, results, a seat."""

    _inherit = "timetable.choice.window"

    def _tell_partners(self, partners, subject, sentence):
        """One message in the language of each, with the way to the page."""
        for lang, group in partners.grouped(lambda p: p.lang or "en_US").items():
            window = self.with_context(lang=lang)
            link = Markup('<p><a href="/my/choices/%s">%s</a></p>') % (
                self.id,
                window.env._("Open my choice"),
            )
            window.env["mail.thread"].message_notify(
                partner_ids=group.ids,
                subject=subject(window),
                body=Markup("<p>%s</p>%s") % (sentence(window), link),
                email_layout_xmlid="mail.mail_notification_light",
                model_description=window.env._("choice of courses"),
                force_send=False,
            )

    def _tell_student(self, student, sentence):
        self._tell_partners(
            student.sudo().partner_id,
            lambda window: window.name,
            lambda window: sentence,
        )

    @remote.many
    def action_remind(self):
        """Remind those who have not chosen."""
        self.check_access("write")
        for window in self:
            if window.state == "open" and window.phase == "open":
                window._remind()

    def _remind(self):
        self.ensure_one()
        missing = self.env["timetable.student"].sudo().search(self._missing_domain())
        self.reminded_at = fields.Datetime.now()
        if missing and self.kind == "wishes":
            self._tell_partners(
                missing.partner_id,
                lambda window: window.env._("Choose your courses: %s", window.name),
                lambda window: window.env._(
                    "You have not chosen yet. The window closes on %s.",
                    window._until(),
                ),
            )

    def _until(self):
        """The end on the university's clock."""
        return self._clock(self.date_close)

    def _since(self):
        """The beginning on the university's clock."""
        return self._clock(self.date_open)

    def _clock(self, moment):
        """A moment on the university's clock, in the reader's language."""
        zone = self.company_id._timetable_timezone()
        return format_datetime(self.env, moment, tz=zone, dt_format="d MMM y, HH:mm")

    @api.model
    def _cron_remind(self):
        """Once for each window, so many days before its end."""
        now = fields.Datetime.now()
        windows = self.search(
            [
                ("state", "=", "open"),
                ("kind", "=", "wishes"),
                ("remind_days", ">", 0),
                ("reminded_at", "=", False),
                ("date_open", "<=", now),
                ("date_close", ">=", now),
            ]
        )
        for window in windows:
            if window.date_close - timedelta(days=window.remind_days) <= now:
                window._remind()

    def _tell_results(self):
        chosen = (
            self.env["timetable.choice"]
            .sudo()
            .search([("window_id", "=", self.id), ("saved_at", "!=", False)])
        )
        if chosen:
            self._tell_partners(
                chosen.student_id.partner_id,
                lambda window: window.env._("Your courses: %s", window.name),
                lambda window: window.env._(
                    "The courses are given. See which wish became yours, and why not a "
                    "higher one."
                ),
            )
