"""The same aims with pairs kept apart, by CP-SAT: for as many wishes as it can prove.

Used only when the flow, which does not see the pairs, gives somebody two courses that
do not go together.
"""

import numpy as np
from ortools.sat.python import cp_model

from .fairest import stages
from .instance import Instance, Ints

MOST_WISHES = 20_000
"""Beyond that, wishes in the way are set aside one after another."""
STAGE_SECONDS = 4.0
"""Deterministic time of a stage, so that a busy machine gives the same answer."""


def crowded(instance: Instance, taken: Ints) -> list[tuple[int, int]]:
    """Pairs of wishes that were given to one student and do not go together."""
    found: list[tuple[int, int]] = []
    by_student: dict[int, list[int]] = {}
    wishes = np.flatnonzero((taken > 0) & (instance.arc_course != instance.nothing))
    for arc in wishes.tolist():
        student = int(instance.unit_student[instance.arc_unit[arc]])
        by_student.setdefault(student, []).append(arc)
    for arcs in by_student.values():
        for place, one in enumerate(arcs):
            for other in arcs[place + 1 :]:
                if instance.clashes(
                    int(instance.arc_course[one]), int(instance.arc_course[other])
                ):
                    found.append((one, other))
    return found


def exact(instance: Instance, hint: Ints) -> tuple[Ints, bool]:
    """Give what is given of each arc, and whether nothing fairer is possible."""
    model = cp_model.CpModel()
    nothing = instance.arc_course == instance.nothing
    most = np.where(nothing, instance.unit_choices[instance.arc_unit], 1)
    arcs = [
        model.new_int_var(0, int(top), f"a{place}") for place, top in enumerate(most)
    ]
    by_unit: dict[int, list[int]] = {}
    by_door: dict[int, list[int]] = {}
    for place in range(len(arcs)):
        by_unit.setdefault(int(instance.arc_unit[place]), []).append(place)
        by_door.setdefault(int(instance.arc_door[place]), []).append(place)
    for unit, places in by_unit.items():
        total = sum(arcs[place] for place in places)
        model.add(total == int(instance.unit_choices[unit]))
    _add_seats(model, instance, arcs, by_door)
    _add_pairs(model, instance, arcs, by_unit)
    for place, value in enumerate(hint):
        model.add_hint(arcs[place], int(value))
    proved, taken = True, hint
    for cost in stages(instance):
        aim = sum(int(cost[place]) * arcs[place] for place in np.flatnonzero(cost))
        model.minimize(aim)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = STAGE_SECONDS
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return taken, False
        proved &= status == cp_model.OPTIMAL
        taken = np.array([solver.value(arc) for arc in arcs], dtype=np.int64)
        model.clear_objective()  # type: ignore[no-untyped-call]
        model.clear_hints()  # type: ignore[no-untyped-call]
        for place, arc in enumerate(arcs):
            model.add_hint(arc, int(taken[place]))
        model.add(aim <= int((cost * taken).sum()))
    return taken, proved


def _add_seats(
    model: cp_model.CpModel,
    instance: Instance,
    arcs: list[cp_model.IntVar],
    by_door: dict[int, list[int]],
) -> None:
    behind: dict[int, list[cp_model.IntVar]] = {}
    for door, places in by_door.items():
        pools = instance.doors[door]
        if not pools:
            continue
        ways = [model.new_int_var(0, len(places), f"d{door}p{pool}") for pool in pools]
        model.add(sum(ways) == sum(arcs[place] for place in places))
        for pool, way in zip(pools, ways, strict=True):
            behind.setdefault(pool, []).append(way)
    for pool, ways in behind.items():
        model.add(sum(ways) <= int(instance.pool_seats[pool]))


def _add_pairs(
    model: cp_model.CpModel,
    instance: Instance,
    arcs: list[cp_model.IntVar],
    by_unit: dict[int, list[int]],
) -> None:
    for units in instance.student_units:
        mine = [
            place
            for unit in units
            for place in by_unit[unit]
            if instance.arc_course[place] != instance.nothing
        ]
        for number, one in enumerate(mine):
            for other in mine[number + 1 :]:
                if instance.clashes(
                    int(instance.arc_course[one]), int(instance.arc_course[other])
                ):
                    model.add(arcs[one] + arcs[other] <= 1)
