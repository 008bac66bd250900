"""A university of a handful of classes that uses every field of the contract."""

from sidecar.contract.problem import (
    Assignment,
    Band,
    Building,
    Class,
    Curriculum,
    Department,
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

DAYS, PERIODS = 5, (0, 1, 2, 4, 5)


def tiny_problem() -> Problem:
    """Small enough to solve in a blink; a timetable without violations exists."""
    slots = [
        Timeslot(
            id=f"t{d}{p}", day=d, period=p, start=f"{9 + p:02d}:00", end=f"{10 + p}:00"
        )
        for d in range(DAYS)
        for p in PERIODS
    ]
    classes = []
    for number in range(1, 5):
        offering = f"o{number}"
        for section in ("a", "b") if number != 2 else ("a",):
            cls = f"c{number}{section}"
            events = [Event(id=f"{cls}-1"), Event(id=f"{cls}-2")]
            if number == 1:
                lab = Event(
                    id=f"{cls}-3", duration=2, room_type="lab", features=["fume hood"]
                )
                events.append(lab)
            classes.append(
                Class(
                    id=cls,
                    offering=offering,
                    faculty=[f"f{number}"],
                    limit=20,
                    events=events,
                    min_days=2,
                )
            )
    return Problem(
        name="tiny",
        departments=[Department(id="d1", name="Physics"), Department(id="d2")],
        buildings=[Building(id="b1"), Building(id="b2")],
        travel=[Travel(building_a="b1", building_b="b2", minutes=10)],
        faculty=[
            Faculty(
                id=f"f{k}",
                department="d1",
                max_periods_week=16,
                max_periods_day=4,
                max_consecutive=3,
                unavailable=["t00"] if k == 1 else [],
                preferences=[
                    Preference(timeslot="t11", level="prefer"),
                    Preference(timeslot="t45", level="avoid"),
                ],
            )
            for k in range(1, 5)
        ],
        rooms=[
            Room(id="r1", building="b1", capacity=20),
            Room(id="r2", building="b2", capacity=40, unavailable=["t00"]),
            Room(
                id="r3", building="b1", type="lab", capacity=20, features=["fume hood"]
            ),
        ],
        timeslots=slots,
        bands=[
            Band(
                category="value_added",
                timeslots=[s.id for s in slots if s.period in (0, 4)],
            )
        ],
        offerings=[
            Offering(id="o1", department="d1", category="major", credits=4),
            Offering(id="o2", department="d1", category="minor", credits=3),
            Offering(id="o3", department="d2", category="value_added", credits=2),
            Offering(id="o4", department="d2", category="skill", credits=2),
        ],
        classes=classes,
        students=[
            Student(
                id=f"s{k:02d}",
                offerings=["o1", "o3"] if k % 2 else ["o1", "o2", "o4"],
                classes=["c1a"] if k == 0 else [],
            )
            for k in range(30)
        ],
        curricula=[Curriculum(id="q1", classes=["c2a", "c4a"], size=10)],
        relations=[
            Relation(id="x1", type="different_days", events=["c1a-1", "c2a-1"]),
            Relation(
                id="x2",
                type="same_room",
                events=["c4a-1", "c4b-1"],
                hard=False,
                weight=3,
            ),
            Relation(id="x3", type="max_days", events=["c4a-1", "c4b-1"], value=1),
        ],
        pins=[Pin(event="c2a-1", timeslot="t12", room="r2")],
        previous=[Assignment(event="c1a-1", timeslot="t21", room="r1")],
    )
