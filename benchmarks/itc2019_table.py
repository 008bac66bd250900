"""The table of ITC-2019, from finished cells alone."""

from math import exp, log
from statistics import median

from .cells import Row
from .instances import BEST_KNOWN_2019, UNITIME
from .plans import ITC2019_SEEDS
from .tables import group, number, of, seeds_note, table

GOAL_SECONDS = 600


def table_of(rows: list[Row]) -> list[str]:
    """One line an instance; costs of runs that broke nothing, by time limit."""
    limits = sorted({row["cell"]["seconds"] for row in rows})
    body, ratios, unitime = [], [], []
    for (name,), part in group(rows, "instance").items():
        by_limit = {
            seconds: group(part, "seconds").get((seconds,), []) for seconds in limits
        }
        best = BEST_KNOWN_2019.get(str(name))
        other = UNITIME.get(str(name))
        done = [s for s in limits if by_limit[s] and s <= GOAL_SECONDS] or limits[:1]
        longest = by_limit[done[-1]]
        reached = cost_of(longest)
        ratio = reached / best if reached is not None and best else None
        if ratio:
            ratios.append(ratio)
        if reached is not None and other:
            unitime.append(reached / other)
        body.append(
            (
                name,
                number(of(part, lambda row: row["feasible_seconds"]), 1),
                *(cost_text(by_limit[seconds]) for seconds in limits),
                number(best),
                number(ratio, 2),
                number(other),
                number(of(longest, lambda row: row["cpu_seconds"])),
                number(max(row["all_mb"] for row in part)),
            )
        )
    heads = [f"{seconds:g} s" for seconds in limits]
    lines = table(
        [
            "Instance",
            "feasible after s",
            *heads,
            "best known",
            "ratio",
            "UniTime",
            "processor s",
            "MB",
        ],
        body,
    )
    for values, what in ((ratios, "the best known"), (unitime, "UniTime's solver")):
        if values:
            mean = exp(sum(map(log, values)) / len(values))
            lines += [
                f"Longest runs of up to {GOAL_SECONDS} s, {len(values)} instances: "
                f"geometric mean {mean:.3f} × {what}.",
                "",
            ]
    return lines


def cost_of(rows: list[Row]) -> float | None:
    """The median of valid runs, if most are."""
    costs = [row["soft"] for row in rows if row["hard"] == 0]
    return median(costs) if 2 * len(costs) > len(rows) else None


def cost_text(rows: list[Row]) -> str:
    if not rows:
        return "–"
    broken = sum(row["hard"] > 0 for row in rows)
    note = f" ({broken} not valid)" if broken else ""
    return number(cost_of(rows)) + note + seeds_note(rows, len(ITC2019_SEEDS))
