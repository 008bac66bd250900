"""Is a problem consistent? Every fault is named with its place and how to mend it."""

from collections import Counter
from collections.abc import Iterable

from sidecar.contract import CONTRACT_VERSION
from sidecar.contract.errors import FieldError
from sidecar.contract.objective import PROFILES
from sidecar.contract.problem import Problem

MAX_ERRORS = 100
MAX_EVENTS = 500_000
MAX_PERIODS_A_DAY = 16


class ProblemError(ValueError):
    """A problem that contradicts itself; ``errors`` names each place."""

    def __init__(self, errors: list[FieldError]) -> None:
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first.field}: {first.message}{more}")
        self.errors = errors


def check_problem(problem: Problem) -> None:
    """Raise ``ProblemError`` unless all ids exist once and limits are kept."""
    errors = find_errors(problem)
    if errors:
        raise ProblemError(errors)


def find_errors(problem: Problem) -> list[FieldError]:
    """Up to ``MAX_ERRORS`` faults, in the order of the file."""
    return _Checker(problem).errors


class _Checker:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.errors: list[FieldError] = []
        if problem.version.split(".")[0] != CONTRACT_VERSION.split(".")[0]:
            self.wrong(
                "version",
                f"This service reads version {CONTRACT_VERSION}, not "
                f"{problem.version[:20]}; update the one that is older.",
            )
        if problem.profile is not None and problem.profile not in PROFILES:
            self.wrong(
                "profile",
                f"There is no profile '{problem.profile[:40]}'; choose one of "
                f"{', '.join(PROFILES)}.",
            )
        self.ids = {
            "department": self.unique("departments"),
            "building": self.unique("buildings"),
            "faculty": self.unique("faculty"),
            "room": self.unique("rooms"),
            "timeslot": self.unique("timeslots"),
            "offering": self.unique("offerings"),
            "class": self.unique("classes"),
            "student": self.unique("students"),
            "curriculum": self.unique("curricula"),
            "relation": self.unique("relations"),
        }
        self.ids["event"] = self.unique_events()
        self.check_timeslots()
        self.check_references()

    def wrong(self, field: str, message: str) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(FieldError(field=field, message=message))

    def unique(self, name: str) -> set[str]:
        seen: set[str] = set()
        for number, item in enumerate(getattr(self.problem, name)):
            if item.id in seen:
                self.wrong(
                    f"{name}[{number}].id",
                    f"'{item.id}' stands in {name} twice; give one another id.",
                )
            seen.add(item.id)
        return seen

    def unique_events(self) -> set[str]:
        seen: set[str] = set()
        for c, cls in enumerate(self.problem.classes):
            for e, event in enumerate(cls.events):
                if event.id in seen:
                    self.wrong(
                        f"classes[{c}].events[{e}].id",
                        f"Event '{event.id}' exists twice; give one another id.",
                    )
                seen.add(event.id)
        if len(seen) > MAX_EVENTS:
            self.wrong(
                "classes",
                f"{len(seen)} events are more than the {MAX_EVENTS} one job may have; "
                "plan schools or campuses in separate jobs.",
            )
        return seen

    def check_timeslots(self) -> None:
        taken: dict[tuple[int, int], str] = {}
        for number, slot in enumerate(self.problem.timeslots):
            place = (slot.day, slot.period)
            if place in taken:
                self.wrong(
                    f"timeslots[{number}]",
                    f"Day {slot.day}, period {slot.period} is already timeslot "
                    f"'{taken[place]}'; each place in the week has one timeslot.",
                )
            taken[place] = slot.id
            if slot.start and slot.end and slot.end <= slot.start:
                self.wrong(
                    f"timeslots[{number}].end",
                    f"Timeslot '{slot.id}' ends at {slot.end}, before it has begun; "
                    "correct its times.",
                )
        periods = Counter(slot.day for slot in self.problem.timeslots)
        for day, count in periods.items():
            if count > MAX_PERIODS_A_DAY:
                self.wrong(
                    "timeslots",
                    f"Day {day} has {count} periods; at most {MAX_PERIODS_A_DAY} are "
                    "possible, so make them longer or fewer.",
                )

    def known(self, kind: str, keys: Iterable[str | None], field: str) -> None:
        for number, key in enumerate(keys):
            if key is not None and key not in self.ids[kind]:
                self.wrong(
                    field.replace("[]", f"[{number}]"),
                    f"There is no {kind} '{key}'; add it or correct the id.",
                )

    def check_references(self) -> None:
        problem, known = self.problem, self.known
        minutes: dict[frozenset[str], int] = {}
        for n, travel in enumerate(problem.travel):
            known("building", [travel.building_a], f"travel[{n}].building_a")
            known("building", [travel.building_b], f"travel[{n}].building_b")
            way = frozenset((travel.building_a, travel.building_b))
            if minutes.setdefault(way, travel.minutes) != travel.minutes:
                self.wrong(
                    f"travel[{n}].minutes",
                    "The same way has other minutes above; keep one of the two.",
                )
        for n, room in enumerate(problem.rooms):
            known("department", [room.department], f"rooms[{n}].department")
            known("building", [room.building], f"rooms[{n}].building")
            known("timeslot", room.unavailable, f"rooms[{n}].unavailable[]")
        for n, member in enumerate(problem.faculty):
            known("department", [member.department], f"faculty[{n}].department")
            known("timeslot", member.unavailable, f"faculty[{n}].unavailable[]")
            wishes = [wish.timeslot for wish in member.preferences]
            known("timeslot", wishes, f"faculty[{n}].preferences[].timeslot")
        for n, band in enumerate(problem.bands):
            known("timeslot", band.timeslots, f"bands[{n}].timeslots[]")
        for n, offering in enumerate(problem.offerings):
            known("department", [offering.department], f"offerings[{n}].department")
        for n, cls in enumerate(problem.classes):
            where = f"classes[{n}]"
            known("offering", [cls.offering], f"{where}.offering")
            known("faculty", cls.faculty, f"{where}.faculty[]")
            known("timeslot", cls.unavailable, f"{where}.unavailable[]")
            for e, event in enumerate(cls.events):
                known("faculty", event.faculty or (), f"{where}.events[{e}].faculty[]")
                slots = event.timeslots or ()
                known("timeslot", slots, f"{where}.events[{e}].timeslots[]")
        self.check_students()
        for n, curriculum in enumerate(problem.curricula):
            known("class", curriculum.classes, f"curricula[{n}].classes[]")
        self.check_relations()
        self.check_places()

    def check_students(self) -> None:
        problem, known = self.problem, self.known
        taught = {cls.offering for cls in problem.classes}
        offering_of = {cls.id: cls.offering for cls in problem.classes}
        for n, student in enumerate(problem.students):
            known("offering", student.offerings, f"students[{n}].offerings[]")
            known("class", student.classes, f"students[{n}].classes[]")
            for k, wanted in enumerate(student.offerings):
                if wanted in self.ids["offering"] and wanted not in taught:
                    self.wrong(
                        f"students[{n}].offerings[{k}]",
                        f"Offering '{wanted}' has no class; add one or drop it.",
                    )
            decided = [offering_of.get(c) for c in student.classes]
            if len(set(decided)) < len(decided):
                self.wrong(
                    f"students[{n}].classes",
                    f"Student '{student.id}' is in two classes of one offering; "
                    "keep one of them.",
                )

    def check_relations(self) -> None:
        for n, relation in enumerate(self.problem.relations):
            self.known("event", relation.events, f"relations[{n}].events[]")
            if len(set(relation.events)) < len(relation.events):
                self.wrong(
                    f"relations[{n}].events",
                    f"Relation '{relation.id}' names an event twice.",
                )
            needs_value = relation.type in ("minimum_gap", "maximum_days")
            if needs_value and relation.value is None:
                self.wrong(
                    f"relations[{n}].value",
                    f"A relation '{relation.type}' needs a value.",
                )

    def check_places(self) -> None:
        problem, known = self.problem, self.known
        pinned: set[str] = set()
        for n, pin in enumerate(problem.pins):
            known("event", [pin.event], f"pins[{n}].event")
            known("timeslot", [pin.timeslot], f"pins[{n}].timeslot")
            known("room", [pin.room], f"pins[{n}].room")
            if pin.event in pinned:
                self.wrong(f"pins[{n}].event", f"Event '{pin.event}' is pinned twice.")
            pinned.add(pin.event)
        for n, item in enumerate(problem.previous):
            known("event", [item.event], f"previous[{n}].event")
            known("timeslot", [item.timeslot], f"previous[{n}].timeslot")
            known("room", [item.room], f"previous[{n}].room")
