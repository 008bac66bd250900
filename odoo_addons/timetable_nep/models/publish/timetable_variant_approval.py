from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...const import ACTIVITY, APPROVER, COORDINATOR, OFFICER
from ...tools import remote

WAITING_NAMED = 5
ASK = "timetable_ask"
"""Context of a button or a drag: a step that needs a reason answers with its form."""


class TimetableVariant(models.Model):
    """The way to approval: who may take which step, and who is asked next."""

    _inherit = "timetable.variant"

    department_ok_ids = fields.Many2many(
        "timetable.department",
        "timetable_variant_department_ok_rel",
        "variant_id",
        "department_id",
        "Departments that agreed",
        readonly=True,
        copy=False,
    )
    department_progress = fields.Char(
        "Departments", compute="_compute_department_progress"
    )
    asks_departments = fields.Boolean(compute="_compute_steps")
    asks_registrar = fields.Boolean(compute="_compute_steps")

    # ---- Settings
    def _approval_steps(self):
        """Which steps this university takes: ``(departments, registrar)``."""
        company = (self.company_id[:1] or self.env.company).sudo()
        return (
            not company.timetable_skip_department_approval,
            not company.timetable_skip_registrar_approval,
        )

    @api.depends("company_id")
    def _compute_steps(self):
        for variant in self:
            departments, registrar = variant._approval_steps()
            variant.asks_departments = departments
            variant.asks_registrar = registrar

    def _deadline(self):
        """The day until which whoever is asked should decide."""
        days = self.company_id.sudo().timetable_decision_days
        return fields.Date.context_today(self) + timedelta(days=max(0, days))

    # ---- Departments
    def _departments_asked(self):
        """Departments with classes in the term and somebody to decide for them."""
        return self.sudo().term_id.offering_ids.department_id.filtered(
            lambda department: any(
                user.active and self.company_id in user.company_ids
                for user in department.coordinator_ids
            )
        )

    def _departments_waiting(self):
        self.ensure_one()
        return self._departments_asked() - self.sudo().department_ok_ids

    @api.depends("department_ok_ids", "state")
    @api.depends_context("lang")
    def _compute_department_progress(self):
        for variant in self:
            variant.department_progress = False
            if variant.state != "submitted":
                continue
            waiting = variant._departments_waiting()
            agreed = len(variant.sudo().department_ok_ids)
            if not waiting:
                continue
            names = ", ".join(waiting[:WAITING_NAMED].mapped("display_name"))
            if len(waiting) > WAITING_NAMED:
                names += " …"
            variant.department_progress = self.env._(
                "%(done)s of %(all)s agreed. Waiting for: %(names)s",
                done=agreed,
                all=agreed + len(waiting),
                names=names,
            )

    def _check_coordinates(self):
        """A coordinator decides where a class of their department is concerned."""
        user = self.env.user
        if user.has_group(APPROVER):
            return
        for variant in self:
            if not variant._own_departments():
                raise AccessError(
                    self.env._(
                        "No department of yours has classes in %s.",
                        variant.term_id.name,
                    )
                )

    def _own_departments(self):
        """Departments of the term for which the acting person decides."""
        self.ensure_one()
        return self._departments_asked().filtered(
            lambda department: self.env.user in department.coordinator_ids
        )

    # ---- Steps
    def _require(self, *groups):
        """The acting person needs one of these groups, whatever ``sudo()`` says."""
        user = self.env.user
        if not any(user.has_group(group) for group in groups):
            raise AccessError(
                self.env._("Your role does not allow this step of the approval.")
            )
        self.check_access("read")

    def _move(self, state, **vals):
        """Take the next step, keep who took it, and tell who has the next one."""
        variants = self.sudo()
        variants._guarded().write({"state": state, **vals})
        # Done by whoever acted; what others were asked is asked no more.
        variants.activity_feedback([ACTIVITY], user_id=self.env.uid)
        variants.activity_unlink([ACTIVITY])
        for variant in variants:
            variant._ask_next()
        return True

    def _ask_next(self):
        """An activity for whoever has to act now."""
        self.ensure_one()
        departments, registrar = self._approval_steps()
        users, summary = self.env["res.users"], ""
        if self.state == "submitted" and departments and self._departments_asked():
            users = self._departments_waiting().coordinator_ids
            summary = self.env._("Look at your department, approve or reject")
        elif self.state == "department_approved" or (
            self.state == "submitted" and (registrar or self._broken_rules())
        ):
            group = self.env.ref(APPROVER)
            users = group.user_ids or group.all_user_ids
            summary = self.env._("Approve or reject this timetable")
        elif self.state == "approved":
            users = self.submitted_by_id
            summary = self.env._("Approved: publish it when the day has come")
        elif self.state == "rejected":
            users = self.submitted_by_id
            summary = self.env._("Rejected: %s", self.rejection_reason)
        deadline = self._deadline()
        for user in users:
            if user.active and self.company_id in user.company_ids:
                self.activity_schedule(
                    ACTIVITY, date_deadline=deadline, summary=summary, user_id=user.id
                )

    @remote.many
    def action_submit(self):
        self._require(OFFICER, COORDINATOR)
        for variant in self:
            if variant.unplaced_count and not self.env.user.has_group(OFFICER):
                raise UserError(
                    self.env._(
                        "%(name)s has %(count)s events without a place. Only a "
                        "timetable officer may submit it so.",
                        name=variant.display_name,
                        count=variant.unplaced_count,
                    )
                )
        self._move(
            "submitted",
            submitted_by_id=self.env.uid,
            department_ok_ids=[Command.clear()],
        )
        departments, registrar = self._approval_steps()
        if not registrar:
            # Where the settings ask nobody, who submits it approves it; one that
            # breaks rules waits for an approver all the same.
            self.filtered(
                lambda variant: (
                    not (
                        (departments and variant._departments_asked())
                        or variant._broken_rules()
                    )
                )
            )._move("approved", approved_by_id=self.env.uid)
        return True

    @remote.many
    def action_department_approve(self):
        """Agree for one's departments; the last one takes it to the next step."""
        self._require(COORDINATOR, APPROVER)
        departments, registrar = self._approval_steps()
        if not departments:
            raise UserError(
                self.env._("Departments are not asked here: see the settings.")
            )
        self._check_transition("department_approved")
        self._check_coordinates()
        for variant in self:
            variant._agree(registrar)
        return True

    def _agree(self, registrar):
        self.ensure_one()
        mine = self._own_departments()
        if self.env.user.has_group(APPROVER):
            mine = self._departments_asked()
        variant = self.sudo()._guarded()
        variant.write({"department_ok_ids": [Command.link(row.id) for row in mine]})
        who = {"department_approved_by_id": self.env.uid}
        if not self._departments_waiting():
            if registrar or self._broken_rules():
                self._move("department_approved", **who)
            else:
                self._move("approved", **who)
            return
        told = self.env._("Agreed for %s.", ", ".join(mine.mapped("display_name")))
        # Done, not deleted; and only what asked for this.
        asked = variant.activity_search([ACTIVITY], user_id=self.env.uid)
        if asked:
            asked.action_feedback(feedback=told)
        else:
            self.message_post(body=told)

    @remote.many
    def action_approve(self, reason=None):
        """Approve it.

        :param str reason: why, where it breaks hard rules
        """
        self._require(APPROVER)
        self._check_transition("approved")
        departments, _registrar = self._approval_steps()
        if departments and any(
            variant.state == "submitted" and variant._departments_waiting()
            for variant in self
        ):
            raise UserError(
                self.env._("The department has to approve this timetable first.")
            )
        reason = (reason or "").strip()
        broken = {variant: variant._broken_rules() for variant in self}
        if any(broken.values()) and not reason and self.env.context.get(ASK):
            note = self.env._(
                "%s hard rules are broken. Say why it is approved all the same.",
                sum(broken.values()),
            )
            return self._reason_form("approve", note=note)
        for variant, count in broken.items():
            why = variant._check_broken(count, reason)
            variant._move("approved", approved_by_id=self.env.uid, broken_reason=why)
        return True

    def _check_broken(self, count, reason):
        """Who may approve or put in force what breaks hard rules, and how: the one
        place that decides, whichever way it came.

        :param int count: rules that it breaks now
        :return: the reason to keep; ``False`` where nothing is broken
        :raises UserError: for whoever is no approver, and without a reason
        """
        self.ensure_one()
        if not count:
            return False
        if not self.env.user.has_group(APPROVER):
            raise UserError(
                self.env._(
                    "%(name)s breaks %(count)s hard rules. Only an approver may "
                    "publish it so, with a reason. Look at its conflicts.",
                    name=self.display_name,
                    count=count,
                )
            )
        if not reason:
            raise UserError(
                self.env._(
                    "%(name)s breaks %(count)s hard rules: say why it is taken "
                    "all the same. The reason stays in its history.",
                    name=self.display_name,
                    count=count,
                )
            )
        return reason

    def _broken_rules(self):
        """How many hard rules it breaks now, but for events without a place."""
        self.ensure_one()
        findings = self._audit_findings()
        self._keep_conflict_count(len(findings), self.board_revision)
        return sum(row.broken.rule != "unplaced" for row in findings)

    def _reason_form(self, step, **values):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_reason_wizard_action"
        )
        values |= {"variant_ids": self.ids, "step": step}
        action["context"] = {f"default_{name}": value for name, value in values.items()}
        return action

    @remote.many
    def action_reject(self, reason=None):
        """Send it back. The reason is for the officer.

        :param str reason: what has to change; without it a wizard asks for it
        """
        self._require(COORDINATOR, APPROVER)
        self._check_coordinates()
        reason = (reason or "").strip()
        if not reason:
            if self.env.context.get(ASK):
                return self._reason_form("reject")
            raise UserError(self.env._("Say why, so that the next one is better."))
        return self._move("rejected", rejection_reason=reason)

    @remote.many
    def action_back_to_draft(self):
        """Work on it again; what was submitted is taken back, and nobody is asked."""
        self._require(OFFICER)
        return self._move(
            "draft",
            rejection_reason=False,
            broken_reason=False,
            department_ok_ids=[Command.clear()],
        )

    @remote.many
    def action_archive(self):
        """Keep it as history. (Also what the list's *Archive* does.)"""
        self._require(OFFICER)
        return self._move("archived")

    @remote.one
    def move_to(self, state):
        """Take the step that dragging a card to a column means.

        The steps' own rules hold: who may, and from where. Steps that need a reason, or
        change what people see, ask by their form.

        :return: ``True``, or the action that asks
        """
        self.check_access("read")
        variant = self.with_context(**{ASK: True})
        steps = {
            "draft": variant.action_back_to_draft,
            "submitted": variant.action_submit,
            "department_approved": variant.action_department_approve,
            "approved": variant.action_approve,
            "published": variant.action_ask_publish,
            "rejected": variant.action_reject,
            "archived": variant.action_archive,
        }
        if state not in steps:
            raise UserError(self.env._("There is no such step."))
        self._check_transition(state)
        if (self.state, state) == ("published", "archived"):
            raise UserError(
                self.env._(
                    "%s is in force. Publish another one: this one becomes history "
                    "then.",
                    self.display_name,
                )
            )
        return steps[state]()
