"""How many parallel classes each elective has, and who takes which."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .planted import PlantedClass, PlantedOffering
    from .university import Planter


class NoChoiceLeftError(ValueError):
    """The planted weeks leave a student, or a class, without a fitting choice."""


@dataclass
class CategoryPlan:
    """Offerings of one category with their classes already settled in time."""

    category: str
    offerings: "list[PlantedOffering]"
    section_limit: int


def plan_sections(
    demand: list[int],
    offerings: tuple[int, ...],
    total_classes: int,
    limit: int,
    rng: random.Random,
) -> list[list[int]]:
    """Classes of each offering of each category, ``total_classes`` in all.

    An offering with n classes will have more than ``limit`` × (n - 1) and at most
    ``limit`` × n students, so the number of classes follows from the enrolment.
    """
    low, high = [], []
    for students, count in zip(demand, offerings, strict=True):
        # Nine seats in ten filled at the most, so that choices stay free.
        low.append(max(count, -(-students * 10 // (limit * 9))))
        high.append((students - 9 * count) // limit + count)
    if not sum(low) <= total_classes <= sum(high):
        raise NoChoiceLeftError(
            f"The electives need {sum(low)} to {sum(high)} classes but "
            f"{total_classes} are left; change the preset's number of classes."
        )
    chosen = list(low)
    while sum(chosen) < total_classes:
        index = max(range(len(chosen)), key=lambda i: high[i] - chosen[i])
        chosen[index] += 1
    plans = []
    for count, classes in zip(offerings, chosen, strict=True):
        sections = [1] * count
        popularity = [1 / (1 + k) ** 0.6 for k in range(count)]
        for _ in range(classes - count):
            k = rng.choices(range(count), popularity)[0]
            sections[k] += 1
        plans.append(sections)
    return plans


def enrol(plan: CategoryPlan, students: list[int], planter: "Planter") -> None:
    """Each student chooses one offering whose hidden class fits the student's week.

    Raises
    ------
    NoChoiceLeftError
        If the planted weeks leave a student no choice.
    """
    rng, limit = planter.rng, plan.section_limit
    minimum = {o.id: limit * (len(o.classes) - 1) + 1 for o in plan.offerings}
    count = {o.id: 0 for o in plan.offerings}
    taken: dict[int, tuple[PlantedOffering, PlantedClass]] = {}
    busy_of = {c.id: c.busy() for o in plan.offerings for c in o.classes}

    def fitting(student: int, offering: "PlantedOffering") -> "PlantedClass | None":
        busy = planter.student_busy[student]
        options = [
            c
            for c in offering.classes
            if c.seats < limit and busy.isdisjoint(busy_of[c.id])
        ]
        return min(options, key=lambda c: c.seats) if options else None

    def seat(student: int, offering: "PlantedOffering", cls: "PlantedClass") -> None:
        taken[student] = (offering, cls)
        cls.seats += 1
        count[offering.id] += 1

    def leave(student: int) -> None:
        offering, cls = taken.pop(student)
        cls.seats -= 1
        count[offering.id] -= 1

    order = list(students)
    rng.shuffle(order)
    for student in order:
        # What lacks most of its minimum first, so that every class is needed.
        sample = rng.sample(plan.offerings, min(12, len(plan.offerings)))
        sample.sort(key=lambda o: count[o.id] / minimum[o.id])
        drawn = {o.id for o in sample}
        # One by one: only a student whom none of the sample fits needs the rest.
        rest = (o for o in plan.offerings if o.id not in drawn)
        for offering in chain(sample, rest):
            cls = fitting(student, offering)
            if cls is not None:
                seat(student, offering, cls)
                break
        else:
            _make_room(student, plan, planter, taken, busy_of, seat, leave)
    for offering in plan.offerings:
        movers = iter(order)
        while count[offering.id] < minimum[offering.id]:
            mover = next(movers, None)
            if mover is None:
                raise NoChoiceLeftError(
                    f"Offering {offering.id} cannot fill its classes; use another seed."
                )
            source, _ = taken[mover]
            if source is offering or count[source.id] <= minimum[source.id]:
                continue
            cls = fitting(mover, offering)
            if cls is not None:
                leave(mover)
                seat(mover, offering, cls)
    for student, (offering, cls) in taken.items():
        planter.student_offerings[student].append(offering.id)
        planter.student_busy[student] |= busy_of[cls.id]
    _fit_limits(plan, count)


def _make_room(
    student: int,
    plan: CategoryPlan,
    planter: "Planter",
    taken: "dict[int, tuple[PlantedOffering, PlantedClass]]",
    busy_of: dict[str, set[int]],
    seat: "Callable[[int, PlantedOffering, PlantedClass], None]",
    leave: Callable[[int], None],
) -> None:
    """Move somebody else out of a full class that this student could attend."""
    busy = planter.student_busy[student]
    for other, (offering, cls) in list(taken.items()):
        if not busy.isdisjoint(busy_of[cls.id]):
            continue
        for target in plan.offerings:
            for option in target.classes:
                if (
                    option.seats < plan.section_limit
                    and option is not cls
                    and planter.student_busy[other].isdisjoint(busy_of[option.id])
                ):
                    leave(other)
                    seat(other, target, option)
                    seat(student, offering, cls)
                    return
    raise NoChoiceLeftError(
        f"No {plan.category} course fits a student; use another seed."
    )


def _fit_limits(plan: CategoryPlan, count: dict[str, int]) -> None:
    """Single classes get a limit just above their enrolment, as rooms would."""
    for offering in plan.offerings:
        if len(offering.classes) == 1:
            need = count[offering.id]
            steps = (30, 45, plan.section_limit)
            offering.classes[0].limit = next(s for s in steps if s >= need)
