"""Which electives go together in a timetable: sets of periods as bits of a number.

Plain Python over ids, without Odoo.
"""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Two offerings that nobody can take together, and where each two classes meet."""

    first: int
    second: int
    meets: tuple[tuple[int, int, int], ...]
    """``(class, other class, a timeslot that both take)``, for each two classes."""


class Choices:
    """Classes as masks of timeslots, and what that leaves students free to choose."""

    def __init__(self, slots):
        """
        :param slots: ids of the timeslots, in the order of the week
        """
        self.bit = {slot: 1 << place for place, slot in enumerate(slots)}
        self.slot = {bit: slot for slot, bit in self.bit.items()}
        self.mask = {}

    def add(self, section, slots):
        """A class takes these timeslots too."""
        mask = self.mask.get(section, 0)
        for slot in slots:
            mask |= self.bit.get(slot, 0)
        self.mask[section] = mask

    def count(self, students):
        """How many have each mask, of students given by their classes."""
        return Counter(self.busy(sections) for sections in students)

    def busy(self, sections):
        """Periods that somebody in these classes is not free."""
        mask = 0
        for section in sections:
            mask |= self.mask.get(section, 0)
        return mask

    def free_by_slot(self, students):
        """How many of these students are free at each timeslot.

        :param students: how many have each mask of busy periods
        """
        counts = dict.fromkeys(self.bit, 0)
        for mask, number in students.items():
            for slot, bit in self.bit.items():
                if not mask & bit:
                    counts[slot] += number
        return counts

    def able(self, students, sections):
        """How many students could join at least one of the classes as they stand.

        :param students: how many have each mask of busy periods
        """
        masks = {self.mask[section] for section in sections if self.mask.get(section)}
        return sum(
            number
            for mask, number in students.items()
            if any(not mask & wanted for wanted in masks)
        )

    def impossible(self, classes_of):
        """Pairs of offerings whose classes all meet at the same time.

        :param classes_of: offering → its classes; those without a place are left out
        """
        placed = {
            offering: [s for s in sections if self.mask.get(s)]
            for offering, sections in classes_of.items()
        }
        offerings = [offering for offering, sections in placed.items() if sections]
        pairs = []
        for index, first in enumerate(offerings):
            for second in offerings[index + 1 :]:
                meets = self._meets(placed[first], placed[second])
                if meets:
                    pairs.append(Pair(first, second, meets))
        return pairs

    def _meets(self, ones, others):
        """Where each two classes meet; empty as soon as two of them do not."""
        meets = []
        for one in ones:
            for other in others:
                both = self.mask[one] & self.mask[other]
                if not both:
                    return ()
                meets.append((one, other, self.slot[both & -both]))
        return tuple(meets)
