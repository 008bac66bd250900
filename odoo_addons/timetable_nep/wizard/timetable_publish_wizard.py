from odoo import api, fields, models

from ..tools import remote


class TimetablePublishWizard(models.TransientModel):
    _name = "timetable.publish.wizard"
    _description = "Publish a timetable"

    variant_id = fields.Many2one("timetable.variant", required=True, readonly=True)
    in_force_id = fields.Many2one(
        "timetable.variant", "In force now", compute="_compute_effect"
    )
    is_return = fields.Boolean(compute="_compute_effect")
    effect = fields.Text("What changes", compute="_compute_effect")
    warning = fields.Text(compute="_compute_effect")
    broken = fields.Integer("Rules broken", compute="_compute_broken")
    can_begin_later = fields.Boolean(compute="_compute_effect")
    date_from = fields.Date(
        "From the week of",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        help="Meetings of earlier weeks do not change. Empty: it holds for every week "
        "of the term, past weeks too.",
    )
    reason = fields.Text(
        "Note",
        compute="_compute_reason",
        store=True,
        readonly=False,
        precompute=True,
        help="Kept in the history of both timetables.",
    )

    @api.depends("variant_id")
    def _compute_effect(self):
        for wizard in self:
            variant = wizard.variant_id
            now = variant.term_id.published_variant_id
            wizard.in_force_id = now if now != variant else False
            wizard.is_return = variant.state == "archived"
            wizard.can_begin_later = bool(
                wizard.in_force_id and variant.term_id.date_start
            )
            wizard.effect = wizard._effect_text(variant, wizard.in_force_id)
            wizard.warning = wizard._warning_text(variant)

    @api.depends("variant_id")
    def _compute_broken(self):
        """Counted now: a count kept from before may know nothing of a room closed
        since, or of what another term put in force."""
        for wizard in self:
            variant = wizard.variant_id
            wizard.broken = variant and variant._broken_rules()

    @api.depends("variant_id")
    def _compute_date_from(self):
        for wizard in self:
            term = wizard.variant_id.term_id
            wizard.date_from = wizard.can_begin_later and term._proposed_week()

    @api.depends("variant_id")
    def _compute_reason(self):
        """What was said at the approval, where rules are broken."""
        for wizard in self:
            wizard.reason = wizard.variant_id.broken_reason

    def _effect_text(self, variant, now):
        if not variant:
            return ""
        if not now:
            return self.env._(
                "It is the first timetable of this term: faculty and students see "
                "their week from now on."
            )
        moved = now._compare_counts(now, variant)
        return self.env._(
            "%(changed)s of %(total)s events move: %(time)s to another time, "
            "%(room)s only to another room. %(students)s students see another week.",
            changed=moved["changed"],
            total=moved["total"],
            time=moved["time"] + moved["placed"] + moved["removed"],
            room=moved["room"],
            students=len(
                variant._students_with_another_week(now, variant._moved_classes(now))
            ),
        )

    def _warning_text(self, variant):
        rows = []
        if variant.unplaced_count:
            rows.append(self.env._("%s events have no place.", variant.unplaced_count))
        broken = self.broken
        if broken:
            rows.append(self.env._("%s rules are broken.", broken))
        if variant.is_stale:
            rows.append(
                self.env._("It was changed by hand and is not scored again yet.")
            )
        return "\n".join(rows)

    @remote.one
    def action_publish(self):
        before = self.in_force_id
        variant = self.variant_id
        back = self.is_return
        note = (self.reason or "").strip()
        variant.action_publish(
            self.date_from if self.can_begin_later else None, reason=note
        )
        if before:
            text = (
                self.env._("Put back in force in place of %s.", before.display_name)
                if back
                else self.env._("In force in place of %s.", before.display_name)
            )
            variant.message_post(body=f"{text} {note}".strip())
            before.message_post(
                body=" ".join(
                    filter(
                        None,
                        (
                            self.env._("Replaced by %s.", variant.display_name),
                            note,
                        ),
                    )
                )
            )
        elif note:
            variant.message_post(body=note)
        return {"type": "ir.actions.act_window_close"}
