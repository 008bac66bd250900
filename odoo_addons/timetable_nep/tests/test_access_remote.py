import base64

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import import_problem, make_users, make_variant, small_problem
from .test_security import MATRIX, OPERATIONS, expected_rights

ROLES = ("coordinator", "officer", "approver", "admin", "portal", "internal")
ACCESS = "odoo.exceptions.AccessError"
MISSING = "odoo.exceptions.MissingError"

KEEPERS = {"officer", "admin"}
TEACHERS = {"coordinator", "officer", "admin"}
ACTIONS = {
    "grid": {"action_fill": KEEPERS},
    "term": {"action_split": KEEPERS, "action_archive": KEEPERS},
    "room": {"action_archive": KEEPERS},
    "offering": {"action_split": TEACHERS},
    "class": {"action_archive": TEACHERS},
    "faculty": {"action_archive": TEACHERS},
    "run": {
        "action_generate": {"officer", "admin"},
        "action_cancel": {"officer", "admin"},
        "action_pause": {"officer", "admin"},
        "action_resume": {"officer", "admin"},
        "action_retry": {"officer", "admin"},
        "action_give_up": {"officer", "admin"},
    },
    "variant": {
        "action_approve": {"approver", "admin"},
        "action_publish": {"officer", "approver", "admin"},
        "action_back_to_draft": {"officer", "admin"},
        "action_archive": {"officer", "admin"},
        "action_submit": {"coordinator", "officer", "admin"},
        "action_department_approve": {"coordinator", "approver", "admin"},
    },
}
"""Who may press what. Whether the state allows it is another test's matter."""

PRIVATE = {
    "run": ("_guarded", "_store_result", "_apply_event", "_fail", "_follow"),
    "variant": ("_guarded", "_move"),
    "term": ("_snapshot_problem", "_make_snapshot"),
    "assignment": ("_with_pass",),
}

FILES = {
    ("run", "snapshot"): {"officer", "admin"},
    ("variant", "sectioning"): set(),
}
"""Who may download what."""


@tagged("post_install", "-at_install")
class TestAccessRemote(HttpCase):
    """Each role from outside: by remote call and by address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_users(cls)
        data = small_problem() | {"previous": []}
        cls.term = import_problem(cls.env(user=cls.officer), data)
        departments = cls.term.offering_ids.department_id
        departments.filtered(
            lambda d: d.code == "PHY"
        ).coordinator_ids = cls.coordinator
        cls.variant = make_variant(
            cls.term, sectioning=base64.b64encode(b"who sits where")
        )
        cls.run_ = cls.env["timetable.run"].create({"term_id": cls.term.id})
        cls.run_._guarded().write({"snapshot": base64.b64encode(b"what was sent")})

    def login(self, role):
        user = getattr(self, role)
        self.authenticate(user.login, user.login.ljust(8, "x"))

    def call(self, model, method, *args, **kwargs):
        """A remote call as a browser makes it.

        :return: name of the exception, or None if it went well
        """
        error = self.answer(model, method, *args, **kwargs).get("error")
        return error and error["data"]["name"]

    def answer(self, model, method, *args, **kwargs):
        response = self.url_open(
            f"/web/dataset/call_kw/timetable.{model}/{method}",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "model": f"timetable.{model}",
                    "method": method,
                    "args": args,
                    "kwargs": kwargs,
                },
            },
        )
        self.assertEqual(response.status_code, 200)
        return response.json()

    def some_record(self, model):
        return self.env[f"timetable.{model}"].search([], limit=1).id or 1

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_matrix_by_remote_call(self):
        """The matrix of the documentation holds outside of the server too."""
        ids = {model: self.some_record(model) for model in MATRIX}
        for role in ROLES:
            self.login(role)
            for model in MATRIX:
                rights = expected_rights(model, role)
                answers = {
                    "r": self.call(model, "search_read", [], ["id"], limit=1),
                    "c": self.call(model, "create", [{}]),
                }
                if "w" not in rights:
                    answers["w"] = self.call(model, "write", [ids[model]], {})
                if "u" not in rights:
                    answers["u"] = self.call(model, "unlink", [ids[model]])
                for letter, error in answers.items():
                    with self.subTest(
                        role=role, model=model, operation=OPERATIONS[letter]
                    ):
                        refused = error in (ACCESS, MISSING)
                        self.assertEqual(refused, letter not in rights, error)

    def records(self):
        """One record of each kind, of the coordinator's own department."""
        offering = self.term.offering_ids.filtered(
            lambda row: self.coordinator in row.department_id.coordinator_ids
        )[0]
        section = offering.class_ids[0]
        return {
            "run": self.run_.id,
            "variant": self.variant.id,
            "grid": self.term.grid_id.id,
            "term": self.term.id,
            "room": self.term.room_ids[0].id,
            "offering": offering.id,
            "class": section.id,
            "faculty": section.faculty_ids.filtered(
                lambda row: row.department_id == offering.department_id
            )[0].id,
        }

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_outsiders_press_nothing(self):
        """Whatever buttons there are: not for those who have no role here.

        A button may name the page it opens; what is on that page is asked for anew.
        """
        known = self.records()
        for role in ("portal", "internal"):
            self.login(role)
            for name, model in sorted(self.env.items()):
                if not name.startswith("timetable.") or model._abstract:
                    continue
                kind = name.removeprefix("timetable.")
                record = known.get(kind) or model.sudo().search([], limit=1).id or 1
                for method in sorted(dir(type(model))):
                    if not method.startswith("action_"):
                        continue
                    with self.subTest(role=role, model=name, method=method):
                        answer = self.answer(kind, method, [record])
                        result = answer.get("result")
                        page = isinstance(result, dict) and result.get("type", "")
                        opens = bool(page) and page.startswith("ir.actions.")
                        nothing = result is False
                        self.assertTrue("error" in answer or opens or nothing, answer)

    @mute_logger("odoo.http")
    def test_actions_by_remote_call(self):
        records = self.records()
        for model, actions in ACTIONS.items():
            for refused in (True, False):  # those who may, last: they change the state
                for role in ROLES:
                    self.login(role)
                    for method, roles in actions.items():
                        if refused != (role not in roles):
                            continue
                        error = self.call(model, method, [records[model]])
                        with self.subTest(role=role, method=method):
                            self.assertEqual(error == ACCESS, refused, error)

    @mute_logger("odoo.http")
    def test_private_methods_cannot_be_called(self):
        self.login("admin")
        for model, methods in PRIVATE.items():
            for method in methods:
                with self.subTest(model=model, method=method):
                    error = self.call(model, method, [self.some_record(model)])
                    self.assertEqual(error, ACCESS)

    @mute_logger("odoo.http")
    def test_guarded_fields_cannot_be_forged(self):
        """Not even the administrator's context opens the guard from outside."""
        self.login("admin")
        context = {"timetable_nep_guard": True}
        for model, record in (("run", self.run_), ("variant", self.variant)):
            error = self.call(
                model, "write", record.ids, {"state": "archived"}, context=context
            )
            self.assertEqual(error, ACCESS)
        self.assertEqual((self.run_.state, self.variant.state), ("draft", "draft"))

    @mute_logger("odoo.http")
    def test_wizards_by_remote_call(self):
        for role in ROLES:
            self.login(role)
            for model in (
                "generate.wizard",
                "import.wizard",
                "generate.line",
                "roll.over.wizard",
            ):
                with self.subTest(role=role, model=model):
                    error = self.call(model, "search_read", [], ["id"], limit=1)
                    self.assertEqual(error == ACCESS, role not in ("officer", "admin"))

    def test_machine_has_no_login(self):
        robot = self.env.ref("timetable_nep.user_robot")
        self.assertFalse(robot.active)
        self.assertFalse(robot.sudo().api_key_ids)

    @mute_logger("odoo.http")
    def test_files_by_address(self):
        records = {"run": self.run_.id, "variant": self.variant.id}
        for (model, field), roles in FILES.items():
            address = f"/web/content/timetable.{model}/{records[model]}/{field}"
            for role in ROLES:
                self.login(role)
                with self.subTest(role=role, address=address):
                    status = self.url_open(address).status_code
                    self.assertEqual(status, 200 if role in roles else 404)
            self.logout()
            with self.subTest(role="visitor", address=address):
                self.assertEqual(self.url_open(address).status_code, 404)

    def test_portal_has_no_backend(self):
        self.login("portal")
        for address in (
            "/odoo/action-timetable_nep.timetable_run_action",
            f"/odoo/action-timetable_nep.timetable_variant_action/{self.variant.id}",
        ):
            with self.subTest(address=address):
                response = self.url_open(address, allow_redirects=False)
                self.assertEqual(response.status_code, 303)
                self.assertNotIn("/odoo", response.headers["Location"])

    def test_visitor_calls_nothing(self):
        for model in ("term", "student", "assignment", "variant"):
            with self.subTest(model=model), mute_logger("odoo.http"):
                error = self.call(model, "search_read", [], ["id"])
                self.assertEqual(error, "odoo.http.SessionExpiredException")
