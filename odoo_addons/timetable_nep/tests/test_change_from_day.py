from datetime import timedelta

from odoo.exceptions import UserError

from .common import make_variant
from .test_meeting import MONDAY, meetings_of
from .test_portal_week import PortalCase

THIRD = MONDAY + timedelta(days=14)
WEEK = timedelta(days=7)


class TestChangeFromDay(PortalCase):
    """What changes in the middle of a term leaves the weeks before as they were."""

    def ask(self, code, kind="move", **wish):
        member = self.event[code].teacher_ids[:1]
        return (
            self.env["timetable.change.request"]
            ._submit(member, self.event[code], kind, **wish)
            .with_user(self.officer)
        )

    def days(self, code):
        """Date and start of each meeting of a class."""
        self.env.flush_all()
        self.env.invalidate_all()
        return [
            (row.date, row.timeslot_id.code)
            for row in self.env["timetable.meeting"].search(
                [("event_id", "=", self.event[code].id)], order="date"
            )
        ]

    def moved(self, day=THIRD):
        request = self.ask("E1", timeslot=self.slot["T12"])
        request.action_accept(day)
        return request

    def tuesdays(self, *codes):
        start = MONDAY + timedelta(days=1)
        return [(start + WEEK * week, code) for week, code in enumerate(codes)]

    def test_earlier_meetings_stay(self):
        request = self.moved(THIRD + timedelta(days=3))
        self.assertEqual(request.date_from, THIRD, "a whole week")
        self.assertEqual(self.days("E1"), self.tuesdays("T11", "T11", "T12", "T12"))
        self.assertIn("in force from 18/01/2027 on", request.message_ids[0].body)
        partner = self.portal.partner_id
        for week in range(4):
            monday = MONDAY + WEEK * week
            shown = self.week(self.portal, monday=monday)["meetings"]
            known = meetings_of(partner, monday, monday + timedelta(days=6))
            keys = ("id", "date", "clock_from", "room", "status")
            self.assertEqual(
                [[row[key] for key in keys] for row in shown],
                [[row[key] for key in keys] for row in known],
            )
        text = self.get(self.portal, f"/my/timetable?week={THIRD}").text
        self.assertIn("10:00", text)

    def test_every_week(self):
        self.moved(None)
        self.assertEqual(self.days("E1"), self.tuesdays(*["T12"] * 4))
        self.assertFalse(self.variant.date_from)

    def test_a_second_change_follows_the_first(self):
        self.moved(MONDAY + WEEK)
        self.ask("E1", timeslot=self.slot["T11"]).action_accept(THIRD + WEEK)
        self.assertEqual(self.days("E1"), self.tuesdays("T11", "T12", "T12", "T11"))
        late = self.ask("E1", timeslot=self.slot["T12"])
        with self.assertRaisesRegex(UserError, "another place from"):
            late.action_accept(THIRD)
        late.action_accept(THIRD + WEEK)
        self.assertEqual(self.days("E1"), self.tuesdays("T11", *["T12"] * 3))

    def test_a_place_that_becomes_free_later_is_not_free_before(self):
        """The room that E1 leaves in the third week is taken until then."""
        self.moved(THIRD)
        other = self.event["E5"]
        other.class_id.limit = self.room["R1"].capacity
        other.class_id.enrolment_ids.unlink()
        wish = self.ask("E5", timeslot=self.slot["T11"])
        self.assertTrue(wish.feasible, wish.verdict)
        only = self.room["R1"]
        self.term.room_ids = only | self.variant.assignment_ids.filtered(
            lambda row: row.event_id not in (self.event["E1"], other)
        ).room_id.filtered(lambda room: room.capacity < other.class_id.limit)
        with self.assertRaisesRegex(UserError, "Choose a later week"):
            wish.action_accept(MONDAY + WEEK)
        wish.action_accept(THIRD)
        self.assertEqual(self.days("E5")[2][1], "T11")

    def test_changes_for_a_date_keep_their_meeting(self):
        second = self.meeting("E1", MONDAY + timedelta(days=8))
        second._move(MONDAY + timedelta(days=9), self.slot["T22"])
        self.moved(THIRD)
        self.assertEqual(
            self.days("E1")[1], (MONDAY + timedelta(days=9), self.slot["T22"].code)
        )
        left = self.week(self.portal, monday=MONDAY + WEEK)["meetings"]
        away = next(row for row in left if row["status"] == "moved_away")
        self.assertEqual(away["clock_from"], "09:00")

    def test_calendar_keeps_the_series_that_ended(self):
        self.moved(THIRD)
        feed = self.env["timetable.feed"].sudo()
        feed = feed._of("person", self.portal.partner_id, self.env.company)
        key = f"event-{self.event['E1'].id}"
        found = {item.uid.split("@")[0]: item for item in feed._content()[0]}
        series = {
            uid: item for uid, item in found.items() if f"{uid}-".startswith(f"{key}-")
        }
        self.assertEqual(set(series), {key, f"{key}-until-20270112"})
        ended = series[f"{key}-until-20270112"]
        self.assertEqual(ended.until, MONDAY + timedelta(days=8))
        self.assertEqual(ended.first.start.hour, 9)
        self.assertEqual(series[key].first.start.date(), THIRD + timedelta(days=1))
        self.assertEqual(series[key].first.start.hour, 10)

    def test_days_that_make_no_sense(self):
        request = self.ask("E1", timeslot=self.slot["T12"])
        with self.assertRaisesRegex(UserError, "after the end"):
            request.action_accept(MONDAY + 5 * WEEK)
        self.NOW += timedelta(days=14)
        with self.assertRaisesRegex(UserError, "is over"):
            request.action_accept(MONDAY + WEEK)
        wizard = (
            self.env["timetable.accept.wizard"]
            .with_user(self.officer)
            .create({"request_id": request.id})
        )
        self.assertEqual((wizard.scope, wizard.date_from), ("from", THIRD + WEEK))
        wizard.action_accept()
        self.assertEqual(self.days("E1"), self.tuesdays("T11", "T11", "T11", "T12"))

    def test_publication_from_a_week_on(self):
        """A repaired timetable does not rewrite the weeks gone by."""
        places = {
            row.event_id.code: (row.event_id, row.timeslot_id, row.room_id)
            for row in self.variant.assignment_ids
        }
        event, _slot, room = places["E1"]
        places["E1"] = (event, self.slot["T12"], room)
        places.pop("E5")
        repaired = make_variant(self.term, places.values(), state="approved")
        wizard = (
            self.env["timetable.publish.wizard"]
            .with_user(self.approver)
            .create({"variant_id": repaired.id, "reason": "It has to begin"})
        )
        self.assertEqual(wizard.date_from, MONDAY + WEEK, "the term has begun")
        wizard.date_from = THIRD
        wizard.action_publish()
        self.assertEqual(self.days("E1"), self.tuesdays("T11", "T11", "T12", "T12"))
        self.assertEqual(len(self.days("E5")), 2, "dropped from then on")
        stays = repaired.assignment_ids.filtered(
            lambda row: row.event_id == self.event["E2"]
        )
        self.assertFalse(stays.date_from)
        self.assertEqual(len(self.days("E2")), 4)
        # Back again in the week after: three stretches.
        back = self.env["timetable.publish.wizard"].with_user(self.approver)
        back.create(
            {
                "variant_id": self.variant.id,
                "date_from": THIRD + WEEK,
                "reason": "Back",
            }
        ).action_publish()
        self.assertEqual(self.days("E1"), self.tuesdays("T11", "T11", "T12", "T11"))
        self.assertEqual(
            [day for day, _code in self.days("E5")],
            [MONDAY, MONDAY + WEEK, MONDAY + 3 * WEEK],
        )

    def test_documents_show_one_week(self):
        """The week asked for, or the present one; none where all weeks are alike."""
        section = self.event["E1"].class_id
        pages = self.env["timetable.week.page"]

        def shown(day=None):
            variant = self.variant.with_user(self.coordinator)
            week = variant._week_shown(day)
            (page,) = pages._pages(variant, "class", section, week)
            codes = {
                entry["slot"].code
                for row in page["rows"]
                if not row["break"]
                for cell in row["cells"]
                for entry in cell["entries"]
                if entry["event_id"] == self.event["E1"].id
            }
            return page["week"], codes

        self.assertEqual(shown(THIRD), (None, {"T11"}))
        self.moved(THIRD)
        self.assertEqual(shown(), (MONDAY, {"T11"}))
        self.assertEqual(
            shown(THIRD - timedelta(days=1)), (MONDAY + WEEK, {"T11"}), "a Sunday"
        )
        self.assertEqual(shown(THIRD + timedelta(days=3)), (THIRD, {"T12"}))
        self.assertEqual(shown(MONDAY - 9 * WEEK), (MONDAY, {"T11"}), "not begun")
        # In a file, with the rights of who asks; a class dropped later was there once.
        for user in (self.coordinator, self.officer, self.approver):
            for day, clock in ((MONDAY, "09:00"), (THIRD, "10:00")):
                variant = self.variant.with_user(user)
                week = variant._week_shown(day)
                text = variant._export("csv", week=week)[0].decode()
                self.assertEqual(text.count(f"Tuesday,{clock},"), 1, text)

    def test_documents_of_a_week_by_wizard_and_address(self):
        wizard = self.env["timetable.print.wizard"].with_user(self.officer)
        plain = wizard.create({"variant_id": self.variant.id})
        self.assertFalse(plain.week or plain.weeks_differ)
        self.assertEqual(plain.action_make()["data"]["week"], "")
        self.moved(THIRD)
        one = wizard.create({"variant_id": self.variant.id})
        self.assertEqual((one.week, one.weeks_differ), (MONDAY, True))
        one.week = THIRD + timedelta(days=2)
        data = one.action_make()["data"]
        self.assertEqual(data["week"], str(THIRD))
        report = self.env["report.timetable_nep.report_week_by_faculty"]
        values = report.with_user(self.officer)._get_report_values([], data)
        self.assertEqual({page["week"] for page in values["pages"]}, {THIRD})
        one.format = "csv"
        url = one.action_make()["url"]
        self.assertIn(f"week={THIRD}", url)
        response = self.get(self.officer, url)
        self.assertIn(str(THIRD), response.headers["Content-Disposition"])
        self.assertIn("Tuesday,10:00,", response.text)
        wrong = self.get(self.officer, url.replace(str(THIRD), "2027-13-45"))
        self.assertEqual(wrong.status_code, 404)

    def test_board_shows_one_week(self):
        def cards(week=False):
            board = self.variant.with_user(self.officer)
            data = board.board_data("class", self.event["E1"].class_id.id, week)
            codes = {card["id"]: card["timeslot_id"] for card in data["events"]}
            return data["variant"]["week"], codes.get(self.event["E1"].id)

        first, later = self.slot["T11"].id, self.slot["T12"].id
        self.assertEqual(cards(str(THIRD)), ("", first), "all weeks are alike")
        self.moved(THIRD)
        self.assertEqual(cards(), (str(MONDAY), first))
        self.assertEqual(cards(str(THIRD + timedelta(days=6))), (str(THIRD), later))
        self.assertEqual(cards("2027-12-31"), (str(MONDAY + 3 * WEEK), later))
        options = self.variant.with_user(self.officer).board_options(self.variant.id)
        self.assertEqual(options["variant"]["week"], str(MONDAY))

    def test_board_of_a_week_has_events_dropped_later(self):
        places = [
            (row.event_id, row.timeslot_id, row.room_id)
            for row in self.variant.assignment_ids
            if row.event_id != self.event["E5"]
        ]
        repaired = make_variant(self.term, places, state="approved")
        self.env["timetable.publish.wizard"].with_user(self.approver).create(
            {"variant_id": repaired.id, "date_from": THIRD, "reason": "It has to"}
        ).action_publish()
        board = repaired.with_user(self.officer)
        for week, there in ((MONDAY, True), (THIRD, False)):
            data = board.board_data("room", self.room["R3"].id, str(week))
            shown = {card["id"] for card in data["events"]}
            waiting = {card["id"] for card in data["unplaced"]}
            self.assertEqual(self.event["E5"].id in shown, there)
            self.assertEqual(self.event["E5"].id in waiting, not there)
            self.assertEqual(data["unplaced_count"], len(waiting))
