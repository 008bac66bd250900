"""What a timetable in force leans on does not change unseen."""

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .test_meeting import MeetingCase


class TestInForce(MeetingCase):
    """Teachers, durations, terms, hours: checked and told, or refused."""

    def test_a_published_timetable_stays_in_its_term(self):
        other = self.term.copy({"name": "Another"})
        with self.assertRaisesRegex(UserError, "stays in its term"):
            self.variant.with_user(self.officer).write({"term_id": other.id})

    def test_what_gives_places_their_meaning_stays(self):
        event = self.event["E1"].with_user(self.officer)
        section = event.class_id
        other_class = self.event["E5"].class_id
        other = self.term.copy({"name": "Another"})
        offering = self.env["timetable.offering"].create(
            {"term_id": other.id, "course_id": section.course_id.id}
        )
        slot = self.variant.assignment_ids.filtered(
            lambda row: row.event_id == event.sudo()
        ).timeslot_id.with_user(self.officer)
        for record, vals in (
            (event, {"duration": event.duration + 1}),
            (event, {"needs_room": not event.needs_room}),
            (event, {"class_id": other_class.id}),
            (section, {"offering_id": offering.id}),
            (section.offering_id, {"term_id": other.id}),
            (slot, {"hour_to": slot.hour_to - 0.25}),
            (slot, {"period": 30}),
        ):
            with (
                self.subTest(record=record, vals=vals),
                self.assertRaisesRegex(UserError, "cannot change"),
                self.cr.savepoint(),
            ):
                record.write(vals)
        # What says the same again is no change, and free hours are free to change.
        event.write({"duration": event.duration, "class_id": section.id})
        used = self.variant.assignment_ids.timeslot_id
        days = set(used.mapped("day"))
        free = self.term.grid_id.timeslot_ids.filtered(lambda one: one.day not in days)
        if free:
            free[0].with_user(self.officer).hour_to -= 0.25

    def test_new_teachers_are_checked_and_told(self):
        event = self.event["E1"]
        before = event.teacher_ids
        busy = self.faculty["F2"]
        slot = self.variant._board_assignment(event).timeslot_id
        self.env["timetable.faculty.availability"].create(
            {"faculty_id": busy.id, "timeslot_id": slot.id, "level": "cannot"}
        )
        with self.assertRaisesRegex(UserError, "not available"), self.cr.savepoint():
            event.with_user(self.officer).write(
                {"own_faculty": True, "faculty_ids": busy.ids}
            )
        self.assertEqual(event.teacher_ids, before)
        free = self.faculty["F3"]
        free.partner_id.email = "f3@example.edu"
        event.with_user(self.officer).write(
            {"own_faculty": True, "faculty_ids": free.ids}
        )
        self.assertEqual(event.teacher_ids, free)
        notes = "".join(self.variant.message_ids.mapped("body"))
        self.assertIn(free.name, notes)
        told = self.env["mail.message"].search(
            [("notified_partner_ids", "in", free.partner_id.ids)]
        )
        self.assertIn(free.name, "".join(told.mapped("body")))


class TestArchiving(MeetingCase):
    """Archiving says what it takes away, and comes back whole."""

    def setUp(self):
        super().setUp()
        self.section = self.event["E1"].class_id
        student = self.env["timetable.student"].search(
            [("enrolment_ids.offering_id", "=", self.section.offering_id.id)], limit=1
        )
        self.row = student.enrolment_ids.filtered(
            lambda row: row.offering_id == self.section.offering_id
        )
        self.row.write({"class_id": self.section.id, "fixed": False})

    def count(self):
        """Meetings of the class, and who counts it in figures."""
        self.env.invalidate_all()
        return self.env["timetable.meeting"].search_count(
            [("class_id", "=", self.section.id)]
        )

    def test_refused_by_remote_call_asked_by_button(self):
        for record in (self.section, self.section.offering_id, self.event["E1"]):
            record = record.with_user(self.officer)
            with self.subTest(record=record):
                with self.assertRaisesRegex(UserError, "not take place"):
                    record.write({"active": False})
                action = record.action_archive()
                wizard = (
                    self.env[action["res_model"]]
                    .with_user(self.officer)
                    .with_context(**action["context"])
                    .create({})
                )
                self.assertIn("weekly meetings", wizard.text)
        self.assertTrue(self.section.active)

    def test_gone_everywhere_and_back_whole(self):
        planned = self.count()
        self.assertTrue(planned)
        action = self.section.with_user(self.officer).action_archive()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.officer)
            .with_context(**action["context"])
            .create({})
        )
        self.assertIn("students lose their class", wizard.text)
        wizard.action_archive()
        self.assertFalse(self.section.active or self.section.event_ids.active)
        self.assertFalse(self.row.class_id)
        self.assertEqual(self.count(), 0)
        variant = self.variant
        self.assertEqual((variant.placed, variant.total), (2, self.term.event_count))
        self.assertEqual(variant.unplaced_count, 1, "one never had a place")
        unplaced, _count = variant._board_unplaced()
        self.assertNotIn(self.section, unplaced.class_id, "no card to place")
        events = self.section.with_context(active_test=False).event_ids
        placed = {item.event for item in variant._feasibility_placed()}
        self.assertFalse(placed & set(events.ids))
        self.assertFalse(
            self.env["timetable.assignment"].search_count(
                [
                    *variant.env["timetable.assignment"]._domain_in_force(),
                    ("event_id", "in", events.ids),
                ]
            )
        )

        self.section.with_user(self.officer).action_unarchive()
        self.assertEqual(self.row.class_id, self.section)
        self.assertEqual(self.count(), planned)

    def test_a_place_that_is_taken_keeps_it_out(self):
        self.section.with_context(timetable_nep_take_away=True).action_archive()
        row = self.variant._board_assignment(self.event["E1"])
        other = self.event["E5"]
        place = self.variant._board_assignment(other)
        place.with_env(self.variant._guarded().sudo().env).write(
            {"timeslot_id": row.timeslot_id.id, "room_id": row.room_id.id}
        )
        with self.assertRaisesRegex(UserError, "cannot go back"), self.cr.savepoint():
            self.section.with_user(self.officer).write({"active": True})

    def test_an_archived_term_is_shown_nowhere(self):
        with self.assertRaisesRegex(UserError, "not take place"):
            self.term.write({"active": False})
        self.term.with_context(timetable_nep_take_away=True).active = False
        self.assertEqual(self.count(), 0)
        figures = self.env["timetable.workload"].search(
            [("term_id", "=", self.term.id)]
        )
        self.assertFalse(figures)
        self.term.active = True
        self.assertTrue(self.count())

    def test_only_what_one_may_archive(self):
        Wizard = self.env["timetable.archive.wizard"].with_user(self.coordinator)
        with mute_logger("odoo.addons.base.models.ir_rule"):
            wizard = Wizard.create(
                {"res_model": "timetable.term", "res_ids": self.term.ids}
            )
            with self.assertRaises(AccessError):
                wizard.action_archive()
            wizard = Wizard.create({"res_model": "res.users", "res_ids": [1]})
            with self.assertRaises(UserError):
                wizard.action_archive()
        self.assertEqual(self.section.active, True)
