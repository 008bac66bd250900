"""Benchmarks run cell by cell, go on where they stopped and say what is missing."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import cells, document, plans, plots, tables
from benchmarks.cells import Cell
from benchmarks.instances import Instances

DATA = Path(__file__).parents[1] / "formats" / "data"


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Results, page and plots in a folder of the test; the toys as instances."""
    for kind in ("ctt", "tim"):
        folder = tmp_path / f"itc2007-{kind}"
        folder.mkdir()
        (folder / f"comp-toy-{kind}.{kind}").symlink_to(DATA / f"toy.{kind}")
    monkeypatch.setattr(cells, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(cells, "warm", lambda: None)
    monkeypatch.setattr(document, "PAGE", tmp_path / "benchmarks.md")
    monkeypatch.setattr(document, "REMARKS", tmp_path / "remarks.md")
    monkeypatch.setattr(document, "find", lambda folder: Instances(tmp_path))
    monkeypatch.setattr(plots, "FOLDER", tmp_path)
    return tmp_path


def options(folder, **values):
    parser = cells.arguments("")
    given = parser.parse_args(["--instances", str(folder)])
    return argparse.Namespace(**{**vars(given), **values})


@pytest.mark.slow
def test_a_study_goes_on_where_it_stopped(bench, capsys):
    """A cell that is done is not run again; one that is not at hand is named."""
    first = [Cell("comp-toy-ctt", 1, 2), Cell("comp-none", 1, 2)]
    assert cells.run("quality", first, options(bench)) == 0
    assert "not at hand: comp-none" in capsys.readouterr().out
    [row] = cells.load("quality")
    assert row["hard"] == row["official"]["broken"] == 0
    assert row["soft"] == row["official"]["soft"]
    assert row["seconds"] >= row["load_seconds"] > 0
    assert row["all_mb"] >= row["engine_mb"] > 50
    assert row["stages"][0]["stage"] == "loading"
    assert row["trace"][-1][4] == row["soft"]
    assert row["memory"]

    toy = Cell("comp-toy-tim", 1, 2, stop="feasible", without="cp_sat")
    second = [*first, toy, replace(toy, seed=2)]
    assert cells.run("quality", second, options(bench, minutes=1e-9)) == 0
    assert "2 cells are left for another time" in capsys.readouterr().out
    assert cells.load("quality") == [row]
    assert cells.run("quality", second, options(bench, minutes=5), 2) == 0
    assert "2 cells to run, 1 kept" in capsys.readouterr().out
    rows = cells.load("quality")
    assert rows[0] == row
    assert [one["cell"]["seed"] for one in rows[1:]] == [1, 2]
    assert all(one["feasible_seconds"] is not None for one in rows[1:])

    document.write()
    page = document.PAGE.read_text()
    wanted = len(plans.quality(Instances(bench)))
    assert f"**Missing**: {wanted} of {wanted} runs" in page
    assert "comp-toy" in page
    assert "Not run yet." in page


def test_a_cell_that_fails_is_told_and_not_kept(bench, capsys):
    broken = bench / "itc2007-ctt" / "comp-bad.ctt"
    broken.write_text("nothing")
    assert cells.run("quality", [Cell("comp-bad", 1, 2)], options(bench)) == 1
    assert "FAILED" in capsys.readouterr().err
    assert cells.load("quality") == []


def row_of(without, seed, hard, soft, trace=()):
    cell = Cell("campus", seed, 10, without)
    answer = {"hard": hard, "soft": soft, "trace": list(trace)}
    return {"cell": json.loads(cell.key), **answer}


def test_ablation_compares_seed_by_seed():
    """Median change, bold where all seeds agree; time by the whole engine's trace."""
    trace = [[1.0, "s", 5, 0, 130], [4.0, "s", 5, 0, 110], [9.0, "s", 5, 0, 100]]
    rows = [row_of("", seed, 0, 100, trace) for seed in (1, 2, 3)]
    rows += [row_of("cp_sat", 1, 0, 110), row_of("cp_sat", 2, 0, 120)]
    rows += [row_of("clustering", seed, 2, 90) for seed in (1, 2, 3)]
    rows += [row_of("heat_bath", 1, 0, 99), row_of("heat_bath", 2, 0, 101)]
    text = tables.ablation(rows)
    quality_part, time_part = (
        {line.split("|")[1].strip(): line.split("|")[2].strip() for line in part}
        for part in (text[: len(text) // 2], text[len(text) // 2 :])
        for part in [[line for line in part if line.startswith("|")]]
    )
    assert quality_part["CP-SAT"] == "**+15.0 %** (2)"
    assert quality_part["clustering (Louvain)"] == "**2 broken** (3)"
    assert quality_part["heat bath"] == "+0.0 % (2)"
    assert quality_part["kempe chain"] == "missing"
    assert time_part["CP-SAT"] == "60 %"


def test_a_broken_rule_outweighs_any_cost():
    whole, part = row_of("", 1, 0, 100), row_of("cp_sat", 1, 1, 50)
    assert tables.change([(whole, part)]) == "**1 broken** (1)"
    others = [(row_of("", s, 0, 100), row_of("", s, 0, 110)) for s in (2, 3, 4, 5)]
    assert tables.change([(whole, part), *others]) == "**+10.0 %**"
    assert tables.change([(part, whole), *others]) == "+10.0 %"


def test_repairs_are_compared_by_what_they_move():
    """Not by their cost; and their trace does not tell when they had moved so few."""
    cell = Cell("bhu tight, repair", 1, 10)
    both = replace(cell, without="cp_sat")
    rows = [
        {"cell": json.loads(one.key), "hard": 0, "soft": 9, "trace": [], "changes": n}
        for one, n in ((cell, 200), (both, 250))
    ]
    text = "\n".join(tables.ablation([*rows, row_of("", 1, 0, 100)]))
    quality, time = text.split("#### What it buys in time")
    assert "| *all parts on: median cost* | 100 | 200 |" in quality
    assert "| CP-SAT | missing | +25.0 % (1) |" in quality
    assert "repair" not in time


def test_a_goal_that_is_missed_says_by_how_much():
    assert "**reached**" in tables.verdict("Sum", 1.09, 1.10, "×")
    assert "**missed by 10 %**" in tables.verdict("Sum", 1.21, 1.10, "×")
