"""``timetable-nep doctor``: checks a set-up and says what to mend."""

import argparse
import email.utils
import http.client
import json
import shutil
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psutil
import redis

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
    yield _redis(settings)
    yield from _machine(settings)
    if odoo:
        yield from _odoo(odoo)


def _redis(settings: Settings) -> Finding:
    if not settings.redis_url:
        return Finding("redis", True, "It is turned off; progress is served from disk.")
    timeout = settings.redis_timeout_seconds
    try:
        client = redis.Redis.from_url(
            settings.redis_url, socket_timeout=timeout, socket_connect_timeout=timeout
        )
        client.set("timetable:doctor", "1", ex=10)
    except (redis.RedisError, ValueError) as error:
        return Finding(
            "redis",
            False,
            f"It does not take values ({type(error).__name__}); start it or correct "
            "TIMETABLE_REDIS_URL. Jobs run without it.",
        )
    return Finding("redis", True, "It takes values.")


def _machine(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 2**20
    enough = free >= _LEAST_DISK_MB
    advice = "" if enough else f" Free some: {_LEAST_DISK_MB:,} MB are advised."
    yield Finding("disk", enough, f"{free:,} MB are free.{advice}")
    available = psutil.virtual_memory().available // 2**20
    wanted = settings.max_running_jobs * settings.job_memory_mb
    enough = available >= min(wanted, settings.job_memory_mb)
    advice = "" if enough else " Lower TIMETABLE_JOB_MEMORY_MB or add memory."
    yield Finding("memory", enough, f"{available:,} MB are free.{advice}")


def _odoo(url: str) -> Iterator[Finding]:
    """Ask Odoo for its login page; its clock is in the answer."""
    parts = urlsplit(url)
    kind = (
        http.client.HTTPSConnection
        if parts.scheme == "https"
        else http.client.HTTPConnection
    )
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
        connection.request("GET", "/web/login")
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError) as error:
        yield Finding("odoo", False, f"{url} does not answer ({type(error).__name__}).")
        return
    yield Finding("odoo", answer.status < 500, f"It answers with {answer.status}.")
    date = answer.getheader("Date")
    if date is not None:
        theirs = email.utils.parsedate_to_datetime(date).timestamp()
        off = abs(theirs - time.time())
        advice = "" if off < _CLOCK_SECONDS else " Set both clocks (NTP)."
        yield Finding("clock", off < _CLOCK_SECONDS, f"It is {off:.0f} s off.{advice}")
