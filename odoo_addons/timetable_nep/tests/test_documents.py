import csv
import io
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from unittest.mock import patch
from xml.etree import ElementTree

import openpyxl

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ..report.timetable_week_paper import ROWS_MM, SMALLEST, sheets_of
from .common import repository
from .test_meeting import MeetingCase


class TestWeeks(MeetingCase):
    """A week as cells, as sheets of paper and as files."""

    def pages(self, view_by, records):
        return self.env["timetable.week.page"]._pages(self.variant, view_by, records)

    def codes(self, page):
        return {
            (row["period"], cell["day"], entry["code"])
            for row in page["rows"]
            if not row["break"]
            for cell in row["cells"]
            for entry in cell["entries"]
        }

    def test_each_view_has_its_events(self):
        (room,) = self.pages("room", self.room["R3"])
        self.assertEqual(self.codes(room), {(1, 2, "PHY101-B"), (1, 0, "AEC1-A")})
        (person,) = self.pages("faculty", self.faculty["F3"])
        self.assertEqual(self.codes(person), {(1, 2, "PHY101-B"), (2, 0, "PHY101-A")})
        section = self.event["E5"].class_id
        (page,) = self.pages("class", section)
        self.assertEqual(self.codes(page), {(1, 0, "AEC1-A")})
        (page,) = self.pages("batch", self.term.batch_ids)
        self.assertEqual(
            {code for _p, _d, code in self.codes(page)}, {"PHY101-A", "AEC1-A"}
        )
        (page,) = self.pages("department", self.event["E1"].department_id)
        self.assertNotIn("AEC1-A", {code for _p, _d, code in self.codes(page)})

    def test_long_event_is_one_tall_cell(self):
        (page,) = self.pages("room", self.room["R2"])
        (cell,) = [
            cell
            for row in page["rows"]
            if not row["break"]
            for cell in row["cells"]
            if cell["entries"]
        ]
        self.assertEqual(cell["span"], 2)
        self.assertEqual(sum(row["break"] for row in page["rows"]), 1)

    def test_a_week_fits_one_sheet(self):
        (page,) = self.pages("faculty", self.faculty["F1"])
        (sheet,) = sheets_of(page)
        self.assertGreater(sheet["font"], 9)
        cell = next(c for c in page["rows"][0]["cells"])
        entry = self.pages("room", self.room["R2"])[0]["rows"][1]["cells"][0]
        self.assertTrue(entry["entries"])
        cell["entries"] = entry["entries"] * 12
        (sheet,) = sheets_of(page)
        self.assertLess(sheet["font"], 9)
        for row in page["rows"]:
            if not row["break"]:
                for cell in row["cells"]:
                    cell["entries"] = entry["entries"] * 20
        sheets = sheets_of(page)
        self.assertGreater(len(sheets), 1)
        self.assertEqual(sheets[0]["font"], SMALLEST)
        self.assertEqual(sheets[0]["part"], (1, len(sheets)))
        for sheet in sheets:
            self.assertLessEqual(sheet["height"], ROWS_MM + 7.1)

    def test_queries_do_not_grow(self):
        def count(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.pages("room", records)
            return self.env.cr.sql_log_count - before

        one, all_rooms = count(self.room["R3"]), count(self.term.room_ids)
        self.assertLessEqual(all_rooms, one + 2)

    def test_flat_files(self):
        content, kind = self.variant.with_user(self.officer)._export("csv")
        self.assertTrue(content.startswith(b"\xef\xbb\xbf"))
        self.assertIn("csv", kind)
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        self.assertEqual(len(rows), 4)
        self.assertEqual(rows[0]["Class"], "AEC1-A")
        self.assertEqual((rows[0]["From"], rows[0]["To"]), ("09:00", "10:00"))
        self.assertEqual(rows[1]["To"], "12:00")

    def test_no_formula_gets_into_a_sheet(self):
        self.event["E5"].class_id.offering_id.course_id.name = "=HYPERLINK(1)"
        content, _kind = self.variant._export("csv")
        self.assertIn(b"'=HYPERLINK", content)
        content, _kind = self.variant._export("xlsx", "room")
        book = openpyxl.load_workbook(io.BytesIO(content))
        values = {
            cell.value: cell.data_type for row in book.worksheets[0] for cell in row
        }
        self.assertEqual(values["=HYPERLINK(1)"], "s")

    def test_workbook_has_a_sheet_for_each_room(self):
        content, _kind = self.variant._export("xlsx", "room")
        book = openpyxl.load_workbook(io.BytesIO(content))
        self.assertEqual(len(book.sheetnames), 1 + len(self.term.room_ids))
        text = [str(c.value) for row in book[book.sheetnames[-1]] for c in row]
        self.assertTrue(any("AEC1-A" in value for value in text))

    def evaluator(self):
        """The judge that the project's other tests use: none of its code is ours."""
        root = repository()
        if not root:
            self.skipTest("The addon is installed without its repository.")
        spec = spec_from_file_location(
            "ctt_evaluator", root / "tests" / "formats" / "ctt_evaluator.py"
        )
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def files(self):
        return [self.variant._export(kind)[0].decode() for kind in ("ctt", "sol")]

    def test_itc_files_fit_together(self):
        """The files alone say of this timetable what our own rules say."""
        judge = self.evaluator()
        # The week of these tests has F1 teach at a time that F1 cannot.
        self.faculty["F1"].availability_ids.filtered(
            lambda row: row.timeslot_id == self.slot["T02"]
        ).unlink()
        instance, solution = self.files()
        lines = solution.splitlines()
        self.assertIn("AEC1-1 R3 0 0", lines)
        self.assertEqual(len(lines), 5, "the practical takes two periods")
        courses, rooms, curricula, closed = judge.read_instance(instance)
        self.assertEqual(courses["AEC1-1"][0], "F2")
        self.assertEqual(rooms["R1"], self.room["R1"].capacity)
        self.assertTrue(curricula)
        mechanics = next(row.split()[0] for row in lines if " R1 1 0" in row)
        self.assertIn((mechanics, 0, 0), closed, "F1 cannot")
        self.assertNotIn((mechanics, 1, 0), closed)
        missing = sum(
            row.duration
            for row in self.env["timetable.event"].search(
                [("term_id", "=", self.term.id)]
            )
            if row not in self.variant.assignment_ids.event_id
        )
        hard, _soft = judge.evaluate(instance, solution)
        self.assertEqual(hard, missing)
        # And they say so where a rule is broken.
        broken = self.variant.assignment_ids.filtered(
            lambda row: row.event_id == self.event["E5"]
        )
        other = self.variant.assignment_ids.filtered(
            lambda row: row.event_id == self.event["E1"]
        )
        rows = broken.with_env(self.variant._guarded().sudo().env)
        rows.write({"timeslot_id": other.timeslot_id.id, "room_id": other.room_id.id})
        worse, _soft = judge.evaluate(*self.files())
        self.assertGreater(worse, hard)

    def test_itc_files_of_what_the_format_lacks(self):
        """Two teachers, teachers of one event, no room, blanks and equal names."""
        judge = self.evaluator()
        event, other = self.event["E5"], self.event["E2"]
        # What is in force does not change; a file may hold it all the same.
        for model in ("timetable.event", "timetable.class"):
            self.patch(self.registry[model], "_check_fixed", lambda *args: None)
        self.room["R3"].code = "Hall  of\tfame"
        self.room["R2"].code = "R1"
        event.needs_room = False
        faculty = self.faculty["F3"]
        other.write({"own_faculty": True, "faculty_ids": [(6, 0, faculty.ids)]})
        self.event["E1"].class_id.faculty_ids |= self.faculty["F2"]
        instance, solution = self.files()
        courses, rooms, curricula, _closed = judge.read_instance(instance)
        self.assertIn("Hall_of_fame", rooms)
        self.assertLessEqual({"R1", "R1~2", "AEC1-1@home"}, set(rooms))
        self.assertIn("AEC1-1 AEC1-1@home 0 0", solution)
        together = [set(row) for row in curricula.values()]
        own = {row.split()[0] for row in solution.splitlines()}
        self.assertLessEqual(own, set(courses))
        physics = [name for name in own if name.startswith("PHY101-1")]
        self.assertEqual(len(physics), 2, "two groups of teachers")
        self.assertTrue(any(set(physics) <= row for row in together), "one class")
        self.assertTrue(
            any({"AEC1-1", name} <= row for row in together for name in physics),
            "F2 teaches both",
        )

    def test_unitime_xml(self):
        content, _kind = self.variant._export("xml")
        root = ElementTree.fromstring(content)
        self.assertEqual(root.tag, "timetable")
        node = root.find(f"class[@id='{self.event['E2'].id}']")
        time = node.find("time").attrib
        self.assertEqual(time, {"days": "M", "startTime": "1000", "endTime": "1200"})
        self.assertEqual(len(node.findall("instructor")), 2)

    def test_reports_are_for_staff(self):
        """The address of a report alone opens nothing."""
        report = self.env["report.timetable_nep.report_week_by_faculty"]
        member = self.faculty["F1"]
        member.partner_id = self.portal.partner_id
        for user in (self.portal, self.internal):
            with self.assertRaises(AccessError):
                report.with_user(user)._get_report_values(member.ids)
        values = report.with_user(self.approver)._get_report_values(member.ids)
        self.assertEqual([page["title"] for page in values["pages"]], [member.name])

    def test_wizard(self):
        wizard = (
            self.env["timetable.print.wizard"]
            .with_user(self.coordinator)
            .create({"variant_id": self.variant.id, "view_by": "department"})
        )
        physics = self.event["E1"].department_id
        physics.coordinator_ids = self.coordinator
        wizard.department_ids = physics
        action = wizard.action_make()
        self.assertEqual(
            action["report_name"], "timetable_nep.report_week_by_department"
        )
        self.assertEqual(action["data"]["ids"], physics.ids)
        wizard.format = "csv"
        self.assertIn(f"/export/{self.variant.id}.csv", wizard.action_make()["url"])
        with self.assertRaises(UserError):
            self.variant._export("exe")
        for user in (self.portal, self.internal):
            with self.assertRaises(AccessError):
                self.env["timetable.print.wizard"].with_user(user).create(
                    {"variant_id": self.variant.id}
                )


@tagged("post_install", "-at_install")
class TestDocumentsOverHttp(HttpCase, MeetingCase):
    """PDF, downloads and the public board, as a browser gets them."""

    def test_pdf(self):
        """Several weeks are one document, also for Debian's wkhtmltopdf."""
        if _wkhtml().state == "install":
            self.fail("wkhtmltopdf is missing: make setup installs it.")
        # The program reads styles from this very server.
        self.env["ir.config_parameter"].set_param("report.url", self.base_url())
        Report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        rooms = self.term.room_ids
        content, kind = Report._render_qweb_pdf(
            "timetable_nep.report_week_by_room",
            rooms.ids,
            data={"variant_id": self.variant.id, "ids": rooms.ids},
        )
        self.assertEqual(kind, "pdf")
        self.assertTrue(content.startswith(b"%PDF"))
        self.assertEqual(content.count(b"/Type /Page\n"), len(rooms))

    def test_sheet_on_a_door_leads_to_the_board(self):
        report = self.env["report.timetable_nep.report_week_by_room"]
        room = self.room["R1"]
        asked = (room.ids, {"variant_id": self.variant.id, "ids": room.ids})
        (page,) = report.with_user(self.officer)._get_report_values(*asked)["pages"]
        self.assertNotIn("qr", page)
        room.department_id.with_user(self.admin).notice_board = True
        (page,) = report.with_user(self.officer)._get_report_values(*asked)["pages"]
        self.assertTrue(page["qr"].startswith("data:image/svg+xml;base64,"))
        html = self.env["ir.qweb"]._render(
            "timetable_nep.report_week",
            {**report._get_report_values(*asked), "docs": room},
        )
        self.assertIn('class="tt_qr"', str(html))

    def test_download(self):
        path = f"/timetable_nep/export/{self.variant.id}"
        self.authenticate(self.officer.login, self.officer.login)
        response = self.url_open(f"{path}.csv")
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertIn("AEC1-A", response.text)
        self.assertEqual(self.url_open(f"{path}.exe").status_code, 404)
        self.assertEqual(
            self.url_open("/timetable_nep/export/99999999.csv").status_code, 404
        )
        self.authenticate(self.portal.login, self.portal.login)
        self.assertEqual(self.url_open(f"{path}.csv").status_code, 404)
        self.authenticate(None, None)
        response = self.url_open(f"{path}.csv", allow_redirects=False)
        self.assertEqual(response.status_code, 303)

    def board(self, **kwargs):
        department = self.event["E5"].department_id
        return self.url_open(f"/timetable/board/{department.id}", **kwargs)

    def this_week(self):
        """Put the term where today is."""
        today = fields.Date.today()
        self.term.write(
            {
                "date_start": today - timedelta(days=14),
                "date_end": today + timedelta(days=14),
            }
        )

    def test_board_is_off_until_an_administrator_puts_it_up(self):
        self.this_week()
        self.authenticate(None, None)
        self.assertEqual(self.board().status_code, 404)
        department = self.event["E5"].department_id
        with self.assertRaises(AccessError):
            department.with_user(self.officer).notice_board = True
        department.with_user(self.admin).notice_board = True
        response = self.board()
        self.assertEqual(response.status_code, 200)
        self.assertIn("AEC1-A", response.text)
        self.assertNotIn("PHY101", response.text)  # another department
        department.active = False
        self.assertEqual(self.board().status_code, 404)
        self.assertEqual(self.url_open("/timetable/board/999999").status_code, 404)

    def test_board_shows_nothing_of_students(self):
        self.this_week()
        self.event["E5"].department_id.notice_board = True
        for student in self.student.values():
            student.partner_id.name = f"Zenobia {student.code}"
        self.authenticate(None, None)
        text = self.board().text
        self.assertNotIn("Zenobia", text)
        self.assertNotIn("example.com", text)

    def test_board_speaks_the_readers_language(self):
        """One reader's language is not everybody's for the next five minutes."""
        self.this_week()
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"].search(
            [("name", "=", "timetable_nep")]
        )._update_translations(["fr_FR"])
        self.event["E5"].department_id.notice_board = True
        self.meetings("E5")._cancel("Heavy rain")
        self.authenticate(None, None)
        for lang, code, word in (
            ("fr", "fr-FR", "Annulé"),
            ("en", "en-US", "Cancelled"),
            ("fr", "fr-FR", "Annulé"),
        ):
            del self.opener.cookies["session_id"]  # somebody who comes first
            text = self.board(headers={"Accept-Language": code}).text
            self.assertIn(f'<html lang="{lang}-', text)
            self.assertIn(word, text)

    def test_board_is_cached_until_something_changes(self):
        self.this_week()
        department = self.event["E5"].department_id
        department.notice_board = True
        self.authenticate(None, None)
        first = self.board()
        self.assertIn("max-age=300", first.headers["Cache-Control"])
        self.assertNotIn("Set-Cookie", first.headers)
        etag = first.headers["ETag"]
        with patch.object(
            type(department), "_render_notice_board", side_effect=AssertionError
        ):
            again = self.board(headers={"If-None-Match": etag})
            self.assertEqual((again.status_code, again.content), (304, b""))
        self.meetings("E5")._cancel("Heavy rain")
        fresh = self.board(headers={"If-None-Match": etag})
        self.assertEqual(fresh.status_code, 200)
        self.assertIn("Cancelled", fresh.text)
