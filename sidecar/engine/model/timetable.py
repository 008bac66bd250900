"""A timetable: where each event is, and who sits in which classes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass
class Timetable:
    """Start slot and room of each event, and the bundle of each enrolment.

    ``slot`` (events,), -1 unplaced; ``room`` (events,), -1 none; ``section``
    (enrolments,), index of the bundle of classes. All int64.
    """

    slot: npt.NDArray[np.int64]
    room: npt.NDArray[np.int64]
    section: npt.NDArray[np.int64]

    def copy(self) -> "Timetable":
        return Timetable(self.slot.copy(), self.room.copy(), self.section.copy())

    def difference(self, other: "Timetable") -> float:
        """Share of events that start at another slot or meet in another room."""
        differs = (self.slot != other.slot) | (self.room != other.room)
        return float(differs.mean()) if differs.size else 0.0
