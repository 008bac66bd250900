"""Timeslots by the clock, as slots of a day, for formats that count so."""

from collections import Counter
from math import gcd

from sidecar.contract.problem import Timeslot
from sidecar.contract.structure import minutes_of
from sidecar.engine.model.patterned import Pattern

MINUTES_OF_A_DAY = 1440


class Clock:
    """Timeslots as slots of the day."""

    def __init__(self, timeslots: list[Timeslot]) -> None:
        self.slots = {slot.id: slot for slot in timeslots}
        clocks = [
            (minutes_of(s.start), minutes_of(s.end))
            for s in timeslots
            if s.start is not None and s.end is not None
        ]
        self.timed = len(clocks) == len(timeslots)
        self.unit = gcd(5, *(minute for pair in clocks for minute in pair))
        self.per_day = MINUTES_OF_A_DAY // self.unit if self.timed else 32
        lengths = Counter(end - start for start, end in clocks)
        self.period = lengths.most_common(1)[0][0] // self.unit if self.timed else 1
        self.by_place = {(s.grid, s.day, s.period): s.id for s in timeslots}

    def hours(self, name: str) -> tuple[int, int]:
        """Start and end of a timeslot, in slots of the day."""
        slot = self.slots[name]
        if not self.timed:
            return slot.period, slot.period + 1
        assert slot.start is not None
        assert slot.end is not None
        return minutes_of(slot.start) // self.unit, minutes_of(slot.end) // self.unit

    def run(self, name: str, duration: int) -> list[str] | None:
        """The timeslots of an event that starts there, None across a break."""
        slot = self.slots[name]
        found = [
            self.by_place.get((slot.grid, slot.day, slot.period + k))
            for k in range(duration)
        ]
        return [item for item in found if item] if all(found) else None

    def pattern(self, run: list[str], weeks: int) -> Pattern:
        start, end = self.hours(run[0])[0], self.hours(run[-1])[1]
        return Pattern(1 << self.slots[run[0]].day, start, end - start, weeks)

    def slots_of(self, minutes: int) -> int:
        return minutes // self.unit if self.timed else minutes
