from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common import TimetableCase, make_variant


class TestRoomWishes(TimetableCase):
    """Required, preferred, avoided and forbidden rooms; home rooms of batches."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grid = cls.env["timetable.grid"].create({"name": "G"})
        cls.grid.action_fill()
        cls.old, cls.new = cls.env["timetable.building"].create(
            [{"name": "Old"}, {"name": "New"}]
        )
        cls.rooms = cls.env["timetable.room"].create(
            [
                {"name": name, "capacity": 60, "building_id": building.id}
                for name, building in (
                    *(("O1", cls.old), ("O2", cls.old)),
                    *(("N1", cls.new), ("N2", cls.new)),
                )
            ]
        )
        cls.term = cls.env["timetable.term"].create(
            {
                "name": "T",
                "grid_id": cls.grid.id,
                "auto_split": False,
                "room_ids": [(6, 0, cls.rooms.ids)],
            }
        )
        cls.department = cls.env["timetable.department"].create({"name": "D"})
        cls.course = cls.env["timetable.course"].create(
            {"name": "One", "credits": 1, "department_id": cls.department.id}
        )
        offering = cls.env["timetable.offering"].create(
            {"term_id": cls.term.id, "course_id": cls.course.id}
        )
        offering.action_split()
        cls.section = offering.class_ids
        cls.event = cls.section.event_ids

    def wish(self, level, scope, target):
        fields = {
            "timetable.department": "department_id",
            "timetable.course": "course_id",
            "timetable.class": "class_id",
            "timetable.room": "room_id",
            "timetable.building": "building_id",
        }
        return self.env["timetable.room.wish"].create(
            {
                "level": level,
                fields[scope._name]: scope.id,
                fields[target._name]: target.id,
            }
        )

    def wired(self):
        (section,) = self.term._snapshot_problem()["classes"]
        (event,) = section["events"]
        rooms = event.get("rooms")
        return (
            rooms and [room["room"] for room in rooms],
            event.get("room_preferences"),
        )

    def ids(self, *rooms):
        return [f"r{room.id}" for room in rooms]

    def test_nothing_wished(self):
        self.assertEqual(self.wired(), (None, None))

    def test_wishes_of_all_scopes(self):
        batch = self.env["timetable.batch"].create(
            {
                "name": "B",
                "term_id": self.term.id,
                "class_ids": [(6, 0, self.section.ids)],
                "home_room_id": self.rooms[0].id,
            }
        )
        self.wish("prefer", self.department, self.old)
        self.wish("avoid", self.course, self.rooms[1])
        self.assertEqual(
            self.wired(),
            (
                None,
                [
                    {"level": "prefer", "room": f"r{self.rooms[0].id}"},
                    {"level": "avoid", "room": f"r{self.rooms[1].id}"},
                    {"level": "prefer", "building": f"b{self.old.id}"},
                ],
            ),
        )
        # A room that the term does not use is nothing to wish for.
        self.term.room_ids -= self.rooms[:2]
        self.assertEqual(self.wired(), (None, None))
        self.assertTrue(batch)

    def test_required_and_forbidden(self):
        """One scope: any of the required; several scopes: all of them."""
        one, two, three, _four = self.rooms
        self.wish("require", self.course, one)
        self.wish("require", self.course, three)
        self.assertEqual(self.wired(), (self.ids(one, three), None))
        self.wish("require", self.department, self.old)
        self.assertEqual(self.wired()[0], self.ids(one))
        self.wish("forbid", self.section, one)
        with self.assertRaisesRegex(UserError, "may be held in no room"):
            self.wired()
        self.course.room_wish_ids.unlink()
        self.assertEqual(self.wired()[0], self.ids(two))

    def test_the_board_and_the_audit_know_them(self):
        self.wish("forbid", self.department, self.old)
        slot = self.grid.timeslot_ids[0]
        variant = make_variant(self.term, [(self.event, slot, self.rooms[0])])
        (finding,) = variant._audit_findings()
        self.assertEqual(finding.broken.rule, "room_suitability")
        variant = variant.with_user(self.officer)
        free = variant.board_rooms(self.event.id, slot.id)
        self.assertEqual([row["name"] for row in free], ["N1", "N2"])
        with self.assertRaisesRegex(UserError, "taken, closed or not suitable"):
            variant.board_move(self.event.id, slot.id, self.rooms[1].id)

    def test_what_makes_no_sense_is_refused(self):
        self.wish("require", self.course, self.old)
        with self.assertRaisesRegex(UserError, "both required and forbidden"):
            self.wish("forbid", self.course, self.old)
        self.env.invalidate_all()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["timetable.room.wish"].create(
                {
                    "course_id": self.course.id,
                    "room_id": self.rooms[0].id,
                    "building_id": self.old.id,
                }
            )
        other = self.env["res.company"].create({"name": "Second university"})
        strange = self.env["timetable.room"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        with self.assertRaisesRegex(UserError, "Second university|Theirs"):
            self.wish("prefer", self.course, strange)

    def test_coordinators_of_the_department(self):
        wish = self.wish("prefer", self.course, self.old)
        with self.assertRaises(AccessError):
            wish.with_user(self.coordinator).level = "avoid"
        self.department.coordinator_ids = self.coordinator
        wish.with_user(self.coordinator).level = "avoid"
        self.assertEqual(wish.level, "avoid")
