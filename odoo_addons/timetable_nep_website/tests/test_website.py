"""Pages of the site: what an administrator put up, and nothing more."""

from datetime import timedelta

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.timetable_nep.tests.common import (
    import_problem,
    make_users,
    make_variant,
    small_problem,
)

CONTRAST = """
(() => {
    const light = (rgb) => {
        const [r, g, b] = rgb.map((v) => {
            v /= 255;
            return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const read = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const holder = document.querySelector(".o_tt_portal");
    if (!holder) {
        throw new Error("No page of the timetable.");
    }
    for (const name of ["success", "info", "secondary", "warning", "danger"]) {
        const badge = document.createElement("span");
        badge.className = `badge text-bg-${name}`;
        badge.textContent = "Accepted";
        holder.append(badge);
        const style = getComputedStyle(badge);
        const [a, b] = [light(read(style.color)), light(read(style.backgroundColor))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) {
            throw new Error(
                `badge ${name}: ${style.color} on ${style.backgroundColor}, ${ratio}`
            );
        }
    }
    console.log("test successful");
})()
"""


@tagged("post_install", "-at_install")
class TestWebsite(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        make_users(cls)
        cls.env.company.timetable_tz = "UTC"
        cls.term = import_problem(
            cls.env(user=cls.officer), small_problem() | {"previous": [], "pins": []}
        )
        today = cls.env["timetable.term"]._clock_now(cls.env.company).date()
        cls.monday = today - timedelta(days=today.weekday())
        cls.term.write(
            {
                "date_start": cls.monday,
                "date_end": cls.monday + timedelta(days=27),
            }
        )
        event = {
            row.code: row
            for row in cls.env["timetable.event"].search(
                [("term_id", "=", cls.term.id)]
            )
        }
        slot = {row.code: row for row in cls.term.grid_id.timeslot_ids}
        cls.room = {row.code: row for row in cls.term.room_ids}
        cls.variant = make_variant(
            cls.term,
            [
                (event["E3"], slot["T21"], cls.room["R3"]),
                (event["E5"], slot["T01"], cls.room["R3"]),
            ],
            state="approved",
        )
        cls.variant.with_user(cls.approver).action_publish()
        cls.own = event["E3"].class_id.offering_id.department_id
        cls.other = event["E5"].class_id.offering_id.department_id
        assert cls.own != cls.other
        cls.course = event["E3"].class_id.course_id
        cls.other_course = event["E5"].class_id.course_id
        cls.own.with_user(cls.admin).notice_board = True
        # Of the week after this one: nothing of it is over.
        cls.week = f"?week={cls.monday + timedelta(days=7)}"

    def get(self, path, **kwargs):
        return self.url_open(path, **kwargs)

    def test_list_search_and_menu(self):
        page = self.get("/timetable").text
        for record in (self.own, self.course, self.room["R3"]):
            self.assertIn(record.website_url, page)
        for record in (self.other, self.other_course):
            self.assertNotIn(record.website_url, page)
        self.assertNotIn(self.room["R2"].website_url, page)
        found = self.get(f"/timetable?q={self.course.code}").text
        self.assertIn(self.course.website_url, found)
        self.assertNotIn(self.own.website_url, found)
        self.assertIn('href="/timetable"', self.get("/").text)
        everywhere = self.get(f"/website/search?search={self.course.name}").text
        self.assertIn(self.course.website_url, everywhere)
        self.assertNotIn(self.other_course.website_url, everywhere)
        self.assertIn(self.own.website_url, self.get("/sitemap.xml").text)

    def test_weeks(self):
        page = self.get(self.own.website_url + self.week).text
        self.assertIn(self.course.name, page)
        self.assertNotIn(self.other_course.name, page)
        self.assertIn(
            self.course.name, self.get(self.course.website_url + self.week).text
        )
        room = self.get(self.room["R3"].website_url + self.week).text
        self.assertIn(self.course.name, room)
        self.assertNotIn(self.other_course.name, room)
        self.assertEqual(room.count("Taken"), 1)

    def test_nothing_of_those_that_are_not_put_up(self):
        with mute_logger("odoo.http"):
            for path in (
                self.other.website_url,
                self.other_course.website_url,
                self.room["R2"].website_url,
                "/timetable/room/nothing",
                "/timetable/room/99999999",
            ):
                with self.subTest(path=path):
                    self.assertEqual(self.get(path).status_code, 404)
            for week in ("2027-13-45", "0001-01-01", "'", "9999-12-31"):
                page = self.get(f"{self.own.website_url}?week={week}")
                self.assertEqual(page.status_code, 200)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other university"})
        self.env["website"].get_current_website().company_id = other
        self.assertNotIn(self.own.website_url, self.get("/timetable").text)

    def test_sheet_on_the_door(self):
        """Its code leads to the room's page; without a page there is none."""
        report = self.env["report.timetable_nep.report_week_by_room"]
        rooms = self.room["R3"] | self.room["R2"]
        values = report._get_report_values(
            rooms.ids, {"variant_id": self.variant.id, "ids": rooms.ids}
        )
        qr = {page["record"]: page.get("qr") for page in values["pages"]}
        self.assertTrue(qr[self.room["R3"]].startswith("data:image/svg+xml;base64,"))
        self.assertFalse(qr[self.room["R2"]])
        self.assertTrue(
            self.room["R3"]._door_address().endswith(self.room["R3"].website_url)
        )

    def test_in_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(
            ["timetable_nep_website"], ["fr_FR"]
        )
        french = self.env.ref("base.lang_fr")
        self.env["website"].get_current_website().language_ids |= french
        page = self.get("/fr/timetable").text
        self.assertIn("Chercher un département", page)

    def test_portal_is_readable_under_the_theme(self):
        """Themes colour the letters of badges like outlines (1.03:1 once)."""
        self.faculty = self.env["timetable.faculty"].search(
            [("id", "in", self.term.offering_ids.class_ids.faculty_ids.ids)], limit=1
        )
        self.faculty.partner_id = self.portal.partner_id
        self.browser_js("/my/timetable", CONTRAST, login="tt_portal")
