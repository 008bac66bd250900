"""What the supervisor knows of a runner: the protocol, never how it is done."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

WORKER_LOG = "worker.log"


@dataclass(frozen=True, slots=True)
class Launch:
    """One attempt of one job."""

    job_id: str
    attempt: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Exit:
    """How an attempt's process ended; ``None`` where nobody can know."""

    code: int | None


@dataclass(frozen=True, slots=True)
class Usage:
    rss_mb: float
    processes: int
    disk_mb: float = 0.0
    """What lies elsewhere than in the job's folder."""
    machine: str = ""
    available_mb: float = float("inf")
    """Memory that is left there."""


class Runner(Protocol):
    """Runs attempts, on this machine or elsewhere. No call waits for a network."""

    def room(self) -> int:
        """Say how many more attempts may begin now."""

    def start(self, launch: Launch) -> None:
        """Begin an attempt; raises ``OSError`` if it cannot."""

    def adopt(self, launch: Launch) -> bool:
        """Take over an attempt begun before a restart; False if it is gone."""

    def poll(self, job_id: str) -> Exit | None:
        """Say how it ended, once; ``None`` while it runs."""

    def running(self) -> frozenset[str]:
        """List the jobs that run here or have ended without being polled."""

    def children(self) -> frozenset[int]:
        """List the processes whose end this runner waits for."""

    def usage(self, job_id: str) -> Usage:
        """Measure all processes of a job."""

    def drain(self, job_id: str) -> None:
        """Ask it to write its best down and end; or let go of one that need not."""

    def rest(self, job_id: str) -> None:
        """Ask it to write its best down and end, for others need its place."""

    def kill(self, job_id: str) -> None:
        """End all its processes at once."""

    def reap_orphans(self) -> int:
        """End processes of jobs that nobody watches; gives how many."""

    def groups(self) -> tuple[str, ...]:
        """Name what the kernel limits of each job as a whole: ``memory`` …"""

    def close(self) -> None:
        """Let go of everything."""
