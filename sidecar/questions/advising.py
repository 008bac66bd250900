"""Suggestions for one event, from a problem that was read for an earlier question.

A planner asks again and again about the same timetable. Reading a university takes most
of a second, a suggestion some hundredths, so the newest problem stays, and a timetable
that differs from the last one in a few placements is only brought up to date.
"""

import gc
import hashlib
from collections.abc import Hashable
from functools import cache
from typing import Any, Generic, NoReturn, TypeVar

import msgspec
from pydantic import TypeAdapter, ValidationError

from ..advice.suggest import suggest_in
from ..advice.timetable import Timetable
from ..contract import FieldError, Problem, Suggestions, SuggestQuestion
from ..contract.base import Id
from ..contract.objective import weights_of
from .fast_schema import struct_of
from .intake import (
    Limits,
    check_problem,
    field_errors,
    join,
    refuse,
    split,
    take_problem,
)

KEPT = 3
"""Problems, and timetables, that are remembered; a university's take 100 MB."""
T = TypeVar("T")
_SECTIONING = TypeAdapter(dict[Id, list[Id]])


class Recent(Generic[T]):
    """The values used last, by key."""

    def __init__(self) -> None:
        self._values: dict[Hashable, T] = {}

    def get(self, key: Hashable) -> T | None:
        """Give a value, which becomes the one used last."""
        if key not in self._values:
            return None
        value = self._values[key] = self._values.pop(key)
        return value

    def keep(self, key: Hashable, value: T) -> None:
        """Remember a value; the one not used for longest may have to go."""
        self._values[key] = value
        if len(self._values) > KEPT:
            del self._values[next(iter(self._values))]


class Adviser:
    """Answers questions about one event; remembers the last few problems."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._problems: Recent[Problem] = Recent()
        self._timetables: Recent[Timetable] = Recent()

    def suggest(self, data: bytes) -> Suggestions:
        """Answer the body of ``POST /v1/suggest``.

        Raises
        ------
        InvalidRequestError
            With the field at fault.
        """
        parts = split(data)
        raw_problem = take_problem(parts)
        raw_sectioning = bytes(parts.pop("sectioning", b"{}"))
        try:
            question = _question_of(join(parts))
            weights = weights_of(question.profile, question.weights)
        except ValidationError as error:
            refuse(field_errors(error), "invalid_request")
        except ValueError as error:
            _refuse("weights", error)
        timetable = self._timetable_of(
            raw_problem, raw_sectioning, question.profile, weights
        )
        try:
            timetable.follow(question.assignments)
        except ValueError as error:
            _refuse("assignments", error)
        try:
            return suggest_in(timetable, question.event, question.limit)
        except ValueError as error:
            _refuse("event", error)

    def _timetable_of(
        self,
        raw_problem: bytes,
        raw_sectioning: bytes,
        profile: str,
        weights: dict[str, int],
    ) -> Timetable:
        """Give the timetable asked about before, or an empty one."""
        digest = _digest(raw_problem)
        key = (digest, _digest(raw_sectioning), tuple(sorted(weights.items())))
        known = self._timetables.get(key)
        if known is not None:
            return known
        problem = self._problem_of(digest, raw_problem)
        try:
            sectioning = _SECTIONING.validate_json(raw_sectioning)
            timetable = Timetable(problem, (), sectioning, profile, weights)
        except ValidationError as error:
            refuse(field_errors(error, "sectioning"), "invalid_request")
        except ValueError as error:
            _refuse("sectioning", error)
        self._timetables.keep(key, timetable)
        # Looking for garbage among a university's records takes longer than an answer.
        gc.freeze()
        return timetable

    def _problem_of(self, digest: str, raw: bytes) -> Problem:
        problem = self._problems.get(digest)
        if problem is None:
            check_problem(raw, self._limits)
            problem = Problem.model_validate_json(raw)
            self._problems.keep(digest, problem)
        return problem


def _question_of(data: bytes) -> Any:
    """Read a question quickly; what is not in order is left to pydantic's words."""
    try:
        return _question_decoder().decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return SuggestQuestion.model_validate_json(data)


@cache
def _question_decoder() -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(struct_of(SuggestQuestion))


def _digest(raw: bytes | msgspec.Raw) -> str:
    return hashlib.sha256(raw).hexdigest()


def _refuse(field: str, error: ValueError) -> NoReturn:
    refuse([FieldError(field=field, message=str(error))], "invalid_request")
