import re

from odoo import models

from ...const import UNSUBSCRIBE_PATH

LINK = re.compile(rf"{UNSUBSCRIBE_PATH}(?=[\"'])")


class ResCompany(models.Model):
    _inherit = "res.company"

    def _timetable_news(self, subject, body, lang):
        """News in the words of the template that officers may edit.

        :return: ``(subject, body)``; as they were where the template was deleted
        """
        self.ensure_one()
        template = self.env.ref(
            "timetable_nep.mail_template_news", raise_if_not_found=False
        )
        if not template:
            return subject, body
        template = template.sudo().with_context(news_subject=subject, news_body=body)
        return tuple(
            template._render_field(field, self.ids, set_lang=lang)[self.id]
            for field in ("subject", "body_html")
        )


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _timetable_unsubscribe_path(self):
        """The address at which this person stops the news, without a login."""
        token = self._timetable_unsubscribe_token()
        return f"{UNSUBSCRIBE_PATH}/{self.id}/{token}"


class MailMail(models.Model):
    """Everybody gets a link of their own, though many share a message."""

    _inherit = "mail.mail"

    def _personalize_outgoing_body(self, body, partner=False, doc_to_followers=None):
        body = super()._personalize_outgoing_body(
            body, partner=partner, doc_to_followers=doc_to_followers
        )
        if partner and UNSUBSCRIBE_PATH in body:
            body = LINK.sub(partner._timetable_unsubscribe_path(), body)
        return body

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Mail programs show a button of their own for these (RFC 2369, 8058)."""
        found = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        if LINK.search(self.body_html or ""):
            for values in found:
                partner = values.get("partner_id")
                if partner:
                    url = partner.get_base_url() + partner._timetable_unsubscribe_path()
                    values["headers"] = {
                        **values["headers"],
                        "List-Unsubscribe": f"<{url}>",
                        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                    }
        return found
