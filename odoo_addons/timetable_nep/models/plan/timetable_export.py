import csv
import io
from xml.etree import ElementTree

import xlsxwriter

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...const import VIEWS

SHEETS = 200
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
EXTENSIONS = ("csv", "xlsx", "ctt", "sol", "xml")
UNITIME_DAYS = ("M", "T", "W", "Th", "F", "S", "Su")


class TimetableVariant(models.Model):
    """A timetable as files."""

    _inherit = "timetable.variant"

    def _export(self, extension, view_by="room", ids=None, week=None):
        """``(content, type)`` of the file.

        :param extension: a key of :data:`EXTENSIONS`
        :param week: first day of the week shown, where weeks differ
        """
        self.ensure_one()
        self.check_access("read")
        makers = {
            "csv": (self._export_csv, "text/csv;charset=utf-8"),
            "xlsx": (
                self._export_xlsx,
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
            "ctt": (self._export_ctt, "text/plain;charset=utf-8"),
            "sol": (self._export_sol, "text/plain;charset=utf-8"),
            "xml": (self._export_unitime, "application/xml"),
        }
        if extension not in makers or view_by not in VIEWS:
            raise UserError(self.env._("There is no such file."))
        maker, kind = makers[extension]
        if extension == "xlsx":
            return maker(week, view_by, ids), kind
        return maker(week), kind

    def _export_rows(self, week):
        """Every placed event as a flat row, in the order of the week."""
        variant = self.sudo()
        students = variant._students_by_class()
        Week = self.env["timetable.week.page"].sudo()
        rows = sorted(
            (row.sudo() for row in self._places(week)),
            key=lambda row: (
                row.timeslot_id.day,
                row.timeslot_id.period,
                row.event_id.class_id.display_name,
            ),
        )
        ends = {
            (slot.day, slot.period): slot
            for slot in variant.term_id.grid_id.timeslot_ids
        }
        for row in rows:
            entry = Week._entry(row, students)
            slot = row.timeslot_id
            last = ends.get((slot.day, slot.period + entry["periods"] - 1), slot)
            yield row, entry, slot, last

    def _export_table(self, week):
        """Heading and rows of the flat list."""
        labels = self.env["timetable.timeslot"]._weekday_names()
        heading = [
            self.env._("Day"),
            self.env._("From"),
            self.env._("To"),
            self.env._("Periods"),
            self.env._("Class"),
            self.env._("Course"),
            self.env._("Department"),
            self.env._("Faculty"),
            self.env._("Room"),
            self.env._("Building"),
            self.env._("Students"),
        ]
        rows = [
            [
                labels[slot.day],
                slot._clock(slot.hour_from) if slot.hour_to else slot.period,
                last._clock(last.hour_to) if last.hour_to else last.period,
                entry["periods"],
                entry["code"],
                entry["course"],
                row.event_id.department_id.name or "",
                entry["faculty"],
                entry["room"],
                entry["building"],
                entry["students"],
            ]
            for row, entry, slot, last in self._export_rows(week)
        ]
        return heading, rows

    def _export_csv(self, week):
        """For spreadsheets: with a byte order mark, and no cell that is a formula."""
        heading, rows = self._export_table(week)
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(heading)
        for row in rows:
            writer.writerow(
                [
                    f"'{cell}"
                    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS)
                    else cell
                    for cell in row
                ]
            )
        return text.getvalue().encode("utf-8-sig")

    def _export_xlsx(self, week, view_by, ids):
        """The flat list, and a sheet with the week of each room, person or class."""
        heading, rows = self._export_table(week)
        content = io.BytesIO()
        book = xlsxwriter.Workbook(
            content, {"in_memory": True, "strings_to_formulas": False}
        )
        bold = book.add_format({"bold": True, "bg_color": "#EEEEEE", "border": 1})
        cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        title = book.add_format({"bold": True, "font_size": 14})
        sheet = book.add_worksheet(self.env._("Meetings")[:31])
        sheet.write_row(0, 0, heading, bold)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)
        sheet.autofilter(0, 0, max(len(rows), 1), len(heading) - 1)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 3, 9)
        sheet.set_column(4, 9, 22)
        Week = self.env["timetable.week.page"]
        records = Week._records(self, view_by, ids)[:SHEETS]
        names = {sheet.get_name().lower()}
        for page in Week._pages(self, view_by, records, week):
            tab = book.add_worksheet(self._sheet_name(page["title"], names))
            self._write_week(tab, page, title, bold, cell)
        book.close()
        return content.getvalue()

    def _sheet_name(self, title, names):
        """A name that Excel takes, and that no other sheet has."""
        clean = "".join(" " if sign in "[]:*?/\\" else sign for sign in title or "")
        base = clean.strip("' ")[:26] or "-"
        name, number = base, 2
        while name.lower() in names:
            name, number = f"{base} ({number})", number + 1
        names.add(name.lower())
        return name

    def _write_week(self, tab, page, title, bold, cell):
        tab.write(0, 0, page["title"], title)
        parts = [page["subtitle"], page["term"].name]
        if page["week"]:
            day = format_date(self.env, page["week"])
            parts.append(self.env._("Week of %s", day))
        tab.write(1, 0, " · ".join(filter(None, parts)))
        tab.write(3, 0, "", bold)
        for column, day in enumerate(page["days"], 1):
            tab.write(3, column, day["name"], bold)
        tab.set_column(0, 0, 12)
        tab.set_column(1, len(page["days"]), 24)
        columns = {day["day"]: column for column, day in enumerate(page["days"], 1)}
        line = 4
        for row in page["rows"]:
            if not row["break"]:
                tab.write(line, 0, f"{row['from']}–{row['to']}", bold)
                for item in row["cells"]:
                    text = "\n".join(
                        "\n".join(filter(None, (e["code"], e["room"], e["faculty"])))
                        for e in item["entries"]
                    )
                    column = columns[item["day"]]
                    if item["span"] > 1:
                        tab.merge_range(
                            line, column, line + item["span"] - 1, column, text, cell
                        )
                    else:
                        tab.write(line, column, text, cell)
            line += 1
        tab.set_landscape()
        tab.fit_to_pages(1, 1)

    def _export_unitime(self, week):
        """The course timetable as UniTime's XML import takes it."""
        term = self.sudo().term_id
        root = ElementTree.Element(
            "timetable",
            {
                "campus": self.company_id.name or "",
                "term": term.name or "",
                "year": str(term.date_start.year) if term.date_start else "",
                "action": "update",
                "timeFormat": "HHmm",
            },
        )
        for row, entry, slot, last in self._export_rows(week):
            event = row.event_id
            section = event.class_id
            node = ElementTree.SubElement(
                root,
                "class",
                {
                    "subject": event.department_id.code
                    or event.department_id.name
                    or "",
                    "courseNbr": section.sudo().offering_id.code or entry["code"],
                    "type": "Lec",
                    "suffix": f"{section.name}/{event.sequence}",
                    "id": str(event.id),
                },
            )
            if slot.hour_to:
                ElementTree.SubElement(
                    node,
                    "time",
                    {
                        "days": UNITIME_DAYS[slot.day],
                        "startTime": slot._clock(slot.hour_from).replace(":", ""),
                        "endTime": last._clock(last.hour_to).replace(":", ""),
                    },
                )
            if row.room_id:
                building = row.room_id.building_id
                ElementTree.SubElement(
                    node,
                    "room",
                    {
                        "building": building.code or building.name or "",
                        "roomNbr": row.room_id.code or row.room_id.name,
                    },
                )
            for member in event.teacher_ids:
                ElementTree.SubElement(
                    node,
                    "instructor",
                    {"id": member.code or str(member.id), "name": member.name or ""},
                )
        ElementTree.indent(root)
        return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
