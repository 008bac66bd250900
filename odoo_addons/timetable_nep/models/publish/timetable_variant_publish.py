import base64
import binascii
import gzip
import json

from odoo import fields, models
from odoo.exceptions import LockError, UserError

from ...const import APPROVER, OFFICER
from ...tools import remote

BATCH = 5_000


class TimetableTerm(models.Model):
    _inherit = "timetable.term"

    def _take_back_what_clashes(self, first=None):
        """Changes for a date that are in the way of a new plan do not hold any more.

        Those concerned are told, as of any change that is undone.
        """
        self.ensure_one()
        changed = self.env["timetable.meeting"].sudo()
        changed = changed.search(
            [
                ("term_id", "=", self.id),
                ("change_id", "!=", False),
                ("date", ">=", max(filter(None, [first, self._local_today()]))),
                ("status", "!=", "cancelled"),
            ],
            order="change_id desc",
        )
        for meeting in changed:
            while meeting.exists() and meeting.change_id and meeting._is_in_the_way():
                meeting.change_id._take_back(ask=False)


class TimetableVariant(models.Model):
    """Publishing: one timetable of a term is in force."""

    _inherit = "timetable.variant"

    previous_publication_id = fields.Many2one(
        "timetable.variant",
        "In force before",
        compute="_compute_previous_publication",
    )

    broken_when_published = fields.Integer(
        "Rules broken when published",
        readonly=True,
        copy=False,
        aggregator=None,
        help="It was put in force by an approver although it broke so many hard rules.",
    )

    broken_reason = fields.Text(
        "Why it was taken with broken rules", readonly=True, copy=False, tracking=True
    )

    @remote.one
    def action_publish(self, date_from=None, reason=None):
        """Put it in force, in one transaction: the one before becomes history and
        each student gets the classes of this one.

        :param date_from: a day of the first week that it holds for; the weeks before
            keep the plan in force now. Without it, it holds for every week
        :param str reason: why; needed where hard rules are broken
        """
        self._require(APPROVER, OFFICER)
        if self.state == "archived" and not self.published_at:
            raise UserError(
                self.env._(
                    "%s was never in force: set it back to draft and let it be "
                    "approved.",
                    self.display_name,
                )
            )
        try:
            self.term_id.sudo().lock_for_update()
        except LockError:
            raise UserError(
                self.env._(
                    "Somebody is publishing a timetable of %s at this moment. "
                    "Look again in a minute.",
                    self.term_id.name,
                )
            ) from None
        self._check_transition("published")
        broken = self._broken_rules()
        why = self._check_broken(broken, (reason or "").strip())
        previous = self.sudo().search(
            [
                ("term_id", "=", self.term_id.id),
                ("state", "=", "published"),
                ("id", "!=", self.id),
            ]
        )
        first_day = self.term_id._first_day(date_from)
        self._follow(previous, first_day)
        previous._guarded().write({"state": "archived"})
        previous.flush_recordset(["state"])
        self._move(
            "published",
            published_by_id=self.env.uid,
            published_at=fields.Datetime.now(),
            broken_when_published=broken,
            broken_reason=why,
        )
        self.sudo()._apply_sectioning()
        Meeting = self.env["timetable.meeting"].sudo()
        Meeting._lay_out_publication(self.term_id.sudo(), first_day)
        self.term_id.sudo()._queue_publication_notice(first_day)
        return True

    @remote.many
    def action_archive(self):
        """What was in force leaves no meetings but those of days gone by."""
        terms = self.filtered(lambda row: row.state == "published").sudo().term_id
        result = super().action_archive()
        for term in terms:
            self.env["timetable.meeting"].sudo()._lay_out(term, term._local_today())
        return result

    # ---- Roll back
    def _compute_previous_publication(self):
        """The timetable that was in force before: history with the latest date."""
        terms = self.filtered(lambda row: row.state == "published").term_id
        history = self.search(
            [
                ("term_id", "in", terms.ids),
                ("state", "=", "archived"),
                ("published_at", "!=", False),
            ],
            order="published_at desc, id desc",
        )
        latest = {}
        for variant in history:
            latest.setdefault(variant.term_id, variant)
        for variant in self:
            in_force = variant.state == "published"
            variant.previous_publication_id = in_force and latest.get(variant.term_id)

    @remote.one
    def action_ask_publish(self):
        """Say what publishing changes, and ask."""
        self._require(APPROVER, OFFICER)
        self._check_transition("published")
        return self._publish_form(self)

    @remote.one
    def action_roll_back(self):
        """Ask whether what was in force before should be in force again."""
        self._require(APPROVER, OFFICER)
        previous = self.previous_publication_id
        if not previous:
            raise UserError(
                self.env._(
                    "Nothing was in force before %s: there is nothing to go back to.",
                    self.display_name,
                )
            )
        return self._publish_form(previous)

    def _publish_form(self, variant):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_publish_wizard_action"
        )
        action["context"] = {"default_variant_id": variant.id}
        if variant.state == "archived":
            action["name"] = self.env._("Put back in force")
        return action

    def _read_sectioning(self):
        """``{student id: [class ids]}`` of this timetable."""
        self.ensure_one()
        packed = self.sudo().with_context(bin_size=False).sectioning
        if not packed:
            return {}
        try:
            text = gzip.decompress(base64.b64decode(packed))
        except (OSError, EOFError, binascii.Error) as error:
            raise UserError(
                self.env._(
                    "The classes of the students in %s cannot be read.", self.name
                )
            ) from error
        return {int(key): value for key, value in json.loads(text).items()}

    def _classes_of_students(self):
        """Student → classes, by this timetable, else as enrolled."""
        self.ensure_one()
        sectioning = self._read_sectioning()
        if sectioning:
            return {key: frozenset(value) for key, value in sectioning.items()}
        return self._group_pairs(
            (student, section)
            for section, students in self._students_by_enrolment().items()
            for student in students
        )

    def _pack_sectioning(self, sectioning):
        """The reverse of :meth:`_read_sectioning`, for the field."""
        text = json.dumps(sectioning, separators=(",", ":")).encode()
        return base64.b64encode(gzip.compress(text, 6, mtime=0))

    def _apply_sectioning(self):
        """Write each student's classes to the enrolments, in bulk."""
        self.ensure_one()
        sectioning = self._read_sectioning()
        if not sectioning:
            return
        Enrolment = self.env["timetable.enrolment"]
        Enrolment.flush_model()
        self.env["timetable.class"].flush_model(["offering_id"])
        of_component = self._classes_of_components()
        pairs, further = [], []
        for student, sections in sectioning.items():
            for section in sections:
                chosen = further if section in of_component else pairs
                chosen.append((student, section))
        for start in range(0, len(pairs), BATCH):
            # 105,000 rows: one statement a batch in place of one a row. A class of
            # another offering or term cannot match.
            self.env.cr.execute_values(
                """
                UPDATE timetable_enrolment e
                   SET class_id = c.id
                  FROM (VALUES %s) AS pair (student_id, class_id)
                  JOIN timetable_class c ON c.id = pair.class_id
                 WHERE e.student_id = pair.student_id
                   AND e.offering_id = c.offering_id
                   AND e.fixed IS NOT TRUE
                   AND e.class_id IS DISTINCT FROM c.id
                """,
                pairs[start : start + BATCH],
                page_size=BATCH,
            )
        self._apply_components(further)
        Enrolment.invalidate_model(["class_id", "class_ids", "further_ids"])
        self.env["timetable.class"].invalidate_model(["enrolment_ids", "student_count"])
