import csv
import io
from pathlib import Path

from odoo.tools.mimetypes import guess_mimetype

from .common import TimetableCase, small_problem

MODELS = (
    "grid",
    "building",
    "room.type",
    "department",
    "programme",
    "room",
    "faculty",
    "course",
    "student",
    "term",
    "offering",
    "class",
    "enrolment",
    "basket",
    "batch",
)
ALONE = MODELS[:10]
"""Those that need no offerings."""
FOLDER = Path(__file__).parent.parent / "static"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TestImportTemplates(TimetableCase):
    """The files that Odoo's importer offers can be loaded as they are."""

    def files(self, model):
        """Content of each file offered, by its ending."""
        templates = self.env[f"timetable.{model}"].get_import_templates()
        paths = [
            FOLDER / row["template"].removeprefix("/timetable_nep/static/")
            for row in templates
        ]
        return {path.suffix: path.read_bytes() for path in paths}

    def load(self, model, ending):
        """Load a file as the importer's page does, with the columns it proposes.

        :return: the records
        """
        content = self.files(model)[ending]
        wizard = (
            self.env["base_import.import"]
            .with_user(self.officer)
            .create(
                {
                    "res_model": f"timetable.{model}",
                    "file": content,
                    "file_name": f"file{ending}",
                    "file_type": "text/csv" if ending == ".csv" else XLSX,
                }
            )
        )
        options = {"has_headers": True, "quoting": '"', "separator": ","}
        options |= {"advanced": True, "keep_matches": False}
        preview = wizard.parse_preview(options)
        self.assertNotIn("error", preview)
        columns = preview["headers"]
        matches = preview["matches"]
        self.assertEqual(len(matches), len(columns), f"{columns}: {matches}")
        names = ["/".join(matches[index]) for index in range(len(columns))]
        options |= preview["options"]
        options["name_create_enabled_fields"] = dict.fromkeys(
            ("department_id", "building_id", "programme_id", "feature_ids"), True
        )
        result = wizard.execute_import(names, columns, options)
        self.assertEqual(result["messages"], [])
        return self.env[f"timetable.{model}"].browse(result["ids"])

    def load_all(self, ending):
        """Every file, in the order in which a university is set up."""
        loaded = {model: self.load(model, ending) for model in ALONE}
        loaded["term"].auto_split = False
        spring = self.make_term("Spring 2026")
        self.env["timetable.offering"].create(
            [
                {"term_id": spring.id, "course_id": course.id}
                for course in loaded["course"]
            ]
        )
        return loaded | {model: self.load(model, ending) for model in MODELS[10:]}

    def make_term(self, name):
        grid = self.env["timetable.grid"].create({"name": name})
        return self.env["timetable.term"].create(
            {"name": name, "grid_id": grid.id, "auto_split": False}
        )

    def check(self, loaded):
        rooms, faculty, courses = loaded["room"], loaded["faculty"], loaded["course"]
        students, enrolments = loaded["student"], loaded["enrolment"]
        self.assertEqual(courses.department_id, loaded["department"])
        self.assertEqual(students.programme_id, loaded["programme"])
        self.assertEqual(loaded["programme"].mapped("level"), ["honours", "degree"])
        self.assertEqual(loaded["offering"].mapped("section_limit"), [60, 40])
        self.assertEqual(loaded["class"].offering_id, loaded["offering"])
        self.assertEqual(loaded["class"].faculty_ids, faculty)
        lab = rooms.filtered(lambda room: room.code == "L1")
        self.assertEqual(lab.type_id, self.env.ref("timetable_nep.room_type_lab"))
        self.assertEqual(lab.capacity, 30)
        self.assertEqual(set(lab.feature_ids.mapped("name")), {"Projector", "Gas"})
        self.assertEqual(len(rooms.building_id), 2)
        first = faculty.filtered(lambda member: member.code == "F101")
        self.assertEqual(first.partner_id.name, "Dr Asha Verma")
        self.assertEqual(first.partner_id.email, "asha.verma@example.org")
        self.assertEqual((first.max_periods_week, first.max_periods_day), (16, 4))
        ability = courses.filtered(lambda course: course.code == "HIN1")
        self.assertEqual(ability.category, "ability")
        self.assertEqual(courses.mapped("weekly_periods"), [5, 2])
        self.assertEqual(students.mapped("enrolment_count"), [2, 1])
        self.assertEqual(set(enrolments.term_id.mapped("name")), {"Autumn 2026"})
        self.assertEqual(enrolments.term_id, loaded["term"])
        self.assertEqual(loaded["term"].grid_id, loaded["grid"])
        slots = loaded["grid"].timeslot_ids
        self.assertEqual(len(slots), 30)
        self.assertEqual(slots[-1]._name_with_hours(), "Saturday 14:00–15:00")
        self.assertEqual(loaded["basket"].offering_ids.mapped("code"), ["HIN1"])
        self.assertEqual(loaded["batch"].class_ids, loaded["class"])
        self.assertEqual(len(loaded["room.type"]), 2)

    def test_csv(self):
        self.check(self.load_all(".csv"))

    def test_xlsx(self):
        self.check(self.load_all(".xlsx"))

    def test_again_changes_instead_of_doubling(self):
        """A row with an external id is the same record the next time."""
        for model in ALONE:
            with self.subTest(model=model):
                first = self.load(model, ".csv")
                self.assertEqual(self.load(model, ".csv"), first)

    def test_both_kinds_hold_the_same(self):
        from openpyxl import load_workbook

        for model in MODELS:
            files = self.files(model)
            self.assertEqual(set(files), {".csv", ".xlsx"})
            self.assertEqual(guess_mimetype(files[".xlsx"]), XLSX)
            sheet = load_workbook(io.BytesIO(files[".xlsx"])).active
            cells = [
                ["" if cell is None else str(cell) for cell in row]
                for row in sheet.iter_rows(values_only=True)
            ]
            rows = list(csv.reader(io.StringIO(files[".csv"].decode())))
            self.assertEqual(cells, rows)

    def test_contact_is_used_where_given(self):
        partner = self.env["res.partner"].create({"name": "Known"})
        student = self.env["timetable.student"].create({"partner_id": partner.id})
        self.assertEqual((student.partner_id, student.name), (partner, "Known"))

    def test_offering_is_found_by_term_and_code(self):
        term = self.import_problem(small_problem(), term_name="Autumn / Night")
        found = self.env["timetable.offering"].name_search(
            "Autumn / Night / AEC1", operator="="
        )
        expected = term.offering_ids.filtered(lambda row: row.code == "AEC1")
        self.assertEqual([row[0] for row in found], expected.ids)
