"""Students are seated anew, all courses at once; nobody else comes to harm."""

import numpy as np

from sidecar.contract import Class, Event, Offering, Problem, Room, Student, Timeslot
from sidecar.engine.construct.seating import Seating
from sidecar.engine.kernels import state
from sidecar.engine.recount import recount

from .problems import make_searcher

TIMES = {"a1": 0, "a2": 1, "b1": 0, "b2": 1, "c1": 0}
"""Slots of the classes; c has one class only, at the time of a1 and b1."""


def standing(seats, students):
    """A searcher over three offerings, with these students in these classes."""
    problem = Problem(
        rooms=[Room(id=f"r{k}", capacity=9) for k in range(5)],
        timeslots=[Timeslot(id=f"t{p}", day=0, period=p) for p in range(4)],
        offerings=[Offering(id=name) for name in "abc"],
        classes=[
            Class(
                id=name,
                offering=name[0],
                limit=seats.get(name, 9),
                events=[Event(id=f"{name}e")],
            )
            for name in TIMES
        ],
        students=[
            Student(id=f"s{k}", offerings=sorted({c[0] for c in classes}))
            for k, classes in enumerate(students)
        ],
    )
    searcher, names = make_searcher(problem)
    section = np.array([names.classes.index(c) for row in students for c in row])
    slot = np.array([TIMES[name] for name in names.classes])
    state.transform(
        searcher.tables, searcher.state, slot, np.arange(len(slot)), section
    )
    searcher.forget()
    searcher.keep()
    return searcher, names


def classes_of(searcher, names):
    return [names.classes[k] for k in searcher.state.section]


def test_somebody_else_gives_up_a_seat():
    """a2 is full, but who sits there may as well go to a1."""
    searcher, names = standing({"a2": 1}, [("a1", "c1"), ("a2",)])
    assert searcher.current_score()[0] == 1
    assert Seating(searcher).settle()
    assert classes_of(searcher, names) == ["a2", "c1", "a1"]
    assert searcher.score()[0] == 0
    recount(searcher)


def test_two_exchange_their_seats():
    """Both classes are full, but each of the two does well in the other's."""
    searcher, names = standing({"a1": 1, "a2": 1}, [("a1", "c1"), ("a2",)])
    assert Seating(searcher).settle()
    assert classes_of(searcher, names) == ["a2", "c1", "a1"]
    assert searcher.score()[0] == 0
    recount(searcher)


def test_where_no_seat_helps_nothing_changes():
    """Three courses and two times."""
    searcher, names = standing({}, [("a1", "b2", "c1")])
    assert not Seating(searcher).settle()
    assert classes_of(searcher, names) == ["a1", "b2", "c1"]


def test_taking_out_leaves_who_has_no_choice():
    """Events of a2 and c1: only the student of a2 may go elsewhere."""
    searcher, names = standing({}, [("a1", "c1"), ("a2",)])
    events = [names.events.index(name) for name in ("a2e", "c1e")]
    searcher.take_out(np.array(events))
    assert [names.events[k] for k in np.flatnonzero(searcher.state.slot < 0)] == [
        "a2e",
        "c1e",
    ]
    left = [names.classes[k] if k >= 0 else None for k in searcher.state.section]
    assert left == ["a1", "c1", None]
    recount(searcher)


def test_nobody_is_put_into_a_full_class():
    """Who sits in a2 needs it, for c is at the time of a1."""
    searcher, names = standing({"a2": 1}, [("a1", "c1"), ("a2", "c1")])
    assert not Seating(searcher).settle()
    assert classes_of(searcher, names) == ["a1", "c1", "a2", "c1"]
    recount(searcher)
