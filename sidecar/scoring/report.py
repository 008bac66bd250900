"""Score a timetable: counts per constraint, violations in words, metrics."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sidecar.contract.objective import HARD_CONSTRAINTS, SOFT_CONSTRAINTS, weights_of
from sidecar.contract.problem import Assignment, Class, Event, Problem
from sidecar.contract.solution import ConstraintScore, Score, Violation

from . import relations
from .masks import WeekMasks
from .week import Walks, Week, gaps, isolated

MAX_VIOLATIONS = 500
BALANCE_TOLERANCE = 2


@dataclass
class ScoredTimetable:
    """What the scorer found; ``breakdown`` lists hard constraints first."""

    placed: int
    total: int
    score: Score
    breakdown: list[ConstraintScore]
    violations: list[Violation]
    metrics: dict[str, float]
    unplaced: list[str] = field(default_factory=list)


def score_timetable(
    problem: Problem,
    assignments: Iterable[Assignment],
    sectioning: dict[str, list[str]],
    profile: str = "balanced",
    weights: dict[str, int] | None = None,
) -> ScoredTimetable:
    """Score a timetable by the contract's definitions alone.

    Raises
    ------
    ValueError
        If the timetable names an event, timeslot, room, class or student that the
        problem does not have, or places an event twice.
    """
    scorer = _Scorer(problem, weights_of(profile, weights))
    scorer.read(assignments, sectioning)
    scorer.score_events()
    scorer.score_classes()
    scorer.score_faculty()
    scorer.score_curricula()
    scorer.score_students()
    scorer.score_rooms()
    scorer.score_relations()
    return scorer.report()


class _Scorer:
    def __init__(self, problem: Problem, weights: dict[str, int]) -> None:
        self.problem = problem
        self.weights = weights
        self.week = Week(problem)
        self.walks = Walks(problem)
        self.rooms = {room.id: room for room in problem.rooms}
        self.classes = {cls.id: cls for cls in problem.classes}
        self.events: dict[str, tuple[Event, Class]] = {
            event.id: (event, cls) for cls in problem.classes for event in cls.events
        }
        self.students = {student.id: student for student in problem.students}
        self.faculty = {member.id: member for member in problem.faculty}
        self.offerings = {offering.id: offering for offering in problem.offerings}
        self.bands: dict[str, set[str]] = {}
        for band in problem.bands:
            slots = self.bands.setdefault(band.category, set())
            slots.update(band.timeslots)
        self.hard: Counter[str] = Counter()
        self.soft: Counter[str] = Counter()
        self.violations: list[Violation] = []
        self.metrics: dict[str, float] = {}
        self.placed: dict[str, Assignment] = {}
        self.cover: dict[str, list[tuple[int, int]]] = {}
        self.members: dict[str, list[str]] = defaultdict(list)
        self.unplaced: list[str] = []

    # -- input -------------------------------------------------------------------------

    def read(
        self, assignments: Iterable[Assignment], sectioning: dict[str, list[str]]
    ) -> None:
        for item in assignments:
            if item.event not in self.events:
                raise ValueError(f"The timetable places unknown event '{item.event}'.")
            if item.timeslot not in self.week.place:
                raise ValueError(
                    f"Event '{item.event}' is at unknown timeslot '{item.timeslot}'."
                )
            if item.room is not None and item.room not in self.rooms:
                raise ValueError(
                    f"Event '{item.event}' is in unknown room '{item.room}'."
                )
            if item.event in self.placed:
                raise ValueError(f"Event '{item.event}' is placed twice.")
            self.placed[item.event] = item
        for student, chosen in sectioning.items():
            if student not in self.students:
                raise ValueError(f"Sectioning names unknown student '{student}'.")
            for cls in chosen:
                if cls not in self.classes:
                    raise ValueError(
                        f"Student '{student}' is in unknown class '{cls}'."
                    )
        self.score_sectioning(sectioning)

    def score_sectioning(self, sectioning: dict[str, list[str]]) -> None:
        """Exactly one class for each choice, decided classes kept, limits observed."""
        offering_of = {cls.id: cls.offering for cls in self.problem.classes}
        for student in self.problem.students:
            decided = student.classes
            classes = set(sectioning.get(student.id, decided))
            taken = [offering_of[c] for c in classes]
            wanted = {*student.offerings, *[offering_of[c] for c in decided]}
            wrong = 0
            if not classes.issuperset(decided):
                wrong = sum(1 for c in decided if c not in classes)
            if len(taken) != len(wanted) or set(taken) != wanted:
                per_offering = Counter(taken)
                wrong += sum(1 for o in wanted if per_offering[o] != 1)
                wrong += sum(1 for o in per_offering if o not in wanted)
            if wrong:
                self.broken(
                    "sectioning",
                    wrong,
                    f"[student:{student.id}] does not have exactly one class of each "
                    "chosen offering.",
                    student=student.id,
                )
            for chosen in classes:
                self.members[chosen].append(student.id)
        for cls_id, members in self.members.items():
            over = len(members) - self.classes[cls_id].limit
            if over > 0:
                self.broken(
                    "section_limit",
                    over,
                    f"[class:{cls_id}] holds {len(members)} students; its limit is "
                    f"{self.classes[cls_id].limit}.",
                    **{"class": cls_id},
                )
        parallel: dict[str, list[str]] = defaultdict(list)
        for cls in self.problem.classes:
            parallel[cls.offering].append(cls.id)
        for ids in parallel.values():
            sizes = [len(self.members[c]) for c in ids]
            mean = sum(sizes) // len(sizes)
            self.soft["section_balance"] += sum(
                max(0, abs(size - mean) - BALANCE_TOLERANCE) for size in sizes
            )

    def broken(
        self,
        constraint: str,
        amount: int,
        sentence: str,
        events: Iterable[str] = (),
        **resources: str,
    ) -> None:
        """Count a hard violation and say it in words."""
        self.hard[constraint] += amount
        if len(self.violations) < MAX_VIOLATIONS:
            self.violations.append(
                Violation(
                    constraint=constraint,
                    hard=True,
                    sentence=sentence,
                    events=list(events),
                    resources=resources,
                )
            )

    # -- one event at a time -----------------------------------------------------------

    def score_events(self) -> None:
        pins = {pin.event: pin for pin in self.problem.pins}
        previous = {item.event: item for item in self.problem.previous}
        for event_id, (event, cls) in self.events.items():
            item = self.placed.get(event_id)
            cover = (
                None
                if item is None
                else self.week.covered(item.timeslot, event.duration)
            )
            if item is None or cover is None or (event.needs_room and not item.room):
                self.unplaced.append(event_id)
                self.broken(
                    "unplaced",
                    1,
                    f"[event:{event_id}] of [class:{cls.id}] has no "
                    + ("timeslot." if item is None or cover is None else "room."),
                    [event_id],
                    **{"class": cls.id},
                )
            if item is None or cover is None:
                continue
            self.cover[event_id] = cover
            self.check_available(event, cls, cover)
            if item.room is not None:
                self.check_room(event, cls, item.room, cover)
            pin = pins.get(event_id)
            if pin and (
                (pin.timeslot and pin.timeslot != item.timeslot)
                # Without the room it needs, the event counts as unplaced already.
                or (
                    pin.room
                    and pin.room != item.room
                    and (item.room or not event.needs_room)
                )
            ):
                self.broken(
                    "pinned",
                    1,
                    f"[event:{event_id}] left its pinned place.",
                    [event_id],
                )
            day, last = cover[-1]
            if last == self.week.length[day] - 1:
                self.soft["late_periods"] += 1
            old = previous.get(event_id)
            if old is not None:
                self.soft["perturbation"] += 2 * (old.timeslot != item.timeslot) + (
                    None not in (old.room, item.room) and old.room != item.room
                )

    def teachers(self, event: Event, cls: Class) -> list[str]:
        return cls.faculty if event.faculty is None else event.faculty

    def check_available(
        self, event: Event, cls: Class, cover: list[tuple[int, int]]
    ) -> None:
        slots = {self.week.slots[place] for place in cover}
        start = self.placed[event.id].timeslot
        who = [("class", cls.id, cls.unavailable)] + [
            ("faculty", f, self.faculty[f].unavailable)
            for f in self.teachers(event, cls)
        ]
        for kind, key, closed in who:
            blocked = slots.intersection(closed)
            if blocked:
                self.broken(
                    "availability",
                    len(blocked),
                    f"[{kind}:{key}] is not available at [timeslot:{min(blocked)}], "
                    f"where [event:{event.id}] is.",
                    [event.id],
                    **{kind: key},
                )
        band = self.bands.get(self.offerings[cls.offering].category)
        if (event.timeslots is not None and start not in event.timeslots) or (
            band is not None and not slots <= band
        ):
            self.broken(
                "availability",
                1,
                f"[event:{event.id}] is outside the timeslots allowed for it.",
                [event.id],
                timeslot=start,
            )

    def check_room(
        self, event: Event, cls: Class, room_id: str, cover: list[tuple[int, int]]
    ) -> None:
        room = self.rooms[room_id]
        lacking = set(event.features) - set(room.features)
        wrong_type = event.room_type is not None and room.type != event.room_type
        overflow = max(0, cls.limit - room.capacity)
        seats_hard = self.weights["room_overflow"] == 0
        if wrong_type or lacking or (overflow and seats_hard):
            why = (
                f"is a {room.type}, not a {event.room_type}"
                if wrong_type
                else f"lacks {', '.join(sorted(lacking))}"
                if lacking
                else f"seats {room.capacity}, not {cls.limit}"
            )
            self.broken(
                "room_suitability",
                1,
                f"[room:{room_id}] {why}, which [event:{event.id}] needs.",
                [event.id],
                room=room_id,
            )
        self.soft["room_overflow"] += overflow
        empty = room.capacity - cls.limit - room.capacity // 5
        self.soft["room_fit"] += max(0, empty) // 10
        closed = {self.week.slots[place] for place in cover} & set(room.unavailable)
        if closed:
            self.broken(
                "availability",
                len(closed),
                f"[room:{room_id}] is closed at [timeslot:{min(closed)}].",
                [event.id],
                room=room_id,
            )

    # -- agents ------------------------------------------------------------------------

    def clashes(self, kind: str, key: str, events: list[str]) -> dict[int, set[int]]:
        """Count the agent's clashes as ``<kind>_conflict``; return its busy days."""
        cover = self.cover
        places = [place for event in events for place in cover.get(event, ())]
        distinct = set(places)
        # Most agents have no clash: counting is for those that do.
        counts = Counter(places) if len(distinct) < len(places) else {}
        for place, count in counts.items():
            if count > 1:
                together = [e for e in events if place in self.cover.get(e, ())]
                self.broken(
                    f"{kind}_conflict",
                    count - 1,
                    f"[{kind}:{key}] has {count} events at "
                    f"[timeslot:{self.week.slots[place]}].",
                    together,
                    **{kind: key, "timeslot": self.week.slots[place]},
                )
        days: dict[int, set[int]] = defaultdict(set)
        for day, position in distinct:
            days[day].add(position)
        return days

    def count_walks(self, events: Iterable[str]) -> None:
        """Ways from one event to the next that take longer than the pause.

        Where two events clash nobody can say where the person is; nothing is counted.
        """
        if not self.weights["travel"]:
            return
        rooms: dict[tuple[int, int], str | None] = {}
        unclear: set[tuple[int, int]] = set()
        for event in events:
            for place in self.cover.get(event, ()):
                if place in rooms:
                    unclear.add(place)
                rooms[place] = self.placed[event].room
        for place, here in rooms.items():
            day, position = place
            after = (day, position + 1)
            there = rooms.get(after)
            if here is None or there is None or here == there:
                continue
            if not unclear or unclear.isdisjoint((place, after)):
                self.soft["travel"] += self.walks.hurries(
                    self.week, day, position, here, there
                )

    def score_classes(self) -> None:
        for cls in self.problem.classes:
            events = [event.id for event in cls.events]
            self.clashes("class", cls.id, events)
            per_day = Counter(self.cover[e][0][0] for e in events if e in self.cover)
            if cls.one_event_per_day:
                for day, count in per_day.items():
                    if count > 1:
                        self.broken(
                            "class_same_day",
                            count - 1,
                            f"[class:{cls.id}] has {count} events on day {day + 1}.",
                            [e for e in events if e in self.cover],
                            **{"class": cls.id},
                        )
            if cls.min_days and per_day:
                self.soft["class_min_days"] += max(0, cls.min_days - len(per_day))
            used: dict[str | None, set[str]] = defaultdict(set)
            for event in cls.events:
                item = self.placed.get(event.id)
                if item and item.room:
                    used[event.room_type].add(item.room)
            self.soft["room_stability"] += sum(len(r) - 1 for r in used.values())

    def score_faculty(self) -> None:
        events_of: dict[str, list[str]] = defaultdict(list)
        for event_id, (event, cls) in self.events.items():
            for member in self.teachers(event, cls):
                events_of[member].append(event_id)
        for key, events in events_of.items():
            person = self.faculty[key]
            days = self.clashes("faculty", key, events)
            for day, busy in days.items():
                limit = person.max_periods_day
                if limit is not None and len(busy) > limit:
                    self.broken(
                        "faculty_daily_load",
                        len(busy) - limit,
                        f"[faculty:{key}] teaches {len(busy)} periods on day "
                        f"{day + 1}; the limit is {limit}.",
                        [e for e in events if e in self.cover],
                        faculty=key,
                    )
                self.soft["faculty_gaps"] += gaps(busy)
                if person.max_consecutive:
                    self.soft["faculty_consecutive"] += sum(
                        max(0, run - person.max_consecutive)
                        for run in self.week.runs(day, busy)
                    )
            self.soft["faculty_days"] += len(days)
            self.count_walks(events)
            self.soft["faculty_preferences"] += self.dislike(key, events)
        teaching = max(1, len(events_of))
        self.metrics["faculty_gaps_per_person"] = self.soft["faculty_gaps"] / teaching
        self.metrics["faculty_days_per_person"] = self.soft["faculty_days"] / teaching

    def dislike(self, key: str, events: list[str]) -> int:
        """2 per period to avoid; 1 per period outside the wishes, if there are any."""
        level = {p.timeslot: p.level for p in self.faculty[key].preferences}
        neutral = 1 if "prefer" in level.values() else 0
        cost = {"avoid": 2, "prefer": 0}
        return sum(
            cost.get(level.get(self.week.slots[place], ""), neutral)
            for event in events
            for place in self.cover.get(event, ())
        )

    def score_curricula(self) -> None:
        for curriculum in self.problem.curricula:
            events = [e.id for c in curriculum.classes for e in self.classes[c].events]
            days = self.clashes("curriculum", curriculum.id, events)
            for day, busy in days.items():
                self.soft["curriculum_compactness"] += isolated(self.week, day, busy)
            self.count_walks(set(events))

    def score_students(self) -> None:
        classes_of: dict[str, list[str]] = defaultdict(list)
        for cls_id, members in self.members.items():
            for student in members:
                classes_of[student].append(cls_id)
        masks = WeekMasks(self.week, self.walks)
        weeks: dict[str, int] = {}
        periods: dict[str, int] = {}
        for cls in self.problem.classes:
            places = [p for e in cls.events for p in self.cover.get(e.id, ())]
            weeks[cls.id], periods[cls.id] = masks.mask(places), len(places)
        buildings = self.weeks_by_building(masks) if self.weights["travel"] else None
        kinds_of_week: Counter[int] = Counter()
        clashing = 0
        for key, classes in classes_of.items():
            week = count = 0
            for cls_id in classes:
                week |= weeks[cls_id]
                count += periods[cls_id]
            kinds_of_week[week] += 1
            if count != week.bit_count():
                clashing += 1
                events = [e.id for c in classes for e in self.classes[c].events]
                self.clashes("student", key, events)
                self.count_walks(events)
            elif buildings is not None:
                mine: dict[str, int] = {}
                for cls_id in classes:
                    for building, mask in buildings[cls_id].items():
                        mine[building] = mine.get(building, 0) | mask
                self.soft["travel"] += masks.hurries(mine)
        # Thousands of students have the same day: each kind of day is judged once.
        kinds: Counter[tuple[int, int]] = Counter()
        for week, times in kinds_of_week.items():
            for kind in masks.days(week):
                kinds[kind] += times
        for (day, positions), times in kinds.items():
            busy = masks.positions(positions)
            late = self.week.length[day] - 1 in busy
            self.soft["student_gaps"] += times * gaps(busy)
            self.soft["student_single"] += times * (len(busy) == 1)
            self.soft["student_late"] += times * late
            self.soft["student_long_run"] += times * sum(
                max(0, run - self.problem.student_max_consecutive)
                for run in self.week.runs(day, busy)
            )
        count = max(1, len(self.problem.students))
        self.metrics["student_gaps_per_student"] = self.soft["student_gaps"] / count
        self.metrics["students_without_clash_percent"] = 100 * (1 - clashing / count)

    def weeks_by_building(self, masks: WeekMasks) -> dict[str, dict[str, int]]:
        """Where each class is when."""
        found: dict[str, dict[str, int]] = {cls: {} for cls in self.classes}
        for event, cover in self.cover.items():
            room = self.placed[event].room
            building = None if room is None else self.walks.building[room]
            if building is not None:
                mine = found[self.events[event][1].id]
                mine[building] = mine.get(building, 0) | masks.mask(cover)
        return found

    def score_rooms(self) -> None:
        events_in: dict[str, list[str]] = defaultdict(list)
        for event_id in self.cover:
            room = self.placed[event_id].room
            if room is not None:
                events_in[room].append(event_id)
        seats = taken = 0
        for key, events in events_in.items():
            self.clashes("room", key, events)
            for event_id in events:
                event, cls = self.events[event_id]
                seats += self.rooms[key].capacity * event.duration
                taken += cls.limit * event.duration
        self.metrics["seat_use_percent"] = 100 * taken / max(1, seats)
        self.metrics["rooms_used"] = float(len(events_in))

    # -- relations ---------------------------------------------------------------------

    def score_relations(self) -> None:
        for relation in self.problem.relations:
            at = {
                e: relations.Placed(
                    *self.cover[e][0], len(self.cover[e]), self.placed[e].room
                )
                for e in relation.events
                if e in self.cover
            }
            value = relation.value or 0
            pairs = [
                (a, b)
                for a, b in relations.related_pairs(relation)
                if a in at
                and b in at
                and not relations.holds(
                    relation.type, value, at[a], at[b], self.week.breaks[at[a].day]
                )
            ]
            broken = len(pairs)
            if relation.type == "maximum_days":
                broken = max(0, len({p.day for p in at.values()}) - value)
            if not broken:
                continue
            if relation.hard:
                self.broken(
                    "relation",
                    broken,
                    f"Relation [relation:{relation.id}] "
                    f"({relation.type.replace('_', ' ')}) does not hold.",
                    sorted({e for pair in pairs for e in pair} or set(at)),
                    relation=relation.id,
                )
            else:
                self.soft["relation"] += broken * relation.weight

    # -- outcome -----------------------------------------------------------------------

    def report(self) -> ScoredTimetable:
        lines = [
            ConstraintScore(
                constraint=name, hard=True, violations=self.hard[name], weight=1, cost=0
            )
            for name in HARD_CONSTRAINTS
        ]
        for name in SOFT_CONSTRAINTS:
            count, weight = self.soft[name], self.weights[name]
            lines.append(
                ConstraintScore(
                    constraint=name,
                    hard=False,
                    violations=count,
                    weight=weight,
                    cost=count * weight,
                )
            )
        total = len(self.events)
        return ScoredTimetable(
            placed=total - len(self.unplaced),
            total=total,
            score=Score(
                hard=sum(self.hard.values()), soft=sum(line.cost for line in lines)
            ),
            breakdown=lines,
            violations=self.violations,
            metrics={name: round(value, 3) for name, value in self.metrics.items()},
            unplaced=self.unplaced,
        )
