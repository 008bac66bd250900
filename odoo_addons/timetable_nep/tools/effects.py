"""What a place means for the people of an event: figures, no rules.

Plain Python over ids, without Odoo. The board shows these figures before a move and
orders its suggestions by them; what breaks a rule is told by ``feasibility``.
"""

from collections import defaultdict
from dataclasses import dataclass

COST_AVOID = 20
COST_FACULTY_DAY = 10
COST_FACULTY_IDLE = 4
COST_LAST_PERIOD = 4
COST_EMPTY_SEATS = 3
COST_OTHER_ROOM = 2
COST_STUDENT_IDLE = 1
GAIN_PREFERRED = 6


@dataclass(frozen=True, slots=True)
class Effect:
    """One place compared with where the event stands, or with nowhere."""

    student_idle: int = 0
    """Idle periods of its students in the week, more (or less, below 0) than now."""
    faculty_idle: int = 0
    """The same of those who teach it."""
    faculty_days: int = 0
    """Days on which they teach, more or less than now."""
    wish: str = ""
    """``avoid`` or ``prefer``: what they said of that time."""
    last: bool = False
    """Whether it ends with the last period of the day."""
    other_room: bool = False
    """Whether it would leave the room that it has."""
    empty: float = 0.0
    """Share of the room's seats that nobody needs."""

    @property
    def balance(self):
        """Worse (above 0) or better for people, all things that concern them summed."""
        return (
            COST_STUDENT_IDLE * self.student_idle
            + COST_FACULTY_IDLE * self.faculty_idle
            + COST_FACULTY_DAY * self.faculty_days
            + COST_AVOID * (self.wish == "avoid")
            - GAIN_PREFERRED * (self.wish == "prefer")
        )

    @property
    def cost(self):
        """For the order of suggestions: a simple sum, not the solver's cost."""
        return (
            self.balance
            + COST_LAST_PERIOD * self.last
            + COST_OTHER_ROOM * self.other_room
            + COST_EMPTY_SEATS * self.empty
        )

    def shown(self):
        """What a page makes a sentence of."""
        return {
            "balance": self.balance,
            "student_idle": self.student_idle,
            "faculty_idle": self.faculty_idle,
            "faculty_days": self.faculty_days,
            "wish": self.wish,
            "last": self.last,
            "other_room": self.other_room,
        }


def idle(day):
    """Free periods between the first and the last that are busy (bits of a day)."""
    if not day:
        return 0
    first = (day & -day).bit_length() - 1
    return day.bit_length() - first - day.bit_count()


class Effects:
    """Answers for one event what each start would mean for its people."""

    def __init__(self, feasibility, students, levels, here, room):
        """
        :param feasibility: that of the event, or of events held as one
        :param students: class → its students
        :param levels: timeslot → what its faculty said of it
        :param here: timeslot at which the event starts now, or ``None``
        :param room: its room now, or ``None``
        """
        answers = feasibility.answers
        self.grid = answers[0].grid
        self.needs = [answer.candidate for answer in answers]
        self.duration = self.needs[0].duration
        self.levels = levels
        self.here = here
        self.room = room
        self.seats = {row.id: row.capacity for row in answers[0].rooms}
        # Counted in periods of teaching: a break leaves nobody idle.
        days = defaultdict(list)
        for slot, (day, period) in self.grid.place.items():
            days[day].append((period, slot))
        self.bit = {
            slot: 1 << place
            for slots in days.values()
            for place, (_period, slot) in enumerate(sorted(slots))
        }
        self.last = {max(slots)[1] for slots in days.values()}
        self.students, self.faculty = self._weeks(answers[0].placed, students)
        self.now = self._counts(here)

    def _weeks(self, placed, students):
        """Busy bits by day of each student and teacher, without the event.

        Of meetings that share a week with it.
        """
        learning, teaching = {}, {}
        held = {need.event for need in self.needs}
        for need in self.needs:
            mine = students.get(need.section, frozenset())
            for person in mine:
                learning.setdefault(person, defaultdict(int))
            taught_by = defaultdict(list)
            for person in need.teachers:
                teaching.setdefault(person, defaultdict(int))
                for event in need.teacher_events.get(person, ()):
                    taught_by[event].append(person)
            for item in placed:
                if item.event in held or not item.weeks & need.weeks:
                    continue
                there = ()
                if item.section == need.section:
                    there = mine
                elif item.section in need.shared_students:
                    there = mine & students.get(item.section, frozenset())
                teachers = taught_by.get(item.event, ())
                if (there or teachers) and item.start in self.bit:
                    day, bits = self._bits(item.start, item.duration)
                    for person in there:
                        learning[person][day] |= bits
                    for person in teachers:
                        teaching[person][day] |= bits
        return list(learning.values()), list(teaching.values())

    def _bits(self, start, duration):
        slots = self.grid.span(start, duration) or (start,)
        return self.grid.day(start), sum(self.bit[slot] for slot in slots)

    def _counts(self, start):
        """Idle periods of students and of faculty, and days of these, with the event
        at a start; more than without it at all."""
        if start is None:
            return 0, 0, 0
        day, bits = self._bits(start, self.duration)

        def more(weeks):
            return sum(idle(week[day] | bits) - idle(week[day]) for week in weeks)

        days = sum(not week[day] for week in self.faculty)
        return more(self.students), more(self.faculty), days

    def of(self, start, room=None):
        """What it means to start there, in that room."""
        counts = self._counts(start)
        ends = self.grid.span(start, self.duration) or (start,)
        capacity = self.seats.get(room) or 0
        seats = self.needs[0].seats
        return Effect(
            *(after - before for after, before in zip(counts, self.now, strict=True)),
            wish=self.levels.get(start, ""),
            last=ends[-1] in self.last,
            other_room=bool(self.room and room and room != self.room),
            empty=max(0, capacity - seats) / capacity if capacity else 0.0,
        )
