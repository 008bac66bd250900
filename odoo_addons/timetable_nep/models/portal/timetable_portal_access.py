from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...tools import remote

AT_ONCE = 500
"""Logins made by one press: each is a user and a message."""
NAMES_SHOWN = 15


class TimetablePersonMixin(models.AbstractModel):
    """Logins to the portal, for many people at once."""

    _inherit = "timetable.person.mixin"

    has_login = fields.Boolean(
        "Portal", compute="_compute_has_login", search="_search_has_login"
    )

    @api.depends("partner_id.user_ids")
    def _compute_has_login(self):
        for person in self:
            person.has_login = bool(person.sudo().partner_id.user_ids)

    def _search_has_login(self, operator, value):
        if operator != "in":
            return NotImplemented
        with_login = Domain(
            "partner_id", "any!", Domain("user_ids", "any", Domain("active", "=", True))
        )
        return with_login if True in value else ~with_login

    @remote.many
    def action_grant_portal_access(self):
        """Give these people a login and send each an invitation.

        :return: a message that counts the new logins and names those without a usable
            address, and those whose address another login has
        """
        if not self.env.user.has_group("base.group_partner_manager"):
            raise AccessError(
                self.env._("You need the right to create contacts to grant access.")
            )
        self.check_access("write")
        waiting = self.filtered(lambda person: not person.has_login)
        if not waiting:
            raise UserError(self.env._("All of them have a login already."))
        now, later = waiting[:AT_ONCE], waiting[AT_ONCE:]
        wizard = self.env["portal.wizard"].create(
            {"partner_ids": [fields.Command.set(now.partner_id.ids)]}
        )
        granted, without, taken = 0, [], []
        for line in wizard.user_ids:
            if line.email_state == "ko":
                without.append(line.partner_id.name)
            elif line.email_state == "exist":
                taken.append(line.partner_id.name)
            else:
                line.with_context(timetable_queue_mail=True).action_grant_access()
                granted += 1
        parts = [self.env._("New logins: %s. Each gets an invitation.", granted)]
        if without:
            parts.append(
                self.env._("Without a usable e-mail address: %s.", self._some(without))
            )
        if taken:
            parts.append(
                self.env._(
                    "Their address belongs to another login: %s.", self._some(taken)
                )
            )
        if later:
            parts.append(
                self.env._("%s people more wait: press again for them.", len(later))
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Portal access"),
                "message": " ".join(parts),
                "type": "warning" if without or taken or later else "success",
                "sticky": bool(without or taken or later),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _some(self, names):
        more = len(names) - NAMES_SHOWN
        text = ", ".join(names[:NAMES_SHOWN])
        if more <= 0:
            return text
        return self.env._("%(names)s and %(more)s more", names=text, more=more)


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def send_mail(self, res_id, force_send=False, **kwargs):
        """Many invitations are queued: the press need not wait for the mail server."""
        if self.env.context.get("timetable_queue_mail"):
            force_send = False
        return super().send_mail(res_id, force_send=force_send, **kwargs)
