"""What the compiler holds goes back, and kernels still run; the collector returns."""

import gc
import sys
from pathlib import Path

import pytest

from sidecar.engine import memory
from sidecar.engine.kernels import jit

from .problems import campus, make_searcher


def resident_code() -> int:
    """Kilobytes of the compiler's code in memory."""
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split()[0]:
            inside = memory.COMPILER.match(line) is not None
        elif inside and line.startswith("Rss:"):
            total += int(line.split()[1])
    return total


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_compiler_can_be_forgotten_and_is_found_again():
    searcher, _ = make_searcher(campus())
    searcher.section_students()
    before = resident_code()
    memory.forget_compiler()
    assert resident_code() < before // 4
    searcher.construct(searcher.events, 50)
    assert searcher.num_placed() == 0
    searcher.keep()
    assert searcher.num_placed() > 0

    @jit.njit
    def twice(number):
        return 2 * number

    assert twice(21) == 42  # the compiler itself, not only what it made


def test_where_there_are_no_maps_nothing_happens(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "MAPS", tmp_path / "none")
    memory.forget_compiler()


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_is_as_before_even_after_an_error(was_on):
    def build():
        with memory.without_collector():
            assert not gc.isenabled()
            raise KeyError("x")

    if not was_on:
        gc.disable()
    try:
        with pytest.raises(KeyError):
            build()
        assert gc.isenabled() == was_on
    finally:
        gc.enable()
