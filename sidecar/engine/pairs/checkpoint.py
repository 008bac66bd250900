"""The state of a search on time patterns as one file, to go on from.

With a time limit, a chain is kept in the middle of its cooling, and goes on from there.
With a number of moves it is kept at the end of each segment only, with its random
numbers: then a run that was interrupted ends like one that was not.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..cooling import Cooling
from ..state_file import CheckpointError, StateFile
from .searcher import PairSearcher
from .tables import PairBest, PairTables

logger = logging.getLogger(__name__)
PLACES = ("time", "place", "bundle")


@dataclass
class ChainState:
    """Where a chain stands; its weights are a part of how it searches."""

    present: PairBest
    best: PairBest
    weight: npt.NDArray[np.int64]
    stern: float
    speed: float
    moves: int
    curve: tuple[float, ...]
    random: dict[str, Any]


@dataclass
class PairRunState:
    """``done``: segments that ended; ``used``: shares of those under way."""

    elapsed: float = 0.0
    done: set[str] = field(default_factory=set)
    used: dict[str, float] = field(default_factory=dict)
    best: PairBest | None = None
    chains: dict[int, ChainState] = field(default_factory=dict)
    trace: list[tuple[float, int, int]] = field(default_factory=list)


def state_of(chain: PairSearcher, cooling: Cooling) -> ChainState:
    """A copy of where a chain stands; only its own thread may ask."""
    state = chain.state
    return ChainState(
        PairBest(
            state.time.copy(),
            state.place.copy(),
            state.bundle.copy(),
            state.totals.copy(),
        ),
        chain.best.copy(),
        state.weight.copy(),
        chain.stern,
        chain.speed,
        chain.moves,
        cooling.curve,
        dict(chain.rng.bit_generator.state),
    )


def restore(chain: PairSearcher, kept: ChainState) -> Cooling:
    """Bring a chain to where it stood; returns its cooling."""
    chain.best = kept.best.copy()
    chain.state.weight[:] = kept.weight
    chain.stand_at(kept.present)
    chain.stern, chain.speed, chain.moves = kept.stern, kept.speed, kept.moves
    chain.rng.bit_generator.state = kept.random
    return Cooling(kept.curve)


class Keeper:
    """Writes the state now and then; a full disk does not end the run."""

    def __init__(self, file: StateFile | None, state: PairRunState) -> None:
        self.file = file
        self.state = state
        self._lock = threading.Lock()
        self._last: dict[int, float] = {}
        self._failed = False

    def due(self, index: int) -> bool:
        """Whether a chain should be kept again."""
        if self.file is None:
            return False
        return time.monotonic() - self._last.get(index, 0.0) >= self.file.every

    def keep(self, index: int, kept: ChainState, key: str, used: float) -> None:
        """Remember where a chain stands and how much of a segment it has used.

        The segment is done where that is 1.
        """
        with self._lock:
            self.state.chains[index] = kept
            if used >= 1:
                self.state.done.add(key)
                self.state.used.pop(key, None)
            else:
                self.state.used[key] = used

    def write(
        self,
        index: int,
        elapsed: float,
        best: PairBest | None,
        trace: list[tuple[float, int, int]],
    ) -> None:
        """Replace the file, on behalf of a chain."""
        if self.file is None:
            return
        with self._lock:
            self.state.elapsed = elapsed
            self.state.best, self.state.trace = best, list(trace)
            try:
                self.file.write(*pack(self.state))
                self._failed = False
            except OSError as error:
                if not self._failed:
                    logger.error("A checkpoint cannot be written: %s.", error.strerror)
                self._failed = True
            self._last[index] = time.monotonic()


def pack(state: PairRunState) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and arrays of a state."""
    arrays: dict[str, Any] = {}

    def put(name: str, best: PairBest) -> None:
        for part in (*PLACES, "totals"):
            arrays[f"{name}/{part}"] = getattr(best, part)

    if state.best is not None:
        put("best", state.best)
    chains = {}
    for index, chain in state.chains.items():
        put(f"{index}/present", chain.present)
        put(f"{index}/best", chain.best)
        arrays[f"{index}/weight"] = chain.weight
        chains[str(index)] = {
            "stern": chain.stern,
            "speed": chain.speed,
            "moves": chain.moves,
            "curve": chain.curve,
            "random": chain.random,
        }
    header = {
        "elapsed": state.elapsed,
        "done": sorted(state.done),
        "used": state.used,
        "chains": chains,
        "trace": state.trace,
    }
    return header, arrays


def load(file: StateFile, tables: PairTables) -> PairRunState:
    """Read a state of a search over these tables.

    Raises
    ------
    CheckpointError
        If the file is damaged, belongs to another run, or has unknown places.
    """
    header, arrays = file.read()
    ranges = {
        "time": (tables.time_ptr[:-1], tables.time_ptr[1:]),
        "place": (tables.room_ptr[:-1], tables.room_ptr[1:]),
        "bundle": (
            tables.course_ptr[tables.enrolment_course],
            tables.course_ptr[tables.enrolment_course + 1],
        ),
    }

    def get(name: str) -> PairBest:
        parts = {"totals": arrays[f"{name}/totals"].astype(np.int64)}
        for part, (low, high) in ranges.items():
            values = arrays[f"{name}/{part}"].astype(np.int32)
            if values.shape != low.shape or ((values < low) | (values >= high)).any():
                raise CheckpointError("Its timetables are of another problem.")
            parts[part] = values
        if parts["totals"].shape != (6,):
            raise CheckpointError("Its sums are not complete.")
        return PairBest(**parts)

    def weight(name: str) -> npt.NDArray[np.int64]:
        values: npt.NDArray[np.int64] = arrays[name].astype(np.int64)
        if values.shape != tables.rule_cost.shape:
            raise CheckpointError("Its rules are those of another problem.")
        return values

    try:
        return PairRunState(
            elapsed=float(header["elapsed"]),
            done=set(header["done"]),
            used={str(key): float(used) for key, used in header["used"].items()},
            best=get("best") if "best/time" in arrays else None,
            chains={
                int(index): ChainState(
                    get(f"{index}/present"),
                    get(f"{index}/best"),
                    weight(f"{index}/weight"),
                    float(chain["stern"]),
                    float(chain["speed"]),
                    int(chain["moves"]),
                    tuple(chain["curve"]),
                    chain["random"],
                )
                for index, chain in header["chains"].items()
            },
            trace=[(float(a), int(b), int(c)) for a, b, c in header["trace"]],
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError("It lacks something that a run remembers.") from error
