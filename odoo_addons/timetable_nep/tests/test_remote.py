"""Every public method and page of ours, called with what programs and people send by
mistake: a plain error each, nothing of others, nothing half-written."""

import inspect
import itertools
import json
from unittest.mock import patch
from urllib.parse import quote

from odoo import http
from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..tools.remote import MOST
from .common import import_problem, small_problem
from .test_meeting import MeetingCase

ADDON = "odoo.addons.timetable_nep."
ODOO_S_OWN = frozenset(
    {"create", "write", "unlink", "init", "default_get", "session_info", "send_mail"}
)
"""Overrides: what may be handed to them is Odoo's affair, also for its own models."""
MISSING = 2_000_000_000
TEN_THOUSAND = list(range(MISSING, MISSING + 10_000))
WRONG_IDS = {
    "missing": [MISSING],
    "text": ["abc"],
    "number as text": ["7"],
    "beyond the database": [10**12],
    "negative": [-1],
    "nothing": [None],
    "nested": [[1]],
    "ten thousand": TEN_THOUSAND,
}
WRONG_VALUES = ("abc", "7", -1, MISSING, 10**12, 1.5, {"a": 1}, [1], ["x"], True)
WRONG_VALUES += (TEN_THOUSAND, "x" * 20_000, "2027-13-45")
SIGN = "Zulu"
"""Stands in each name of the other university: nobody here may read it."""


def public_methods(registry):
    """``(model, method, function)`` of all that RPC can call and this addon defines."""
    for model in sorted(registry.models):
        seen = set()
        for cls in registry.models[model].__mro__:
            if not cls.__module__.startswith(ADDON):
                continue
            for name, function in vars(cls).items():
                if name.startswith("_") or name in seen or name in ODOO_S_OWN:
                    continue
                if not inspect.isfunction(function):
                    continue
                seen.add(name)
                if not getattr(function, "_api_private", False):
                    yield model, name, function


class TestRemote(MeetingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_b = cls.env["res.company"].create({"name": f"{SIGN} university"})
        problem = small_problem() | {"previous": [], "pins": []}
        for name in ("departments", "buildings", "rooms", "offerings"):
            for row in problem[name]:
                row["name"] = f"{SIGN} {row['id']}"
        env = cls.env(user=cls.env.ref("base.user_admin"))
        env.user.company_ids += cls.company_b
        env = env(context={"allowed_company_ids": cls.company_b.ids})
        cls.other_term = import_problem(env, problem)
        cls.other_term.name = f"{SIGN} term"

    def own_and_foreign(self, model):
        """A record of this university, and one of the other, if there are."""
        Model = self.env[model].sudo()
        if not Model._auto or "company_id" not in Model._fields:
            return None, None
        company = Model._fields["company_id"]
        if not (company.store or company.search or company.related):
            return None, None
        found = [
            Model.with_context(active_test=False).search(
                [("company_id", "=", where.id)], limit=1, order="id desc"
            )
            for where in (self.env.company, self.company_b)
        ]
        return found[0].id, found[1].id

    def attempt(self, model, name, args):
        """What one call ends in; whatever it wrote is taken back.

        :return: ``("refused", words)``, ``("done", answer)`` or ``("broken", error)``
        """
        cr = self.env.cr
        committed = AssertionError("a public method commits")
        with patch.object(type(cr), "commit", side_effect=committed):
            cr.execute("SAVEPOINT walk")
            try:
                Model = self.env[model].with_user(self.admin)
                answer = call_kw(Model, name, args, {"context": {"lang": "en_US"}})
                self.env.flush_all()
                json.dumps(answer, default=str)
                outcome = ("done", answer)
            except UserError as error:
                outcome = ("refused", str(error))
            except Exception as error:
                outcome = ("broken", f"{type(error).__name__}: {error}"[:300])
            cr.execute("ROLLBACK TO SAVEPOINT walk")
            self.env.invalidate_all(flush=False)
        return outcome

    def calls(self, model, function):
        """``(what is wrong, arguments)`` of one method."""
        parameters = list(inspect.signature(function).parameters.values())[1:]
        of_records = not getattr(function, "_api_model", False)
        own, foreign = self.own_and_foreign(model)
        fitting = [self.fitting(parameter) for parameter in parameters]
        if of_records:
            for words, ids in WRONG_IDS.items():
                yield words, [ids, *fitting]
            if foreign:
                yield "of others", [[foreign], *fitting]
        head = [[own] if own else [MISSING]] if of_records else []
        for number, value in itertools.product(range(len(parameters)), WRONG_VALUES):
            args = list(fitting)
            args[number] = value
            yield f"{parameters[number].name}={str(value)[:20]}", head + args
        for number, parameter in enumerate(parameters):
            for value in self.foreign_values(parameter.name):
                args = list(fitting)
                args[number] = value
                yield f"{parameter.name} of others", head + args

    def fitting(self, parameter):
        """A right value for a parameter."""
        mine = {
            "event_id": self.event["E1"].id,
            "other_id": self.event["E3"].id,
            "timeslot_id": self.slot["T12"].id,
            "faculty_id": self.faculty["F2"].id,
            "meeting_id": self.meetings("E1")[0].id,
            "event_ids": self.event["E1"].ids,
            "view_by": "room",
            "state": "archived",
        }
        if parameter.name in mine:
            return mine[parameter.name]
        return False if parameter.default is parameter.empty else parameter.default

    def foreign_values(self, name):
        term = self.other_term.sudo()
        events = self.env["timetable.event"].sudo().search([("term_id", "=", term.id)])
        ids = {
            "event_id": events[0].id,
            "other_id": events[1].id,
            "timeslot_id": term.grid_id.timeslot_ids[0].id,
            "room_id": term.room_ids[0].id,
            "resource_id": term.room_ids[0].id,
            "term_id": term.id,
            "event_ids": events.ids,
            "grid_ids": term.grid_id.ids,
        }
        return [ids[name]] if name in ids else []

    def test_each_method_looks_at_what_it_gets(self):
        """None is forgotten: the next one that is written must have its decorator."""
        for model, name, function in public_methods(self.registry):
            takes = len(inspect.signature(function).parameters) > 1
            if takes or not getattr(function, "_api_model", False):
                with self.subTest(method=f"{model}.{name}"):
                    self.assertTrue(getattr(function, "_timetable_checked", False))

    @mute_logger("odoo.sql_db")
    def test_wrong_values_end_in_a_sentence(self):
        walked = 0
        done, broken, leaked = [], [], []
        for model, name, function in public_methods(self.registry):
            for words, args in self.calls(model, function):
                walked += 1
                how, answer = self.attempt(model, name, args)
                call = f"{model}.{name}: {words}"
                if how == "broken":
                    broken.append(f"{call}: {answer}")
                elif SIGN in str(answer):
                    leaked.append(f"{call}: {answer}"[:300])
                elif how == "done" and words in WRONG_IDS and words != "missing":
                    done.append(call)
        self.assertFalse(broken, "\n" + "\n".join(broken))
        self.assertFalse(leaked, "\n" + "\n".join(leaked))
        self.assertFalse(done, "\n" + "\n".join(done))
        self.assertGreater(walked, 1200)

    def test_archived_records_are_refused_or_read(self):
        """Whatever is asked of an archived record, the answer is one."""
        broken = []
        for model, name, function in public_methods(self.registry):
            own, _foreign = self.own_and_foreign(model)
            fields = self.env[model]._fields
            if not own or "active" not in fields or not fields["active"].store:
                continue
            if getattr(function, "_api_model", False):
                continue
            record = self.env[model].browse(own)
            self.env.cr.execute(
                f"UPDATE {record._table} SET active = FALSE WHERE id = %s", [own]
            )
            record.invalidate_recordset()
            parameters = list(inspect.signature(function).parameters.values())[1:]
            args = [[own], *map(self.fitting, parameters)]
            how, answer = self.attempt(model, name, args)
            if how == "broken":
                broken.append(f"{model}.{name}: {answer}")
            self.env.cr.execute(
                f"UPDATE {record._table} SET active = TRUE WHERE id = %s", [own]
            )
            record.invalidate_recordset()
        self.assertFalse(broken, "\n" + "\n".join(broken))

    def test_most_at_once(self):
        students = self.env["timetable.student"].with_user(self.admin)
        with self.assertRaisesRegex(UserError, "Too many at once: 10000"):
            call_kw(students, "action_grant_portal_access", [TEN_THOUSAND], {})
        self.assertLess(MOST, 10_000)


@tagged("post_install", "-at_install")
class TestPagesRemote(HttpCase, MeetingCase):
    """The pages of ours, found by themselves, with wrong ids in address and form."""

    VALUES = ("", "abc", "-1", str(MISSING), str(10**20), "1e5", "٣", "\0", "x" * 5000)

    FIELDS = ("slot", "room", "reason", "date", "slot_abc", "slot_99999999999")

    def routes(self):
        """``(path, method, names of fields)`` of all our controllers."""
        classes = list(http.Controller.__subclasses__())
        while classes:
            cls = classes.pop()
            classes += cls.__subclasses__()
            if not cls.__module__.startswith(ADDON):
                continue
            for function in vars(cls).values():
                routing = getattr(function, "original_routing", None)
                if not routing:
                    continue
                parameters = list(inspect.signature(function).parameters.values())[1:]
                names = [row.name for row in parameters if row.kind != row.VAR_KEYWORD]
                if len(names) < len(parameters):
                    names += self.FIELDS
                for path in routing["routes"]:
                    for method in routing.get("methods") or ["GET"]:
                        yield path, method, names

    def test_pages(self):
        self.portal.partner_id = self.faculty["F1"].partner_id
        self.env.flush_all()
        self.authenticate("tt_portal", "tt_portal")
        broken, walked = [], 0
        for path, method, names in self.routes():
            for value in self.VALUES:
                head, *parts = path.split("<")
                address = head
                for part in parts:
                    rule, rest = part.split(">", 1)
                    kind = rule.split(":")[0] if ":" in rule else ""
                    number = value if value.isascii() and value.isdecimal() else "7"
                    filled = (
                        "renew"
                        if kind.startswith("any")
                        else quote(value.strip("\0") or "x")
                    )
                    address += (number if kind == "int" else filled) + rest
                data = dict.fromkeys(names, value)
                if method == "POST":
                    data["csrf_token"] = http.Request.csrf_token(self)
                answer = self.url_open(
                    address,
                    data=data if method == "POST" else None,
                    params=data if method == "GET" else None,
                    allow_redirects=False,
                    timeout=60,
                )
                walked += 1
                if answer.status_code >= 500:
                    broken.append(f"{method} {path} {value[:20]}: {answer.status_code}")
        self.assertFalse(broken, "\n" + "\n".join(broken))
        self.assertGreater(walked, 120)
