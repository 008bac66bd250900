"""ITC-2007 track 3, curriculum-based course timetabling (``.ctt``).

Format and rules: Di Gaspero, McCollum, Schaerf, "The Second International Timetabling
Competition (ITC-2007): Curriculum-based Course Timetabling (Track 3)", 2007;
formulation CB-CTT: doi:10.1007/s10479-010-0707-0.
"""

from collections import defaultdict

from sidecar.contract.problem import (
    Assignment,
    Class,
    Curriculum,
    Event,
    Faculty,
    Offering,
    Problem,
    Room,
    Timeslot,
)
from sidecar.contract.solution import Variant

from .errors import FormatError

PROFILE = "itc2007_curriculum"
_SECTIONS = ("COURSES", "ROOMS", "CURRICULA", "UNAVAILABILITY_CONSTRAINTS")


def _split(text: str) -> tuple[dict[str, str], dict[str, list[tuple[int, list[str]]]]]:
    """Header fields, and each section's lines as (line number, words)."""
    header: dict[str, str] = {}
    sections: dict[str, list[tuple[int, list[str]]]] = {}
    current: str | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        if line == "END.":
            break
        name = line.rstrip(":")
        if line.endswith(":") and name in _SECTIONS:
            current = name
            sections[name] = []
        elif current is None:
            key, colon, value = line.partition(":")
            if not colon:
                raise FormatError(number, "expected a header line 'Name: value'")
            header[key.strip()] = value.strip()
        else:
            sections[current].append((number, line.split()))
    missing = [name for name in _SECTIONS if name not in sections]
    if missing:
        raise FormatError(0, f"the section {missing[0]} is missing")
    return header, sections


def _number(line: int, word: str, what: str) -> int:
    try:
        value = int(word)
    except ValueError:
        raise FormatError(
            line, f"{what} must be a whole number, not '{word}'"
        ) from None
    if value < 0:
        raise FormatError(line, f"{what} cannot be negative")
    return value


def read(text: str) -> Problem:
    """Read a ``.ctt`` text; a course becomes an offering with one class.

    Raises
    ------
    FormatError
        Naming the line and what is wrong with it.
    """
    header, sections = _split(text)
    for key in ("Days", "Periods_per_day"):
        if key not in header:
            raise FormatError(0, f"the header lacks '{key}:'")
    days = _number(0, header["Days"], "Days")
    periods = _number(0, header["Periods_per_day"], "Periods_per_day")
    if not (1 <= days <= 7 and 1 <= periods <= 16):
        raise FormatError(0, "the grid must have 1–7 days of 1–16 periods")
    closed: dict[str, list[str]] = defaultdict(list)
    courses = {words[0] for _, words in sections["COURSES"]}
    for line, words in sections["UNAVAILABILITY_CONSTRAINTS"]:
        if len(words) != 3 or words[0] not in courses:
            raise FormatError(line, "expected 'course day period' of a known course")
        day = _number(line, words[1], "the day")
        period = _number(line, words[2], "the period")
        if day >= days or period >= periods:
            raise FormatError(line, "the day or period is outside the grid")
        closed[words[0]].append(_slot(day, period))
    offerings, classes, teachers = [], [], []
    for line, words in sections["COURSES"]:
        if len(words) != 5:
            raise FormatError(line, "a course has 5 fields: id teacher n days students")
        course, teacher = words[:2]
        lectures = _number(line, words[2], "the number of lectures")
        minimum = _number(line, words[3], "the minimum working days")
        if teacher not in teachers:
            teachers.append(teacher)
        offerings.append(Offering(id=course))
        classes.append(
            Class(
                id=course,
                offering=course,
                faculty=[teacher],
                limit=_number(line, words[4], "the number of students"),
                events=[
                    Event(id=f"{course}-{k + 1}", room_type=None)
                    for k in range(lectures)
                ],
                one_event_per_day=False,
                min_days=minimum if 1 <= minimum <= 7 else None,
                unavailable=closed[course],
            )
        )
    curricula = []
    for line, words in sections["CURRICULA"]:
        unknown = [word for word in words[2:] if word not in courses]
        if len(words) < 2 or unknown:
            raise FormatError(line, f"unknown course in curriculum: {unknown[:1]}")
        curricula.append(Curriculum(id=words[0], classes=words[2:]))
    rooms = []
    for line, words in sections["ROOMS"]:
        if len(words) != 2:
            raise FormatError(line, "a room has 2 fields: id capacity")
        rooms.append(
            Room(id=words[0], capacity=_number(line, words[1], "the capacity"))
        )
    return Problem(
        name=header.get("Name", ""),
        faculty=[Faculty(id=teacher) for teacher in teachers],
        rooms=rooms,
        timeslots=[
            Timeslot(
                id=_slot(day, period),
                day=day,
                period=period,
                start=f"{8 + period:02d}:00",
                end=f"{9 + period:02d}:00" if period < 15 else "23:59",
            )
            for day in range(days)
            for period in range(periods)
        ],
        offerings=offerings,
        classes=classes,
        curricula=curricula,
        profile=PROFILE,
    )


def _slot(day: int, period: int) -> str:
    return f"{day}-{period}"


def write(problem: Problem, variant: Variant) -> str:
    """The official solution format: ``course room day period`` a line."""
    del problem  # the events' own names say it all
    lines = []
    for item in variant.assignments:
        course = item.event.rsplit("-", 1)[0]
        day, period = item.timeslot.split("-")
        lines.append(f"{course} {item.room} {day} {period}")
    return "\n".join(lines) + "\n"


def read_solution(problem: Problem, text: str) -> list[Assignment]:
    """Assignments of a solution file; lectures of a course are taken in order.

    Raises
    ------
    FormatError
        Naming the line at fault.
    """
    lectures = {cls.id: [event.id for event in cls.events] for cls in problem.classes}
    slots = {slot.id for slot in problem.timeslots}
    result = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if len(words) != 4 or words[0] not in lectures:
            raise FormatError(number, "expected 'course room day period'")
        if not lectures[words[0]]:
            raise FormatError(number, f"'{words[0]}' has more lectures than it should")
        timeslot = f"{words[2]}-{words[3]}"
        if timeslot not in slots:
            raise FormatError(number, "the day or period is outside the grid")
        event = lectures[words[0]].pop(0)
        result.append(Assignment(event=event, timeslot=timeslot, room=words[1]))
    return result
