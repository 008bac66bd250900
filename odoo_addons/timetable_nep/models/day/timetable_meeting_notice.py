from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

from ...const import RECIPIENTS_AT_ONCE

KEPT_DAYS = 60


class TimetableMeetingNotice(models.Model):
    """A person who has to hear of a change. Several become one message."""

    _name = "timetable.meeting.notice"
    _description = "Notice of a change"
    _order = "id desc"

    change_id = fields.Many2one(
        "timetable.meeting.change", readonly=True, index=True, ondelete="cascade"
    )
    term_id = fields.Many2one(
        "timetable.term",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Of other news than a change for a date: an accepted request, a "
        "timetable that came into force.",
    )
    title = fields.Char(readonly=True)
    text = fields.Html(readonly=True, help="In the language of the person.")
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, ondelete="cascade"
    )
    sent_at = fields.Datetime("Told at", readonly=True)

    _unsent = models.Index("(partner_id) WHERE sent_at IS NULL")
    _check_news = models.Constraint(
        "CHECK ((change_id IS NULL) != (term_id IS NULL))",
        "A notice tells of a change for a date, or of a term.",
    )

    @api.depends("change_id", "term_id")
    def _compute_company_id(self):
        for notice in self:
            notice.company_id = notice.change_id.company_id or notice.term_id.company_id

    @api.model
    def _queue(self, change, partners):
        """Rows for those who want to hear; the message goes out in some minutes."""
        wanted = partners._timetable_hearing()
        if not wanted:
            return
        self.create(
            [{"change_id": change.id, "partner_id": partner.id} for partner in wanted]
        )
        minutes = change.company_id.sudo().timetable_notice_minutes
        self._trigger_in(minutes)

    @api.model
    def _trigger_in(self, minutes):
        self.env.ref("timetable_nep.cron_notice")._trigger(
            at=fields.Datetime.now() + timedelta(minutes=minutes)
        )

    @api.model
    def _queue_text(self, term, partners, say):
        """Other news of a term, with what else these people have to hear.

        :param say: language → ``(title, text)``
        """
        rows = []
        for lang, group in partners._timetable_hearing().grouped("lang").items():
            title, text = say(lang or self.env.lang)
            rows += [
                {
                    **{"term_id": term.id, "partner_id": partner.id},
                    **{"title": title, "text": text},
                }
                for partner in group
            ]
        if rows:
            self.sudo().create(rows)
            self.sudo()._trigger_in(term.company_id.sudo().timetable_notice_minutes)

    @api.model
    def _cron_send(self, daily=False):
        """One message a person with all that is new; people with the same news
        share it.

        :param bool daily: also those who want to hear once a day
        """
        domain = [("sent_at", "=", False)]
        if not daily:
            domain.append(("partner_id.timetable_notice", "!=", "daily"))
        by_partner = defaultdict(list)
        for notice in self.search(domain, order="id"):
            by_partner[notice.partner_id].append(notice)
        groups = defaultdict(list)
        for partner, notices in by_partner.items():
            # One university at a time: the sender and the letterhead are its own.
            for company, own in self.union(*notices).grouped("company_id").items():
                changes = tuple(sorted(own.change_id.ids))
                news = tuple(
                    dict.fromkeys(
                        (row.title, row.text)
                        for row in own.sorted("id")
                        if not row.change_id
                    )
                )
                lang = partner.lang or self.env.lang
                groups[company, changes, news, lang].append(partner)
        self._post_on_terms()
        left = len(groups)
        for (company, change_ids, news, lang), partners in groups.items():
            changes = self.env["timetable.meeting.change"].browse(change_ids)
            changes = changes.with_company(company).with_context(lang=lang)
            for start in range(0, len(partners), RECIPIENTS_AT_ONCE):
                some = partners[start : start + RECIPIENTS_AT_ONCE]
                changes._tell([p.id for p in some], news)
            done = [
                row
                for partner in partners
                for row in by_partner[partner]
                if row.company_id == company
            ]
            self.browse(row.id for row in done).sent_at = fields.Datetime.now()
            left -= 1
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                break

    @api.model
    def _post_on_terms(self):
        """What is new, once, for those who follow a term."""
        Change = self.env["timetable.meeting.change"]
        fresh = Change.search(
            [("posted", "=", False), ("state", "!=", "replaced")], order="id"
        )
        for term, changes in fresh.grouped("term_id").items():
            term.message_post(
                body=changes._digest_body(),
                subtype_xmlid="timetable_nep.mail_subtype_dated",
            )
        fresh._guarded().posted = True

    @api.autovacuum
    def _gc_sent(self):
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.search([("sent_at", "<", limit)]).unlink()


class TimetableMeetingChange(models.Model):
    """Changes in words, for messages."""

    _inherit = "timetable.meeting.change"

    def _tell(self, partner_ids, news=()):
        """One message about these changes. Each person gets it where he or she reads
        messages: Odoo's inbox or e-mail.

        :param news: ``(title, text)`` of other news, in their language
        """
        body = Markup("").join(text for _title, text in news)
        if self:
            body = self._digest_body() + body
        if len(news) == 1 and not self:
            subject = news[0][0]
        else:
            subject = self._digest_subject(len(self) + len(news))
        lang = self.env.context.get("lang") or self.env.lang
        subject, body = self.env.company._timetable_news(subject, body, lang)
        self.env["mail.thread"].message_notify(
            partner_ids=partner_ids,
            subject=subject,
            body=body,
            email_layout_xmlid="mail.mail_notification_light",
            model_description=self.env._("timetable"),
            force_send=False,
        )

    def _digest_subject(self, count):
        if count == 1:
            return self.env._(
                "Timetable: %(class)s, %(what)s",
                **{"class": self.class_id.display_name, "what": self._what()},
            )
        return self.env._("Timetable: %s changes", count)

    def _digest_body(self):
        rows = [change._sentence() for change in self]
        lines = Markup("").join(
            Markup("<li><b>%s</b>: %s%s</li>")
            % (title, text, Markup(" <i>%s</i>") % reason if reason else "")
            for title, text, reason in rows
        )
        link = Markup('<p><a href="/my/timetable">%s</a></p>') % self.env._(
            "Open my timetable"
        )
        return Markup("<ul>%s</ul>%s") % (lines, link)

    def _what(self):
        """The change in two words."""
        self.ensure_one()
        if self.state == "undone":
            return self.env._("as planned") if self.date else self.env._("not held")
        if self.cancelled:
            return self.env._("cancelled")
        if not self.date:
            return self.env._("extra class")
        if self.new_date:
            return self.env._("moved")
        if self.substituted:
            return self.env._("other faculty")
        return self.env._("other room")

    def _sentence(self):
        """``(title, what holds now, reason)`` for a message."""
        self.ensure_one()
        course = self.event_id.class_id.course_id.name or ""
        title = f"{course} ({self.class_id.display_name})"
        day = self._day(self.date or self.new_date)
        if self.state == "undone":
            if self.date:
                text = self.env._("%s: takes place as planned after all.", day)
            else:
                text = self.env._("%s: the extra class is not held.", day)
            return title, text, ""
        if self.cancelled:
            text = self.env._("%s: cancelled.", day)
        elif self.new_date:
            values = {
                "old": day,
                "new": self._day(self.new_date),
                "time": self.new_timeslot_id._clock(self.new_timeslot_id.hour_from),
                "room": self._room_then().display_name or self.env._("no room"),
            }
            if self.date:
                text = self.env._(
                    "%(old)s: moved to %(new)s, %(time)s, %(room)s.", **values
                )
            else:
                text = self.env._(
                    "Extra class on %(new)s, %(time)s, %(room)s.", **values
                )
        elif self.room_changed:
            text = self.env._(
                "%(day)s: in %(room)s.",
                day=day,
                room=self.new_room_id.display_name or self.env._("no room"),
            )
        else:
            text = self.env._("%s:", day)
        if self.substituted and not self.cancelled:
            names = ", ".join(self.substitute_ids.mapped("display_name"))
            text = f"{text} {self.env._('Taught by %s.', names)}"
        return title, text, self.reason or ""

    def _room_then(self):
        if self.room_changed:
            return self.new_room_id
        return (
            self.env["timetable.assignment"]
            .search(
                [
                    ("variant_id", "=", self.term_id.published_variant_id.id),
                    ("event_id", "=", self.event_id.id),
                ]
            )
            .room_id
        )

    def _day(self, date):
        weekday = self.env["timetable.timeslot"]._weekday_names()[date.weekday()]
        shown = self.env["ir.qweb.field.date"].value_to_html(date, {})
        return f"{weekday} {shown}"
