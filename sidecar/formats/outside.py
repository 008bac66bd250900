"""Formats that others defined: which there are, and how each is read and written.

Another format is a module with ``PROFILE``, ``read``, ``write`` and ``read_solution``,
and a line here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sidecar.contract.problem import Assignment, Problem
from sidecar.contract.solution import Variant

from . import itc2007_curriculum, itc2007_enrolment
from .errors import FormatError

MAX_CHARACTERS = 8_000_000
"""The largest official instance has about a million."""


@dataclass(frozen=True)
class OutsideFormat:
    """One format: ``name`` is its file ending and its name on the wire."""

    name: str
    profile: str
    parse: Callable[[str], Problem]
    write: Callable[[Problem, Variant], str]
    read_solution: Callable[[Problem, str], list[Assignment]]
    solution_suffix: str

    def read(self, text: str) -> Problem:
        """A problem of the contract.

        Raises
        ------
        FormatError
            Naming the line at fault.
        """
        if len(text) > MAX_CHARACTERS:
            raise self.too_long()
        return self.parse(text)

    def too_long(self) -> FormatError:
        """What is said of a file that no instance needs."""
        message = f"the file has more than {MAX_CHARACTERS:,} characters; split it"
        return FormatError(0, message)


FORMATS = {
    "ctt": OutsideFormat(
        "ctt",
        itc2007_curriculum.PROFILE,
        itc2007_curriculum.read,
        itc2007_curriculum.write,
        itc2007_curriculum.read_solution,
        ".sol",
    ),
    "tim": OutsideFormat(
        "tim",
        itc2007_enrolment.PROFILE,
        itc2007_enrolment.read,
        itc2007_enrolment.write,
        itc2007_enrolment.read_solution,
        ".sln",
    ),
}


def format_of(file: Path) -> OutsideFormat | None:
    """The format that a file's ending says; None for our own."""
    return FORMATS.get(file.suffix[1:].lower())


def is_solution(file: Path) -> bool:
    """Whether the ending is that of an official solution."""
    endings = {item.solution_suffix for item in FORMATS.values()}
    return file.suffix.lower() in endings
