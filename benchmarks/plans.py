"""Which runs the studies consist of, in the order in which they are run."""

from sidecar.engine.params import PARTS
from sidecar.engine.searcher import OPERATORS

from .cells import Cell
from .instances import Instances
from .planted import SHAPES

QUALITY_SEEDS = (1, 2, 3, 4, 5)
BENCHMARK_SECONDS = (60, 300)
SINGLE_RUNS = (("comp-2007-2-", 300), ("planted-", 60))
"""Instances and limits with one seed: what is asked of them is asked of single runs."""
BENCHMARK_THREADS = 2
"""Of the public instances: the goals are given for two cores."""
UNIVERSITY_SECONDS = {
    "campus": 20,
    "bhu": 60,
    "bhu tight": 60,
    "bhu groups": 60,
    "bhu weeks": 60,
}
"""``bhu groups``: lectures of 60, tutorials of 30, practicals of 20; ``bhu weeks``:
half of these practicals fortnightly as well, and joint lectures."""
VARIANTS = ("balanced", "faculty_friendly", "student_friendly")
VARIANTS_SECONDS = 60
QUICK_BENCHMARK_SECONDS = 10
QUICK_UNIVERSITY_SECONDS = {"campus": 10, "bhu": 30, "bhu tight": 40}

ABLATION_SEEDS = (1, 2, 3, 4, 5)
ABLATION_SIDE_BY_SIDE = 2
"""Runs of one thread at once; they slow each other down a little, all alike."""
SWITCHES = ("", *PARTS, *OPERATORS)
ABLATION_SECONDS = {
    "campus": 6,
    "bhu": 20,
    "bhu tight": 20,
    "bhu tight, repair": 15,
    "comp02": 8,
    "comp05": 8,
    "comp06": 8,
    "comp-2007-2-2": 10,
    "comp-2007-2-11": 10,
}
QUICK_ABLATION_SECONDS = {"campus": 4, "comp05": 4, "comp-2007-2-11": 4}

SCALING_SEEDS = (1, 2, 3)
SIZES = {"bhu": 1, "bhu x2": 2, "bhu x5": 5, "bhu x10": 10}
SCALING_SECONDS = {"bhu": 60, "bhu x2": 60, "bhu x5": 120, "bhu x10": 240}
"""At the latest; a run ends as soon as it has a complete timetable without clashes."""


ITC2019_SEEDS = (1, 2, 3)
ITC2019_SECONDS = (60, 600, 3600)
QUICK_ITC2019_SECONDS = 20


def quality(instances: Instances) -> list[Cell]:
    """Short limits first, seed by seed; then planted instances and long limits."""
    names = [*instances.ctt(), *instances.tim()]
    short, long = BENCHMARK_SECONDS
    threads = BENCHMARK_THREADS
    first = [
        cell
        for seed in QUALITY_SEEDS
        for cell in (
            *(Cell(name, seed, limit) for name, limit in UNIVERSITY_SECONDS.items()),
            *(Cell(name, seed, short, threads=threads) for name in names),
            Cell("bhu", seed, VARIANTS_SECONDS, threads=threads, profiles=VARIANTS),
        )
    ]
    return [
        *first,
        *(
            Cell(name, seed, short, threads=threads)
            for name in SHAPES
            for seed in seeds_of(name, short)
        ),
        *(
            Cell(name, seed, long, threads=threads)
            for seed in QUALITY_SEEDS
            for name in names
            if seed in seeds_of(name, long)
        ),
    ]


def seeds_of(name: str, seconds: float) -> tuple[int, ...]:
    """Seeds with which quality is measured on an instance in a time limit."""
    single = any(
        name.startswith(family) and seconds == limit for family, limit in SINGLE_RUNS
    )
    return QUALITY_SEEDS[:1] if single else QUALITY_SEEDS


def quality_quick(instances: Instances) -> list[Cell]:
    """One seed and a few seconds each."""
    names = [*instances.ctt(), *instances.tim()]
    return [
        *(
            Cell(name, 1, QUICK_BENCHMARK_SECONDS, threads=BENCHMARK_THREADS)
            for name in names
        ),
        *(Cell(name, 1, limit) for name, limit in QUICK_UNIVERSITY_SECONDS.items()),
    ]


def ablation() -> list[Cell]:
    """By seed, so that one round of all parts is there early."""
    return [
        Cell(name, seed, seconds, without)
        for seed in ABLATION_SEEDS
        for name, seconds in ABLATION_SECONDS.items()
        for without in SWITCHES
    ]


def ablation_quick() -> list[Cell]:
    """One seed on three small instances: shows that it works, proves nothing."""
    return [
        Cell(name, 1, seconds, without)
        for name, seconds in QUICK_ABLATION_SECONDS.items()
        for without in SWITCHES
    ]


def scaling() -> list[Cell]:
    """By seed, so that all sizes are there early."""
    return [
        Cell(name, seed, seconds, stop="feasible")
        for seed in SCALING_SEEDS
        for name, seconds in SCALING_SECONDS.items()
    ]


def scaling_quick() -> list[Cell]:
    """Twice the size in the time that it may take."""
    return [Cell(name, 1, 60, stop="feasible") for name in ("bhu", "bhu x2")]


def itc2019(instances: Instances) -> list[Cell]:
    """Short limits first; the limits are the goals' own, on two cores."""
    return [
        Cell(name, seed, seconds, threads=BENCHMARK_THREADS)
        for seconds in ITC2019_SECONDS
        for seed in ITC2019_SEEDS
        for name in instances.itc2019()
    ]


def itc2019_quick(instances: Instances) -> list[Cell]:
    """One seed and some seconds each."""
    return [
        Cell(name, 1, QUICK_ITC2019_SECONDS, threads=BENCHMARK_THREADS)
        for name in instances.itc2019()
    ]
