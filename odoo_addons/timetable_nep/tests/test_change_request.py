import re

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .test_portal_week import PortalCase

PATH = "/my/timetable/requests"


class TestChangeRequest(PortalCase):
    """Faculty members ask, the rules answer at once, an officer decides."""

    def ask(self, user, code, kind="move", **form):
        data = {"event": self.event[code].id, "kind": kind, "reason": "A clinic"}
        return self.post(user, f"{PATH}/new", data | form)

    def request_of(self, code):
        return self.env["timetable.change.request"].search(
            [("event_id", "=", self.event[code].id)], limit=1
        )

    def place(self, code):
        row = self.variant.assignment_ids.filtered(
            lambda row: row.event_id == self.event[code]
        )
        return row.timeslot_id.code, row.room_id.code

    def officer_of(self, request):
        return request.with_user(self.officer).with_context(tracking_disable=False)

    def test_page_shows_at_once_what_is_possible(self):
        text = self.get(
            self.portal, f"{PATH}/new?event={self.event['E1'].id}&kind=move"
        ).text
        # E1 may start at T03, T11 and T12 only; T12 is free.
        yes = re.findall(r'aria-label="(\w+ \d\d:\d\d) is possible', text)
        self.assertIn("Tuesday 10:00", yes)
        self.assertNotIn("Wednesday 09:00", yes)
        self.assertIn("This event may not start at that time.", text)

    def test_move_is_asked_for_accepted_and_told(self):
        response = self.ask(self.portal, "E1", slot=self.slot["T12"].id)
        self.assertIn("Sent.", response.text)
        self.assertIn("Possible when you asked.", response.text)
        request = self.request_of("E1")
        self.assertTrue(request.feasible)
        self.assertEqual(request.reason, "A clinic")
        self.assertEqual(request.from_timeslot_id, self.slot["T11"])
        self.assertIn(self.officer, request.activity_ids.user_id)
        self.assertEqual(self.place("E1"), ("T11", "R1"), "nothing moves yet")
        self.assertTrue(self.officer_of(request).feasible_now)
        self.officer_of(request).action_accept()
        self.assertEqual(request.state, "accepted")
        self.assertEqual(self.place("E1"), ("T12", "R1"))
        self.assertEqual(self.variant.state, "published")
        self.assertFalse(request.activity_ids)
        self.assertIn(self.portal.partner_id, request.message_ids.partner_ids)
        self.assertIn("Changed in the timetable", self.variant.message_ids[0].body)
        self.assertIn(">Accepted<", self.get(self.portal, PATH).text)
        with self.assertRaises(UserError):
            self.officer_of(request).action_accept()

    def test_impossible_says_why_and_is_not_applied(self):
        response = self.ask(self.portal, "E1", slot=self.slot["T03"].id)
        self.assertIn("Sent.", response.text)
        request = self.request_of("E1")
        self.assertFalse(request.feasible, "E2 is at that time")
        self.assertIn("has another event then", request.verdict)
        self.assertIn("has another event then", response.text)
        with self.assertRaisesRegex(UserError, "has another event then"):
            self.officer_of(request).action_accept()
        self.assertEqual(self.place("E1"), ("T11", "R1"))

    def test_what_became_impossible_is_refused_at_acceptance(self):
        self.ask(self.portal, "E1", slot=self.slot["T12"].id)
        request = self.request_of("E1")
        self.assertTrue(request.feasible)
        self.event["E1"].timeslot_ids = self.slot["T11"]
        self.assertFalse(self.officer_of(request).feasible_now)
        with self.assertRaisesRegex(UserError, "may not start"):
            self.officer_of(request).action_accept()
        self.assertEqual(request.state, "submitted")

    def test_other_room(self):
        self.faculty["F2"].partner_id = self.internal.partner_id
        text = self.get(
            self.internal, f"{PATH}/new?event={self.event['E5'].id}&kind=room"
        ).text
        self.assertIn("No other suitable room is free", text)
        self.room["R1"].capacity = 80
        self.ask(self.internal, "E5", kind="room", room=self.room["R1"].id)
        request = self.request_of("E5")
        self.assertTrue(request.feasible, request.verdict)
        self.officer_of(request).action_accept()
        self.assertEqual(self.place("E5"), ("T01", "R1"))

    def test_swap(self):
        """The verdict of the page is what accepting does."""
        self.faculty["F3"].partner_id = self.internal.partner_id
        self.event["E1"].timeslot_ids = False
        page = f"{PATH}/new?event={self.event['E3'].id}&kind=swap"
        text = self.get(self.internal, f"{page}&other={self.event['E1'].id}").text
        self.assertIn("Possible.", text)
        options = html.fromstring(text).xpath("//select[@name='other']/option/text()")
        marked = [words.strip()[0] for words in options[1:]]
        verdicts = {
            two.event_id.id: self.variant._change_verdict(
                self.event["E3"], "swap", other=two.event_id
            )[0]
            for two in self.variant._swap_partners(self.event["E3"])
        }
        self.assertEqual(marked.count("✓"), sum(verdicts.values()))
        self.assertEqual(len(marked), len(verdicts), "each is marked")
        self.ask(self.internal, "E3", kind="swap", other=self.event["E1"].id)
        request = self.request_of("E3")
        self.assertTrue(request.feasible, request.verdict)
        self.officer_of(request).action_accept()
        self.assertEqual(self.place("E3")[0], "T11")
        self.assertEqual(self.place("E1")[0], "T21")
        self.assertIn(self.portal.partner_id, self.told(request))

    def told(self, request):
        """Who will hear about what moved, with whatever else is new for them."""
        return (
            self.env["timetable.meeting.notice"]
            .search(
                [
                    ("term_id", "=", request.term_id.id),
                    ("title", "=", "Your timetable has changed"),
                ]
            )
            .partner_id
        )

    def test_students_are_told_unless_they_do_not_want_to(self):
        self.faculty["F2"].partner_id = self.internal.partner_id
        attending = self.event["E5"].class_id.enrolment_ids.student_id
        quiet = self.student["S3"]
        self.assertIn(quiet, attending)
        quiet.partner_id.timetable_notice = "never"
        self.room["R1"].capacity = 80
        self.ask(self.internal, "E5", kind="room", room=self.room["R1"].id)
        request = self.request_of("E5")
        self.assertTrue(request.feasible, request.verdict)
        self.officer_of(request).action_accept()
        told = self.told(request)
        self.assertEqual(told, (attending - quiet).partner_id)

    def test_impossible_swap(self):
        self.faculty["F3"].partner_id = self.internal.partner_id
        self.ask(self.internal, "E3", kind="swap", other=self.event["E1"].id)
        request = self.request_of("E3")
        self.assertFalse(request.feasible, "E1 may not start on Wednesday")
        self.assertIn("PHY101-A: This event may not start", request.verdict)
        with self.assertRaises(UserError):
            self.officer_of(request).action_accept()
        self.assertEqual(self.place("E3")[0], "T21")
        self.assertEqual(self.place("E1")[0], "T11")

    def test_refused_with_a_reason(self):
        self.ask(self.portal, "E1", slot=self.slot["T12"].id)
        request = self.officer_of(self.request_of("E1"))
        action = request.action_refuse()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.officer)
            .with_context(**action["context"])
            .create({"reason": "The lab is being cleaned"})
        )
        wizard.action_refuse()
        self.assertEqual(request.state, "refused")
        self.assertEqual(self.place("E1"), ("T11", "R1"))
        self.assertIn("The lab is being cleaned", self.get(self.portal, PATH).text)
        self.assertIn(self.portal.partner_id, request.message_ids.partner_ids)

    def test_one_waiting_request_a_class_and_withdrawal(self):
        self.ask(self.portal, "E1", slot=self.slot["T12"].id)
        response = self.ask(self.portal, "E1", slot=self.slot["T03"].id)
        self.assertIn("is waiting already", response.text)
        # It is said before anything is filled in.
        page = self.get(self.portal, f"{PATH}/new?event={self.event['E1'].id}").text
        self.assertIn("o_tt_waiting", page)
        self.assertNotIn('name="send"', page)
        self.assertIn("A clinic</textarea>", response.text, "what was typed is kept")
        request = self.request_of("E1")
        self.post(self.portal, f"{PATH}/{request.id}/withdraw")
        self.assertEqual(request.state, "withdrawn")
        self.assertFalse(request.activity_ids)
        self.assertIn(
            "Sent.", self.ask(self.portal, "E1", slot=self.slot["T03"].id).text
        )

    def test_nonsense_is_refused_in_words(self):
        for form, words in (
            ({"slot": self.slot["T11"].id}, "at that time already"),
            ({"slot": ""}, "Choose the time"),
            ({"slot": "999999"}, "Choose the time"),
            ({"kind": "room", "room": self.room["R1"].id}, "in that room already"),
            ({"kind": "room", "room": "x"}, "Choose the room"),
            ({"kind": "swap", "other": self.event["E1"].id}, "Choose the class"),
        ):
            with self.subTest(form=form):
                self.assertIn(words, self.ask(self.portal, "E1", **form).text)
        self.assertFalse(self.request_of("E1"))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_nobody_elses(self):
        """Of another's class there is nothing to ask, read, withdraw or decide."""
        self.faculty["F2"].partner_id = self.internal.partner_id
        colleague = new_test_user(self.env, "tt_colleague", groups="base.group_portal")
        self.faculty["F3"].partner_id = colleague.partner_id
        self.ask(self.portal, "E1", slot=self.slot["T12"].id)
        request = self.request_of("E1")
        answer = self.ask(colleague, "E5", slot=self.slot["T22"].id)
        self.assertIn("You do not teach this class", answer.text)
        self.assertFalse(self.request_of("E5"))
        with self.assertRaises(AccessError):
            self.env["timetable.change.request"]._submit(
                self.faculty["F3"], self.event["E5"], "move", self.slot["T22"]
            )
        withdraw = self.post(colleague, f"{PATH}/{request.id}/withdraw")
        self.assertEqual(withdraw.status_code, 404)
        self.assertEqual(request.state, "submitted")
        self.assertNotIn("A clinic", self.get(colleague, PATH).text)
        Request = self.env["timetable.change.request"]
        self.assertFalse(Request.with_user(colleague).search([]) & request)
        self.assertEqual(Request.with_user(self.portal).search([]), request)
        for user in (self.portal, colleague, self.internal, self.coordinator):
            with self.assertRaises(AccessError):
                request.with_user(user).action_accept()
            with self.assertRaises(AccessError):
                request.with_user(user).action_refuse("no")
        with self.assertRaises(AccessError):
            self.officer_of(request).write({"timeslot_id": self.slot["T03"].id})
        with self.assertRaises(AccessError):
            self.officer_of(request).sudo().write({"state": "accepted"})

    def test_page_without_a_published_class(self):
        self.variant.sudo()._guarded().state = "archived"
        self.assertIn("teach no class", self.get(self.portal, f"{PATH}/new").text)
