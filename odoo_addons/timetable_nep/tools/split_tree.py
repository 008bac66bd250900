"""Which classes an offering with components needs: lectures, and groups of them."""

from dataclasses import dataclass, field
from math import ceil
from string import ascii_uppercase
from typing import Any


@dataclass
class Node:
    """A class as it is, or as it will be made."""

    component: Any
    limit: int
    section: Any = None
    """The class, where there is one already."""
    name: str = ""
    students: int = 0
    """How many it gets if all are filled alike."""
    wanted: bool = True
    """Whether the number of students calls for it."""
    kept: bool = False
    """Not called for, but something is decided about it."""
    adopted: bool = False
    """Whether it is a class from before the course had components."""
    children: list["Node"] = field(default_factory=list)

    def walk(self, depth: int = 0):
        """``(depth, node)`` of this class and of its groups."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


def groups_needed(students: int, size: int) -> int:
    """Groups of at most ``size``; one where nobody has enrolled yet."""
    return max(1, ceil(students / max(1, size)))


def letters(count: int, taken: set[str]) -> list[str]:
    """The first letters that are not taken; then numbers."""
    names = [letter for letter in ascii_uppercase if letter not in taken]
    number = len(ascii_uppercase)
    while len(names) < count:
        number += 1
        if str(number) not in taken:
            names.append(str(number))
    return names[:count]


def numbered(stem: str, count: int, taken: set[str]) -> list[str]:
    """``A1``, ``A2`` …: the first that are not taken."""
    names: list[str] = []
    number = 0
    while len(names) < count:
        number += 1
        if f"{stem}{number}" not in taken:
            names.append(f"{stem}{number}")
    return names
