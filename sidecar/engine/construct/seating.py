"""All courses of one student at once: classes in which none of them clash.

The kernels change one course of a student at a time, and each change must gain. The
last clashes are of students for whom two or more have to change together, or for whom
somebody else has to give up a seat.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from ..searcher import Searcher

MOST_EVENTS = 60
"""With more events in trouble, single changes still do well."""
MOST_STEPS = 20_000
"""Classes tried for one student."""
ASK_EVERY = 500
"""Steps between two looks at the clock."""


class Seating:
    """Seats students anew over the timetable that a searcher stands at."""

    def __init__(
        self, searcher: Searcher, going: Callable[[], bool] = lambda: True
    ) -> None:
        self.searcher = searcher
        self.going = going
        self.tables, self.state = searcher.tables, searcher.state
        student = self.tables.enrolment_student
        self._order = np.argsort(student, kind="stable")
        self._sorted = student[self._order]
        self._busy: dict[int, int] = {}
        self._steps = 0

    def settle(self) -> bool:
        """Rid students of their clashes; whether fewer rules are broken now."""
        searcher = self.searcher
        troubled = searcher.troubled()
        if not 0 < troubled.size <= MOST_EVENTS or not len(searcher.choosers):
            return False
        before = searcher.current_score()[0]
        self._busy.clear()
        self.section = self.state.section.copy()
        self.size = self.state.member_count.copy()
        for cls in dict.fromkeys(self.tables.event_class[troubled].tolist()):
            for student in self._students_of(cls):
                if self._clashes(student) and self.going():
                    self._steps = MOST_STEPS
                    self._seat(student)
        if np.array_equal(self.section, self.state.section):
            return False
        searcher.stand_at(replace(searcher.current(), section=self.section))
        searcher.keep()
        return searcher.current_score()[0] < before

    def _students_of(self, cls: int) -> list[int]:
        first = self.tables.member_ptr[cls]
        members = self.state.student[first : first + self.state.member_count[cls]]
        return [int(student) for student in members]

    def _courses(self, student: int) -> list[int]:
        """Enrolments of a student, those with the fewest classes first."""
        low, high = np.searchsorted(self._sorted, [student, student + 1])
        courses = self._order[low:high].tolist()
        return sorted(courses, key=lambda e: len(self._options(e)))

    def _options(self, enrolment: int) -> list[int]:
        first = self.tables.options_first[enrolment]
        end = self.tables.options_end[enrolment]
        return self.tables.options_idx[first:end].tolist()  # type: ignore[no-any-return]

    def _week(self, cls: int) -> int:
        """Slots of a class, a bit each."""
        if cls not in self._busy:
            tables, bits = self.tables, 0
            for event in tables.class_event[
                tables.class_ptr[cls] : tables.class_ptr[cls + 1]
            ]:
                slot = int(self.state.slot[event])
                if slot >= 0:
                    bits |= ((1 << int(tables.event_duration[event])) - 1) << slot
            self._busy[cls] = bits
        return self._busy[cls]

    def _clashes(self, student: int) -> bool:
        busy = 0
        for enrolment in self._courses(student):
            week = self._week(int(self.section[enrolment]))
            if busy & week:
                return True
            busy |= week
        return False

    def _seat(self, student: int) -> None:
        """Move the student where nothing clashes, if need be in another's seat."""
        courses = self._courses(student)
        for exchange in (False, True):
            chosen = next(self._choices(courses, 0, exchange), None)
            if chosen is None:
                continue
            pairs = list(zip(courses, chosen, strict=True))
            for enrolment, cls in pairs:
                if cls != self.section[enrolment]:
                    if self._full(cls):
                        self._make_room(cls, int(self.section[enrolment]))
                    self._move(enrolment, cls)
            return

    def _choices(
        self, courses: list[int], busy: int, exchange: bool
    ) -> Iterator[tuple[int, ...]]:
        """Classes for these courses that clash neither with ``busy`` nor together."""
        if not courses:
            yield ()
            return
        now = int(self.section[courses[0]])
        others = [cls for cls in self._options(courses[0]) if cls != now]
        for cls in (now, *others):
            if not self._step():
                return
            week = self._week(cls)
            if busy & week:
                continue
            shut = cls != now and self._full(cls)
            if shut and not (exchange and self._leaver(cls, now)):
                continue
            for rest in self._choices(courses[1:], busy | week, exchange):
                yield (cls, *rest)

    def _step(self) -> bool:
        """Count a step; False if there is none left for this student."""
        self._steps -= 1
        if self._steps % ASK_EVERY == 0 and not self.going():
            self._steps = 0
        return self._steps > 0

    def _full(self, cls: int) -> bool:
        return bool(self.size[cls] >= self.tables.class_limit[cls])

    def _leaver(self, cls: int, seat: int) -> tuple[int, int] | None:
        """Somebody in a full class, by enrolment, who may as well go to another.

        In ``seat`` there will be room by then: whoever comes leaves it.
        """
        first = self.tables.member_ptr[cls]
        for place in range(int(self.state.member_count[cls])):
            if not self._step():
                return None
            enrolment = int(self.state.member[first + place])
            if self.section[enrolment] != cls:
                continue
            student = int(self.tables.enrolment_student[enrolment])
            rest = 0
            for other in self._courses(student):
                if other != enrolment:
                    rest |= self._week(int(self.section[other]))
            for target in self._options(enrolment):
                if (
                    target != cls
                    and (target == seat or not self._full(target))
                    and not rest & self._week(target)
                ):
                    return enrolment, target
        return None

    def _make_room(self, cls: int, seat: int) -> None:
        found = self._leaver(cls, seat)
        if found is not None:
            self._move(*found)

    def _move(self, enrolment: int, cls: int) -> None:
        self.size[self.section[enrolment]] -= 1
        self.size[cls] += 1
        self.section[enrolment] = cls
