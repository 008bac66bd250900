"""Random small problems, and a way from a timetable to the plain scorer."""

import functools
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sidecar.contract import (
    Assignment,
    Band,
    Building,
    Class,
    Curriculum,
    Event,
    Faculty,
    Offering,
    Pin,
    Preference,
    Problem,
    Relation,
    Room,
    Student,
    Timeslot,
    Travel,
)
from sidecar.contract.objective import DEFAULT_WEIGHTS, PEOPLE_RULES
from sidecar.contract.problem import (
    Component,
    Configuration,
    JointClass,
    Lunch,
    Meeting,
    RoomOption,
    RoomPreference,
    TimeOption,
    TimePattern,
    WeekPattern,
)
from sidecar.engine.compile import compile_tables
from sidecar.engine.kernels import state
from sidecar.engine.searcher import Searcher
from sidecar.formats.bundles import structure_of
from sidecar.formats.contract_reader import read_instance
from sidecar.formats.contract_writer import write_assignments, write_sectioning
from sidecar.formats.event_times import find_uneven, held_several_times
from sidecar.formats.layers import Layers
from sidecar.scoring import ScoredTimetable, score_timetable
from sidecar.scoring.events import unsuitable
from sidecar.synthesis import PRESETS, generate

RELATIONS = (
    "same_days",
    "same_start",
    "same_room",
    "different_days",
    "different_time",
    "not_overlap",
    "precedence",
    "back_to_back",
    "min_gap",
    "max_days",
    "same_time",
    "same_weeks",
    "different_weeks",
    "different_room",
    "overlap",
    "same_attendees",
    "work_day",
)
OF_CLASSES = tuple(kind for kind in RELATIONS if kind != "back_to_back")

TEST_WEIGHTS = {name: k + 1 for k, name in enumerate(DEFAULT_WEIGHTS)} | {
    "room_overflow": 0
}
"""Every soft constraint counts, each with a weight of its own."""


SOME = {"min_size": 1, "max_size": 6, "unique": True}


def clock(minutes: int) -> str:
    """Time of day so many minutes after six."""
    return f"{6 + minutes // 60:02d}:{minutes % 60:02d}"


def suitable(rooms: list[Room], event: str, classes: list[Class]) -> list[str]:
    """Rooms that the event may be pinned to without breaking another rule."""
    [(wanted, limit)] = [
        (item, cls.limit) for cls in classes for item in cls.events if item.id == event
    ]
    return [
        room.id
        for room in rooms
        if unsuitable(wanted, room) is None and room.capacity >= limit
    ]


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Problems of a few classes that use every constraint; often infeasible."""
    days = draw(st.integers(1, 4))
    periods = sorted(
        draw(
            st.sets(st.integers(0, 8), min_size=2, max_size=7)
            | st.sets(st.integers(0, 16), min_size=9, max_size=16)
        )
    )
    timed = draw(st.booleans())
    slots = [
        Timeslot(
            id=f"t{d}-{p}",
            day=d,
            period=p,
            start=clock(30 * p) if timed else None,
            end=clock(30 * p + 20) if timed else None,
        )
        for d in range(days)
        for p in periods
    ]
    spans = st.integers(20, 200)
    buildings = [f"b{k}" for k in range(draw(st.integers(0, 3)))]
    ways = [(a, b) for a in buildings for b in buildings if a < b]
    known = draw(st.lists(st.sampled_from(ways), unique=True)) if ways else []
    ids = [slot.id for slot in slots]
    some_slots = st.lists(st.sampled_from(ids), max_size=2, unique=True)
    faculty = [
        Faculty(
            id=f"f{k}",
            max_periods_day=draw(st.none() | st.integers(1, 4)),
            max_consecutive=draw(st.none() | st.integers(1, 3)),
            max_span_minutes=draw(st.none() | spans) if timed else None,
            min_free_days=draw(st.none() | st.integers(0, days - 1)),
            unavailable=draw(some_slots),
            preferences=[
                Preference(timeslot=s, level=draw(st.sampled_from(["avoid", "prefer"])))
                for s in draw(some_slots)
            ],
        )
        for k in range(draw(st.integers(1, 3)))
    ]
    rooms = [
        Room(
            id=f"r{k}",
            type=draw(st.sampled_from(["classroom", "lab"])),
            building=draw(st.sampled_from([None, *buildings])),
            capacity=draw(st.integers(5, 60)),
            features=draw(st.sampled_from([[], ["projector"], ["projector", "piano"]])),
            unavailable=draw(some_slots),
        )
        for k in range(draw(st.integers(1, 4)))
    ]
    if len(rooms) > 1 and draw(st.sampled_from([True, False, False])):
        # One of them is a hall made of some of the others.
        inside = draw(st.lists(st.sampled_from(rooms[1:]), min_size=1, unique_by=id))
        rooms[0] = rooms[0].model_copy(update={"parts": [r.id for r in inside]})
    kinds = st.sampled_from(["major", "minor", "value_added"])
    offerings = [
        Offering(
            id=f"o{k}",
            category=draw(kinds),
            configurations=draw(configurations(f"o{k}")),
        )
        for k in range(draw(st.integers(1, 4)))
    ]
    bands = [
        Band(category=category, timeslots=draw(st.lists(st.sampled_from(ids), **SOME)))
        for category in draw(st.sets(kinds, max_size=1))
    ]
    features = st.lists(st.sampled_from(["projector", "piano"]), max_size=1)
    weeks = draw(st.sampled_from([1, 1, 1, 2, 3, 4]))
    week_patterns = draw(some_weeks(weeks)) if weeks > 1 else []
    patterns = draw(some_patterns(slots))
    classes = []
    for offering in offerings:
        for key, component, parent in draw(sections(offering)):
            classes.append(
                Class(
                    id=key,
                    offering=offering.id,
                    component=component,
                    parent=parent,
                    faculty=draw(
                        st.lists(
                            st.sampled_from([f.id for f in faculty]),
                            max_size=2,
                            unique=True,
                        )
                    ),
                    limit=draw(st.integers(1, 12)),
                    events=[
                        Event(
                            id=f"{key}e{k}",
                            duration=draw(st.integers(1, 2)),
                            room_type=draw(st.sampled_from(["classroom", "lab", None])),
                            needs_room=draw(st.booleans()),
                            features=draw(features),
                            faculty=draw(
                                st.none()
                                | st.lists(
                                    st.sampled_from([f.id for f in faculty]),
                                    max_size=2,
                                    unique=True,
                                )
                            ),
                            rooms=draw(st.none() | st.just(None) | options(rooms)),
                            rooms_needed=draw(st.sampled_from([1, 1, 1, 2])),
                            room_preferences=draw(wishes(rooms)),
                            **draw(times(ids, week_patterns, patterns)),
                        )
                        for k in range(draw(st.integers(1, 3)))
                    ],
                    one_event_per_day=draw(st.booleans()),
                    min_days=draw(st.none() | st.integers(1, 3)),
                    unavailable=draw(some_slots),
                )
            )
    events = [event.id for cls in classes for event in cls.events]
    students = [
        Student(
            id=f"s{k}",
            offerings=draw(
                st.lists(
                    st.sampled_from([o.id for o in offerings]), max_size=3, unique=True
                )
            ),
        )
        for k in range(draw(st.integers(0, 8)))
    ]
    curricula = [
        Curriculum(
            id=f"q{k}",
            classes=draw(
                st.lists(
                    st.sampled_from([c.id for c in classes]),
                    min_size=1,
                    max_size=3,
                    unique=True,
                )
            ),
        )
        for k in range(draw(st.integers(0, 2)))
    ]
    relations = []
    if len(events) >= 2:
        for k in range(draw(st.integers(0, 4))):
            relations.append(
                Relation(
                    id=f"x{k}",
                    type=draw(st.sampled_from(RELATIONS)),
                    events=draw(
                        st.lists(
                            st.sampled_from(events), min_size=2, max_size=4, unique=True
                        )
                    ),
                    hard=draw(st.booleans()),
                    weight=draw(st.integers(0, 5)),
                    value=draw(st.integers(1, 3)),
                )
            )
    if len(classes) >= 2:
        for k in range(draw(st.sampled_from([0, 0, 1, 2]))):
            keys = st.sampled_from([cls.id for cls in classes])
            relations.append(
                Relation(
                    id=f"y{k}",
                    type=draw(st.sampled_from(["precedence", *OF_CLASSES])),
                    classes=draw(st.lists(keys, min_size=2, max_size=3, unique=True)),
                    hard=draw(st.booleans()),
                    weight=draw(st.integers(0, 5)),
                    value=draw(st.integers(1, 3)),
                )
            )
    some_events = st.lists(st.sampled_from(events), max_size=3, unique=True)
    some_rooms = st.none() | st.sampled_from([room.id for room in rooms])
    pins = [
        Pin(
            event=event,
            timeslot=draw(st.none() | st.sampled_from(ids)),
            room=draw(st.sampled_from([None, *suitable(rooms, event, classes)])),
        )
        for event in draw(some_events)
    ]
    previous = [
        Assignment(
            event=event,
            timeslot=draw(st.sampled_from(ids)),
            room=draw(some_rooms),
        )
        for event in draw(some_events)
    ]
    joint_classes = draw(twins(offerings, classes))
    together = {key for joint in joint_classes for key in joint.classes}
    roomless = {
        event.id
        for cls in classes
        if cls.id in together
        for event in cls.events
        if not event.needs_room
    }
    # Pinned to a room without needing one is refused where classes are joint.
    pins = [
        pin.model_copy(update={"room": None}) if pin.event in roomless else pin
        for pin in pins
    ]
    problem = Problem(
        weeks=weeks,
        week_patterns=week_patterns,
        patterns=patterns,
        joint_classes=joint_classes,
        bands=bands,
        pins=pins,
        previous=previous,
        buildings=[Building(id=key) for key in buildings],
        travel=[
            Travel(building_a=a, building_b=b, minutes=draw(st.integers(0, 20)))
            for a, b in known
        ],
        student_max_consecutive=draw(st.integers(1, 4)),
        **draw(people_rules(days, timed)),
        rooms=rooms,
        faculty=faculty,
        timeslots=slots,
        offerings=offerings,
        classes=classes,
        students=students,
        curricula=curricula,
        relations=relations,
    )
    even_out(problem)
    bundles = structure_of(problem).bundles
    for student in (
        draw(st.lists(st.sampled_from(students), max_size=2, unique_by=id))
        if students
        else []
    ):
        # Some classes of some way to attend a course are decided.
        [name] = draw(st.lists(st.sampled_from(offerings), min_size=1, max_size=1))
        bundle = draw(st.sampled_from(bundles[name.id]))
        student.classes[:] = draw(
            st.lists(st.sampled_from(bundle), min_size=1, unique=True)
        )
    return problem


@st.composite
def people_rules(draw: st.DrawFn, days: int, timed: bool) -> dict[str, Any]:
    """Rules for people's days: mostly none, else some of them, hard or soft."""
    if draw(st.booleans()):
        return {}
    found: dict[str, Any] = {
        "student_max_periods_day": draw(st.none() | st.integers(1, 5)),
        "student_min_free_days": draw(st.none() | st.integers(0, days - 1)),
        "hard_rules": draw(st.lists(st.sampled_from(PEOPLE_RULES), unique=True)),
    }
    if timed:
        start = draw(st.integers(0, 200))
        lunch = Lunch(start=clock(start), end=clock(start + 90), minutes=45)
        found |= {
            "lunch": draw(st.none() | st.just(lunch)),
            "rest_minutes": draw(st.none() | st.integers(900, 1400)),
            "student_max_span_minutes": draw(st.none() | st.integers(20, 200)),
        }
    return found


@st.composite
def times(
    draw: st.DrawFn,
    ids: list[str],
    week_patterns: list[WeekPattern],
    patterns: list[TimePattern],
) -> dict[str, Any]:
    """When an event may be held: at any time, at some, or at some with penalties; in
    all weeks or some; on one day or several."""
    found: dict[str, Any] = {}
    of_weeks = st.none()
    if week_patterns:
        of_weeks = st.none() | st.sampled_from([p.id for p in week_patterns])
        if draw(st.booleans()):
            keys = st.sampled_from([p.id for p in week_patterns])
            found["weeks"] = draw(st.lists(keys, min_size=1, max_size=2, unique=True))
    penalty = st.integers(0, 9)
    match draw(st.sampled_from(["any", "some", "penalties", "patterns"])):
        case "some":
            found["timeslots"] = draw(st.lists(st.sampled_from(ids), **SOME))
        case "penalties":
            some = draw(st.lists(st.sampled_from(ids), **SOME))
            found["times"] = [
                TimeOption(timeslot=s, weeks=draw(of_weeks), penalty=draw(penalty))
                for s in some
            ]
        case "patterns" if patterns:
            keys = st.sampled_from([pattern.id for pattern in patterns])
            some = draw(st.lists(keys, min_size=1, unique=True))
            found["times"] = [
                TimeOption(pattern=p, weeks=draw(of_weeks), penalty=draw(penalty))
                for p in some
            ]
    return found


@st.composite
def some_weeks(draw: st.DrawFn, weeks: int) -> list[WeekPattern]:
    """One or two sets of the weeks."""
    numbers = st.lists(st.integers(1, weeks), min_size=1, unique=True)
    return [
        WeekPattern(id=f"w{k}", weeks=draw(numbers))
        for k in range(draw(st.integers(1, 2)))
    ]


@st.composite
def some_patterns(draw: st.DrawFn, slots: list[Timeslot]) -> list[TimePattern]:
    """Patterns of two or three days, mostly none, with as many as there are days."""
    days = sorted({slot.day for slot in slots})
    found = []
    if len(days) > 1:
        length = draw(st.integers(1, 2))
        for k in range(draw(st.sampled_from([0, 0, 1, 3]))):
            some = draw(st.permutations(days))[:2]
            meetings = [
                Meeting(
                    timeslot=draw(
                        st.sampled_from([slot.id for slot in slots if slot.day == day])
                    ),
                    duration=length if day == some[0] else 1,
                )
                for day in some
            ]
            found.append(TimePattern(id=f"p{k}", meetings=meetings))
    return found


@st.composite
def twins(
    draw: st.DrawFn, offerings: list[Offering], classes: list[Class]
) -> list[JointClass]:
    """Sometimes a class is taught as one with one of another course, added here."""
    plain = [o for o in offerings if not o.configurations]
    if not plain or draw(st.sampled_from([True, True, False])):
        return []
    one, other = draw(st.sampled_from(classes)), draw(st.sampled_from(plain))
    events = [e.model_copy(update={"id": f"{e.id}x"}) for e in one.events]
    new = {
        "id": f"{one.id}x",
        "offering": other.id,
        "component": None,
        "parent": None,
        "events": events,
        "limit": draw(st.integers(1, 12)),
    }
    classes.append(one.model_copy(update=new))
    return [JointClass(id="j0", classes=[one.id, f"{one.id}x"])]


def leave_one_code(problem: Problem, joint: JointClass) -> None:
    """Nobody has two of the codes under which a class is taught."""
    offering_of = {cls.id: cls.offering for cls in problem.classes}
    codes = {offering_of[cls] for cls in joint.classes}
    for student in problem.students:
        chosen = {*student.offerings, *(offering_of[c] for c in student.classes)}
        for code in sorted(chosen & codes)[1:]:
            offerings = [o for o in student.offerings if o != code]
            classes = [c for c in student.classes if offering_of[c] != code]
            object.__setattr__(student, "offerings", offerings)
            object.__setattr__(student, "classes", classes)
    for curriculum in problem.curricula:
        extra = [c for c in curriculum.classes if c in joint.classes][1:]
        classes = [c for c in curriculum.classes if c not in extra]
        object.__setattr__(curriculum, "classes", classes)


def even_out(problem: Problem) -> None:
    """Leave out what this version refuses: times that differ in shape, relations of
    events that are held on several days, kinds of weeks beyond the engine's days."""
    if len({slot.day for slot in problem.timeslots}) * Layers(problem).count > 7:
        del problem.week_patterns[1:]
    known = {pattern.id for pattern in problem.week_patterns}
    for cls in problem.classes:
        for event in cls.events:
            weeks = [w for w in event.weeks or () if w in known]
            object.__setattr__(event, "weeks", weeks or None)
            for option in event.times or ():
                if option.weeks not in known:
                    object.__setattr__(option, "weeks", None)
    for place, _ in find_uneven(problem):
        i, j = (int(part.split("]")[0]) for part in place.split("[")[1:3])
        event = problem.classes[i].events[j]
        for name in ("times", "weeks"):
            object.__setattr__(event, name, None)
    several = set(held_several_times(problem))
    joint = {cls for one in problem.joint_classes for cls in one.classes}
    together = {e.id for c in problem.classes if c.id in joint for e in c.events}
    several |= together
    for one in problem.joint_classes:
        leave_one_code(problem, one)
    # The engine takes those who are taught as one to have been so before.
    problem.previous[:] = [p for p in problem.previous if p.event not in together]
    problem.relations[:] = [
        relation
        for relation in problem.relations
        if several.isdisjoint(relation.events)
        and several.isdisjoint(
            event.id
            for cls in problem.classes
            if cls.id in relation.classes
            for event in cls.events
        )
    ]


@st.composite
def options(draw: st.DrawFn, rooms: list[Room]) -> list[RoomOption]:
    """Rooms in which an event may be held."""
    ids = [room.id for room in rooms]
    some = draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    return [RoomOption(room=key, penalty=draw(st.integers(0, 9))) for key in some]


@st.composite
def wishes(draw: st.DrawFn, rooms: list[Room]) -> list[RoomPreference]:
    """Mostly none."""
    found = []
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        of = draw(st.sampled_from(["room", "type", "feature"]))
        value = {
            "room": st.sampled_from([room.id for room in rooms]),
            "type": st.sampled_from(["classroom", "lab"]),
            "feature": st.sampled_from(["projector", "piano"]),
        }[of]
        level = draw(st.sampled_from(["require", "prefer", "avoid", "forbid"]))
        found.append(RoomPreference(level=level, **{of: draw(value)}))
    return found


@st.composite
def configurations(draw: st.DrawFn, offering: str) -> list[Configuration]:
    """Ways to take a course: mostly none, else components with and without parents."""
    found = []
    for k in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        key = f"{offering}w{k}"
        components: list[Component] = []
        for n in range(draw(st.integers(1, 3))):
            parents = st.sampled_from([None, *(c.id for c in components)])
            components.append(Component(id=f"{key}p{n}", parent=draw(parents)))
        found.append(Configuration(id=key, components=components))
    return found


@st.composite
def sections(
    draw: st.DrawFn, offering: Offering
) -> list[tuple[str, str | None, str | None]]:
    """(id, component, parent) of the classes of a course, of which some go together."""
    if not offering.configurations:
        return [
            (f"{offering.id}c{n}", None, None) for n in range(draw(st.integers(1, 3)))
        ]
    found: list[tuple[str, str | None, str | None]] = []
    for component in (c for way in offering.configurations for c in way.components):
        above = [key for key, own, _ in found if own == component.parent]
        for n in range(draw(st.integers(1, 3))):
            # The first hangs on no class in particular, so that there is a way.
            parent = (
                draw(st.sampled_from([None, *above]))
                if n and component.parent
                else None
            )
            found.append((f"{component.id}c{n}", component.id, parent))
    return found


@functools.cache
def campus() -> Problem:
    """The synthetic campus of 180 classes."""
    return generate(PRESETS["campus"], seed=3)


def make_searcher(
    problem: Problem, weights: dict[str, int] | None = None, seed: int = 1
) -> tuple[Searcher, object]:
    """A searcher over the problem, students sectioned, and the names."""
    weights = weights or TEST_WEIGHTS
    soft_seats = weights["room_overflow"] > 0
    instance, names = read_instance(problem, soft_seats=soft_seats)
    tables = compile_tables(instance, weights)
    searcher = Searcher(instance, tables, np.random.default_rng(seed))
    searcher.section_students()
    return searcher, names


def penalised(searcher: Searcher, weight: int) -> int:
    """What the search minimises at a weight of hard violations."""
    totals = searcher.state.totals
    return int(totals[state.STEER]) * weight + int(totals[state.SOFT])


def scored(
    problem: Problem, searcher: Searcher, names: object, weights: dict[str, int]
) -> ScoredTimetable:
    """What the plain scorer says of the searcher's current timetable."""
    now = searcher.state
    searcher.best.slot[:] = now.slot
    searcher.best.room[:] = now.room
    searcher.best.section[:] = now.section
    timetable = searcher.incumbent()
    return score_timetable(
        problem,
        write_assignments(timetable, names),
        write_sectioning(problem, timetable, names),
        "balanced",
        weights,
    )
