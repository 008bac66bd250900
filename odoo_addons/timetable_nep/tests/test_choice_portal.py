from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.fields import Command
from odoo.http import Request
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .test_choice import ChoiceCase

ACCESS = "odoo.exceptions.AccessError"


class ChoicePortalCase(ChoiceCase, HttpCase):
    """Students with a browser."""

    def get(self, number, path=None):
        user = self.user[number] if isinstance(number, int) else number
        self.authenticate(user.login, user.login)
        return self.url_open(path or f"/my/choices/{self.window.id}")

    def post(self, number, data, window=None):
        user = self.user[number]
        self.authenticate(user.login, user.login)
        token = Request.csrf_token(self)
        return self.url_open(
            f"/my/choices/{(window or self.window).id}",
            data={"csrf_token": token, **data},
        )

    def form(self, **wishes):
        return {
            f"wish_{basket}_{rank}": offering
            for basket, offerings in self.wishes(**wishes).items()
            for rank, offering in enumerate(offerings, 1)
        }

    def call(self, user, model, method, *args, **kwargs):
        """A remote call; gives (result, name of the exception)."""
        self.authenticate(user.login, user.login.ljust(8, "x"))
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "model": model,
                    "method": method,
                    "args": args,
                    "kwargs": kwargs,
                },
            },
        ).json()
        error = answer.get("error")
        return answer.get("result"), error and error["data"]["name"]


class TestChoicePortal(ChoicePortalCase):
    def test_page_says_what_and_why(self):
        self.course["MUS1"].write(
            {
                "about": "Ragas for beginners",
                "syllabus_url": "https://college.example/mus1",
                "rule_ids": [
                    Command.create(
                        {"kind": "needs", "other_ids": [self.course["ECO1"].id]}
                    )
                ],
            }
        )
        text = self.get(0).text
        for words in (
            "Choice of the first year",
            "Basket skill",
            "Ragas for beginners",
            "https://college.example/mus1",
            "One of these has to be passed before: ECO1 Economics for all",
            "MUS1 Music needs one of these passed before",
            self.window.seed_digest,
        ):
            self.assertIn(words, html.fromstring(text).text_content() + text)
        self.assertNotIn(self.window.sudo().seed, text)
        page = html.fromstring(text)
        options = page.xpath(f"//select[@name='wish_{self.skills.id}_1']/option")
        self.assertNotIn("MUS1 Music", [one.text for one in options])

    def test_save_refuse_keep(self):
        page = self.post(0, self.form()).text
        self.assertIn("You can change it until", page)
        choice = self.env["timetable.choice"].search(
            [("student_id", "=", self.student[0].id)]
        )
        self.assertIn(choice.receipt, page)
        refused = self.post(0, self.form(skills=("ART1",))).text
        self.assertIn("you ranked 1 courses; rank 2", refused)
        chosen = html.fromstring(refused).xpath(
            f"//select[@name='wish_{self.skills.id}_1']/option[@selected]"
        )
        self.assertEqual([one.text for one in chosen], ["ART1 Pottery"])
        self.assertEqual(len(choice.wish_ids), 4)

    def test_forms_that_nobody_made(self):
        for data in (
            {"wish_x_1": "1"},
            {"wish_1_1": "-5"},
            {f"wish_{self.skills.id}_1": str(10**30)},
            {"step": "add-1"},
            {"student_id": str(self.student[1].id), **self.form(skills=("MUS1",))},
        ):
            with self.subTest(data=data):
                response = self.post(0, data)
                self.assertEqual(response.status_code, 200)
                self.assertIn("Not saved.", response.text)
        self.assertFalse(self.env["timetable.wish"].search_count([]))

    def test_other_windows_are_not_found(self):
        self.window.programme_ids = self.other_programme
        self.assertEqual(self.get(0).status_code, 404)
        self.assertEqual(self.get(self.portal).status_code, 404)
        self.assertEqual(self.get(0, "/my/choices/99999999").status_code, 404)
        draft = self.window.copy({"programme_ids": False})
        self.assertEqual(self.get(0, f"/my/choices/{draft.id}").status_code, 404)
        self.assertIn("nothing to choose for you", self.get(0, "/my/choices").text)

    def test_results_are_told_when_they_are_told(self):
        for number in range(4):
            self.save(number)
        self.allot()
        self.assertNotIn("What became yours", self.get(0).text)
        self.window.action_tell()
        text = self.get(0).text
        self.assertIn("What became yours", text)
        self.assertIn(self.window.seed_shown, text)
        last = self.env["timetable.choice"].search(
            [("window_id", "=", self.window.id)], order="place desc", limit=1
        )
        number = next(n for n in self.student if self.student[n] == last.student_id)
        self.assertIn("your lottery number is", self.get(number).text)

    def test_check_says_what_never_went_together(self):
        self.window.apart = {
            "last": [],
            "never": [
                sorted((self.course["MUS1"].id, self.course["ECO1"].id)),
            ],
            "now": [],
        }
        self.authenticate(self.user[0].login, self.user[0].login)
        answer = self.make_jsonrpc_request(
            f"/my/choices/{self.window.id}/check", {"wishes": self.wishes()}
        )
        self.assertEqual(answer["refused"], [])
        self.assertEqual(
            answer["notes"],
            [
                "MUS1 Music and ECO1 Economics for all have never been possible "
                "together so far."
            ],
        )
        answer = self.make_jsonrpc_request(
            f"/my/choices/{self.window.id}/check",
            {"wishes": self.wishes(skills=("MUS1",))},
        )
        self.assertEqual(len(answer["refused"]), 1)

    def test_add_and_drop_by_buttons(self):
        window = self.make_window(kind="add_drop", name="Add and drop")
        music = self.offering["MUS1"].id
        page = self.post(0, {"step": f"add-{music}"}, window).text
        self.assertIn("You have MUS1 Music now.", page)
        self.post(1, {"step": f"add-{music}"}, window)
        page = self.post(2, {"step": f"add-{music}"}, window).text
        self.assertIn("You are no. 1 on the waiting list", page)
        page = self.post(0, {"step": f"drop-{music}"}, window).text
        self.assertIn("You gave MUS1 Music back.", page)
        page = html.fromstring(self.get(2, f"/my/choices/{window.id}").text)
        self.assertTrue(page.xpath(f"//button[@value='drop-{music}']"))
        page = self.post(1, {"step": f"leave-{music}"}, window).text
        self.assertNotIn("Not saved", page)

    def test_queries_do_not_grow(self):
        """A page and a save take as many queries with many courses and students."""

        def counts():
            found = []
            for call in (
                lambda: self.window.with_user(self.user[0]).check_my_wishes(
                    self.wishes()
                ),
                lambda: self.save(0),
                lambda: self.window._refusals(
                    self.env["timetable.student"].search([]), {}
                ),
                lambda: self.window._allot_request(),
            ):
                call()
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                call()
                self.env.flush_all()
                found.append(self.env.cr.sql_log_count - before)
            user = self.user[0]
            self.authenticate(user.login, user.login)
            self.url_open(f"/my/choices/{self.window.id}")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.url_open(f"/my/choices/{self.window.id}")
            found.append(self.env.cr.sql_log_count - before)
            return found

        for code in ("ART1", "BOT1"):
            self.course[code].rule_ids = [
                Command.create(
                    {"kind": "excludes", "other_ids": [self.course["ECO1"].id]}
                )
            ]
        for number in range(4):
            self.save(number)
        few = counts()
        env = self.env(user=self.officer)
        arts = self.departments[0]
        for basket in (self.skills, self.wide):
            for number in range(20):
                course = env["timetable.course"].create(
                    {
                        "code": f"{basket.id}-{number}",
                        "name": f"Course {number}",
                        "category": basket.category,
                        "credits": 2,
                        "department_id": arts.id,
                        "rule_ids": [
                            Command.create(
                                {
                                    "kind": "excludes",
                                    "other_ids": [self.course["ECO1"].id],
                                }
                            )
                        ],
                    }
                )
                basket.offering_ids |= env["timetable.offering"].create(
                    {"term_id": self.term.id, "course_id": course.id}
                )
        students = env["timetable.student"].create(
            [
                {"name": f"Student {n}", "programme_id": self.programme.id}
                for n in range(30)
            ]
        )
        self.env["timetable.wish"].create(
            [
                {
                    "window_id": self.window.id,
                    "student_id": student.id,
                    "basket_id": basket,
                    "offering_id": offering,
                    "rank": rank,
                }
                for student in students
                for basket, offerings in self.wishes().items()
                for rank, offering in enumerate(offerings, 1)
            ]
        )
        many = counts()
        for small, large in zip(few, many, strict=True):
            self.assertLessEqual(large, small + 3, f"{few} became {many}")
        self.assertLess(max(many), 90, many)


class TestChoiceRights(ChoicePortalCase):
    """Nobody sees another's wish; by remote call, with the ids of others."""

    @classmethod
    def make_more(cls):
        for number in range(2):
            cls.window.with_user(cls.user[number]).save_my_wishes(
                {
                    cls.skills.id: [cls.offering[c].id for c in ("MUS1", "YOG1")],
                    cls.wide.id: [cls.offering[c].id for c in ("ECO1", "BOT1")],
                }
            )

    def wish(self, number):
        return self.env["timetable.wish"].search(
            [("student_id", "=", self.student[number].id)], limit=1
        )

    @mute_logger("odoo.http")
    def test_students(self):
        own, other = self.wish(0), self.wish(1)
        user = self.user[0]
        rows, _error = self.call(user, "timetable.wish", "search_read", [], ["rank"])
        mine = self.env["timetable.wish"].search(
            [("student_id", "=", self.student[0].id)]
        )
        self.assertEqual({row["id"] for row in rows}, set(mine.ids))
        for model, record in (
            ("timetable.wish", other),
            ("timetable.choice", other.choice_id),
        ):
            _rows, error = self.call(user, model, "read", [record.id], ["student_id"])
            self.assertEqual(error, ACCESS)
        for record in (own, other):
            for method, args in (
                ("write", [{"rank": 3}]),
                ("unlink", []),
            ):
                _rows, error = self.call(
                    user, "timetable.wish", method, [record.id], *args
                )
                self.assertEqual(error, ACCESS, method)
        _rows, error = self.call(
            user,
            "timetable.wish",
            "create",
            [
                {
                    "window_id": self.window.id,
                    "student_id": self.student[1].id,
                    "basket_id": self.skills.id,
                    "offering_id": self.offering["ART1"].id,
                }
            ],
        )
        self.assertEqual(error, ACCESS)
        for model in ("timetable.choice.demand", "timetable.choice.window"):
            _rows, error = self.call(user, model, "search_read", [], ["id"])
            self.assertEqual(error, ACCESS, model)
        for method in ("action_open", "action_allot", "action_tell", "action_remind"):
            _rows, error = self.call(
                user, "timetable.choice.window", method, [self.window.id]
            )
            self.assertEqual(error, ACCESS, method)

    def test_a_student_saves_by_remote_call(self):
        """Their own only: there is no way to name anybody else."""
        wishes = {
            str(basket): offerings
            for basket, offerings in self.wishes(skills=("ART1", "MUS1")).items()
        }
        result, error = self.call(
            self.user[0],
            "timetable.choice.window",
            "save_my_wishes",
            [self.window.id],
            wishes,
        )
        self.assertIsNone(error)
        self.assertTrue(result["receipt"])
        ranked = self.env["timetable.wish"].search(
            [("basket_id", "=", self.skills.id), ("rank", "=", 1)]
        )
        self.assertEqual(
            {row.student_id: row.offering_id.code for row in ranked},
            {self.student[0]: "ART1", self.student[1]: "MUS1"},
        )

    @mute_logger("odoo.http")
    def test_no_reading_for_others(self):
        record = self.wish(0)
        for user in (self.portal, self.internal, self.coordinator, self.approver):
            for model, number in (
                ("timetable.wish", record.id),
                ("timetable.choice", record.choice_id.id),
            ):
                _rows, error = self.call(user, model, "read", [number], ["student_id"])
                self.assertEqual(error, ACCESS, (user.login, model))
        rows, error = self.call(
            self.officer, "timetable.wish", "read", [record.id], ["student_id"]
        )
        self.assertIsNone(error)
        self.assertEqual(rows[0]["student_id"][0], self.student[0].id)

    @mute_logger("odoo.http")
    def test_coordinators_see_numbers_of_their_own(self):
        rows, error = self.call(
            self.coordinator,
            "timetable.choice.demand",
            "search_read",
            [("window_id", "=", self.window.id)],
            ["offering_id", "first_count", "wish_count"],
        )
        self.assertIsNone(error)
        self.assertEqual(
            {row["offering_id"][0]: row["first_count"] for row in rows},
            {
                self.offering["MUS1"].id: 2,
                self.offering["YOG1"].id: 0,
                self.offering["ART1"].id: 0,
            },
        )
        rows, _error = self.call(
            self.approver,
            "timetable.choice.demand",
            "search_read",
            [("window_id", "=", self.window.id)],
            ["offering_id"],
        )
        self.assertEqual(len(rows), 5)
        for method in ("action_more", "action_toggle", "action_what_if"):
            demand = self.env["timetable.choice.demand"].search(
                [("offering_id", "=", self.offering["ECO1"].id)], limit=1
            )
            _rows, error = self.call(
                self.coordinator, "timetable.choice.demand", method, [demand.id]
            )
            self.assertEqual(error, ACCESS, method)
        for method in ("action_open", "action_allot", "action_tell", "action_remind"):
            _rows, error = self.call(
                self.coordinator, "timetable.choice.window", method, [self.window.id]
            )
            self.assertEqual(error, ACCESS, method)

    @mute_logger("odoo.http")
    def test_merit_and_seed_stay_inside(self):
        self.student[0].merit = 8.5
        for user in (self.coordinator, self.user[0]):
            _rows, error = self.call(
                user, "timetable.student", "read", [self.student[0].id], ["merit"]
            )
            self.assertEqual(error, ACCESS, user.login)
        _rows, error = self.call(
            self.officer, "timetable.choice.window", "read", [self.window.id], ["seed"]
        )
        self.assertEqual(error, ACCESS)

    def test_another_university(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.env["res.users"].create(
            {
                "name": "Officer elsewhere",
                "login": "tt_elsewhere",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [
                    Command.link(
                        self.env.ref("timetable_nep.group_timetable_officer").id
                    )
                ],
            }
        )
        for model in ("window", "demand"):
            rows = self.env[f"timetable.choice.{model}"].with_user(stranger).search([])
            self.assertFalse(rows)
        self.assertFalse(self.env["timetable.wish"].with_user(stranger).search([]))

    def test_window_over_for_remote_calls_too(self):
        self.window.date_close = fields.Datetime.now() - timedelta(minutes=1)
        with mute_logger("odoo.http"):
            _rows, error = self.call(
                self.user[0],
                "timetable.choice.window",
                "save_my_wishes",
                [self.window.id],
                {},
            )
        self.assertEqual(error, "odoo.exceptions.UserError")
