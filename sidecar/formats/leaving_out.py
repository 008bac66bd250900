"""What of a timetable stands when nothing may break a hard rule.

Track 2 of ITC-2007 knows no broken rules, only events left out; the *distance to
feasibility* is the number of students of those. For problems with one event a class,
fixed classes of students and pairwise precedence, which is what track 2 has.
"""

from collections import defaultdict
from collections.abc import Iterable

from sidecar.contract.problem import Assignment, Class, Problem

Place = tuple[int, str]
"""(index of the timeslot, room)"""


def leave_out(
    problem: Problem, assignments: Iterable[Assignment]
) -> tuple[list[Assignment], int]:
    """Leave out the events with the fewest students such that nothing is broken.

    Each is then tried at every other place. The choice is greedy (a weighted vertex
    cover, then what has become free comes back), so it is good, not the best.

    Returns
    -------
    list
        Assignments that break nothing, in the order of the problem.
    int
        Students of the events left out, each counted once per event.
    """
    keeper = _Keeper(problem)
    for item in assignments:
        if item.room is not None:
            keeper.wish(item.event, item.timeslot, item.room)
    keeper.settle()
    return keeper.result()


class _Keeper:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.slots = [slot.id for slot in problem.timeslots]
        self.rooms = {room.id: room for room in problem.rooms}
        self.classes: dict[str, Class] = {c.events[0].id: c for c in problem.classes}
        event_of = {c.id: c.events[0].id for c in problem.classes}
        self.students: dict[str, set[str]] = {event: set() for event in self.classes}
        for student in problem.students:
            for cls in student.classes:
                self.students[event_of[cls]].add(student.id)
        self.before: dict[str, set[str]] = defaultdict(set)
        self.after: dict[str, set[str]] = defaultdict(set)
        for relation in problem.relations:
            for k, first in enumerate(relation.events):
                for second in relation.events[k + 1 :]:
                    self.after[first].add(second)
                    self.before[second].add(first)
        self.number = {slot: k for k, slot in enumerate(self.slots)}
        self.at: dict[str, Place] = {}
        self.here: dict[int, set[str]] = defaultdict(set)

    def wish(self, event: str, timeslot: str, room: str) -> None:
        """Place an event for now, if the place is one for it at all."""
        place = self.number[timeslot], room
        if self.suits(event, place):
            self.put(event, place)

    def suits(self, event: str, place: Place) -> bool:
        cls = self.classes[event]
        wanted = cls.events[0]
        slot, room = place
        return (
            (wanted.timeslots is None or self.slots[slot] in wanted.timeslots)
            and self.rooms[room].capacity >= cls.limit
            and set(wanted.features) <= set(self.rooms[room].features)
        )

    def put(self, event: str, place: Place) -> None:
        self.at[event] = place
        self.here[place[0]].add(event)

    def take(self, event: str) -> None:
        self.here[self.at.pop(event)[0]].discard(event)

    def foes(self, event: str, place: Place) -> list[str]:
        """Placed events that cannot stay if ``event`` is at ``place``."""
        slot, room = place
        mine = self.students[event]
        found = [
            other
            for other in self.here[slot]
            if other != event
            and (self.at[other][1] == room or not mine.isdisjoint(self.students[other]))
        ]
        late = (e for e in self.before[event] if e in self.at)
        found += [e for e in late if self.at[e][0] >= slot]
        early = (e for e in self.after[event] if e in self.at)
        return found + [e for e in early if self.at[e][0] <= slot]

    def settle(self) -> None:
        """Take out what is worth least against what it stands in the way of."""
        out: dict[str, Place] = {}
        while True:
            weighed = [
                (sum(len(self.students[foe]) for foe in foes), event)
                for event, place in self.at.items()
                if (foes := self.foes(event, place))
            ]
            if not weighed:
                break
            event = max(
                weighed,
                key=lambda item: (
                    item[0] / max(1, len(self.students[item[1]])),
                    item[1],
                ),
            )[1]
            out[event] = self.at[event]
            self.take(event)
        missing = (event for event in self.classes if event not in self.at)
        for event in sorted(missing, key=lambda e: (-len(self.students[e]), e)):
            everywhere = [(s, r) for s in range(len(self.slots)) for r in self.rooms]
            for place in [out[event], *everywhere] if event in out else everywhere:
                if self.suits(event, place) and not self.foes(event, place):
                    self.put(event, place)
                    break

    def result(self) -> tuple[list[Assignment], int]:
        kept = [
            Assignment(event=event, timeslot=self.slots[slot], room=room)
            for event in self.classes
            if event in self.at
            for slot, room in [self.at[event]]
        ]
        left = (event for event in self.classes if event not in self.at)
        return kept, sum(len(self.students[event]) for event in left)
