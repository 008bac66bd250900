import base64

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import import_problem, make_users, make_variant, small_problem
from .test_security import MATRIX, OPERATIONS, expected_rights

ROLES = ("coordinator", "officer", "approver", "admin", "portal", "internal")
ACCESS = "odoo.exceptions.AccessError"

ACTIONS = {
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
    ("variant", "sectioning"): {"coordinator", "officer", "approver", "admin"},
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
        error = response.json().get("error")
        return error and error["data"]["name"]

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
                        self.assertEqual(error == ACCESS, letter not in rights, error)

    @mute_logger("odoo.http")
    def test_actions_by_remote_call(self):
        records = {"run": self.run_.id, "variant": self.variant.id}
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
