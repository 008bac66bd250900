"""What a whole timetable breaks as it stands: the rules of ``feasibility``, for all.

Each event is asked for at its own place, with its own room as the only one. An index
keeps the part of the timetable that matters to it small.
"""

from collections import defaultdict
from dataclasses import dataclass

from .feasibility import Broken, Feasibility, Placed


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule, and the events concerned: the same seen from any of them."""

    broken: Broken
    events: tuple[int, ...]

    @property
    def key(self):
        row = self.broken
        section = row.section if row.rule == "section_limit" else None
        return (row.rule, row.detail, row.who, section, frozenset(self.events))


class Audit:
    """Asks of events in a timetable which hard rules they break."""

    def __init__(self, grid, placed, rooms, event_of=None):
        """
        :param event_of: an item's number → the event to name in its place
        """
        self.grid = grid
        self.event_of = event_of or {}
        self.rooms = {room.id: room for room in rooms}
        self.placed = {item.event: item for item in placed}
        self._by_slot = defaultdict(list)
        self._by_section = defaultdict(list)
        for item in placed:
            if item.start in grid.place:
                self._by_section[item.section].append(item)
                for slot in self._slots(item):
                    self._by_slot[slot].append(item)

    def _slots(self, item):
        return self.grid.span(item.start, item.duration) or (item.start,)

    def clashing_students(self, students, event_ids=None):
        """Class → other class at the same time → students in both.

        :param students: class → set of its students
        :param event_ids: look only at what these events meet; all if ``None``
        """
        shared = defaultdict(dict)
        if event_ids is not None:
            for event in event_ids:
                item = self.placed.get(event)
                if not item or item.start not in self.grid.place:
                    continue
                mine = students.get(item.section, frozenset())
                for slot in self._slots(item):
                    for other in self._by_slot[slot]:
                        if other.section != item.section:
                            count = len(mine & students.get(other.section, frozenset()))
                            if count:
                                shared[item.section][other.section] = count
            return shared
        for items in self._by_slot.values():
            seen = set()
            sections = []
            for section in {item.section for item in items}:
                mine = students.get(section)
                if not mine:
                    continue
                if not seen.isdisjoint(mine):
                    for other in sections:
                        count = len(mine & students[other])
                        if count:
                            shared[section][other] = shared[other][section] = count
                seen |= mine
                sections.append(section)
        return shared

    def verdict_at(self, need, start, room, students):
        """What an event would break elsewhere, all others staying where they are.

        :param students: class → set of its students
        """
        item = Placed(need.event, need.section, start, need.duration, room, need.weeks)
        near = self._near(item, need)
        mine = students.get(need.section, frozenset())
        shared = {
            other.section: len(mine & students.get(other.section, frozenset()))
            for other in near
            if other.section != need.section
        }
        need.shared_students = {
            other: count for other, count in shared.items() if count
        }
        rooms = [self.rooms[room]] if room in self.rooms else []
        return Feasibility(self.grid, need, near, rooms).verdict(start)

    def findings(self, candidates):
        """Every broken rule once, however many events see it."""
        found = {}
        for candidate in candidates:
            for finding in self._of(candidate):
                found.setdefault(finding.key, finding)
        return list(found.values())

    def _of(self, need):
        item = self.placed.get(need.event)
        if item is None:
            yield Finding(Broken("unplaced"), (need.event,))
            return
        if item.start not in self.grid.place:
            yield Finding(Broken("availability", "break"), (need.event,))
            return
        need.weeks = item.weeks
        near = self._near(item, need)
        room = self.rooms.get(item.room)
        check = Feasibility(self.grid, need, near, [room] if room else [])
        for row in check.verdict(item.start).broken:
            others = self._others(row, item, need, near)
            if row.rule == "room_suitability" and room is None:
                row = Broken(row.rule, "none")
            elif row.rule == "room_conflict" and not others:
                closed = not room.unavailable.isdisjoint(self._slots(item))
                row = Broken(row.rule, "closed" if closed else "same_room")
            named = (self.event_of.get(other.event, other.event) for other in others)
            events = {need.event, *named}
            yield Finding(row, tuple(sorted(events)))

    def _near(self, item, need):
        """All that one event can meet, itself left out."""
        # Of all that happens at once, only the same room or people matter: the events
        # of the teachers come below.
        concerned = need.shared_students.keys() | need.batch_of.keys() | {need.section}
        near = {
            other.event: other
            for slot in self._slots(item)
            for other in self._by_slot[slot]
            if other.section in concerned
            or (other.room == item.room and item.room is not None)
        }
        for other in self._by_section[item.section]:
            near[other.event] = other
        wanted = {event for rule in need.rules for event in rule.events}
        for events in need.teacher_events.values():
            wanted |= events
        for event in wanted:
            other = self.placed.get(event)
            if other and other.start in self.grid.place:
                near[event] = other
        near.pop(item.event, None)
        return list(near.values())

    def _others(self, row, item, need, near):
        """The events that the rule is broken with."""
        slots = set(self._slots(item))
        day = self.grid.day(item.start)
        near = [
            other
            for other in near
            if other.weeks & need.weeks and other.section not in need.joint
        ]
        at_once = [other for other in near if not slots.isdisjoint(self._slots(other))]
        if row.rule == "room_conflict":
            return [other for other in at_once if other.room == item.room]
        if row.rule == "faculty_conflict":
            taught = need.teacher_events.get(row.who, ())
            return [other for other in at_once if other.event in taught]
        if row.rule == "faculty_daily_load":
            taught = need.teacher_events.get(row.who, ())
            return [
                other
                for other in near
                if other.event in taught and self.grid.day(other.start) == day
            ]
        if row.rule == "class_same_day":
            return [
                other
                for other in near
                if other.section == item.section and self.grid.day(other.start) == day
            ]
        if row.rule == "relation":
            events = {
                event
                for rule in need.rules
                if rule.id == row.who
                for event in rule.events
            }
            return [other for other in near if other.event in events]
        if row.section is not None:
            return [other for other in at_once if other.section == row.section]
        return []
