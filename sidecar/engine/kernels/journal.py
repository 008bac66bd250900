"""What moves have changed, so that the incumbent can follow without copying all."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .block import Block
from .jit import inline_kernel

JOURNAL_SIZE = 4096


@dataclass(frozen=True, eq=False)
class Journal(Block):
    """Indices changed since the incumbent was last brought up to date."""

    event: npt.NDArray[np.int64]
    enrolment: npt.NDArray[np.int64]
    size: npt.NDArray[np.int64]
    """[events, enrolments]; larger than the arrays: copy everything."""


def new_journal() -> Journal:
    return Journal(
        np.zeros(JOURNAL_SIZE, np.int64),
        np.zeros(JOURNAL_SIZE, np.int64),
        np.zeros(2, np.int64),
    )


@inline_kernel
def note_event(J, event):
    size = J.size[0]
    if size < len(J.event):
        J.event[size] = event
        J.size[0] = size + 1
    else:
        J.size[0] = len(J.event) + 1


@inline_kernel
def note_enrolment(J, enrolment):
    size = J.size[1]
    if size < len(J.enrolment):
        J.enrolment[size] = enrolment
        J.size[1] = size + 1
    else:
        J.size[1] = len(J.enrolment) + 1
