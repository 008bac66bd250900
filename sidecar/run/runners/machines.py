"""Runs attempts on other machines, which fetch them: see ``machines.leases``.

A machine speaks with the API only, which notes what it says and keeps what it sends
apart. This runner, in the supervisor, is the only one that brings it into the job's
folder, so that everybody else sees the files they would see beside a local worker, and
nothing comes late: once a lease is taken back nobody looks at what arrives for it.
"""

import logging
import shutil
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from ...jobs.progress import read_progress, write_progress
from ...jobs.record import HEARTBEAT, OUTCOME, RESULT, STOPPING, WORKER
from ...jobs.redis_publisher import RedisPublisher
from ...jobs.results import publish_result
from ...machines.leases import ALIVE_SECONDS, ARRIVED, Lease, Leases, Machine
from ...machines.parcels import may_come
from ...machines.wire import AttemptName
from ...settings import Settings
from ...system.clock import since_boot
from ...system.files import (
    private_folder,
    read_object,
    read_optional,
    remove_file,
    sync_folder,
    write_atomic,
)
from .base import WORKER_LOG, Exit, Launch, Usage

logger = logging.getLogger(__name__)

_LOOK_SECONDS, _TOUCH_SECONDS, _COUNT_SECONDS = 0.1, 1.0, 0.5
_FORCE_SECONDS = 3.0
"""So long a machine has to end what is to be killed; then it is let go of."""
_LONGEST_BEAT = 2.0


@dataclass(slots=True)
class _Item:
    """What we know of an attempt."""

    launch: Launch
    turns: int = -1
    beats: int = 0
    saved: int = 0
    silent: float = 0.0
    """Seconds in which the API could be spoken to, and its machine said nothing."""
    touched: float = float("-inf")
    kill_asked: float | None = None
    usage: Usage = field(default_factory=lambda: Usage(0.0, 0))

    @property
    def name(self) -> AttemptName:
        return AttemptName(job_id=self.launch.job_id, attempt=self.launch.attempt)


class MachineRunner:
    """A runner whose attempts run on the machines that ask for them."""

    def __init__(self, settings: Settings, publisher: RedisPublisher) -> None:
        self._settings, self._publisher = settings, publisher
        self._leases = Leases(settings.data_dir)
        self._items: dict[str, _Item] = {}
        self._found: dict[str, Lease] = {}
        self._alive, self._spoken = False, since_boot()
        self._looked = self._counted = float("-inf")
        self._machines: list[Machine] = []

    def room(self) -> int:
        """Give what the machines have room for, without what nobody has taken yet."""
        at = time.monotonic()
        if at - self._counted >= _COUNT_SECONDS:
            self._counted = at
            try:
                self._machines = self._leases.machines()
            except sqlite3.Error as error:
                self._complain(error)
                self._machines = []
        room = sum(machine.room for machine in self._machines)
        begun = sum(item.usage.processes == 0 for item in self._items.values())
        return max(0, room - begun)

    def start(self, launch: Launch) -> None:
        """Hand an attempt out."""
        identity = {"runner": "machines", "attempt": launch.attempt}
        write_atomic(launch.folder / WORKER, orjson.dumps(identity))
        _touch(launch.folder)
        item = _Item(launch)
        shutil.rmtree(self._leases.arrived(item.name), ignore_errors=True)
        try:
            self._leases.offer(item.name)
        except sqlite3.Error as error:
            raise OSError(0, f"the leases cannot be written ({error})") from error
        self._items[launch.job_id] = item
        self._looked = float("-inf")

    def adopt(self, launch: Launch) -> bool:
        """Take over an attempt that a machine has, or has brought to its end."""
        identity = read_object(launch.folder / WORKER)
        known = (identity.get("runner"), identity.get("attempt"))
        if known != ("machines", launch.attempt):
            return False
        self._items[launch.job_id] = _Item(launch)
        self._looked = float("-inf")
        return True

    def poll(self, job_id: str) -> Exit | None:
        """Say how the attempt ended, once its files are here."""
        item = self._items[job_id]
        if not self._look():
            return None
        lease = self._found.get(job_id)
        if lease is None or lease.attempt != item.launch.attempt:
            return self._let_go(item, Exit(None))
        if lease.turns != item.turns:
            item.turns, item.silent = lease.turns, 0.0
            self._mirror(item, lease)
        if lease.ended is not None:
            self._receive(item, lease)
            return self._let_go(item, Exit(lease.ended.code))
        if lease.state == "waiting" or not self._alive:
            # Not begun yet; or it is us whom the machine cannot reach.
            self._touch(item)
        if item.silent > self._settings.lease_seconds:
            if lease.state != "held":
                remove_file(item.launch.folder / WORKER)  # nobody has begun it
            else:
                self._warn_lost(item, lease)
            return self._let_go(item, Exit(None))
        asked = item.kill_asked
        if asked is None:
            return None
        if lease.state == "waiting" or time.monotonic() - asked > _FORCE_SECONDS:
            return self._let_go(item, Exit(None))
        return None

    def running(self) -> frozenset[str]:
        """List the jobs that were handed out."""
        return frozenset(self._items)

    def children(self) -> frozenset[int]:
        """Have none: the machines start the processes."""
        return frozenset()

    def usage(self, job_id: str) -> Usage:
        """Give what the machine said last."""
        return self._items[job_id].usage

    def drain(self, job_id: str) -> None:
        """Let go of it: it goes on there, and is adopted after the restart."""
        self._items.pop(job_id, None)

    def rest(self, job_id: str) -> None:
        """Have its process write its best down and end."""
        self._ask(job_id, rest=True)

    def kill(self, job_id: str) -> None:
        """Have its processes killed; what they wrote comes back."""
        item = self._items[job_id]
        if item.kill_asked is None and self._ask(job_id, kill=True):
            item.kill_asked = time.monotonic()

    def reap_orphans(self) -> int:
        """Take back what no job wants any more; its machines end it."""
        try:
            found, _ = self._leases.all()
        except sqlite3.Error as error:
            self._complain(error)
            return 0
        orphans = found.keys() - self._items.keys()
        for job_id in orphans:
            self._leases.take_back(job_id)
        wanted = {self._leases.arrived(item.name) for item in self._items.values()}
        for folder in (self._settings.data_dir / ARRIVED).glob("*"):
            if folder not in wanted:
                shutil.rmtree(folder, ignore_errors=True)
        return len(orphans)

    def groups(self) -> tuple[str, ...]:
        """Know nothing of it: the machines do."""
        return ()

    def close(self) -> None:
        """Let go of the file; the machines go on."""
        self._leases.close()

    # ---- what the machines say

    def _look(self) -> bool:
        """Read the leases, once for all jobs; gives whether they are known."""
        at = time.monotonic()
        if at - self._looked < _LOOK_SECONDS:
            return True
        try:
            self._found, spoken = self._leases.all()
        except sqlite3.Error as error:
            self._complain(error)
            return False
        # Time counts against a machine only where the API has said that it passed.
        passed = min(max(0.0, spoken - self._spoken), _LONGEST_BEAT)
        for item in self._items.values():
            lease = self._found.get(item.launch.job_id)
            if lease is not None and lease.turns == item.turns:
                item.silent += passed
        self._alive = since_boot() - spoken < ALIVE_SECONDS
        self._spoken, self._looked = spoken, at
        return True

    def _mirror(self, item: _Item, lease: Lease) -> None:
        """Write down what the machine says: signs of life, progress, checkpoints."""
        report, folder = lease.report, item.launch.folder
        if report is None:
            return
        item.usage = Usage(
            report.rss_mb,
            report.processes,
            report.disk_mb,
            lease.name,
            lease.available_mb,
        )
        if report.beats != item.beats or report.processes == 0:
            item.beats = report.beats
            _touch(folder)
        attempt = str(item.launch.attempt).encode()
        if report.stopping and read_optional(folder / STOPPING) != attempt:
            write_atomic(folder / STOPPING, attempt, durable=False)
        progress, before = report.progress, read_progress(folder)
        if (
            progress is not None
            and progress.job_id == item.launch.job_id
            and (before is None or progress.sequence > before.sequence)
        ):
            write_progress(folder, progress, self._publisher)
        if report.saved != item.saved:
            item.saved = report.saved
            self._take_files(item)

    def _take_files(self, item: _Item, *, all_of_them: bool = False) -> None:
        """Bring what has arrived into the job's folder: result and outcome at the end.

        The folder of what arrives is on the same disk: each file is whole or absent.
        """
        arrived = self._leases.arrived(item.name)
        for path in sorted(arrived.rglob("*")):
            name = path.relative_to(arrived).as_posix()
            if path.name.startswith(".") or not path.is_file() or not may_come(name):
                continue
            if name in (RESULT, OUTCOME):
                continue
            goal = item.launch.folder / name
            private_folder(goal.parent)
            path.replace(goal)
            sync_folder(goal.parent)
        if not all_of_them:
            return
        result, outcome = read_optional(arrived / RESULT), arrived / OUTCOME
        if result is not None:
            try:
                publish_result(item.launch.folder, result)
            except (KeyError, TypeError, ValueError):
                logger.error("What a machine sent is no result.")
                return  # without its outcome the attempt counts as crashed: it did
        if outcome.exists():
            outcome.replace(item.launch.folder / OUTCOME)
            sync_folder(item.launch.folder)

    def _receive(self, item: _Item, lease: Lease) -> None:
        """Take what an attempt left, its outcome last."""
        assert lease.ended is not None
        with (item.launch.folder / WORKER_LOG).open("ab") as log:
            log.write(lease.ended.log.encode())
        self._take_files(item, all_of_them=True)

    def _let_go(self, item: _Item, how: Exit) -> Exit:
        """Have no more to do with an attempt; what was saved last is taken."""
        job_id = item.launch.job_id
        self._take_files(item)
        try:
            self._leases.take_back(job_id)
        except sqlite3.Error as error:
            self._complain(error)  # the attempt's number fences it all the same
        shutil.rmtree(self._leases.arrived(item.name), ignore_errors=True)
        self._found.pop(job_id, None)
        del self._items[job_id]
        return how

    def _ask(self, job_id: str, *, kill: bool = False, rest: bool = False) -> bool:
        try:
            self._leases.ask(job_id, kill=kill, rest=rest)
        except sqlite3.Error as error:
            self._complain(error)
            return False
        return True

    def _touch(self, item: _Item) -> None:
        at = time.monotonic()
        if at - item.touched >= _TOUCH_SECONDS:
            item.touched = at
            _touch(item.launch.folder)

    def _warn_lost(self, item: _Item, lease: Lease) -> None:
        logger.warning(
            "The machine '%s' has said nothing for %.0f seconds; its attempt goes on "
            "elsewhere.",
            lease.name,
            item.silent,
            extra={"job_id": item.launch.job_id},
        )

    def _complain(self, error: sqlite3.Error) -> None:
        logger.error("The leases cannot be read or written: %s.", error)


def _touch(folder: Path) -> None:
    (folder / HEARTBEAT).touch(mode=0o600)
