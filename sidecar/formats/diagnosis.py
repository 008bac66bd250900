"""What cannot work, found by counting before anything is solved.

Each check is a necessary condition, so whatever it reports is proven; a problem that
passes all of them may still have no timetable.
"""

from collections import defaultdict

from sidecar.contract.problem import Class, Event, Problem
from sidecar.contract.solution import Diagnosis, DiagnosisItem
from sidecar.scoring.week import Week

from .checks import find_errors

MAX_ITEMS = 200


def diagnose(problem: Problem) -> Diagnosis:
    """Impossible facts in words, and how tight the problem is."""
    errors = find_errors(problem)
    if errors:
        return Diagnosis(
            feasible=False,
            items=[
                DiagnosisItem(code="inconsistent", sentence=f"{e.field}: {e.message}")
                for e in errors
            ],
        )
    return _Diagnostician(problem).run()


class _Diagnostician:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.week = Week(problem)
        self.items: list[DiagnosisItem] = []
        self.slots = {slot.id for slot in problem.timeslots}
        self.faculty = {member.id: member for member in problem.faculty}
        self.category = {o.id: o.category for o in problem.offerings}
        self.bands: dict[str, set[str]] = defaultdict(set)
        for band in problem.bands:
            self.bands[band.category].update(band.timeslots)
        self.hours = {
            cls.id: sum(e.duration for e in cls.events) for cls in problem.classes
        }

    def found(
        self,
        code: str,
        sentence: str,
        resources: list[tuple[str, str]],
        suggestions: list[str],
        severity: str = "error",
    ) -> None:
        if len(self.items) < MAX_ITEMS:
            self.items.append(
                DiagnosisItem(
                    code=code,
                    severity=severity,
                    sentence=sentence,
                    resources=[{"kind": kind, "id": key} for kind, key in resources],
                    suggestions=suggestions,
                )
            )

    def run(self) -> Diagnosis:
        self.check_events()
        self.check_faculty()
        self.check_sections()
        self.check_students()
        self.check_rooms()
        return Diagnosis(
            feasible=all(item.severity != "error" for item in self.items),
            items=self.items,
            figures=self.figures(),
        )

    def teachers(self, event: Event, cls: Class) -> list[str]:
        return cls.faculty if event.faculty is None else event.faculty

    def starts(self, event: Event, cls: Class) -> set[str]:
        """Timeslots at which the event may start."""
        open_slots = self.slots - set(cls.unavailable)
        for member in self.teachers(event, cls):
            open_slots -= set(self.faculty[member].unavailable)
        category = self.category[cls.offering]
        if category in self.bands:
            open_slots &= self.bands[category]
        result = set()
        for slot in open_slots:
            cover = self.week.covered(slot, event.duration)
            if cover and all(self.week.slots[place] in open_slots for place in cover):
                result.add(slot)
        if event.timeslots is not None:
            result &= set(event.timeslots)
        return result

    def check_events(self) -> None:
        pins = {pin.event: pin for pin in self.problem.pins}
        for cls in self.problem.classes:
            days: set[int] = set()
            for event in cls.events:
                starts = self.starts(event, cls)
                pin = pins.get(event.id)
                if pin and pin.timeslot and pin.timeslot not in starts:
                    self.found(
                        "pin_unavailable",
                        f"[event:{event.id}] is pinned to [timeslot:{pin.timeslot}], "
                        "which is not open to it.",
                        [("event", event.id), ("class", cls.id)],
                        ["Unpin the event.", "Open the timeslot for its faculty."],
                    )
                elif not starts:
                    self.found(
                        "event_no_time",
                        f"[event:{event.id}] of [class:{cls.id}] has no timeslot: its "
                        "faculty, its class and its band leave none of "
                        f"{event.duration} period(s) in a row.",
                        [("class", cls.id)]
                        + [("faculty", f) for f in self.teachers(event, cls)],
                        ["Open more timeslots for its faculty.", "Change its faculty."],
                    )
                days |= {self.week.place[s][0] for s in starts}
                self.check_event_room(event, cls)
            if cls.one_event_per_day and len(cls.events) > len(days) > 0:
                self.found(
                    "class_few_days",
                    f"[class:{cls.id}] has {len(cls.events)} events, at most one a "
                    f"day, but only {len(days)} days are open to it.",
                    [("class", cls.id)],
                    ["Allow several events a day.", "Open another day."],
                )

    def check_event_room(self, event: Event, cls: Class) -> None:
        if not event.needs_room or self.problem.profile == "itc2007_curriculum":
            return
        of_type = [
            room
            for room in self.problem.rooms
            if event.room_type in (None, room.type)
            and set(event.features) <= set(room.features)
        ]
        if not any(room.capacity >= cls.limit for room in of_type):
            largest = max((room.capacity for room in of_type), default=0)
            self.found(
                "room_none_suits",
                f"No {event.room_type or 'room'} with "
                f"{', '.join(event.features) or 'any features'} seats the {cls.limit} "
                f"students of [class:{cls.id}]; the largest seats {largest}.",
                [("class", cls.id)],
                ["Lower the class's limit (split it).", "Add a larger room."],
            )

    def check_faculty(self) -> None:
        need: dict[str, int] = defaultdict(int)
        for cls in self.problem.classes:
            for event in cls.events:
                for member in self.teachers(event, cls):
                    need[member] += event.duration
        for key, periods in need.items():
            person = self.faculty[key]
            free = len(self.slots - set(person.unavailable))
            if person.max_periods_day is not None:
                per_day: dict[int, int] = defaultdict(int)
                for slot in self.slots - set(person.unavailable):
                    per_day[self.week.place[slot][0]] += 1
                free = sum(min(n, person.max_periods_day) for n in per_day.values())
            if periods > free:
                self.found(
                    "faculty_overloaded",
                    f"[faculty:{key}] teaches {periods} periods a week but is "
                    f"available for {free} at the most.",
                    [("faculty", key)],
                    ["Give a class to somebody else.", "Open more timeslots."],
                )
            elif person.max_periods_week is not None and (
                periods > person.max_periods_week
            ):
                self.found(
                    "faculty_over_norm",
                    f"[faculty:{key}] teaches {periods} periods a week; the limit is "
                    f"{person.max_periods_week}.",
                    [("faculty", key)],
                    ["Give a class to somebody else.", "Raise the weekly limit."],
                    severity="warning",
                )

    def check_sections(self) -> None:
        seats: dict[str, int] = defaultdict(int)
        for cls in self.problem.classes:
            seats[cls.offering] += cls.limit
        demand: dict[str, int] = defaultdict(int)
        for student in self.problem.students:
            for offering in student.offerings:
                demand[offering] += 1
        for offering, students in demand.items():
            if students > seats[offering]:
                self.found(
                    "section_seats",
                    f"{students} students chose [offering:{offering}] but its classes "
                    f"have {seats[offering]} seats.",
                    [("offering", offering)],
                    ["Add a parallel class.", "Raise the section limit."],
                )

    def check_students(self) -> None:
        shortest: dict[str, int] = {}
        for cls in self.problem.classes:
            hours = self.hours[cls.id]
            shortest[cls.offering] = min(shortest.get(cls.offering, hours), hours)
        for student in self.problem.students:
            need = sum(shortest.get(o, 0) for o in student.offerings)
            if need > len(self.slots):
                self.found(
                    "student_overloaded",
                    f"[student:{student.id}] chose {need} periods a week; the week has "
                    f"{len(self.slots)}.",
                    [("student", student.id)],
                    ["Drop a course."],
                )

    def check_rooms(self) -> None:
        """Room-periods wanted and available, for each type and size upwards."""
        if self.problem.profile == "itc2007_curriculum":
            return
        kinds = {room.type for room in self.problem.rooms}
        for kind in sorted(kinds):
            wanted = sorted(
                (
                    (cls.limit, event.duration)
                    for cls in self.problem.classes
                    for event in cls.events
                    if event.needs_room and event.room_type == kind
                ),
                reverse=True,
            )
            rooms = sorted(
                (
                    (room.capacity, len(self.slots - set(room.unavailable)))
                    for room in self.problem.rooms
                    if room.type == kind
                ),
                reverse=True,
            )
            used = have = index = 0
            for limit, duration in wanted:
                used += duration
                while index < len(rooms) and rooms[index][0] >= limit:
                    have += rooms[index][1]
                    index += 1
                if used > have:
                    self.found(
                        "rooms_too_few",
                        f"Classes of {limit} students or more need {used} "
                        f"room-periods of type {kind}, but rooms of that size have "
                        f"{have}.",
                        [],
                        [f"Add a {kind} with {limit} seats.", "Split large classes."],
                    )
                    break

    def figures(self) -> dict[str, float]:
        periods = sum(self.hours.values())
        available = sum(
            len(self.slots - set(room.unavailable)) for room in self.problem.rooms
        )
        return {
            "events": float(sum(len(c.events) for c in self.problem.classes)),
            "room_periods_used": round(periods / max(1, available), 3),
        }
