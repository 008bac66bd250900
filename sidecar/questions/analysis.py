"""Answers short questions with the engine, in a process that is kept for the next.

Reads one JSON line each from standard input, ``{"verb", "input", "output",
"encoding", "format", "most_bytes"}``, and answers with one line each: ``{"ok": true}``
once the answer is in the output file, or ``{"error": …, "errors": […]}``.
"""

import logging
import os
import sys
from functools import cache
from pathlib import Path
from typing import IO, Any

import orjson
from pydantic import BaseModel, ValidationError

from ..allotment import allot as allot_wishes
from ..allotment.instance import AllotmentError
from ..contract import AllotRequest, FieldError, Problem
from ..contract.objective import weights_of
from ..diagnosis import diagnose as diagnose_problem
from ..formats.checks import ProblemError
from ..formats.errors import FormatError
from ..jobs.errors import BodyTooLargeError, InvalidRequestError
from ..logs import set_up_logging
from ..settings import Settings, load_settings
from ..solving.answers import convert as read_format
from ..solving.answers import evaluate_problem
from .advising import Adviser
from .intake import (
    check_problem,
    field_errors,
    limits_of,
    refuse,
    split,
    take_problem,
    unpack,
)
from .requests import EvaluateRequest
from .turns import limit_memory

logger = logging.getLogger(__name__)


def diagnose(data: bytes, settings: Settings, format: str) -> BaseModel:
    """Find what cannot work in a problem."""
    del format
    parts = split(data)
    raw = take_problem(parts)
    if parts:
        name = next(iter(parts))
        refuse(
            [FieldError(field=name, message="There is no such field; remove it.")],
            "invalid_request",
        )
    check_problem(raw, limits_of(settings))
    return diagnose_problem(Problem.model_validate_json(raw))


def evaluate(data: bytes, settings: Settings, format: str) -> BaseModel:
    """Score a timetable."""
    del format
    check_problem(take_problem(split(data)), limits_of(settings))
    try:
        request = EvaluateRequest.model_validate_json(data)
        weights_of(request.profile, request.weights)
    except ValidationError as error:
        refuse(field_errors(error), "invalid_request")
    except ValueError as error:
        refuse([FieldError(field="weights", message=str(error))], "invalid_request")
    try:
        return evaluate_problem(
            request.problem,
            request.assignments,
            request.sectioning,
            request.profile,
            request.weights,
        )
    except ValueError as error:
        fault = FieldError(field="assignments", message=str(error))
        refuse([fault], "invalid_request")


def convert(data: bytes, settings: Settings, format: str) -> BaseModel:
    """Turn another format into a problem."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        refuse([FieldError(field="", message=f"It is not UTF-8: {error}.")], "bad_text")
    del settings
    return read_format(text, format)


@cache
def _adviser(settings: Settings) -> Adviser:
    """Give the one that remembers the last problem."""
    return Adviser(limits_of(settings))


def suggest(data: bytes, settings: Settings, format: str) -> BaseModel:
    """Find better places for one event."""
    del format
    return _adviser(settings).suggest(data)


def allot(data: bytes, settings: Settings, format: str) -> BaseModel:
    """Say who gets which course."""
    del format
    try:
        request = AllotRequest.model_validate_json(data)
    except ValidationError as error:
        refuse(field_errors(error), "invalid_request")
    most = limits_of(settings).counts["students"]
    if len(request.students) > most:
        text = f"{len(request.students)} students; at most {most} are taken."
        refuse([FieldError(field="students", message=text)], "invalid_request")
    try:
        return allot_wishes(request)
    except AllotmentError as error:
        fault = FieldError(field=error.field, message=str(error))
        refuse([fault], "invalid_request")


VERBS = {
    "allot": allot,
    "diagnose": diagnose,
    "evaluate": evaluate,
    "convert": convert,
    "suggest": suggest,
}


def answer(question: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Answer one question."""
    try:
        data = Path(question["input"]).read_bytes()
        data = unpack(data, question["encoding"], question["most_bytes"])
        result = VERBS[question["verb"]](data, settings, question["format"])
        Path(question["output"]).write_bytes(result.model_dump_json().encode())
    except InvalidRequestError as error:
        errors = [item.model_dump() for item in error.errors]
        return {"error": error.detail, "code": error.code, "errors": errors}
    except ProblemError as error:
        errors = [item.model_dump() for item in error.errors]
        return {"error": str(error), "code": "invalid_problem", "errors": errors}
    except FormatError as error:
        errors = [{"field": "", "message": str(error)}]
        return {"error": str(error), "code": "invalid_format", "errors": errors}
    except BodyTooLargeError as error:
        return {"error": str(error), "code": "body_too_large", "errors": []}
    except MemoryError:
        text = "Answering takes more memory than is allowed; ask about a smaller one."
        return {"error": text, "code": "body_too_large", "errors": []}
    except Exception as error:
        logger.exception("A question could not be answered.")
        text = f"The engine stopped with an error of ours: {type(error).__name__}."
        return {"error": text, "code": "engine_error", "errors": []}
    return {"ok": True}


def main() -> int:
    """Answer until the input ends."""
    settings = load_settings()
    set_up_logging(settings.log_level)
    limit_memory(settings.question_memory_mb)
    # Nothing that a library prints may get between the answers.
    answers: IO[bytes] = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        answers.write(orjson.dumps(answer(orjson.loads(line), settings)) + b"\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
