from odoo import api, models
from odoo.exceptions import AccessError, UserError

_PASS = object()
"""Only code of this process can put this very object into a context: a remote
call sends JSON, so it cannot forge it."""


class TimetableGuardedMixin(models.AbstractModel):
    """Fields that only the model's own methods write, and a state machine.

    The check is in ``create`` and ``write``, so neither ``sudo()`` nor a remote call
    gets round it.
    """

    _name = "timetable.guarded.mixin"
    _description = "Guarded fields and states"

    _guarded_fields = frozenset()
    _state_transitions = {}

    def _guarded(self):
        """These records, with the right to write guarded fields."""
        return self.with_context(timetable_nep_guard=_PASS)

    def _has_pass(self):
        return self.env.context.get("timetable_nep_guard") is _PASS

    def _check_guard(self, vals_list):
        if self._has_pass():
            return
        names = {name for vals in vals_list for name in vals} & self._guarded_fields
        if names:
            fields = ", ".join(sorted(self._fields[name].string for name in names))
            raise AccessError(
                self.env._(
                    "%(model)s: %(fields)s cannot be written directly. "
                    "Use the buttons of the form.",
                    model=self._description,
                    fields=fields,
                )
            )

    def _check_transition(self, state):
        """Refuse a state that may not follow the present one."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for record in self:
            if state == record.state:
                continue
            if state not in self._state_transitions.get(record.state, ()):
                raise UserError(
                    self.env._(
                        "%(record)s is %(old)s and cannot become %(new)s.",
                        record=record.display_name,
                        old=labels.get(record.state, record.state),
                        new=labels.get(state, state),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_guard(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_guard([vals])
        if "state" in vals:
            self._check_transition(vals["state"])
        return super().write(vals)
