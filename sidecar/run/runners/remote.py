"""A task of a Dask worker: one attempt of one job, as a process group of that machine.

The job's files are unpacked into a folder there, and the same worker process runs in it
as it would beside the supervisor. This module turns the supervisor's commands (Redis)
into the files that process looks at, and its files into signs of life and checkpoints.
"""

import contextlib
import logging
import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import redis

from ...jobs.record import HEARTBEAT, STATE, STOPPING
from ...jobs.redis_publisher import TTL_SECONDS
from ...settings import Settings, load_settings
from ...system.files import folder_size, private_folder, read_optional, write_atomic
from ..workspace import set_threads
from .base import WORKER_LOG, Launch
from .local import LocalRunner, reap_dead_tethers
from .parcels import (
    SAVED,
    THERE,
    Delivery,
    Parcel,
    beat_key,
    checkpoint_key,
    command_key,
    pack,
    pack_back,
    started_key,
    unpack,
)

logger = logging.getLogger(__name__)

_LOOK_SECONDS, _BEAT_SECONDS, _SAVE_SECONDS = 0.2, 1.0, 2.0
_OUTAGE_PAUSE = 2.0
_LOG_BYTES = 2**18


class StartedBeforeError(Exception):
    """The attempt ran on a machine that was lost; the next attempt goes on."""


class Wire:
    """Redis as the solver machine sees it; while it is down, the job goes on."""

    def __init__(self, settings: Settings) -> None:
        self._client = redis.Redis.from_url(
            settings.redis_url,
            socket_timeout=settings.redis_timeout_seconds,
            socket_connect_timeout=settings.redis_timeout_seconds,
        )
        self._again_at = 0.0

    def call(self, what: Callable[["redis.Redis"], Any], default: Any = None) -> Any:
        """Do something with Redis, or give the default while it does not answer."""
        if time.monotonic() < self._again_at:
            return default
        try:
            answer = what(self._client)
        except (redis.RedisError, OSError) as error:
            if not self._again_at:
                name = type(error).__name__
                logger.warning("Redis does not answer (%s); the job goes on.", name)
            self._again_at = time.monotonic() + _OUTAGE_PAUSE
            return default
        if self._again_at:
            logger.warning("Redis answers again.")
            self._again_at = 0.0
        return answer


class _Attempt:
    """The loop beside one worker process."""

    def __init__(
        self, parcel: Parcel, settings: Settings, folder: Path, wire: Wire
    ) -> None:
        self._parcel, self._folder, self._wire = parcel, folder, wire
        self._runner = LocalRunner(settings, tethered=True)
        self._state = ""
        self._told: dict[str, Any] = {}
        self._beats = 0
        self._beaten = self._saved = 0.0
        self._stamp: list[int] = []
        self._draining = False
        self._threads: int | None = None

    def run(self, fate: Callable[[], str]) -> Delivery:
        """Run to the end; ``fate`` says whether to ``run``, ``drain`` or ``kill``."""
        job_id = self._parcel.job_id
        self._write_state("running")
        self._runner.start(Launch(job_id, self._parcel.attempt, self._folder))
        try:
            while (ended := self._runner.poll(job_id)) is None:
                self._obey(fate())
                self._save()
                self._beat()
                time.sleep(_LOOK_SECONDS)
        finally:
            if job_id in self._runner.running():
                self._runner.kill(job_id)
        log = read_optional(self._folder / WORKER_LOG) or b""
        return Delivery(ended.code, pack_back(self._folder), log[-_LOG_BYTES:])

    def _obey(self, fate: str) -> None:
        job_id = self._parcel.job_id
        data = self._wire.call(lambda redis: redis.get(command_key(job_id)))
        command = orjson.loads(data) if data else {}
        attempt = command.get("attempt", self._parcel.attempt)
        if fate == "kill" or command.get("kill") or attempt > self._parcel.attempt:
            self._runner.kill(job_id)
        elif (fate == "drain" or command.get("rest")) and not self._draining:
            self._draining = True
            self._runner.drain(job_id)
        elif attempt == self._parcel.attempt and "state" in command:
            self._write_state(command["state"])
            self._lower(command.get("threads"))

    def _lower(self, threads: int | None) -> None:
        if threads is not None and threads != self._threads:
            set_threads(self._folder, threads)
            self._threads = threads

    def _write_state(self, state: str) -> None:
        if state != self._state:
            record = {"state": state, "attempt": self._parcel.attempt}
            write_atomic(self._folder / STATE, orjson.dumps(record), durable=False)
            self._state = state

    def _save(self) -> None:
        """Send what another machine could go on from."""
        at = time.monotonic()
        if at - self._saved < _SAVE_SECONDS:
            return
        self._saved = at
        stamp = []
        for name in SAVED:
            with contextlib.suppress(FileNotFoundError):
                stamp.append((self._folder / name).stat().st_mtime_ns)
        if not stamp or stamp == self._stamp:
            return
        key = checkpoint_key(self._parcel.job_id)
        values: dict[Any, Any] = {
            "attempt": str(self._parcel.attempt).encode(),
            "stamp": orjson.dumps(stamp),
            **pack(self._folder, SAVED),
        }

        def send(client: "redis.Redis") -> bool:
            with client.pipeline() as pipe:
                pipe.delete(key)
                pipe.hset(key, mapping=values)
                pipe.expire(key, TTL_SECONDS)
                pipe.execute()
            return True

        if self._wire.call(send):
            self._stamp = stamp

    def _beat(self) -> None:
        stopping = read_optional(self._folder / STOPPING) is not None
        told = {
            "attempt": self._parcel.attempt,
            "stopping": stopping,
            "stamp": self._stamp,
            "machine": socket.gethostname(),
        }
        at = time.monotonic()
        if told == self._told and at - self._beaten < _BEAT_SECONDS:
            return
        self._told, self._beaten = told, at
        usage = self._runner.usage(self._parcel.job_id)
        silent = 0.0
        with contextlib.suppress(FileNotFoundError):
            silent = time.time() - (self._folder / HEARTBEAT).stat().st_mtime
        self._beats += 1
        beat = {
            **told,
            "number": self._beats,
            "silent": max(0.0, silent),
            "rss_mb": usage.rss_mb,
            "processes": usage.processes,
            "disk_mb": folder_size(self._folder) / 2**20,
            "available_mb": usage.available_mb,
        }
        key, data = beat_key(self._parcel.job_id), orjson.dumps(beat)
        self._wire.call(lambda client: client.set(key, data, ex=TTL_SECONDS))


def run_attempt(parcel: Parcel) -> Delivery:
    """Run an attempt here; the function that Dask calls.

    Raises
    ------
    StartedBeforeError
        If Dask runs it anew because the machine it ran on was lost. The supervisor
        then begins the next attempt, from the newest checkpoint.
    """
    settings = load_settings()
    wire = Wire(settings)
    key = started_key(parcel.job_id, parcel.attempt)
    first = wire.call(
        lambda client: bool(client.set(key, b"1", nx=True, ex=TTL_SECONDS * 12)), True
    )
    if not first:
        raise StartedBeforeError(key)
    root = private_folder(settings.data_dir.resolve() / "attempts")
    reap_dead_tethers(root)
    folder = root / f"{parcel.job_id}.{parcel.attempt}.{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)
    try:
        unpack(folder, parcel.files, THERE)
        return _Attempt(parcel, settings, folder, wire).run(_fate())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fate() -> Callable[[], str]:
    """Ask the Dask worker around us whether the task is still wanted."""
    from distributed import Status, get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def look() -> str:
        task = worker.state.tasks.get(key)
        if task is None or task.state in ("cancelled", "forgotten", "released"):
            return "kill"
        return "run" if worker.status in (Status.running, Status.paused) else "drain"

    return look
