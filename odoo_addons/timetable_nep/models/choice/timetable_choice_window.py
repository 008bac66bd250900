from hashlib import sha256
from secrets import token_hex

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...tools import remote
from ...tools.choice_rules import Basket, Limits, Person

TERMS_COMPARED = 4


class TimetableChoiceWindow(models.Model):
    """When which students choose, by which rules, and what became of it."""

    _name = "timetable.choice.window"
    _description = "Choice window"
    _inherit = ["mail.thread"]
    _order = "date_open desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["timetable.term"]._default_term(),
    )
    company_id = fields.Many2one(
        related="term_id.company_id", store=True, precompute=True, index=True
    )
    kind = fields.Selection(
        [
            ("wishes", "Ranked wishes, allotted after the end"),
            ("add_drop", "Add and drop, seats given at once"),
        ],
        "How",
        required=True,
        default="wishes",
    )
    date_open = fields.Datetime("From", required=True, tracking=True)
    date_close = fields.Datetime("Until", required=True, tracking=True)
    programme_ids = fields.Many2many(
        "timetable.programme",
        "timetable_choice_window_programme_rel",
        "window_id",
        "programme_id",
        "Programmes",
        check_company=True,
        help="Whose students choose. Empty: all.",
    )
    level = fields.Selection(
        selection=lambda self: (
            self.env["timetable.programme"]._fields["level"].selection
        ),
        help="Only students of programmes of this level.",
    )
    year = fields.Integer("Year of study", help="0: every year.")
    basket_ids = fields.Many2many(
        "timetable.basket",
        "timetable_choice_window_basket_rel",
        "window_id",
        "basket_id",
        "Baskets",
        domain="[('term_id', '=', term_id)]",
        help="Empty: all baskets of the term that apply to the student.",
    )
    state = fields.Selection(
        [
            ("draft", "Being prepared"),
            ("open", "Open by its dates"),
            ("allotted", "Allotted, not told"),
            ("done", "Told"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    phase = fields.Selection(
        string="Now",
        selection=[("later", "Opens later"), ("open", "Open now"), ("over", "Over")],
        compute="_compute_phase",
    )

    # ---- Rules
    ranks = fields.Integer(
        "Wishes asked", default=3, help="How many wishes a student ranks in a basket."
    )
    most_credits = fields.Float(
        "Most credits", digits=(6, 2), help="In the term. 0: no limit."
    )
    least_credits = fields.Float(
        "Least credits", digits=(6, 2), help="In the term. 0: no limit."
    )
    subject_once = fields.Boolean(
        "Each subject once",
        help="No two courses of the same department, those already taken included.",
    )
    keep_timetable = fields.Boolean(
        "Keep to the timetable in force",
        help="Nobody is given two courses that clash in the term's timetable in force. "
        "Without it, the timetable is made after the choice.",
    )
    keep_small = fields.Boolean(
        "Hold small groups", help="Also below the smallest group of an offering."
    )
    method = fields.Selection(
        [
            ("fairest", "Fairest: nobody lower than needed"),
            ("serial", "One after another, by priority"),
        ],
        "Seats are given",
        required=True,
        default="fairest",
    )
    priority = fields.Selection(
        [
            ("lottery", "Lottery"),
            ("merit", "Merit"),
            ("year", "Higher year first"),
            ("first", "First come, first served"),
        ],
        "Who goes first",
        required=True,
        default="lottery",
        help="Among equals, lots decide.",
    )
    tiers = fields.Selection(
        [
            ("none", "No priority classes"),
            ("year", "Higher years are served first"),
            ("repeaters", "Repeaters are served first"),
        ],
        "Priority classes",
        required=True,
        default="none",
    )
    seed = fields.Char(readonly=True, copy=False, groups="base.group_system")
    seed_shown = fields.Char(
        "Seed of the lottery",
        compute="_compute_seed_shown",
        help="Anybody can check the lots: the order of SHA-256 of “seed:enrolment "
        "number”.",
    )
    seed_digest = fields.Char(
        "Seal of the lottery",
        compute="_compute_seed_shown",
        help="SHA-256 of the seed, shown from the first day: the seed cannot be "
        "changed once wishes are known.",
    )
    apart = fields.Json("Pairs that clash", readonly=True, copy=False)
    """``{"last": [[course, course]], "never": …, "now": [[offering, offering]]}``"""

    # ---- What became of it
    profile = fields.Json("Ranks given", readonly=True, copy=False)
    proved = fields.Boolean("Nothing fairer is possible", readonly=True, copy=False)
    improvable = fields.Integer("Ways to better", readonly=True, copy=False)
    summary = fields.Html(compute="_compute_summary")
    student_count = fields.Integer("Students", compute="_compute_counts")
    chosen_count = fields.Integer("Have chosen", compute="_compute_counts")
    missing_count = fields.Integer("Have not chosen", compute="_compute_counts")
    reminded_at = fields.Datetime("Last reminder", readonly=True, copy=False)
    remind_days = fields.Integer(
        "Remind before the end",
        default=2,
        help="Days. Students who have not chosen are reminded once. 0: never.",
    )

    _check_dates = models.Constraint(
        "CHECK (date_open < date_close)", "A choice window closes after it opens."
    )
    _check_numbers = models.Constraint(
        "CHECK (ranks BETWEEN 1 AND 20 AND most_credits >= 0 AND least_credits >= 0 "
        "AND (most_credits = 0 OR most_credits >= least_credits) AND year >= 0 "
        "AND remind_days >= 0)",
        "Between 1 and 20 wishes are asked; credits are 0 or more, and the most is not "
        "below the least.",
    )

    @api.constrains("basket_ids", "term_id", "programme_ids")
    def _check_university(self):
        for window in self.sudo():
            if window.basket_ids.term_id - window.term_id:
                raise ValidationError(
                    self.env._("A basket of another term cannot be chosen from here.")
                )

    @api.depends("date_open", "date_close")
    def _compute_phase(self):
        now = fields.Datetime.now()
        for window in self:
            if not window.date_open or now < window.date_open:
                window.phase = "later"
            elif not window.date_close or now >= window.date_close:
                window.phase = "over"
            else:
                window.phase = "open"

    @api.depends("seed", "state")
    def _compute_seed_shown(self):
        for window in self:
            seed = window.sudo().seed
            told = window.state in ("allotted", "done")
            window.seed_shown = seed if seed and told else False
            window.seed_digest = sha256(seed.encode()).hexdigest() if seed else False

    @api.depends("programme_ids", "level", "year", "term_id", "state")
    def _compute_counts(self):
        chosen = dict(
            self.env["timetable.choice"]
            .sudo()
            ._read_group(
                [("window_id", "in", self.ids), ("saved_at", "!=", False)],
                ["window_id"],
                ["__count"],
            )
        )
        Student = self.env["timetable.student"].sudo()
        for window in self:
            window.student_count = Student.search_count(window._students_domain())
            window.chosen_count = chosen.get(window._origin, 0)
            window.missing_count = max(0, window.student_count - window.chosen_count)

    @api.depends("profile", "proved", "improvable")
    def _compute_summary(self):
        for window in self:
            window.summary = (
                self.env["ir.qweb"]._render(
                    "timetable_nep.choice_window_summary",
                    {"window": window, "sentences": window._summary_sentences()},
                )
                if window.profile
                else False
            )

    def _summary_sentences(self):
        """What is sure about the allotment, and what was not held."""
        self.ensure_one()
        if self.method == "serial":
            first = self.env._(
                "One after another: nobody who comes later has a seat that somebody "
                "before them would rather have."
            )
        elif self.proved:
            first = self.env._(
                "Nothing fairer is possible with these seats and rules: nobody is "
                "lower than needed."
            )
        else:
            first = self.env._(
                "It is allowed and good, but not proved to be the fairest: too many "
                "wishes do not go together. The last column says what could be reached "
                "at best."
            )
        sentences = [first]
        if self.improvable:
            sentences.append(
                self.env._(
                    "Ways in which somebody could have more without anybody losing: "
                    "%s.",
                    self.improvable,
                )
            )
        else:
            sentences.append(
                self.env._(
                    "Checked independently: nobody could have more without somebody "
                    "losing."
                )
            )
        small = self.env["timetable.offering"].browse(
            [row["course"] for row in self.profile["not_held"]]
        )
        if small:
            sentences.append(
                self.env._(
                    "Not held, because fewer than the smallest group would come: %s.",
                    ", ".join(small.sudo().mapped("display_name")),
                )
            )
        return sentences

    # ---- Who and what
    def _students_domain(self):
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id)
        if self.programme_ids:
            domain &= Domain("programme_id", "in", self.programme_ids.ids)
        if self.level:
            domain &= Domain("programme_id.level", "=", self.level)
        if self.year:
            domain &= Domain("year", "=", self.year)
        return domain

    def _applies_to(self, student):
        """Whether a student may choose here at all."""
        self.ensure_one()
        window, student = self.sudo(), student.sudo()
        return bool(
            student.active
            and student.company_id == window.company_id
            and (
                not window.programme_ids or student.programme_id in window.programme_ids
            )
            and (not window.level or student.programme_id.level == window.level)
            and (not window.year or student.year == window.year)
        )

    def _baskets(self, programme=None):
        """Baskets to choose from; of one programme where it is given."""
        self.ensure_one()
        window = self.sudo()
        baskets = window.basket_ids or window.term_id.basket_ids
        if programme is not None:
            baskets = baskets.filtered(
                lambda row: not row.programme_ids or programme in row.programme_ids
            )
        return baskets.filtered("offering_ids")

    def _rule_baskets(self, baskets):
        return [
            Basket(
                row.id,
                frozenset(row.offering_ids.ids),
                row.min_choices,
                row.max_choices,
            )
            for row in baskets
        ]

    def _limits(self):
        self.ensure_one()
        return Limits(
            ranks=self.ranks,
            most_credits=self.most_credits,
            least_credits=self.least_credits,
            subject_once=self.subject_once,
        )

    def _people(self, students, without=None):
        """Students as the rules see them, in a number of queries that does not grow.

        :param without: enrolments through this window do not count as held
        :return: (student id → ``Person``, offering id → ``Offer`` of what they hold)
        """
        self.ensure_one()
        domain = [
            ("student_id", "in", students.ids),
            ("term_id", "=", self.term_id.id),
        ]
        if without:
            domain.append(("window_id", "!=", without.id))
        held = (
            self.env["timetable.enrolment"]
            .sudo()
            .search_fetch(domain, ["student_id", "offering_id"])
        )
        offers = held.offering_id._offers()
        history = self.env["timetable.enrolment"]._history(students, self.term_id)
        people = {}
        for student in students.sudo():
            passed, failed = history[student.id]
            people[student.id] = Person(
                programme=student.programme_id.id or 0,
                year=student.year,
                passed=frozenset(passed),
                failed=frozenset(failed),
            )
        for row in held:
            offering = row.offering_id.id
            people[row.student_id.id].held[offering] = offers[offering]
        return people, offers

    # ---- Steps
    @remote.many
    def action_open(self):
        """Announce the window: its dates decide from now on."""
        self.check_access("write")
        for window in self:
            if window.state != "draft":
                continue
            if not window._baskets():
                raise UserError(
                    self.env._(
                        "%s has no baskets with offerings: put courses into a basket "
                        "first.",
                        window.term_id.display_name,
                    )
                )
            if not window.sudo().seed:
                window.sudo().seed = token_hex(16)
            window.apart = window._pairs_apart()
            window.state = "open"

    @remote.many
    def action_draft(self):
        """Prepare it anew; wishes stay."""
        self.check_access("write")
        self.filtered(lambda window: window.state == "open").state = "draft"

    @remote.many
    def action_close_now(self):
        """End the window at once."""
        self.check_access("write")
        for window in self:
            if window.state == "open" and window.phase == "open":
                window.date_close = fields.Datetime.now()

    @remote.many
    def action_refresh_pairs(self):
        """Look again at which courses clash in timetables in force."""
        self.check_access("write")
        for window in self:
            window.apart = window._pairs_apart()

    def _pairs_apart(self):
        """Which courses clashed in the last term's timetable, and in all so far; which
        offerings clash in this term's own."""
        self.ensure_one()
        window = self.sudo()
        offerings = window._baskets().offering_ids
        courses = offerings.course_id
        now = window._clashes(window.term_id, courses)
        by_course = {row.course_id.id: row.id for row in offerings}
        past = []
        variants = (
            self.env["timetable.variant"]
            .sudo()
            .search(
                [
                    ("company_id", "=", window.company_id.id),
                    ("state", "=", "published"),
                    ("term_id", "!=", window.term_id.id),
                ],
                order="published_at desc, id desc",
                limit=TERMS_COMPARED,
            )
        )
        for variant in variants:
            found = window._clashes(variant.term_id, courses)
            if found is not None:
                past.append(found)
        never = []
        if len(past) > 1:
            pairs = set.intersection(*(clashing for clashing, _all in past))
            never = sorted(pairs)
        return {
            "last": sorted(past[0][0]) if past else [],
            "never": never,
            "now": sorted(
                sorted((by_course[one], by_course[other])) for one, other in now[0]
            )
            if now
            else [],
        }

    def _clashes(self, term, courses):
        """Pairs of these courses that nobody could take together in a term.

        :return: (pairs of course ids, courses that were in the timetable), or ``None``
        """
        variant = term.published_variant_id
        if not variant:
            return None
        offerings = (
            self.env["timetable.offering"]
            .sudo()
            .search([("term_id", "=", term.id), ("course_id", "in", courses.ids)])
        )
        report = (
            self.env["timetable.choice.report"]
            .sudo()
            .new({"term_id": term.id, "variant_id": variant.id})
        )
        choices, _slots = report._choices()
        course = {row.id: row.course_id.id for row in offerings}
        pairs = choices.impossible({row.id: row.class_ids.ids for row in offerings})
        return (
            {
                tuple(sorted((course[pair.first], course[pair.second])))
                for pair in pairs
            },
            set(course.values()),
        )

    # ---- Pages
    @remote.one
    def action_open_missing(self):
        """Students who have not chosen yet."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_student_action"
        )
        action["domain"] = list(self._missing_domain())
        return action

    def _missing_domain(self):
        chosen = (
            self.env["timetable.choice"]
            .sudo()
            ._search([("window_id", "=", self.id), ("saved_at", "!=", False)])
            .subselect("student_id")
        )
        return self._students_domain() & Domain("id", "not in", chosen)

    @remote.one
    def action_open_wishes(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_wish_action"
        )
        action["domain"] = [("window_id", "=", self.id)]
        action["context"] = {"default_window_id": self.id}
        return action

    @remote.one
    def action_open_demand(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_choice_demand_action"
        )
        action["context"] = {}
        action["domain"] = [("window_id", "=", self.id)]
        return action
