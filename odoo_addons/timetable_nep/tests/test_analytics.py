from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged

from ..tools.choices import Choices
from .common import make_variant, small_problem
from .test_meeting import MeetingCase


class TestAnalytics(MeetingCase):
    """Figures of the timetable in force, counted by hand."""

    def rows(self, model):
        return self.env[f"timetable.{model}"].search([("term_id", "=", self.term.id)])

    def test_room_use(self):
        rows = self.rows("room.use")
        self.assertEqual(len(rows), 3 * 12)  # three rooms, twelve timeslots
        used = rows.filtered("used_periods")
        self.assertEqual(
            used.mapped(lambda r: (r.room_id.code, r.day, r.period)),
            [("R1", 1, 1), ("R2", 0, 2), ("R2", 0, 3), ("R3", 0, 1), ("R3", 2, 1)],
        )
        by_room = dict(
            self.env["timetable.room.use"]._read_group(
                [("term_id", "=", self.term.id)], ["room_id"], ["use_percent:avg"]
            )
        )
        self.assertAlmostEqual(by_room[self.room["R2"]], 100 * 2 / 12, 1)
        third = used.filtered(lambda r: r.room_id == self.room["R3"] and not r.day)
        self.assertAlmostEqual(third.fill_percent, 5.0, 1)  # 3 of 60 seats
        self.assertEqual(third.hour, "09:00")

    def test_rooms_without_a_list_are_all(self):
        self.term.room_ids = False
        self.assertEqual(len(self.rows("room.use")) % 12, 0)
        self.room["R1"].active = False
        rows = self.rows("room.use")
        # It is closed, but the plan still uses it: the row shows that.
        self.assertEqual(
            rows.filtered(lambda r: r.room_id == self.room["R1"]).mapped(
                "used_periods"
            ),
            [1],
        )

    def test_workload(self):
        self.env.company.timetable_norm = 4
        loads = {row.faculty_id: row for row in self.rows("workload")}
        third = loads[self.faculty["F3"]]
        self.assertEqual(
            (third.periods, third.classes, third.days, third.gaps), (3, 2, 2, 0)
        )
        self.assertEqual((third.difference, third.band), (-1, "below"))
        self.assertEqual(loads[self.faculty["F2"]].band, "low")
        self.variant._guarded().state = "archived"
        self.assertFalse(self.rows("workload"))

    def test_workload_is_not_averaged_over_terms(self):
        """Who teaches in one term has no empty row of another that is in force too."""
        problem = small_problem() | {"previous": [], "pins": []}
        other = self.import_problem(problem, again=True)
        variant = make_variant(other, [], state="approved", total=0)
        variant.with_user(self.approver).action_publish()
        rows = self.env["timetable.workload"].search([])
        for code in ("F1", "F2", "F3"):
            member = self.faculty[code]
            mine = rows.filtered(lambda row, who=member: row.faculty_id == who)
            self.assertEqual(mine.term_id, self.term, code)

    def test_idle_periods_leave_breaks_out(self):
        """Period 3 and, after the break, period 5 follow each other."""
        move = self.env["timetable.assignment"]._with_pass(self.variant)
        row = move.search(
            [
                ("variant_id", "=", self.variant.id),
                ("event_id", "=", self.event["E1"].id),
            ]
        )
        row.timeslot_id = self.slot["T05"]
        load = self.rows("workload").filtered(
            lambda r: r.faculty_id == self.faculty["F1"]
        )
        self.assertEqual((load.periods, load.days, load.gaps), (3, 1, 0))

    def test_weeks_of_students(self):
        rows = self.rows("student.week")
        self.assertEqual(len(rows), 3)
        self.assertEqual(sum(rows.mapped("without_class")), 1)  # S1, PHY101
        self.assertEqual(sorted(rows.mapped("conflict_free_percent")), [0, 100, 100])
        self.assertEqual(rows[0].days + rows[0].free_days, 3)

    def test_history(self):
        run = self.env["timetable.run"].create({"term_id": self.term.id})
        run._guarded().write(
            {
                "state": "queued",
                "started_at": "2027-01-01 10:00:00",
                "ended_at": "2027-01-01 10:06:00",
                "placed": 4,
                "total": 5,
            }
        )
        self.assertFalse(self.rows("run.history"))
        run._guarded().state = "failed"
        (row,) = self.rows("run.history")
        self.assertEqual((row.minutes, row.success_percent), (6.0, 0.0))
        self.assertAlmostEqual(row.placed_percent, 80.0)

    def test_dashboard_says_which_electives_are_impossible_together(self):
        offerings = self.event["E5"].class_id.offering_id
        offerings |= self.event["E3"].class_id.offering_id
        offerings.write({"category": "minor"})
        term = self.term.with_user(self.approver)
        self.assertEqual(term.dashboard_data()["pairs"]["count"], 0)
        # All classes of both at one time.
        rows = self.variant.assignment_ids.with_env(self.variant._guarded().sudo().env)
        rows.write({"timeslot_id": self.slot["T22"].id})
        pairs = term.dashboard_data()["pairs"]
        self.assertEqual((pairs["count"], pairs["of"]), (1, 1))
        (row,) = pairs["rows"]
        self.assertEqual(row["students"], 2, "S1 and S2 chose both")
        self.assertIn("AEC1-A", row["why"])
        # A coordinator sees electives of the own departments only.
        own = self.term.with_user(self.coordinator).dashboard_data()["pairs"]
        self.assertEqual(own["count"], 0)

    def test_dashboard(self):
        terms = self.env["timetable.term"].with_user(self.approver).dashboard_terms()
        self.assertIn(self.term.id, [row["id"] for row in terms])
        term = self.term.with_user(self.approver)
        term.dashboard_data()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        data = term.dashboard_data()
        self.assertLess(self.env.cr.sql_log_count - before, 45)
        self.assertEqual(data["students"]["count"], 3)
        self.assertEqual(data["rooms"]["count"], 3)
        heat = data["rooms"]["heat"]
        self.assertEqual(heat["hours"], ["09:00", "10:00", "11:00", "13:00"])
        self.assertAlmostEqual(heat["days"][0]["cells"][0], 33.3, 1)

    def test_rights(self):
        for user in (self.portal, self.internal):
            for model in ("room.use", "workload", "student.week", "run.history"):
                with self.assertRaises(AccessError):
                    self.env[f"timetable.{model}"].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.term.with_user(user).dashboard_data()
        weeks = self.env["timetable.student.week"]
        self.assertFalse(weeks.with_user(self.coordinator).search([]))
        programme = self.student["S1"].programme_id
        programme.department_id = self.event["E1"].department_id
        programme.department_id.coordinator_ids = self.coordinator
        self.assertEqual(len(weeks.with_user(self.coordinator).search([])), 1)
        data = self.term.with_user(self.coordinator).dashboard_data()
        self.assertEqual(data["students"]["count"], 1)


class TestChoiceReport(MeetingCase):
    """What can be chosen, and what cannot be chosen together and why."""

    def report(self, **values):
        return (
            self.env["timetable.choice.report"]
            .with_user(self.officer)
            .create({"term_id": self.term.id, **values})
        )

    def test_offering(self):
        offering = self.event["E5"].class_id.offering_id
        report = self.report(offering_id=offering.id)
        self.assertEqual(report.variant_id, self.variant)
        data = report._data()
        self.assertEqual(data["students"], 3)
        (row,) = data["offerings"]
        self.assertEqual((row["taking"], row["able"]), (3, 3))
        first = data["slots"]["days"][0]["cells"][0]
        self.assertEqual((first["free"], first["here"]), (3, True))

    def test_busy_students_are_not_free(self):
        """S2 is in PHY101-B, which meets on Wednesday at nine."""
        offering = self.event["E5"].class_id.offering_id
        data = self.report(offering_id=offering.id)._data()
        wednesday = data["slots"]["days"][2]["cells"][0]
        self.assertEqual((wednesday["free"], wednesday["here"]), (2, False))

    def test_impossible_pair_and_why(self):
        basket = self.env["timetable.basket"].create(
            {
                "name": "Both",
                "max_choices": 2,
                "term_id": self.term.id,
                "offering_ids": [(6, 0, self.term.offering_ids.ids)],
            }
        )
        report = self.report(basket_id=basket.id)
        self.assertEqual(report._data()["pairs"], [])
        self.assertIn("Every pair can be taken", report.pairs_html)
        # Each class of PHY101 now meets with the only class of AEC1.
        Assignment = self.env["timetable.assignment"]._with_pass(self.variant)
        rows = Assignment.search([("variant_id", "=", self.variant.id)])
        for row in rows:
            if row.event_id in (self.event["E1"], self.event["E3"]):
                row.timeslot_id = self.slot["T01"]
        (pair,) = report._data()["pairs"]
        self.assertIn("AEC1-A and PHY101-A on Mon 09:00", pair["why"])
        self.assertIn("AEC1-A and PHY101-B on Mon 09:00", pair["why"])
        self.assertEqual(pair["students"], 2)  # S1 and S2 chose both
        report.invalidate_recordset()
        self.assertIn("1 of 1 pairs", report.summary)

    def test_rights(self):
        for user in (self.portal, self.internal):
            with self.assertRaises(AccessError):
                self.env["timetable.choice.report"].with_user(user).create(
                    {"term_id": self.term.id}
                )


@tagged("post_install", "-at_install")
class TestChoices(BaseCase):
    """Masks of periods, without Odoo."""

    def setUp(self):
        super().setUp()
        self.choices = Choices([11, 12, 13])
        for section, slots in ((1, [11]), (2, [12]), (3, [11, 12]), (4, [12])):
            self.choices.add(section, slots)

    def test_impossible_only_if_all_classes_meet(self):
        pairs = self.choices.impossible({100: [1, 2], 200: [3], 300: [4], 400: [9]})
        self.assertEqual([(p.first, p.second) for p in pairs], [(100, 200), (200, 300)])
        self.assertEqual(pairs[0].meets, ((1, 3, 11), (2, 3, 12)))

    def test_free_and_able(self):
        students = self.choices.count([{1}, {1}, {2}, set()])
        self.assertEqual(self.choices.free_by_slot(students), {11: 2, 12: 3, 13: 4})
        self.assertEqual(self.choices.able(students, [1, 4]), 4)
        self.assertEqual(self.choices.able(students, [3]), 1)
        self.assertEqual(self.choices.able(students, [9]), 0)
