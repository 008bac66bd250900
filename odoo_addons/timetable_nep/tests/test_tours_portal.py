from datetime import date, timedelta

from .test_meeting import MONDAY
from .test_portal_week import PortalCase


class TestPortalTour(PortalCase):
    """The portal on a telephone, as a faculty member and as a student."""

    browser_size = "390x844"
    touch_enabled = True

    def test_faculty(self):
        self.term.write(
            {
                "preference_open": date(2027, 1, 1),
                "preference_close": date(2027, 1, 10),
                "preference_max_cannot": 4,
            }
        )
        self.start_tour(
            "/my/timetable", "timetable_nep_portal_faculty", login=self.portal.login
        )
        self.env.invalidate_all()
        Availability = self.env["timetable.faculty.availability"]
        codes = {slot.id: slot.code for slot in self.term.grid_id.timeslot_ids}
        levels = {
            codes[slot]: level
            for (_member, slot), level in Availability._levels(
                self.faculty["F1"].ids, self.term
            ).items()
        }
        self.assertEqual(
            levels,
            {
                **dict.fromkeys(("T01", "T02"), "cannot"),
                **dict.fromkeys(("T21", "T22", "T23", "T25"), "avoid"),
                **{"T11": "prefer", "T13": "avoid", "T15": "prefer"},
            },
        )
        request = self.env["timetable.change.request"].search([])
        self.assertEqual(request.timeslot_id, self.slot["T12"])
        self.assertEqual(request.reason, "The laboratory opens later")
        self.assertTrue(request.feasible)
        self.assertTrue(request.activity_ids)

    def test_student(self):
        self.meeting("E2", MONDAY)._cancel("Heavy rain")
        self.env["timetable.enrolment"].search(
            [
                ("student_id", "=", self.student["S1"].id),
                ("offering_id", "=", self.event["E2"].class_id.offering_id.id),
            ]
        ).class_id = self.event["E2"].class_id
        self.NOW += timedelta(minutes=5)
        self.start_tour(
            "/my/timetable",
            "timetable_nep_portal_student",
            login=self.other_portal.login,
        )
