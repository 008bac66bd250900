"""The weeks of classes, faculty, curricula and rooms."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from sidecar.contract.catalogue import message, ref

from . import people
from .layers import STRIDE
from .ledger import Ledger
from .week import gaps, isolated


def clashes(
    ledger: Ledger, kind: str, key: str, events: list[str]
) -> dict[int, set[int]]:
    """Count the agent's clashes as ``<kind>_conflict``; return its busy days."""
    cover = ledger.cover
    places = [place for event in events for place in cover.get(event, ())]
    distinct = set(places)
    # Most agents have no clash: counting is for those that do.
    counts = Counter(places) if len(distinct) < len(places) else {}
    for place, count in counts.items():
        if count > 1:
            together = [e for e in events if place in cover.get(e, ())]
            ledger.broken(
                f"{kind}_conflict",
                count - 1,
                message(
                    "clash",
                    (),
                    who=ref(kind, key),
                    count=count,
                    timeslot=ref("timeslot", ledger.week.slots[place]),
                ),
                together,
                **{kind: key, "timeslot": ledger.week.slots[place]},
            )
    days: dict[int, set[int]] = defaultdict(set)
    for day, position in distinct:
        days[day].add(position)
    return days


def count_walks(ledger: Ledger, events: Iterable[str]) -> None:
    """Ways from one event to the next that take longer than the pause.

    Where two events clash nobody can say where the person is; nothing is counted.
    """
    if not ledger.weights["travel"]:
        return
    rooms: dict[tuple[int, int], str | None] = {}
    unclear: set[tuple[int, int]] = set()
    for event in events:
        for place in ledger.cover.get(event, ()):
            if place in rooms:
                unclear.add(place)
            rooms[place] = ledger.walks_from(event)
    for place, here in rooms.items():
        day, position = place
        after = (day, position + 1)
        there = rooms.get(after)
        if here is None or there is None or here == there:
            continue
        if not unclear or unclear.isdisjoint((place, after)):
            hurries = ledger.walks.hurries(ledger.week, day, position, here, there)
            ledger.add_days("travel", day, hurries)


def score_classes(ledger: Ledger) -> None:
    """One event a day, spread over days, in few rooms."""
    every = ledger.week.layers.total
    for cls in ledger.problem.classes:
        events = [event.id for event in cls.events]
        clashes(ledger, "class", cls.id, events)
        per_day = Counter(
            day
            for event in events
            for day in dict.fromkeys(day for day, _ in ledger.cover.get(event, ()))
        )
        if cls.one_event_per_day:
            for day, count in per_day.items():
                if count > 1:
                    ledger.broken(
                        "class_same_day",
                        count - 1,
                        message(
                            "class_same_day",
                            (),
                            count=count,
                            day=day % STRIDE,
                            **{"class": ref("class", cls.id)},
                        ),
                        [e for e in events if e in ledger.cover],
                        **{"class": cls.id},
                    )
        if cls.min_days and per_day:
            days = len({day % STRIDE for day in per_day})
            ledger.soft["class_min_days"] += every * max(0, cls.min_days - days)
        used: dict[str | None, set[frozenset[str]]] = defaultdict(set)
        for event in cls.events:
            if event.id in ledger.placed and (rooms := ledger.rooms_of(event.id)):
                used[event.room_type].add(rooms)
        ledger.soft["room_stability"] += every * sum(len(r) - 1 for r in used.values())


def score_faculty(ledger: Ledger) -> None:
    """Load, gaps, runs, days, ways and wishes of whoever teaches."""
    events_of: dict[str, list[str]] = defaultdict(list)
    for event_id, (event, cls) in ledger.events.items():
        if ledger.leader[event_id] == event_id:
            for member in cls.faculty_of(event):
                events_of[member].append(event_id)
    limits_of, judge = (
        people.of_faculty(ledger.problem),
        people.Days(ledger.problem, ledger.week),
    )
    for key, events in events_of.items():
        person = ledger.faculty[key]
        days = clashes(ledger, "faculty", key, events)
        if limits_of[key].any:
            found = judge.faults(limits_of[key], days)
            judge.charge(ledger, "faculty", ("faculty", key), found, events)
        for day, busy in days.items():
            limit = person.max_periods_day
            if limit is not None and len(busy) > limit:
                ledger.broken(
                    "faculty_daily_load",
                    len(busy) - limit,
                    message(
                        "faculty_daily_load",
                        (),
                        faculty=ref("faculty", key),
                        count=len(busy),
                        day=day % STRIDE,
                        limit=limit,
                    ),
                    [e for e in events if e in ledger.cover],
                    faculty=key,
                )
            ledger.add_days("faculty_gaps", day, gaps(busy))
            if person.max_consecutive:
                beyond = sum(
                    max(0, run - person.max_consecutive)
                    for run in ledger.week.runs(day, busy)
                )
                ledger.add_days("faculty_consecutive", day, beyond)
            ledger.add_days("faculty_days", day, 1)
        count_walks(ledger, events)
        ledger.soft["faculty_preferences"] += dislike(ledger, key, events)
    teaching = max(1, len(events_of)) * ledger.week.layers.total
    ledger.metrics["faculty_gaps_per_person"] = ledger.soft["faculty_gaps"] / teaching
    ledger.metrics["faculty_days_per_person"] = ledger.soft["faculty_days"] / teaching


def dislike(ledger: Ledger, key: str, events: list[str]) -> int:
    """2 per period to avoid; 1 per period outside the wishes, if there are any."""
    level = {p.timeslot: p.level for p in ledger.faculty[key].preferences}
    neutral = 1 if "prefer" in level.values() else 0
    cost = {"avoid": 2, "prefer": 0}
    return sum(
        ledger.week.layers.size(place[0])
        * cost.get(level.get(ledger.week.slots[place], ""), neutral)
        for event in events
        for place in ledger.cover.get(event, ())
    )


def score_curricula(ledger: Ledger) -> None:
    """Compactness and ways of batches that are not listed by student."""
    limits, judge = (
        people.of_students(ledger.problem),
        people.Days(ledger.problem, ledger.week),
    )
    for curriculum in ledger.problem.curricula:
        events = [e.id for c in curriculum.classes for e in ledger.classes[c].events]
        days = clashes(ledger, "curriculum", curriculum.id, events)
        if limits.any:
            found = judge.faults(limits, days)
            who = "curriculum", curriculum.id
            judge.charge(ledger, "student", who, found, events)
        for day, busy in days.items():
            alone = isolated(ledger.week, day, busy)
            ledger.add_days("curriculum_compactness", day, alone)
        count_walks(ledger, set(events))


def score_rooms(ledger: Ledger) -> None:
    """Clashes in rooms, and how well their seats are used."""
    events_in: dict[str, list[str]] = defaultdict(list)
    seats = taken = 0
    for event_id, cover in ledger.cover.items():
        item = ledger.placed[event_id]
        if item.room is None or ledger.leader[event_id] != event_id:
            continue
        rooms = dict.fromkeys([item.room, *item.further_rooms])
        for part in dict.fromkeys(p for room in rooms for p in ledger.parts[room]):
            events_in[part].append(event_id)
        seats += sum(ledger.rooms[room].capacity for room in rooms) * len(cover)
        taken += ledger.seats[ledger.events[event_id][1].id] * len(cover)
    for key, events in events_in.items():
        clashes(ledger, "room", key, events)
    ledger.metrics["seat_use_percent"] = 100 * taken / max(1, seats)
    ledger.metrics["rooms_used"] = float(len(events_in))
