"""Plant a timetable, then describe the university in which it is possible.

Feasible by construction: every class gets hidden timeslots, a hidden room and a
faculty member free at that time; students choose only classes that do not clash in
the hidden timetable. What is written is the description without the timetable.
Parallel classes of a cohort keep the cohort together; electives mix all departments.
"""

import random
from collections import defaultdict

from sidecar.contract.problem import (
    Band,
    Building,
    Category,
    Class,
    Department,
    Event,
    Faculty,
    Offering,
    Pin,
    Preference,
    Problem,
    Room,
    Student,
    Timeslot,
    Travel,
)

from . import names
from .components import (
    FORTNIGHTS,
    configurations,
    plant_grouped_cohort,
    week_patterns,
)
from .electives import CategoryPlan, NoChoiceLeftError, enrol, plan_sections
from .joint import share_lectures
from .planted import PlantedClass, PlantedOffering
from .presets import CATEGORIES, Preset

LUNCH_PERIOD = 4
PERIODS = tuple(p for p in range(9) if p != LUNCH_PERIOD)
SEATS = (30, 45, 60, 90, 120)
SEATS_SHARE = (0.14, 0.16, 0.42, 0.18, 0.10)
LAB_SEATS = (30, 45, 60)
ATTEMPTS = 60
VALUE_ADDED_PERIODS = (0, 5, 6)
"""Value-added courses meet in these periods only: a band common to all."""


class Planter:
    """Builds one university; every random choice comes from one generator."""

    def __init__(self, preset: Preset, seed: str) -> None:
        self.preset = preset
        self.rng = random.Random(seed)
        self.day_length = len(PERIODS)
        self.num_slots = preset.days * self.day_length
        self.names = names.department_names(preset.departments)
        self.has_lab = [name in names.LAB_SUBJECTS for name in self.names]
        self.offerings: list[PlantedOffering] = []
        self.faculty_of: list[list[int]] = []
        self.faculty_busy: list[set[int]] = [set() for _ in range(preset.faculty)]
        self.faculty_load = [0] * preset.faculty
        self.slot_use = [0] * self.num_slots
        self.student_offerings: list[list[str]] = []
        self.student_busy: list[set[int]] = []
        self.student_cohort: list[tuple[int, int]] = []

    # -- hidden timetable ------------------------------------------------------------

    def shapes(self, category: str, department: int) -> tuple[list[int], list[str]]:
        """Durations and kinds of the weekly events of a course, by its L-T-P."""
        lab = self.has_lab[department]
        if category == "major":
            if lab:
                return [1, 1, 2], ["classroom", "classroom", "lab"]
            return [1, 1, 1, 1], ["classroom"] * 4
        if category == "skill":
            return [1, 2], ["classroom", "lab" if lab else "classroom"]
        count = 3 if category in ("minor", "multidisciplinary") else 2
        return [1] * count, ["classroom"] * count

    def starts_for(self, cls: PlantedClass, taken: set[int], band: bool) -> bool:
        """Draw hidden starts on different days outside ``taken``; least used first."""
        days = list(range(self.preset.days))
        self.rng.shuffle(days)
        starts: list[int] = []
        half = self.day_length // 2
        for duration in sorted(cls.durations, reverse=True):
            choice = None
            for day in days:
                options = [
                    day * self.day_length + p
                    for p in range(self.day_length - duration + 1)
                    # Lunch is between positions half-1 and half.
                    if not (p < half < p + duration)
                    and (not band or PERIODS[p] in VALUE_ADDED_PERIODS)
                ]
                options = [
                    s for s in options if taken.isdisjoint(range(s, s + duration))
                ]
                if options:
                    self.rng.shuffle(options)
                    slot = min(options, key=lambda s: self.slot_use[s])
                    if choice is None or self.slot_use[slot] < self.slot_use[choice]:
                        choice = slot
                    if len(days) - days.index(day) <= len(days) // 2 and choice:
                        break
            if choice is None:
                return False
            starts.append(choice)
            days.remove(choice // self.day_length)
        ordered = sorted(range(len(cls.durations)), key=lambda i: -cls.durations[i])
        cls.starts = [0] * len(starts)
        for index, start in zip(ordered, starts, strict=True):
            cls.starts[index] = start
        return True

    def settle(
        self, cls: PlantedClass, taken: set[int], band: bool = False
    ) -> set[int]:
        """Give the class hidden starts and a free faculty member; return its slots."""
        for _ in range(200):
            if not self.starts_for(cls, taken, band):
                continue
            busy = cls.busy()
            pool = self.faculty_of[cls.department]
            free = [f for f in pool if self.faculty_busy[f].isdisjoint(busy)]
            if free:
                cls.faculty = min(free, key=lambda f: (self.faculty_load[f], f))
                self.faculty_busy[cls.faculty] |= busy
                self.faculty_load[cls.faculty] += len(busy)
                for slot in busy:
                    self.slot_use[slot] += 1
                return busy
        raise ValueError(
            f"Department {cls.department} has too few faculty for its classes; "
            "raise the number of faculty in the preset."
        )

    # -- the university ----------------------------------------------------------------

    def plant_staff(self) -> None:
        preset = self.preset
        weights = [1.0 + self.rng.random() for _ in range(preset.departments)]
        total = sum(weights)
        counts = [max(3, int(preset.faculty * w / total)) for w in weights]
        step = 0
        while sum(counts) != preset.faculty:
            index = step % preset.departments
            if sum(counts) < preset.faculty:
                counts[index] += 1
            elif counts[index] > 3:
                counts[index] -= 1
            step += 1
        number = 0
        for count in counts:
            self.faculty_of.append(list(range(number, number + count)))
            number += count

    def plant_cohorts(self) -> None:
        """Majors: each cohort's sections have clash-free hidden timetables."""
        preset = self.preset
        cohorts = [(d, y) for d in range(preset.departments) for y in range(3)]
        sizes = self.cohort_sizes(len(cohorts))
        for (department, year), size in zip(cohorts, sizes, strict=True):
            sections = -(-size // preset.section_limit)
            bounds = [size * k // sections for k in range(sections + 1)]
            if preset.groups is not None:
                plant_grouped_cohort(self, department, year, bounds)
                continue
            busy: list[set[int]] = [set() for _ in range(sections)]
            ids: list[str] = []
            for k in range(preset.majors_by_year[year]):
                title = names.MAJOR_TITLES[year][k].format(self.names[department])
                offering = self.new_offering(title, department, "major", year, k)
                ids.append(offering.id)
                for section in range(sections):
                    seats = bounds[section + 1] - bounds[section]
                    cls = self.new_class(offering, seats if sections == 1 else 0)
                    cls.seats = seats
                    busy[section] |= self.settle(cls, busy[section])
            for section in range(sections):
                for _ in range(bounds[section + 1] - bounds[section]):
                    self.student_offerings.append(list(ids))
                    self.student_busy.append(set(busy[section]))
                    self.student_cohort.append((department, year))

    def cohort_sizes(self, count: int) -> list[int]:
        """Uneven cohort sizes that add up to the number of students."""
        raw = [self.rng.lognormvariate(0, 0.45) for _ in range(count)]
        scale = self.preset.students / sum(raw)
        sizes = [max(8, int(x * scale)) for x in raw]
        step = 0
        while (gap := self.preset.students - sum(sizes)) != 0:
            index = step % count
            if gap > 0:
                sizes[index] += 1
            elif sizes[index] > 8:
                sizes[index] -= 1
            step += 1
        return sizes

    def plant_electives(self) -> None:
        preset = self.preset
        demand: dict[str, list[int]] = {category: [] for category in CATEGORIES}
        for student, (_, year) in enumerate(self.student_cohort):
            for category in preset.categories_by_year[year]:
                demand[category].append(student)
        used = sum(
            cls.parent is None
            for offering in self.offerings
            for cls in offering.classes
        )
        plans = plan_sections(
            [len(demand[c]) for c in CATEGORIES],
            preset.elective_offerings,
            preset.classes - used,
            preset.section_limit,
            self.rng,
        )
        for category, sections in zip(CATEGORIES, plans, strict=True):
            departments = list(range(preset.departments))
            self.rng.shuffle(departments)
            plan = CategoryPlan(category, [], preset.section_limit)
            for k, count in enumerate(sections):
                department = departments[k % len(departments)]
                titles = names.ELECTIVE_TITLES[category]
                title = titles[(k // len(departments)) % len(titles)]
                offering = self.new_offering(
                    title.format(self.names[department]), department, category, 0, k
                )
                for _ in range(count):
                    cls = self.new_class(offering, 0)
                    self.settle(cls, set(), band=category == "value_added")
                plan.offerings.append(offering)
            enrol(plan, demand[category], self)

    def new_offering(
        self, name: str, department: int, category: str, year: int, k: int
    ) -> PlantedOffering:
        credits = {"major": 4, "minor": 3, "multidisciplinary": 3, "skill": 3}
        offering = PlantedOffering(
            id=f"o{len(self.offerings) + 1:05d}",
            name=name,
            department=department,
            category=category,
            credits=credits.get(category, 2),
        )
        self.offerings.append(offering)
        return offering

    def new_class(self, offering: PlantedOffering, seats: int) -> PlantedClass:
        """A class; one that holds a known cohort gets a limit that fits it."""
        limit = self.preset.section_limit
        if seats:
            limit = next((s for s in SEATS if s >= seats and s <= limit), limit)
        durations, kinds = self.shapes(offering.category, offering.department)
        number = len(offering.classes) + 1
        cls = PlantedClass(
            id=f"c{offering.id[1:]}-{number}",
            offering=offering.id,
            department=offering.department,
            durations=durations,
            kinds=kinds,
            limit=limit,
        )
        offering.classes.append(cls)
        return cls

    # -- rooms -------------------------------------------------------------------------

    def needed_rooms(self) -> dict[tuple[str, int], int]:
        """Rooms of each (type, seats) that the hidden timetable uses at its peak."""
        use: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0] * 200)
        for offering in self.offerings:
            for cls in offering.classes:
                for start, d, kind in zip(
                    cls.starts, cls.durations, cls.kinds, strict=True
                ):
                    steps = LAB_SEATS if kind == "lab" else SEATS
                    seats = next(s for s in steps if s >= cls.limit)
                    for slot in range(start, start + d):
                        use[kind, seats][slot] += 1
        return {key: max(row) for key, row in use.items()}

    def rooms(self) -> list[Room]:
        preset = self.preset
        need = self.needed_rooms()
        total = preset.rooms
        if preset.room_use is not None:
            periods = sum(
                sum(c.durations)
                for offering in self.offerings
                for c in offering.classes
            )
            total = int(periods / (self.num_slots * preset.room_use))
        missing = total - sum(need.values())
        if missing < 0:
            if preset.room_use is None:
                raise ValueError(
                    f"The hidden timetable needs {sum(need.values())} rooms but the "
                    f"preset has {total}; raise its number of rooms."
                )
            missing = 0  # the planted peak is the tightest that is surely feasible
        labs = missing // 5
        for seats, share in zip(SEATS, SEATS_SHARE, strict=True):
            key = ("classroom", seats)
            need[key] = need.get(key, 0) + int((missing - labs) * share)
        key = ("lab", LAB_SEATS[-1])
        need[key] = need.get(key, 0) + labs
        need["classroom", 60] += max(0, total - sum(need.values()))
        kinds = [key for key, n in sorted(need.items()) for _ in range(n)]
        self.rng.shuffle(kinds)
        rooms = []
        for number, (kind, seats) in enumerate(kinds, 1):
            building = number % preset.buildings + 1
            features = ["projector"] if self.rng.random() < 0.6 else []
            rooms.append(
                Room(
                    id=f"r{number:05d}",
                    name=f"{'Lab' if kind == 'lab' else 'Room'} "
                    f"{building}-{100 + number // preset.buildings}",
                    building=f"b{building:03d}",
                    type=kind,
                    capacity=seats,
                    features=features,
                )
            )
        return rooms


def generate(preset: Preset, seed: int = 1) -> Problem:
    """A synthetic university as one problem of the contract.

    Parameters
    ----------
    preset
        Numbers of departments, classes, rooms … (all met exactly).
    seed
        The same preset and seed give the same bytes.

    Raises
    ------
    ValueError
        If the preset's numbers contradict each other (says which).
    """
    for attempt in range(1, ATTEMPTS + 1):
        # A small university may leave the last students no choice: plant it anew.
        planter = Planter(preset, f"{seed}/{attempt}")
        try:
            planter.plant_staff()
            planter.plant_cohorts()
            planter.plant_electives()
            return _describe(planter)
        except NoChoiceLeftError:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _describe(planter: Planter) -> Problem:
    """The problem without its hidden timetable."""
    preset, rng = planter.preset, planter.rng
    slot_ids = [
        f"t{day + 1}{period + 1}" for day in range(preset.days) for period in PERIODS
    ]
    hours = {p: (8 + p, 9 + p) for p in PERIODS}
    timeslots = [
        Timeslot(
            id=f"t{day + 1}{period + 1}",
            day=day,
            period=period,
            start=f"{hours[period][0]:02d}:00",
            end=f"{hours[period][1]:02d}:00",
        )
        for day in range(preset.days)
        for period in PERIODS
    ]
    rooms = planter.rooms()
    department_of = {
        member: d for d, team in enumerate(planter.faculty_of) for member in team
    }
    faculty = []
    for number in range(preset.faculty):
        free = sorted(set(range(planter.num_slots)) - planter.faculty_busy[number])
        closed = rng.sample(free, rng.randint(3, 9)) if rng.random() < 0.25 else []
        open_slots = [s for s in range(planter.num_slots) if s not in closed]
        wishes = rng.sample(open_slots, 6) if rng.random() < 0.5 else []
        faculty.append(
            Faculty(
                id=f"f{number + 1:05d}",
                department=f"d{department_of[number] + 1:04d}",
                max_periods_week=max(18, planter.faculty_load[number]),
                max_periods_day=6,
                max_consecutive=4,
                unavailable=[slot_ids[s] for s in sorted(closed)],
                preferences=[
                    Preference(
                        timeslot=slot_ids[s], level="avoid" if k < 4 else "prefer"
                    )
                    for k, s in enumerate(wishes)
                ],
            )
        )
    classes, pins = [], []
    for offering in planter.offerings:
        for cls in offering.classes:
            events = [
                Event(id=f"{cls.id}-{k + 1}", duration=duration, room_type=kind)
                for k, (duration, kind) in enumerate(
                    zip(cls.durations, cls.kinds, strict=True)
                )
            ]
            if rng.random() < 0.01:
                pins.append(Pin(event=events[0].id, timeslot=slot_ids[cls.starts[0]]))
            if cls.fortnightly:
                events = [e.model_copy(update={"weeks": FORTNIGHTS}) for e in events]
            classes.append(
                Class(
                    id=cls.id,
                    offering=cls.offering,
                    component=cls.component,
                    parent=cls.parent,
                    faculty=[f"f{cls.faculty + 1:05d}"],
                    limit=cls.limit,
                    events=events,
                )
            )
    problem = Problem(
        name=f"{preset.name} (synthetic)",
        weeks=preset.weeks,
        week_patterns=week_patterns(preset.weeks),
        departments=[
            Department(id=f"d{k + 1:04d}", name=name)
            for k, name in enumerate(planter.names)
        ],
        buildings=[
            Building(id=f"b{k + 1:03d}", name=f"Building {k + 1}")
            for k in range(preset.buildings)
        ],
        travel=[
            Travel(
                building_a=f"b{k + 1:03d}",
                building_b=f"b{j + 1:03d}",
                minutes=5 + j - k,
            )
            for k in range(preset.buildings)
            for j in range(k + 1, min(k + 6, preset.buildings))
        ],
        faculty=faculty,
        rooms=rooms,
        timeslots=timeslots,
        bands=[
            Band(
                category="value_added",
                timeslots=[t.id for t in timeslots if t.period in VALUE_ADDED_PERIODS],
            )
        ],
        offerings=[
            Offering(
                id=o.id,
                name=o.name,
                department=f"d{o.department + 1:04d}",
                category=_category(o.category),
                credits=o.credits,
                configurations=configurations(o.classes),
            )
            for o in planter.offerings
        ],
        classes=classes,
        students=[
            Student(
                id=f"s{k + 1:06d}",
                programme=f"p{planter.student_cohort[k][0] + 1:04d}"
                f"-y{planter.student_cohort[k][1] + 1}",
                offerings=chosen,
            )
            for k, chosen in enumerate(planter.student_offerings)
        ],
        pins=pins,
    )
    return share_lectures(problem, preset.joint, rng) if preset.joint else problem


def _category(name: str) -> Category:
    return name  # type: ignore[return-value]
