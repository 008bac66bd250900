"""Tables of the studies, from their finished cells alone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import inf
from statistics import median

from .cells import Row
from .instances import BEST_KNOWN, REPAIRS, TRACK_WINNER
from .plans import (
    ABLATION_SECONDS,
    ABLATION_SEEDS,
    SCALING_SECONDS,
    SIZES,
    SWITCHES,
    seeds_of,
)

NAMES = {
    "": "nothing",
    "clustering": "clustering (Louvain)",
    "cp_sat": "CP-SAT",
    "ga_optimization": "genetic algorithm",
    "rl_refinement": "reinforcement learning",
}
Groups = dict[tuple[object, ...], list[Row]]


def group(rows: Iterable[Row], *fields: str) -> Groups:
    """Rows by fields of their cells, in order of appearance."""
    groups: Groups = defaultdict(list)
    for row in rows:
        groups[tuple(row["cell"][name] for name in fields)].append(row)
    return dict(groups)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table; all columns but the first are numbers."""
    lines = [f"| {' | '.join(head)} |", "|---|" + "--:|" * (len(head) - 1)]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return [*lines, ""]


def number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def of(rows: list[Row], read: Callable[[Row], float | None]) -> float | None:
    """The median over seeds of what there is."""
    values = [value for row in rows if (value := read(row)) is not None]
    return median(values) if values else None


def seeds_note(rows: list[Row], wanted: int) -> str:
    """How many seeds a row rests on, where some are missing."""
    return "" if len(rows) >= wanted else f" ({len(rows)} of {wanted} seeds)"


def quality_note(rows: list[Row]) -> str:
    """The same of runs of one instance in one time limit."""
    cell = rows[0]["cell"]
    return seeds_note(rows, len(seeds_of(cell["instance"], cell["seconds"])))


# -- quality ---------------------------------------------------------------------------


def quality_ctt(rows: list[Row]) -> list[str]:
    """CB-CTT: cost and gap; sums over the instances of one time limit."""
    lines: list[str] = []
    for (seconds,), part in group(rows, "seconds").items():
        body, cost, known = [], 0.0, 0
        for (name,), cells in group(part, "instance").items():
            costs = [row["soft"] for row in cells if row["hard"] == 0]
            broken = len(cells) - len(costs)
            best = BEST_KNOWN.get(str(name))
            middle = median(costs) if costs else None
            if middle is not None and best is not None:
                cost, known = cost + middle, known + best
            body.append(
                (
                    f"{name}{quality_note(cells)}",
                    number(middle),
                    number(min(costs, default=None)),
                    number(max(costs, default=None)),
                    number(best),
                    ratio(middle, best),
                    broken,
                )
            )
        body.append(
            ("**sum**", number(cost), "", "", known, ratio(cost, known or None), "")
        )
        goal = {60: 1.10, 300: 1.05}.get(seconds)
        lines += [f"#### CB-CTT, {seconds:g} s", ""]
        head = ("instance", "median", "best", "worst", "best known", "ratio", "broken")
        lines += table(head, sorted(body, key=lambda row: (row[0] == "**sum**", row)))
        if goal and known:
            lines += [verdict("Sum", cost / known, goal, "× best known"), ""]
    return lines


def ratio(value: float | None, known: float | None) -> str:
    return "–" if value is None or not known else f"{value / known:.2f}"


def verdict(what: str, value: float, goal: float, unit: str) -> str:
    """Whether a figure reaches its goal, and by how much not."""
    told = f"{what}: {value:.2f} {unit}; goal {goal:g}"
    if value <= goal:
        return f"{told}: **reached**."
    return f"{told}: **missed by {100 * (value / goal - 1):.0f} %**."


def limits_kept(rows: list[Row]) -> str:
    """How far runs ended from their limit, the start of Python included."""
    off = sorted(100 * (row["seconds"] / row["cell"]["seconds"] - 1) for row in rows)
    late = sum(one > 2 for one in off)
    return (
        f"Time limits: the runs ended between {off[0]:+.1f} % and {off[-1]:+.1f} % of "
        f"theirs, in the middle {median(off):+.1f} %; {late} of {len(off)} more than "
        "2 % late."
    )


def quality_tim(rows: list[Row]) -> list[str]:
    """PE-CTT: distance to feasibility and cost of what is written by the rules."""
    lines: list[str] = []
    for (seconds,), part in group(rows, "seconds").items():
        body, total, winner, unfeasible = [], 0.0, 0, 0
        for (name,), cells in group(part, "instance").items():
            told = [row["official"] for row in cells]
            distances = [one["distance"] for one in told]
            costs = [one["soft"] for one in told if not one["distance"]]
            middle = median(costs) if costs else None
            best = TRACK_WINNER.get(str(name))
            unfeasible += sum(map(bool, distances))
            if middle is not None and best is not None:
                total, winner = total + middle, winner + best
            body.append(
                (
                    f"{name}{quality_note(cells)}",
                    f"{sum(not d for d in distances)} of {len(cells)}",
                    number(median(distances)),
                    number(middle),
                    number(min(costs, default=None)),
                    number(best),
                )
            )
        lines += [f"#### PE-CTT, {seconds:g} s", ""]
        head = (
            "instance",
            "feasible",
            "median distance",
            "median cost",
            "best",
            "winner's best of 10",
        )
        lines += table(head, sorted(body, key=lambda row: (len(row[0]), row[0])))
        lines.append(
            f"{unfeasible} runs without a complete timetable. Sum of median costs "
            f"where there is one: {total:,.0f}; the track winner's best of ten on the "
            f"same instances: {winner:,}."
        )
        lines.append("")
    return lines


def quality_planted(rows: list[Row]) -> list[str]:
    """Instances of the competition's sizes around a timetable of cost 0."""
    seconds = rows[0]["cell"]["seconds"]
    body = [
        (
            row["cell"]["instance"],
            number(row["feasible_seconds"], 1),
            number(row["official"]["distance"]),
            number(row["soft"]),
        )
        for row in sorted(rows, key=lambda row: str(row["cell"]["instance"]))
    ]
    return [
        f"#### PE-CTT, planted timetables of cost 0, {seconds:g} s",
        "",
        "`python -m benchmarks.planted` makes them: events, rooms and students in the "
        "name. Nothing was tuned on them.",
        "",
        *table(("instance", "feasible after s", "distance", "cost"), body),
    ]


def metric(name: str) -> Callable[[Row], float | None]:
    return lambda row: row["metrics"].get(name)


def quality_universities(rows: list[Row]) -> list[str]:
    """Synthetic universities: from a cold process, by the plain scorer."""
    body = []
    for (name, seconds), cells in group(rows, "instance", "seconds").items():
        complete = sum(row["hard"] == 0 for row in cells)
        body.append(
            (
                f"{name}, {seconds:g} s{quality_note(cells)}",
                f"{complete} of {len(cells)}",
                number(of(cells, lambda row: row["feasible_seconds"]), 1),
                number(of(cells, metric("student_gaps_per_student")), 2),
                number(of(cells, metric("students_without_clash_percent")), 2),
                number(of(cells, lambda row: row["soft"])),
                number(of(cells, lambda row: row["engine_mb"])),
                number(of(cells, lambda row: row["all_mb"])),
                number(of(cells, lambda row: row["seconds"]), 1),
            )
        )
    head = (
        "university",
        "complete, no clash",
        "first such after s",
        "gaps per student",
        "% students without clash",
        "soft",
        "MB engine",
        "MB all",
        "s in all",
    )
    return table(head, body)


def quality_variants(rows: list[Row]) -> list[str]:
    """Three variants in one job."""
    body = []
    for row in rows:
        differences = row["differences"].values()
        body.append(
            (
                f"{row['cell']['instance']}, seed {row['cell']['seed']}",
                len(row["variants"]),
                sum(score[0] == 0 for score in row["variants"].values()),
                number(100 * min(differences, default=0), 0),
                number(row["seconds"], 1),
                number(row["all_mb"]),
            )
        )
    head = ("job", "variants", "complete", "least difference %", "s in all", "MB all")
    return table(head, body)


# -- ablation --------------------------------------------------------------------------


def ablation(rows: list[Row]) -> list[str]:
    """Change of the cost when a part is switched off; positive: the part pays."""
    names = [name for name in ABLATION_SECONDS if has(rows, name)]
    searches = [name for name in names if name not in REPAIRS]
    by = group(rows, "instance", "without")
    cost, time = [], []
    for part in SWITCHES[1:]:
        label = NAMES.get(part, part.replace("_", " "))
        pairs = {
            name: paired(by.get((name, ""), []), by.get((name, part), []))
            for name in names
        }
        cost.append((label, *(change(pairs[name]) for name in names)))
        time.append((label, *(saved(pairs[name]) for name in searches)))
    base = (
        "*all parts on: median cost*",
        *(number(of(by.get((name, ""), []), cost_of)) for name in names),
    )
    return [
        "#### What it costs in quality",
        "",
        *table(("switched off", *names), [base, *cost]),
        "#### What it buys in time",
        "",
        *table(("switched off", *searches), time),
    ]


def has(rows: list[Row], name: str) -> bool:
    return any(row["cell"]["instance"] == name for row in rows)


def cost_of(row: Row) -> int:
    """What a repair is to keep low is the events that it moves."""
    changes: int | None = row.get("changes")
    return row["soft"] if changes is None else changes


Pair = tuple[Row, Row]


def paired(base: list[Row], off: list[Row]) -> list[Pair]:
    """(with, without) of the same seed and time."""
    known = {(row["cell"]["seed"], row["cell"]["seconds"]): row for row in base}
    pairs = []
    for row in off:
        key = (row["cell"]["seed"], row["cell"]["seconds"])
        if key in known:
            pairs.append((known[key], row))
    return pairs


def change(pairs: list[Pair]) -> str:
    """Median change in %, bold where every seed agrees; or what stays broken."""
    if not pairs:
        return "missing"
    note = "" if len(pairs) >= len(ABLATION_SEEDS) else f" ({len(pairs)})"
    broken = median(off["hard"] for _, off in pairs)
    if broken > median(base["hard"] for base, _ in pairs):
        return f"**{broken:g} broken**{note}"
    changes = [change_of(base, off) for base, off in pairs]
    middle = median(changes)
    agreed = all(c > 0 for c in changes) or all(c < 0 for c in changes)
    text = f"{middle:+.1f} %"
    return (f"**{text}**" if agreed and len(pairs) > 1 else text) + note


def change_of(base: Row, off: Row) -> float:
    """In %; no cost outweighs a rule that only one of the two breaks."""
    if off["hard"] != base["hard"]:
        return inf if off["hard"] > base["hard"] else -inf
    return 100 * (cost_of(off) - cost_of(base)) / max(1, cost_of(base))


def saved(pairs: list[Pair]) -> str:
    """How much sooner the whole engine is where the engine without the part ends."""
    shares = [
        1 - reached / base["cell"]["seconds"]
        for base, off in pairs
        if (reached := first_time(base, (off["hard"], off["soft"]))) is not None
    ]
    if not pairs:
        return "missing"
    if len(shares) * 2 <= len(pairs):
        return "–"
    return f"{100 * median(shares):.0f} %"


def first_time(row: Row, score: tuple[int, int]) -> float | None:
    """Seconds at which a run's incumbent was at least as good."""
    for seconds, _, _, hard, soft in row["trace"]:
        if (hard, soft) <= score:
            return float(seconds)
    return None


# -- scaling ---------------------------------------------------------------------------


def scaling(rows: list[Row]) -> list[str]:
    """Seconds and memory by size; growth against size."""
    body = []
    first: dict[str, float] = {}
    by = group(rows, "instance")
    for name in SCALING_SECONDS:
        cells = by.get((name,), [])
        if not cells:
            body.append((name, "missing", *[""] * 7))
            continue
        ready = of(cells, lambda row: row["feasible_seconds"])
        load = of(cells, lambda row: row["load_seconds"])
        own = of(cells, lambda row: row["engine_mb"])
        kernels = None if ready is None or load is None else ready - load
        if not first and kernels is not None and own is not None:
            first = {"kernels": kernels, "own": own}
        complete = sum(row["feasible_seconds"] is not None for row in cells)
        body.append(
            (
                f"{SIZES[name]} ×",
                f"{complete} of {len(cells)}",
                number(of(cells, lambda row: row["total"])),
                number(load, 1),
                number(kernels, 1),
                number(ready, 1),
                grown(kernels, first.get("kernels"), SIZES[name]),
                number(own),
                number(of(cells, lambda row: row["all_mb"])),
            )
        )
    head = (
        "size",
        "complete, no clash",
        "events",
        "reading s",
        "solving s",
        "in all s",
        "solving per unit of size",
        "MB engine",
        "MB all",
    )
    return table(head, body)


def grown(value: float | None, first: float | None, size: int) -> str:
    """Time per unit of size, as a multiple of that at size 1."""
    return "–" if not value or not first else f"{value / first / size:.2f} ×"
