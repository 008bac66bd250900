import logging
import re
from datetime import date, datetime, timedelta

import vobject

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..models.portal.timetable_feed import FEED_PATH
from .test_meeting import MONDAY
from .test_portal_week import PortalCase


class TestFeed(PortalCase):
    """Calendars by address."""

    def own(self, user):
        """The user makes an address on the page, and reads it there."""
        self.post(user, "/my/timetable/calendar/renew")
        text = self.get(user, "/my/timetable/calendar").text
        found = re.search(rf'value="([^"]+{FEED_PATH}/[^"]+\.ics)"', text)
        self.assertIn("webcal://", text)
        return FEED_PATH + found[1].split(FEED_PATH)[1]

    def fetch_feed(self, path, **headers):
        self.authenticate(None, None)
        response = self.url_open(path, headers=headers)
        if response.status_code == 200:
            self.assertEqual(
                response.headers["Content-Type"], "text/calendar; charset=utf-8"
            )
        return response

    def events(self, path):
        """UID → components, the series first."""
        calendar = vobject.readOne(self.fetch_feed(path).content.decode())
        found = {}
        for event in calendar.contents["vevent"]:
            found.setdefault(event.uid.value, []).append(event)
        return found

    def series(self, path, code):
        key = f"event-{self.event[code].id}@"
        return next(rows for uid, rows in self.events(path).items() if key in uid)

    def test_week_of_a_person(self):
        path = self.own(self.portal)
        series = self.series(path, "E1")[0]
        start = series.dtstart.value
        self.assertEqual(start.replace(tzinfo=None), datetime(2027, 1, 5, 9))
        self.assertEqual(start.utcoffset(), timedelta(hours=5, minutes=45))
        self.assertEqual(series.summary.value, "Mechanics")
        self.assertEqual(series.location.value, "North 1, North")
        self.assertEqual(series.rrule.value, "FREQ=WEEKLY;UNTIL=20270126T181459Z")
        text = self.fetch_feed(path).text
        self.assertIn("BEGIN:VTIMEZONE\r\nTZID:Asia/Kathmandu", text)
        self.assertNotIn("Hindi for all", text)
        self.assertEqual(len(self.events(path)), 2, "E1 and E2, nobody else's")

    def test_holiday_cancelled_and_moved(self):
        path = self.own(self.portal)
        self.env["timetable.holiday"].create(
            {"name": "Harvest", "date_start": MONDAY + timedelta(days=8)}
        )
        self.meeting("E1", MONDAY + timedelta(days=15))._cancel("Rain")
        self.meeting("E1", MONDAY + timedelta(days=22))._move(
            MONDAY + timedelta(days=23), self.slot["T22"]
        )
        series, *changes = self.series(path, "E1")
        self.assertEqual(
            [day.date() for day in series.exdate.value], [date(2027, 1, 12)]
        )
        by_day = {row.recurrence_id.value.date(): row for row in changes}
        self.assertEqual(set(by_day), {date(2027, 1, 19), date(2027, 1, 26)})
        self.assertEqual(by_day[date(2027, 1, 19)].status.value, "CANCELLED")
        moved = by_day[date(2027, 1, 26)]
        self.assertEqual(
            moved.dtstart.value.replace(tzinfo=None), datetime(2027, 1, 27, 10)
        )

    def test_move_updates_and_does_not_double(self):
        path = self.own(self.portal)
        before = self.series(path, "E1")[0]
        self.NOW += timedelta(days=1)
        row = (
            self.variant.sudo()
            ._guarded()
            .assignment_ids.filtered(lambda row: row.event_id == self.event["E1"])
        )
        row.timeslot_id = self.slot["T12"]
        self.env["timetable.meeting"]._lay_out(self.term)
        self.env.cr.execute(
            "UPDATE timetable_meeting SET write_date = %s WHERE event_id = %s",
            [self.NOW, row.event_id.id],
        )
        self.env.invalidate_all()
        events = self.series(path, "E1")
        self.assertEqual(len(events), 1)
        after = events[0]
        self.assertEqual(after.uid.value, before.uid.value)
        self.assertEqual(after.dtstart.value.hour, 10)
        self.assertGreater(int(after.sequence.value), int(before.sequence.value))

    def test_undoing_a_change_does_not_lower_the_sequence(self):
        path = self.own(self.portal)
        meeting = self.meeting("E1", MONDAY + timedelta(days=15))
        meeting._cancel("Rain")
        during = int(self.series(path, "E1")[0].sequence.value)
        meeting.action_undo()
        self.assertGreaterEqual(int(self.series(path, "E1")[0].sequence.value), during)

    def test_substitute_gets_the_class_of_that_date(self):
        self.faculty["F2"].partner_id = self.internal.partner_id
        path = self.own(self.internal)
        self.meeting("E1", MONDAY + timedelta(days=8))._substitute(self.faculty["F2"])
        key = f"event-{self.event['E1'].id}-"
        rows = next(rows for uid, rows in self.events(path).items() if key in uid)
        self.assertEqual(rows[0].dtstart.value.date(), date(2027, 1, 12))
        self.assertNotIn("rrule", rows[0].contents)

    def test_the_one_let_off(self):
        """A telephone tells nobody to teach a class that somebody else takes."""
        path = self.own(self.portal)
        self.faculty["F2"].partner_id.name = "Dr Rao"
        self.meeting("E1", MONDAY + timedelta(days=1))._substitute(self.faculty["F2"])
        change = self.series(path, "E1")[1]
        self.assertEqual(change.status.value, "CANCELLED")
        self.assertEqual(change.transp.value, "TRANSPARENT")
        self.assertEqual(change.summary.value, "Mechanics (Dr Rao teaches)")

    def test_another_room_says_which(self):
        path = self.own(self.portal)
        self.room["R3"].write(
            {"name": "Great hall", "feature_ids": self.room["R1"].feature_ids.ids}
        )
        self.meeting("E1", MONDAY + timedelta(days=1))._move_room(self.room["R3"])
        change = self.series(path, "E1")[1]
        self.assertEqual(change.status.value, "CONFIRMED")
        self.assertEqual(change.summary.value, "Mechanics (other room: Great hall)")

    def test_room_and_class(self):
        """Made by staff; a meeting elsewhere is not in the room's calendar that day."""
        room = self.room["R1"].with_user(self.coordinator)
        action = room.action_calendar_address()
        feed = self.env["timetable.feed"].browse(action["res_id"])
        address = feed.with_user(self.coordinator).address
        path = FEED_PATH + address.split(FEED_PATH)[1]
        self.assertEqual(len(self.events(path)), 1)
        self.meeting("E5", MONDAY)._move_room(self.room["R1"])
        guest = f"event-{self.event['E5'].id}-"
        self.assertTrue([uid for uid in self.events(path) if guest in uid])
        other = self.env["timetable.feed"].browse(
            self.room["R3"].with_user(self.officer).action_calendar_address()["res_id"]
        )
        home = self.series(FEED_PATH + other._url().split(FEED_PATH)[1], "E5")
        self.assertEqual(home[0].exdate.value[0].date(), MONDAY)
        section = self.event["E5"].class_id.with_user(self.officer)
        feed = self.env["timetable.feed"].browse(
            section.action_calendar_address()["res_id"]
        )
        self.assertTrue(self.series(FEED_PATH + feed._url().split(FEED_PATH)[1], "E5"))
        for user in (self.portal, self.internal, self.approver):
            with self.assertRaises(AccessError):
                self.room["R1"].with_user(user).action_calendar_address()

    def test_polling_is_cheap(self):
        path = self.own(self.other_portal)
        first = self.fetch_feed(path)
        etag = first.headers["ETag"]
        self.assertIn("max-age", first.headers["Cache-Control"])
        again = self.fetch_feed(path, **{"If-None-Match": etag})
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.assertNotIn("session_id", again.headers.get("Set-Cookie", ""))
        self.meeting("E5", MONDAY)._cancel("Rain")
        changed = self.fetch_feed(path, **{"If-None-Match": etag})
        self.assertEqual(changed.status_code, 200)
        self.assertNotEqual(changed.headers["ETag"], etag)
        before = self.env.cr.sql_log_count
        self.fetch_feed(path, **{"If-None-Match": changed.headers["ETag"]})
        self.assertLess(self.env.cr.sql_log_count - before, 40)

    def test_guessed_and_revoked_addresses(self):
        path = self.own(self.portal)
        other = self.own(self.other_portal)
        number, token = re.fullmatch(rf"{FEED_PATH}/(\d+)-(.+)\.ics", path).groups()
        wrong = (
            f"{FEED_PATH}/{number}-{'0' * len(token)}.ics",
            f"{FEED_PATH}/{int(number) + 1000}-{token}.ics",
            other.partition("-")[0] + f"-{token}.ics",
            f"{FEED_PATH}/{number}-{token[:-1]}.ics",
            f"{FEED_PATH}/{number}-False.ics",
        )
        for guess in wrong:
            self.assertEqual(self.fetch_feed(guess).status_code, 404, guess)
        self.assertEqual(self.fetch_feed(path).status_code, 200)
        renewed = self.own(self.portal)
        self.assertNotEqual(renewed, path)
        self.assertEqual(self.fetch_feed(path).status_code, 404, "the old one died")
        self.assertEqual(self.fetch_feed(renewed).status_code, 200)
        self.post(self.portal, "/my/timetable/calendar/revoke")
        self.assertEqual(self.fetch_feed(renewed).status_code, 404)
        feed = self.env["timetable.feed"].browse(int(number))
        mine = self.own(self.portal)
        with self.assertRaises(AccessError):
            feed.with_user(self.coordinator).action_revoke()
        feed.with_user(self.officer).action_revoke()
        self.assertEqual(
            self.fetch_feed(mine).status_code, 404, "staff can switch it off"
        )

    def test_address_dies_with_the_login(self):
        path = self.own(self.portal)
        self.portal.active = False
        self.assertEqual(self.fetch_feed(path).status_code, 404)

    def test_staff_do_not_see_a_persons_address(self):
        path = self.own(self.portal)
        feed = self.env["timetable.feed"].search(
            [("partner_id", "=", self.portal.partner_id.id)]
        )
        for user in (self.officer, self.coordinator, self.admin):
            self.assertFalse(feed.with_user(user).address)
            with self.assertRaises(AccessError):
                feed.with_user(user).read(["nonce"])
            self.assertNotIn(
                path.split("-")[1], str(feed.with_user(user).read()), user.login
            )
        with self.assertRaises(AccessError):
            feed.with_user(self.officer).action_renew()
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            feed.with_user(self.officer).write({"nonce": "known"})

    def test_token_is_not_in_the_log(self):
        path = self.own(self.portal)
        token = path.rpartition("-")[2].removesuffix(".ics")
        with self.assertLogs("werkzeug", logging.INFO) as caught:
            self.fetch_feed(path)
        lines = "\n".join(caught.output)
        self.assertIn(FEED_PATH, lines)
        self.assertNotIn(token, lines)
