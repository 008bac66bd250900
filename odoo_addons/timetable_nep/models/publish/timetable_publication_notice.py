from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date, split_every

from ...const import RECIPIENTS_AT_ONCE


class TimetableTerm(models.Model):
    """Who hears that a timetable came into force: those whose week changed.

    Nothing is sent at once. Some minutes later the timetable then in force is compared
    with the one that people were last told of, so that publishing and rolling back
    within these minutes tells nobody anything.
    """

    _inherit = "timetable.term"

    told_variant_id = fields.Many2one(
        "timetable.variant",
        "Timetable that people were told of",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    has_publication_news = fields.Boolean(readonly=True, copy=False)
    publication_news_from = fields.Date(
        help="First week that is new. Empty: every week.", readonly=True, copy=False
    )
    publication_pending = fields.Json(
        help="People who are still to be told, by id.", readonly=True, copy=False
    )

    def _queue_publication_notice(self, first_day=None):
        """Look in some minutes who has to be told.

        :param first_day: of what is new, ``None`` for every week; of several
            publications within these minutes the earliest counts
        """
        company = self.company_id.sudo()
        if company.timetable_publish_quietly:
            return
        if self.has_publication_news:
            known = self.publication_news_from
            first_day = first_day and known and min(first_day, known)
        self.write(
            {"has_publication_news": True, "publication_news_from": first_day or False}
        )
        minutes = company.timetable_notice_minutes
        self.env.ref("timetable_nep.cron_publication")._trigger(
            at=fields.Datetime.now() + timedelta(minutes=minutes)
        )

    @api.model
    def _cron_tell_publication(self):
        """Find out who has to be told, then tell them in parcels, each kept."""
        news = self.search([("has_publication_news", "=", True)])
        for term in news:
            now, told = term.published_variant_id, term.told_variant_id
            values = {"has_publication_news": False, "told_variant_id": now.id}
            if now and now != told:
                people = term._people_with_another_week(told, now)
                values["publication_pending"] = {
                    "first": not told,
                    "from": fields.Date.to_string(term.publication_news_from),
                    "people": people,
                }
            term.write(values)
        waiting = self.search([("publication_pending", "!=", False)])
        left = sum(len(term.publication_pending["people"]) for term in waiting)
        for term in waiting:
            news = term.publication_pending
            people = news["people"]
            for parcel in split_every(RECIPIENTS_AT_ONCE, list(people), list):
                people = people[len(parcel) :]
                left -= len(parcel)
                term._tell_publication(self.env["res.partner"].browse(parcel), news)
                term.publication_pending = people and {**news, "people": people}
                if not self.env["ir.cron"]._commit_progress(
                    len(parcel), remaining=left
                ):
                    return

    def _people_with_another_week(self, told, now):
        """Ids of partners who can be reached and want to be, whose week differs."""
        self.ensure_one()
        moved = now._moved_classes(told)
        students = now._students_with_another_week(told, moved)
        people = (
            self.env["timetable.student"].browse(students).exists(),
            self._teachers_of(moved),
        )
        partners = self.env["res.partner"].union(
            *(some.filtered("active").partner_id for some in people)
        )
        return partners._timetable_hearing().ids

    def _teachers_of(self, classes):
        events = self.env["timetable.class"].browse(classes).exists().event_ids
        shared = events.filtered("own_faculty")
        return shared.faculty_ids | (events - shared).class_id.faculty_ids

    def _tell_publication(self, partners, news):
        """One message for all who read the same language.

        :param news: ``first``: nothing was in force before; ``from``: day from which
            it holds, if not from the first week on
        """
        self.ensure_one()
        daily = partners.filtered(lambda one: one.timetable_notice == "daily")
        self.env["timetable.meeting.notice"]._queue_text(
            self, daily, lambda lang: self._publication_text(news, lang)
        )
        for lang, group in (partners - daily).grouped("lang").items():
            subject, body = self.company_id._timetable_news(
                *self._publication_text(news, lang), lang or self.env.lang
            )
            self.with_company(self.company_id).env["mail.thread"].message_notify(
                partner_ids=group.ids,
                subject=subject,
                body=body,
                email_layout_xmlid="mail.mail_notification_light",
                force_send=False,
            )

    def _publication_text(self, news, lang):
        """``(subject, body)`` in a language."""
        term = self.with_context(lang=lang or self.env.lang)
        name = term.name
        if news["first"]:
            subject = term.env._("The timetable of %s is published", name)
            text = term.env._("Your week is in the portal.")
        else:
            subject = term.env._("Your timetable of %s has changed", name)
            text = term.env._("What is new in your week is marked in the portal.")
        if news.get("from"):
            day = format_date(term.env, news["from"])
            text += " " + term.env._("It holds from %s on.", day)
        body = Markup('<p>%s</p><p><a href="/my/timetable">%s</a></p>') % (
            text,
            term.env._("Open my timetable"),
        )
        return subject, body
