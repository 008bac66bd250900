from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form

from ..const import DEFAULT_WEIGHTS, METRICS, PROFILE_WEIGHTS, PROFILES, RULES
from ..labels import METRIC_TEXTS, RULE_LABELS, WISH_GROUPS, WISHES
from .common import BECAUSE, SidecarCase, make_variant, small_problem


class TestGenerateWizard(SidecarCase):
    """Scope, weights, and what a check shows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        data = small_problem() | {"previous": [], "pins": [], "profile": None}
        cls.term = cls.import_problem(data)
        departments = cls.term.offering_ids.department_id
        cls.physics = departments.filtered(lambda d: d.code == "PHY")
        cls.hindi = departments - cls.physics
        cls.events = {
            event.code: event
            for event in cls.env["timetable.event"].search(
                [("term_id", "=", cls.term.id)]
            )
        }

    def sent(self, wizard):
        run = self.env["timetable.run"].browse(wizard.action_generate()["res_id"])
        self.env["timetable.run"]._cron_sync()
        return run, self.sidecar.jobs[run.remote_id]["request"]

    def publish(self):
        """Physics in its first room, Hindi in a room that goes out of use."""
        slots = self.term.grid_id.timeslot_ids
        rooms = self.term.room_ids.sorted("code")
        placements = [
            (event, slots[index], rooms[2 if code == "E5" else 0])
            for index, (code, event) in enumerate(sorted(self.events.items()))
        ]
        variant = make_variant(self.term, placements, state="approved")
        variant.with_user(self.approver).action_publish(reason=BECAUSE)
        return {event.code: (slot, room) for event, slot, room in placements}

    # ---- Scope
    def test_whole_university_pins_nothing(self):
        self.publish()
        run, request = self.sent(self.wizard())
        self.assertFalse(run.department_ids)
        self.assertEqual(request["problem"]["pins"], [])

    def test_department_fixes_what_is_published_outside(self):
        published = self.publish()
        run, request = self.sent(
            self.wizard(scope="department", department_ids=self.physics.ids)
        )
        self.assertEqual(run.department_ids, self.physics)
        slot, room = published["E5"]
        self.assertEqual(
            request["problem"]["pins"],
            [
                {
                    "event": f"e{self.events['E5'].id}",
                    "timeslot": f"t{slot.id}",
                    "room": f"r{room.id}",
                }
            ],
        )

    def test_school_is_its_departments(self):
        self.publish()
        wizard = self.wizard(scope="school", school="Arts")
        run, request = self.sent(wizard)
        self.assertEqual(run.department_ids, self.hindi)
        pinned = {pin["event"] for pin in request["problem"]["pins"]}
        outside = {f"e{self.events[code].id}" for code in ("E1", "E2", "E3", "E4")}
        self.assertEqual(pinned, outside)

    def test_room_out_of_use_is_chosen_anew(self):
        """What is fixed keeps its time where its room is gone."""
        published = self.publish()
        slot, room = published["E5"]
        self.term.room_ids -= room
        _run, request = self.sent(
            self.wizard(scope="department", department_ids=self.physics.ids)
        )
        pin = request["problem"]["pins"][0]
        self.assertEqual((pin["timeslot"], pin["room"]), (f"t{slot.id}", None))

    def test_students_keep_their_classes_outside(self):
        """Publishing gave classes; those outside the scope stay decided."""
        self.publish()
        Enrolment = self.env["timetable.enrolment"]
        rows = Enrolment.search([("term_id", "=", self.term.id), ("fixed", "=", False)])
        for row in rows:
            row.class_id = row.offering_id.class_ids[0]
        student = self.env["timetable.student"].search([("code", "=", "S1")])
        _run, request = self.sent(
            self.wizard(scope="department", department_ids=self.physics.ids)
        )
        sent = next(
            row
            for row in request["problem"]["students"]
            if row["id"] == f"s{student.id}"
        )
        by_code = {row.offering_id.code: row for row in student.enrolment_ids}
        self.assertEqual(sent["classes"], [f"c{by_code['AEC1'].class_id.id}"])
        self.assertEqual(sent["offerings"], [f"o{by_code['PHY101'].offering_id.id}"])

    def test_scope_pins_do_not_stick(self):
        """The next run may move what only this one held in place."""
        self.publish()
        run, _request = self.sent(
            self.wizard(scope="department", department_ids=self.physics.ids)
        )
        self.assertEqual(run._pinned_events(), set())

    def test_scope_note_counts(self):
        wizard = self.wizard(scope="department", department_ids=self.physics.ids)
        self.assertIn("1 events outside, 0 are published", wizard.scope_note)
        self.publish()
        wizard.invalidate_recordset()
        self.assertIn("1 events outside, 1 are published", wizard.scope_note)
        wizard.scope = "university"
        self.assertFalse(wizard.scope_note)

    def test_empty_scope_is_refused(self):
        for scope in ("department", "school"):
            with self.subTest(scope=scope), self.assertRaisesRegex(UserError, "Choose"):
                self.wizard(scope=scope).action_generate()

    # ---- Weights
    def test_words_for_every_name(self):
        self.assertEqual(set(WISHES), set(DEFAULT_WEIGHTS))
        self.assertEqual({group for group, *_ in WISHES.values()}, set(WISH_GROUPS))
        self.assertEqual(set(RULE_LABELS), set(RULES))
        self.assertEqual(set(METRIC_TEXTS), set(METRICS))
        self.assertEqual(set(PROFILE_WEIGHTS), {name for name, _ in PROFILES})

    def test_wishes_follow_the_aim(self):
        wizard = self.wizard(variants=2)
        line = wizard.line_ids[1]
        self.assertEqual(line.profile, "faculty_friendly")
        weights = {wish["name"]: wish["weight"] for wish in line.wishes}
        self.assertEqual(weights["faculty_days"], 60)
        self.assertEqual(weights["room_stability"], 5)
        line.profile = "room_efficient"
        weights = {wish["name"]: wish["weight"] for wish in line.wishes}
        self.assertEqual(weights["room_stability"], 100)

    def test_own_weights_are_sent_without_those_of_the_aim(self):
        wizard = self.wizard(variants=1)
        line = wizard.line_ids
        line.weights = {"student_gaps": 50, "faculty_gaps": 5}
        self.assertEqual(line.changes, "Idle periods of students: 50")
        run, request = self.sent(wizard)
        expected = [
            {"key": "A", "profile": "balanced", "weights": {"student_gaps": 50}}
        ]
        self.assertEqual(run.requested_variants, expected)
        self.assertEqual(request["options"]["variants"], expected)

    def test_another_aim_starts_anew(self):
        with Form(self.env["timetable.generate.line"].with_user(self.officer)) as form:
            form.weights = {"student_gaps": 50}
            form.profile = "student_friendly"
            self.assertFalse(form.weights)

    def test_more_lines_keep_weights_and_get_letters(self):
        wizard = self.wizard(variants=2)
        wizard.line_ids[0].weights = {"student_gaps": 50}
        wizard.variants = 3
        self.assertEqual(wizard.line_ids.mapped("key"), ["A", "B", "C"])
        self.assertEqual(wizard.line_ids[0].weights, {"student_gaps": 50})
        with Form(wizard) as form, form.line_ids.new() as line:
            line.profile = "room_efficient"
        self.assertEqual(wizard.line_ids.mapped("key"), ["A", "B", "C", "D"])

    def test_wrong_weights_are_refused(self):
        line = self.wizard(variants=1).line_ids
        for weights in (
            {"no_such_wish": 1},
            {"student_gaps": -1},
            {"student_gaps": 1.5},
            {"student_gaps": True},
            {"student_gaps": 1_000_001},
        ):
            with self.subTest(weights=weights), self.assertRaises(ValidationError):
                line.weights = weights

    # ---- Check
    def test_findings_have_names_and_links(self):
        self.term.write({"date_start": "2027-01-04", "date_end": "2027-04-30"})
        room = self.term.room_ids[0]
        section = self.term.offering_ids[0].class_ids[0]
        lab = self.env.ref("timetable_nep.room_type_lab")
        self.sidecar.diagnosis = {
            "feasible": False,
            "items": [
                {
                    "code": "room_none_suits",
                    "severity": "error",
                    "message": {
                        "code": "component_seats",
                        "args": {
                            "count": 2,
                            "offering": f"[class:c{section.id}]",
                            "kind": "practical",
                            "seats": 1,
                        },
                    },
                    "sentence": "In English.",
                    "resources": [
                        {"kind": "class", "id": f"c{section.id}"},
                        {"kind": "room", "id": f"r{room.id}"},
                        {"kind": "room", "id": "r999999999"},
                        {"kind": "nothing", "id": "x"},
                    ],
                    "ways_out": [
                        {
                            "code": "add_room_of_type",
                            "args": {"type": f"[room_type:k{lab.id}]"},
                        },
                        {
                            "code": "accept_room",
                            "args": {"room": f"[room:r{room.id}]"},
                        },
                    ],
                    "suggestions": ["In English.", "In English."],
                },
                {"code": "faculty_over_norm", "severity": "warning", "sentence": "B"},
            ],
            "figures": {"room_periods_used": 0.634},
        }
        wizard = self.wizard()
        action = wizard.action_check()
        self.assertEqual(action["res_id"], wizard.id)
        first, second, *_own = wizard.findings
        self.assertEqual(
            first,
            {
                "severity": "error",
                "sentence": f"2 students chose {section.display_name} but its classes "
                "of kind Practical have 1 seat.",
                "suggestions": [
                    "Add a room of type Laboratory.",
                    f"Accept {room.name} by changing what the event needs.",
                ],
                "records": [
                    {
                        "model": "timetable.class",
                        "id": section.id,
                        "kind": "Class",
                        "name": section.display_name,
                    },
                    {
                        "model": "timetable.room",
                        "id": room.id,
                        "kind": "Room",
                        "name": room.name,
                    },
                ],
                "rooms": True,
            },
        )
        self.assertEqual((second["severity"], second["records"]), ("warning", []))
        self.assertEqual(
            wizard.check_message,
            "Points that make a complete timetable impossible: 1. "
            "1 more to take care of. "
            "Rooms are in use for 63 % of the week.",
        )

    def test_findings_name_what_has_no_form_of_its_own(self):
        """Batches, relations and bands too are named, with a link."""
        batch = self.env["timetable.batch"].create(
            {"name": "First year", "term_id": self.term.id}
        )
        events = self.term.offering_ids.class_ids.event_ids[:2]
        relation = self.env["timetable.relation"].create(
            {
                "term_id": self.term.id,
                "type": "same_time",
                "line_ids": [
                    fields.Command.create({"event_id": event.id}) for event in events
                ],
            }
        )
        band = self.env["timetable.band"].search([("term_id", "=", self.term.id)])[:1]
        self.sidecar.diagnosis = {
            "items": [
                {
                    "code": "relation_conflict",
                    "severity": "error",
                    "message": {
                        "code": "cannot_be_together",
                        "args": {"events": [f"[event:e{e.id}]" for e in events]},
                        "because": [
                            {
                                "code": "fact_relation",
                                "args": {"relation": f"[relation:x{relation.id}]"},
                                "because": [{"code": "same_time"}],
                            }
                        ],
                    },
                    "sentence": "In English.",
                    "suggestions": [f"Take a class out of [curriculum:g{batch.id}]."],
                },
                {
                    "code": "band_too_small",
                    "severity": "error",
                    "message": {
                        "code": "band_too_small",
                        "args": {
                            "category": band.category,
                            "slots": 1,
                            "days": 1,
                            "classes": [f"[class:c{events.class_id[:1].id}]"],
                        },
                    },
                    "sentence": "In English.",
                },
            ]
        }
        wizard = self.wizard()
        wizard.action_check()
        first, second, *_own = wizard.findings
        names = ", ".join(events.mapped("display_name"))
        one, other = events.mapped("display_name")
        self.assertEqual(
            first["sentence"],
            f"{one} and {other} cannot be placed together, because At the same time: "
            f"{names} asks for the same time.",
        )
        self.assertEqual(first["suggestions"], ["Take a class out of First year."])
        linked = [(row["model"], row["id"]) for row in first["records"]]
        self.assertEqual(
            linked,
            [
                *(("timetable.event", event.id) for event in events),
                ("timetable.relation", relation.id),
                ("timetable.batch", batch.id),
            ],
        )
        self.assertEqual(second["records"][0]["id"], band.id)

    def test_no_two_proposals_are_alike(self):
        """Another seed of the same weights is no choice, for benchmarks neither."""
        for profile in (False, "itc2007_curriculum", "itc2007_enrolment"):
            for mode in ("scratch", "repair"):
                self.term.profile = profile
                wizard = self.wizard(mode=mode)
                self.assertEqual(wizard.variants, 1 if profile else 3)
                wizard.variants = 5
                asked = [
                    (row["profile"], tuple(row["weights"].items()))
                    for row in (line._request() for line in wizard.line_ids)
                ]
                with self.subTest(profile=profile, mode=mode):
                    self.assertEqual(len(asked), len(set(asked)))
                    self.assertGreaterEqual(len(asked), 3)

    def test_check_says_what_is_planned_without(self):
        """Classes that nobody teaches, and a term without days."""
        self.sidecar.diagnosis = {"items": []}
        self.term.write({"date_start": "2027-01-04", "date_end": "2027-04-30"})
        wizard = self.wizard()
        wizard.action_check()
        self.assertFalse(wizard.findings)
        section = self.events["E5"].class_id
        section.faculty_ids = False
        self.term.write({"date_start": False, "date_end": False})
        wizard.action_check()
        alone, dates = wizard.findings
        self.assertIn(section.display_name, alone["sentence"])
        self.assertEqual(
            [(row["model"], row["id"]) for row in alone["records"]],
            [("timetable.class", section.id)],
        )
        self.assertEqual(dates["records"][0]["id"], self.term.id)
        self.assertIn("2 things to take care of", wizard.check_message)

    def test_check_looks_at_the_scope(self):
        self.publish()
        wizard = self.wizard(scope="department", department_ids=self.physics.ids)
        seen = []
        original = type(self.sidecar)._route

        def route(fake, method, path, headers, body):
            seen.append(body)
            return original(fake, method, path, headers, body)

        with patch.object(type(self.sidecar), "_route", route):
            wizard.action_check()
        self.assertIn(f'"event":"e{self.events["E5"].id}"'.encode(), seen[0])
        self.assertIn(b'"pins":[{', seen[0])
        self.assertFalse(self.term.run_ids, "a check makes no run")

    def test_a_service_that_is_not_set_up_is_told_before(self):
        """Not by a run that failed: whom to ask is named, no run is made."""
        wizard = self.wizard()
        runs = self.env["timetable.run"].search_count([])
        params = self.env["ir.config_parameter"].sudo()
        for name in ("url", "token", "secret"):
            kept = params.get_param(f"timetable_nep.sidecar_{name}")
            params.set_param(f"timetable_nep.sidecar_{name}", "")
            for press in (wizard.action_check, wizard.action_generate):
                with self.assertRaisesRegex(UserError, "not set up yet.*tt_admin"):
                    press()
            params.set_param(f"timetable_nep.sidecar_{name}", kept)
        self.assertEqual(self.env["timetable.run"].search_count([]), runs)

    def test_check_needs_the_service(self):
        self.sidecar.down = True
        with self.assertRaisesRegex(UserError, "not ready"):
            self.wizard().action_check()
