"""Walks between buildings: what counts, and that the engine avoids it."""

import pytest

from sidecar.contract import (
    Assignment,
    Building,
    Class,
    Curriculum,
    Event,
    Faculty,
    JobOptions,
    Offering,
    Problem,
    Room,
    Student,
    Timeslot,
    Travel,
    VariantRequest,
)
from sidecar.engine.progress import NullSink, RunControl
from sidecar.scoring import score_timetable
from sidecar.solving.solve_request import solve_request


def university(pause=10, minutes=20, classes=2, students=3):
    """Two buildings, periods of 50 minutes; everybody attends every class."""
    slots = []
    for k in range(4):
        start = 8 * 60 + k * (50 + pause)
        slots.append(
            Timeslot(
                id=f"t{k}",
                day=0,
                period=k,
                start=f"{start // 60:02d}:{start % 60:02d}",
                end=f"{(start + 50) // 60:02d}:{(start + 50) % 60:02d}",
            )
        )
    names = [f"c{k}" for k in range(classes)]
    return Problem(
        buildings=[Building(id="north"), Building(id="south")],
        travel=[Travel(building_a="south", building_b="north", minutes=minutes)]
        if minutes is not None
        else [],
        rooms=[
            Room(id="n", building="north", capacity=50),
            Room(id="s", building="south", capacity=50),
            Room(id="x", capacity=50),
        ],
        timeslots=slots,
        faculty=[Faculty(id="f")],
        offerings=[Offering(id=name) for name in names],
        classes=[
            Class(
                id=name,
                offering=name,
                limit=50,
                faculty=["f"] if name == "c0" else [],
                one_event_per_day=False,
                events=[Event(id=f"{name}e")],
            )
            for name in names
        ],
        students=[Student(id=f"p{k}", classes=names) for k in range(students)],
        curricula=[Curriculum(id="q", classes=names)],
    )


def walks(problem, *places, weight=1):
    """How many are counted for events at (slot, room)."""
    placed = [
        Assignment(event=f"c{k}e", timeslot=slot, room=room)
        for k, (slot, room) in enumerate(places)
    ]
    weights = {"travel": weight}
    scored = score_timetable(problem, placed, {}, "balanced", weights)
    [line] = [row for row in scored.breakdown if row.constraint == "travel"]
    assert line.cost == line.violations * weight
    return line.violations


@pytest.mark.parametrize(
    ("pause", "minutes", "places", "count"),
    [
        (10, 20, [("t0", "n"), ("t1", "s")], 4),  # three students and the batch
        (20, 20, [("t0", "n"), ("t1", "s")], 0),  # time enough
        (20, None, [("t0", "n"), ("t1", "s")], 4),  # nobody says how far it is
        (10, 20, [("t0", "n"), ("t1", "n")], 0),  # the same building
        (10, 20, [("t0", "n"), ("t2", "s")], 0),  # a period between
        (10, 20, [("t0", "n"), ("t1", "x")], 0),  # a room without a building
        (10, 20, [("t0", "n"), ("t0", "s")], 0),  # a clash: nobody can say
        (10, 20, [("t0", "n"), ("t1", "s"), ("t2", "n")], 8),  # there and back
    ],
)
def test_a_walk_counts_when_the_pause_is_too_short(pause, minutes, places, count):
    problem = university(pause, minutes, classes=len(places))
    assert walks(problem, *places) == count
    assert walks(problem, *places, weight=0) == 0


def solve(problem, weight):
    options = JobOptions(
        iteration_budget=60_000,
        check_level="bursts",
        variants=[VariantRequest(key="A", weights={"travel": weight})],
    )
    result = solve_request(
        problem, options, digest="", sink=NullSink(), control=RunControl()
    )
    return result.variants[0]


def test_the_engine_avoids_walks():
    """Full day, rooms for one class at a time in each building: nobody walks."""
    problem = university(classes=4)
    best = solve(problem, 10)
    assert best.score.hard == 0
    costs = {row.constraint: row.cost for row in best.breakdown}
    assert costs["travel"] == 0


def test_the_engine_takes_the_fewest_walks_there_can_be():
    """Two classes must be in the north and two in the south: one walk each."""
    problem = university(classes=4)
    for number, cls in enumerate(problem.classes):
        cls.events[0].features.append("north" if number % 2 else "south")
    for room in problem.rooms:
        room.features.extend([room.building] if room.building else [])
    best = solve(problem, 10)
    assert best.score.hard == 0
    walked = {row.constraint: row.violations for row in best.breakdown}["travel"]
    assert walked == 4
