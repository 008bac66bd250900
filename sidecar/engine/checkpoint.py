"""A run's state as one file, so that another process can go on from it."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from .decompose import Clusters
from .improve.genetic import Individual
from .model import Instance, Timetable
from .result import StageOutcome, TracePoint
from .state_file import CheckpointError, StateFile


@dataclass
class Active:
    """A segment under way: the timetable it stands at and the share it has used."""

    timetable: Timetable
    used: float


@dataclass
class RunState:
    """All that a run must remember.

    ``done`` are keys of finished segments; ``population`` has the individuals of a
    variant by number, ``refined`` what its last finished refinement left, and
    ``pending`` what a round of mending found that is not decided on yet. ``began``
    is when each stage began, in seconds of work, and ``spent_before`` in iterations.
    """

    elapsed: float = 0.0
    spent: int = 0
    attempts: int = 1
    done: set[str] = field(default_factory=set)
    began: dict[str, float] = field(default_factory=dict)
    spent_before: dict[str, int] = field(default_factory=dict)
    stages: list[StageOutcome] = field(default_factory=list)
    trace: list[TracePoint] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    operators: dict[str, list[int]] = field(default_factory=dict)
    clusters: Clusters | None = None
    start: Timetable | None = None
    best: dict[str, Individual] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    population: dict[str, dict[int, Individual]] = field(default_factory=dict)
    refined: dict[str, Individual] = field(default_factory=dict)
    pending: dict[str, Individual] = field(default_factory=dict)
    policies: dict[str, list[Any]] = field(default_factory=dict)
    active: dict[str, Active] = field(default_factory=dict)


class CheckpointFile(StateFile):
    """The state of a run over weekly grids."""

    def save(self, state: RunState) -> None:
        """Replace the file.

        Raises
        ------
        OSError
            If it cannot be written; the old one is still there then.
        """
        self.write(*_pack(state))

    def load(self, instance: Instance) -> RunState:
        """Read the state.

        Raises
        ------
        CheckpointError
            If the file is damaged or belongs to another run.
        """
        header, arrays = self.read()
        try:
            return _unpack(header, arrays, instance)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise CheckpointError("It lacks something that a run remembers.") from error


def _pack(state: RunState) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays: dict[str, Any] = {}

    def put(name: str, timetable: Timetable) -> None:
        # Indices are small: half the width saves half the writing.
        arrays[f"{name}/slot"] = timetable.slot.astype(np.int32)
        arrays[f"{name}/room"] = timetable.room.astype(np.int32)
        arrays[f"{name}/section"] = timetable.section.astype(np.int32)

    header: dict[str, Any] = {
        "elapsed": state.elapsed,
        "spent": state.spent,
        "attempts": state.attempts,
        "done": sorted(state.done),
        "began": state.began,
        "spent_before": state.spent_before,
        "stages": [asdict(stage) for stage in state.stages],
        "trace": [list(point) for point in state.trace],
        "facts": state.facts,
        "operators": state.operators,
        "ranks": state.ranks,
        "policies": state.policies,
    }
    if state.clusters is not None:
        header["clusters"] = [state.clusters.count, state.clusters.cut_share]
        arrays["clusters"] = state.clusters.of_class
    if state.start is not None:
        put("start", state.start)
    header["best"] = {key: one.score for key, one in state.best.items()}
    for key, one in state.best.items():
        put(f"best/{key}", one.timetable)
    for name, known in (("refined", state.refined), ("pending", state.pending)):
        header[name] = {key: one.score for key, one in known.items()}
        for key, one in known.items():
            put(f"{name}/{key}", one.timetable)
    header["population"] = {
        key: {number: one.score for number, one in members.items()}
        for key, members in state.population.items()
    }
    for key, members in state.population.items():
        for number, one in members.items():
            put(f"population/{key}/{number}", one.timetable)
    header["active"] = {key: one.used for key, one in state.active.items()}
    for key, active in state.active.items():
        put(f"active/{key}", active.timetable)
    return header, arrays


def _unpack(header: dict[str, Any], arrays: Any, instance: Instance) -> RunState:
    shapes = {
        "slot": instance.num_events,
        "room": instance.num_events,
        "section": instance.num_enrolments,
    }

    def get(name: str) -> Timetable:
        parts = {}
        for part, length in shapes.items():
            values = arrays[f"{name}/{part}"].astype(np.int64)
            if values.shape != (length,):
                raise CheckpointError("Its timetables have another size.")
            parts[part] = values
        return Timetable(**parts)

    def individual(name: str, score: list[int]) -> Individual:
        return Individual(get(name), (score[0], score[1]))

    state = RunState(
        elapsed=header["elapsed"],
        spent=header["spent"],
        attempts=header["attempts"],
        done=set(header["done"]),
        began=header["began"],
        spent_before=header["spent_before"],
        stages=[StageOutcome(**stage) for stage in header["stages"]],
        trace=[TracePoint(*point) for point in header["trace"]],
        facts=header["facts"],
        operators=header["operators"],
        ranks=header["ranks"],
        policies=header["policies"],
        start=get("start") if "start/slot" in arrays else None,
        best={k: individual(f"best/{k}", s) for k, s in header["best"].items()},
        pending={
            k: individual(f"pending/{k}", v) for k, v in header["pending"].items()
        },
        refined={
            k: individual(f"refined/{k}", s) for k, s in header["refined"].items()
        },
        population={
            key: {
                int(number): individual(f"population/{key}/{number}", score)
                for number, score in members.items()
            }
            for key, members in header["population"].items()
        },
        active={
            key: Active(get(f"active/{key}"), used)
            for key, used in header["active"].items()
        },
    )
    if "clusters" in header:
        count, cut_share = header["clusters"]
        of_class = arrays["clusters"]
        if of_class.shape != (instance.num_classes,):
            raise CheckpointError("Its clusters have another size.")
        state.clusters = Clusters(
            of_class, of_class[instance.event_class], count, cut_share
        )
    return state
