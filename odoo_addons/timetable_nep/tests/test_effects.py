import random

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from ..tools.effects import Effects, idle
from ..tools.feasibility import Candidate, Feasibility, Grid, Placed, Room
from .common import make_variant
from .test_conflicts import PlannedCase

PERIODS = (1, 2, 3, 5, 6)
"""The fourth is a break."""


def idle_plainly(periods):
    """Periods of teaching between the first and the last, without those busy."""
    if not periods:
        return 0
    between = [p for p in PERIODS if min(periods) < p < max(periods)]
    return len([p for p in between if p not in periods])


@tagged("post_install", "-at_install")
class TestEffects(TransactionCase):
    """Figures of a place, counted with bits and by going through each week."""

    GRID = Grid((10 * day + p, day, p) for day in (1, 2, 3) for p in PERIODS)

    def test_idle(self):
        for day, expected in ((0, 0), (0b1, 0), (0b1001, 2), (0b1011, 1), (0b111, 0)):
            self.assertEqual(idle(day), expected)

    def _weeks(self, placed, who):
        """``{person: {day: set of periods}}``"""
        weeks = {}
        for item in placed:
            for person in who(item):
                days = weeks.setdefault(person, {})
                for slot in self.GRID.span(item.start, item.duration):
                    day, period = self.GRID.place[slot]
                    days.setdefault(day, set()).add(period)
        return weeks

    def _figures(self, placed, students, taught):
        learning = self._weeks(placed, lambda item: students.get(item.section, ()))
        teaching = self._weeks(
            placed, lambda item: [p for p in taught if item.event in taught[p]]
        )

        def total(weeks, people):
            return sum(
                idle_plainly(periods)
                for person in people
                for periods in weeks.get(person, {}).values()
            )

        return (
            total(learning, students[1]),
            total(teaching, taught),
            sum(len(teaching.get(person, {})) for person in taught),
        )

    def test_same_as_plain(self):
        """Random weeks: each place's figures are those of the whole week counted."""
        for seed in range(60):
            chance = random.Random(seed)
            sections = range(1, 6)
            students = {
                section: frozenset(chance.sample(range(20), 8)) for section in sections
            }
            placed, event = [], 0
            for section in sections:
                for _ in range(2):
                    event += 1
                    duration = chance.choice((1, 1, 2))
                    starts = [s for s in self.GRID if self.GRID.span(s, duration)]
                    placed.append(
                        Placed(event, section, chance.choice(starts), duration)
                    )
            taught = {
                7: frozenset({1, *chance.sample(range(2, event + 1), 3)}),
                8: frozenset({1, *chance.sample(range(2, event + 1), 2)}),
            }
            # The first event, once where it stands and once without a place.
            mine = placed[0]
            for here in (mine.start, None):
                now = placed if here else placed[1:]
                need = Candidate(
                    1,
                    1,
                    duration=mine.duration,
                    teachers=frozenset(taught),
                    teacher_events=taught,
                    shared_students={
                        other: len(students[1] & students[other])
                        for other in sections
                        if other != 1 and students[1] & students[other]
                    },
                )
                effects = Effects(
                    Feasibility(self.GRID, need, now, []), students, {}, here, None
                )
                before = self._figures(now, students, taught)
                for start in self.GRID:
                    if not self.GRID.span(start, mine.duration):
                        continue
                    there = [mine._replace(start=start), *placed[1:]]
                    after = self._figures(there, students, taught)
                    effect = effects.of(start)
                    self.assertEqual(
                        (effect.student_idle, effect.faculty_idle, effect.faculty_days),
                        tuple(a - b for a, b in zip(after, before, strict=True)),
                        (seed, here, start),
                    )

    def test_rest(self):
        """Wishes, the last period, another room and its empty seats."""
        room = Room(id=1, capacity=50)
        need = Candidate(1, 1, seats=40)
        feasibility = Feasibility(self.GRID, need, [], [room])
        effects = Effects(feasibility, {}, {11: "avoid", 12: "prefer"}, 13, 2)
        self.assertEqual(effects.of(11, 1).wish, "avoid")
        self.assertLess(effects.of(12, 1).cost, effects.of(13, 1).cost)
        self.assertLess(effects.of(13, 1).cost, effects.of(11, 1).cost)
        self.assertTrue(effects.of(16, 1).last)
        self.assertFalse(effects.of(15, 1).last)
        self.assertTrue(effects.of(13, 1).other_room)
        self.assertFalse(effects.of(13, 2).other_room)
        self.assertAlmostEqual(effects.of(13, 1).empty, 0.2)


@tagged("post_install", "-at_install")
class TestWaysOnTheBoard(PlannedCase):
    """What the board offers beyond a single move."""

    def _where(self):
        return {
            row.event_id.code: (row.timeslot_id.day, row.timeslot_id.period)
            for row in self.variant.sudo().assignment_ids
        }

    def test_cells_say_what_they_mean(self):
        cells = self.officers.board_feasibility(self.events["E5"].id)["cells"]
        possible = [cell for cell in cells.values() if cell["ok"]]
        self.assertTrue(possible)
        for cell in cells.values():
            self.assertEqual(bool(cell["effect"]), cell["ok"])
        here = cells[self.slots[1, 2].id]["effect"]
        self.assertEqual((here["student_idle"], here["other_room"]), (0, False))

    def test_chain(self):
        """E1 may only start where E5 is: E5 is offered a place of its own."""
        event, other = self.events["E1"], self.events["E5"]
        event.sudo().timeslot_ids = self.slots[1, 2] | self.slots[1, 1]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        answer = self.officers.board_suggestions(event.id)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 140)
        self.assertEqual(answer["free"], 0)
        chain = answer["places"][0]
        self.assertEqual(chain["timeslot_id"], self.slots[1, 2].id)
        self.assertEqual(chain["other"]["event_id"], other.id)
        self.assertEqual(chain["other"]["from_timeslot_id"], self.slots[1, 2].id)
        self.officers.board_arrange(
            [
                (event.id, chain["timeslot_id"], chain["room_id"]),
                (
                    other.id,
                    chain["other"]["timeslot_id"],
                    chain["other"]["room_id"],
                ),
            ]
        )
        self.assertEqual(self._where()["E1"], (1, 2))
        self.assertEqual(self.officers.conflicts_data()["total"], 0)

    def test_a_pinned_event_gives_no_place(self):
        self.events["E1"].sudo().timeslot_ids = self.slots[1, 2] | self.slots[1, 1]
        self.officers.board_pin([self.events["E5"].id])
        answer = self.officers.board_suggestions(self.events["E1"].id)
        self.assertFalse(answer["places"])

    def test_arrange_is_whole_or_nothing(self):
        before = self._where()
        with self.assertRaisesRegex(UserError, "cannot be placed there"):
            self.officers.board_arrange(
                [
                    (self.events["E5"].id, self.slots[0, 1].id, False),
                    (self.events["E1"].id, self.slots[0, 1].id, False),
                ]
            )
        self.assertEqual(self._where(), before)
        self.officers.board_arrange(
            [
                (self.events["E5"].id, False, False),
                (self.events["E3"].id, self.slots[1, 2].id, self.rooms["R3"].id),
            ]
        )
        self.assertNotIn("E5", self._where())
        self.assertEqual(self.variant.unplaced_event_ids, self.events["E5"])
        self.assertEqual(self.variant.placed, 4)

    def test_swap_verdict(self):
        """Says what the swap itself would say."""
        ids = {code: event.id for code, event in self.events.items()}
        for one, two in (("E3", "E5"), ("E3", "E2"), ("E1", "E3"), ("E1", "E1")):
            with self.subTest(one=one, two=two):
                verdict = self.officers.board_swap_verdict(ids[one], ids[two])
                self.assertEqual(bool(verdict["reason"]), not verdict["ok"])
                with self.env.cr.savepoint() as savepoint:
                    try:
                        self.officers.board_swap(ids[one], ids[two])
                        done = True
                    except UserError:
                        done = False
                    savepoint.rollback()
                self.assertEqual(verdict["ok"], done)

    def test_hours_of_the_owner(self):
        faculty = self.events["E1"].class_id.faculty_ids
        data = self.officers.board_data("faculty", faculty.id)
        self.assertEqual(
            {
                (slot.day, slot.period): data["hours"].get(slot.id)
                for slot in self.slots.values()
                if slot.id in data["hours"]
            },
            {(0, 1): "closed", (0, 2): "closed", (1, 1): "prefer", (1, 3): "avoid"},
        )
        room = self.officers.board_data("room", self.rooms["R1"].id)
        self.assertEqual(room["hours"], {self.slots[0, 5].id: "closed"})

    def test_week_of_a_student(self):
        student = self.env["timetable.student"].search([("code", "=", "S3")])
        data = self.officers.board_data("student", student.id)
        self.assertEqual([row["id"] for row in data["events"]], self.events["E5"].ids)
        found = self.officers.board_resources("student", student.name)
        self.assertIn(student.id, [row["id"] for row in found])
        with self.assertRaises(UserError):
            self.officers.board_data("planet")

    def test_opens_with_what_is_in_force(self):
        """A newer draft does not push it aside."""
        self.officer.timetable_term_id = self.term
        options = self.variant.with_user(self.officer).board_options
        held = make_variant(self.term, state="published")
        newer = make_variant(self.term)
        self.assertEqual(options()["variant"]["id"], held.id)
        self.officer.timetable_term_id = self.term.copy({"name": "Another"})
        self.assertEqual(options()["variant"]["id"], newer.id)
