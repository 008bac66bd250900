"""The short form of the soak: two tenants, every command, every process killed."""

import os
from pathlib import Path

import pytest

from benchmarks import soak

SECONDS = float(os.environ.get("SOAK_SECONDS", "25"))
"""Enough to hit everything; five minutes with SOAK_SECONDS=300, an hour with ``python
-m benchmarks.soak``."""


@pytest.mark.slow
@pytest.mark.timeout(600 + 2 * SECONDS)
@pytest.mark.parametrize("machines", [False, True])
def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path, machines: bool) -> None:
    """Jobs, results and messages, whoever dies meanwhile."""
    found, run = soak.run(tmp_path, SECONDS, seed=7, machines=machines)
    assert found["jobs"] >= 3
    assert any(name.startswith("kill ") for name in found)
    files = [
        size["supervisor files"] for size in run.sizes if "supervisor files" in size
    ]
    assert max(files[-3:]) <= max(files[:3]) + 20, "descriptors do not grow"
