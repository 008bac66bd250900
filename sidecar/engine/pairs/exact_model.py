"""What both exact models share: literals with prices, and how they are solved."""

from dataclasses import dataclass
from typing import Any

from ..model.patterned import PatternedSolution


@dataclass
class Outcome:
    """What the solver found; ``status`` is optimal, feasible, infeasible or unknown."""

    status: str
    solution: PatternedSolution | None = None
    seconds: float = 0.0


class ExactModel:
    """A model of CP-SAT whose objective is a sum of priced literals.

    OR-Tools is loaded here only, for it takes a second and much memory: the search's
    own process never needs it.
    """

    def __init__(self, solution: PatternedSolution) -> None:
        from ortools.sat.python import cp_model

        self.solution = solution
        self.model = cp_model.CpModel()
        self.terms: list[tuple[int, Any]] = []

    def solve(self, seconds: float, seed: int) -> Outcome:
        """The best found in the time; its solution is a copy."""
        from ortools.sat.python import cp_model

        self.model.minimize(sum(cost * literal for cost, literal in self.terms))
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        status = solver.solve(self.model)
        names = {
            cp_model.OPTIMAL: "optimal",
            cp_model.FEASIBLE: "feasible",
            cp_model.INFEASIBLE: "infeasible",
        }
        outcome = Outcome(names.get(status, "unknown"), seconds=solver.wall_time)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            outcome.solution = self.solution.copy()
            self.write(solver, outcome.solution)
        return outcome

    def write(self, solver: Any, found: PatternedSolution) -> None:
        """Enter what the solver chose."""
        raise NotImplementedError
