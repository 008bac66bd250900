from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import remote

FAULTS_SHOWN = 20


class TimetableEnrolWizard(models.TransientModel):
    """Many students enrolled at once: a programme, a batch, or a pasted list."""

    _name = "timetable.enrol.wizard"
    _description = "Enrol students"

    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        default=lambda self: self.env["timetable.term"]._default_term(),
    )
    company_id = fields.Many2one(related="term_id.company_id")
    offering_ids = fields.Many2many(
        "timetable.offering",
        string="Offerings",
        compute="_compute_offerings",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('term_id', '=', term_id)]",
        help="All students chosen below are enrolled in all of these.",
    )
    batch_id = fields.Many2one(
        "timetable.batch",
        domain="[('term_id', '=', term_id)]",
        help="Its students are those of its programme; its classes give the offerings.",
    )
    programme_id = fields.Many2one(
        "timetable.programme",
        compute="_compute_programme",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    student_ids = fields.Many2many(
        "timetable.student",
        string="Students",
        compute="_compute_students",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    pasted = fields.Text(
        "Pasted list",
        help="One student a line: the enrolment number, and after it, in further "
        "columns, codes of courses. Without codes the offerings above are meant.",
    )
    keep_right_rows = fields.Boolean(
        "Enrol the right rows although others are wrong",
        help="Otherwise nothing is written while a row is wrong.",
    )

    @api.depends("term_id", "batch_id")
    def _compute_offerings(self):
        for wizard in self:
            offerings = wizard.offering_ids
            if self.env.context.get("active_model") == "timetable.offering":
                marked = offerings.browse(self.env.context.get("active_ids", []))
                offerings |= marked
            offerings |= wizard.batch_id.class_ids.offering_id
            wizard.offering_ids = offerings.filtered(
                lambda one, term=wizard.term_id: one.term_id == term
            )

    @api.depends("batch_id")
    def _compute_programme(self):
        for wizard in self:
            wizard.programme_id = (
                wizard.batch_id.programme_id or wizard.programme_id or False
            )

    @api.depends("programme_id")
    def _compute_students(self):
        """Those of the programme, or those marked in the list of students."""
        for wizard in self:
            students = wizard.student_ids
            if self.env.context.get("active_model") == "timetable.student":
                students |= students.browse(self.env.context.get("active_ids", []))
            if wizard.programme_id:
                students = students.search(
                    [("programme_id", "=", wizard.programme_id.id)]
                )
            wizard.student_ids = students

    @api.model
    def default_get(self, names):
        """Offerings marked in the list tell the term."""
        values = super().default_get(names)
        if self.env.context.get("active_model") == "timetable.offering":
            marked = self.env["timetable.offering"].browse(
                self.env.context.get("active_ids", [])
            )
            if len(marked.term_id) > 1:
                raise UserError(
                    self.env._("Mark offerings of one term: these are of several.")
                )
            values["term_id"] = marked.term_id.id
        return values

    # ---- The pasted list
    def _pasted_choices(self):
        """``(student, offering)`` pairs of the pasted list, and what is wrong in it.

        :return: list of pairs, list of sentences that name the line
        """
        rows = [
            (number, [cell.strip() for cell in line.replace(";", "\t").split("\t")])
            for number, line in enumerate((self.pasted or "").splitlines(), 1)
            if line.strip()
        ]
        if rows and all("\t" not in line for line in (self.pasted or "").splitlines()):
            # A list from a text file has commas or gaps between its columns.
            rows = [
                (number, " ".join(cells).replace(",", " ").split())
                for number, cells in rows
            ]
        companies = Domain("company_id", "=", self.term_id.company_id.id)
        students = self.env["timetable.student"].search(
            companies & Domain("code", "in", [cells[0] for _n, cells in rows])
        )
        by_code = students.grouped("code")
        offered = self.env["timetable.offering"].search(
            [("term_id", "=", self.term_id.id)]
        )
        by_course = {
            code.casefold(): offering
            for offering in offered
            for code in (offering.code, offering.course_id.code)
            if code
        }
        pairs, faults = [], []
        for number, (code, *courses) in rows:
            found = by_code.get(code)
            if not found or len(found) > 1:
                faults.append(
                    self.env._(
                        "Line %(line)s: %(count)s students have the enrolment number "
                        "%(code)s. Correct it here, or on the student.",
                        line=number,
                        count=len(found or ()),
                        code=code,
                    )
                )
                continue
            wanted = self.offering_ids
            for course in filter(None, courses):
                offering = by_course.get(course.casefold())
                if offering:
                    pairs.append((found, offering))
                else:
                    faults.append(
                        self.env._(
                            "Line %(line)s: %(term)s does not offer a course with the "
                            "code %(code)s. Correct the code, or offer the course.",
                            line=number,
                            term=self.term_id.name,
                            code=course,
                        )
                    )
            if not any(courses):
                if not wanted:
                    faults.append(
                        self.env._(
                            "Line %s has no code of a course, and no offering is "
                            "chosen above.",
                            number,
                        )
                    )
                pairs += [(found, offering) for offering in wanted]
        return pairs, faults

    # ---- Action
    @remote.one
    def action_enrol(self):
        """Enrol whoever is not enrolled yet; say how many were.

        :raises UserError: with the lines that are wrong; nothing is written then
        """
        pairs, faults = self._pasted_choices()
        if faults and not self.keep_right_rows:
            more = len(faults) - FAULTS_SHOWN
            lines = faults[:FAULTS_SHOWN]
            if more > 0:
                lines.append(self.env._("… and %s lines more.", more))
            raise UserError(
                self.env._("Nobody was enrolled:") + "\n• " + "\n• ".join(lines)
            )
        pairs += [
            (student, offering)
            for student in self.student_ids
            for offering in self.offering_ids
        ]
        if not pairs and not faults:
            raise UserError(
                self.env._(
                    "Choose offerings, and who is enrolled: a programme, a batch, "
                    "single students, or a pasted list."
                )
            )
        Enrolment = self.env["timetable.enrolment"]
        known = {
            (student.id, offering.id)
            for student, offering in Enrolment.sudo()._read_group(
                [("term_id", "=", self.term_id.id)], ["student_id", "offering_id"]
            )
        }
        wanted = dict.fromkeys((student.id, offering.id) for student, offering in pairs)
        new = [pair for pair in wanted if pair not in known]
        Enrolment.create(
            [
                {"student_id": student, "offering_id": offering}
                for student, offering in new
            ]
        )
        message = self.env._(
            "New enrolments: %(new)s. Enrolled before: %(old)s.",
            new=len(new),
            old=len(wanted) - len(new),
        )
        if faults:
            message += " " + self.env._("Left out: %s", " ".join(faults[:FAULTS_SHOWN]))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "warning" if faults else "success",
                "sticky": bool(faults),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
