"""Version of the wire contract, and what the one before called by other names."""

from typing import Final

CONTRACT_VERSION = "2.0"
"""``major.minor``; a minor step only adds optional fields, a major one is ``/v2``."""

READ_VERSIONS: Final = ("2", "1")
"""Major versions that are read; 1 for one release more."""

RELATIONS_OF_1: Final = {
    "same_day": "same_days",
    "same_time": "same_start",
    "different_day": "different_days",
    "not_overlapping": "not_overlap",
    "minimum_gap": "min_gap",
    "maximum_days": "max_days",
}
"""Relations that ITC-2019 knows by another name. Its ``same_time`` is another rule:
the shorter of two events lies within the hours of the longer."""


def relation_kind(name: str, version: str) -> str:
    """The name that this contract has for a relation of a problem of ``version``."""
    return RELATIONS_OF_1.get(name, name) if version.startswith("1.") else name
