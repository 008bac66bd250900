"""Penalties of a day for all masks at once are those counted one by one."""

import time
from itertools import groupby

import numpy as np
import pytest

from sidecar.engine.constraints.base import DayShape, count, gaps


def runs(shape: DayShape, mask: int) -> list[int]:
    """Lengths of runs of busy positions, none across a break."""
    parts: list[list[int]] = [[]]
    for position in range(shape.length):
        parts[-1].append(mask >> position & 1)
        if position in shape.breaks:
            parts.append([])
    return [len(list(group)) for part in parts for busy, group in groupby(part) if busy]


@pytest.mark.parametrize("length", [1, 2, 5, 9])
@pytest.mark.parametrize("breaks", [(), (0,), (1, 3), (4,)])
def test_all_masks_of_a_day(length, breaks):
    shape = DayShape(length, frozenset(b for b in breaks if b < length - 1))
    masks = np.arange(1 << length)
    for limit in (1, 3):
        assert shape.beyond(masks, limit).tolist() == [
            sum(max(0, run - limit) for run in runs(shape, mask))
            for mask in masks.tolist()
        ]
    assert shape.alone(masks).tolist() == [
        runs(shape, mask).count(1) for mask in masks.tolist()
    ]
    assert count(masks).tolist() == [mask.bit_count() for mask in masks.tolist()]
    assert gaps(masks).tolist() == [
        bin(mask)[2:].rstrip("0").count("0") for mask in masks.tolist()
    ]


def test_a_day_of_sixteen_periods_takes_little_of_the_processor():
    """It took 0.4 s of it for each kind of day, and a run has dozens of them."""
    shape = DayShape(16, frozenset({7}))
    masks = np.arange(1 << 16)
    began = time.process_time()
    for _ in range(10):
        shape.beyond(masks, 3)
        gaps(masks)
    assert time.process_time() - began < 2
