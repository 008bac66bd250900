from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TimetableCourse(models.Model):
    _inherit = "timetable.course"

    about = fields.Text(
        "What it is about", translate=True, help="Students read it while they choose."
    )
    syllabus_url = fields.Char("Syllabus", help="Address of a page or a file.")
    programme_ids = fields.Many2many(
        "timetable.programme",
        "timetable_course_programme_rel",
        "course_id",
        "programme_id",
        "Only for programmes",
        check_company=True,
        help="Whose students may choose it. Empty: everybody.",
    )
    rule_ids = fields.One2many("timetable.course.rule", "course_id", "Rules of choice")


class TimetableCourseRule(models.Model):
    """What a course asks of who chooses it."""

    _name = "timetable.course.rule"
    _description = "Rule of a course"
    _order = "course_id, kind, id"

    course_id = fields.Many2one(
        "timetable.course", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("needs", "One of these has to be passed before"),
            ("excludes", "Not together with these, nor after them"),
        ],
        "Rule",
        required=True,
        default="needs",
    )
    other_ids = fields.Many2many(
        "timetable.course",
        "timetable_course_rule_course_rel",
        "rule_id",
        "course_id",
        "Courses",
    )
    company_id = fields.Many2one(related="course_id.company_id", store=True)
    department_id = fields.Many2one(related="course_id.department_id")

    @api.constrains("other_ids", "course_id")
    def _check_others(self):
        for rule in self.sudo():
            if not rule.other_ids:
                raise ValidationError(
                    self.env._("Say which courses the rule is about.")
                )
            if rule.course_id in rule.other_ids:
                raise ValidationError(
                    self.env._("A course cannot have a rule about itself.")
                )
            if rule.other_ids.company_id - rule.company_id:
                raise ValidationError(
                    self.env._("These courses are of another university.")
                )

    @api.depends("kind", "other_ids")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for rule in self:
            names = ", ".join(rule.other_ids.mapped("display_name"))
            rule.display_name = f"{labels.get(rule.kind, '')}: {names}"


class TimetableStudent(models.Model):
    _inherit = "timetable.student"

    year = fields.Integer("Year of study", help="1 for freshers. 0: not known.")
    merit = fields.Float(
        digits=(8, 3),
        groups="timetable_nep.group_timetable_officer",
        help="Marks or grade points. The higher goes first where a window gives seats "
        "by merit.",
    )

    _check_year = models.Constraint(
        "CHECK (year BETWEEN 0 AND 12)", "The year of study is between 0 and 12."
    )


class TimetableEnrolment(models.Model):
    _inherit = "timetable.enrolment"

    outcome = fields.Selection(
        [("passed", "Passed"), ("failed", "Not passed")],
        index="btree_not_null",
        help="Of a term that is over. Empty counts as passed once the term has ended.",
    )
    window_id = fields.Many2one(
        "timetable.choice.window",
        "By choice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The choice window through which the student has it.",
    )

    @api.model
    def _history(self, students, term):
        """Courses passed and not passed in other terms that are over.

        :return: student id → (courses passed, courses failed)
        """
        rows = self.sudo()._read_group(
            [
                ("student_id", "in", students.ids),
                ("term_id", "!=", term.id),
                "|",
                ("outcome", "!=", False),
                ("term_id.date_end", "<", term._local_today()),
            ],
            ["student_id", "offering_id", "outcome"],
        )
        self.env["timetable.offering"].browse(
            {offering.id for _student, offering, _outcome in rows}
        ).sudo().fetch(["course_id"])
        history = {student: (set(), set()) for student in students.ids}
        for student, offering, outcome in rows:
            failed = outcome == "failed"
            history[student.id][failed].add(offering.sudo().course_id.id)
        for passed, failed in history.values():
            failed -= passed
        return history


class TimetableSeatReservation(models.Model):
    """Seats of an offering that only some students may take."""

    _name = "timetable.seat.reservation"
    _description = "Reserved seats"
    _order = "offering_id, id"

    offering_id = fields.Many2one(
        "timetable.offering", required=True, index=True, ondelete="cascade"
    )
    programme_ids = fields.Many2many(
        "timetable.programme",
        "timetable_seat_reservation_programme_rel",
        "reservation_id",
        "programme_id",
        "Programmes",
        help="Empty: all.",
    )
    year = fields.Integer("Year of study", help="0: any.")
    repeaters = fields.Boolean(
        "Repeaters only", help="Students who did not pass the course before."
    )
    seats = fields.Integer()
    percent = fields.Float(
        "Per cent", digits=(5, 2), help="Of all seats, where no number is given."
    )
    until = fields.Date(help="The last day; afterwards everybody may take them.")
    company_id = fields.Many2one(related="offering_id.company_id", store=True)
    department_id = fields.Many2one(related="offering_id.department_id")

    _check_amount = models.Constraint(
        "CHECK (seats >= 0 AND percent BETWEEN 0 AND 100)",
        "A reservation has a number of seats, or between 0 and 100 per cent.",
    )

    def _matches(self, person, course):
        """Whether a student, as the rules see them, is meant."""
        self.ensure_one()
        return (
            (not self.programme_ids or person.programme in self.programme_ids.ids)
            and (not self.year or person.year == self.year)
            and (not self.repeaters or course.id in person.failed)
        )
