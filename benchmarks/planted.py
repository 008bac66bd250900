"""Instances around a perfect timetable: ``python -m benchmarks.planted``.

Five of the competition's sixteen are at hand. These have the sizes of others, so that a
search that has learnt the five by heart shows. Each is made around a timetable that
breaks nothing and costs nothing: students take what meets at times that suit them, and
all other facts (availability, precedence, features, seats) admit it. Nothing says that
a search finds one as good; that it finds a complete one is the least.

    python -m benchmarks.planted planted-400-10-500 -o FILE.tim [--timetable FILE.sln]
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

DAYS, PERIODS = 5, 9
LAST = PERIODS - 1
"""Nobody wants to be there, and the planted timetable has nothing then."""
AVAILABLE = 0.55
"""Share of the timeslots in which an event may be."""
ROOM_FEATURES, EVENT_FEATURES = 0.25, 0.4
"""Chances of a room to have a feature, and of an event in it to need that."""
ORIGINALS, OWN = 8, 0.12
"""One student of so many chooses freely; the others copy one but for so much."""
SPARE_SEATS = 6

Grid = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shape:
    """Sizes of an instance."""

    events: int
    rooms: int
    features: int
    students: int
    choices: int
    """Events of a student, about."""
    orders: int
    """Pairs of events of which one is to be before the other."""


SHAPES = {
    "planted-400-10-500": Shape(400, 10, 20, 500, 21, 60),
    "planted-400-20-300": Shape(400, 20, 10, 300, 21, 100),
    "planted-200-10-500": Shape(200, 10, 20, 500, 13, 20),
    "planted-200-10-1000": Shape(200, 10, 10, 1000, 13, 20),
    "planted-200-20-1000": Shape(200, 20, 10, 1000, 13, 20),
}


def planted(shape: Shape, seed: int) -> tuple[str, str]:
    """The ``.tim`` file of an instance, and the solution file of its timetable."""
    rng = np.random.default_rng(seed)
    early = [s for s in range(DAYS * PERIODS) if s % PERIODS != LAST]
    cells = [(slot, room) for slot in early for room in range(shape.rooms)]
    places = rng.permutation(cells)[: shape.events]
    slot, room = places[:, 0], places[:, 1]
    attends = enrolled(shape, slot, rng)
    people = attends.sum(axis=0)
    sizes = rng.integers(1, SPARE_SEATS, shape.rooms)
    np.maximum.at(sizes, room, people + rng.integers(0, SPARE_SEATS, shape.events))
    has = rng.random((shape.rooms, shape.features)) < ROOM_FEATURES
    needs = has[room] & (rng.random((shape.events, shape.features)) < EVENT_FEATURES)
    available = rng.random((shape.events, DAYS * PERIODS)) < AVAILABLE
    available[np.arange(shape.events), slot] = True
    order = np.zeros((shape.events, shape.events), np.int64)
    while (order == 1).sum() < shape.orders:
        a, b = rng.integers(shape.events, size=2)
        if slot[a] < slot[b]:
            order[a, b], order[b, a] = 1, -1
    head = [shape.events, shape.rooms, shape.features, shape.students]
    tables = (sizes, attends, has, needs, available, order)
    words = [" ".join(map(str, head))]
    words += [str(int(value)) for table in tables for value in table.ravel()]
    lines = [f"{s} {r}" for s, r in places]
    return "\n".join(words) + "\n", "\n".join(lines) + "\n"


def enrolled(shape: Shape, slot: Grid, rng: np.random.Generator) -> Grid:
    """Who attends what, shape (students, events): nobody three in a row or once a day.

    Students resemble each other, as they do where programmes exist.
    """
    attends = np.zeros((shape.students, shape.events), np.int64)
    meeting = {s: np.flatnonzero(slot == s) for s in np.unique(slot)}
    originals = max(1, shape.students // ORIGINALS)
    for student in range(shape.students):
        if student < originals:
            wanted = shape.choices + int(rng.integers(-2, 3))
            for s in week(wanted, meeting, rng):
                attends[student, rng.choice(meeting[s])] = 1
            continue
        for event in np.flatnonzero(attends[rng.integers(originals)]):
            chosen = event
            if rng.random() < OWN:
                others = meeting[slot[event]]
                pair = rng.choice(others, min(2, len(others)), replace=False)
                chosen = pair[attends[:, pair].sum(axis=0).argmin()]
            attends[student, chosen] = 1
    return attends


def week(wanted: int, meeting: dict[int, Grid], rng: np.random.Generator) -> list[int]:
    """Timeslots of one student: about as many as wanted, none alone in a day."""
    taken: set[int] = set()

    def suits(s: int) -> bool:
        near = [
            s + k in taken and (s + k) // PERIODS == s // PERIODS for k in range(-2, 3)
        ]
        run = (near[0] and near[1]) or (near[1] and near[3]) or (near[3] and near[4])
        return s not in taken and not run

    for s in rng.permutation(sorted(meeting)):
        if len(taken) < wanted and suits(int(s)):
            taken.add(int(s))
    for day in range(DAYS):
        mine = [s for s in taken if s // PERIODS == day]
        if len(mine) != 1:
            continue
        company = [s for s in meeting if s // PERIODS == day and suits(s)]
        if company:
            taken.add(int(rng.choice(company)))
        else:
            taken.remove(mine[0])
    return sorted(taken)


def main() -> int:
    """Write an instance, and its timetable where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--timetable", type=Path)
    asked = parser.parse_args()
    instance, timetable = planted(SHAPES[asked.shape], asked.seed)
    asked.output.write_text(instance)
    if asked.timetable:
        asked.timetable.write_text(timetable)
    return 0


if __name__ == "__main__":
    sys.exit(main())
