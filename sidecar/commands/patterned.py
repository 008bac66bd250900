"""``solve`` and ``validate`` for instances of ITC-2019 (``.xml``, ``.xml.gz``)."""

import argparse
import gzip
import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sidecar.engine.model.patterned import PatternedProblem, PatternedSolution
    from sidecar.engine.state_file import StateFile
    from sidecar.scoring.patterned import PatternedScore

MOST_SENTENCES = 50
_NOT_HERE = {
    "profile": "--profile",
    "variants": "--variants",
    "deep_search": "--deep-search",
    "repair": "--repair",
    "department": "--department",
    "report": "--report",
}
"""Options of ``solve`` that an instance of ITC-2019 has no use for."""


def solve(arguments: argparse.Namespace) -> int:
    """Solve an instance; prints one JSON line on standard output."""
    from sidecar.formats import itc2019, itc2019_solution
    from sidecar.scoring.patterned import score_patterned

    from .reading import read_error
    from .solve import Bar, Interrupt, process_began, usable_cores

    began = process_began() if arguments.own_process else time.monotonic()
    threads = arguments.threads or usable_cores()
    current = arguments.file
    try:
        refuse_options(arguments)
        problem = itc2019.read(arguments.file)
        start = None
        if arguments.start is not None:
            current = arguments.start
            start = itc2019_solution.read(problem, arguments.start)
            current = arguments.file
        # Not before: a bad file is refused without loading the kernels.
        from sidecar.engine.pairs.solve import solve as search

        kept = checkpoint_of(arguments, threads)
        bar = Bar()
        try:
            solution = search(
                problem,
                seed=arguments.seed,
                time_limit=max(0.1, arguments.time_limit - (time.monotonic() - began)),
                threads=threads,
                on_progress=bar.report,
                start=start,
                control=Interrupt(),
                iterations=arguments.iterations,
                checkpoint=kept,
            )
        finally:
            bar.stop()
    except (OSError, ValueError) as error:
        print(read_error(current, error), file=sys.stderr)
        return 2
    seconds = time.monotonic() - began
    if arguments.output is not None:
        text = itc2019_solution.write(
            problem, solution, runtime=seconds, cores=threads, seed=arguments.seed
        )
        try:
            write_whole(arguments.output, text)
        except OSError as error:
            print(
                f"Cannot write {arguments.output}: {error.strerror or error}.",
                file=sys.stderr,
            )
            return 2
    score = score_patterned(problem, solution)
    tell(score)
    print(json.dumps({**figures(problem, score), "seconds": round(seconds, 2)}))
    return 0 if score.valid else 3


def checkpoint_of(arguments: argparse.Namespace, threads: int) -> "StateFile | None":
    """Where a run keeps its state, and what another must share to go on from it.

    The time limit may differ: what was used counts against the new one.
    """
    from sidecar.engine.state_file import StateFile, sources_digest

    if arguments.checkpoint is None:
        return None
    arguments.checkpoint.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(arguments.file.read_bytes())
    if arguments.start is not None:
        digest.update(arguments.start.read_bytes())
    asked = f"seed {arguments.seed}, {threads} threads, {arguments.iterations} moves"
    return StateFile(
        arguments.checkpoint / "checkpoint",
        {
            "version of the engine": sources_digest(),
            "problem": digest.hexdigest(),
            "set of options": asked,
        },
    )


def refuse_options(arguments: argparse.Namespace) -> None:
    """Options and endings that do not go with an instance of ITC-2019.

    Raises
    ------
    ValueError
    """
    from sidecar.formats.itc2019 import is_itc2019

    for name, option in _NOT_HERE.items():
        if getattr(arguments, name):
            raise ValueError(
                f"{option} is for problems of our own format (.json); leave it out "
                "for an .xml instance."
            )
    if arguments.output is not None and not is_itc2019(arguments.output):
        raise ValueError(
            f"The solution of an .xml instance is an .xml file; write it to a name "
            f"that ends so, not to {arguments.output.name}."
        )


def write_whole(file: Path, text: str) -> None:
    """Write a file, packed if its name says so; never a part of it."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    data = text.encode()
    try:
        part.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def validate(arguments: argparse.Namespace) -> int:
    """Check an instance, or score a solution of it; prints one JSON object.

    0 if all is well, 1 on a broken hard rule, 2 on a fault in a file.
    """
    from sidecar.formats import itc2019, itc2019_solution
    from sidecar.scoring.patterned import score_patterned

    from .reading import read_error

    current = arguments.file
    try:
        problem = itc2019.read(arguments.file)
        if arguments.solution is None:
            print(json.dumps({"instance": problem.name, "figures": sizes(problem)}))
            return 0
        current = arguments.solution
        solution: PatternedSolution = itc2019_solution.read(problem, current)
    except (OSError, ValueError) as error:
        print(read_error(current, error), file=sys.stderr)
        return 2
    score = score_patterned(problem, solution)
    tell(score)
    print(json.dumps(figures(problem, score)))
    return 0 if score.valid else 1


def tell(score: "PatternedScore") -> None:
    """The official cost and what is broken, in words, on standard error."""
    out = sys.stderr
    for name, weight in score.weights._asdict().items():
        value = getattr(score, name)
        label = "student conflicts" if name == "student" else name
        print(f"{label}: {value} x {weight} = {value * weight}", file=out)
    print(f"total cost: {score.total}", file=out)
    for sentence in score.violations[:MOST_SENTENCES]:
        print(sentence, file=out)
    more = len(score.violations) - MOST_SENTENCES
    if more > 0:
        print(f"And {more} more like these.", file=out)
    if score.violations:
        print(
            f"The solution is not valid: {len(score.violations)} hard rules are "
            "broken.",
            file=out,
        )


def figures(problem: "PatternedProblem", score: "PatternedScore") -> dict[str, Any]:
    """What is printed of a solution: official cost, weighted, and broken rules."""
    return {
        "instance": problem.name,
        "valid": score.valid,
        "total": score.total,
        **{
            name: getattr(score, name) * weight
            for name, weight in score.weights._asdict().items()
        },
        "hard": dict(+score.hard),
    }


def sizes(problem: "PatternedProblem") -> dict[str, int]:
    """How large an instance is."""
    return {
        "courses": len(problem.courses),
        "classes": len(problem.classes),
        "rooms": len(problem.rooms),
        "distributions": len(problem.distributions),
        "students": len(problem.students),
        "times": sum(len(cls.times) for cls in problem.classes),
    }
