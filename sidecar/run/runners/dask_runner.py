"""Runs attempts on a Dask cluster, each as one task of it.

The supervisor's loop never waits for a network: a thread of this runner talks to the
scheduler and to Redis, and mirrors what happens there into the job's folder, so that
everybody else sees the files they would see beside a local worker. A task's future is
published in the cluster, so jobs go on while the service is restarted.
"""

import logging
import os
import threading
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from distributed import Client, Future, KilledWorker
from pydantic import ValidationError

from ...contract import Progress
from ...jobs.progress import read_progress
from ...jobs.record import HEARTBEAT, OUTCOME, PROGRESS, RESULT, STATE, STOPPING, WORKER
from ...jobs.redis_publisher import TTL_SECONDS, progress_key
from ...jobs.results import publish_result
from ...settings import Settings
from ...system.files import read_object, read_optional, write_atomic
from ..workspace import THREADS
from .base import WORKER_LOG, Exit, Launch, Usage
from .parcels import (
    Delivery,
    Parcel,
    beat_key,
    checkpoint_key,
    command_key,
    pack_there,
    unpack,
)
from .remote import StartedBeforeError, Wire, run_attempt

logger = logging.getLogger(__name__)

# An outage is told once, by us, and without a traceback.
logging.getLogger("distributed.client").setLevel(logging.CRITICAL)

_PREFIX = "timetable-"
_LOOK_SECONDS, _REPEAT_SECONDS, _COUNT_SECONDS = 0.1, 1.0, 1.0
_CONNECT_SECONDS, _CALL_SECONDS, _LONGEST_PAUSE = 5.0, 10.0, 10.0
_FORCE_SECONDS = 3.0


@dataclass(slots=True)
class _Item:
    """What we know of an attempt."""

    launch: Launch
    adopted: bool
    future: Future[Any] | None = None
    ended: Exit | None = None
    kill_asked: float | None = None
    rest_asked: bool = False
    usage: Usage = field(default_factory=lambda: Usage(0.0, 0))
    told: dict[str, Any] = field(default_factory=dict)
    told_at: float = 0.0
    stamp: list[int] = field(default_factory=list)
    beat: bytes = b""
    published: bytes = b""
    complained: bool = False

    @property
    def name(self) -> str:
        """Name task and future; an attempt has one of each."""
        return f"{_PREFIX}{self.launch.job_id}-{self.launch.attempt}"


class DaskRunner:
    """A runner whose attempts are tasks of a cluster."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._wire = Wire(settings)
        self._client: Client | None = None
        self._items: dict[str, _Item] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads = 0
        self._counted = float("-inf")
        self._pause, self._again_at, self._down = 0.5, 0.0, False
        self._swept = False
        self._thread = threading.Thread(target=self._run, name="dask", daemon=True)

    # ---- what the supervisor asks; only memory is touched

    def room(self) -> int:
        """Give the cluster's threads without an attempt; none while it is away."""
        return max(0, self._threads - len(self._items)) if self._client else 0

    def start(self, launch: Launch) -> None:
        """Hand an attempt to the thread."""
        identity = {"runner": "dask", "attempt": launch.attempt}
        write_atomic(launch.folder / WORKER, orjson.dumps(identity))
        (launch.folder / HEARTBEAT).touch(mode=0o600)
        with self._lock:
            self._items[launch.job_id] = _Item(launch, adopted=False)

    def adopt(self, launch: Launch) -> bool:
        """Take over an attempt that runs in the cluster, or ended there."""
        identity = read_object(launch.folder / WORKER)
        if (identity.get("runner"), identity.get("attempt")) != (
            "dask",
            launch.attempt,
        ):
            return False
        with self._lock:
            self._items[launch.job_id] = _Item(launch, adopted=True)
        return True

    def poll(self, job_id: str) -> Exit | None:
        """Say how the attempt ended, once its files are here."""
        with self._lock:
            ended = self._items[job_id].ended
            if ended is not None:
                del self._items[job_id]
            return ended

    def running(self) -> frozenset[str]:
        """List the jobs that the cluster has."""
        with self._lock:
            return frozenset(self._items)

    def children(self) -> frozenset[int]:
        """Have none: the cluster starts the processes."""
        return frozenset()

    def usage(self, job_id: str) -> Usage:
        """Give what the machine said last."""
        return self._items[job_id].usage

    def drain(self, job_id: str) -> None:
        """Let go of it: it goes on in the cluster, and is adopted after the restart."""
        with self._lock:
            self._items.pop(job_id, None)

    def rest(self, job_id: str) -> None:
        """Have its process write its best down and end."""
        self._items[job_id].rest_asked = True

    def kill(self, job_id: str) -> None:
        """Have its processes killed; what they wrote comes back."""
        item = self._items[job_id]
        item.kill_asked = item.kill_asked or time.monotonic()

    def reap_orphans(self) -> int:
        """Let the thread begin, and with it the sweep: what is wanted is known now."""
        self._thread.start()
        return 0

    def close(self) -> None:
        """End the thread; the cluster goes on."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_CALL_SECONDS)

    # ---- the thread

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self._tick()
            except Exception as error:
                # Whatever Dask raises must not end the watch over all jobs.
                self._note_outage(error)
        if self._client is not None:
            with suppress(Exception):
                self._client.close(timeout=2)

    def _tick(self) -> None:
        if self._client is None or self._client.status != "running":
            self._connect()
        client = self._client
        if client is None:
            return
        at = time.monotonic()
        if at - self._counted >= _COUNT_SECONDS:
            self._counted = at
            self._threads = sum(self._call(client.nthreads).values())
        if not self._swept:
            self._swept = True
            self._sweep(client)
        with self._lock:
            items = [item for item in self._items.values() if item.ended is None]
        for item in items:
            try:
                self._tend(client, item)
                item.complained = False
            except OSError as error:
                # Our disk is full, say; the delivery stays in the cluster.
                if not item.complained:
                    logger.error("The job's files cannot be written: %s.", error)
                item.complained = True

    def _connect(self) -> None:
        if time.monotonic() < self._again_at:
            return
        old, self._client = self._client, None
        with self._lock:
            for item in self._items.values():
                item.adopted, item.future = (
                    item.adopted or item.future is not None,
                    None,
                )
        if old is not None:
            with suppress(Exception):
                old.close(timeout=1)
        try:
            self._client = Client(
                self._settings.dask_address,
                timeout=_CONNECT_SECONDS,
                set_as_default=False,
                name="timetable-supervisor",
            )
        except (OSError, TimeoutError) as error:
            self._note_outage(error)
            return
        if self._down:
            logger.warning("The Dask cluster answers again.")
        self._down, self._pause = False, 0.5

    def _note_outage(self, error: Exception) -> None:
        if not self._down:
            logger.warning(
                "The Dask cluster does not answer (%s); jobs wait until it does.",
                type(error).__name__,
            )
        self._down = True
        self._again_at = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _call(self, what: Any, *words: Any, **options: Any) -> Any:
        return what(*words, callback_timeout=_CALL_SECONDS, **options)

    def _sweep(self, client: Client) -> None:
        """Cancel what an earlier supervisor left and no job wants any more."""
        with self._lock:
            wanted = {item.name for item in self._items.values()}
        for name in self._call(client.list_datasets):
            if str(name).startswith(_PREFIX) and name not in wanted:
                logger.warning("Cancelled a task that nobody watched.")
                future = self._call(client.get_dataset, name)
                self._forget(client, str(name), future)

    def _tend(self, client: Client, item: _Item) -> None:
        if item.future is None:
            item.future = self._find(client, item)
            if item.future is None:
                item.ended = Exit(None)
                return
        self._command(item)
        self._mirror(item)
        status = item.future.status
        if status == "finished":
            delivery: Delivery = item.future.result(timeout=_CALL_SECONDS)
            self._receive(item, delivery)
            self._end(client, item, Exit(delivery.code))
        elif status != "pending":
            self._fetch_checkpoint(item)
            self._end(client, item, Exit(self._code(item.future)))
        elif item.kill_asked and time.monotonic() - item.kill_asked > _FORCE_SECONDS:
            # The machine does not hear us; Dask may still reach it.
            self._fetch_checkpoint(item)
            self._end(client, item, Exit(None))

    def _find(self, client: Client, item: _Item) -> Future[Any] | None:
        """Submit a new attempt, or find the future of one that we knew."""
        if item.adopted:
            found: Future[Any] | None = self._call(client.get_dataset, item.name, None)
            return found
        parcel = Parcel(
            item.launch.job_id, item.launch.attempt, pack_there(item.launch.folder)
        )
        future = client.submit(
            run_attempt, parcel, key=item.name, pure=False, retries=0
        )
        self._call(client.publish_dataset, future, name=item.name, override=True)
        return future

    def _end(self, client: Client, item: _Item, how: Exit) -> None:
        assert item.future is not None
        self._forget(client, item.name, item.future)
        job_id = item.launch.job_id
        keys = (beat_key(job_id), command_key(job_id), checkpoint_key(job_id))
        self._wire.call(lambda client: client.delete(*keys))
        item.ended = how

    def _forget(self, client: Client, name: str, future: Future[Any]) -> None:
        self._call(client.unpublish_dataset, name)
        future.cancel(force=True)

    def _code(self, future: Future[Any]) -> int | None:
        """Give no exit code for a lost machine; a mistake of ours has one."""
        if future.status != "error":
            return None
        error = future.exception(timeout=_CALL_SECONDS)
        if isinstance(error, (StartedBeforeError, KilledWorker, CancelledError)):
            return None
        logger.error("An attempt failed on its machine.", exc_info=error)
        return os.EX_SOFTWARE

    # ---- between Redis and the job's folder

    def _command(self, item: _Item) -> None:
        """Say what the owner wants, when it changes and now and then."""
        state = read_object(item.launch.folder / STATE).get("state")
        if state is None:
            return  # damaged; the supervisor puts the job aside
        threads = read_optional(item.launch.folder / THREADS)
        told = {
            "attempt": item.launch.attempt,
            "state": state,
            "kill": item.kill_asked is not None,
            "rest": item.rest_asked,
            "threads": None if threads is None else int(threads),
        }
        at = time.monotonic()
        if told == item.told and at - item.told_at < _REPEAT_SECONDS:
            return
        key, data = command_key(item.launch.job_id), orjson.dumps(told)
        if self._wire.call(lambda client: client.set(key, data, ex=TTL_SECONDS)):
            item.told, item.told_at = told, at

    def _mirror(self, item: _Item) -> None:
        """Write down what the machine says: signs of life, progress, checkpoints."""
        job_id, folder = item.launch.job_id, item.launch.folder
        keys = [beat_key(job_id), progress_key(job_id)]
        values = self._wire.call(lambda client: client.mget(keys))
        if values is None:
            # Redis is away. Whether the machine lives, Dask knows.
            (folder / HEARTBEAT).touch(mode=0o600)
            return
        beat = orjson.loads(values[0]) if values[0] else {}
        if beat.get("attempt") != item.launch.attempt:
            # Not begun yet: a process must start there, or the machine is short.
            (folder / HEARTBEAT).touch(mode=0o600)
            return
        item.usage = Usage(
            beat["rss_mb"],
            beat["processes"],
            beat["disk_mb"],
            beat["machine"],
            beat["available_mb"],
        )
        if values[0] != item.beat:
            item.beat = values[0]
            self._mirror_beat(item, beat)
        if values[1]:
            self._mirror_progress(item, values[1])
        if beat["stamp"] and beat["stamp"] != item.stamp:
            self._fetch_checkpoint(item)

    def _mirror_beat(self, item: _Item, beat: dict[str, Any]) -> None:
        folder = item.launch.folder
        # Seconds since, not times: the machines' clocks may differ.
        heard = time.time() - beat["silent"]
        (folder / HEARTBEAT).touch(mode=0o600)
        os.utime(folder / HEARTBEAT, (heard, heard))
        if beat["stopping"]:
            attempt = str(item.launch.attempt).encode()
            if read_optional(folder / STOPPING) != attempt:
                write_atomic(folder / STOPPING, attempt, durable=False)

    def _mirror_progress(self, item: _Item, data: bytes) -> None:
        if data == item.published:
            return
        try:
            progress = Progress.model_validate_json(data)
        except ValidationError:
            return  # another version's; the job's end brings what counts
        before = read_progress(item.launch.folder)
        if before is None or progress.sequence > before.sequence:
            write_atomic(item.launch.folder / PROGRESS, data, durable=False)
        item.published = data

    def _fetch_checkpoint(self, item: _Item) -> None:
        """Bring the newest checkpoint here, for the case that the machine is lost."""
        key = checkpoint_key(item.launch.job_id)
        values = self._wire.call(lambda client: client.hgetall(key))
        if not values:
            return
        try:
            found = {name.decode(): data for name, data in values.items()}
            attempt, stamp = int(found.pop("attempt")), orjson.loads(found.pop("stamp"))
            if attempt == item.launch.attempt and stamp != item.stamp:
                item.stamp = stamp
                unpack(item.launch.folder, found)
        except (ValueError, KeyError) as error:
            logger.error("A checkpoint was not taken: %s.", error)

    def _receive(self, item: _Item, delivery: Delivery) -> None:
        """Write down what an attempt left, its outcome last."""
        folder, files = item.launch.folder, dict(delivery.files)
        with (folder / WORKER_LOG).open("ab") as log:
            log.write(delivery.log)
        outcome = files.pop(OUTCOME, None)
        try:
            unpack(folder, files)
        except ValueError as error:
            # Without its outcome the attempt counts as crashed, which it did.
            logger.error("What an attempt left was not taken: %s.", error)
            return
        if RESULT in files:
            publish_result(folder, (folder / RESULT).read_bytes())
        if outcome is not None:
            unpack(folder, {OUTCOME: outcome})
