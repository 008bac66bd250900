"""Writes ``docs/benchmarks.md`` and its plots: ``python -m benchmarks.document``.

Everything on the page comes from ``benchmarks/results`` but the remarks, which are in
``benchmarks/remarks.md``. What has not been run is said to be missing.
"""

import sys
from collections.abc import Callable

from . import cells, disruption, itc2019_table, plans, plots, tables
from .cells import Cell, Row
from .instances import ROOT, find
from .planted import SHAPES

PAGE = ROOT / "docs" / "benchmarks.md"
REMARKS = ROOT / "benchmarks" / "remarks.md"

HEAD = """# Benchmarks

<!-- Written by `python -m benchmarks.document`; do not edit. -->

Every figure is from a run in a process of its own, timed from the start of that process
with the kernels compiled before; costs are those of the plain scorer, which shares no
code with the solver. Medians are over seeds. `make bench` runs a short form in less
than ten minutes and touches nothing here; `make bench-full` runs what is missing on
this page and writes it anew, and can be interrupted and taken up again at any time.
"""


def main() -> int:
    """Write the page."""
    write()
    return 0


def write() -> None:
    """Page and plots from the finished cells."""
    studies = ("quality", "itc2019", "ablation", "scaling")
    found = {name: cells.load(name) for name in studies}
    for path in plots.stale():
        path.unlink()
    lines = [
        *HEAD.splitlines(),
        "",
        *of_quality(found["quality"]),
        *of_itc2019(found["itc2019"]),
        *of_ablation(found["ablation"]),
        *of_scaling(found["scaling"]),
    ]
    if REMARKS.exists():
        lines += REMARKS.read_text().splitlines()
    PAGE.write_text("\n".join(lines).rstrip() + "\n")


def conditions(rows: list[Row], wanted: list[Cell]) -> list[str]:
    """Machine, commits and seeds of a study, and what of it is missing."""
    if not rows:
        return ["Not run yet.", ""]
    machines = sorted({row["machine"] for row in rows})
    commits = list(dict.fromkeys(row["commit"] for row in rows))
    seeds = sorted({row["cell"]["seed"] for row in rows})
    days = sorted({row["at"][:10] for row in rows})
    done = {cells.key_of(row) for row in rows}
    open_cells = [cell for cell in wanted if cell.key not in done]
    lines = [
        f"- Machine: {'; '.join(machines)}.",
        f"- Commit: {', '.join(f'`{name}`' for name in commits)}; {days[-1]}.",
        f"- Seeds: {', '.join(map(str, seeds))}. Runs: {len(rows)}.",
    ]
    if open_cells:
        names = sorted({cell.instance for cell in open_cells})
        lines.append(
            f"- **Missing**: {len(open_cells)} of {len(wanted)} runs of the full form "
            f"(on {', '.join(names)})."
        )
    other = done - {cell.key for cell in wanted}
    if other:
        limits = sorted(
            {r["cell"]["seconds"] for r in rows if cells.key_of(r) in other}
        )
        told = ", ".join(f"{limit:g}" for limit in limits)
        lines.append(
            f"- {len(other)} runs had other limits than the full form's ({told} s)."
        )
    return [*lines, ""]


def picture(draw: Callable[[list[Row]], str | None], rows: list[Row], alt: str) -> str:
    name = draw(rows) if rows else None
    return f"![{alt}](images/{name})\n" if name else ""


def of_quality(rows: list[Row]) -> list[str]:
    instances = find(None)
    wanted = plans.quality(instances)
    single = [row for row in rows if not row["cell"]["profiles"]]
    jobs = [row for row in rows if row["cell"]["profiles"]]
    own = [row for row in single if row["official"] is None]
    made = [row for row in single if row["cell"]["instance"] in SHAPES]
    tim = [row for row in single if row["cell"]["instance"].startswith("comp-")]
    ctt = [row for row in single if row["official"] and row not in [*tim, *made]]
    lines = ["## Quality", "", "`python -m benchmarks.quality`", ""]
    lines += [
        f"The public and planted instances and three variants at once run on "
        f"{plans.BENCHMARK_THREADS} threads, one university alone on one.",
        "",
        *conditions(rows, wanted),
    ]
    if rows:
        lines += [tables.limits_kept(rows), ""]
    if own:
        lines += ["#### Synthetic universities", "", *tables.quality_universities(own)]
    if jobs:
        lines += ["#### Three variants in one job", "", *tables.quality_variants(jobs)]
    lines += tables.quality_ctt(ctt) + tables.quality_tim(tim)
    if made:
        lines += tables.quality_planted(made)
    lines += [
        picture(plots.incumbent, single, "Cost of the incumbent over time"),
        picture(plots.memory, single, "Memory over clusters and time"),
        picture(plots.stages, single, "Time and cost of each stage"),
    ]
    return lines


def of_itc2019(rows: list[Row]) -> list[str]:
    wanted = plans.itc2019(find(None))
    lines = [
        "## ITC-2019",
        "",
        "`python -m benchmarks.itc2019`",
        "",
        f"Official cost, {plans.BENCHMARK_THREADS} threads, medians over seeds. *Best "
        "known*: best published cost; *ratio*: of that, after 600 s or the longest run "
        "up to it. *UniTime*: CPSolver, the solver of UniTime, on one core for about "
        "290 s (190 to 280 of processor time) on a machine like ours. *Processor s*: "
        "of the solver's own process in the runs of the ratio; a busy machine gives "
        "less than it asks for.",
        "",
        *conditions(rows, wanted),
    ]
    return lines + (itc2019_table.table_of(rows) if rows else [])


def of_ablation(rows: list[Row]) -> list[str]:
    lines = [
        "## What each part is worth",
        "",
        "`python -m benchmarks.ablation`",
        "",
        "Each stage and each operator is switched off in turn; its time goes to the "
        f"others. {plans.ABLATION_SIDE_BY_SIDE} runs at once, on one thread each. "
        "Positive: the timetable is worse without it. Bold: every seed says "
        "so. In brackets: seeds, where some are missing. *Time*: the share of the time "
        "limit after which the whole engine already has what the engine without the "
        "part has at the end, taken off; a dash where it never has. *Repair*: one day "
        f"closed in {100 * disruption.SHARE:.0f} % of the rooms, students stay in "
        "their classes; the cost is the number of events that are not where they were.",
        "",
        *conditions(rows, plans.ablation()),
    ]
    return lines + (tables.ablation(rows) if rows else [])


def of_scaling(rows: list[Row]) -> list[str]:
    lines = ["## Size", "", "`python -m benchmarks.scaling`", ""]
    lines += [
        "Until the first timetable that is complete and breaks nothing; reading "
        "includes the start of Python and the check of the problem.",
        "",
        *conditions(rows, plans.scaling()),
    ]
    if rows:
        lines += tables.scaling(rows)
        lines.append(picture(plots.scaling, rows, "Seconds and memory by size"))
    return lines


if __name__ == "__main__":
    sys.exit(main())
