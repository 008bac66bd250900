from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools import remote
from ...tools.choice_rules import wrong_wishes

REASONS = [
    ("full", "Full"),
    ("apart", "Does not go together"),
    ("not_held", "Not held"),
]


class TimetableChoice(models.Model):
    """What one student chose in one window."""

    _name = "timetable.choice"
    _description = "Choice of a student"
    _order = "window_id, id"

    window_id = fields.Many2one(
        "timetable.choice.window", required=True, index=True, ondelete="cascade"
    )
    student_id = fields.Many2one(
        "timetable.student", required=True, index=True, ondelete="cascade"
    )
    programme_id = fields.Many2one(
        related="student_id.programme_id", store=True, precompute=True
    )
    company_id = fields.Many2one(related="window_id.company_id", store=True)
    wish_ids = fields.One2many("timetable.wish", "choice_id", "Wishes")
    first_saved_at = fields.Datetime("First saved", readonly=True)
    saved_at = fields.Datetime("Last saved", readonly=True)
    receipt = fields.Char(readonly=True)
    lot = fields.Integer("Lottery number", readonly=True)
    place = fields.Integer("Place in the order", readonly=True)

    _unique_student = models.UniqueIndex(
        "(window_id, student_id)", "This student has a choice in that window already."
    )

    @api.depends("student_id", "window_id")
    def _compute_display_name(self):
        for choice in self:
            choice.display_name = (
                f"{choice.window_id.name}: {choice.student_id.display_name}"
            )

    @api.model
    def _of(self, window, students):
        """The choices of these students in a window, made where there are none.

        :return: student id → choice
        """
        rows = self.sudo().search_fetch(
            [("window_id", "=", window.id), ("student_id", "in", students.ids)],
            ["student_id"],
        )
        found = {row.student_id.id: row for row in rows}
        made = self.sudo().create(
            [
                {"window_id": window.id, "student_id": number}
                for number in students.ids
                if number not in found
            ]
        )
        return found | {row.student_id.id: row for row in made}

    def _stamp(self):
        """Saved now: times, and a receipt by which the wishes can be told again."""
        now = fields.Datetime.now()
        for choice in self:
            text = ";".join(
                f"{row.basket_id.id}:{row.rank}:{row.offering_id.id}"
                for row in choice.wish_ids.sorted(lambda r: (r.basket_id.id, r.rank))
            )
            digest = sha256(f"{choice.id}|{now}|{text}".encode()).hexdigest()
            choice.write(
                {
                    "first_saved_at": choice.first_saved_at or now,
                    "saved_at": now,
                    "receipt": f"{choice.id}-{digest[:8].upper()}",
                }
            )


class TimetableWish(models.Model):
    """One wish: a student, a basket, a course, a rank; and what became of it."""

    _name = "timetable.wish"
    _description = "Wish"
    _inherit = ["timetable.import.template.mixin"]
    _order = "window_id, student_id, basket_id, rank, id"
    _import_template = "wishes"

    choice_id = fields.Many2one(
        "timetable.choice", required=True, index=True, ondelete="cascade", readonly=True
    )
    window_id = fields.Many2one(
        "timetable.choice.window",
        "Choice window",
        required=True,
        index=True,
        ondelete="cascade",
    )
    student_id = fields.Many2one(
        "timetable.student", required=True, index=True, ondelete="cascade"
    )
    programme_id = fields.Many2one(
        related="student_id.programme_id", store=True, precompute=True
    )
    company_id = fields.Many2one(
        related="window_id.company_id", store=True, precompute=True
    )
    basket_id = fields.Many2one(
        "timetable.basket", required=True, index=True, ondelete="cascade"
    )
    offering_id = fields.Many2one(
        "timetable.offering", required=True, index=True, ondelete="cascade"
    )
    rank = fields.Integer("Wish no.", required=True, default=1, aggregator=None)
    state = fields.Selection(
        [("wished", "Wished"), ("given", "Given"), ("refused", "Not given")],
        "Outcome",
        required=True,
        default="wished",
        readonly=True,
        index=True,
    )
    reason = fields.Selection(REASONS, readonly=True)
    other_id = fields.Many2one(
        "timetable.offering", "Does not go with", readonly=True, ondelete="set null"
    )
    explanation = fields.Char(compute="_compute_explanation")

    _unique_offering = models.UniqueIndex(
        "(choice_id, basket_id, offering_id)", "This course is ranked already."
    )
    _check_rank = models.Constraint(
        "CHECK (rank BETWEEN 1 AND 40)", "Ranks are between 1 and 40."
    )

    @api.depends("student_id", "offering_id", "rank")
    def _compute_display_name(self):
        for wish in self:
            wish.display_name = (
                f"{wish.student_id.display_name}: {wish.rank}. "
                f"{wish.offering_id.display_name}"
            )

    @api.depends("state", "reason", "other_id", "choice_id.lot")
    def _compute_explanation(self):
        for wish in self:
            wish.explanation = wish._explain()

    def _explain(self):
        """One sentence: given, or why not."""
        self.ensure_one()
        if self.state == "given":
            return self.env._("Given: your wish no. %s.", self.rank)
        if self.state == "wished":
            return False
        if self.reason == "not_held":
            return self.env._("Not held: too few chose it.")
        if self.reason == "apart":
            return self.env._(
                "Does not go together with %s, which you have.",
                self.other_id.sudo().display_name,
            )
        if self.reason == "full":
            window = self.window_id.sudo()
            choice = self.choice_id.sudo()
            if window.method == "serial":
                return self.env._(
                    "Full: the seats went to those before you; your place in the order "
                    "is %s.",
                    choice.place,
                )
            return self.env._(
                "Full: giving you a seat would have left somebody else lower, or one "
                "who comes before you (your lottery number is %s).",
                choice.lot,
            )
        return self.env._("Not needed: you have a wish that you ranked higher.")

    @api.model_create_multi
    def create(self, vals_list):
        """A file has window and student; the choice that holds them is made."""
        self.check_access("create")
        Choice = self.env["timetable.choice"]
        rows = [dict(vals) for vals in vals_list]
        wanted = {}
        for row in rows:
            if not row.get("choice_id") and row.get("window_id"):
                wanted.setdefault(row["window_id"], set()).add(row.get("student_id"))
        for number, students in wanted.items():
            window = self.env["timetable.choice.window"].browse(number)
            found = Choice._of(
                window, self.env["timetable.student"].browse(students - {None, False})
            )
            for row in rows:
                if not row.get("choice_id") and row.get("window_id") == number:
                    choice = found.get(row.get("student_id"))
                    row["choice_id"] = choice.id if choice else False
        wishes = super().create(rows)
        if not self.env.context.get("timetable_wishes_checked"):
            wishes.choice_id._check_and_stamp()
        return wishes

    def write(self, vals):
        done = super().write(vals)
        if {"offering_id", "basket_id", "rank"} & vals.keys():
            self.choice_id._check_and_stamp()
        return done


class TimetableChoiceSaving(models.Model):
    """Saving wishes: one way for the portal, for files and for the office."""

    _inherit = "timetable.choice"

    def _wishes(self):
        """``{choice id: {basket id: [offering ids by rank]}}``"""
        rows = (
            self.env["timetable.wish"]
            .sudo()
            .search_fetch(
                [("choice_id", "in", self.ids)],
                ["choice_id", "basket_id", "offering_id", "rank"],
                order="choice_id, basket_id, rank, id",
            )
        )
        wishes = {choice: {} for choice in self.ids}
        for row in rows:
            baskets = wishes[row.choice_id.id]
            baskets.setdefault(row.basket_id.id, []).append(row.offering_id.id)
        return wishes

    def _check_and_stamp(self):
        """Whatever the office or a file wrote has to keep the rules as well.

        :raises ValidationError: naming the first student and every rule that is broken
        """
        for window, choices in self.sudo().grouped("window_id").items():
            wishes = choices._wishes()
            by_student = {choice.student_id.id: wishes[choice.id] for choice in choices}
            refused = window._refusals(choices.student_id, by_student)
            for student, refusals in refused.items():
                if refusals:
                    raise ValidationError(
                        self.env._(
                            "%(student)s: %(reasons)s",
                            student=choices.student_id.browse(student).display_name,
                            reasons=" ".join(window._words(refusals)),
                        )
                    )
            choices._stamp()


class TimetableChoiceWindow(models.Model):
    _inherit = "timetable.choice.window"

    def _refusals(self, students, wishes):
        """What keeps each student's wishes from being saved.

        :param wishes: student id → basket id → offering ids by rank
        :return: student id → refusals
        """
        self.ensure_one()
        people, held = self._people(students, without=self)
        baskets = self._baskets()
        chosen = self.env["timetable.offering"].browse(
            {o for rows in wishes.values() for ids in rows.values() for o in ids}
        )
        offers = held | (baskets.offering_ids | chosen.exists())._offers()
        limits = self._limits()
        by_programme = {}
        refused = {}
        for student in students.sudo():
            programme = student.programme_id
            if programme not in by_programme:
                by_programme[programme] = self._rule_baskets(self._baskets(programme))
            refused[student.id] = wrong_wishes(
                by_programme[programme],
                wishes.get(student.id, {}),
                offers,
                people[student.id],
                limits,
            )
        return refused

    def _own_student(self):
        """The student record of whoever is logged in, if the window is for them.

        :raises AccessError: for everybody else
        """
        self.ensure_one()
        student = (
            self.env["timetable.student"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.env.user.partner_id.id),
                    ("company_id", "=", self.sudo().company_id.id),
                ],
                limit=1,
            )
        )
        if not student or not self._applies_to(student):
            raise AccessError(self.env._("This choice is not for you."))
        return student

    def _check_open(self):
        """:raises UserError: unless students may choose now"""
        self.ensure_one()
        window = self.sudo()
        if window.state != "open" or window.phase == "later":
            raise UserError(
                self.env._("“%s” is not open yet: nothing was saved.", window.name)
            )
        if window.phase == "over":
            raise UserError(
                self.env._(
                    "“%s” is over: nothing was saved. Ask the timetable office.",
                    window.name,
                )
            )

    @remote.many
    def save_my_wishes(self, wishes):
        """Keep the ranked wishes of whoever is logged in.

        :param dict wishes: basket id → offering ids, the most wanted first
        :return dict: receipt and time
        :raises UserError: with every rule that is broken, in words
        """
        student = self._own_student()
        window = self.sudo()
        window._check_open()
        if window.kind != "wishes":
            raise UserError(self.env._("Here courses are added and dropped at once."))
        wishes = window._clean(wishes)
        refusals = window._refusals(student, {student.id: wishes})[student.id]
        if refusals:
            raise UserError(" ".join(self._words(refusals)))
        choice = self.env["timetable.choice"]._of(window, student)[student.id]
        choice.wish_ids.unlink()
        self.env["timetable.wish"].sudo().with_context(
            timetable_wishes_checked=True
        ).create(
            [
                {
                    "choice_id": choice.id,
                    "window_id": window.id,
                    "student_id": student.id,
                    "basket_id": basket,
                    "offering_id": offering,
                    "rank": rank,
                }
                for basket, offerings in wishes.items()
                for rank, offering in enumerate(offerings, 1)
            ]
        )
        choice.invalidate_recordset(["wish_ids"])
        choice._stamp()
        return {"receipt": choice.receipt, "saved_at": str(choice.saved_at)}

    @remote.many
    def check_my_wishes(self, wishes):
        """What would keep these wishes from being saved, and what clashed before.

        :return dict: sentences ``refused`` and ``notes``
        """
        student = self._own_student()
        window = self.sudo()
        wishes = window._clean(wishes)
        refusals = window._refusals(student, {student.id: wishes})[student.id]
        firsts = [rows[0] for rows in wishes.values() if rows]
        return {
            "refused": self._words(refusals),
            "notes": window._notes_of(student, firsts),
        }

    @api.model
    def _clean(self, wishes):
        """Wishes as they came in, as numbers.

        :raises UserError: when they are anything else
        """
        try:
            return {
                int(basket): [int(offering) for offering in offerings]
                for basket, offerings in wishes.items()
            }
        except (AttributeError, TypeError, ValueError):
            raise UserError(
                self.env._("These wishes cannot be read. Load the page again.")
            ) from None

    def _notes_of(self, student, firsts):
        """Which of these, and of what the student takes, never went together."""
        self.ensure_one()
        Offering = self.env["timetable.offering"].sudo()
        held = (
            self.env["timetable.enrolment"]
            .sudo()
            .search(
                [
                    ("student_id", "=", student.id),
                    ("term_id", "=", self.term_id.id),
                    ("window_id", "!=", self.id),
                ]
            )
            .offering_id
        )
        rows = Offering.browse(firsts) | held
        apart = self.apart or {}
        last = {tuple(pair) for pair in apart.get("last", ())}
        never = {tuple(pair) for pair in apart.get("never", ())}
        now = {tuple(pair) for pair in apart.get("now", ())}
        notes = []
        for place, one in enumerate(rows):
            for other in rows[place + 1 :]:
                names = {"one": one.display_name, "other": other.display_name}
                courses = tuple(sorted((one.course_id.id, other.course_id.id)))
                if tuple(sorted((one.id, other.id))) in now:
                    notes.append(
                        self.env._(
                            "%(one)s and %(other)s clash in this term's timetable.",
                            **names,
                        )
                    )
                elif courses in never:
                    notes.append(
                        self.env._(
                            "%(one)s and %(other)s have never been possible together "
                            "so far.",
                            **names,
                        )
                    )
                elif courses in last:
                    notes.append(
                        self.env._(
                            "%(one)s and %(other)s clashed in the last timetable.",
                            **names,
                        )
                    )
        return notes
