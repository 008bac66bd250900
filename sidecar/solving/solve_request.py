"""From wire to wire: the one place where contract, formats and engine meet.

Used by the worker process and by the console script; loads numba and ortools, so
nothing that serves HTTP may import it.
"""

import hashlib
import math
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from sidecar.advice.moved import explain_moves
from sidecar.advice.ways_out import explain
from sidecar.contract import (
    STAGE_SHARES,
    JobOptions,
    Problem,
    Result,
    Stage,
    StageReport,
    TracePoint,
    Variant,
)
from sidecar.contract.catalogue import Message, english
from sidecar.contract.objective import AXES, weights_of
from sidecar.engine.checkpoint import CheckpointFile
from sidecar.engine.model import Timetable
from sidecar.engine.params import SolveParams, VariantSpec
from sidecar.engine.progress import Control, ProgressSink, Sample
from sidecar.engine.recount import agree
from sidecar.engine.result import Outcome, VariantOutcome
from sidecar.engine.solve import solve
from sidecar.engine.state_file import sources_digest
from sidecar.formats.checks import check_problem
from sidecar.formats.contract_reader import read_instance
from sidecar.formats.contract_writer import write_assignments, write_sectioning
from sidecar.formats.index import Names

from ..system.memory import give_back
from .answers import evaluate_problem
from .promises import broken_promises, deep_search_notes, with_leads

REPORT_SECONDS_PER_EVENT = 0.7e-4
"""Time to score and write one variant, per event; taken off the time limit."""
SCORING_OVER_READING = 5.0
"""The same as a multiple of the time it took to read the problem, which tells how
quick the machine is just now; the larger of the two counts."""
EXPLAIN_SECONDS = 0.3
"""Time to look for ways out of one variant's first violations, if it has any."""


class OverallProgress:
    """Adds the overall percentage to the engine's reports; never lets it fall."""

    def __init__(self, sink: ProgressSink) -> None:
        self._sink = sink
        self._overall = 0.0

    def report(self, sample: Sample) -> None:
        first, last = STAGE_SHARES[Stage(sample.stage)]
        overall = first + (last - first) * sample.stage_progress / 100
        self._overall = max(self._overall, overall)
        self._sink.report(replace(sample, overall_progress=self._overall))


def solve_request(
    problem: Problem,
    options: JobOptions,
    *,
    digest: str,
    sink: ProgressSink,
    control: Control,
    on_incumbent: Callable[[Result], None] | None = None,
    work_dir: Path | None = None,
    without: Iterable[str] = (),
    started: float | None = None,
) -> Result:
    """Solve a problem of the contract as the options say.

    Parameters
    ----------
    problem, options
        As received; the problem is checked again.
    digest
        Hex SHA-256 of the problem's bytes, copied into the result.
    sink, control
        Progress out; commands in. Pause blocks inside, cancel returns the best so far
        with stop reason ``cancelled``.
    on_incumbent
        Gets a complete partial result about every ten seconds.
    work_dir
        Kept from one attempt of a job to the next: holds ``checkpoint``, from which
        this call goes on if it is of the same problem and options, and obeys
        ``threads``, a number that lowers or raises the workers meanwhile.
    without
        Stages and operators to leave out (``SolveParams.without``).
    started
        When the time limit began to run, on the monotonic clock; now, if not given.

    Raises
    ------
    ProblemError
        If the problem contradicts itself; lists every place and how to mend it.
    """
    now = time.monotonic()
    started = now if started is None else started
    check_problem(problem)
    weights = {v.key: weights_of(v.profile, v.weights) for v in options.variants}
    soft_seats = all(w["room_overflow"] > 0 for w in weights.values())
    instance, names = read_instance(problem, soft_seats=soft_seats)
    give_back()  # What reading left behind, before the engine needs as much again.
    spent = time.monotonic() - started
    reading = time.monotonic() - now
    of_one = REPORT_SECONDS_PER_EVENT * instance.num_events
    reserve = max(of_one, SCORING_OVER_READING * reading) * len(options.variants)
    reserve = min(reserve, 0.25 * options.time_limit_seconds)
    params = SolveParams(
        variants=tuple(
            VariantSpec(v.key, weights[v.key], AXES.get(v.profile))
            for v in options.variants
        ),
        seed=options.seed,
        time_limit=max(0.5, options.time_limit_seconds - reserve - spent),
        iterations=options.iteration_budget,
        repair=options.mode == "repair",
        deep_search=options.deep_search,
        without=frozenset(without),
        check_level=options.check_level,
        threads=options.threads,
    )

    scored: Scored = {}

    def partial(outcomes: list[VariantOutcome]) -> None:
        assert on_incumbent is not None
        outcome = Outcome(outcomes, [], "incumbent", time.monotonic() - started)
        on_incumbent(_result(problem, options, names, outcome, digest, started, scored))

    outcome = solve(
        instance,
        params,
        OverallProgress(sink),
        control,
        partial if on_incumbent is not None else None,
        None if work_dir is None else checkpoint_of(work_dir, digest, options, params),
        ThreadsFile(work_dir, options.threads) if work_dir is not None else None,
    )
    return _result(problem, options, names, outcome, digest, started, scored)


CHECKPOINT, THREADS = "checkpoint", "threads"
"""Files of a run's work folder."""
CHECKPOINT_SECONDS = 5.0
"""Time between two checkpoints."""


def checkpoint_of(
    work_dir: Path, digest: str, options: JobOptions, params: SolveParams
) -> CheckpointFile:
    """Where a run keeps its state, and what another run must share to go on from it.

    The time limit may differ: what was used counts against the new one.
    """
    asked = options.model_dump_json(
        exclude={"time_limit_seconds", "threads", "check_level"}
    )
    asked += " ".join(sorted(params.without))
    return CheckpointFile(
        work_dir / CHECKPOINT,
        {
            "version of the engine": sources_digest(),
            "problem": digest,
            "set of options": hashlib.sha256(asked.encode()).hexdigest(),
        },
        CHECKPOINT_SECONDS,
    )


class ThreadsFile:
    """The number in ``threads``, looked up about once a second; else the default."""

    def __init__(self, work_dir: Path, default: int) -> None:
        self._path, self._default = work_dir / THREADS, default
        self._read = -math.inf
        self._value = default

    def __call__(self) -> int:
        at = time.monotonic()
        if at - self._read >= 1.0:
            self._read = at
            try:
                self._value = int(self._path.read_text())
            except (FileNotFoundError, ValueError):  # none yet, or half written
                self._value = self._default
        return self._value


Scored = dict[str, tuple[bytes, Variant]]
"""Each variant as it was scored last, with the fingerprint of its timetable: scoring a
university takes a second, and a cancelled job must not wait for what is known."""


def _fingerprint(timetable: Timetable) -> bytes:
    digest = hashlib.blake2b()
    for part in (timetable.slot, timetable.room, timetable.section):
        digest.update(part.tobytes())
    return digest.digest()


def _result(
    problem: Problem,
    options: JobOptions,
    names: Names,
    outcome: Outcome,
    digest: str,
    started: float,
    scored: Scored,
) -> Result:
    requests = {variant.key: variant for variant in options.variants}
    variants = []
    for item in outcome.variants:
        request = requests[item.key]
        fingerprint = _fingerprint(item.timetable)
        if item.key not in scored or scored[item.key][0] != fingerprint:
            variant = evaluate_problem(
                problem,
                write_assignments(item.timetable, names),
                write_sectioning(problem, item.timetable, names),
                request.profile,
                request.weights,
                key=item.key,
            )
            scored[item.key] = (fingerprint, variant)
        variant = scored[item.key][1]
        if options.check_level != "none":
            # The engine takes a pinned room for suitable: nobody asked its opinion.
            pinned = {pin.event for pin in problem.pins if pin.room}
            forced = sum(
                violation.constraint == "room_suitability"
                and pinned.issuperset(violation.events)
                for violation in variant.violations
            )
            plain = (variant.score.hard - forced, variant.score.soft)
            agree(item.key, item.score, plain)
        if outcome.stop_reason != "incumbent":
            variant = explain(problem, variant, request.weights, EXPLAIN_SECONDS)
            if options.mode == "repair":
                variant = explain_moves(problem, variant, request.weights)
        variants.append(variant)
    differences = {
        f"{a.key}|{b.key}": round(a.timetable.difference(b.timetable), 4)
        for i, a in enumerate(outcome.variants)
        for b in outcome.variants[i + 1 :]
    }
    variants = with_leads(variants, options)
    remarks: list[Message] = []
    if outcome.stop_reason != "incumbent":
        remarks = broken_promises(variants, differences, options)
        remarks += deep_search_notes([(s.stage, s.details) for s in outcome.stages])
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Result(
        problem_digest=digest,
        seed=options.seed,
        stop_reason=outcome.stop_reason,
        reproducible=options.iteration_budget is not None,
        seconds=round(time.monotonic() - started, 3),
        peak_rss_mb=round(own_mb + outcome.child_peak_mb, 1),
        stages=[
            StageReport(
                stage=stage.stage,
                seconds=round(stage.seconds, 3),
                placed=stage.placed,
                hard=stage.hard,
                soft=stage.soft,
                details=stage.details,
            )
            for stage in outcome.stages
        ],
        differences=differences,
        attempts=outcome.attempts,
        operators=outcome.operators,
        remarks=remarks,
        notes=[english(remark) for remark in remarks],
        trace=[TracePoint(**point._asdict()) for point in outcome.trace],
        variants=sorted(variants, key=lambda v: v.score.hard),
    )
