"""One after another: whoever comes first in the order chooses from what is left.

With one order for all courses this is what deferred acceptance gives as well. Nobody
can gain by stating other wishes than their own within a basket, and nobody who comes
later holds a seat that somebody before them would rather have (Svensson 1999:
Strategy-proof allocation of indivisible goods; Gale and Shapley 1962).
"""

import numpy as np

from .instance import Instance, Ints


def serial(instance: Instance) -> Ints:
    """Give what is given of each arc."""
    taken = np.zeros(len(instance.arc_unit), dtype=np.int64)
    left = instance.pool_seats.tolist()
    arcs_of: dict[int, list[int]] = {}
    for arc, unit in enumerate(instance.arc_unit.tolist()):
        arcs_of.setdefault(unit, []).append(arc)
    order = sorted(
        (student for student, units in enumerate(instance.student_units) if units),
        key=lambda student: _place(instance, student),
    )
    for student in order:
        held = set(instance.student_has[student])
        for unit in instance.student_units[student]:
            wanted = int(instance.unit_choices[unit])
            for arc in arcs_of[unit]:
                course = int(instance.arc_course[arc])
                if course == instance.nothing:
                    taken[arc] = wanted
                    break
                if wanted and not any(instance.clashes(course, had) for had in held):
                    pools = instance.doors[instance.arc_door[arc]]
                    pool = next((pool for pool in pools if left[pool]), None)
                    if pool is not None:
                        left[pool] -= 1
                        taken[arc] = 1
                        held.add(course)
                        wanted -= 1
    return taken


def _place(instance: Instance, student: int) -> tuple[int, int]:
    unit = instance.student_units[student][0]
    return int(instance.unit_tier[unit]), int(instance.unit_priority[unit])
