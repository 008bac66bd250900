"""The clocks: the date for people, and one that nobody can set for everything else."""

import time
from datetime import UTC, datetime
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def now() -> datetime:
    """Give the time, in UTC."""
    return datetime.now(UTC)


def since_boot() -> float:
    """Give the seconds since the machine's start, the same for all its processes."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def boot_id() -> str:
    """Name the machine's life since its last start; empty where nobody can tell."""
    return _BOOT.read_text().strip() if _BOOT.exists() else ""
