"""The smallest set of facts that cannot hold together, by CP-SAT.

Each fact of a small part of the problem is an assumption of one model. If the model is
infeasible, CP-SAT names assumptions that suffice; a deletion filter then drops each one
that is not needed, so that what is left cannot be made smaller.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sidecar.scoring.relations import related_pairs

from .facts import Fact
from .grid import Grid, Unit, bits

SOLVE_SECONDS = 2.0
DROP_FIRST = (
    "band",
    "class_closed",
    "faculty_closed",
    "rooms",
    "event_slots",
    "class_day",
    "faculty_day",
    "curriculum",
    "relation",
    "pin",
)
"""The filter tries these first; a reason without them is easier to read."""


class Clock:
    """Seconds that all exact answers of one diagnosis may take together."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return self._end - time.monotonic()


class LocalModel:
    """Events that have to be placed, and every rule that stands between them alone.

    Parameters
    ----------
    grid
        The problem.
    units
        Events of this part.
    choices
        For a student: the classes open for each offering chosen. Their events are
        always placed; what may fail is the student's attendance.
    """

    def __init__(
        self,
        grid: Grid,
        units: Iterable[Unit],
        choices: dict[str, list[str]] | None = None,
    ) -> None:
        from ortools.sat.python import cp_model

        self._cp = cp_model
        self.grid = grid
        self.units = list(units)
        self.choices = choices
        self.model = cp_model.CpModel()
        self.literal: dict[Fact, Any] = {}
        self.x: dict[int, dict[int, Any]] = {}
        self.absent: dict[int, Any] = {}
        for unit in self.units:
            self._place(unit)
        self._agents()
        self._rooms()
        self._relations()
        if choices is not None:
            self._student(choices)

    def fact(self, kind: str, key: str) -> Any:
        """The assumption that stands for a fact."""
        fact = Fact(kind, key)
        if fact not in self.literal:
            self.literal[fact] = self.model.new_bool_var("")
        return self.literal[fact]

    # -- the model ---------------------------------------------------------------------

    def _place(self, unit: Unit) -> None:
        model, grid = self.model, self.grid
        x = {s: model.new_bool_var("") for s in bits(grid.grid_starts[unit.duration])}
        absent = model.new_bool_var("")
        model.add_exactly_one([*x.values(), absent])
        self.x[unit.number], self.absent[unit.number] = x, absent
        if self.choices is None:
            model.add_implication(self.fact("event", unit.id), absent.negated())
        else:
            model.add(absent == 0)
        for fact, starts in grid.limits(unit):
            literal = self.fact(fact.kind, fact.id)
            for s, var in x.items():
                if not starts >> s & 1:
                    model.add_implication(literal, var.negated())

    def _covering(self, unit: Unit, slot: int) -> list[Any]:
        """Variables of the starts from which an event covers a slot."""
        x = self.x[unit.number]
        return [x[s] for s in range(slot - unit.duration + 1, slot + 1) if s in x]

    def _at_most(self, units: list[Unit], fact: Any, room: dict[int, int]) -> None:
        for slot in bits(self.grid.everything):
            terms = [v for unit in units for v in self._covering(unit, slot)]
            if len(terms) > room.get(slot, 1):
                self.model.add(sum(terms) <= room.get(slot, 1)).only_enforce_if(fact)

    def _agents(self) -> None:
        grid, model = self.grid, self.model
        by_class: dict[str, list[Unit]] = defaultdict(list)
        by_faculty: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.units:
            by_class[unit.cls.id].append(unit)
            for member in unit.teachers:
                by_faculty[member].append(unit)
        for cls, units in by_class.items():
            if len(units) < 2:
                continue
            self._at_most(units, self.fact("class", cls), {})
            if units[0].cls.one_event_per_day:
                literal = self.fact("class_day", cls)
                for mask in grid.day_masks:
                    terms = [
                        var
                        for unit in units
                        for s, var in self.x[unit.number].items()
                        if mask >> s & 1
                    ]
                    model.add(sum(terms) <= 1).only_enforce_if(literal)
        for member, units in by_faculty.items():
            if len(units) > 1:
                self._at_most(units, self.fact("faculty", member), {})
            limit = grid.faculty[member].max_periods_day
            if limit is None:
                continue
            literal = self.fact("faculty_day", member)
            for mask in grid.day_masks:
                load = sum(
                    unit.duration * var
                    for unit in units
                    for s, var in self.x[unit.number].items()
                    if mask >> s & 1
                )
                model.add(load <= limit).only_enforce_if(literal)
        for curriculum in grid.problem.curricula:
            units = [u for c in set(curriculum.classes) for u in by_class.get(c, ())]
            if len({u.cls.id for u in units}) > 1:
                self._at_most(units, self.fact("curriculum", curriculum.id), {})

    def _rooms(self) -> None:
        grid = self.grid
        keys = {unit.room_key for unit in self.units if unit.room_key is not None}
        sets = {key: {room.id for room in grid.rooms(key)} for key in keys}
        for key in sorted(keys):
            inside = [
                unit
                for unit in self.units
                if unit.room_key is not None and sets[unit.room_key] <= sets[key]
            ]
            if not sets[key] or len(inside) <= 1:
                continue
            open_rooms = {
                slot: sum(grid.room_open[room] >> slot & 1 for room in sets[key])
                for slot in bits(grid.everything)
            }
            if len(inside) > min(open_rooms.values()):
                self._at_most(inside, self.fact("rooms", "|".join(key)), open_rooms)

    def _relations(self) -> None:
        here = {unit.id: unit for unit in self.units}
        mine = {r.id: r for e in here for r in self.grid.relations_of[e]}
        for relation in mine.values():
            members = [here[e] for e in relation.events if e in here]
            if len(members) < 2:
                continue
            literal = self.fact("relation", relation.id)
            if relation.type == "max_days":
                self._maximum_days(members, relation.value or 0, literal)
            for a, b in related_pairs(relation):
                if a in here and b in here:
                    table = self.grid.compatible(relation, here[a], here[b])
                    self._pair(here[a], here[b], table, literal)

    def _pair(self, a: Unit, b: Unit, table: list[int], literal: Any) -> None:
        second = self.x[b.number]
        for s, var in self.x[a.number].items():
            allowed = [second[t] for t in bits(table[s])]
            if len(allowed) < len(second):
                self.model.add_bool_or(
                    [*allowed, self.absent[b.number], var.negated(), literal.negated()]
                )

    def _maximum_days(self, units: list[Unit], value: int, literal: Any) -> None:
        used = []
        for mask in self.grid.day_masks:
            day = self.model.new_bool_var("")
            used.append(day)
            for unit in units:
                for s, var in self.x[unit.number].items():
                    if mask >> s & 1:
                        self.model.add_implication(var, day)
        self.model.add(sum(used) <= value).only_enforce_if(literal)

    def _student(self, choices: dict[str, list[str]]) -> None:
        model = self.model
        attends: dict[str, Any] = {}
        structure = self.grid.structure
        for offering, classes in choices.items():
            for cls in classes:
                attends[cls] = model.new_bool_var("")
            chosen = self.fact("choice", offering)
            ways = []
            for components in structure.ways(classes):
                way = model.new_bool_var("")
                ways.append(way)
                for parallel in components:
                    model.add(sum(attends[c] for c in parallel) == 1).only_enforce_if(
                        way
                    )
            model.add(sum(ways) == 1).only_enforce_if(chosen)
            for cls in classes:
                parent = structure.parent.get(cls)
                if parent in attends:
                    model.add_implication(attends[cls], attends[parent])
                elif parent is not None:
                    model.add(attends[cls] == 0)
        for slot in bits(self.grid.everything):
            present = []
            for unit in self.units:
                for var in self._covering(unit, slot):
                    there = model.new_bool_var("")
                    model.add_bool_or(
                        [there, var.negated(), attends[unit.cls.id].negated()]
                    )
                    present.append(there)
            if len(present) > 1:
                model.add(sum(present) <= 1)

    # -- answers -----------------------------------------------------------------------

    def _core(self, facts: list[Fact], seconds: float) -> list[Fact] | None:
        """Facts that suffice for a contradiction; None if none is proven."""
        if seconds <= 0:
            return None
        solver = self._cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.cp_model_presolve = False
        solver.parameters.linearization_level = 0
        solver.parameters.max_time_in_seconds = min(seconds, SOLVE_SECONDS)
        self.model.clear_assumptions()
        self.model.add_assumptions([self.literal[fact] for fact in facts])
        if solver.solve(self.model) != self._cp.INFEASIBLE:
            return None
        enough = set(solver.sufficient_assumptions_for_infeasibility())
        core = [f for f in facts if self.literal[f].index in enough]
        # Presolve may prove it without naming assumptions: then all of them stay.
        return core or facts

    def smallest_conflict(self, clock: Clock) -> list[Fact] | None:
        """A set of facts that cannot all hold, none of which can be left out."""
        core = self._core(sorted(self.literal), clock.left())
        if core is None:
            return None
        rank = {kind: number for number, kind in enumerate(DROP_FIRST)}
        for fact in sorted(core, key=lambda f: (rank.get(f.kind, 99), f.id)):
            if fact in core:
                smaller = self._core([f for f in core if f != fact], clock.left())
                if smaller is not None:
                    core = smaller
        return core
