"""Which classes of an offering a student may attend together.

A *bundle* is one class of each component of one configuration, each with its parent: a
lecture, one of its tutorials, one of its practicals. An offering without configurations
has bundles of one class.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sidecar.contract.problem import Class, Offering, Problem

MOST_BUNDLES = 4096
"""Of one offering."""
MOST_STEPS = 20 * MOST_BUNDLES
"""Classes looked at for those of one configuration: many ways may lead nowhere."""


@dataclass(frozen=True)
class Structure:
    """Bundles of classes by id, and how students divide among classes."""

    bundles: dict[str, list[tuple[str, ...]]]
    """Offering → its bundles, those of an earlier class first."""
    place: dict[str, int]
    """Class → place of its component in its configuration."""
    group: dict[str, tuple[str, str | None]]
    """Class → component and parent: those who have both in common are parallel."""
    fixed: dict[tuple[str, str | None], bool]
    """Group → whether every student of the offering is in one of its classes."""
    overfull: set[str]
    """Offerings with more than ``MOST_BUNDLES``, of which some are left out."""


def structure_of(problem: Problem) -> Structure:
    """How the classes of each offering go together."""
    classes: dict[str, list[Class]] = defaultdict(list)
    for cls in problem.classes:
        classes[cls.offering].append(cls)
    found = Structure({}, {}, {}, {}, set())
    for offering in problem.offerings:
        _add(offering, classes[offering.id], found)
    return found


def find_bundle_faults(problem: Problem) -> Iterator[tuple[str, str]]:
    """(place, message) of classes that nobody, or too many ways, can put together."""
    if not any(offering.configurations for offering in problem.offerings):
        return
    structure = structure_of(problem)
    for index, offering in enumerate(problem.offerings):
        if offering.id in structure.overfull:
            yield (
                f"offerings[{index}].configurations",
                f"The classes of offering '{offering.id}' can be combined in more than "
                f"{MOST_BUNDLES} ways. Say which class each tutorial or practical "
                "belongs to (its parent), or divide the offering.",
            )
        elif offering.configurations and not structure.bundles[offering.id]:
            yield (
                f"offerings[{index}].configurations",
                f"No classes of offering '{offering.id}' go together: a student needs "
                "one of each component, below the right parent. Correct the parents.",
            )
    offering_of = {cls.id: cls.offering for cls in problem.classes}
    known: dict[frozenset[str], bool] = {}
    for index, student in enumerate(problem.students):
        decided: dict[str, set[str]] = defaultdict(set)
        for cls in student.classes:
            if cls in offering_of:
                decided[offering_of[cls]].add(cls)
        for name, classes in decided.items():
            key = frozenset(classes)
            if key not in known:
                known[key] = name in structure.overfull or any(
                    classes <= set(one) for one in structure.bundles.get(name, ())
                )
            if not known[key]:
                yield (
                    f"students[{index}].classes",
                    f"Student '{student.id}' cannot attend the classes "
                    f"{', '.join(sorted(classes))} of '{name}' together: one of them "
                    "belongs to another parent. Leave one out.",
                )


def _add(offering: Offering, classes: list[Class], found: Structure) -> None:
    if not offering.configurations:
        for cls in classes:
            found.place[cls.id], found.group[cls.id] = 0, (offering.id, None)
        found.fixed[offering.id, None] = True
        found.bundles[offering.id] = [(cls.id,) for cls in classes]
        return
    bundles = found.bundles.setdefault(offering.id, [])
    only = offering.configurations[0].components[0].id
    alone = len(offering.configurations) == 1
    for configuration in offering.configurations:
        columns = []
        for place, component in enumerate(configuration.components):
            inside = [c for c in classes if (c.component or only) == component.id]
            columns.append(inside)
            for cls in inside:
                group = component.id, cls.parent
                found.place[cls.id], found.group[cls.id] = place, group
                found.fixed[group] = alone and all(c.parent is None for c in inside)
        parents = [component.parent for component in configuration.components]
        names = [component.id for component in configuration.components]
        above = [names.index(p) if p in names else None for p in parents]
        for bundle in _combined(columns, _parents_first(above)):
            if bundle is None or len(bundles) == MOST_BUNDLES:
                found.overfull.add(offering.id)
                break
            bundles.append(bundle)


def _parents_first(above: list[int | None]) -> list[int]:
    """Columns in such an order that a wrong beginning is left at once: each after the
    one that it hangs on, and after those that hang on that."""
    order: list[int] = []

    def visit(column: int) -> None:
        if column in order:
            return
        order.append(column)
        for other, parent in enumerate(above):
            if parent == column:
                visit(other)

    for column, parent in enumerate(above):
        if parent is None:
            visit(column)
    # What hangs on itself is told elsewhere.
    return order + [k for k in range(len(above)) if k not in order]


def _combined(
    columns: list[list[Class]], order: list[int]
) -> Iterator[tuple[str, ...] | None]:
    """One class of each column, each with its parent; ``None`` if it takes too long."""
    column_of = {cls.id: k for k, column in enumerate(columns) for cls in column}
    chosen: list[str] = [""] * len(columns)
    steps = 0

    def fill(done: int) -> Iterator[tuple[str, ...] | None]:
        nonlocal steps
        if done == len(order):
            yield tuple(chosen)
            return
        column = order[done]
        for cls in columns[column]:
            steps += 1
            if steps > MOST_STEPS:
                yield None
                return
            above = cls.parent
            if above is not None and (
                above not in column_of or chosen[column_of[above]] != above
            ):
                continue
            chosen[column] = cls.id
            yield from fill(done + 1)
        chosen[column] = ""

    yield from fill(0)
