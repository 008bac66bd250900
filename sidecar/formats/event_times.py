"""The times at which an event may be held, as options over slots.

An option has the event at one slot for each of its *meetings*: each day of a pattern,
in each layer of its weeks. An event of one meeting is free to start at any of its
slots; of an event of several, these are one decision.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sidecar.contract.problem import Event, Problem

from .layers import Layers


@dataclass(frozen=True)
class Option:
    """One time: slots and lengths of its meetings, shortest first."""

    timeslot: str
    """Of the first meeting of the week."""
    pattern: str | None
    weeks: str | None
    meetings: tuple[tuple[int, int], ...]
    """(periods, slot) of each meeting."""
    penalty: int

    def lengths(self) -> tuple[int, ...]:
        return tuple(length for length, _ in self.meetings)

    def slots(self) -> tuple[int, ...]:
        return tuple(slot for _, slot in self.meetings)


class Times:
    """Options of the events of a problem.

    Parameters
    ----------
    slot_of
        Slot of each timeslot in the first layer.
    slots
        Slots of a layer.
    """

    def __init__(
        self, problem: Problem, layers: Layers, slot_of: dict[str, int], slots: int
    ) -> None:
        self.layers = layers
        self.slot_of = slot_of
        self.slots = slots
        self.patterns = {
            pattern.id: [(m.timeslot, m.duration) for m in pattern.meetings]
            for pattern in problem.patterns
        }

    def options(self, event: Event) -> list[Option]:
        """Each time once, at its least penalty; whether it is open is not looked at."""
        found: dict[tuple[str, str | None, str | None], Option] = {}
        for timeslot, pattern, weeks, penalty in self._named(event):
            week = [(timeslot, event.duration)]
            if pattern is not None:
                week = self.patterns[pattern]
            meetings = [
                (length, layer * self.slots + self.slot_of[slot])
                for layer in self.layers.of(weeks)
                for slot, length in week
            ]
            key = timeslot, pattern, weeks
            if key not in found or penalty < found[key].penalty:
                found[key] = Option(
                    timeslot, pattern, weeks, tuple(sorted(meetings)), penalty
                )
        return list(found.values())

    def shapes(self, event: Event) -> set[tuple[int, ...]]:
        """Lengths of the meetings of each option."""
        if event.times is not None:
            return {option.lengths() for option in self.options(event)}
        choice: list[str | None] = [None] if event.weeks is None else [*event.weeks]
        return {(event.duration,) * len(self.layers.of(weeks)) for weeks in choice}

    def _named(self, event: Event) -> Iterator[tuple[str, str | None, str | None, int]]:
        choice: list[str | None] = [None] if event.weeks is None else [*event.weeks]
        if event.times is None:
            starts = self.slot_of if event.timeslots is None else event.timeslots
            for weeks in choice:
                for timeslot in starts:
                    yield timeslot, None, weeks, 0
            return
        for option in event.times:
            for weeks in [option.weeks] if option.weeks is not None else choice:
                start = option.timeslot
                if option.pattern is not None:
                    start = self.patterns[option.pattern][0][0]
                if start is not None:
                    yield start, option.pattern, weeks, option.penalty


def held_several_times(problem: Problem) -> Iterator[str]:
    """Events that are held on several days, or in several kinds of weeks."""
    times = _times_of(problem)
    for cls in problem.classes:
        for event in cls.events:
            if any(len(shape) > 1 for shape in times.shapes(event)):
                yield event.id


def find_related(problem: Problem) -> Iterator[tuple[str, str]]:
    """(place, message) of relations between events that are held several times."""
    if not problem.relations or not (problem.patterns or problem.weeks > 1):
        return
    several = set(held_several_times(problem))
    events_of = {cls.id: [event.id for event in cls.events] for cls in problem.classes}
    for i, relation in enumerate(problem.relations):
        of_classes = [event for cls in relation.classes for event in events_of[cls]]
        for event in [*relation.events, *of_classes]:
            if event in several:
                yield (
                    f"relations[{i}].{'events' if relation.events else 'classes'}",
                    f"Event '{event}' is held on several days or in several kinds of "
                    "weeks; this version plans relations of events that are not. Take "
                    "it out of the relation.",
                )
                break


def _times_of(problem: Problem) -> Times:
    """Times with slots that need not be those of the engine."""
    numbers = {slot.id: k for k, slot in enumerate(problem.timeslots)}
    return Times(problem, Layers(problem), numbers, len(numbers))


def find_uneven(problem: Problem) -> Iterator[tuple[str, str]]:
    """(place, message) of events whose times cannot be weighed against each other."""
    if not problem.patterns and problem.weeks == 1:
        return
    day_of = {slot.id: slot.day for slot in problem.timeslots}
    times = _times_of(problem)
    for i, cls in enumerate(problem.classes):
        for j, event in enumerate(cls.events):
            path = f"classes[{i}].events[{j}]"
            if len(times.shapes(event)) > 1:
                yield (
                    f"{path}.times",
                    f"The times of event '{event.id}' have other numbers of days, "
                    "lengths or weeks; this version chooses among times that have "
                    "these in common. Make them alike, or leave some out.",
                )
            for option in event.times or ():
                if option.pattern is not None:
                    days = [day_of[slot] for slot, _ in times.patterns[option.pattern]]
                    if len(set(days)) < len(days):
                        yield (
                            f"{path}.times",
                            f"Pattern '{option.pattern}' of event '{event.id}' meets "
                            "twice on one day, which this version cannot plan; divide "
                            "it into two events.",
                        )
