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
from sidecar.scoring.events import dislike_of, judge_option, left_pin, unsuitable
from sidecar.scoring.relations import Placed, broken_by, events_of
from sidecar.scoring.week import gaps, isolated

from .timetable import Place, Time, Timetable, place_of
from .travel import TravelCosts

Cost = tuple[int, int]
"""(hard, soft)"""


class EventCosts:
    """Costs of the places of one event, which must not be in the timetable now.

    Of events that are taught as one, those of all of them.
    """

    def __init__(self, timetable: Timetable, unit: Unit) -> None:
        self.timetable = timetable
        self.grid = timetable.grid
        self.weights = timetable.weights
        self.unit = unit
        table = timetable
        self.together = table.together[unit.id]
        self.every = table.layers.total
        """What the whole term counts for."""
        self.class_units = table.of_class[unit.cls.id]
        self.class_busy = table.busy(self.class_units, unit)
        self.class_days = set(table.days_of(self.class_busy))
        self.faculty_busy = {
            member: table.busy(table.of_faculty[member], unit)
            for member in unit.teachers
        }
        self.curricula_busy = [
            self._busy_of(classes)
            for one in self.together
            for classes in table.curricula[one.cls.id]
        ]
        self.students = [s for one in self.together for s in table.members[one.cls.id]]
        self.students_busy: Counter[int] = Counter(
            self._busy_of(table.sections[student]) for student in self.students
        )
        self._student_days: dict[int, Counter[int]] = {}
        self._days = timetable.day_costs
        self._travel = TravelCosts(timetable, unit) if self.weights["travel"] else None

    def _busy_of(self, classes: list[str]) -> int:
        """When somebody is busy who attends these classes."""
        mask = 0
        for cls in classes:
            mask |= self.timetable.class_busy[cls]
        return mask

    @property
    def absent(self) -> Cost:
        return len(self.together), 0

    def cost(self, place: Place | None) -> Cost:
        """What the event adds to the score at a place."""
        if place is None:
            return self.absent
        cover = self.timetable.cover(self.unit, place)
        room = self.room_cost(place, cover)
        if not cover:
            return len(self.together), room[1]
        time = self.time_cost(place.time)
        related = self._relations(place)
        soft = time[1] + room[1] + related[1]
        if self._travel is not None:
            soft += self.weights["travel"] * self._travel.added(place)
        return time[0] + room[0] + related[0], soft

    # -- time --------------------------------------------------------------------------

    def time_cost(self, time: Time) -> Cost:
        """The part that does not depend on the room; relations left out."""
        weights, table = self.weights, self.timetable
        cover = table.cover(self.unit, Place(time))
        days = table.days_of(cover)
        hard, soft = self._of_class(cover, days)
        late = sum(table.size(day) for day in days if self._last(day) & cover)
        held = table.layers.weight(time.weeks)
        for one in self.together:
            hard += self._unavailable(one, cover) + self._outside(one, time, cover)
            outside, wrong, penalty = judge_option(self.grid.week, one.event, time)
            hard += outside + wrong
            soft += weights["time_preference"] * held * penalty
            soft += weights["late_periods"] * late
            old = table.previous.get(one.id)
            if old is not None and self._when(place_of(old).time) != self._when(time):
                soft += 2 * self.every * weights["perturbation"]
        for kind, limits, busy, count in self._with_rules:
            broken, cost = self._rules(kind, limits, busy, busy | cover)
            hard, soft = hard + count * broken, soft + count * cost
        for member, busy in self.faculty_busy.items():
            hard += (busy & cover).bit_count()
            limit = self.grid.faculty[member].max_periods_day
            if limit is not None:
                for day in days:
                    mine = busy & table.day_masks[day]
                    full = (mine | cover & table.day_masks[day]).bit_count()
                    hard += max(0, full - limit) - max(0, mine.bit_count() - limit)
            soft += self._added(f"faculty:{member}", busy, cover, days)
            soft += weights["faculty_preferences"] * sum(
                table.layers.sizes[bit // table.of_week]
                * self._dislikes[member].get(bit % table.of_week, self._neutral[member])
                for bit in bits(cover)
            )
        for busy in self.curricula_busy:
            hard += (busy & cover).bit_count()
            soft += self._added("curriculum", busy, cover, days)
        for day in days:
            added = self._on(day, cover)
            for mine, count in self._students_on(day).items():
                hard += count * (mine & added).bit_count()
                more = self._day_cost("student", day, mine | added)
                more -= self._day_cost("student", day, mine)
                soft += count * table.size(day) * more
        return hard, soft

    def _of_class(self, cover: int, days: list[int]) -> Cost:
        """Overlap, one event a day and spread of its class; of each taught as one."""
        cls, table = self.unit.cls, self.timetable
        hard = (self.class_busy & cover).bit_count()
        if cls.one_event_per_day:
            hard += len(self.class_days.intersection(days))
        soft = 0
        if cls.min_days and days:
            before = {day % table.num_days for day in self.class_days}
            after = before | {day % table.num_days for day in days}
            soft = max(0, cls.min_days - len(after))
            if before:
                soft -= max(0, cls.min_days - len(before))
        soft *= self.every * self.weights["class_min_days"]
        return len(self.together) * hard, len(self.together) * soft

    def _last(self, day: int) -> int:
        """The bit of the last period of a day."""
        last = self.grid.week.length[self.timetable.number(day)] - 1
        return 1 << day * self.grid.positions + last

    def _on(self, day: int, mask: int) -> int:
        """Positions of a day that are in a mask."""
        one_day = (1 << self.grid.positions) - 1
        return mask >> day * self.grid.positions & one_day

    def _when(self, time: Time) -> tuple[str, str | None, tuple[int, ...]]:
        """Two names of the same weeks are one."""
        return time.timeslot, time.pattern, self.timetable.layers.of(time.weeks)

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
            table = self.timetable
            days = {
                table.number(day): set(bits(self._on(day, busy)))
                for day in table.days_of(busy)
            }
            known[key] = table.rules.weigh(kind, limits, days, self.weights)
        return known[key]

    def _students_on(self, day: int) -> Counter[int]:
        """How many students are busy in which positions of a day."""
        if day not in self._student_days:
            found = self._student_days[day] = Counter()
            for busy, count in self.students_busy.items():
                found[self._on(day, busy)] += count
        return self._student_days[day]

    def _unavailable(self, one: Unit, cover: int) -> int:
        """Closed timeslots, band and allowed starts, as the scorer counts them."""
        table, grid = self.timetable, self.grid
        opened = [table.open("class", one.cls)]
        opened += [table.open("faculty", grid.faculty[m]) for m in one.teachers]
        return sum(table.fold(cover & ~mask).bit_count() for mask in opened)

    def _outside(self, one: Unit, time: Time, cover: int) -> int:
        """Whether the event starts, or its band ends, elsewhere."""
        allowed = one.event.timeslots
        band = self.timetable.band(one.cls)
        beyond = band is not None and self.timetable.fold(cover) & ~band
        return int(
            bool(beyond) or (allowed is not None and time.timeslot not in allowed)
        )

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

    def _added(self, kind: str, busy: int, cover: int, days: list[int]) -> int:
        """Soft cost that these periods add to an agent's days."""
        total = 0
        for day in days:
            mine, new = self._on(day, busy), self._on(day, cover)
            more = self._day_cost(kind, day, mine | new)
            more -= self._day_cost(kind, day, mine)
            total += self.timetable.size(day) * more
        return total

    def _day_cost(self, kind: str, day: int, mask: int) -> int:
        if not mask:
            return 0
        key = (kind, day, mask)
        if key not in self._days:
            self._days[key] = self._weigh(
                kind, self.timetable.number(day), set(bits(mask))
            )
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

    def room_cost(self, place: Place, cover: int) -> Cost:
        """Who else is in the rooms, whether they suit, and how well they fit."""
        unit, table = self.unit, self.timetable
        rooms = place.rooms
        hard = 0
        if unit.event.needs_room and len(rooms) < unit.event.rooms_needed:
            hard = len(self.together)
        if not rooms:
            return hard, 0
        key = frozenset(rooms)
        soft = self._other_room(key) if cover else self._new_room(key)
        if not cover:
            return 0, soft
        broken, wish = self._plain_wish(rooms)
        hard += broken
        soft += table.layers.weight(place.time.weeks) * wish
        for part in table.parts_of(rooms):
            held = table.occupants[part]
            hard += sum(bool(held.get(bit)) for bit in bits(cover))
        for room in rooms:
            hard += table.fold(cover & ~table.room_open(room)).bit_count()
        return hard, soft

    def rooms_by_wish(self) -> list[str]:
        """Suitable rooms, the best first."""
        unit, table = self.unit, self.timetable
        if unit.room_key is None:
            return []
        key = (*unit.room_key, "|", self._seats, *self._room_needs)
        plain = table.room_wishes.get(key)
        if plain is None:
            rooms = self.grid.rooms(unit.room_key)
            plain = sorted((*self._plain_wish((r.id,)), r.id) for r in rooms)
            table.room_wishes[key] = plain
        used = [*self._rooms_used, *self._old_rooms]
        known = {room for rooms in used if len(rooms) == 1 for room in rooms}
        if known:
            plain = list(plain)
            elsewhere = self._other_room(frozenset())
            for room_id in known:
                hard, soft = self._plain_wish((room_id,))
                place = bisect_left(plain, (hard, soft, room_id))
                if plain[place : place + 1] == [(hard, soft, room_id)]:
                    del plain[place]
                    soft += self._other_room(frozenset([room_id])) - elsewhere
                    insort(plain, (hard, soft, room_id))
        return [room for _, _, room in plain]

    @cached_property
    def _seats(self) -> int:
        return self.grid.seats(self.unit.cls.id)

    @cached_property
    def _room_needs(self) -> tuple[str | None, ...]:
        event = self.unit.event
        wishes = [str(wish) for wish in (*(event.rooms or ()), *event.room_preferences)]
        return (event.room_type, *sorted(event.features), "|", *wishes)

    @cached_property
    def _old_rooms(self) -> list[frozenset[str]]:
        """Rooms in force of all that are taught as one."""
        previous = self.timetable.previous
        return [
            frozenset(place_of(old).rooms)
            for one in self.together
            if (old := previous.get(one.id)) is not None
        ]

    def _other_room(self, rooms: frozenset[str]) -> int:
        """What it costs that the class's other events, or the past, had others."""
        moved = sum(bool(old) and old != rooms for old in self._old_rooms)
        return self._new_room(rooms) + (
            moved * self.every * self.weights["perturbation"]
        )

    def _plain_wish(self, rooms: tuple[str, ...]) -> Cost:
        """Whether rooms suit and how well they fit, whatever else takes place."""
        unit, weights = self.unit, self.weights
        event, wanted = unit.event, self._seats
        some = [self.timetable.rooms[room] for room in rooms]
        seats = sum(room.capacity for room in some)
        overflow = max(0, wanted - seats)
        too_small = overflow and weights["room_overflow"] == 0
        hard = sum(unsuitable(event, room) is not None for room in some)
        if too_small and unsuitable(event, some[0]) is None:
            hard += 1
        soft = weights["room_overflow"] * overflow
        soft += weights["room_preference"] * sum(dislike_of(event, r) for r in some)
        empty = seats - wanted - seats // 5
        soft += weights["room_fit"] * (max(0, empty) // 10)
        return hard, soft

    @cached_property
    def _rooms_used(self) -> set[frozenset[str]]:
        at = self.timetable.at
        return {
            frozenset(at[unit.id].rooms)
            for unit in self.class_units
            if unit is not self.unit
            and unit.event.room_type == self.unit.event.room_type
            and unit.id in at
            and at[unit.id].rooms
        }

    def _new_room(self, rooms: frozenset[str]) -> int:
        """What it costs if the class has not been in the rooms."""
        new = bool(self._rooms_used) and rooms not in self._rooms_used
        cost = self.every * self.weights["room_stability"] * len(self.together)
        return cost if new else 0

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
        for one in self.together:
            pin = self.grid.pins.get(one.id)
            if pin is not None:
                (item,) = self.timetable.assignments(one.id, place)[:1]
                hard += left_pin(pin, item, one.event)
        return hard, soft * self.every * self.weights["relation"]

    def _broken(self, relation: Relation, place: Place | None) -> int:
        table = self.timetable
        at: dict[str, Placed] = {}
        for event in events_of(relation, table.classes):
            unit = table.unit(event)
            here = place if unit is self.unit else table.at.get(unit.id)
            if here is not None and (cover := table.cover(unit, here)):
                first = next(bits(cover))
                day, position = divmod(first, self.grid.positions)
                at[event] = Placed(
                    table.number(day),
                    position,
                    cover.bit_count(),
                    frozenset(here.rooms),
                )
        return broken_by(relation, at, table.classes, self.grid.week.breaks)[0]

    def tied(self, place: Place) -> set[str]:
        """Events whose hard relation with this one a place would break."""
        found: set[str] = set()
        for relation in self.timetable.relations[self.unit.id]:
            if relation.hard and self._broken(relation, place) > self._broken(
                relation, None
            ):
                events = events_of(relation, self.timetable.classes)
                found.update(self.timetable.leader[e] for e in events)
        return found - {self.unit.id}
