import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import consteq, hmac

from ...const import COORDINATOR, OFFICER
from ...tools import remote

FEED_PATH = "/timetable_nep/calendar"
KINDS = [("person", "Person"), ("room", "Room"), ("class", "Class")]
USE_NOTED_EVERY = timedelta(days=1)


class TimetableFeed(models.Model):
    """An address at which a calendar application reads somebody's week.

    The address holds a token made of the database's secret and a random value of this
    row. The token itself is stored nowhere; a new random value makes another one, and
    the address before it dies at that moment.
    """

    _name = "timetable.feed"
    _description = "Calendar address"
    _order = "kind, id"

    kind = fields.Selection(KINDS, required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", "Person", readonly=True, index=True, ondelete="cascade"
    )
    room_id = fields.Many2one(
        "timetable.room", readonly=True, index=True, ondelete="cascade"
    )
    class_id = fields.Many2one(
        "timetable.class", readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    nonce = fields.Char(copy=False, groups=fields.NO_ACCESS)
    valid = fields.Boolean("In use", compute="_compute_valid", search="_search_valid")
    address = fields.Char(compute="_compute_address")
    made_at = fields.Datetime("Address made", readonly=True)
    used_at = fields.Datetime(
        "Last read", readonly=True, help="By a calendar application; to the day."
    )

    _unique_partner = models.UniqueIndex("(partner_id) WHERE partner_id IS NOT NULL")
    _unique_room = models.UniqueIndex("(room_id) WHERE room_id IS NOT NULL")
    _unique_class = models.UniqueIndex("(class_id) WHERE class_id IS NOT NULL")
    _check_owner = models.Constraint(
        "CHECK (num_nonnulls(partner_id, room_id, class_id) = 1)",
        "A calendar address is for one person, one room or one class.",
    )

    # ---- Computes
    @api.depends("partner_id", "room_id", "class_id")
    def _compute_display_name(self):
        for feed in self:
            owner = feed.partner_id or feed.room_id or feed.class_id
            feed.display_name = owner.sudo().display_name or ""

    @api.depends("made_at")
    def _compute_valid(self):
        for feed in self:
            feed.valid = bool(feed.sudo().nonce)

    def _search_valid(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = self.sudo()._search([("nonce", "!=" if True in value else "=", False)])
        return [("id", "in", found)]

    @api.depends("made_at")
    @api.depends_context("uid")
    def _compute_address(self):
        """Shown to its owner; of rooms and classes, to the staff."""
        staff = self._is_staff()
        for feed in self:
            own = feed.partner_id and feed.partner_id == self.env.user.partner_id
            may = own or (staff and not feed.partner_id)
            feed.address = feed._url() if may else False

    # ---- The token
    def _token(self):
        self.ensure_one()
        message = f"{self.id}:{self.sudo().nonce}"
        return hmac(self.env(su=True), "timetable_nep.feed", message)

    def _url(self):
        """Address without which nobody reads; ``False`` if it was revoked."""
        if not self.sudo().nonce:
            return False
        base = self.get_base_url().rstrip("/")
        return f"{base}{FEED_PATH}/{self.id}-{self._token()}.ics"

    @api.model
    def _webcal(self, url):
        """The same address, so that a telephone opens its calendar."""
        return "webcal:" + url.split(":", 1)[1] if url else False

    @api.model
    def _open(self, feed_id, token):
        """The feed of an address, or nothing: an unknown one and a wrong token look
        the same."""
        feed = self.sudo().browse(feed_id).exists()
        if not feed or not feed.nonce or not consteq(feed._token(), token):
            return self.sudo()
        if feed.partner_id and not feed.partner_id.user_ids:
            # Whose login was archived has left the university.
            return self.sudo()
        return feed

    def _renew(self):
        for feed in self.sudo():
            feed.write(
                {
                    "nonce": secrets.token_urlsafe(24),
                    "made_at": fields.Datetime.now(),
                    "used_at": False,
                }
            )

    def _revoke(self):
        self.sudo().write({"nonce": False, "made_at": False, "used_at": False})

    def _note_use(self):
        """Once a day: polling stays a matter of reading."""
        self.ensure_one()
        now = fields.Datetime.now()
        if not self.used_at or now - self.used_at > USE_NOTED_EVERY:
            self.sudo().used_at = now

    def _language(self):
        """The language of the person; of rooms and classes, that of the university."""
        self.ensure_one()
        partner = self.partner_id or self.company_id.partner_id
        return partner.lang or self.env.lang

    # ---- Finding and making
    @api.model
    def _of(self, kind, owner, company=None):
        """The feed of a person, room or class; without an address if it is new."""
        name = {"person": "partner_id", "room": "room_id", "class": "class_id"}[kind]
        feed = self.sudo().search([(name, "=", owner.id)])
        if not feed:
            company = company or owner.sudo().company_id or self.env.company
            feed = self.sudo().create(
                {"kind": kind, name: owner.id, "company_id": company.id}
            )
        return feed

    @api.model
    def _is_staff(self):
        user = self.env.user
        return user.has_group(OFFICER) or user.has_group(COORDINATOR)

    @api.model
    def _open_for(self, kind, owner):
        """Button of a room's or a class's form."""
        owner.ensure_one()
        owner.check_access("read")
        if not self._is_staff():
            raise AccessError(
                self.env._("Calendar addresses are for timetable officers.")
            )
        feed = self._of(kind, owner)
        if not feed.nonce:
            feed._renew()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Calendar address"),
            "res_model": self._name,
            "res_id": feed.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _check_staff(self):
        """Officers for all; coordinators for rooms and classes."""
        self.check_access("read")
        officer = self.env.user.has_group(OFFICER)
        if officer or (self._is_staff() and not self.partner_id):
            return
        raise AccessError(
            self.env._("Only a timetable officer revokes the address of a person.")
        )

    @remote.many
    def action_renew(self):
        """A new address; the one before stops working at once."""
        self._check_staff()
        if self.partner_id:
            raise AccessError(
                self.env._("A person makes a new address in the portal themselves.")
            )
        self._renew()
        return True

    @remote.many
    def action_revoke(self):
        """The address stops working at once."""
        self._check_staff()
        self._revoke()
        return True


class TimetableRoom(models.Model):
    _inherit = "timetable.room"

    @remote.many
    def action_calendar_address(self):
        return self.env["timetable.feed"]._open_for("room", self)


class TimetableClass(models.Model):
    _inherit = "timetable.class"

    @remote.many
    def action_calendar_address(self):
        return self.env["timetable.feed"]._open_for("class", self)
