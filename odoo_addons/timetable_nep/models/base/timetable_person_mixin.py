from odoo import api, fields, models
from odoo.exceptions import AccessError

CONTACT_FIELDS = frozenset({"name", "email"})


class TimetablePersonMixin(models.AbstractModel):
    """Somebody whose name and address are kept on a contact.

    A row with a name and no contact gets a contact of its own: that is how files with
    people are imported. Whoever may keep these people may keep name and address of
    their contacts, without a right on all contacts; but not of somebody who logs in:
    an address is the way to a new password.
    """

    _name = "timetable.person.mixin"
    _description = "Person with a contact"

    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        required=True,
        index=True,
        ondelete="restrict",
        help="Name and address are kept there. Leave it empty for somebody new: a "
        "contact is made.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        rows = [dict(vals) for vals in vals_list]
        new = [row for row in rows if row.get("name") and not row.get("partner_id")]
        partners = (
            self.env["res.partner"]
            .sudo()
            .create(
                [
                    {
                        "name": row.pop("name"),
                        "email": row.pop("email", False),
                        "type": "contact",
                        "company_id": row.get("company_id") or self.env.company.id,
                    }
                    for row in new
                ]
            )
        )
        for row, partner in zip(new, partners, strict=True):
            row["partner_id"] = partner.id
        contacts = [self._pop_contact(row) for row in rows]
        people = super().create(rows)
        for person, contact in zip(people, contacts, strict=True):
            person._write_contact(contact)
        return people

    def write(self, vals):
        vals = dict(vals)
        contact = self._pop_contact(vals)
        done = super().write(vals)
        self._write_contact(contact)
        return done

    @api.model
    def _pop_contact(self, vals):
        return {name: vals.pop(name) for name in CONTACT_FIELDS & vals.keys()}

    def _write_contact(self, vals):
        """Keep name and address on the contacts of these people.

        :raises AccessError: for somebody who logs in, without the right on contacts
        """
        partners = self.partner_id
        changed = {
            name: value
            for name, value in vals.items()
            if any((one[name] or False) != (value or False) for one in partners.sudo())
        }
        if not changed:
            return
        self.check_access("write")
        if not partners.has_access("write"):
            own = partners.sudo().with_context(active_test=False)
            barred = own.filtered(lambda one: one.user_ids or one.is_company)
            if barred:
                raise AccessError(
                    self.env._(
                        "%s has a login, or is a company: ask an administrator to "
                        "change name or e-mail.",
                        barred[0].display_name,
                    )
                )
            partners = partners.sudo()
        partners.write(changed)
