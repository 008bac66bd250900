"""A timetable that can be changed and asked: who is where, and when."""

from collections import defaultdict
from collections.abc import Iterable

from sidecar.contract.objective import weights_of
from sidecar.contract.problem import Assignment, Problem, Relation
from sidecar.diagnosis.grid import Grid, Unit, bits
from sidecar.scoring import people

Place = tuple[int, str | None]
"""(start bit, room)"""


def can_advise(problem: Problem) -> bool:
    """Whether places are single starts in single rooms, which is what advice knows."""
    return not (
        problem.week_patterns
        or problem.patterns
        or problem.joint_classes
        or any(e.rooms_needed > 1 for cls in problem.classes for e in cls.events)
        or any(room.parts for room in problem.rooms)
    )


class Timetable:
    """Placements of events, indexed by room, and the people each class brings.

    Parameters
    ----------
    problem
        Must be consistent.
    assignments, sectioning
        The timetable in question; events may be missing.
    profile, weights
        How soft constraints count.

    Raises
    ------
    ValueError
        If the timetable names what the problem does not have, or the problem has weeks,
        patterns, joint classes or several rooms, of which nothing is known here.
    """

    def __init__(
        self,
        problem: Problem,
        assignments: Iterable[Assignment],
        sectioning: dict[str, list[str]],
        profile: str = "balanced",
        weights: dict[str, int] | None = None,
    ) -> None:
        if not can_advise(problem):
            raise ValueError(
                "Suggestions are not made yet for timetables with weeks, patterns, "
                "joint classes or several rooms; move the event by hand."
            )
        self.problem = problem
        self.grid = Grid(problem)
        self.weights = weights_of(profile, weights)
        self.rooms = {room.id: room for room in problem.rooms}
        self.previous = {item.event: item for item in problem.previous}
        self.at: dict[str, Place] = {}
        self.covers: dict[str, int] = {}
        """Slots of each placed event; 0 where it does not fit."""
        self.class_busy: dict[str, int] = defaultdict(int)
        """Slots that the placed events of each class cover."""
        self.room_wishes: dict[tuple[object, ...], list[tuple[int, int, str]]] = {}
        """Cost of each suitable room, the best first, by what makes it differ."""
        self.day_costs: dict[tuple[str, int, int], int] = {}
        """Soft cost of a day by agent, day and busy positions, once worked out."""
        self.limits = people.of_students(problem)
        self.limits_of = people.of_faculty(problem)
        self.rules = people.Days(problem, self.grid.week)
        self.week_costs: dict[tuple[str, people.Limits, int], tuple[int, int]] = {}
        """(hard, soft) of the rules for people's days, by whose they are and when busy,
        once worked out."""
        self.occupants: dict[str, dict[int, list[str]]] = defaultdict(dict)
        self.follow(assignments)
        self.sections: dict[str, list[str]] = {}
        self.members: dict[str, list[str]] = defaultdict(list)
        for student in problem.students:
            chosen = list(dict.fromkeys(sectioning.get(student.id, student.classes)))
            self.sections[student.id] = chosen
            for cls in chosen:
                if cls not in self.grid.of_class:
                    raise ValueError(f"There is no class '{cls}'.")
                self.members[cls].append(student.id)
        self.curricula: dict[str, list[list[str]]] = defaultdict(list)
        for curriculum in problem.curricula:
            classes = list(dict.fromkeys(curriculum.classes))
            for cls in classes:
                self.curricula[cls].append(classes)
        self.relations: dict[str, list[Relation]] = defaultdict(list)
        for relation in problem.relations:
            for event in relation.events:
                self.relations[event].append(relation)

    def unit(self, event: str) -> Unit:
        """The event of an id.

        Raises
        ------
        ValueError
            If there is none.
        """
        if event not in self.grid.unit_of:
            raise ValueError(f"There is no event '{event}'.")
        return self.grid.unit_of[event]

    # -- changes -----------------------------------------------------------------------

    def follow(self, assignments: Iterable[Assignment]) -> None:
        """Become this timetable; only what differs is touched.

        Raises
        ------
        ValueError
            If it names what the problem does not have; nothing is changed then.
        """
        wanted: dict[str, Place] = {}
        for item in assignments:
            self.unit(item.event)
            if item.timeslot not in self.grid.bit_of:
                raise ValueError(f"There is no timeslot '{item.timeslot}'.")
            if item.room is not None and item.room not in self.rooms:
                raise ValueError(f"There is no room '{item.room}'.")
            wanted[item.event] = (self.grid.bit_of[item.timeslot], item.room)
        for event in self.at.keys() - wanted.keys():
            self.put(self.unit(event), None)
        for event, place in wanted.items():
            if self.at.get(event) != place:
                self.put(self.unit(event), place)

    def put(self, unit: Unit, place: Place | None) -> Place | None:
        """Move an event (``None`` takes it out); returns where it was."""
        key = unit.event.id
        before = self.at.pop(key, None)
        if before is not None:
            cover = self.covers.pop(key)
            if before[1] is not None:
                held = self.occupants[before[1]]
                for bit in bits(cover):
                    held[bit].remove(key)
        if place is not None:
            self.at[key] = place
            self.covers[key] = cover = self.cover(unit, place)
            if place[1] is not None:
                held = self.occupants[place[1]]
                for bit in bits(cover):
                    held.setdefault(bit, []).append(key)
        self.class_busy[unit.cls.id] = self.busy(self.grid.of_class[unit.cls.id])
        return before

    # -- questions ---------------------------------------------------------------------

    def cover(self, unit: Unit, place: Place) -> int:
        """Slots an event covers; 0 where it does not fit."""
        if not self.grid.grid_starts[unit.duration] >> place[0] & 1:
            return 0
        return ((1 << unit.duration) - 1) << place[0]

    def busy(self, units: Iterable[Unit], but: Unit | None = None) -> int:
        """Slots in which any of these events takes place."""
        covers, mask = self.covers, 0
        for unit in units:
            if unit is not but:
                mask |= covers.get(unit.event.id, 0)
        return mask

    def units_of(self, classes: Iterable[str]) -> list[Unit]:
        return [unit for cls in classes for unit in self.grid.of_class[cls]]

    def holders(self, room: str, cover: int) -> set[str]:
        """Events in a room during some of the slots."""
        held = self.occupants[room]
        return {event for bit in bits(cover) for event in held.get(bit, ())}

    def assignment(self, event: str) -> Assignment:
        bit, room = self.at[event]
        return Assignment(event=event, timeslot=self.grid.slot_of[bit], room=room)
