"""``timetable-nep doctor``: checks a set-up and says what to mend."""

import argparse
import email.utils
import http.client
import json
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis

from ..jobs.delivery import entries_of
from ..jobs.memory import available_mb
from ..jobs.safety import check_safety
from ..settings import Settings, UnsafeConfigurationError, load_settings

_LEAST_DISK_MB, _CLOCK_SECONDS = 2048, 60.0
_TIMEOUT = 5.0


class Finding(NamedTuple):
    name: str
    ok: bool
    sentence: str


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser("doctor", help="check a set-up")
    parser.add_argument("--odoo", metavar="URL", help="also check that Odoo answers")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check everything; exit code 1 if something is to be mended."""
    findings = list(_examine(arguments.odoo))
    if arguments.json:
        rows = [finding._asdict() for finding in findings]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        for finding in findings:
            mark = "ok  " if finding.ok else "MEND"
            sys.stdout.write(f"{mark}  {finding.name:<9}  {finding.sentence}\n")
    return 0 if all(finding.ok for finding in findings) else 1


def _examine(odoo: str | None) -> Iterator[Finding]:
    try:
        settings = load_settings()
    except UnsafeConfigurationError as error:
        yield Finding("settings", False, str(error))
        return
    yield Finding("settings", True, "They can be read.")
    try:
        check_safety(settings)
        yield Finding("secrets", True, "Tokens and secrets are private.")
    except UnsafeConfigurationError as error:
        yield Finding("secrets", False, str(error))
    yield from _redis(settings)
    if settings.runner == "dask":
        yield _cluster(settings)
    yield from _machine(settings)
    yield from _callbacks(settings)
    if odoo:
        yield from _odoo(odoo)


def _redis(settings: Settings) -> Iterator[Finding]:
    """Write a value; its server's clock is compared as well."""
    if not settings.redis_url:
        text = "It is turned off; progress is served from disk."
        yield Finding("redis", True, text)
        return
    timeout = settings.redis_timeout_seconds
    try:
        client = redis.Redis.from_url(
            settings.redis_url, socket_timeout=timeout, socket_connect_timeout=timeout
        )
        client.set("timetable:doctor", "1", ex=10)
        seconds = float(client.time()[0])
    except (redis.RedisError, ValueError) as error:
        yield Finding(
            "redis",
            False,
            f"It does not take values ({type(error).__name__}); start it or correct "
            "TIMETABLE_REDIS_URL. Jobs run without it.",
        )
        return
    yield Finding("redis", True, "It takes values.")
    yield _clock("Redis", seconds)


def _clock(whose: str, seconds: float) -> Finding:
    """Compare a clock with ours: signatures are valid for five minutes only."""
    off = abs(seconds - time.time())
    advice = "" if off < _CLOCK_SECONDS else " Set both clocks (NTP)."
    text = f"{whose}'s is {off:.0f} s off ours.{advice}"
    return Finding("clock", off < _CLOCK_SECONDS, text)


def _cluster(settings: Settings) -> Finding:
    """Count the threads of the Dask cluster."""
    address = settings.dask_address
    try:
        from distributed import Client  # an extra

        with Client(address, timeout=_TIMEOUT, set_as_default=False) as client:
            threads = client.nthreads()
    except ImportError:
        text = "Dask is missing; run: pip install 'timetable-nep-sidecar[dask]'"
        return Finding("cluster", False, text)
    except (OSError, ValueError) as error:
        return Finding(
            "cluster",
            False,
            f"{address} does not answer ({type(error).__name__}); start `dask "
            "scheduler` or correct TIMETABLE_DASK_ADDRESS.",
        )
    if not threads:
        text = "The scheduler has no worker; start `dask worker` on solver machines."
        return Finding("cluster", False, text)
    text = f"{len(threads)} machines run up to {sum(threads.values())} jobs at once."
    return Finding("cluster", True, text)


def _callbacks(settings: Settings) -> Iterator[Finding]:
    """Look up the hosts that webhooks may go to."""
    if not settings.callback_hosts:
        text = "No host is listed in TIMETABLE_CALLBACK_HOSTS; Odoo has to ask."
        yield Finding("callbacks", True, text)
        return
    lost = [host for host in settings.callback_hosts if not _is_known(host)]
    text = (
        f"No address is known of {', '.join(lost)}; correct TIMETABLE_CALLBACK_HOSTS."
        if lost
        else f"All {len(settings.callback_hosts)} hosts are known."
    )
    yield Finding("callbacks", not lost, text)


def _is_known(entry: str) -> bool:
    try:
        names = [item.name for item in entries_of(entry) if item.name]
        return all(socket.getaddrinfo(name, None) for name in names)
    except (OSError, ValueError):
        return False


def _machine(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 2**20
    enough = free >= _LEAST_DISK_MB
    advice = "" if enough else f" Free some: {_LEAST_DISK_MB:,} MB are advised."
    yield Finding("disk", enough, f"{free:,} MB are free.{advice}")
    available = available_mb()
    wanted = settings.max_running_jobs * settings.job_memory_mb
    enough = available >= min(wanted, settings.job_memory_mb)
    advice = "" if enough else " Lower TIMETABLE_JOB_MEMORY_MB or add memory."
    yield Finding("memory", enough, f"{available:,.0f} MB are free.{advice}")


def _odoo(url: str) -> Iterator[Finding]:
    """Ask for the login page, which has Odoo's clock, and for the addon's webhook."""
    try:
        status, date = _ask(url, "GET", "/web/login")
        hook, _ = _ask(url, "POST", "/timetable_nep/webhook")
    except (OSError, http.client.HTTPException, ValueError) as error:
        text = f"{url} does not answer ({type(error).__name__})."
        yield Finding("odoo", False, f"{text} Start it or correct the address.")
        return
    well = status < 500
    advice = "" if well else " Look at its log."
    yield Finding("odoo", well, f"It answers with {status}.{advice}")
    # Without a signature it must refuse; what is not there cannot.
    there = hook in (400, 401, 403)
    text = (
        "It refuses what is not signed."
        if there
        else f"/timetable_nep/webhook answers with {hook}; install the addon, name the "
        "database, or open this path in the proxy."
    )
    yield Finding("webhook", there, text)
    if date is not None:
        theirs = email.utils.parsedate_to_datetime(date).timestamp()
        yield _clock("Odoo", theirs)


def _ask(url: str, method: str, path: str) -> tuple[int, str | None]:
    parts = urlsplit(url)
    kind = (
        http.client.HTTPSConnection
        if parts.scheme == "https"
        else http.client.HTTPConnection
    )
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Date")
    finally:
        connection.close()
