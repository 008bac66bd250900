from odoo import api, models
from odoo.exceptions import UserError


class TimetableHistoryMixin(models.AbstractModel):
    """What earlier terms refer to is archived, not deleted."""

    _name = "timetable.history.mixin"
    _description = "Archived, not deleted"

    def _in_use(self):
        """Those of these records that something else tells about."""
        return self.browse()

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_in_use(self):
        used = self._in_use()
        if used:
            raise UserError(
                self.env._(
                    "%s is in use: archive it instead of deleting it, so that earlier "
                    "timetables stay readable.",
                    used[0].display_name,
                )
            )

    def _used_in(self, model, field):
        """Those of these records that rows of ``model`` point to."""
        Model = self.env[model].sudo().with_context(active_test=False)
        rows = Model._read_group([(field, "in", self.ids)], [field])
        return self & self.browse([record.id for (record,) in rows])
