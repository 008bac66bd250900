"""Universities with hardly a place to spare, made around a timetable that exists."""

import itertools
import random

from sidecar.contract import (
    Class,
    Curriculum,
    Event,
    Faculty,
    Offering,
    Problem,
    Room,
    Timeslot,
)

DAYS, PERIODS, ROOMS = 5, 6, 6


def tight(seed: int, classes: int, away: float = 0.9) -> Problem:
    """A problem of two events a class that some timetable solves without violation.

    A hidden timetable is drawn first; faculty and curricula are then made of classes
    that do not meet at the same time in it, and each teacher is away for the given
    share of the rest of the week. 180 places: 90 classes fill every room all week.
    """
    rng = random.Random(seed)
    places = list(itertools.product(range(DAYS), range(PERIODS), range(ROOMS)))
    hidden: list[list[tuple[int, int, int]]] = []
    rng.shuffle(places)
    for _ in range(classes):
        first = places.pop()
        second = next(place for place in places if place[0] != first[0])
        places.remove(second)
        hidden.append([first, second])

    def disjoint(group: list[int], cls: int) -> bool:
        times = {place[:2] for other in group for place in hidden[other]}
        return times.isdisjoint(place[:2] for place in hidden[cls])

    def grouped(size: int) -> list[list[int]]:
        groups: list[list[int]] = []
        order = list(range(classes))
        rng.shuffle(order)
        for cls in order:
            for group in groups:
                if len(group) < size and disjoint(group, cls):
                    group.append(cls)
                    break
            else:
                groups.append([cls])
        return groups

    teachers = grouped(4)
    teacher_of = {cls: k for k, group in enumerate(teachers) for cls in group}
    slots = [f"t{d}{p}" for d in range(DAYS) for p in range(PERIODS)]
    faculty = []
    for k, group in enumerate(teachers):
        needed = {f"t{d}{p}" for cls in group for d, p, _ in hidden[cls]}
        others = [slot for slot in slots if slot not in needed]
        closed = rng.sample(others, round(len(others) * away))
        faculty.append(Faculty(id=f"f{k}", unavailable=sorted(closed)))
    return Problem(
        rooms=[Room(id=f"r{k}", capacity=40) for k in range(ROOMS)],
        faculty=faculty,
        timeslots=[
            Timeslot(id=f"t{d}{p}", day=d, period=p)
            for d in range(DAYS)
            for p in range(PERIODS)
        ],
        offerings=[Offering(id=f"o{k}") for k in range(classes)],
        classes=[
            Class(
                id=f"c{k}",
                offering=f"o{k}",
                faculty=[f"f{teacher_of[k]}"],
                limit=40,
                events=[Event(id=f"c{k}e{n}") for n in range(2)],
            )
            for k in range(classes)
        ],
        curricula=[
            Curriculum(id=f"q{k}", classes=[f"c{cls}" for cls in group])
            for k, group in enumerate([*grouped(9), *grouped(7)])
        ],
    )
