"""The weeks of students; there are many, so equal ones are judged once."""

from collections import Counter, defaultdict

from . import people
from .agents import clashes, count_walks
from .ledger import Ledger
from .masks import WeekMasks
from .week import gaps


def score_students(ledger: Ledger) -> None:
    """Clashes, gaps, lonely and late periods, runs and ways."""
    classes_of: dict[str, list[str]] = defaultdict(list)
    for cls_id, members in ledger.members.items():
        for student in members:
            classes_of[student].append(cls_id)
    masks = WeekMasks(ledger.week, ledger.walks)
    weeks: dict[str, int] = {}
    periods: dict[str, int] = {}
    for cls in ledger.problem.classes:
        places = [p for e in cls.events for p in ledger.cover.get(e.id, ())]
        weeks[cls.id], periods[cls.id] = masks.mask(places), len(places)
    buildings = weeks_by_building(ledger, masks) if ledger.weights["travel"] else None
    kinds_of_week: Counter[int] = Counter()
    rules = StudentRules(ledger, masks)
    clashing = 0
    for key, classes in classes_of.items():
        week = count = 0
        for cls_id in classes:
            week |= weeks[cls_id]
            count += periods[cls_id]
        kinds_of_week[week] += 1
        if rules.limits.any:
            rules.judge(key, week, classes)
        if count != week.bit_count():
            clashing += 1
            events = [e.id for c in classes for e in ledger.classes[c].events]
            clashes(ledger, "student", key, events)
            count_walks(ledger, events)
        elif buildings is not None:
            mine: dict[str, int] = {}
            for cls_id in classes:
                for building, mask in buildings[cls_id].items():
                    mine[building] = mine.get(building, 0) | mask
            for day, ways in masks.days(masks.hurries(mine)):
                ledger.add_days("travel", day, ways.bit_count())
    # Thousands of students have the same day: each kind of day is judged once.
    kinds: Counter[tuple[int, int]] = Counter()
    for week, times in kinds_of_week.items():
        for kind in masks.days(week):
            kinds[kind] += times
    for (day, positions), students in kinds.items():
        busy = masks.positions(positions)
        times = students * ledger.week.layers.size(day)
        late = ledger.week.length[day] - 1 in busy
        ledger.soft["student_gaps"] += times * gaps(busy)
        ledger.soft["student_single"] += times * (len(busy) == 1)
        ledger.soft["student_late"] += times * late
        ledger.soft["student_long_run"] += times * sum(
            max(0, run - ledger.problem.student_max_consecutive)
            for run in ledger.week.runs(day, busy)
        )
    count = max(1, len(ledger.problem.students))
    ledger.metrics["student_gaps_per_student"] = ledger.soft["student_gaps"] / (
        count * ledger.week.layers.total
    )
    ledger.metrics["students_without_clash_percent"] = 100 * (1 - clashing / count)


class StudentRules:
    """Rules for the days of students; equal weeks are judged once."""

    def __init__(self, ledger: Ledger, masks: WeekMasks) -> None:
        self.ledger, self.masks = ledger, masks
        self.limits = people.of_students(ledger.problem)
        self.days = people.Days(ledger.problem, ledger.week)
        self.known: dict[int, list[tuple[str, int, int]]] = {}

    def judge(self, student: str, week: int, classes: list[str]) -> None:
        """Count what a student's week breaks."""
        if week not in self.known:
            busy = {
                day: self.masks.positions(mask) for day, mask in self.masks.days(week)
            }
            self.known[week] = [*self.days.faults(self.limits, busy)]
        if found := self.known[week]:
            events = [e.id for c in classes for e in self.ledger.classes[c].events]
            who = "student", student
            self.days.charge(self.ledger, "student", who, found, events)


def weeks_by_building(ledger: Ledger, masks: WeekMasks) -> dict[str, dict[str, int]]:
    """Where each class is when."""
    found: dict[str, dict[str, int]] = {cls: {} for cls in ledger.classes}
    for event, cover in ledger.cover.items():
        room = ledger.walks_from(event)
        building = None if room is None else ledger.walks.building[room]
        if building is not None:
            mine = found[ledger.events[event][1].id]
            mine[building] = mine.get(building, 0) | masks.mask(cover)
    return found
