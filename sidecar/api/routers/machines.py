"""Solver machines: they ask for attempts, fetch and send files, and say how they ended.

See ``machines.wire``. Nothing here changes a job: what machines say goes into the
leases, what they send into a folder of its own; the supervisor takes it from there.
"""

import asyncio
import contextlib
import io
import os
import uuid
from pathlib import Path as FilePath
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ValidationError

from ...jobs.errors import BodyTooLargeError, JobError, RefusedFileError
from ...jobs.workspace import threads_of
from ...machines.leases import Lease
from ...machines.parcels import may_come, may_go, names_there, unpack
from ...machines.wire import (
    BASE,
    LOG_BYTES,
    AttemptName,
    Ended,
    Names,
    Orders,
    Turn,
    Wanted,
)
from ...questions.intake import field_errors, refuse
from ...system.files import folder_size, private_folder
from ..dependencies import Services, ServicesOf
from ..security import receive_signed, tenant_of

router = APIRouter(prefix=BASE, tags=["machines"], include_in_schema=False)

_TURN_BYTES = 2**22
_FILE = "/attempts/{job_id}/{attempt}/files/{file:path}"
M = TypeVar("M", bound=BaseModel)


async def machine_of(request: Request, services: ServicesOf) -> str:
    """Give the machine that calls, by its token; tenants' tokens are none."""
    return tenant_of(request, services.machine_tokens)


MachineName = Annotated[str, Depends(machine_of)]


def attempt_of(
    job_id: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")],
    attempt: Annotated[int, Path(ge=1, lt=2**31)],
) -> AttemptName:
    """Give the attempt that the address names."""
    return AttemptName(job_id=job_id, attempt=attempt)


ThisAttempt = Annotated[AttemptName, Depends(attempt_of)]


async def _body(
    request: Request, services: Services, machine: str, model: type[M], limit: int
) -> M:
    body = io.BytesIO()
    await receive_signed(request, machine, limit, body, services.machine_tokens)
    try:
        return model.model_validate_json(body.getvalue())
    except ValidationError as error:
        refuse(field_errors(error), "invalid_request")


@router.post("/turn")
async def take_turn(
    request: Request, services: ServicesOf, machine: MachineName
) -> Orders:
    """Take what a machine tells, and say what is wanted."""
    turn = await _body(request, services, machine, Turn, _TURN_BYTES)
    return await asyncio.to_thread(_orders, services, machine, turn)


def _orders(services: Services, machine: str, turn: Turn) -> Orders:
    kept, offer = services.leases.turn(machine, turn)
    by_id = {lease.job_id: lease for lease in kept}
    wanted = [_wanted(services, r, by_id.get(r.job_id)) for r in turn.attempts]
    return Orders(attempts=wanted, offer=offer)


def _wanted(services: Services, name: AttemptName, lease: Lease | None) -> Wanted:
    """Say what an attempt is to do."""
    gone = Wanted(job_id=name.job_id, attempt=name.attempt, wanted="kill")
    if lease is None:
        return gone
    try:
        job = services.store.get(name.job_id)
    except JobError:
        return gone
    if job.record.attempt != name.attempt:
        return gone
    asked = job.meta.options.threads
    threads = threads_of(services.store.folder(name.job_id), asked)
    return Wanted(
        job_id=name.job_id,
        attempt=name.attempt,
        wanted="kill" if lease.kill else "rest" if lease.rest else "go_on",
        state=job.record.state,
        threads=threads if threads < asked else None,
    )


async def _signed(
    request: Request, services: Services, machine: str, name: AttemptName
) -> None:
    """See that a request without a body is signed, and the attempt the machine's."""
    await receive_signed(request, machine, 0, io.BytesIO(), services.machine_tokens)
    await asyncio.to_thread(services.leases.check, machine, name)


@router.get("/attempts/{job_id}/{attempt}/files")
async def list_files(
    request: Request, services: ServicesOf, machine: MachineName, name: ThisAttempt
) -> Names:
    """List what an attempt starts from."""
    await _signed(request, services, machine, name)
    folder = services.store.folder(name.job_id)
    return Names(names=await asyncio.to_thread(names_there, folder))


@router.get(_FILE)
async def send_file(
    request: Request,
    services: ServicesOf,
    machine: MachineName,
    name: ThisAttempt,
    file: str,
) -> FileResponse:
    """Send a file that an attempt starts from."""
    await _signed(request, services, machine, name)
    path = services.store.folder(name.job_id) / file
    if not may_go(file) or path.is_symlink() or not path.is_file():
        raise RefusedFileError(f"There is no file '{file[:80]}' to fetch.")
    return FileResponse(path, media_type="application/octet-stream")


@router.put(_FILE, status_code=204)
async def take_file(
    request: Request,
    services: ServicesOf,
    machine: MachineName,
    name: ThisAttempt,
    file: str,
) -> Response:
    """Take a file that an attempt has left, packed."""
    if not may_come(file):
        raise RefusedFileError(f"No file of the name '{file[:80]}' may come.")
    await asyncio.to_thread(services.leases.check, machine, name)
    most = services.settings.job_disk_mb * 2**20
    folder = private_folder(services.leases.arrived(name))
    sent = folder / f".{uuid.uuid4().hex}"
    try:
        with open(sent, "w+b", buffering=2**18, opener=_private) as body:
            await receive_signed(request, machine, most, body, services.machine_tokens)
            body.seek(0)
            room = most - await asyncio.to_thread(folder_size, folder)
            if room <= 0:
                raise BodyTooLargeError("The files of this attempt are too many.")
            # Only who has it still may send: it may have been taken back meanwhile.
            await asyncio.to_thread(services.leases.check, machine, name)
            await asyncio.to_thread(unpack, body, folder / file, room)
    finally:
        await asyncio.to_thread(_drop, sent)
    return Response(status_code=204)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _drop(sent: FilePath) -> None:
    with contextlib.suppress(FileNotFoundError):
        sent.unlink()


@router.post("/attempts/{job_id}/{attempt}/end", status_code=204)
async def end_attempt(
    request: Request, services: ServicesOf, machine: MachineName, name: ThisAttempt
) -> Response:
    """Note how an attempt ended; all its files were sent before."""
    ended = await _body(request, services, machine, Ended, 8 * LOG_BYTES)
    await asyncio.to_thread(services.leases.end, machine, name, ended)
    return Response(status_code=204)
