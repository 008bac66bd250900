import io

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..wizard.workbook_sheets import SHEETS
from .common import TimetableCase, make_variant, small_problem
from .test_import_strangers import StrangerCase

UNIVERSITY = {
    "Weekly grids": [["Name"], ["Five days"]],
    "Timeslots": [
        ["Weekly grid", "Weekday", "Period", "From", "To"],
        *(
            ["Five days", day, period, f"{8 + period:02d}:00", 9 + period]
            for day in ("Monday", "tuesday", "Wednesday", "Thursday", "Friday")
            for period in range(1, 7)
        ),
    ],
    "Departments": [["Code", "Name"], ["PHY", "Physics"], ["HIN", "Hindi"]],
    "Programmes": [["Code", "Name", "Department"], ["BSC", "B.Sc. Physics", "PHY"]],
    "Buildings": [["Code", "Name"], ["N", "North"]],
    "Rooms": [
        ["Code", "Name", "Building", "Room type", "Seats", "Features"],
        ["N1", "North 1", "N", "Classroom", 60, ""],
        ["N2", "North 2", "north", "Laboratory", 40, None],
    ],
    "Faculty": [
        ["Code", "Name", "E-mail", "Department", "Most periods a week"],
        ["F1", "Asha Verma", "asha@example.org", "Physics", 16],
        [102, "Ravi Nair", None, "HIN", 14],
    ],
    "Students": [
        ["Enrolment number", "Name", "Programme"],
        *([2026000 + n, f"Student {n}", "BSC"] for n in range(1, 101)),
    ],
    "Courses": [
        ["Code", "Name", "Department", "Category", "Lectures (L)", "Section limit"],
        ["PHY101", "Mechanics", "PHY", "Major", 3, 50],
        ["HIN1", "Hindi for All", "HIN", "Ability enhancement (AEC)", 2, 60],
    ],
    "Terms": [
        ["Name", "Weekly grid", "Starts", "Ends"],
        ["Autumn 2026", "Five days", "2026-08-03", "27/11/2026"],
    ],
    "Offerings": [["Term", "Course"], ["", "PHY101"], ["Autumn 2026", "HIN1"]],
    "Classes": [
        ["Term", "Course", "Section", "Faculty", "Students, at most"],
        ["Autumn 2026", "PHY101", "A", "F1", 60],
        ["Autumn 2026", "PHY101", "B", "F1, 102", 60],
        ["Autumn 2026", "HIN1", "A", "Ravi Nair", 100],
    ],
    "Enrolments": [
        ["Term", "Student", "Course"],
        *(["Autumn 2026", 2026000 + n, "PHY101"] for n in range(1, 101)),
    ],
    "Batches": [
        ["Term", "Code", "Name", "Programme", "Students", "Classes"],
        ["Autumn 2026", "B1", "First year", "BSC", 50, "PHY101-A, HIN1-A"],
    ],
}


def workbook(sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class WorkbookCase(StrangerCase):
    def change(self, content, title, row, column, value):
        """The workbook with another value in a cell, by its heading."""
        book = openpyxl.load_workbook(io.BytesIO(content))
        page = book[title]
        place = [cell.value for cell in page[1]].index(column) + 1
        page.cell(row, place, value)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def rows(self, wizard):
        return {row["label"]: row for row in wizard.preview["counts"]}


class TestWorkbook(WorkbookCase):
    """A university in one workbook: in, out, and back again."""

    def test_a_university_in_a_minute(self):
        """One file, two presses: everything is there and can be planned."""
        term = self.bring(workbook(UNIVERSITY), "university.xlsx")
        self.assertEqual((term._name, term.name), ("timetable.term", "Autumn 2026"))
        self.assertEqual(str(term.date_end), "2026-11-27")
        self.assertEqual(len(term.grid_id.timeslot_ids), 30)
        slot = term.grid_id.timeslot_ids[0]
        self.assertEqual((slot.hour_from, slot.hour_to), (9.0, 10.0))
        classes = term.offering_ids.class_ids
        self.assertEqual(
            sorted(classes.mapped("display_name")), ["HIN1-A", "PHY101-A", "PHY101-B"]
        )
        self.assertEqual(len(classes.event_ids), 8)
        both = classes.filtered(lambda one: one.display_name == "PHY101-B")
        self.assertEqual(set(both.faculty_ids.mapped("code")), {"F1", "102"})
        self.assertEqual(term.enrolment_count, 100)
        self.assertEqual(len(term.batch_ids.class_ids), 2)
        asha = classes.faculty_ids.filtered(lambda one: one.code == "F1")
        self.assertEqual((asha.name, asha.email), ("Asha Verma", "asha@example.org"))
        problem = term._snapshot_problem()
        self.assertEqual(len(problem["students"]), 100)

    def test_what_comes_back_unchanged_changes_nothing(self):
        self.bring(workbook(UNIVERSITY), "university.xlsx")
        Wizard = self.env["timetable.import.wizard"].with_user(self.officer)
        for lang in ("en_US", "hi_IN"):
            self.env["res.lang"]._activate_lang(lang)
            self.env["ir.module.module"]._load_module_terms(["timetable_nep"], [lang])
            _name, content = Wizard.with_context(lang=lang)._workbook()
            wizard = self.wizard(content, "back.xlsx")
            wizard.action_preview()
            self.assertFalse(wizard.fault_count, wizard.preview["faults"])
            for label, row in self.rows(wizard).items():
                with self.subTest(lang=lang, sheet=label):
                    self.assertEqual((row["new"], row["changed"]), (0, 0))
                    self.assertTrue(row["same"])

    def test_a_changed_workbook_changes_its_cells_only(self):
        self.bring(workbook(UNIVERSITY), "university.xlsx")
        Wizard = self.env["timetable.import.wizard"].with_user(self.officer)
        _name, content = Wizard._workbook()
        book = openpyxl.load_workbook(io.BytesIO(content))
        codes = [cell.value for cell in book["Rooms"]["A"]]
        content = self.change(content, "Rooms", codes.index("N1") + 1, "Seats", 75)
        content = self.change(content, "Rooms", len(codes) + 1, "Code", "N3")
        content = self.change(content, "Rooms", len(codes) + 1, "Name", "North 3")
        content = self.change(content, "Rooms", len(codes) + 1, "Seats", 20)
        wizard = self.wizard(content, "back.xlsx")
        wizard.action_preview()
        row = self.rows(wizard)["Rooms"]
        self.assertEqual((row["new"], row["changed"]), (1, 1))
        [change] = wizard.preview["changes"]
        self.assertEqual(
            (change["name"], change["column"], change["before"], change["after"]),
            ("North 1", "Seats", "60", "75"),
        )
        room = self.env["timetable.room"].search([("code", "=", "N1")])
        self.assertEqual(room.capacity, 60, "only looked at")
        action = wizard.action_import()
        self.assertEqual(action["res_model"], "timetable.import")
        self.assertEqual(room.capacity, 75)
        kept = self.env["timetable.import"].browse(action["res_id"])
        kept.with_user(self.officer).action_undo()
        self.assertEqual((room.capacity, kept.state), (60, "undone"))
        self.assertFalse(self.env["timetable.room"].search([("code", "=", "N3")]))

    def test_every_faulty_cell_is_named(self):
        sheets = {
            title: [list(row) for row in rows] for title, rows in UNIVERSITY.items()
        }
        sheets["Rooms"][1][4] = "many"
        sheets["Rooms"][2][2] = "South"
        sheets["Faculty"].append([None, "Nobody", None, None, None])
        sheets["Faculty"].append(["F1", "Again", None, None, 3])
        sheets["Courses"][1][3] = "Majr"
        sheets["Terms"][1][2] = "soon"
        sheets["Students"].append(["S1", "", ""])
        wizard = self.wizard(workbook(sheets), "f.xlsx")
        wizard.action_preview()
        told = {
            (fault["sheet"], fault["row"], fault["column"]): fault["text"]
            for fault in wizard.preview["faults"]
        }
        for place, words in {
            ("Rooms", 2, "Seats"): "“many” is not a whole number: write one",
            ("Rooms", 3, "Building"): "add it to the sheet “Buildings”",
            ("Faculty", 4, "Code"): "fill it in",
            ("Faculty", 5, ""): "the same as row 2",
            ("Courses", 2, "Category"): "Choose one of: Major, Minor",
            ("Terms", 2, "Starts"): "such as 2026-08-03",
            ("Students", 102, "Name"): "fill it in",
            ("Offerings", 3, "Term"): "add it to the sheet “Terms”",
        }.items():
            with self.subTest(place):
                self.assertIn(words, told.get(place, told))
        self.assertIn("What is wrong", wizard.preview_html)
        before = self.env["timetable.department"].search_count([])
        wizard.action_import()
        self.assertEqual(
            self.env["timetable.department"].search_count([]),
            before,
            "nothing without a word",
        )
        wizard.only_right = True
        wizard.action_import()
        self.assertEqual(self.env["timetable.department"].search_count([]), before + 2)
        self.assertFalse(
            self.env["timetable.room"].search([("code", "in", ("N1", "N2"))])
        )

    def test_what_the_database_refuses_is_told_with_its_row(self):
        sheets = {
            "Courses": [
                ["Code", "Name", "Credits"],
                ["X1", "Odd", 500],
                ["X2", "Even", 4],
            ]
        }
        wizard = self.wizard(workbook(sheets), "f.xlsx")
        wizard.action_preview()
        [fault] = wizard.preview["faults"]
        self.assertEqual((fault["sheet"], fault["row"]), ("Courses", 2))
        self.assertIn("Credits are between", fault["text"])
        self.assertEqual(self.rows(wizard)["Courses"]["new"], 1)

    def test_strange_workbooks(self):
        for sheets, said in (
            ({"Sheet1": [["Code"], ["x"]]}, "No sheet of the file is known"),
            ({"Rooms": [["Name", "Seats"], ["x", 3]]}, "lacks the column “Code”"),
            ({"Rooms": []}, "lacks the column"),
        ):
            with self.subTest(said), self.assertRaises(UserError) as caught:
                self.wizard(workbook(sheets), "f.xlsx").action_preview()
            self.assertIn(said, str(caught.exception))
        odd = {
            "Rooms": [
                ["Code", "Name", "Seats"],
                ["A", "x" * 2000, 3],
                ["B", "=1+1", 10**12],
                ["C", "c", True],
                ["D", "d", "1e400"],
                ["E", "e", -5],
            ]
        }
        wizard = self.wizard(workbook(odd), "f.xlsx")
        wizard.action_preview()
        rows = sorted({fault["row"] for fault in wizard.preview["faults"]})
        self.assertEqual(rows, [2, 3, 4, 5, 6])

    def test_only_officers(self):
        for user in (self.coordinator, self.internal):
            with self.assertRaises(AccessError):
                self.env["timetable.import.wizard"].with_user(user)._workbook()
            with self.assertRaises(AccessError):
                self.env["timetable.import"].with_user(user).search([])


class TestImportUndo(WorkbookCase):
    """An import is taken back whole, as long as nothing was built on it."""

    def counts(self):
        names = ("term", "grid", "timeslot", "room", "faculty", "student", "course")
        names += ("offering", "class", "event", "enrolment", "batch", "building")
        found = [
            self.env[f"timetable.{name}"]
            .with_context(active_test=False)
            .search_count([])
            for name in names
        ]
        return [*found, self.env["res.partner"].search_count([])]

    def kept(self):
        return self.env["timetable.import"].with_user(self.officer).search([], limit=1)

    def test_a_university_is_taken_back(self):
        before = self.counts()
        self.bring(workbook(UNIVERSITY), "university.xlsx")
        self.assertNotEqual(self.counts(), before)
        kept = self.kept()
        kept.action_undo()
        self.assertEqual(self.counts(), before)
        with self.assertRaisesRegex(UserError, "already"):
            kept.action_undo()

    def test_a_problem_file_is_taken_back(self):
        before = self.counts()
        self.import_problem(small_problem() | {"previous": []})
        kept = self.env["timetable.import"].search([], limit=1)
        kept.with_user(self.officer).action_undo()
        self.assertEqual(self.counts(), before)

    def test_not_when_something_was_built_on_it(self):
        term = self.bring(workbook(UNIVERSITY), "university.xlsx")
        make_variant(term, [])
        before = self.counts()
        with self.assertRaisesRegex(UserError, "A timetable"):
            self.kept().action_undo()
        self.assertEqual(self.counts(), before)

    def test_what_it_only_used_stays(self):
        """Teachers and rooms that were there before are not built on it."""
        self.bring(workbook(UNIVERSITY), "university.xlsx")
        before = self.counts()
        spring = {
            "Terms": [["Name", "Weekly grid"], ["Spring 2027", "Five days"]],
            "Offerings": [["Term", "Course"], ["Spring 2027", "PHY101"]],
            "Classes": [
                ["Term", "Course", "Section", "Faculty"],
                ["Spring 2027", "PHY101", "A", "F1"],
            ],
        }
        term = self.bring(workbook(spring), "spring.xlsx")
        self.assertEqual(term.offering_ids.class_ids.faculty_ids.code, "F1")
        self.kept().action_undo()
        self.assertEqual(self.counts(), before)

    def test_not_when_it_was_changed_since(self):
        self.bring(workbook(UNIVERSITY), "university.xlsx")
        seats = {"Rooms": [["Code", "Seats"], ["N1", 70]]}
        self.bring(workbook(seats), "seats.xlsx")
        room = self.env["timetable.room"].search([("code", "=", "N1")])
        self.assertEqual((room.capacity, room.name), (70, "North 1"))
        room.capacity = 71
        with self.assertRaisesRegex(UserError, "changed since"):
            self.kept().action_undo()
        room.capacity = 70
        self.kept().action_undo()
        self.assertEqual(room.capacity, 60)

    def test_coordinators_take_nothing_back(self):
        self.bring(workbook(UNIVERSITY), "university.xlsx")
        with self.assertRaises(AccessError):
            self.kept().with_user(self.coordinator).action_undo()


@tagged("post_install", "-at_install")
class TestWorkbookPage(HttpCase, TimetableCase):
    def test_download(self):
        self.authenticate("tt_officer", "tt_officer")
        answer = self.url_open("/timetable_nep/workbook")
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        self.assertEqual(len(book.sheetnames), len(SHEETS))
        self.authenticate("tt_coordinator", "tt_coordinator")
        self.assertEqual(self.url_open("/timetable_nep/workbook").status_code, 404)
