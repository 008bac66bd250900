"""The sheets of a university's workbook: a sheet a thing, a column a field."""

from typing import NamedTuple

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)


class Column(NamedTuple):
    """A column of a sheet.

    ``kind``: text, whole, number, date, clock, yes, choice, one (a record of another
    sheet, by code or name), many (several of them, with commas).
    """

    field: str
    label: object
    kind: str = "text"
    target: str = ""
    needed: bool = False
    width: int = 16


class Sheet(NamedTuple):
    """A sheet; ``keys`` are the fields by which a row finds its record again.

    A list: the extractor of translations takes a tuple behind a label for its call.
    """

    name: str
    label: object
    model: str
    keys: list
    columns: tuple
    of_term: bool = False


CODE = Column("code", _lt("Code"), needed=True)
NAME = Column("name", _lt("Name"), needed=True, width=32)
DEPARTMENT = Column("department_id", _lt("Department"), "one", "departments")
TERM = Column("term_id", _lt("Term"), "one", "terms", needed=True, width=20)
COURSE = Column("course_id", _lt("Course"), "one", "courses", needed=True)
SECTION = Column("section", _lt("Section"), needed=True)
ROOM_TYPE = Column("room_type_id", _lt("Room type"), "one", "room_types")

SHEETS = (
    Sheet("grids", _lt("Weekly grids"), "timetable.grid", ["name"], (NAME,)),
    Sheet(
        "timeslots",
        _lt("Timeslots"),
        "timetable.timeslot",
        ["grid_id", "day", "period"],
        (
            Column(
                "grid_id", _lt("Weekly grid"), "one", "grids", needed=True, width=24
            ),
            Column("day", _lt("Weekday"), "choice", "weekday", needed=True),
            Column("period", _lt("Period"), "whole", needed=True),
            Column("hour_from", _lt("From"), "clock"),
            Column("hour_to", _lt("To"), "clock"),
        ),
    ),
    Sheet(
        "departments",
        _lt("Departments"),
        "timetable.department",
        ["code"],
        (CODE, NAME, Column("school", _lt("School or faculty"), width=28)),
    ),
    Sheet(
        "programmes",
        _lt("Programmes"),
        "timetable.programme",
        ["code"],
        (CODE, NAME, DEPARTMENT, Column("level", _lt("Level"), "choice", width=24)),
    ),
    Sheet("buildings", _lt("Buildings"), "timetable.building", ["code"], (CODE, NAME)),
    Sheet(
        "room_types", _lt("Room types"), "timetable.room.type", ["code"], (CODE, NAME)
    ),
    Sheet(
        "features",
        _lt("Room features"),
        "timetable.room.feature",
        ["code"],
        (CODE, NAME),
    ),
    Sheet(
        "rooms",
        _lt("Rooms"),
        "timetable.room",
        ["code"],
        (
            *(CODE, NAME),
            Column("building_id", _lt("Building"), "one", "buildings"),
            Column("type_id", _lt("Room type"), "one", "room_types"),
            Column("capacity", _lt("Seats"), "whole", needed=True),
            Column("feature_ids", _lt("Features"), "many", "features", width=28),
            DEPARTMENT,
        ),
    ),
    Sheet(
        "faculty",
        _lt("Faculty"),
        "timetable.faculty",
        ["code"],
        (
            *(CODE, NAME, Column("email", _lt("E-mail"), width=28), DEPARTMENT),
            Column("max_periods_week", _lt("Most periods a week"), "whole"),
            Column("max_periods_day", _lt("Most periods a day"), "whole"),
            Column("max_consecutive", _lt("Most periods in a row"), "whole"),
        ),
    ),
    Sheet(
        "students",
        _lt("Students"),
        "timetable.student",
        ["code"],
        (
            Column("code", _lt("Enrolment number"), needed=True),
            *(NAME, Column("email", _lt("E-mail"), width=28)),
            Column("programme_id", _lt("Programme"), "one", "programmes"),
        ),
    ),
    Sheet(
        "courses",
        _lt("Courses"),
        "timetable.course",
        ["code"],
        (
            *(CODE, NAME, DEPARTMENT),
            Column("category", _lt("Category"), "choice", width=24),
            Column("lecture_periods", _lt("Lectures (L)"), "whole"),
            Column("tutorial_periods", _lt("Tutorials (T)"), "whole"),
            Column("practical_periods", _lt("Practicals (P)"), "whole"),
            Column("credits", _lt("Credits"), "number"),
            Column("section_limit", _lt("Section limit"), "whole"),
        ),
    ),
    Sheet(
        "components",
        _lt("Components"),
        "timetable.component",
        ["course_id", "kind"],
        (
            COURSE,
            Column("kind", _lt("Kind"), "choice", needed=True),
            Column("group_size", _lt("Students together"), "whole"),
            Column("meetings", _lt("Meetings a week"), "whole"),
            Column("duration", _lt("Periods each"), "whole"),
            Column("nested", _lt("Groups of the first"), "yes"),
            Column("needs_room", _lt("Needs a room"), "yes"),
            ROOM_TYPE,
        ),
    ),
    Sheet(
        "terms",
        _lt("Terms"),
        "timetable.term",
        ["name"],
        (
            NAME,
            Column(
                "grid_id", _lt("Weekly grid"), "one", "grids", needed=True, width=24
            ),
            Column("date_start", _lt("Starts"), "date"),
            Column("date_end", _lt("Ends"), "date"),
        ),
    ),
    Sheet(
        "offerings",
        _lt("Offerings"),
        "timetable.offering",
        ["term_id", "course_id"],
        (TERM, COURSE, Column("section_limit", _lt("Section limit"), "whole")),
        of_term=True,
    ),
    Sheet(
        "classes",
        _lt("Classes"),
        "timetable.class",
        ["offering_id", "name"],
        (
            *(TERM, COURSE, SECTION),
            Column("faculty_ids", _lt("Faculty"), "many", "faculty", width=28),
            Column("limit", _lt("Students, at most"), "whole"),
            Column("min_days", _lt("Days to spread over"), "whole"),
        ),
        of_term=True,
    ),
    Sheet(
        "enrolments",
        _lt("Enrolments"),
        "timetable.enrolment",
        ["student_id", "offering_id"],
        (
            TERM,
            Column("student_id", _lt("Student"), "one", "students", needed=True),
            COURSE,
        ),
        of_term=True,
    ),
    Sheet(
        "batches",
        _lt("Batches"),
        "timetable.batch",
        ["term_id", "code"],
        (
            *(TERM, CODE, NAME),
            Column("programme_id", _lt("Programme"), "one", "programmes"),
            Column("size", _lt("Students"), "whole"),
            Column("class_ids", _lt("Classes"), "many", "classes", width=40),
        ),
        of_term=True,
    ),
)
"""In the order in which they refer to each other."""

WORDS = {"yes": _lt("yes"), "no": _lt("no")}

ROW_FAULTS = {
    "needed": _lt("Nothing is given here: fill it in."),
    "no_whole": _lt("“%(value)s” is not a whole number: write one, such as 3."),
    "no_number": _lt("“%(value)s” is not a number: write one, such as 2.5."),
    "no_date": _lt("“%(value)s” is not a date: write one, such as 2026-08-03."),
    "no_clock": _lt("“%(value)s” is not a time of day: write one, such as 09:30."),
    "no_yes": _lt("“%(value)s” is neither yes nor no: write one of them."),
    "no_choice": _lt("“%(value)s” is not known here. Choose one of: %(choices)s."),
    "unknown": _lt(
        "There is no “%(value)s”: add it to the sheet “%(sheet)s”, or correct it here."
    ),
    "several": _lt(
        "Several records of the sheet “%(sheet)s” are called “%(value)s”: write its "
        "code."
    ),
    "no_offering": _lt(
        "The course is not offered in this term: add it to the sheet “%(sheet)s”."
    ),
    "twice": _lt("The row says the same as row %(other)s: take one of them out."),
    "too_long": _lt("The text is longer than %(most)s characters: shorten it."),
    "refused": _lt("%(reason)s"),
}
"""What is wrong with a cell, and how to mend it."""
