"""What the routes need, as dependencies that tests may put others in the place of."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from ..access.ledger import Ledger
from ..access.tokens import TokenStore
from ..contract.catalogue import message
from ..jobs.admission import Admission
from ..jobs.catalogue import Catalogue
from ..jobs.errors import TooManyRequestsError
from ..jobs.record import Job
from ..jobs.store import JobStore
from ..machines.leases import Leases
from ..questions.analysis_client import Analysts
from ..questions.intake_pool import IntakePool
from ..questions.turns import AtOnce
from ..settings import Settings
from ..system.files import try_lock
from .metrics import Metrics
from .security import receive_signed, tenant_of

COMMAND_BYTES = 2**16
_LOCK_SECONDS = 0.01


@dataclass
class Services:
    """Everything that lives as long as the app."""

    settings: Settings
    store: JobStore
    catalogue: Catalogue
    admission: Admission
    tokens: TokenStore
    machine_tokens: TokenStore
    leases: Leases
    intake: IntakePool
    analysts: Analysts
    ledger: Ledger
    metrics: Metrics
    questions: AtOnce
    """Questions of each tenant that have no answer yet."""
    streams: AtOnce
    """Streams of events that each tenant follows."""
    sending: AtOnce
    """Jobs of each tenant that arrive or are being checked."""


def services_of(request: Request) -> Services:
    """Give the app's services."""
    services: Services = request.app.state.services
    return services


async def spend(services: Services, tenant: str, kind: str, most: int) -> None:
    """Count one more of a kind that a tenant may have so many of in a minute.

    Raises
    ------
    TooManyRequestsError
    """
    wait = await asyncio.to_thread(services.ledger.spend, tenant, kind, most, 60.0)
    if wait:
        seconds = int(wait) + 1
        said = message("requests_per_minute", limit=most, kind=kind, seconds=seconds)
        raise TooManyRequestsError(said, seconds)


async def spend_question(services: Services, tenant: str) -> None:
    """Count one more question of the tenant's hour: each takes a process for a while.

    Raises
    ------
    TooManyRequestsError
    """
    most = services.settings.tenant_questions_per_hour
    take = services.ledger.spend
    wait = await asyncio.to_thread(take, tenant, "questions", most, 3600.0)
    if wait:
        said = message("questions_per_hour", limit=most)
        raise TooManyRequestsError(said, int(wait) + 1)


@asynccontextmanager
async def admitting(services: Services, tenant: str) -> AsyncIterator[None]:
    """Hold from counting a tenant's jobs until the new one exists.

    A lock on a file, so that it holds for all API processes; asked for without blocking
    a thread, for whoever has it needs one to get on.
    """
    path = services.settings.data_dir / "tenants" / f"{tenant}.admitting"
    while (held := try_lock(path)) is None:
        await asyncio.sleep(_LOCK_SECONDS)
    try:
        yield
    finally:
        os.close(held)


ServicesOf = Annotated[Services, Depends(services_of)]


async def tenant_of_request(request: Request, services: ServicesOf) -> str:
    """Give the caller, by token."""
    return tenant_of(request, services.tokens)


Tenant = Annotated[str, Depends(tenant_of_request)]


async def signed_tenant(request: Request, services: ServicesOf, tenant: Tenant) -> str:
    """Give the caller of a short command, by token and signature."""
    settings = services.settings
    await receive_signed(request, tenant, COMMAND_BYTES, io.BytesIO())
    await spend(services, tenant, "commands", settings.tenant_commands_per_minute)
    return tenant


SignedTenant = Annotated[str, Depends(signed_tenant)]
JobId = Annotated[str, Path(description="Id of a job of yours.", max_length=64)]


async def own_job(services: ServicesOf, tenant: Tenant, job_id: JobId) -> Job:
    """Give a job of the caller; to others it does not exist."""
    return services.store.get(job_id, tenant)


OwnJob = Annotated[Job, Depends(own_job)]


async def commanded_job(
    services: ServicesOf, tenant: SignedTenant, job_id: JobId
) -> Job:
    """Give a job of the caller of a signed command."""
    return services.store.get(job_id, tenant)


CommandedJob = Annotated[Job, Depends(commanded_job)]
