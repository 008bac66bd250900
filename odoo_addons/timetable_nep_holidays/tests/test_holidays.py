"""Leave, public holidays and working hours of Odoo, as the timetable sees them."""

from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.timetable_nep.tests.test_meeting import MONDAY, MeetingCase


class HolidaysCase(MeetingCase):
    """F2 teaches E5 on Mondays at nine and is an employee."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.resource_calendar_id.tz = "Asia/Kathmandu"
        cls.member = cls.faculty["F2"]
        cls.employee = cls.env["hr.employee"].create(
            {"name": cls.member.name, "tz": "Asia/Kathmandu"}
        )
        cls.member.employee_id = cls.employee
        cls.boss = new_test_user(
            cls.env, "tt_boss", groups="hr_holidays.group_hr_holidays_manager"
        )
        cls.types = {
            unit: cls.env["hr.leave.type"].create(
                {
                    "name": f"Leave by {unit}",
                    "requires_allocation": False,
                    "leave_validation_type": "hr",
                    "request_unit": unit,
                }
            )
            for unit in ("day", "half_day", "hour")
        }
        cls.Absence = cls.env["timetable.absence"].with_user(cls.officer)

    def leave(self, unit="day", first=MONDAY, last=None, **values):
        return (
            self.env["hr.leave"]
            .with_user(self.boss)
            .create(
                {
                    "employee_id": self.employee.id,
                    "holiday_status_id": self.types[unit].id,
                    "request_date_from": first,
                    "request_date_to": last or first,
                    **values,
                }
            )
        )

    def absences(self):
        return self.Absence.search([("faculty_id", "=", self.member.id)])

    def gaps(self, day=MONDAY):
        data = self.env["timetable.desk"].with_user(self.officer).desk_data(str(day))
        return data["days"][0]["gaps"]


class TestLeave(HolidaysCase):
    def test_approved_leave_reaches_the_desk(self):
        leave = self.leave()
        self.assertFalse(self.absences(), "nothing before it is approved")
        leave.action_approve()
        away = self.absences()
        self.assertEqual((away.date_start, away.date_end), (MONDAY, MONDAY))
        self.assertEqual((away.hour_from, away.hour_to), (0, 24))
        self.assertFalse(away.reason, "the kind of leave is nobody's business")
        (gap,) = self.gaps()
        self.assertEqual(gap["away"], self.member.name)
        self.assertEqual(leave.timetable_meeting_count, 1)

    def test_refused_or_deleted_leave_takes_it_back(self):
        leave = self.leave()
        leave.action_approve()
        leave.action_refuse()
        self.assertFalse(self.absences())
        self.assertFalse(self.gaps())
        second = self.leave(first=MONDAY + timedelta(days=7))
        second.action_approve()
        self.assertTrue(self.absences())
        second.action_refuse()
        second.sudo().unlink()
        self.assertFalse(self.absences())

    def test_substitution_made_stays_and_can_be_undone(self):
        leave = self.leave()
        leave.action_approve()
        desk = self.env["timetable.desk"].with_user(self.officer)
        (gap,) = self.gaps()
        desk.desk_substitute(gap["id"], self.faculty["F3"].id)
        self.assertFalse(self.gaps())
        leave.action_refuse()
        self.assertEqual(self.meeting("E5", MONDAY).faculty_ids, self.faculty["F3"])
        desk.desk_undo(gap["id"])
        self.assertEqual(self.meeting("E5", MONDAY).faculty_ids, self.member)

    def test_half_days_and_hours(self):
        """From Monday noon to Wednesday noon are three pieces."""
        self.leave(
            "half_day",
            MONDAY,
            MONDAY + timedelta(days=2),
            request_date_from_period="pm",
            request_date_to_period="am",
        ).action_approve()
        pieces = [
            ((row.date_start - MONDAY).days, row.hour_from, row.hour_to)
            for row in self.absences().sorted("date_start")
        ]
        self.assertEqual(pieces, [(0, 12, 24), (1, 0, 24), (2, 0, 12)])
        self.assertFalse(self.gaps(), "the class at nine is before it")
        self.leave(
            "hour",
            MONDAY + timedelta(days=7),
            request_hour_from=8.5,
            request_hour_to=9.5,
        ).action_approve()
        last = self.absences().sorted("date_start")[-1]
        self.assertEqual((last.hour_from, last.hour_to), (8.5, 9.5))

    def test_it_is_kept_in_time_off_only(self):
        self.leave().action_approve()
        away = self.absences()
        with self.assertRaisesRegex(UserError, "comes from Time Off"):
            away.hour_to = 9
        with self.assertRaisesRegex(UserError, "comes from Time Off"):
            away.unlink()
        with self.assertRaises(AccessError):
            away.read(["leave_id"])


class TestHolidays(HolidaysCase):
    def closure(self, start, stop, **values):
        """Hours on Kathmandu's clock: 5:45 before UTC."""
        shift = timedelta(hours=5, minutes=45)
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Founders' day",
                "date_from": start - shift,
                "date_to": stop - shift,
                "company_id": self.env.company.id,
                **values,
            }
        )

    def at(self, hour, minute=0, days=0):
        return datetime.combine(MONDAY + timedelta(days=days), datetime.min.time()) + (
            timedelta(hours=hour, minutes=minute)
        )

    def test_public_holiday_takes_its_meetings_away(self):
        day = self.closure(self.at(0), self.at(23, 59))
        holiday = self.env["timetable.holiday"].search(
            [("calendar_leave_id", "=", day.id)]
        )
        self.assertEqual(holiday.name, "Founders' day")
        self.assertEqual(len(self.meetings("E5")), 3)
        with self.assertRaisesRegex(UserError, "public holiday of Time Off"):
            holiday.with_user(self.officer).name = "Other"
        day.write(
            {"date_from": day.date_from + timedelta(days=1)}
            | {"date_to": day.date_to + timedelta(days=1)}
        )
        self.assertEqual(holiday.date_start, MONDAY + timedelta(days=1))
        self.assertEqual(len(self.meetings("E5")), 4)
        day.unlink()
        self.assertFalse(holiday.exists())
        self.assertEqual(len(self.meetings("E1")), 4)

    def test_closed_hours_close_the_rooms(self):
        """In grid hours 9 to 12, a closure from 8 to 9:30 is a part of the day."""
        closed = self.closure(self.at(8), self.at(9, 30))
        self.assertEqual(len(self.meetings("E5")), 4)
        (gap,) = self.gaps()
        self.assertTrue(gap["closed"])
        closed.unlink()
        self.assertFalse(self.gaps())

    def test_not_those_of_one_person_or_one_calendar(self):
        other = self.env["resource.calendar"].create({"name": "Night shift"})
        self.closure(self.at(0), self.at(23, 59), calendar_id=other.id)
        self.closure(
            self.at(0, days=7),
            self.at(23, 59, days=7),
            resource_id=self.employee.resource_id.id,
        )
        self.assertEqual(len(self.meetings("E5")), 4)

    def test_other_university(self):
        other = self.env["res.company"].create(
            {"name": "Other university", "timetable_tz": "Asia/Kathmandu"}
        )
        day = self.closure(
            self.at(0), self.at(23, 59), calendar_id=other.resource_calendar_id.id
        )
        holiday = self.env["timetable.holiday"].search(
            [("calendar_leave_id", "=", day.id)]
        )
        self.assertEqual(holiday.company_id, other)
        self.assertEqual(len(self.meetings("E5")), 4)

    def test_working_hours_close_the_rest(self):
        mornings = self.env["resource.calendar"].create(
            {
                "name": "Monday mornings",
                "attendance_ids": [
                    (5, 0, 0),
                    (
                        0,
                        0,
                        {
                            **{"name": "Monday", "dayofweek": "0"},
                            **{"hour_from": 9, "hour_to": 10, "day_period": "morning"},
                        },
                    ),
                ],
            }
        )
        self.employee.resource_calendar_id = mornings
        self.member.with_user(self.officer).action_take_working_hours()
        closed = self.env["timetable.faculty.availability"].search(
            [("faculty_id", "=", self.member.id), ("source", "=", "shift")]
        )
        slots = self.term.grid_id.timeslot_ids
        self.assertEqual(slots - closed.timeslot_id, self.slot["T01"])
        self.employee.resource_calendar_id = self.env.company.resource_calendar_id
        self.member.with_user(self.officer).action_take_working_hours()
        self.assertFalse(closed.exists())
