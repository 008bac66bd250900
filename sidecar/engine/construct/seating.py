"""All courses of one student at once: bundles in which none of them clash.

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
CLASHING = -1
"""Week of a bundle of which two classes meet at one time."""
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
        """Enrolments of a student, those with the fewest bundles first."""
        low, high = np.searchsorted(self._sorted, [student, student + 1])
        courses = self._order[low:high].tolist()
        return sorted(courses, key=lambda e: len(self._options(e)))

    def _options(self, enrolment: int) -> list[int]:
        first = self.tables.options_first[enrolment]
        end = self.tables.options_end[enrolment]
        return self.tables.options_idx[first:end].tolist()  # type: ignore[no-any-return]

    def _classes(self, bundle: int) -> list[int]:
        first, end = self.tables.bundle_ptr[bundle], self.tables.bundle_ptr[bundle + 1]
        return self.tables.bundle_class[first:end].tolist()  # type: ignore[no-any-return]

    def _week_of_class(self, cls: int) -> int:
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

    def _week(self, bundle: int) -> int:
        """Slots of a bundle, a bit each; ``CLASHING`` where two classes of it clash."""
        bits = 0
        for cls in self._classes(bundle):
            week = self._week_of_class(cls)
            if bits & week:
                return CLASHING
            bits |= week
        return bits

    def _clashes(self, student: int) -> bool:
        busy = 0
        for enrolment in self._courses(student):
            week = self._week(int(self.section[enrolment]))
            if week < 0 or busy & week:
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
            for enrolment, bundle in pairs:
                now = int(self.section[enrolment])
                if bundle != now:
                    for cls in self._full(bundle, now):
                        self._make_room(cls, now)
                    self._move(enrolment, bundle)
            return

    def _choices(
        self, courses: list[int], busy: int, exchange: bool
    ) -> Iterator[tuple[int, ...]]:
        """Bundles for these courses that clash neither with ``busy`` nor together."""
        if not courses:
            yield ()
            return
        now = int(self.section[courses[0]])
        others = [bundle for bundle in self._options(courses[0]) if bundle != now]
        for bundle in (now, *others):
            if not self._step():
                return
            week = self._week(bundle)
            if week < 0 or busy & week:
                continue
            full = self._full(bundle, now)
            # Of several seats, giving up one may be undone by the next.
            if full and not (
                exchange and len(full) == 1 and self._leaver(full[0], now)
            ):
                continue
            for rest in self._choices(courses[1:], busy | week, exchange):
                yield (bundle, *rest)

    def _step(self) -> bool:
        """Count a step; False if there is none left for this student."""
        self._steps -= 1
        if self._steps % ASK_EVERY == 0 and not self.going():
            self._steps = 0
        return self._steps > 0

    def _full(self, bundle: int, now: int) -> list[int]:
        """Classes of a bundle without a seat for who is in another bundle now."""
        mine = self._classes(now)
        return [
            cls
            for cls in self._classes(bundle)
            if cls not in mine and self.size[cls] >= self.tables.class_limit[cls]
        ]

    def _leaver(self, cls: int, seat: int) -> tuple[int, int] | None:
        """Somebody in a full class, by enrolment, and a bundle that does as well.

        In the bundle ``seat`` there will be room by then: whoever comes leaves it.
        """
        freed = self._classes(seat)
        first = self.tables.member_ptr[cls]
        for place in range(int(self.state.member_count[cls])):
            if not self._step():
                return None
            enrolment = int(self.state.member[first + place])
            mine = int(self.section[enrolment])
            if mine < 0 or cls not in self._classes(mine):
                continue
            student = int(self.tables.enrolment_student[enrolment])
            rest = 0
            for other in self._courses(student):
                if other != enrolment:
                    # Who clashes already may give up a seat as anybody may.
                    rest |= max(0, self._week(int(self.section[other])))
            for target in self._options(enrolment):
                week = self._week(target)
                if (
                    cls not in self._classes(target)
                    and week >= 0
                    and not rest & week
                    and set(self._full(target, mine)) <= set(freed)
                ):
                    return enrolment, target
        return None

    def _make_room(self, cls: int, seat: int) -> None:
        found = self._leaver(cls, seat)
        if found is not None:
            self._move(*found)

    def _move(self, enrolment: int, bundle: int) -> None:
        for cls in self._classes(int(self.section[enrolment])):
            self.size[cls] -= 1
        for cls in self._classes(bundle):
            self.size[cls] += 1
        self.section[enrolment] = bundle
