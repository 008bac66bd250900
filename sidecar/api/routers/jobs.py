"""Jobs: accept, list, show, command."""

import asyncio
import shutil
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from ...contract import TERMINAL, FieldError, JobRequest, JobState, JobStatus
from ...contract.catalogue import message
from ...jobs import commands
from ...jobs.catalogue import Places, UnknownCursorError
from ...jobs.errors import (
    ForbiddenTransitionError,
    KeyReusedError,
    UnknownJobError,
)
from ...jobs.record import Job, JobMeta, job_id_of, status_of
from ...jobs.store import JobStore
from ...outbox.delivery import RefusedHostError, check_header, check_url
from ...questions.intake import Examined, refuse
from ...system.clock import now
from .. import examples
from ..dependencies import (
    CommandedJob,
    OwnJob,
    Services,
    ServicesOf,
    Tenant,
    admitting,
    spend,
)
from ..openapi import errors, json_body
from ..schemas import JobPage
from ..security import encoding_of, receive_signed

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_BODY = "body"
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="The same key again gives the same job, never a second one.",
    ),
]


@router.post(
    "",
    status_code=202,
    response_model=JobStatus,
    responses=errors(401, 413, 422, 429, 503, 507),
    openapi_extra=json_body(JobRequest, examples.JOB),
    summary="Accept a job",
)
async def create_job(
    request: Request,
    response: Response,
    services: ServicesOf,
    tenant: Tenant,
    idempotency_key: IdempotencyKey = None,
) -> JobStatus:
    """Accept a job: it is on disk, durably, before the answer leaves.

    The body may be gzipped; the signature is of the bytes as sent.
    """
    with services.sending.one(tenant):
        job = await _receive(request, services, tenant, idempotency_key)
    response.headers["Location"] = f"/v1/jobs/{job.meta.job_id}"
    return await asyncio.to_thread(_show, services, job)


async def _receive(
    request: Request, services: Services, tenant: str, idempotency_key: str | None
) -> Job:
    """Take a request in, check it, and make it a job."""
    encoding = encoding_of(request)
    folder = await asyncio.to_thread(services.store.prepare)
    try:
        path = folder / _BODY
        limit = services.settings.max_body_mb * 2**20
        with path.open("wb", buffering=2**18) as body:
            await receive_signed(request, tenant, limit, body)
        await spend(
            services, tenant, "checks", services.settings.tenant_checks_per_minute
        )
        job_id = job_id_of(tenant, idempotency_key)
        known = _known(services.store, job_id)
        if known is None:
            await asyncio.to_thread(services.admission.check, tenant)
        examined = await services.intake.examine(path, encoding, tenant)
        async with admitting(services, tenant):
            return await _accept(services, tenant, job_id, folder, examined)
    finally:
        if folder.exists():
            await asyncio.to_thread(shutil.rmtree, folder)


async def _accept(
    services: Services, tenant: str, job_id: str, folder: Path, examined: Examined
) -> Job:
    """Make the job exist, or find the one that has its key already."""
    known = _known(services.store, job_id)
    if known is None:
        await asyncio.to_thread(services.admission.check, tenant)
        _check_callback(services, examined)
        envelope = examined.envelope
        meta = JobMeta(
            job_id=job_id,
            tenant=tenant,
            created_at=now(),
            reference=envelope.reference,
            options=envelope.options,
            callback=envelope.callback,
            priority=envelope.priority,
            problem_digest=examined.problem_digest,
            body_digest=examined.body_digest,
            total_events=examined.counts["events"],
        )
        if await asyncio.to_thread(_commit, services.store, folder, meta):
            return services.store.get(job_id)
        known = services.store.get(job_id)
    if known.meta.body_digest != examined.body_digest:
        raise KeyReusedError(message("key_reused"))
    return known


def _commit(store: JobStore, folder: Path, meta: JobMeta) -> bool:
    (folder / _BODY).unlink()
    return store.commit(folder, meta)


def _known(store: JobStore, job_id: str) -> Job | None:
    try:
        return store.get(job_id)
    except UnknownJobError:
        return None


def _check_callback(services: Services, examined: Examined) -> None:
    callback = examined.envelope.callback
    if callback is None:
        return
    # What cannot be sent must not become a job whose messages never arrive.
    field = "url"
    try:
        check_url(callback.url, services.settings.callback_hosts)
        field = "database"
        check_header(callback.database or "")
    except RefusedHostError as error:
        refuse(
            [FieldError(field=f"callback.{field}", message=str(error))],
            "refused_callback",
        )


def _places(services: Services) -> Places:
    """Give the places in the queue."""
    settings = services.settings
    return services.catalogue.places(settings.max_running_jobs, settings.pause_seconds)


def _show(services: Services, job: Job, places: Places | None = None) -> JobStatus:
    """Show a job with its place in the queue."""
    position, start = None, None
    if job.record.state is JobState.QUEUED:
        places = _places(services) if places is None else places
        position, start = places.get(job.meta.job_id, (None, None))
    progress = services.store.progress(job.meta.job_id)
    return status_of(job, progress, position, start)


@router.get("", responses=errors(401, 422), summary="List your jobs")
def list_jobs(
    services: ServicesOf,
    tenant: Tenant,
    state: Annotated[
        list[JobState] | None, Query(description="Only jobs in these states.")
    ] = None,
    reference: Annotated[
        str | None, Query(max_length=64, description="Only jobs of this reference.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[
        str | None, Query(max_length=64, description="`next` of the page before.")
    ] = None,
) -> JobPage:
    """List jobs, newest first."""
    try:
        page = services.catalogue.page(tenant, state, reference, limit, cursor)
    except UnknownCursorError:
        message = "There is no such job in this list; begin again without it."
        refuse([FieldError(field="cursor", message=message)], "unknown_cursor")
    places = _places(services)
    return JobPage(
        items=[_show(services, job, places) for job in page.jobs],
        total=page.total,
        next=page.next,
    )


@router.get("/{job_id}", responses=errors(401, 404), summary="Show a job")
async def show_job(services: ServicesOf, job: OwnJob) -> JobStatus:
    """Show where a job stands."""
    return await asyncio.to_thread(_show, services, job)


@router.delete(
    "/{job_id}", status_code=202, responses=errors(401, 404, 409), summary="Cancel"
)
async def cancel_job(services: ServicesOf, job: CommandedJob) -> JobStatus:
    """Cancel a job; the best timetable so far is kept."""
    return await _command(services, job, commands.cancel)


@router.post(
    "/{job_id}/pause", status_code=202, responses=errors(401, 404, 409), summary="Pause"
)
async def pause_job(services: ServicesOf, job: CommandedJob) -> JobStatus:
    """Pause a job; kept long, it gives its place to others and waits for one again."""
    return await _command(services, job, commands.pause)


@router.post(
    "/{job_id}/resume",
    status_code=202,
    responses=errors(401, 404, 409, 429),
    summary="Resume",
)
async def resume_job(services: ServicesOf, job: CommandedJob) -> JobStatus:
    """Let a paused job go on; one that gave its place up begins again, and counts."""
    async with admitting(services, job.meta.tenant):
        if commands.begins_again(services.store, job):
            await asyncio.to_thread(services.admission.check_hour, job.meta.tenant)
        return await _command(services, job, commands.resume)


@router.post(
    "/{job_id}/retry",
    status_code=202,
    responses=errors(401, 404, 409, 429),
    summary="Retry",
)
async def retry_job(services: ServicesOf, job: CommandedJob) -> JobStatus:
    """Run a failed or cancelled job again, under the same id."""
    async with admitting(services, job.meta.tenant):
        if job.record.state in TERMINAL:
            await asyncio.to_thread(services.admission.check, job.meta.tenant)
        return await _command(services, job, commands.retry)


@router.post(
    "/{job_id}/acknowledge", responses=errors(401, 404, 409), summary="Acknowledge"
)
async def acknowledge_job(services: ServicesOf, job: CommandedJob) -> JobStatus:
    """Say that the result is stored; the job is forgotten some days later."""
    if job.record.state not in TERMINAL:
        raise ForbiddenTransitionError(job.record.state, job.record.state)
    return await _command(
        services, job, lambda store, job_id: store.acknowledge(job_id)
    )


async def _command(services: Services, job: Job, command: object) -> JobStatus:
    assert callable(command)
    job_id = job.meta.job_id
    await asyncio.to_thread(command, services.store, job_id)
    return await asyncio.to_thread(_show, services, services.store.get(job_id))
