"""Suggestions for one event, from a problem that was read for an earlier question.

A planner asks again and again about the same timetable. Reading a university takes most
of a second, a suggestion some hundredths, so the newest problem stays, and a timetable
that differs from the last one in a few placements is only brought up to date.
"""

import hashlib
from collections.abc import Hashable
from typing import NoReturn

import msgspec
from pydantic import TypeAdapter, ValidationError

from ..advice.suggest import suggest_in
from ..advice.timetable import Timetable
from ..contract import FieldError, Problem, Suggestions, SuggestQuestion
from ..contract.base import Id
from ..contract.objective import weights_of
from .intake import (
    Limits,
    check_problem,
    field_errors,
    join,
    refuse,
    split,
    take_problem,
)

_SECTIONING = TypeAdapter(dict[Id, list[Id]])


class Adviser:
    """Answers questions about one event; remembers the last problem."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._problem: tuple[str, Problem] | None = None
        self._timetable: tuple[Hashable, Timetable] | None = None

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
            question = SuggestQuestion.model_validate_json(join(parts))
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
        if self._timetable is not None and self._timetable[0] == key:
            return self._timetable[1]
        self._timetable = None
        problem = self._problem_of(digest, raw_problem)
        try:
            sectioning = _SECTIONING.validate_json(raw_sectioning)
            timetable = Timetable(problem, (), sectioning, profile, weights)
        except ValidationError as error:
            refuse(field_errors(error, "sectioning"), "invalid_request")
        except ValueError as error:
            _refuse("sectioning", error)
        self._timetable = (key, timetable)
        return timetable

    def _problem_of(self, digest: str, raw: bytes) -> Problem:
        if self._problem is None or self._problem[0] != digest:
            self._problem = None
            check_problem(raw, self._limits)
            self._problem = (digest, Problem.model_validate_json(raw))
        return self._problem[1]


def _digest(raw: bytes | msgspec.Raw) -> str:
    return hashlib.sha256(raw).hexdigest()


def _refuse(field: str, error: ValueError) -> NoReturn:
    refuse([FieldError(field=field, message=str(error))], "invalid_request")
