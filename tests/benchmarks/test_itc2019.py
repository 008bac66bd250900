"""The study on ITC-2019: which runs, one of them, and the table."""

import gzip
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks import itc2019_table, plans
from benchmarks.cells import Cell
from benchmarks.instances import BEST_KNOWN_2019, Instances

TOY = Path(__file__).parents[1] / "formats" / "data" / "toy.xml"


@pytest.fixture
def instances(tmp_path):
    folder = tmp_path / "itc2019"
    folder.mkdir()
    (folder / "toy.xml.gz").write_bytes(gzip.compress(TOY.read_bytes()))
    return Instances(tmp_path)


def test_runs_are_found_by_the_files_at_hand(instances):
    found = plans.itc2019(instances)
    assert {cell.instance for cell in found} == {"toy"}
    assert len(found) == len(plans.ITC2019_SEEDS) * len(plans.ITC2019_SECONDS)
    assert instances.file("toy").name == "toy.xml.gz"


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_one_run_tells_the_official_cost(instances):
    cell = Cell("toy", 1, 4)
    command = [sys.executable, "-m", "benchmarks.one_cell", json.dumps(asdict(cell))]
    done = subprocess.run(
        [*command, str(instances.file("toy"))],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    row = json.loads(done.stdout.splitlines()[-1])
    assert (row["placed"], row["total"], row["hard"]) == (5, 5, 0)
    assert sum(row["parts"].values()) == row["soft"]


def row(instance, seed, seconds, soft, hard=0):
    return {
        "cell": asdict(Cell(instance, seed, seconds)),
        "soft": soft,
        "hard": hard,
        "feasible_seconds": 3.0,
        "all_mb": 100.0,
        "cpu_seconds": 9.0,
    }


def test_the_table_has_medians_of_valid_runs_and_ratios():
    best = BEST_KNOWN_2019["wbg-fal10"]
    rows = [
        *(row("wbg-fal10", seed, 60, best + 10 * seed) for seed in (1, 2, 3)),
        *(row("wbg-fal10", seed, 600, 2 * best) for seed in (1, 2)),
        row("wbg-fal10", 3, 600, 1, hard=1),
        row("unheard of", 1, 60, 5, hard=2),
    ]
    text = "\n".join(itc2019_table.table_of(rows))
    assert f"| wbg-fal10 | 3.0 | {best + 20} | {2 * best} (1 not valid) |" in text
    assert "| 2.00 |" in text
    assert "geometric mean 2.000 × the best known" in text
    assert "| unheard of | 3.0 | – (1 not valid) (1 of 3 seeds) |" in text
