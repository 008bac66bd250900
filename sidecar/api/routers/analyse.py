"""Questions that are answered at once: diagnose, evaluate, suggest, allot, convert."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from ...contract import (
    AllotAnswer,
    AllotRequest,
    Diagnosis,
    Problem,
    Suggestions,
    SuggestRequest,
    Variant,
)
from ...questions.analysis_client import scratch
from ...questions.requests import DiagnoseRequest, EvaluateRequest
from .. import examples
from ..dependencies import Services, ServicesOf, Tenant, spend, spend_question
from ..openapi import errors, json_answer, json_body
from ..security import encoding_of, receive_signed

router = APIRouter(prefix="/v1", tags=["analysis"])


async def _ask(
    verb: str, request: Request, services: Services, tenant: str, format: str = ""
) -> Response:
    with services.questions.one(tenant):
        return await _answer(verb, request, services, tenant, format)


async def _answer(
    verb: str, request: Request, services: Services, tenant: str, format: str
) -> Response:
    encoding = encoding_of(request)
    folder = await asyncio.to_thread(services.store.prepare)
    with scratch(folder):
        path = folder / "body"
        limit = services.settings.max_body_mb * 2**20
        with path.open("wb", buffering=2**18) as body:
            await receive_signed(request, tenant, limit, body)
        await spend(
            services, tenant, "checks", services.settings.tenant_checks_per_minute
        )
        await spend_question(services, tenant)
        answer = await services.analysts.ask(verb, path, encoding, tenant, format)
    return Response(answer, media_type="application/json")


@router.post(
    "/diagnose",
    response_class=Response,
    responses={
        200: json_answer(Diagnosis, "What cannot work, and why"),
        **errors(401, 413, 422, 429, 503),
    },
    openapi_extra=json_body(DiagnoseRequest, examples.DIAGNOSE),
    summary="Say what cannot work",
)
async def diagnose(request: Request, services: ServicesOf, tenant: Tenant) -> Response:
    """Look for what makes a problem impossible, before solving it."""
    return await _ask("diagnose", request, services, tenant)


@router.post(
    "/evaluate",
    response_class=Response,
    responses={
        200: json_answer(Variant, "The timetable with its score and violations"),
        **errors(401, 413, 422, 429, 503),
    },
    openapi_extra=json_body(EvaluateRequest, examples.EVALUATE),
    summary="Score a timetable",
)
async def evaluate(request: Request, services: ServicesOf, tenant: Tenant) -> Response:
    """Score a timetable without solving."""
    return await _ask("evaluate", request, services, tenant)


@router.post(
    "/suggest",
    response_class=Response,
    responses={
        200: json_answer(Suggestions, "Places for the event, best first"),
        **errors(401, 413, 422, 429, 503),
    },
    openapi_extra=json_body(SuggestRequest, examples.SUGGEST),
    summary="Place one event better",
)
async def suggest(request: Request, services: ServicesOf, tenant: Tenant) -> Response:
    """Find better places for one event, and the moves that each needs.

    The last problem stays in memory: the next question about it is answered at once.
    """
    return await _ask("suggest", request, services, tenant)


@router.post(
    "/allot",
    response_class=Response,
    responses={
        200: json_answer(
            AllotAnswer, "Who gets which course, and why not a better one"
        ),
        **errors(401, 413, 422, 429, 503),
    },
    openapi_extra=json_body(AllotRequest, examples.ALLOT),
    summary="Allot courses by ranked wishes",
)
async def allot(request: Request, services: ServicesOf, tenant: Tenant) -> Response:
    """Give seats of courses to students by their ranked wishes.

    The same request gives the same answer.
    """
    return await _ask("allot", request, services, tenant)


@router.post(
    "/convert",
    response_class=Response,
    responses={
        200: json_answer(Problem, "The problem"),
        **errors(401, 413, 422, 429, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
    summary="Read another format",
)
async def convert(
    request: Request,
    services: ServicesOf,
    tenant: Tenant,
    format: Annotated[
        Literal["ctt", "tim"],
        Query(description="ITC-2007: `ctt` is track 3, `tim` is track 2."),
    ] = "ctt",
) -> Response:
    """Turn a benchmark's text into a problem of ours."""
    return await _ask("convert", request, services, tenant, format)
