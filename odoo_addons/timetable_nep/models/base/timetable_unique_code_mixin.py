from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

DOUBLES = "timetable_nep_doubles"
"""Context of an import that was told to make everything anew."""


class TimetableUniqueCodeMixin(models.AbstractModel):
    """One code, one record: files with people, rooms and courses go by it.

    A check and no key of the database: benchmarks and a file that is imported anew on
    purpose bring codes again.
    """

    _name = "timetable.unique.code.mixin"
    _description = "Code of its own"

    _code_scope = ("company_id",)
    """Fields within whose values a code is used once."""

    code = fields.Char(index=True)

    @api.constrains(lambda self: ("code", *self._code_scope))
    def _check_code(self):
        if self.env.context.get(DOUBLES):
            return
        coded = self.filtered("code")
        groups = (
            self.sudo()
            .with_context(active_test=False)
            ._read_group(
                Domain("code", "in", coded.mapped("code"))
                & Domain("company_id", "in", coded.company_id.ids),
                ["code", *self._code_scope],
                ["id:recordset"],
            )
        )
        for code, *_scope, records in groups:
            if len(records) > 1 and records & coded:
                other = (records - coded)[:1] or records[1:2]
                raise ValidationError(
                    self.env._(
                        "%(what)s: the code %(code)s is that of %(other)s already.",
                        what=self._description,
                        code=code,
                        other=other.display_name,
                    )
                )
