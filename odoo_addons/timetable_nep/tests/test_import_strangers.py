import base64
import io
import json
import zipfile

from odoo.exceptions import UserError

from ..labels import FILE_FAULTS, say_file_fault
from ..tools.asc_file import read_asc
from ..tools.fet_file import read_fet
from ..tools.problem_file import check_problem
from ..tools.stranger_file import FileError
from .common import TimetableCase, small_problem
from .stranger_files import ASC, FET

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE fet [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><fet><Mode>&i;</Mode></fet>"
)


GAPS = "size most place ending line column sheets sheet tag name days hours id"


class StrangerCase(TimetableCase):
    def wizard(self, content, name, **values):
        content = content if isinstance(content, bytes) else content.encode()
        return (
            self.env["timetable.import.wizard"]
            .with_user(self.officer)
            .create(
                {
                    "file": base64.b64encode(content),
                    "filename": name,
                    "company_id": self.env.company.id,
                    **values,
                }
            )
        )

    def bring(self, content, name, **values):
        wizard = self.wizard(content, name, **values)
        wizard.action_preview()
        self.assertFalse(wizard.fault_count, wizard.preview)
        action = wizard.action_import()
        return self.env[action["res_model"]].browse(action["res_id"])


class TestImportStrangers(StrangerCase):
    """Files of other timetabling programs become a term."""

    def test_fet(self):
        term = self.bring(FET, "hill.fet")
        self.assertEqual(term.name, "Hill College")
        slots = term.grid_id.timeslot_ids
        self.assertEqual(len(slots), 5 * 6 - 1, "without the break")
        first = slots.filtered(lambda slot: (slot.day, slot.period) == (0, 1))
        self.assertEqual((first.hour_from, first.hour_to), (9.0, 10.0))
        self.assertEqual(
            set(term.offering_ids.course_id.mapped("name")), {"Mechanics", "हिन्दी"}
        )
        classes = term.offering_ids.class_ids
        self.assertEqual(sorted(classes.mapped("limit")), [15, 60, 70])
        lecture = classes.filtered(lambda one: one.limit == 60)
        self.assertEqual(lecture.event_ids.mapped("duration"), [1, 2])
        self.assertTrue(lecture.one_event_per_day)
        asha, other = lecture.faculty_ids, classes.faculty_ids - lecture.faculty_ids
        self.assertEqual((asha.code, asha.name, other.name), ("AV", "Asha Verma", "RN"))
        self.assertEqual(asha.availability_ids.timeslot_id, first)
        self.assertEqual(asha.max_periods_day, 4)
        rooms = term.room_ids
        self.assertEqual(sorted(rooms.mapped("code")), ["N1", "N2"])
        self.assertEqual(rooms.building_id.name, "North")
        hindi = classes.filtered(lambda one: one.limit == 70).event_ids
        self.assertEqual(hindi.pin_timeslot_id.display_name, "Wed 11:00")
        self.assertEqual(hindi.pin_room_id.code, "N1")
        batches = {one.code: len(one.class_ids) for one in term.batch_ids}
        self.assertEqual(batches, {"BA1": 1, "BSc1 A1": 2, "BSc1 A2": 1, "BSc1 B": 2})
        self.assertEqual(term.relation_ids.mapped("type"), ["not_overlapping"])
        kept = self.env["timetable.import"].search([("term_id", "=", term.id)])
        for said in ("TeachersMaxGapsPerWeek", "Virtual rooms", "not active"):
            self.assertIn(said, kept.summary)
        self.assertTrue(term._snapshot_problem()["classes"])

    def test_asc(self):
        term = self.bring(ASC.encode("cp1252"), "export.XML")
        self.assertEqual(term.name, "Vallée")
        self.assertEqual(len(term.grid_id.timeslot_ids), 15)
        classes = term.offering_ids.class_ids
        self.assertEqual(len(classes), 4)
        self.assertEqual(
            set(classes.faculty_ids.mapped("name")), {"Ana Béri", "Otto Kahn"}
        )
        maths = classes.filtered(lambda one: one.code == "Ma 5A")
        self.assertEqual((len(maths.event_ids), maths.limit), (2, 28))
        double = classes.filtered(lambda one: one.code == "Ma 5B")
        self.assertEqual(double.event_ids.duration, 2)
        halves = classes - maths - double
        self.assertEqual(halves.mapped("limit"), [14, 14])
        ways = term.batch_ids.filtered(lambda one: "5A" in one.name)
        self.assertEqual(len(ways), 2)
        for batch in ways:
            self.assertIn(maths, batch.class_ids)
            self.assertEqual(len(batch.class_ids & halves), 1)
        in_force = term.published_variant_id.assignment_ids
        self.assertEqual(
            sorted(in_force.mapped("timeslot_id.display_name")),
            ["Mon 08:00", "Tue 08:55", "Wed 08:00"],
        )
        self.assertEqual(term.room_ids.mapped("capacity"), [32, 9999])

    def test_what_is_read_is_a_sound_problem(self):
        for problem, _notes in (read_fet(FET.encode()), read_asc(ASC.encode("cp1252"))):
            self.assertEqual(check_problem(problem), [])

    def test_a_look_writes_nothing(self):
        def counts():
            names = ("term", "room", "faculty", "course", "class", "import")
            return [self.env[f"timetable.{name}"].search_count([]) for name in names]

        before = counts()
        wizard = self.wizard(FET, "hill.fet")
        wizard.action_preview()
        self.assertEqual(counts(), before)
        self.assertIn("Virtual rooms are left out: 1", wizard.preview_html)
        rows = {row["label"]: row["new"] for row in wizard.preview["counts"]}
        self.assertEqual((rows["Rooms"], rows["Classes"]), (2, 3))

    def test_places_of_faults_are_told(self):
        cases = {
            "there is no Teacher “ZZ”": (
                "<Teacher>AV</Teacher>",
                "<Teacher>ZZ</Teacher>",
            ),
            "there is no Subject “X”": (
                "<Subject>HIN1</Subject>",
                "<Subject>X</Subject>",
            ),
            "there is no time “Sunday 09:00”": (
                "<Not_Available_Time><Day>Monday</Day>",
                "<Not_Available_Time><Day>Sunday</Day>",
            ),
            "“N1” is there twice": ("<Name>N2</Name>", "<Name>N1</Name>"),
            "“BSc1” is a part of itself": ("<Name>BSc1 A1</Name>", "<Name>BSc1</Name>"),
            "has the id “1”": ("<Id>2</Id>", "<Id>1</Id>"),
            "not valid XML (line": ("</Rooms_List>", "</Roms_List>"),
        }
        for said, (old, new) in cases.items():
            with self.subTest(said), self.assertRaises(UserError) as caught:
                self.wizard(FET.replace(old, new, 1), "f.fet").action_preview()
            self.assertIn(said, str(caught.exception))
        for said, (old, new) in {
            "there is no class “C9”": ('classids="C2"', 'classids="C9"'),
            "“R1” is there twice": ('classroom id="R2"', 'classroom id="R1"'),
            "A week of 9 days": ('days="10000"/>', 'days="100000000"/>'),
        }.items():
            with self.subTest(said), self.assertRaises(UserError) as caught:
                self.wizard(
                    ASC.replace(old, new, 1).encode("cp1252"), "f.xml"
                ).action_preview()
            self.assertIn(said, str(caught.exception))

    def test_every_fault_has_words(self):
        """With the gaps that it is raised with, in the source."""
        for name in FILE_FAULTS:
            gaps = dict.fromkeys(GAPS.split(), 1)
            said = say_file_fault(self.env, FileError(name, **gaps))
            self.assertNotIn("%(", said)


class TestImportHostile(StrangerCase):
    """Files that mean harm, or are broken: plain errors, quickly, nothing written."""

    def refused(self, content, name):
        before = self.env["timetable.term"].search_count([])
        with self.assertRaises(UserError) as caught:
            self.wizard(content, name).action_import()
        self.assertEqual(self.env["timetable.term"].search_count([]), before)
        return str(caught.exception)

    def packed(self, parts):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as book:
            for name, content in parts.items():
                book.writestr(name, content)
        return stream.getvalue()

    def test_too_large(self):
        """A hundred megabytes are not even unpacked."""
        for name in ("f.fet", "f.xlsx", "f.json"):
            said = self.refused(bytes(100 * 1024 * 1024), name)
            self.assertIn("100 MB", said)

    def test_entities(self):
        for name in ("f.fet", "f.xml"):
            self.assertIn("entities", self.refused(BOMB, name))
            self.assertIn("entities", self.refused(BOMB.encode("utf-16"), name))
        outside = '<!DOCTYPE fet SYSTEM "file:///etc/passwd"><fet/>'
        self.assertIn("entities", self.refused(outside, "f.fet"))
        sheet = self.packed({"xl/workbook.xml": BOMB, "[Content_Types].xml": "<a/>"})
        self.assertIn("entities", self.refused(sheet, "f.xlsx"))

    def test_packed_bombs(self):
        zeros = bytes(300 * 1024 * 1024)
        bomb = self.packed({"xl/worksheets/sheet1.xml": zeros})
        self.assertLess(len(bomb), 1024 * 1024)
        self.assertIn("256 MB", self.refused(bomb, "f.xlsx"))
        many = self.packed({f"{n}.xml": b"" for n in range(3_000)})
        self.assertIn("MB", self.refused(many, "f.xlsx"))

    def test_wrong_contents(self):
        cases = {
            ("f.xlsx", b"PK\x03\x04nothing"): "not a workbook",
            ("f.xlsx", b"<fet/>"): "not a workbook",
            ("f.fet", b""): "empty",
            ("f.fet", b"<a>" * 5000 + b"</a>" * 5000): "not valid XML",
            ("f.fet", b"<timetable/>"): "begins with",
            ("f.xml", b"<fet/>"): "begins with",
            ("f.xml", b'<?xml version="1.0" encoding="odd"?><fet/>'): "not valid XML",
            ("f.json", b"\xff\xfe\x00\xd8"): "UTF-8",
            ("f.json", "é".encode("latin-1")): "UTF-8",
            ("f.json", b"[" * 200_000): "too deep",
            ("f.json", b"{"): "line 1, column 2",
            ("f.json", b"[1]"): "one JSON object",
            ("f.docx", b"x"): ".docx",
            ("f", b"x"): "cannot be read",
        }
        for (name, content), said in cases.items():
            with self.subTest(said):
                self.assertIn(said, self.refused(content, name))

    def test_doubles_in_a_problem(self):
        data = small_problem()
        data["rooms"].append(data["rooms"][0])
        said = self.refused(json.dumps(data), "f.json")
        self.assertIn("twice", said)
