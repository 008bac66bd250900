from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import BaseCase

from ..tools.weeks import EVERY, heaviest, mask, parse_weeks, week_number, weeks_of
from .common import TimetableCase, make_variant


class TestWeekNumbers(BaseCase):
    """Weeks of a term, without records."""

    def test_numbers(self):
        begin = date(2027, 1, 6)  # a Wednesday
        for day, week in ((6, 1), (10, 1), (11, 2), (18, 3)):
            self.assertEqual(week_number(date(2027, 1, day), begin), week)

    def test_rules(self):
        self.assertEqual(weeks_of("odd", "", 5), [1, 3, 5])
        self.assertEqual(weeks_of("even", "", 5), [2, 4])
        self.assertEqual(weeks_of("first_half", "", 5), [1, 2, 3])
        self.assertEqual(weeks_of("second_half", "", 5), [4, 5])
        self.assertEqual(weeks_of("listed", "3–9, 1", 5), [1, 3, 4, 5])

    def test_what_is_not_a_list(self):
        for text in ("", "a", "3-", "9-3", "0", "61", "1,,2", "-3"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_weeks(text)

    def test_heaviest(self):
        odd, even = mask([1, 3]), mask([2, 4])
        self.assertEqual(heaviest([(odd, 2), (even, 3)], EVERY), 3)
        self.assertEqual(heaviest([(odd, 2), (EVERY, 3)], odd), 5)
        self.assertEqual(heaviest([(EVERY, 2), (EVERY, 3)], EVERY), 5)
        self.assertEqual(heaviest([(odd, 2)], even), 0)


class TestWeeks(TimetableCase):
    """Odd weeks, half terms: snapshot, hard rules, meetings and the board."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grid = cls.env["timetable.grid"].create({"name": "G"})
        cls.grid.action_fill()
        cls.room = cls.env["timetable.room"].create({"name": "R", "capacity": 60})
        cls.term = cls.env["timetable.term"].create(
            {
                "name": "T",
                "grid_id": cls.grid.id,
                "auto_split": False,
                # A Wednesday, and four weeks and two days.
                "date_start": "2027-01-06",
                "date_end": "2027-02-05",
                "room_ids": [(6, 0, cls.room.ids)],
            }
        )
        cls.odd, cls.even, cls.first, cls.second = (
            cls.env.ref(f"timetable_nep.week_pattern_{name}")
            for name in ("odd", "even", "first_half", "second_half")
        )
        cls.events = cls.env["timetable.event"]
        for name in ("One", "Two"):
            course = cls.env["timetable.course"].create({"name": name, "credits": 1})
            offering = cls.env["timetable.offering"].create(
                {"term_id": cls.term.id, "course_id": course.id}
            )
            offering.action_split()
            cls.events |= offering.class_ids.event_ids
        cls.one, cls.two = cls.events
        cls.one.class_id.week_pattern_ids = cls.odd
        cls.two.week_pattern_ids = cls.even

    def place(self, *patterns, state="draft"):
        slot = self.grid.timeslot_ids.filtered(lambda s: s.day == 3)[0]
        variant = make_variant(
            self.term, [(event, slot, self.room) for event in self.events], state=state
        )
        for row, pattern in zip(variant.assignment_ids, patterns, strict=True):
            row.with_env(variant.sudo()._guarded().env).week_pattern_id = pattern
        return variant

    def dates(self, event):
        meetings = self.env["timetable.meeting"].search([("event_id", "=", event.id)])
        return [str(day)[5:] for day in sorted(meetings.mapped("date"))]

    def test_snapshot(self):
        problem = self.term._snapshot_problem()
        self.assertEqual(problem["weeks"], 5)
        self.assertEqual(
            problem["week_patterns"],
            [
                {"id": f"w{self.odd.id}", "weeks": [1, 3, 5]},
                {"id": f"w{self.even.id}", "weeks": [2, 4]},
            ],
        )
        events = {e["id"]: e for c in problem["classes"] for e in c["events"]}
        self.assertEqual(events[f"e{self.one.id}"]["weeks"], [f"w{self.odd.id}"])
        self.assertEqual(events[f"e{self.two.id}"]["weeks"], [f"w{self.even.id}"])

    def test_snapshot_without_weeks_is_as_it_was(self):
        self.one.class_id.week_pattern_ids = False
        self.two.week_pattern_ids = False
        problem = self.term._snapshot_problem()
        self.assertNotIn("weeks", problem)
        self.assertNotIn("week_patterns", problem)
        self.assertNotIn("weeks", problem["classes"][0]["events"][0])

    def test_the_term_needs_dates(self):
        self.term.date_end = False
        with self.assertRaisesRegex(UserError, "say when T starts and ends"):
            self.term._snapshot_problem()

    def test_weeks_that_the_term_has_not(self):
        late = self.env["timetable.week.pattern"].create(
            {"name": "Late", "rule": "listed", "weeks": "20-22"}
        )
        self.two.week_pattern_ids = late
        with self.assertRaisesRegex(UserError, "has 5 weeks, and none of “Late”"):
            self.term._snapshot_problem()
        with self.assertRaisesRegex(ValidationError, "write weeks as in"):
            late.weeks = "third"

    def test_previous_places_say_their_weeks(self):
        variant = self.place(self.odd, self.even)
        run = self.env["timetable.run"].new({"base_variant_id": variant.id})
        rows = self.term._snapshot_rows(run)["previous"]
        self.assertEqual([row["weeks"] for row in rows], [self.odd.id, self.even.id])
        self.two.week_pattern_ids = self.first | self.second
        rows = self.term._snapshot_rows(run)["previous"]
        self.assertEqual([row["weeks"] for row in rows], [self.odd.id, False])

    def test_one_hour_and_room_in_different_weeks(self):
        """No conflict between odd and even weeks; one with half terms."""
        variant = self.place(self.odd, self.even)
        self.assertFalse(variant._audit_findings())
        member = self.env["timetable.faculty"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "F"}).id,
                "max_periods_day": 1,
            }
        )
        self.events.class_id.faculty_ids = member
        self.assertFalse(variant._audit_findings())
        self.two.week_pattern_ids = self.first
        variant = self.place(self.odd, self.first)
        rules = {finding.broken.rule for finding in variant._audit_findings()}
        self.assertEqual(rules, {"room_conflict", "faculty_conflict"})

    def test_weeks_that_the_class_may_not_have(self):
        variant = self.place(self.odd, self.first)
        found = [
            (finding.broken.detail, finding.events)
            for finding in variant._audit_findings()
            if finding.broken.rule == "availability"
        ]
        self.assertEqual(found, [("weeks", (self.two.id,))])
        data = variant.with_user(self.officer).conflicts_data()
        self.assertIn("held in weeks in which", str(data))

    def test_meetings(self):
        """Thursdays of odd and of even weeks; a holiday takes its own away."""
        self.place(self.odd, self.even, state="approved").with_user(
            self.approver
        ).action_publish()
        self.assertEqual(self.dates(self.one), ["01-07", "01-21", "02-04"])
        self.assertEqual(self.dates(self.two), ["01-14", "01-28"])
        holiday = self.env["timetable.holiday"].create(
            {"name": "H", "date_start": "2027-01-21"}
        )
        self.assertEqual(self.dates(self.one), ["01-07", "02-04"])
        holiday.unlink()
        self.assertEqual(self.dates(self.one), ["01-07", "01-21", "02-04"])
        self.even.sudo().write({"rule": "listed", "weeks": "4"})
        self.assertEqual(self.dates(self.two), ["01-28"])
        with self.assertRaisesRegex(UserError, "in the timetable in force"):
            self.one.class_id.week_pattern_ids = self.first

    def test_board(self):
        variant = self.place(self.odd, self.even).with_user(self.officer)
        data = variant.board_data("room", self.room.id)
        cards = {card["id"]: card["weeks"] for card in data["events"]}
        self.assertEqual(cards[self.one.id]["name"], "Odd weeks")
        self.assertEqual(
            [(row["name"], row["weeks"]) for row in data["week_patterns"]],
            [("Odd weeks", [1, 3, 5]), ("Even weeks", [2, 4])],
        )
        plain = self.place(False, self.even).with_user(self.officer)
        cards = plain.board_data("room", self.room.id)["events"]
        self.assertIs(cards[0]["weeks"], False, "not an empty list, which is shown")
        # The place of the other one is free in its own weeks.
        slot = variant.assignment_ids[0].timeslot_id
        card = variant.board_move(self.two.id, slot.id, self.room.id)
        self.assertEqual(card["weeks"]["id"], self.even.id)
        self.one.class_id.week_pattern_ids = self.even
        variant.board_move(self.one.id, False)
        with self.assertRaisesRegex(UserError, "taken or closed"):
            variant.board_move(self.one.id, slot.id)

    def test_a_week_of_what_is_in_force(self):
        variant = self.place(self.odd, self.even, state="approved")
        variant.with_user(self.approver).action_publish()
        shown = {
            week: variant._places(variant._week_shown(week)).event_id
            for week in (date(2027, 1, 13), date(2027, 1, 21))
        }
        self.assertEqual(list(shown.values()), [self.two, self.one])
