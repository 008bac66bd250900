"""Several rooms for one event, and rooms that are parts of others."""

from typing import Any

from sidecar.contract import (
    Assignment,
    JobOptions,
    Pin,
    Problem,
    Relation,
    Variant,
    VariantRequest,
)
from sidecar.engine.progress import NullSink, RunControl
from sidecar.formats.checks import find_errors
from sidecar.formats.composite import MOST_CHOICES
from sidecar.formats.contract_reader import read_instance
from sidecar.formats.previous import start_from, within_departments
from sidecar.solving.solve_request import solve_request
from tests.diagnosis.universities import cls, university


def solved(problem: Problem, **options: Any) -> tuple[Variant, dict[str, Assignment]]:
    assert find_errors(problem) == []
    result = solve_request(
        problem,
        JobOptions(
            iteration_budget=20_000,
            variants=[VariantRequest(key="A")],
            check_level="bursts",
            **options,
        ),
        digest="0" * 64,
        sink=NullSink(),
        control=RunControl(),
    )
    (best,) = result.variants
    return best, {item.event: item for item in best.assignments}


HALL = [
    {"id": "hall", "capacity": 100, "parts": ["left", "right"]},
    {"id": "left", "capacity": 40},
    {"id": "right", "capacity": 40},
]
AT = {"timeslots": ["t00", "t01"]}


def test_the_whole_takes_its_parts() -> None:
    """Two hours: a lecture in the hall, and two classes in its halves beside it."""
    problem = university(
        rooms=HALL,
        classes=[
            cls("a", limit=90, event=AT),
            cls("b", limit=40, event=AT),
            cls("c", limit=40, event=AT),
        ],
    )
    best, at = solved(problem)
    assert best.score.hard == 0
    assert at["a-1"].room == "hall"
    assert {at["b-1"].room, at["c-1"].room} == {"left", "right"}
    assert at["b-1"].timeslot == at["c-1"].timeslot != at["a-1"].timeslot


def test_a_closed_part_closes_the_whole() -> None:
    hall, left, right = HALL
    left = {**left, "unavailable": ["t00"]}
    problem = university(
        rooms=[hall, left, right], classes=[cls("a", limit=90, event=AT)]
    )
    best, at = solved(problem)
    assert (best.score.hard, at["a-1"].timeslot) == (0, "t01")


def test_an_event_of_several_rooms_has_seats_in_all_together() -> None:
    """Sixty in laboratories of thirty; a class of one laboratory takes the third."""
    labs = [{"id": f"l{k}", "type": "lab", "capacity": 30} for k in range(3)]
    at_one = {"timeslots": ["t00"], "room_type": "lab"}
    problem = university(
        rooms=labs,
        classes=[
            cls("a", limit=60, event={**at_one, "rooms_needed": 2}),
            cls("b", limit=30, event=at_one),
        ],
        pins=[{"event": "a-1", "room": "l1"}],
    )
    best, at = solved(problem)
    assert best.score.hard == 0
    mine = {at["a-1"].room, *at["a-1"].further_rooms}
    assert len(mine) == 2
    assert "l1" in mine
    assert at["b-1"].room not in mine


def test_rooms_in_force_are_kept_together() -> None:
    rooms = [{"id": f"r{k}", "capacity": 30} for k in range(6)]
    problem = university(
        rooms=rooms, classes=[cls("a", limit=50, event={"rooms_needed": 2})]
    )
    here = Assignment(event="a-1", timeslot="t12", room="r4", further_rooms=["r1"])
    repaired = start_from(problem, [here], {})
    best, at = solved(repaired, mode="repair")
    assert best.score.hard == 0
    assert at["a-1"].timeslot == "t12"
    assert {at["a-1"].room, *at["a-1"].further_rooms} == {"r1", "r4"}
    # With one of the two gone it keeps its time alone.
    gone = problem.model_copy(
        update={"rooms": [room for room in problem.rooms if room.id != "r1"]}
    )
    (left,) = start_from(gone, [here], {}).previous
    assert (left.timeslot, left.room, left.further_rooms) == ("t12", None, [])


def test_what_is_outside_a_department_is_pinned_with_its_weeks() -> None:
    weeks = [{"id": "odd", "weeks": [1]}, {"id": "even", "weeks": [2]}]
    problem = university(
        weeks=2,
        week_patterns=weeks,
        departments=[{"id": "d1"}, {"id": "d2"}],
        offerings=[
            {"id": "o-a", "department": "d1"},
            {"id": "o-b", "department": "d2"},
        ],
        classes=[cls("a"), cls("b", event={"weeks": ["odd", "even"]})],
    )
    here = Assignment(event="b-1", timeslot="t00", weeks="even", room="r1")
    found = within_departments(start_from(problem, [here], {}), ["d1"])
    assert found.pins == [Pin(event="b-1", timeslot="t00", weeks="even", room="r1")]


def test_where_there_are_too_many_ways_each_room_has_some() -> None:
    """Of sixty rooms in two buildings, three at once: near ones, every room used."""
    rooms = [
        {"id": f"r{k}", "capacity": 30, "building": f"b{k % 2}"} for k in range(60)
    ]
    problem = university(
        rooms=rooms,
        buildings=[{"id": "b0"}, {"id": "b1"}],
        classes=[cls("a", limit=90, event={"rooms_needed": 3})],
    )
    assert find_errors(problem) == []
    instance, names = read_instance(problem)
    (some,) = instance.room_sets
    assert len(some) <= MOST_CHOICES
    chosen = [names.rooms[room] for room in some.tolist()]
    assert {room for rooms in chosen for room in rooms} == {f"r{k}" for k in range(60)}
    building = {room["id"]: room["building"] for room in rooms}
    assert all(len({building[room] for room in rooms}) == 1 for rooms in chosen)
    assert (instance.room_capacity[some] == 90).all()


def test_same_room_means_the_same_rooms() -> None:
    labs = [{"id": f"l{k}", "capacity": 30} for k in range(4)]
    two = {"rooms_needed": 2}
    problem = university(
        rooms=labs,
        classes=[cls("a", limit=50, event=two), cls("b", limit=50, event=two)],
        relations=[
            Relation(id="x", type="same_room", events=["a-1", "b-1"]).model_dump()
        ],
    )
    best, at = solved(problem)
    assert best.score.hard == 0
    assert {at["a-1"].room, *at["a-1"].further_rooms} == {
        at["b-1"].room,
        *at["b-1"].further_rooms,
    }
