"""Places that an offering has for a student: configurations, components, parents."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from sidecar.contract.problem import Problem
from sidecar.scoring.sectioning import Structure


class Places(Structure):
    """What the checks ask of the structure of offerings."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._limit = {cls.id: cls.limit for cls in problem.classes}
        self._offering = {cls.id: cls.offering for cls in problem.classes}
        self._classes: dict[str, list[str]] = defaultdict(list)
        for cls in problem.classes:
            self._classes[cls.offering].append(cls.id)
        self._kind = {
            component.id: component.kind.replace("_", " ")
            for offering in problem.offerings
            for configuration in offering.configurations
            for component in configuration.components
        }

    def ways(self, classes: Iterable[str]) -> list[list[list[str]]]:
        """For each configuration that these classes fill: classes by component."""
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for cls in classes:
            component = self.component[cls]
            found[self.configuration[component]][component].append(cls)
        return [
            list(components.values())
            for configuration, components in found.items()
            if components.keys() == self.components[configuration]
        ]

    def open_to(self, offering: str, decided: Sequence[str] = ()) -> tuple[str, ...]:
        """Classes that a student may attend, of whom some are decided."""
        fixed = {self.component[cls]: cls for cls in decided}
        ways = {self.configuration[component] for component in fixed}
        return tuple(
            cls
            for cls in self._classes[offering]
            if fixed.get(self.component[cls], cls) == cls
            and (not ways or self.configuration[self.component[cls]] in ways)
        )

    def likely(
        self, offering: str, worth: Callable[[str], int], decided: Sequence[str] = ()
    ) -> list[str]:
        """One place, of the classes that are worth most; parents are respected as far
        as the choice of one class after the other can."""
        ways = self.ways(self.open_to(offering, decided))
        if not ways:
            return []
        taken: list[str] = []
        for parallel in sorted(ways[0], key=lambda classes: self._depth(classes[0])):
            hanging = [c for c in parallel if self.parent.get(c) in (None, *taken)]
            taken.append(max(hanging or parallel, key=worth))
        return taken

    def least(self, classes: Iterable[str], periods: Callable[[str], int]) -> int:
        """Fewest periods of a place among these classes."""
        ways = self.ways(classes)
        return min(
            (sum(min(map(periods, parallel)) for parallel in way) for way in ways),
            default=0,
        )

    def seats(self, offering: str) -> int:
        """Students that all classes of an offering can hold together, at most."""
        return sum(
            min(self._of_component(parallel) for parallel in way)
            for way in self.ways(self._classes[offering])
        )

    def tightest(self, offering: str) -> str | None:
        """Kind of the component with the fewest seats, where there are several."""
        ways = self.ways(self._classes[offering])
        if len(ways) != 1 or len(ways[0]) < 2:
            return None
        parallel = min(ways[0], key=self._of_component)
        return self._kind.get(self.component[parallel[0]])

    def _of_component(self, parallel: list[str]) -> int:
        """Seats of a component; groups seat no more than their parent does."""
        of_parent: dict[str | None, int] = defaultdict(int)
        for cls in parallel:
            of_parent[self.parent.get(cls)] += self._limit[cls]
        return sum(
            seats if parent is None else min(seats, self._limit[parent])
            for parent, seats in of_parent.items()
        )

    def _depth(self, cls: str) -> int:
        steps, above = 0, self.parent.get(cls)
        while above is not None:
            steps, above = steps + 1, self.parent.get(above)
        return steps
