from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from ..tools.audit import Audit
from ..tools.feasibility import Candidate, Grid, Placed, Room
from .common import TimetableCase, make_variant, sidecar, small_problem

# Two days of four periods, the third left out: 1 2 _ 4
GRID = Grid((10 * day + period, day, period) for day in (1, 2) for period in (1, 2, 4))
ROOMS = [Room(id=1, capacity=50), Room(id=2, capacity=50, unavailable=frozenset({11}))]


@tagged("post_install", "-at_install")
class TestAudit(TransactionCase):
    """A whole timetable: each broken rule once, with all who are concerned."""

    def _rules(self, placed, candidates, students=None):
        audit = Audit(GRID, placed, ROOMS)
        shared = audit.clashing_students(students or {})
        for need in candidates:
            need.shared_students = shared.get(need.section, {})
        return [
            (row.broken.rule, row.broken.detail, row.events)
            for row in audit.findings(candidates)
        ]

    def test_clean(self):
        placed = [Placed(1, 1, 11, 1, 1), Placed(2, 2, 12, 1, 1)]
        needs = [Candidate(1, 1), Candidate(2, 2)]
        self.assertEqual(self._rules(placed, needs, {1: {7}, 2: {7}}), [])

    def test_seen_from_both_sides_is_one(self):
        """A room with two events is one conflict, not two."""
        placed = [Placed(1, 1, 11, 2, 1), Placed(2, 2, 12, 1, 1)]
        self.assertEqual(
            self._rules(placed, [Candidate(1, 1, duration=2), Candidate(2, 2)]),
            [("room_conflict", "", (1, 2))],
        )

    def test_students(self):
        placed = [Placed(1, 1, 11, 1, 1), Placed(2, 2, 11, 1, None)]
        needs = [Candidate(1, 1), Candidate(2, 2, needs_room=False)]
        self.assertEqual(
            self._rules(placed, needs, {1: {7, 8}, 2: {8}}),
            [("student_conflict", "", (1, 2))],
        )
        self.assertEqual(self._rules(placed, needs, {1: {7}, 2: {8}}), [])

    def test_rooms_and_missing(self):
        """A closed room, a room too small, none at all, and no place at all."""
        needs = [
            Candidate(1, 1),
            Candidate(2, 2, seats=51),
            Candidate(3, 3),
            Candidate(4, 4),
        ]
        placed = [
            Placed(1, 1, 11, 1, 2),
            Placed(2, 2, 12, 1, 2),
            Placed(3, 3, 14, 1, None),
        ]
        self.assertEqual(
            self._rules(placed, needs),
            [
                ("room_conflict", "closed", (1,)),
                ("room_suitability", "", (2,)),
                ("room_suitability", "none", (3,)),
                ("unplaced", "", (4,)),
            ],
        )

    def test_faculty(self):
        """Two at once is named with both; a day too long with the whole day."""
        taught = {5: frozenset({1, 2, 3})}
        needs = [
            Candidate(
                event,
                event,
                needs_room=False,
                teachers=frozenset({5}),
                teacher_events=taught,
                teacher_day_limit={5: 2},
            )
            for event in (1, 2, 3)
        ]
        placed = [Placed(1, 1, 11, 1), Placed(2, 2, 11, 1), Placed(3, 3, 21, 1)]
        self.assertEqual(self._rules(placed, needs), [("faculty_conflict", "", (1, 2))])
        placed = [Placed(1, 1, 11, 1), Placed(2, 2, 12, 1), Placed(3, 3, 14, 1)]
        self.assertEqual(
            self._rules(placed, needs), [("faculty_daily_load", "", (1, 2, 3))]
        )


class PlannedCase(TimetableCase):
    """The small college with a timetable that breaks nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        problem = small_problem()
        problem.update(relations=[], pins=[], previous=[], bands=[])
        cls.term = cls.import_problem(problem)
        events = cls.env["timetable.event"].search([("term_id", "=", cls.term.id)])
        cls.events = {event.code: event for event in events}
        cls.slots = {
            (slot.day, slot.period): slot for slot in cls.term.grid_id.timeslot_ids
        }
        rooms = cls.env["timetable.room"].search([("id", "in", cls.term.room_ids.ids)])
        cls.rooms = {room.code: room for room in rooms}
        slot, room = cls.slots, cls.rooms
        cls.good = [
            (cls.events["E1"], slot[1, 1], room["R1"]),
            (cls.events["E2"], slot[2, 1], room["R2"]),
            (cls.events["E3"], slot[0, 3], room["R3"]),
            (cls.events["E4"], slot[1, 3], None),
            (cls.events["E5"], slot[1, 2], room["R3"]),
        ]
        cls.variant = make_variant(cls.term, cls.good)
        cls.officers = cls.variant.with_user(cls.officer)


@tagged("post_install", "-at_install")
class TestConflicts(PlannedCase):
    """Conflicts, suggestions, swap, comparison and re-scoring in the database."""

    def _conflicts(self, variant=None):
        data = (variant or self.officers).conflicts_data()
        return data, {row["rule"]: row for row in data["rules"]}

    def _place(self, code, day, period, room=None):
        row = self.variant.sudo().assignment_ids.filtered(
            lambda row: row.event_id == self.events[code]
        )
        row.write(
            {
                "timeslot_id": self.slots[day, period].id,
                **({"room_id": self.rooms[room].id} if room else {}),
            }
        )

    # ---- Conflicts
    def test_none(self):
        data, rules = self._conflicts()
        self.assertEqual((data["total"], rules), (0, {}))

    def test_named_and_counted(self):
        """A batch with two classes at once: who, where, and on the form's button."""
        self._place("E5", 1, 1)
        data, rules = self._conflicts()
        self.assertEqual(list(rules), ["curriculum_conflict"])
        item = rules["curriculum_conflict"]["items"][0]
        self.assertIn("Physics 1", item["sentence"])
        names = {event["name"] for event in item["events"]}
        self.assertEqual(
            names,
            {
                self.events["E1"].class_id.display_name,
                self.events["E5"].class_id.display_name,
            },
        )
        self.assertEqual(data["total"], 1)
        self.assertEqual(self.variant.conflict_count, 1)

    def test_unplaced_is_first(self):
        self.officers.board_move(self.events["E3"].id, False)
        self._place("E5", 1, 1)
        data, rules = self._conflicts()
        self.assertEqual(list(rules), ["unplaced", "curriculum_conflict"])
        self.assertEqual(data["total"], 2)

    def test_every_rule_has_a_sentence(self):
        """Faculty away, faculty twice, a wrong room, a time that is not allowed."""
        self._place("E2", 0, 1, "R3")  # F1 is away, no laboratory
        self._place("E1", 2, 5)  # not an allowed start
        _data, rules = self._conflicts()
        self.assertEqual(set(rules), {"availability", "room_suitability"})
        for rule in rules.values():
            for item in rule["items"]:
                self.assertTrue(item["sentence"].strip())
                self.assertNotIn("%(", item["sentence"])
                self.assertTrue(item["events"])

    def test_same_as_the_board(self):
        """What the board would refuse is what the conflicts view reports."""
        for code, event in self.events.items():
            for place, slot in self.slots.items():
                verdict = self.variant._feasibility(event).verdict(slot.id)
                if verdict.feasible or any(
                    row.rule.startswith("room_") for row in verdict.broken
                ):
                    continue  # rooms: the board may choose another one
                with self.env.cr.savepoint() as savepoint:
                    self._place(code, *place)
                    found = {
                        row.broken.rule
                        for row in self.variant._audit_findings([event.id])
                    }
                    savepoint.rollback()
                expected = {row.rule for row in verdict.broken}
                self.assertLessEqual(expected, found, (code, place))

    def test_sectioning(self):
        """Choices without a class, with two, and not as decided; linked to mend."""
        data, _rules = self._conflicts()
        self.assertEqual(data["total"], 0, "a timetable by hand decides no classes")
        sections = self.env["timetable.class"].search([("term_id", "=", self.term.id)])
        by_code = {section.code: section for section in sections}
        rows = self.env["timetable.enrolment"].search([("term_id", "=", self.term.id)])
        given = {}
        for row in rows:
            mine = row.class_id if row.fixed else row.offering_id.class_ids[:1]
            given.setdefault(row.student_id.id, []).extend(mine.ids)

        def found(sectioning):
            self.variant.sudo()._guarded().write(
                {"sectioning": self.variant._pack_sectioning(sectioning)}
            )
            _data, rules = self._conflicts()
            items = rules.get("sectioning", {}).get("items", [])
            return {item["offering_id"]: item["sentence"] for item in items}

        self.assertFalse(found(given))
        decided = rows.filtered("fixed")[:1]
        physics = decided.offering_id
        other = (by_code["PHY101-1"] | by_code["PHY101-2"]) - decided.class_id
        mine = given[decided.student_id.id]
        without = [section for section in mine if section != decided.class_id.id]
        for classes, words in (
            (without, "have no class"),
            ([*mine, other.id], "more than one class"),
            ([*without, other.id], "decided for them"),
        ):
            sentences = found({**given, decided.student_id.id: classes})
            self.assertIn(words, sentences[physics.id])

    def test_marks_on_the_board(self):
        section = self.events["E5"].class_id
        card = self.officers.board_data("class", section.id)["events"][0]
        self.assertEqual(card["broken"], [])
        self._place("E5", 1, 1)
        card = self.officers.board_data("class", section.id)["events"][0]
        self.assertIn("Physics 1", card["broken"][0])

    def test_queries_do_not_grow(self):
        def count(variant):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            variant._audit_findings()
            return self.env.cr.sql_log_count - before

        count(self.variant)
        one = count(self.variant)
        self.variant.sudo().assignment_ids[1:].unlink()
        self.assertLessEqual(one, count(self.variant) + 1)
        self.assertLess(one, 60)

    def test_count_follows_changes(self):
        """The number on the form is counted again after a change, service or not."""
        self.no_commit()
        variant = self.variant
        with sidecar(self.env) as fake:
            fake.down = True
            self.assertFalse(variant.is_audited)
            variant._cron_rescore()
            self.assertTrue(variant.is_audited)
            self.assertEqual(variant.conflict_count, 0)
            self.officers.board_move(self.events["E3"].id, False)
            self.assertFalse(variant.is_audited)
            variant._cron_rescore()
            self.assertEqual((variant.is_audited, variant.conflict_count), (True, 1))

    # ---- Suggestions and swap
    def test_suggestions_are_free(self):
        """Each suggestion can be taken, and none is where it is."""
        event = self.events["E5"]
        answer = self.officers.board_suggestions(event.id)
        self.assertTrue(answer["places"])
        self.assertGreaterEqual(answer["free"], len(answer["places"]))
        for place in answer["places"]:
            with self.env.cr.savepoint() as savepoint:
                self.officers.board_move(
                    event.id, place["timeslot_id"], place["room_id"]
                )
                self.assertEqual(self._conflicts()[0]["total"], 0)
                savepoint.rollback()
        wanted = self.slots[1, 2].id
        self.assertNotIn(wanted, [p["timeslot_id"] for p in answer["places"]])

    def test_suggestions_follow_wishes(self):
        """F1 would like T11 and rather not T13: the first comes before."""
        self._place("E1", 1, 2)
        self._place("E5", 2, 5)
        self.officers.board_move(self.events["E1"].id, False)
        self.events["E1"].sudo().timeslot_ids = False
        places = self.officers.board_suggestions(self.events["E1"].id)["places"]
        order = [place["timeslot_id"] for place in places]
        self.assertEqual(order[0], self.slots[1, 1].id)
        self.assertNotIn(self.slots[1, 3].id, order[:2])

    def test_swap(self):
        one, two = self.events["E3"], self.events["E5"]
        cards = self.officers.board_swap(one.id, two.id)
        self.assertEqual(
            [card["timeslot_id"] for card in cards],
            [self.slots[1, 2].id, self.slots[0, 3].id],
        )
        self.assertEqual(self._conflicts()[0]["total"], 0)

    def test_swap_refused(self):
        """A swap that breaks a rule leaves both where they were, with the reason."""
        one, two = self.events["E1"], self.events["E3"]
        with self.assertRaisesRegex(UserError, "cannot be placed there"):
            self.officers.board_swap(two.id, self.events["E2"].id)
        two_row = self.variant.assignment_ids.filtered(lambda r: r.event_id == two)
        self.assertEqual(two_row.timeslot_id, self.slots[0, 3])
        self.officers.board_pin([one.id])
        with self.assertRaisesRegex(UserError, "pinned"):
            self.officers.board_swap(two.id, one.id)
        with self.assertRaises(AccessError):
            self.variant.with_user(self.coordinator).board_swap(one.id, two.id)

    # ---- Comparison
    def test_compare(self):
        slot, room = self.slots, self.rooms
        other = make_variant(
            self.term,
            [
                (self.events["E1"], slot[1, 1], room["R1"]),
                (self.events["E2"], slot[1, 2], room["R2"]),
                (self.events["E3"], slot[0, 3], room["R1"]),
                (self.events["E5"], slot[1, 2], room["R3"]),
            ],
            name="B",
            score_soft=7,
            metrics={"seat_use_percent": 60.0},
        )
        self.variant._guarded().write(
            {"score_soft": 9, "metrics": {"seat_use_percent": 80.0}}
        )
        data = self.officers.compare_data(other.id)
        self.assertEqual(
            data["moved"],
            {
                "same": 2,
                "time": 1,
                "room": 1,
                "placed": 0,
                "removed": 1,
                "total": 5,
                "changed": 3,
                "percent": 60.0,
            },
        )
        better = {row["key"]: row["better"] for row in data["figures"]}
        self.assertEqual(better["soft"], 1)  # less is better
        self.assertEqual(better["seat_use_percent"], 0)  # more is better
        moved = {row["id"]: row["moved"] for row in data["faculty"]["rows"]}
        people = self.events["E2"].faculty_ids
        self.assertEqual([moved.get(person.id) for person in people], [1] * len(people))
        self.assertEqual(data["batch"]["rows"][0]["moved"], 1)
        page = self.officers.compare_moves(other.id)
        self.assertEqual(page["total"], 3)
        row = next(r for r in page["rows"] if r["event_id"] == self.events["E2"].id)
        self.assertEqual(
            (row["from"]["slot"], row["to"]["slot"]),
            (slot[2, 1].display_name, slot[1, 2].display_name),
        )
        gone = self.officers.compare_moves(other.id, change="removed")["rows"]
        self.assertEqual([r["event_id"] for r in gone], [self.events["E4"].id])
        self.assertFalse(gone[0]["to"])
        found = self.officers.compare_moves(other.id, "Mechanics PHY101")
        self.assertEqual(found["total"], 3)
        self.assertEqual(self.officers.compare_moves(other.id, "zzz")["total"], 0)
        by_person = self.officers.compare_moves(other.id, faculty_id=people[0].id)
        self.assertIn(self.events["E2"].id, [r["event_id"] for r in by_person["rows"]])

    def test_compare_refused(self):
        with self.assertRaisesRegex(UserError, "another timetable"):
            self.officers.compare_data(self.variant.id)
        three = self.variant | make_variant(self.term) | make_variant(self.term)
        with self.assertRaisesRegex(UserError, "Select two"):
            three.action_compare()
        with self.assertRaises(AccessError):
            self.variant.with_user(self.internal).compare_data(three[1].id)

    # ---- Dragging a card
    def test_move_to(self):
        """A drag is the step itself: same rights, same order, same questions."""
        variant = self.officers
        with self.assertRaisesRegex(UserError, "cannot become"):
            variant.move_to("approved")
        self.assertTrue(variant.move_to("submitted"))
        self.assertEqual(variant.state, "submitted")
        with self.assertRaises(AccessError):
            variant.move_to("department_approved")
        with self.assertRaises(AccessError):
            variant.sudo().move_to("approved")
        approver = self.variant.with_user(self.approver)
        action = approver.move_to("rejected")
        self.assertEqual(action["res_model"], "timetable.reason.wizard")
        self.assertEqual(variant.state, "submitted")
        approver.move_to("department_approved")
        approver.move_to("approved")
        # The form says what changes, and from which week; the card stays meanwhile.
        action = approver.move_to("published")
        self.assertEqual(action["res_model"], "timetable.publish.wizard")
        self.assertEqual(variant.state, "approved")
        Form.from_action(approver.env, action).save().action_publish()
        self.assertEqual(variant.state, "published")
        with self.assertRaisesRegex(UserError, "in force"):
            variant.move_to("archived")
        with self.assertRaises(AccessError):
            variant.write({"state": "draft"})

    # ---- Re-scoring
    def test_rescore(self):
        """After a change by hand the figures are asked for again, once."""
        self.no_commit()
        with sidecar(self.env) as fake:
            fake.evaluation = {
                "key": "evaluated",
                "profile": "balanced",
                "placed": 5,
                "total": 5,
                "score": {"hard": 0, "soft": 33},
                "breakdown": [],
                "metrics": {"rooms_used": 3.0},
                "unplaced": [],
                "violations": [],
            }
            self.officers.board_move(self.events["E5"].id, self.slots[2, 3].id)
            self.assertTrue(self.officers.is_stale)
            self.env["timetable.variant"]._cron_rescore()
            self.assertFalse(self.variant.is_stale)
            self.assertEqual(self.variant.score_soft, 33)
            self.assertEqual(self.variant.metrics, {"rooms_used": 3.0})
            asked = fake.evaluated[0]
            self.assertIn(
                {
                    "event": f"e{self.events['E5'].id}",
                    "timeslot": f"t{self.slots[2, 3].id}",
                    "room": f"r{self.rooms['R3'].id}",
                },
                asked["assignments"],
            )
            self.assertEqual(asked["profile"], "balanced")
            self.env["timetable.variant"]._cron_rescore()
            self.assertEqual(len(fake.evaluated), 1)

    def test_rescore_service_down(self):
        """The old figures stay, marked as such, with the reason."""
        self.no_commit()
        with sidecar(self.env) as fake:
            fake.down = True
            self.officers.board_move(self.events["E5"].id, self.slots[2, 3].id)
            self.env["timetable.variant"]._cron_rescore()
            self.assertTrue(self.variant.is_stale)
            self.assertIn("not ready", self.variant.rescore_message)
