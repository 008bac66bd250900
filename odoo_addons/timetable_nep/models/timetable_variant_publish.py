import base64
import binascii
import gzip
import json

from odoo import fields, models
from odoo.exceptions import LockError, UserError

from .timetable_variant import APPROVER, OFFICER

BATCH = 5_000


class TimetableVariant(models.Model):
    """Publishing: one timetable of a term is in force."""

    _inherit = "timetable.variant"

    def action_publish(self):
        """Put it in force, in one transaction: the one before becomes history and
        each student gets the classes of this one."""
        self.ensure_one()
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
        previous = self.sudo().search(
            [
                ("term_id", "=", self.term_id.id),
                ("state", "=", "published"),
                ("id", "!=", self.id),
            ]
        )
        previous._guarded().write({"state": "archived"})
        previous.flush_recordset(["state"])
        self._move(
            "published",
            published_by_id=self.env.uid,
            published_at=fields.Datetime.now(),
        )
        self.sudo()._apply_sectioning()
        return True

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
        pairs = [
            (student, section)
            for student, sections in sectioning.items()
            for section in sections
        ]
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
        Enrolment.invalidate_model(["class_id"])
        self.env["timetable.class"].invalidate_model(["enrolment_ids", "student_count"])
