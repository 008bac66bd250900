from odoo import api, fields, models


class TimetablePersonMixin(models.AbstractModel):
    """Somebody whose name and address are kept on a contact.

    A row with a name and no contact gets a contact of its own: that is how files with
    people are imported.
    """

    _name = "timetable.person.mixin"
    _description = "Person with a contact"

    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, index=True, ondelete="restrict"
    )

    @api.model_create_multi
    def create(self, vals_list):
        rows = [dict(vals) for vals in vals_list]
        new = [row for row in rows if row.get("name") and not row.get("partner_id")]
        partners = self.env["res.partner"].create(
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
        for row, partner in zip(new, partners, strict=True):
            row["partner_id"] = partner.id
        return super().create(rows)
