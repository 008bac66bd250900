import copy

from odoo.exceptions import UserError

from .common import TimetableCase


def structured():
    """Lectures of 40 with practicals of 20 in odd weeks, and a lecture of two codes."""
    slots = [
        {
            "id": f"T{day}{period}",
            "day": day,
            "period": period,
            "start": f"{8 + period:02d}:00",
            "end": f"{9 + period:02d}:00",
        }
        for day in range(5)
        for period in range(1, 7)
    ]

    def section(key, offering, limit, events, **values):
        return {
            "id": key,
            "offering": offering,
            "limit": limit,
            "events": [{"id": f"{key}.{n}", **event} for n, event in enumerate(events)],
            **values,
        }

    practical = {"duration": 2, "room_type": "lab", "weeks": ["odd"]}
    return {
        "version": "2.0",
        "name": "Structured",
        "weeks": 6,
        "week_patterns": [{"id": "odd", "name": "Odd", "weeks": [1, 3, 5]}],
        "faculty": [{"id": "F1"}],
        "rooms": [
            {"id": "R1", "capacity": 80},
            {"id": "R2", "capacity": 80},
            {"id": "L1", "capacity": 20, "type": "lab"},
        ],
        "timeslots": slots,
        "offerings": [
            {
                "id": "PHY",
                "configurations": [
                    {
                        "id": "PHY-1",
                        "components": [
                            {"id": "PHY-L", "kind": "lecture"},
                            {"id": "PHY-P", "kind": "practical", "parent": "PHY-L"},
                        ],
                    }
                ],
            },
            {"id": "ART"},
            {"id": "MUS"},
        ],
        "classes": [
            section("PHY-A", "PHY", 40, [{}, {}], component="PHY-L"),
            section(
                "PHY-A1", "PHY", 20, [practical], component="PHY-P", parent="PHY-A"
            ),
            section(
                "PHY-A2", "PHY", 20, [practical], component="PHY-P", parent="PHY-A"
            ),
            section(
                "ART-A",
                "ART",
                30,
                [{"room_preferences": [{"level": "forbid", "room": "R2"}]}],
                faculty=["F1"],
            ),
            section("MUS-A", "MUS", 30, [{}], faculty=["F1"]),
        ],
        "joint_classes": [{"id": "J1", "classes": ["ART-A", "MUS-A"]}],
        "students": [
            {"id": "S1", "offerings": ["PHY", "ART"]},
            {"id": "S2", "offerings": ["MUS"], "classes": ["PHY-A", "PHY-A2"]},
        ],
    }


class TestImportStructure(TimetableCase):
    """A file of contract 2 comes in with its structure, and goes out with it."""

    def test_there_and_back(self):
        data = structured()
        term = self.import_problem(data)
        codes = {
            **{f"c{one.id}": one.code for one in term.offering_ids.class_ids},
            **{f"o{one.id}": one.code for one in term.offering_ids},
            **{f"s{s.id}": s.code for s in term.offering_ids.enrolment_ids.student_id},
        }
        problem = term._snapshot_problem()
        classes = {codes[row["id"]]: row for row in problem["classes"]}
        self.assertEqual(codes[classes["PHY-A1"]["parent"]], "PHY-A")
        self.assertEqual(classes["PHY-A1"]["component"], classes["PHY-A2"]["component"])
        (configuration,) = (
            row["configurations"][0]
            for row in problem["offerings"]
            if "configurations" in row
        )
        kinds = [(c["kind"], bool(c["parent"])) for c in configuration["components"]]
        self.assertEqual(kinds, [("lecture", False), ("practical", True)])
        self.assertEqual(problem["weeks"], 6)
        (pattern,) = problem["week_patterns"]
        self.assertEqual(pattern["weeks"], [1, 3, 5])
        self.assertEqual(classes["PHY-A1"]["events"][0]["weeks"], [pattern["id"]])
        self.assertNotIn("weeks", classes["PHY-A"]["events"][0])
        (joint,) = problem["joint_classes"]
        self.assertEqual([codes[c] for c in joint["classes"]], ["ART-A", "MUS-A"])
        self.assertEqual(len(classes["ART-A"]["events"][0]["rooms"]), 2)
        students = {codes[row["id"]]: row for row in problem["students"]}
        decided = [codes[key] for key in students["S2"]["classes"]]
        self.assertEqual(sorted(decided), ["PHY-A", "PHY-A2"])
        course = term.offering_ids.course_id.filtered(lambda c: c.code == "PHY")
        rows = [
            (c.kind, c.group_size, c.meetings, c.duration) for c in course.component_ids
        ]
        self.assertEqual(rows, [("lecture", 40, 2, 1), ("practical", 20, 1, 2)])
        # Splitting it now finds everything there.
        offering = term.offering_ids.filtered(lambda o: o.code == "PHY")
        self.assertFalse(offering.needs_split)

    def test_what_cannot_be_entered_is_refused_by_name(self):
        """Nothing is left out without a word, and nothing is half made."""
        base = structured()
        times = copy.deepcopy(base)
        times["classes"][0]["events"][0]["times"] = [{"timeslot": "T01"}]
        several = copy.deepcopy(base)
        several["classes"][0]["events"][0]["rooms_needed"] = 2
        parts = copy.deepcopy(base)
        parts["rooms"][0]["parts"] = ["R2", "L1"]
        before = self.env["timetable.term"].search_count([])
        for data, name in (
            (times, "classes.events.times"),
            (several, "classes.events.rooms_needed"),
            (parts, "rooms.parts"),
            ({**base, "grids": [{"id": "G"}]}, "grids"),
        ):
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(UserError, f"cannot be entered in Odoo.*{name}"),
            ):
                self.import_problem(data)
        lost = copy.deepcopy(base)
        lost["classes"][1]["parent"] = "PHY-Z"
        with self.assertRaisesRegex(UserError, "'parent' names 'PHY-Z'"):
            self.import_problem(lost)
        two = copy.deepcopy(base)
        two["offerings"][0]["configurations"].append(
            {"id": "PHY-2", "components": [{"id": "PHY-X"}]}
        )
        with self.assertRaisesRegex(UserError, "several ways"), self.env.cr.savepoint():
            self.import_problem(two)
        self.assertEqual(self.env["timetable.term"].search_count([]), before)
