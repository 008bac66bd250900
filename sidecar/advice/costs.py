"""What one event at one place costs, everything else staying where it is.

The figures are those of the plain scorer, so that the difference of two places is the
change in score that a user will see; a test holds them to each other.
"""

from bisect import bisect_left, insort
from collections import Counter
from functools import cached_property

from sidecar.contract.problem import Relation
from sidecar.diagnosis.grid import Unit, bits
from sidecar.scoring import people
from sidecar.scoring.events import dislike_of, unsuitable
from sidecar.scoring.relations import Placed, holds, related_pairs
from sidecar.scoring.week import gaps, isolated

from .timetable import Place, Timetable
from .travel import TravelCosts

Cost = tuple[int, int]
"""(hard, soft)"""


class EventCosts:
    """Costs of the places of one event, which must not be in the timetable now."""

    def __init__(self, timetable: Timetable, unit: Unit) -> None:
        self.timetable = timetable
        self.grid = timetable.grid
        self.weights = timetable.weights
        self.unit = unit
        table, grid = timetable, timetable.grid
        self.class_units = grid.of_class[unit.cls.id]
        self.class_busy = table.busy(self.class_units, unit)
        self.class_days = {
            table.at[u.id][0] // grid.positions
            for u in self.class_units
            if u is not unit and u.id in table.at and table.cover(u, table.at[u.id])
        }
        self.faculty_busy = {
            member: table.busy(grid.of_faculty[member], unit)
            for member in unit.teachers
        }
        self.curricula_busy = [
            table.busy(table.units_of(classes), unit)
            for classes in table.curricula[unit.cls.id]
        ]
        by_class = table.class_busy
        self.students_busy: Counter[int] = Counter()
        for student in table.members[unit.cls.id]:
            mask = 0
            for cls in table.sections[student]:
                mask |= by_class[cls]
            self.students_busy[mask] += 1
        self._student_days: dict[int, Counter[int]] = {}
        self._days = timetable.day_costs
        self._travel = TravelCosts(timetable, unit) if self.weights["travel"] else None

    absent: Cost = (1, 0)

    def cost(self, place: Place | None) -> Cost:
        """What the event adds to the score at a place."""
        if place is None:
            return self.absent
        cover = self.timetable.cover(self.unit, place)
        room = self.room_cost(place[1], cover)
        if not cover:
            return 1, room[1]
        time = self.time_cost(place[0])
        related = self._relations(place)
        soft = time[1] + room[1] + related[1]
        if self._travel is not None:
            soft += self.weights["travel"] * self._travel.added(*place)
        return time[0] + room[0] + related[0], soft

    # -- time --------------------------------------------------------------------------

    def time_cost(self, start: int) -> Cost:
        """The part that does not depend on the room; relations left out."""
        unit, grid, weights = self.unit, self.grid, self.weights
        cover = ((1 << unit.duration) - 1) << start
        day = start // grid.positions
        number = grid.days[day]
        hard = self._unavailable(start, cover)
        hard += (self.class_busy & cover).bit_count()
        hard += unit.cls.one_event_per_day and day in self.class_days
        soft = weights["time_preference"] * self._penalties.get(start, 0)
        last = day * grid.positions + grid.week.length[number] - 1
        if cover >> last & 1:
            soft += weights["late_periods"]
        if unit.cls.min_days:
            missing = unit.cls.min_days - len(self.class_days | {day})
            before = unit.cls.min_days - len(self.class_days)
            soft += weights["class_min_days"] * max(0, missing)
            if self.class_days:
                soft -= weights["class_min_days"] * max(0, before)
        old = self.timetable.previous.get(unit.id)
        if old is not None and grid.bit_of[old.timeslot] != start:
            soft += 2 * weights["perturbation"]
        for kind, limits, busy, count in self._with_rules:
            broken, cost = self._rules(kind, limits, busy, busy | cover)
            hard, soft = hard + count * broken, soft + count * cost
        for member, busy in self.faculty_busy.items():
            hard += (busy & cover).bit_count()
            limit = grid.faculty[member].max_periods_day
            if limit is not None:
                mine = busy & grid.day_masks[day]
                hard += max(0, (mine | cover).bit_count() - limit)
                hard -= max(0, mine.bit_count() - limit)
            soft += self._added(f"faculty:{member}", busy, cover, day)
            soft += weights["faculty_preferences"] * sum(
                self._dislikes[member].get(bit, self._neutral[member])
                for bit in bits(cover)
            )
        for busy in self.curricula_busy:
            hard += (busy & cover).bit_count()
            soft += self._added("curriculum", busy, cover, day)
        added = cover >> day * grid.positions
        for mine, count in self._students_on(day).items():
            hard += count * (mine & added).bit_count()
            soft += count * (
                self._day_cost("student", day, mine | added)
                - self._day_cost("student", day, mine)
            )
        return hard, soft

    @cached_property
    def _with_rules(self) -> list[tuple[str, people.Limits, int, int]]:
        """(kind, limits, busy, how many) of people for whose days there are rules."""
        found = [
            ("faculty", self.timetable.limits_of[member], busy, 1)
            for member, busy in self.faculty_busy.items()
        ]
        of_students = self.timetable.limits
        found += [("student", of_students, busy, 1) for busy in self.curricula_busy]
        found += [
            ("student", of_students, busy, count)
            for busy, count in self.students_busy.items()
        ]
        return [entry for entry in found if entry[1].any]

    def _rules(
        self, kind: str, limits: people.Limits, before: int, after: int
    ) -> tuple[int, int]:
        """What an event adds to somebody's breaking of rules for people's days."""
        more = self._weigh_week(kind, limits, after)
        less = self._weigh_week(kind, limits, before)
        return more[0] - less[0], more[1] - less[1]

    def _weigh_week(self, kind: str, limits: people.Limits, busy: int) -> Cost:
        key = (kind, limits, busy)
        known = self.timetable.week_costs
        if key not in known:
            days: dict[int, set[int]] = {}
            for bit in bits(busy):
                day, position = divmod(bit, self.grid.positions)
                days.setdefault(self.grid.days[day], set()).add(position)
            rules = self.timetable.rules
            known[key] = rules.weigh(kind, limits, days, self.weights)
        return known[key]

    def _students_on(self, day: int) -> Counter[int]:
        """How many students are busy in which positions of a day."""
        if day not in self._student_days:
            shift, one_day = day * self.grid.positions, (1 << self.grid.positions) - 1
            found = self._student_days[day] = Counter()
            for busy, count in self.students_busy.items():
                found[busy >> shift & one_day] += count
        return self._student_days[day]

    def _unavailable(self, start: int, cover: int) -> int:
        """Closed slots, band, allowed starts and pin, as the scorer counts them."""
        unit, grid = self.unit, self.grid
        hard = (cover & ~grid.class_open[unit.cls.id]).bit_count()
        for member in unit.teachers:
            hard += (cover & ~grid.faculty_open[member]).bit_count()
        allowed = unit.event.timeslots
        if unit.event.times is not None:
            hard += start not in self._penalties
        category = grid.category[unit.cls.offering]
        outside = category in grid.bands and cover & ~grid.bands[category]
        if outside or (allowed is not None and grid.slot_of[start] not in allowed):
            hard += 1
        return hard

    @cached_property
    def _penalties(self) -> dict[int, int]:
        """Start → penalty, of an event that names its times."""
        found: dict[int, int] = {}
        for option in self.unit.event.times or ():
            if option.timeslot is not None:
                start = self.grid.bit_of[option.timeslot]
                found[start] = min(option.penalty, found.get(start, option.penalty))
        return found

    @cached_property
    def _dislikes(self) -> dict[str, dict[int, int]]:
        value = {"avoid": 2, "prefer": 0}
        return {
            member: {
                self.grid.bit_of[wish.timeslot]: value[wish.level]
                for wish in self.grid.faculty[member].preferences
            }
            for member in self.unit.teachers
        }

    @cached_property
    def _neutral(self) -> dict[str, int]:
        return {
            member: int(
                any(p.level == "prefer" for p in self.grid.faculty[member].preferences)
            )
            for member in self.unit.teachers
        }

    def _added(self, kind: str, busy: int, cover: int, day: int) -> int:
        """Soft cost that these slots add to an agent's day."""
        shift = day * self.grid.positions
        one_day = (1 << self.grid.positions) - 1
        mine = busy >> shift & one_day
        return self._day_cost(kind, day, mine | cover >> shift) - self._day_cost(
            kind, day, mine
        )

    def _day_cost(self, kind: str, day: int, mask: int) -> int:
        if not mask:
            return 0
        key = (kind, day, mask)
        if key not in self._days:
            self._days[key] = self._weigh(kind, self.grid.days[day], set(bits(mask)))
        return self._days[key]

    def _weigh(self, kind: str, day: int, busy: set[int]) -> int:
        week, w = self.grid.week, self.weights
        if kind == "curriculum":
            return w["curriculum_compactness"] * isolated(week, day, busy)
        runs = week.runs(day, busy)
        if kind == "student":
            long = self.timetable.problem.student_max_consecutive
            return (
                w["student_gaps"] * gaps(busy)
                + w["student_single"] * (len(busy) == 1)
                + w["student_long_run"] * sum(max(0, run - long) for run in runs)
                + w["student_late"] * (week.length[day] - 1 in busy)
            )
        cost = w["faculty_gaps"] * gaps(busy) + w["faculty_days"]
        limit = self.grid.faculty[kind.removeprefix("faculty:")].max_consecutive
        if limit:
            cost += w["faculty_consecutive"] * sum(max(0, r - limit) for r in runs)
        return cost

    # -- rooms -------------------------------------------------------------------------

    def room_cost(self, room_id: str | None, cover: int) -> Cost:
        """Who else is in the room, whether it suits, and how well it fits."""
        unit, weights = self.unit, self.weights
        if room_id is None:
            return int(unit.event.needs_room), 0
        hard, soft = self.room_wish(room_id)
        if not cover:
            return 0, weights["room_stability"] * self._new_room(room_id)
        held = self.timetable.occupants[room_id]
        hard += sum(bool(held.get(bit)) for bit in bits(cover))
        hard += (cover & ~self.grid.room_open[room_id]).bit_count()
        return hard, soft

    def room_wish(self, room_id: str) -> Cost:
        """The part that does not depend on the time."""
        hard, soft = self._plain_wish(room_id)
        return hard, soft + self._other_room(room_id)

    def rooms_by_wish(self) -> list[str]:
        """Suitable rooms, the best first."""
        unit, table = self.unit, self.timetable
        if unit.room_key is None:
            return []
        key = (*unit.room_key, "|", unit.cls.limit, *self._room_needs)
        plain = table.room_wishes.get(key)
        if plain is None:
            rooms = self.grid.rooms(unit.room_key)
            plain = sorted((*self._plain_wish(room.id), room.id) for room in rooms)
            table.room_wishes[key] = plain
        known = set(self._rooms_used)
        if self._old_room is not None:
            known.add(self._old_room)
        if known:
            plain = list(plain)
            elsewhere = self._other_room("")
            for room_id in known:
                hard, soft = self._plain_wish(room_id)
                place = bisect_left(plain, (hard, soft, room_id))
                if plain[place : place + 1] == [(hard, soft, room_id)]:
                    del plain[place]
                    soft += self._other_room(room_id) - elsewhere
                    insort(plain, (hard, soft, room_id))
        return [room for _, _, room in plain]

    @cached_property
    def _room_needs(self) -> tuple[str | None, ...]:
        event = self.unit.event
        wishes = [str(wish) for wish in (*(event.rooms or ()), *event.room_preferences)]
        return (event.room_type, *sorted(event.features), "|", *wishes)

    @cached_property
    def _old_room(self) -> str | None:
        old = self.timetable.previous.get(self.unit.id)
        return None if old is None else old.room

    def _other_room(self, room_id: str) -> int:
        """What it costs that the class's other events, or the past, had another."""
        soft = self.weights["room_stability"] * self._new_room(room_id)
        if self._old_room is not None and self._old_room != room_id:
            soft += self.weights["perturbation"]
        return soft

    def _plain_wish(self, room_id: str) -> Cost:
        """Whether the room suits and how well it fits, whatever else takes place."""
        unit, weights = self.unit, self.weights
        event, limit = unit.event, unit.cls.limit
        room = self.timetable.rooms[room_id]
        overflow = max(0, limit - room.capacity)
        too_small = overflow and weights["room_overflow"] == 0
        hard = int(bool(too_small) or unsuitable(event, room) is not None)
        soft = weights["room_overflow"] * overflow
        soft += weights["room_preference"] * dislike_of(event, room)
        empty = room.capacity - limit - room.capacity // 5
        soft += weights["room_fit"] * (max(0, empty) // 10)
        return hard, soft

    @cached_property
    def _rooms_used(self) -> set[str]:
        at = self.timetable.at
        return {
            room
            for unit in self.class_units
            if unit is not self.unit
            and unit.event.room_type == self.unit.event.room_type
            and unit.id in at
            and (room := at[unit.id][1]) is not None
        }

    def _new_room(self, room_id: str) -> int:
        return int(bool(self._rooms_used) and room_id not in self._rooms_used)

    # -- relations ---------------------------------------------------------------------

    def _relations(self, place: Place) -> Cost:
        hard = soft = 0
        for relation in self.timetable.relations[self.unit.id]:
            with_it = self._broken(relation, place)
            without = self._broken(relation, None)
            if relation.hard:
                hard += with_it - without
            else:
                soft += relation.weight * (with_it - without)
        pin = self.grid.pins.get(self.unit.id)
        if pin is not None and (
            (pin.timeslot and self.grid.bit_of[pin.timeslot] != place[0])
            or (
                pin.room
                and pin.room != place[1]
                and (place[1] or not self.unit.event.needs_room)
            )
        ):
            hard += 1
        return hard, soft * self.weights["relation"]

    def _broken(self, relation: Relation, place: Place | None) -> int:
        at: dict[str, Placed] = {}
        for event in relation.events:
            unit = self.grid.unit_of[event]
            here = place if unit is self.unit else self.timetable.at.get(event)
            if here is not None and self.timetable.cover(unit, here):
                plain = self.grid.placed(here[0], unit.duration)
                at[event] = Placed(plain.day, plain.start, plain.duration, here[1])
        if relation.type == "max_days":
            return max(0, len({p.day for p in at.values()}) - (relation.value or 0))
        return sum(
            not holds(
                relation.type,
                relation.value or 0,
                at[a],
                at[b],
                self.grid.week.breaks[at[a].day],
            )
            for a, b in related_pairs(relation)
            if a in at and b in at
        )

    def tied(self, place: Place) -> set[str]:
        """Events whose hard relation with this one a place would break."""
        found: set[str] = set()
        for relation in self.timetable.relations[self.unit.id]:
            if relation.hard and self._broken(relation, place) > self._broken(
                relation, None
            ):
                found.update(e for e in relation.events if e != self.unit.id)
        return found
