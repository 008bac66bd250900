import base64
import copy
import json
import os
import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import file_open

from ..labels import say_fault
from ..tools import payload
from ..tools.problem_file import check_problem
from .common import (
    TimetableCase,
    make_variant,
    repository,
    sidecar,
    small_problem,
)

GOLDEN = ("tests", "contract", "golden", "addon_snapshot.json")
SETS = {
    "features",
    "unavailable",
    "faculty",
    "timeslots",
    "classes",
    "offerings",
    "preferences",
}


class TestImport(TimetableCase):
    """A file becomes a term, and the term the same problem again."""

    def named(self, term):
        """Snapshot of ``term`` with the file's ids in place of ours."""
        problem = term._snapshot_problem()
        models = {
            "department": "timetable.department",
            "building": "timetable.building",
            "room_type": "timetable.room.type",
            "feature": "timetable.room.feature",
            "room": "timetable.room",
            "faculty": "timetable.faculty",
            "timeslot": "timetable.timeslot",
            "offering": "timetable.offering",
            "class": "timetable.class",
            "event": "timetable.event",
            "student": "timetable.student",
            "programme": "timetable.programme",
            "batch": "timetable.batch",
            "relation": "timetable.relation",
        }
        pattern = re.compile(rf"^([{''.join(payload.KINDS)}])(\d+)$")

        def rename(value):
            if isinstance(value, dict):
                return {key: rename(item) for key, item in value.items()}
            if isinstance(value, list):
                return [rename(item) for item in value]
            match = isinstance(value, str) and pattern.match(value)
            if match:
                model = models[payload.KINDS[match[1]]]
                return self.env[model].browse(int(match[2])).code
            return value

        return rename(problem)

    def normal(self, value, key=None):
        """The same for problems that mean the same: defaults filled in, sets sorted,
        names left out."""
        if isinstance(value, dict):
            return {
                name: self.normal(item, name)
                for name, item in sorted(value.items())
                if name not in ("name", "school", "version")
                and item not in (None, [], "")
            }
        if isinstance(value, list):
            items = [self.normal(item) for item in value]
            if key in SETS or all(isinstance(i, dict) for i in items):
                items.sort(key=lambda item: json.dumps(item, sort_keys=True))
            return items
        return value

    def with_defaults(self, data):
        data = copy.deepcopy(data)
        for room in data["rooms"]:
            room.setdefault("type", "classroom")
        for section in data["classes"]:
            section.setdefault("one_event_per_day", True)
            for event in section["events"]:
                event.setdefault("room_type", "classroom")
                event.setdefault("needs_room", True)
        for row in data["relations"]:
            row.setdefault("weight", 0)
        return data

    def test_round_trip_keeps_every_field(self):
        data = small_problem()
        term = self.import_problem(data)
        got = self.named(term)
        own = [
            event.pop("faculty", 0) for row in got["classes"] for event in row["events"]
        ]
        self.assertEqual(
            sorted(map(str, own)), ["None", "None", "None", "['F1', 'F3']", "[]"]
        )
        for row in data["classes"]:
            for event in row["events"]:
                event.pop("faculty", None)
        self.assertEqual(self.normal(got), self.normal(self.with_defaults(data)))
        self.assertEqual(
            [row["events"] for row in got["relations"]], [["E5", "E1"], ["E1", "E3"]]
        )

    def test_benchmark_keeps_its_objective(self):
        """A .ctt or .tim goes to the service as text and comes back as a problem."""
        for ending, profile in (
            ("CTT", "itc2007_curriculum"),
            ("tim", "itc2007_enrolment"),
        ):
            with self.subTest(ending):
                self.check_benchmark(ending, profile)

    def check_benchmark(self, ending, profile):
        data = small_problem() | {"profile": profile, "students": []}
        with sidecar(self.env) as fake:
            fake.converted = data
            wizard = (
                self.env["timetable.import.wizard"]
                .with_user(self.officer)
                .create(
                    {
                        "file": base64.b64encode(f"Name: {ending}\n".encode()),
                        "filename": f"toy.{ending}",
                        "term_name": "Toy",
                    }
                )
            )
            term = self.env["timetable.term"].browse(wizard.action_import()["res_id"])
            path = f"/v1/convert?format={ending.lower()}"
            self.assertEqual(fake.requests[-1], ("POST", path))
        self.assertEqual(term.profile, profile)
        self.assertEqual(term._snapshot_problem()["profile"], profile)
        generate = self.env["timetable.generate.wizard"].create({"term_id": term.id})
        self.assertEqual(set(generate.line_ids.mapped("profile")), {profile})

    def test_same_file_again_is_refused(self):
        self.import_problem(small_problem())
        with self.assertRaisesRegex(UserError, "imported before"):
            self.import_problem(small_problem())
        self.assertTrue(self.import_problem(small_problem(), again=True))

    def test_reuse_takes_what_is_there(self):
        first = self.import_problem(small_problem())
        second = self.import_problem(small_problem(), again=True, reuse=True)
        self.assertEqual(second.room_ids, first.room_ids)
        third = self.import_problem(small_problem(), again=True)
        self.assertFalse(third.room_ids & first.room_ids)

    def test_names_are_invented_or_not(self):
        self.import_problem(small_problem(), invent_names=False)
        self.assertTrue(self.env["timetable.faculty"].search([("name", "=", "F1")]))
        term = self.import_problem(small_problem(), again=True, invent_names=True)
        names = self.env["timetable.class"].search([("term_id", "=", term.id)])
        self.assertTrue(
            all(len(n.split()) == 3 for n in names.faculty_ids.mapped("name"))
        )

    def test_faults_are_plain_sentences(self):
        def fault(change):
            data = small_problem()
            change(data)
            return [say_fault(self.env, fault) for fault in check_problem(data)]

        cases = {
            "'rooms' is missing": lambda d: d.pop("rooms"),
            "which is not in departments": lambda d: d["rooms"][0].update(
                department="?"
            ),
            "is there twice in rooms": lambda d: d["rooms"].append(d["rooms"][0]),
            "has no 'capacity'": lambda d: d["rooms"][0].pop("capacity"),
            "no timeslot is allowed": lambda d: d["classes"][0]["events"][0].update(
                timeslots=[]
            ),
            "a limit of 0 periods": lambda d: d["faculty"][0].update(
                max_periods_week=0
            ),
            "from 1 to 16": lambda d: d.update(student_max_consecutive=0),
            "needs an 'id'": lambda d: d["classes"][0]["events"].append({}),
            "two classes of one offering": lambda d: d["students"][0].update(
                classes=["PHY101-1", "PHY101-2"]
            ),
        }
        for sentence, change in cases.items():
            with self.subTest(sentence):
                self.assertIn(sentence, "\n".join(fault(change)))
        self.assertFalse(check_problem(small_problem()))
        self.assertTrue(check_problem([]))

    def test_faults_are_told_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        wizard = self.env["timetable.import.wizard"].with_context(lang="fr_FR")
        data = small_problem()
        data["rooms"][0].pop("capacity")
        file = base64.b64encode(json.dumps(data).encode())
        with self.assertRaisesRegex(UserError, r"rooms\[0\] n'a pas de « capacity »"):
            wizard.create({"file": file, "filename": "a.json"}).action_import()

    def test_faulty_file_leaves_nothing(self):
        data = small_problem()
        data["students"][0]["offerings"] = ["nowhere"]
        before = self.env["timetable.room"].search_count([])
        with self.assertRaisesRegex(UserError, "nowhere"):
            self.import_problem(data)
        self.assertEqual(self.env["timetable.room"].search_count([]), before)

    def test_demonstration_college(self):
        """The file of the demonstration data is sound and shows every feature."""
        with file_open("timetable_nep/demo/college.json") as file:
            data = json.load(file)
        self.assertEqual(check_problem(data), [])
        term = self.import_problem(data)
        self.assertEqual(term.class_count, len(data["classes"]))
        self.assertTrue(term.band_ids and term.relation_ids)

    def test_not_json(self):
        wizard = self.env["timetable.import.wizard"].create(
            {"file": base64.b64encode(b"{"), "filename": "x.json"}
        )
        with self.assertRaisesRegex(UserError, "not valid JSON"):
            wizard.action_import()

    # ---- Snapshot
    def test_snapshot_names_nobody(self):
        """What leaves Odoo holds ids, and no name, e-mail or phone of anybody."""
        term = self.import_problem(small_problem())
        for number, model in enumerate(("timetable.faculty", "timetable.student")):
            for person in self.env[model].search([("code", "!=", False)]):
                person.partner_id.write(
                    {
                        "name": f"Zenobia Quixote {person.id}",
                        "email": f"zq{number}{person.id}@people.example",
                        "phone": f"+91 98765 4{person.id:04d}",
                        "street": "Lanka Road",
                    }
                )
        problem = term._snapshot_problem()
        text = json.dumps(problem)
        for word in ("Zenobia", "people.example", "98765", "Lanka", "Physics", "name"):
            self.assertNotIn(word, text)
        pattern = re.compile(rf"^[{''.join(payload.KINDS)}]\d+$")
        words = {
            *("category", "level", "type", "start", "end", "version", "profile"),
        }

        def strings(value, key=None):
            if isinstance(value, dict):
                for name, item in value.items():
                    yield from strings(item, name)
            elif isinstance(value, list):
                for item in value:
                    yield from strings(item, key)
            elif isinstance(value, str) and not (
                key in words and not pattern.match(value)
            ):
                yield value

        for value in strings(problem):
            self.assertRegex(value, pattern)

    def test_snapshot_queries_do_not_grow(self):
        def queries(term):
            self.env.invalidate_all()
            term._snapshot_problem()  # fills the caches of access rules
            self.env.invalidate_all()
            count = self.env.cr.sql_log_count
            term._snapshot_problem()
            return self.env.cr.sql_log_count - count

        small = self.import_problem(small_problem())
        data = small_problem()
        for number in range(40):
            data["students"].append({"id": f"N{number}", "offerings": ["PHY101"]})
            data["rooms"].append({"id": f"N{number}", "capacity": 10})
            data["faculty"].append({"id": f"N{number}", "unavailable": ["T01"]})
            data["classes"].append(
                {
                    "id": f"N{number}",
                    "offering": "AEC1",
                    "limit": 9,
                    "faculty": [f"N{number}"],
                    "events": [{"id": f"N{number}"}],
                }
            )
        big = self.import_problem(data)
        self.assertLessEqual(queries(big), queries(small) + 1)
        self.assertLess(queries(big), 60)

    def test_golden_snapshot(self):
        """The file that the sidecar's own tests read as a problem."""
        root = repository()
        if not root:
            self.skipTest("The addon is installed without its repository.")
        term = self.import_problem(small_problem())
        problem = self.renumbered(term._snapshot_problem())
        text = json.dumps(problem, indent=1, sort_keys=True) + "\n"
        path = root.joinpath(*GOLDEN)
        if os.environ.get("TIMETABLE_WRITE_GOLDEN"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.assertEqual(text, path.read_text(), "Set TIMETABLE_WRITE_GOLDEN=1 once.")

    def renumbered(self, problem):
        """Ids counted from 1, so that the file does not depend on the database."""
        pattern = re.compile(rf"^([{''.join(payload.KINDS)}])(\d+)$")
        found = {}

        def collect(value):
            if isinstance(value, dict):
                for item in value.values():
                    collect(item)
            elif isinstance(value, list):
                for item in value:
                    collect(item)
            elif isinstance(value, str) and (match := pattern.match(value)):
                found.setdefault(match[1], set()).add(int(match[2]))

        collect(problem)
        names = {
            f"{letter}{number}": f"{letter}{place}"
            for letter, numbers in found.items()
            for place, number in enumerate(sorted(numbers), start=1)
        }

        def rename(value):
            if isinstance(value, dict):
                return {key: rename(item) for key, item in value.items()}
            if isinstance(value, list):
                return [rename(item) for item in value]
            return names.get(value, value) if isinstance(value, str) else value

        return rename(problem)

    def test_other_company_sees_nothing(self):
        term = self.import_problem(small_problem())
        company = self.env["res.company"].create({"name": "Another university"})
        stranger = new_test_user(
            self.env,
            "tt_stranger",
            groups="timetable_nep.group_timetable_officer",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        make_variant(term)
        self.env["timetable.run"].create({"term_id": term.id})
        self.env["timetable.basket"].create({"name": "B", "term_id": term.id})
        models = [
            model
            for name, model in self.env.items()
            if name.startswith("timetable.")
            and not (model._abstract or model._transient)
            and "company_id" in model._fields
        ]
        self.assertGreater(len(models), 20)
        for model in models:
            with self.subTest(model=model._name):
                ours = model.sudo().search([("company_id", "=", term.company_id.id)])
                theirs = model.with_user(stranger)
                if theirs.has_access("read"):
                    self.assertFalse(theirs.search([]) & ours)
                if not ours:
                    continue
                with self.assertRaises(AccessError):
                    ours[0].with_user(stranger).read(["display_name"])
                with self.assertRaises(AccessError):
                    ours[0].with_user(stranger).write({})
        self.assertTrue(self.env["timetable.term"].with_user(self.officer).search([]))
        self.assertTrue(term)
