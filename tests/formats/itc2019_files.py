"""Instances of ITC-2019 for tests: the toy, and the public ones if at hand."""

import os
from pathlib import Path

import pytest

TOY = Path(__file__).parent / "data" / "toy.xml"
_BENCH = os.environ.get("TIMETABLE_BENCH")
FOLDER = (
    Path(_BENCH) if _BENCH else Path(__file__).parents[3] / "shared" / "bench"
) / "itc2019"


def public(name: str) -> Path:
    """A public instance; the test that asks is skipped where it is not at hand."""
    file = FOLDER / f"{name}.xml.gz"
    if not file.exists():
        pytest.skip(f"the public instance {name} is not at hand")
    return file
