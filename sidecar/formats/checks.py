"""Is a problem consistent? Every fault is named with its place and how to mend it."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from sidecar.contract.consistency import find_faults
from sidecar.contract.errors import FieldError
from sidecar.contract.problem import Problem
from sidecar.contract.version import CONTRACT_VERSION, READ_VERSIONS

from .bundles import find_bundle_faults
from .event_times import find_related, find_uneven
from .joint import find_unlike
from .layers import MOST_DAYS, Layers
from .not_yet import find_not_yet

MAX_ERRORS = 100
MAX_EVENTS = 150_000
MAX_EVENTS_OF_ONE = 65_535
"""Events of one teacher or curriculum: what the engine can count at one time."""


class ProblemError(ValueError):
    """A problem that contradicts itself; ``errors`` names each place."""

    def __init__(self, errors: list[FieldError]) -> None:
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first.field}: {first.message}{more}")
        self.errors = errors


def check_problem(problem: Problem) -> None:
    """Raise ``ProblemError`` unless all ids exist once and limits are kept."""
    errors = find_errors(problem)
    if errors:
        raise ProblemError(errors)


def find_errors(problem: Problem) -> list[FieldError]:
    """Up to ``MAX_ERRORS`` faults of the version, the size and the references."""
    faults = [*islice(_plain(problem), MAX_ERRORS)]
    # What goes together can be judged once every name means something.
    faults = faults or [*islice(_together(problem), MAX_ERRORS)]
    return [FieldError(field=field, message=message) for field, message in faults]


def _plain(problem: Problem) -> Iterator[tuple[str, str]]:
    yield from _outside(problem)
    yield from find_faults(problem)
    yield from find_not_yet(problem)


def _together(problem: Problem) -> Iterator[tuple[str, str]]:
    yield from find_bundle_faults(problem)
    yield from find_uneven(problem)
    yield from find_related(problem)
    yield from find_unlike(problem)
    yield from _many_weeks(problem)


def _outside(problem: Problem) -> Iterator[tuple[str, str]]:
    """What this program does not take, however well it agrees with itself."""
    if problem.version.split(".")[0] not in READ_VERSIONS:
        yield (
            "version",
            f"This service reads version {CONTRACT_VERSION}, not "
            f"{problem.version[:20]}; update the one that is older.",
        )
    events = sum(len(cls.events) for cls in problem.classes)
    if events > MAX_EVENTS:
        yield (
            "classes",
            f"{events} events are more than the {MAX_EVENTS} one job may have; "
            "plan schools or campuses in separate jobs.",
        )
    yield from _crowded(problem)


def _many_weeks(problem: Problem) -> Iterator[tuple[str, str]]:
    """Kinds of weeks for which the engine has no days."""
    kinds = Layers(problem).count
    days = len({slot.day for slot in problem.timeslots})
    if kinds > 1 and kinds * days > MOST_DAYS:
        yield (
            "week_patterns",
            f"They tell {kinds} kinds of weeks apart, on {days} days each; at most "
            f"{MOST_DAYS} days in all can be planned. Use fewer or coarser patterns.",
        )


def _crowded(problem: Problem) -> Iterator[tuple[str, str]]:
    """People with more events than can be counted, let alone attended, in a week."""
    events_of = {cls.id: len(cls.events) for cls in problem.classes}
    taught = Counter(
        member
        for cls in problem.classes
        for event in cls.events
        for member in set(cls.faculty_of(event))
    )
    for index, person in enumerate(problem.faculty):
        count = taught[person.id]
        if count > MAX_EVENTS_OF_ONE:
            yield f"faculty[{index}]", _too_many("Teacher", person.id, count)
    for index, batch in enumerate(problem.curricula):
        count = sum(events_of.get(cls, 0) for cls in set(batch.classes))
        if count > MAX_EVENTS_OF_ONE:
            yield f"curricula[{index}]", _too_many("Curriculum", batch.id, count)


def _too_many(kind: str, key: str, count: int) -> str:
    return (
        f"{kind} '{key}' has {count} events a week; at most {MAX_EVENTS_OF_ONE} can be "
        "counted, so share them among others."
    )
