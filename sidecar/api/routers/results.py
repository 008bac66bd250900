"""What jobs leave, and how they go meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from ...contract import TERMINAL, Result, Variant, VariantSummary
from ...contract.catalogue import message
from ...jobs.errors import JobError, NoResultError, UnknownJobError
from ...jobs.record import Job
from ...jobs.results import read_result
from ..dependencies import OwnJob, Services, ServicesOf
from ..openapi import errors, json_answer
from ..security import tenant_of

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["results"])

_LOOK_SECONDS, _COMMENT_SECONDS = 0.25, 15.0


def _finished(job: Job) -> str:
    """Give the digest of the job's result."""
    if job.record.result_digest is None:
        state = job.record.state
        ended = state in TERMINAL
        raise NoResultError(
            message("ended_without")
            if ended
            else message("not_ended", state=str(state))
        )
    return job.record.result_digest


@router.get(
    "/result",
    response_class=Response,
    responses={200: json_answer(Result, "All variants"), **errors(401, 404, 409)},
    summary="Fetch the result",
)
async def get_result(request: Request, services: ServicesOf, job: OwnJob) -> Response:
    """Send the very bytes whose SHA-256 is ``result_digest``."""
    digest = _finished(job)
    folder = services.store.folder(job.meta.job_id)
    plain, packed = await asyncio.to_thread(read_result, folder, digest)
    headers = {
        "ETag": f'"{digest}"',
        "Vary": "Accept-Encoding",
        "Cache-Control": "private, no-cache",
    }
    if takes_gzip(request.headers.get("accept-encoding", "")):
        plain, headers["Content-Encoding"] = packed, "gzip"
    return Response(plain, media_type="application/json", headers=headers)


@router.get("/variants", responses=errors(401, 404, 409), summary="List the variants")
async def list_variants(job: OwnJob) -> list[VariantSummary]:
    """List the variants of a result, best first."""
    _finished(job)
    return job.record.variants


@router.get(
    "/variants/{key}",
    response_class=Response,
    responses={200: json_answer(Variant, "One variant"), **errors(401, 404, 409)},
    summary="Fetch a variant",
)
async def get_variant(services: ServicesOf, job: OwnJob, key: str) -> Response:
    """Send one variant."""
    digest = _finished(job)
    keys = [variant.key for variant in job.record.variants]
    if key not in keys:
        raise UnknownJobError(key)
    folder = services.store.folder(job.meta.job_id)
    plain, _ = await asyncio.to_thread(read_result, folder, digest)
    variant = orjson.loads(plain)["variants"][keys.index(key)]
    return Response(orjson.dumps(variant), media_type="application/json")


class _Counted(EventSourceResponse):
    """A stream that holds its place until it ends, however it ends."""

    def __init__(self, stream: AsyncIterator[str], place: ExitStack) -> None:
        super().__init__(
            stream, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._place:
            await super().__call__(scope, receive, send)


@router.get(
    "/events",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events",
            "content": {"text/event-stream": {}},
        },
        **errors(401, 404, 429),
    },
    summary="Follow a job",
)
async def follow(
    request: Request,
    services: ServicesOf,
    job: OwnJob,
    last_event_id: Annotated[
        str | None, Header(description="Where an earlier connection ended.")
    ] = None,
) -> Response:
    """Stream changes of state and progress as server-sent events.

    Every change of state after ``Last-Event-ID`` is sent; of the progress only the
    newest. The stream ends with the job, or when the token is revoked.
    """
    steps, reports = _position(last_event_id)
    with ExitStack() as place:
        place.enter_context(services.streams.one(job.meta.tenant))
        place.enter_context(services.metrics.streams.track_inprogress())
        stream = _events(request, services, job, steps, reports)
        return _Counted(stream, place.pop_all())


def _position(last_event_id: str | None) -> tuple[int, int]:
    """Read ``steps.reports``; anything else means the beginning."""
    first, _, second = (last_event_id or "").partition(".")
    if first.isascii() and second.isascii() and first.isdigit() and second.isdigit():
        return int(first[:9]), int(second[:9])
    return 0, 0


async def _events(
    request: Request, services: Services, job: Job, steps: int, reports: int
) -> AsyncIterator[str]:
    store, job_id, silent = services.store, job.meta.job_id, 0.0
    while not await request.is_disconnected():
        silent += _LOOK_SECONDS
        try:
            tenant_of(request, services.tokens)
            progress = store.progress(job_id)
            job = store.get(job_id)
        except JobError:
            return  # the token was revoked, or the job is forgotten
        if progress is not None and progress.sequence > reports:
            reports, silent = progress.sequence, 0.0
            yield _event("progress", steps, reports, progress.model_dump_json())
        for step in job.record.history:
            if step.sequence > steps:
                steps, silent = step.sequence, 0.0
                yield _event("state", steps, reports, step.model_dump_json())
        if job.record.state in TERMINAL:
            return
        if silent >= _COMMENT_SECONDS:
            silent = 0.0
            yield format_sse_event(comment="still here").decode()
        await asyncio.sleep(_LOOK_SECONDS)


def _event(kind: str, steps: int, reports: int, data: str) -> str:
    return format_sse_event(data_str=data, event=kind, id=f"{steps}.{reports}").decode()


def takes_gzip(header: str) -> bool:
    """Whether ``Accept-Encoding`` allows gzip; ``q=0`` forbids what it stands at."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            weights[name] = float(weight)
        except ValueError:
            weights[name] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0
