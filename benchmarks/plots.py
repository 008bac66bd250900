"""Plots of the studies as small SVG files; the data are the finished cells."""

from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt

from .cells import Row
from .instances import BEST_KNOWN, ROOT, SYNTHETIC
from .plans import SIZES

FOLDER = ROOT / "docs" / "images"
STAGES = {
    "loading": "#bdbdbd",
    "clustering": "#9ecae1",
    "cpsat_solving": "#fdae6b",
    "ga_optimization": "#a1d99b",
    "rl_refinement": "#bcbddc",
}
mpl.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "timetable-nep",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "path.simplify_threshold": 0.5,
    }
)


def save(figure: Any, name: str) -> str:
    """Write ``docs/images/NAME.svg``; the same data give the same bytes."""
    path = FOLDER / f"{name}.svg"
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    return path.name


def longest(rows: list[Row], name: str) -> Row | None:
    """The run of an instance with the most time and the lowest seed."""
    runs = [
        row
        for row in rows
        if row["cell"]["instance"] == name
        and not row["cell"]["profiles"]
        and not row["cell"]["without"]
    ]
    by = {(-row["cell"]["seconds"], row["cell"]["seed"]): row for row in runs}
    return by[min(by)] if by else None


def incumbent(rows: list[Row]) -> str | None:
    """Cost of the best timetable so far over time, public instances and our own."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
    drawn = False
    for axis, names, scale in (
        (axes[0], list(BEST_KNOWN), BEST_KNOWN),
        (axes[1], list(SYNTHETIC), None),
    ):
        for name in names:
            row = longest(rows, name)
            if row is None or row["hard"]:
                continue
            points = [p for p in row["trace"] if p[3] == 0 and p[2] == row["total"]]
            points.append([row["seconds"], "", 0, 0, row["soft"]])
            unit = scale[name] if scale else row["soft"]
            if not unit:
                continue
            axis.step(
                [p[0] for p in points],
                [p[4] / unit for p in points],
                where="post",
                label=name,
                linewidth=1.1,
            )
            drawn = True
        log_seconds(axis)
        if axis.lines:
            axis.legend(frameon=False, fontsize=8)
    axes[0].set_ylabel("cost / best known")
    axes[0].set_ylim(0.9, 6)
    axes[1].set_ylabel("cost / cost at the end")
    if not drawn:
        plt.close(figure)
        return None
    return save(figure, "bench-incumbent")


def log_seconds(axis: Any) -> None:
    """A logarithmic axis of seconds with round numbers on it."""
    axis.set_xscale("log")
    low, high = axis.get_xlim()
    ticks = [t for t in (0.5, 1, 2, 5, 10, 20, 60, 120, 300) if low <= t <= high]
    axis.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axis.minorticks_off()
    axis.set_xlabel("seconds since the process began")


def memory(rows: list[Row], name: str = "bhu") -> str | None:
    """Memory while the clusters are placed one after the other, and afterwards."""
    row = longest(rows, name)
    if row is None or not row["memory"]:
        return None
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
    placing = [p for p in row["memory"] if p[3] == "cpsat_solving" and p[4]]
    by_cluster = {p[4]: p for p in placing}
    ends = [p[0] for p in row["memory"]]
    for column, label in ((1, "engine"), (2, "all processes")):
        axes[0].plot(
            list(by_cluster),
            [p[column] for p in by_cluster.values()],
            marker=".",
            label=label,
        )
        axes[1].plot(ends, [p[column] for p in row["memory"]], linewidth=1)
    for stage, colour in STAGES.items():
        times = [p[0] for p in row["memory"] if p[3] == stage]
        if times:
            axes[1].axvspan(times[0], times[-1], color=colour, alpha=0.35, lw=0)
            axes[1].annotate(
                stage.split("_")[0], (times[0], 5), fontsize=7, rotation=90, va="bottom"
            )
    axes[0].set_xlabel(f"clusters placed ({name})")
    axes[0].set_ylabel("MB resident")
    axes[0].set_ylim(bottom=0)
    axes[0].legend(frameon=False)
    axes[1].set_xlabel("seconds since the process began")
    return save(figure, "bench-memory")


def stages(rows: list[Row]) -> str | None:
    """What each stage leaves to the next, and how long it takes."""
    names = [n for n in (*BEST_KNOWN, *SYNTHETIC) if longest(rows, n)]
    if not names:
        return None
    figure, axes = plt.subplots(1, 2, figsize=(9, 0.9 + 0.28 * len(names)))
    for place, name in enumerate(names):
        row = longest(rows, name)
        assert row is not None
        begin = 0.0
        final = max(1, row["soft"])
        for stage in row["stages"]:
            colour = STAGES[stage["stage"]]
            share = 100 * stage["seconds"] / row["seconds"]
            axes[0].barh(place, share, left=begin, color=colour)
            begin += share
            if stage["stage"] not in ("loading", "clustering"):
                axes[1].plot(
                    stage["soft"] / final,
                    place,
                    "o" if stage["hard"] == 0 else "x",
                    color=colour,
                    markeredgecolor="#555555" if stage["hard"] == 0 else colour,
                )
    for axis in axes:
        axis.set_yticks(range(len(names)), names)
        axis.invert_yaxis()
    axes[0].set_xlabel("% of the run's seconds")
    axes[1].set_xscale("log")
    axes[1].set_xlabel("cost at a stage's end / at the run's end (× rules broken)")
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in STAGES.values()]
    axes[0].legend(
        handles,
        list(STAGES),
        ncols=5,
        loc="lower left",
        bbox_to_anchor=(-0.1, 1),
        columnspacing=1,
        frameon=False,
        fontsize=7,
    )
    return save(figure, "bench-stages")


def scaling(rows: list[Row]) -> str | None:
    """Seconds and memory by size, with straight lines for growth as size."""
    sizes = [size for name, size in SIZES.items() if of_size(rows, name)]
    if len(sizes) < 2:
        return None
    figure, axes = plt.subplots(1, 2, figsize=(9, 3))
    names = [name for name, size in SIZES.items() if size in sizes]
    for axis, fields, label in (
        (axes[0], ("feasible_seconds", "load_seconds"), "seconds"),
        (axes[1], ("engine_mb", "all_mb"), "MB resident"),
    ):
        for field in fields:
            values = [middle(of_size(rows, name), field) for name in names]
            axis.plot(sizes, values, marker="o", label=field.replace("_", " "))
            if field == fields[0] and values[0] is not None:
                line = [values[0] * size / sizes[0] for size in sizes]
                axis.plot(sizes, line, ":", color="#888888", label="as size")
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xticks(sizes, [f"{size} ×" for size in sizes])
        axis.minorticks_off()
        axis.set_xlabel("size of the university")
        axis.set_ylabel(label)
        axis.legend(frameon=False, fontsize=8)
    return save(figure, "bench-scaling")


def of_size(rows: list[Row], name: str) -> list[Row]:
    return [row for row in rows if row["cell"]["instance"] == name]


def middle(rows: list[Row], field: str) -> float | None:
    values = [row[field] for row in rows if row[field] is not None]
    return median(values) if values else None


def stale() -> list[Path]:
    """Plots that stand in the documentation."""
    return sorted(FOLDER.glob("bench-*.svg"))
