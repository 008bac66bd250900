"""One table: which error becomes which answer."""

import errno
import logging
import sqlite3
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ..contract import FieldError, ProblemDetails
from ..contract.catalogue import Message, english, message
from ..jobs import errors

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class Answer(NamedTuple):
    status: int
    code: str
    title: str


TABLE: dict[type[Exception], Answer] = {
    errors.UnknownJobError: Answer(404, "unknown_job", "There is no such job"),
    errors.DamagedJobError: Answer(404, "damaged_job", "The job is damaged"),
    errors.NoResultError: Answer(409, "no_result", "There is no result"),
    errors.ForbiddenTransitionError: Answer(
        409, "wrong_state", "The job's state does not allow this"
    ),
    errors.InvalidRequestError: Answer(422, "", "The request is not in order"),
    errors.KeyReusedError: Answer(
        422, "key_reused", "The idempotency key belongs to another request"
    ),
    errors.BodyTooLargeError: Answer(413, "body_too_large", "The body is too large"),
    errors.SlowRequestError: Answer(408, "too_slow", "The body did not arrive"),
    errors.TooManyJobsError: Answer(429, "too_many_jobs", "Too many jobs"),
    errors.TooManyQuestionsError: Answer(
        429, "too_many_questions", "Too many questions"
    ),
    errors.TooManyRequestsError: Answer(429, "too_many_requests", "Too many requests"),
    errors.UnauthorisedError: Answer(401, "", "Not authorised"),
    errors.GoneError: Answer(410, "gone", "The attempt is not yours any more"),
    errors.RefusedFileError: Answer(422, "refused_file", "The file may not come"),
    errors.AnalysisError: Answer(503, "no_answer", "The engine did not answer"),
}


def problem(
    answer: Answer,
    detail: str,
    fields: list[FieldError] | None = None,
    headers: dict[str, str] | None = None,
    said: Message | None = None,
) -> Response:
    """Make the answer for an error."""
    details = ProblemDetails(
        title=answer.title,
        status=answer.status,
        detail=detail,
        code=answer.code,
        message=said,
        errors=fields or [],
    )
    return Response(
        details.model_dump_json(),
        status_code=answer.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


async def _on_job_error(request: Request, error: Exception) -> Response:
    answer = TABLE[type(error)]
    assert isinstance(error, errors.JobError)
    fields, headers, said = None, None, error.said
    detail = str(error)
    if isinstance(error, errors.InvalidRequestError):
        answer, fields = answer._replace(code=error.code), error.errors
    elif isinstance(error, errors.UnauthorisedError):
        answer = answer._replace(code=error.code)
        headers = {"WWW-Authenticate": "Bearer"}
    elif isinstance(error, errors.TooManyJobsError):
        headers = {"Retry-After": str(error.retry_after_seconds)}
    elif type(error) is errors.UnknownJobError:
        said = message("unknown_job")
        detail = english(said)
    del request
    return problem(answer, detail, fields, headers, said)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [
        FieldError(
            field=".".join(str(part) for part in item["loc"]),
            message=str(item["msg"]),
        )
        for item in error.errors()
    ]
    del request
    answer = Answer(422, "invalid_request", "The request is not in order")
    return problem(answer, f"{fields[0].field}: {fields[0].message}", fields)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    code = title.lower().replace(" ", "_")
    del request
    headers = dict(error.headers) if error.headers else None
    answer = Answer(error.status_code, code, title)
    return problem(answer, str(error.detail), None, headers)


async def _on_disconnect(request: Request, error: Exception) -> Response:
    del request, error
    answer = Answer(400, "cut_off", "The message was cut off")
    return problem(answer, "The connection ended before the message did.")


async def _on_os_error(request: Request, error: Exception) -> Response:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        logger.error("The disk is full; a request was refused.")
        answer = Answer(507, "disk_full", "There is no room")
        said = message("disk_full")
        return problem(answer, english(said), said=said)
    return await _on_any_error(request, error)


async def _on_ledger_error(request: Request, error: Exception) -> Response:
    """The ledger is busy or has no room: without it no signed request can count."""
    logger.error("The ledger takes nothing: %s.", error)
    del request
    answer = Answer(503, "no_ledger", "Not now")
    return problem(answer, "The service cannot note the request now; send it again.")


async def _on_any_error(request: Request, error: Exception) -> Response:
    logger.error("A request failed.", exc_info=error, extra={"path": request.url.path})
    answer = Answer(500, "internal_error", "An error of ours")
    return problem(answer, "The service failed; its log says why.")


def install(app: FastAPI) -> None:
    """Register all handlers."""
    handlers: dict[Any, Any] = dict.fromkeys(TABLE, _on_job_error)
    handlers |= {
        RequestValidationError: _on_validation_error,
        HTTPException: _on_http_error,
        ClientDisconnect: _on_disconnect,
        OSError: _on_os_error,
        sqlite3.Error: _on_ledger_error,
        Exception: _on_any_error,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
