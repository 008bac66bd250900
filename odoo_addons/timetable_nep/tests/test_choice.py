import inspect
from datetime import timedelta
from hashlib import sha256

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from ..tools import choice_rules
from .common import SidecarCase, new_test_user
from .test_import_templates import FOLDER, XLSX


class ChoiceCase(SidecarCase):
    """Two baskets, four students with logins, a term of before."""

    COURSES = (
        ("MUS1", "Music", "skill", 2),
        ("YOG1", "Yoga", "skill", 2),
        ("ART1", "Pottery", "skill", 2),
        ("ECO1", "Economics for all", "multidisciplinary", 3),
        ("BOT1", "Gardens", "multidisciplinary", 3),
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_choice()
        cls.make_more()

    @classmethod
    def make_more(cls):
        """What a class of tests needs beside."""

    @classmethod
    def make_choice(cls):
        env = cls.env(user=cls.officer)
        today = fields.Date.today()
        grid = env["timetable.grid"].create({"name": "Week"})
        cls.programme, cls.other_programme = env["timetable.programme"].create(
            [{"name": "BSc"}, {"name": "BA"}]
        )
        cls.departments = env["timetable.department"].create(
            [
                {"name": "Performing arts", "coordinator_ids": [cls.coordinator.id]},
                {"name": "Sciences"},
            ]
        )
        arts, sciences = cls.departments
        cls.course = {
            code: env["timetable.course"].create(
                {
                    "code": code,
                    "name": name,
                    "category": category,
                    "credits": credits,
                    "lecture_periods": credits,
                    "department_id": (arts if category == "skill" else sciences).id,
                }
            )
            for code, name, category, credits in cls.COURSES
        }
        cls.past, cls.term = env["timetable.term"].create(
            [
                {
                    "name": "Spring",
                    "grid_id": grid.id,
                    "date_start": today - timedelta(days=200),
                    "date_end": today - timedelta(days=60),
                },
                {
                    "name": "Autumn",
                    "grid_id": grid.id,
                    "date_start": today + timedelta(days=20),
                    "date_end": today + timedelta(days=150),
                },
            ]
        )
        cls.offering = {
            code: env["timetable.offering"].create(
                {"term_id": cls.term.id, "course_id": course.id, "seats": 2}
            )
            for code, course in cls.course.items()
        }
        by_category = cls.term.offering_ids.grouped("category")
        cls.skills, cls.wide = env["timetable.basket"].create(
            [
                {
                    "name": f"Basket {category}",
                    "term_id": cls.term.id,
                    "category": category,
                    "offering_ids": [Command.set(by_category[category].ids)],
                }
                for category in ("skill", "multidisciplinary")
            ]
        )
        cls.student = {}
        cls.user = {}
        for number in range(4):
            user = new_test_user(
                cls.env, f"tt_student_{number}", groups="base.group_portal"
            )
            cls.user[number] = user
            cls.student[number] = (
                cls.env["timetable.student"]
                .with_user(cls.officer)
                .create(
                    {
                        "partner_id": user.partner_id.id,
                        "code": f"2026{number:03d}",
                        "programme_id": cls.programme.id,
                        "year": 1 + number % 2,
                    }
                )
            )
        cls.window = cls.make_window()

    @classmethod
    def make_window(cls, **values):
        now = fields.Datetime.now()
        window = (
            cls.env["timetable.choice.window"]
            .with_user(cls.officer)
            .create(
                {
                    "name": "Choice of the first year",
                    "term_id": cls.term.id,
                    "date_open": now - timedelta(days=1),
                    "date_close": now + timedelta(days=5),
                    "ranks": 2,
                    **values,
                }
            )
        )
        window.action_open()
        return window

    def ids(self, *codes):
        return [self.offering[code].id for code in codes]

    def wishes(self, skills=("MUS1", "YOG1"), wide=("ECO1", "BOT1")):
        return {self.skills.id: self.ids(*skills), self.wide.id: self.ids(*wide)}

    def save(self, number, window=None, **wishes):
        window = window or self.window
        return window.with_user(self.user[number]).save_my_wishes(self.wishes(**wishes))

    def allot(self):
        self.window.date_close = fields.Datetime.now() - timedelta(minutes=1)
        self.window.invalidate_recordset(["phase"])
        self.window.action_allot()

    def outcome(self, number):
        rows = self.env["timetable.wish"].search(
            [("student_id", "=", self.student[number].id)]
        )
        return {row.offering_id.code: (row.state, row.reason or "") for row in rows}


class TestChoice(ChoiceCase):
    """From the first wish to the enrolment."""

    def test_save_change_receipt(self):
        first = self.save(0)
        choice = self.env["timetable.choice"].search(
            [("student_id", "=", self.student[0].id)]
        )
        self.assertEqual(choice.receipt, first["receipt"])
        self.assertEqual(len(choice.wish_ids), 4)
        second = self.save(0, skills=("ART1", "YOG1"))
        self.assertNotEqual(first["receipt"], second["receipt"])
        ranked = choice.wish_ids.filtered(lambda row: row.basket_id == self.skills)
        self.assertEqual(
            ranked.sorted("rank").mapped("offering_id.code"), ["ART1", "YOG1"]
        )

    def test_refused_in_words_and_nothing_is_written(self):
        self.save(0)
        with self.assertRaisesRegex(UserError, "Basket skill: you ranked 1 courses"):
            self.save(0, skills=("ART1",))
        rows = self.env["timetable.wish"].search(
            [("student_id", "=", self.student[0].id)]
        )
        self.assertEqual(len(rows), 4)

    def test_every_refusal_has_a_sentence(self):
        """One for each code that the rules can give, with its arguments."""
        source = inspect.getsource(choice_rules)
        codes = set(__import__("re").findall(r'Refusal\(\s*"([a-z_]+)"', source))
        self.assertGreater(len(codes), 15)
        numbers = {
            "offering": self.offering["MUS1"].id,
            "other": self.offering["YOG1"].id,
            "basket": self.skills.id,
            "course": self.course["ECO1"].id,
            "courses": [self.course["ECO1"].id],
            "credits": 22.0,
            "limit": 20.0,
            "count": 1,
            "asked": 2,
            "most": 1,
        }
        for code in codes:
            method = getattr(self.window, f"_word_{code}")
            names = inspect.signature(method).parameters
            sentence = method(**{name: numbers[name] for name in names})
            self.assertTrue(sentence.endswith("."), code)

    def test_prerequisites_from_the_past(self):
        self.course["MUS1"].rule_ids = [
            Command.create({"kind": "needs", "other_ids": [self.course["ECO1"].id]})
        ]
        with self.assertRaisesRegex(UserError, "Music needs one of these passed"):
            self.save(0)
        earlier = self.env["timetable.offering"].create(
            {"term_id": self.past.id, "course_id": self.course["ECO1"].id}
        )
        row = self.env["timetable.enrolment"].create(
            {
                "student_id": self.student[0].id,
                "offering_id": earlier.id,
                "outcome": "failed",
            }
        )
        with self.assertRaisesRegex(UserError, "Music needs one of these passed"):
            self.save(0)
        row.outcome = "passed"
        with self.assertRaisesRegex(UserError, "passed ECO1 Economics for all already"):
            self.save(0)
        self.window.ranks = 1
        self.save(0, wide=("BOT1",))

    def test_closing_is_at_once(self):
        """Seats can be given in the very second in which the window was closed."""
        self.save(0)
        now = fields.Datetime.now()
        with freeze_time(now):
            self.window.action_close_now()
            self.assertEqual(self.window.phase, "over")
            self.window.action_allot()
            with self.assertRaisesRegex(UserError, "is not open yet"):
                self.save(1)

    def test_only_in_time(self):
        self.window.date_open = fields.Datetime.now() + timedelta(days=1)
        with self.assertRaisesRegex(UserError, "is not open yet"):
            self.save(0)
        self.window.write(
            {
                "date_open": fields.Datetime.now() - timedelta(days=3),
                "date_close": fields.Datetime.now() - timedelta(days=1),
            }
        )
        with self.assertRaisesRegex(UserError, "is over"):
            self.save(0)

    def test_only_for_whom_it_is(self):
        self.window.year = 2
        self.save(1)
        for user in (self.user[0], self.portal, self.internal, self.officer):
            with self.assertRaises(AccessError):
                self.window.with_user(user).save_my_wishes(self.wishes())
        self.window.write({"year": 0, "programme_ids": self.other_programme.ids})
        with self.assertRaises(AccessError):
            self.save(1)
        self.window.write({"programme_ids": False, "level": "master"})
        with self.assertRaises(AccessError):
            self.save(1)

    def test_allotment_end_to_end(self):
        """Two seats, four students: the order decides, everybody is told why."""
        for number in range(4):
            self.save(number)
        with self.assertRaisesRegex(UserError, "can still choose"):
            self.window.action_allot()
        self.allot()
        self.assertEqual(self.window.state, "allotted")
        request = self.sidecar.allotted[-1]
        self.assertNotIn("2026", str([s["id"] for s in request["students"]]))
        self.assertEqual(
            sorted(s["priority"] for s in request["students"]), [1, 2, 3, 4]
        )
        choices = self.env["timetable.choice"].search(
            [("window_id", "=", self.window.id)]
        )
        order = choices.sorted("lot").student_id
        self.assertEqual(choices.sorted("place").student_id, order)
        by_student = {self.student[n].id: n for n in range(4)}
        for place, student in enumerate(order):
            rows = self.outcome(by_student[student.id])
            if place < 2:
                self.assertEqual(rows["MUS1"], ("given", ""))
                self.assertEqual(rows["YOG1"], ("refused", ""))
            else:
                self.assertEqual(rows["MUS1"], ("refused", "full"))
                self.assertEqual(rows["YOG1"], ("given", ""))
        late = self.env["timetable.wish"].search(
            [
                ("student_id", "=", order[3].id),
                ("offering_id", "=", self.offering["MUS1"].id),
            ]
        )
        self.assertIn("your lottery number is 4", late.explanation)
        self.assertFalse(
            self.env["timetable.enrolment"].search_count(
                [("term_id", "=", self.term.id)]
            )
        )
        self.window.action_tell()
        enrolments = self.env["timetable.enrolment"].search(
            [("term_id", "=", self.term.id)]
        )
        self.assertEqual(len(enrolments), 8)
        self.assertEqual(enrolments.window_id, self.window)
        told = self.env["mail.message"].search(
            [("subject", "=", f"Your courses: {self.window.name}")]
        )
        self.assertEqual(
            told.partner_ids | told.notified_partner_ids,
            choices.student_id.partner_id,
        )

    def test_lots_are_sealed_and_shown_later(self):
        self.save(0)
        window = self.window
        seal = window.seed_digest
        self.assertTrue(seal)
        self.assertFalse(window.seed_shown)
        with self.assertRaises(AccessError):
            window.with_user(self.officer).read(["seed"])
        self.allot()
        window.invalidate_recordset()
        self.assertEqual(sha256(window.seed_shown.encode()).hexdigest(), seal)

    def test_priorities(self):
        for number in range(4):
            self.save(number)
            self.env["timetable.choice"].search(
                [("student_id", "=", self.student[number].id)]
            ).first_saved_at = fields.Datetime.now() - timedelta(hours=number)
            self.student[number].merit = (number * 3) % 7
        expected = {"first": [3, 2, 1, 0], "merit": [2, 1, 3, 0]}
        for priority, order in expected.items():
            self.window.priority = priority
            request = self.window._allot_request()
            choice = {
                self.env["timetable.choice"].browse(int(row["id"])).student_id.id: row
                for row in request["students"]
            }
            places = [choice[self.student[n].id]["priority"] for n in order]
            self.assertEqual(places, [1, 2, 3, 4], priority)
        self.window.priority = "year"
        request = self.window._allot_request()
        years = [
            self.env["timetable.choice"].browse(int(row["id"])).student_id.year
            for row in sorted(request["students"], key=lambda row: row["priority"])
        ]
        self.assertEqual(years, [2, 2, 1, 1])

    def test_rules_reach_the_question(self):
        for number in range(2):
            self.save(number)
        self.course["MUS1"].rule_ids = [
            Command.create({"kind": "excludes", "other_ids": [self.course["ECO1"].id]})
        ]
        self.offering["MUS1"].write(
            {
                "smallest_group": 2,
                "reservation_ids": [
                    Command.create({"year": 2, "seats": 1}),
                    Command.create(
                        {
                            "year": 1,
                            "percent": 50,
                            "until": fields.Date.today() - timedelta(days=2),
                        }
                    ),
                ],
            }
        )
        held = self.env["timetable.enrolment"].create(
            {
                "student_id": self.student[3].id,
                "offering_id": self.offering["YOG1"].id,
            }
        )
        self.assertTrue(held)
        request = self.window._allot_request()
        music, economics, yoga = (
            str(self.offering[code].id) for code in ("MUS1", "ECO1", "YOG1")
        )
        self.assertIn(sorted([music, economics], key=int), request["apart"])
        courses = {row["id"]: row for row in request["courses"]}
        self.assertEqual(courses[music]["smallest"], 2)
        self.assertEqual([row["seats"] for row in courses[music]["reserved"]], [1])
        self.assertEqual(courses[yoga]["seats"], 1)
        groups = {
            self.env["timetable.choice"].browse(int(row["id"])).student_id.year: row[
                "groups"
            ]
            for row in request["students"]
        }
        self.assertEqual(groups[1], [])
        self.assertEqual(groups[2], [courses[music]["reserved"][0]["group"]])

    def test_more_reserved_than_there_is(self):
        with self.assertRaisesRegex(ValidationError, "2 seats, and 3 are reserved"):
            self.offering["MUS1"].reservation_ids = [
                Command.create({"year": 2, "seats": 3})
            ]

    def test_again_takes_back_what_is_not_given(self):
        for number in range(4):
            self.save(number)
        self.allot()
        self.window.action_tell()
        count = self.env["timetable.enrolment"].search_count(
            [("window_id", "=", self.window.id)]
        )
        self.window.state = "allotted"
        self.offering["MUS1"].seats = 1
        self.window.action_allot()
        self.window.action_tell()
        music = self.env["timetable.enrolment"].search(
            [("offering_id", "=", self.offering["MUS1"].id)]
        )
        self.assertEqual(len(music), 1)
        self.assertLess(
            self.env["timetable.enrolment"].search_count(
                [("window_id", "=", self.window.id)]
            ),
            count,
        )

    def test_reminder_goes_once_to_whoever_is_late(self):
        self.save(0)
        self.window.remind_days = 6
        self.env["timetable.choice.window"]._cron_remind()
        self.env["timetable.choice.window"]._cron_remind()
        told = self.env["mail.message"].search(
            [("subject", "=", f"Choose your courses: {self.window.name}")]
        )
        self.assertEqual(len(told), 1)
        late = self.env["res.partner"].union(
            *(self.student[n].partner_id for n in (1, 2, 3))
        )
        self.assertLessEqual(late, told.notified_partner_ids)
        self.assertNotIn(self.student[0].partner_id, told.notified_partner_ids)

    def test_demand_and_what_to_do(self):
        for number in range(4):
            self.save(number)
        self.offering["ART1"].smallest_group = 2
        rows = {
            row.offering_id.code: row
            for row in self.env["timetable.choice.demand"]
            .with_user(self.officer)
            .search([("window_id", "=", self.window.id)])
        }
        self.assertEqual(len(rows), 5)
        music = rows["MUS1"]
        self.assertEqual((music.first_count, music.wish_count), (4, 4))
        self.window.invalidate_recordset(["student_count"])
        everybody = self.window.student_count
        self.assertEqual(music.forecast, everybody)
        self.assertEqual(music.advice, "more")
        self.assertEqual(rows["ART1"].advice, "none")
        self.assertEqual(rows["YOG1"].advice, "ok")
        music.action_more()
        self.assertEqual(self.offering["MUS1"].seats, 62)
        self.assertEqual(len(self.offering["MUS1"].class_ids), 1)
        rows["ART1"].action_toggle()
        self.assertFalse(self.offering["ART1"].open_for_choice)
        with self.assertRaisesRegex(UserError, "Pottery is not offered for choice"):
            self.save(0, skills=("ART1", "YOG1"))
        said = rows["BOT1"].action_what_if()["params"]["message"]
        self.assertIn("would change nothing", said)
        said = rows["ECO1"].action_what_if()["params"]["message"]
        self.assertIn("no. 1: 6 → 8", said)

    def test_files_make_wishes_by_the_same_rules(self):
        """What the office writes or imports is checked like the student's own."""
        Wish = self.env["timetable.wish"].with_user(self.officer)
        base = {"window_id": self.window.id, "student_id": self.student[2].id}
        rows = [
            {
                **base,
                "basket_id": basket,
                "offering_id": offering,
                "rank": rank,
            }
            for basket, offerings in self.wishes().items()
            for rank, offering in enumerate(offerings, 1)
        ]
        made = Wish.create(rows)
        self.assertEqual(len(made.choice_id), 1)
        self.assertTrue(made.choice_id.receipt)
        self.offering["BOT1"].open_for_choice = False
        with self.assertRaisesRegex(ValidationError, "Gardens is not offered"):
            Wish.create([{**row, "student_id": self.student[3].id} for row in rows])


class TestChoiceFiles(ChoiceCase):
    """The template that Odoo's importer offers, CSV and spreadsheet."""

    def load(self, ending):
        row = self.env["timetable.wish"].get_import_templates()
        kind = "text/csv" if ending == ".csv" else XLSX
        path = next(r["template"] for r in row if r["template"].endswith(ending))
        content = FOLDER.joinpath(
            path.removeprefix("/timetable_nep/static/")
        ).read_bytes()
        wizard = (
            self.env["base_import.import"]
            .with_user(self.officer)
            .create(
                {
                    "res_model": "timetable.wish",
                    "file": content,
                    "file_name": f"wishes{ending}",
                    "file_type": kind,
                }
            )
        )
        options = {"has_headers": True, "quoting": '"', "separator": ","}
        options |= {"advanced": True, "keep_matches": False}
        preview = wizard.parse_preview(options)
        columns, matches = preview["headers"], preview["matches"]
        self.assertEqual(len(matches), len(columns), f"{columns}: {matches}")
        names = ["/".join(matches[index]) for index in range(len(columns))]
        return wizard.execute_import(names, columns, options | preview["options"])

    def test_template_as_it_is(self):
        self.term.name = "Autumn 2026"
        self.window.write({"name": "Choice for the second year", "ranks": 2})
        self.skills.name = "Skill courses"
        self.wide.min_choices = 0
        self.student[1].code = "x"
        self.student[0].code = "2026001"
        for code, new in (("MUS1", "SEC101"), ("YOG1", "SEC102")):
            self.course[code].code = new
            self.offering[code].code = new
        for ending in (".csv", ".xlsx"):
            with self.subTest(ending=ending):
                result = self.load(ending)
                self.assertEqual(result["messages"], [])
                wishes = self.env["timetable.wish"].browse(result["ids"])
                self.assertEqual(
                    {row.offering_id.code: row.rank for row in wishes},
                    {"SEC101": 1, "SEC102": 2},
                )
                self.assertEqual(wishes.student_id, self.student[0])
                self.assertTrue(wishes.choice_id.receipt)
                wishes.choice_id.unlink()

    def test_a_bad_file_writes_nothing(self):
        self.window.name = "Choice for the second year"
        with mute_logger("odoo.sql_db"):
            result = self.load(".csv")
        self.assertTrue(result["messages"])
        self.assertFalse(self.env["timetable.wish"].search_count([]))


class TestAddDrop(ChoiceCase):
    """Seats at once, and a waiting list."""

    @classmethod
    def make_more(cls):
        cls.window = cls.make_window(kind="add_drop", name="Add and drop")

    def add(self, number, code):
        return self.window.with_user(self.user[number]).add_my_course(
            self.offering[code].id
        )

    def drop(self, number, code):
        return self.window.with_user(self.user[number]).drop_my_course(
            self.offering[code].id
        )

    def holders(self, code):
        return (
            self.env["timetable.enrolment"]
            .search([("offering_id", "=", self.offering[code].id)])
            .student_id
        )

    def test_waiting_list_moves_up_and_tells(self):
        states = [self.add(number, "MUS1")["state"] for number in range(4)]
        demand = self.env["timetable.choice.demand"].search(
            [
                ("window_id", "=", self.window.id),
                ("offering_id", "=", self.offering["MUS1"].id),
            ]
        )
        self.assertEqual((demand.waiting_count, demand.advice), (2, "more"))
        self.assertEqual(states, ["given", "given", "waiting", "waiting"])
        self.assertIn("no. 2 on the waiting list", self.add(3, "MUS1")["sentence"])
        self.drop(0, "MUS1")
        self.assertEqual(self.holders("MUS1"), self.student[1] + self.student[2])
        told = self.env["mail.message"].search(
            [("body", "ilike", "moved up on the waiting list")]
        )
        self.assertEqual(told.notified_partner_ids, self.student[2].partner_id)
        row = self.env["timetable.waiting"].search(
            [("student_id", "=", self.student[3].id)]
        )
        self.assertEqual((row.state, row.place), ("waiting", 1))
        self.offering["MUS1"].seats = 3
        self.assertEqual(row.state, "given")
        self.assertEqual(len(self.holders("MUS1")), 3)

    def test_who_took_something_else_is_passed_over(self):
        for number in range(4):
            self.add(number, "MUS1")
        self.add(2, "YOG1")
        self.drop(1, "MUS1")
        self.assertEqual(self.holders("MUS1"), self.student[0] + self.student[3])
        row = self.env["timetable.waiting"].search(
            [("student_id", "=", self.student[2].id)]
        )
        self.assertEqual(row.state, "left")
        self.assertIn("that is the most", row.why_left)

    def test_office_frees_a_seat(self):
        for number in range(3):
            self.add(number, "MUS1")
        self.env["timetable.enrolment"].search(
            [("student_id", "=", self.student[0].id)]
        ).with_user(self.officer).unlink()
        self.assertIn(self.student[2], self.holders("MUS1"))

    def test_reserved_seats_are_kept(self):
        self.offering["MUS1"].reservation_ids = [
            Command.create({"year": 2, "seats": 1})
        ]
        self.assertEqual(self.add(0, "MUS1")["state"], "given")
        self.assertEqual(self.add(2, "MUS1")["state"], "waiting")
        self.assertEqual(self.add(1, "MUS1")["state"], "given")

    def test_rules_hold(self):
        self.add(0, "MUS1")
        with self.assertRaisesRegex(UserError, "you have 1 already"):
            self.add(0, "YOG1")
        with self.assertRaisesRegex(UserError, "You have MUS1 Music already"):
            self.add(0, "MUS1")
        with self.assertRaisesRegex(UserError, "nothing to give back"):
            self.drop(0, "ECO1")
        with self.assertRaisesRegex(UserError, "not in the window any more"):
            self.window.with_user(self.user[0]).add_my_course(10**8)
        with self.assertRaises(AccessError):
            self.window.with_user(self.portal).add_my_course(self.offering["ECO1"].id)

    def test_leave_the_list(self):
        for number in range(3):
            self.add(number, "MUS1")
        asker = self.window.with_user(self.user[2])
        asker.leave_my_waiting(self.offering["MUS1"].id)
        self.drop(0, "MUS1")
        self.assertEqual(self.holders("MUS1"), self.student[1])
