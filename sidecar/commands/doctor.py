"""``timetable-nep doctor``: checks a set-up and says what to mend."""

import argparse
import email.utils
import http.client
import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis

from ..jobs.store import REPORT
from ..machines.leases import Leases
from ..outbox.callback_check import refusal
from ..outbox.delivery import DeliveryError, entries_of
from ..settings import Settings, UnsafeConfigurationError, load_settings
from ..system.confine import version
from ..system.files import read_object
from ..system.memory import available_mb
from ..system.notify import EVERYWHERE
from .safety import check_safety

_LEAST_DISK_MB, _CLOCK_SECONDS = 2048, 60.0
_TIMEOUT, _MOST_READ = 5.0, 2**20
_HOOK = "/timetable_nep/webhook"


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
    if settings.runner == "machines":
        yield _machines(settings)
    yield from _machine(settings)
    yield _service(settings)
    yield from _callbacks(settings)
    if odoo:
        yield from _odoo(odoo, settings)


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


def _machines(settings: Settings) -> Finding:
    """Look who asks for work."""
    try:
        machines = Leases(settings.data_dir).machines()
    except (OSError, sqlite3.Error) as error:
        return Finding("machines", False, f"The leases cannot be read: {error}.")
    if not machines:
        text = "None asks for work; start `timetable-nep machine --api URL` on them."
        return Finding("machines", False, text)
    names = ", ".join(sorted({machine.name for machine in machines}))
    room = sum(machine.room for machine in machines)
    more = "one more job" if room == 1 else f"{room} more jobs"
    text = f"{len(machines)} ask for work ({names}), with room for {more}."
    return Finding("machines", True, text)


def _callbacks(settings: Settings) -> Iterator[Finding]:
    """Look at the hosts that webhooks may go to as the service itself does."""
    if not settings.callback_hosts:
        text = "No host is listed in TIMETABLE_CALLBACK_HOSTS; Odoo has to ask."
        yield Finding("callbacks", True, text)
        return
    problems = []
    for entry in settings.callback_hosts:
        for url in _urls_of(entry):
            try:
                problems.append(refusal(url, settings.callback_hosts))
            except DeliveryError as error:
                problems.append(f"{error}; correct TIMETABLE_CALLBACK_HOSTS.")
    told = " ".join(text for text in problems if text)
    known = f"The service may send to all {len(settings.callback_hosts)} entries."
    yield Finding("callbacks", not told, told or known)


def _urls_of(entry: str) -> list[str]:
    """Give an address that an entry of the list allows, for each name in it."""
    try:
        names = [item for item in entries_of(entry) if item.name]
    except ValueError:
        return []  # told under "secrets", with what else keeps it from starting
    return [f"http://{item.name}:{item.port or 80}/" for item in names]


def _service(settings: Settings) -> Finding:
    """Ask the running service whether it is ready."""
    url = f"http://{EVERYWHERE.get(settings.host, settings.host)}:{settings.port}"
    try:
        status, _, body = _ask(url, "GET", "/readyz")
        checks = json.loads(body)["checks"]
    except (OSError, http.client.HTTPException) as error:
        text = f"Nothing answers at {url} ({type(error).__name__}); start it:"
        return Finding("service", False, f"{text} timetable-nep serve.")
    except (ValueError, KeyError, TypeError):
        text = f"What answers at {url} is not this service; is another port meant?"
        return Finding("service", False, text)
    if status == 200:
        return Finding("service", True, f"It runs at {url} and takes jobs.")
    missing = [item["detail"] for item in checks if item["needed"] and not item["ok"]]
    text = f"It runs at {url} but takes no jobs: {' '.join(missing)}"
    return Finding("service", False, text)


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
    yield Finding("jobs", True, _confinement(settings))


def _confinement(settings: Settings) -> str:
    """Say what keeps jobs apart; not everybody can have another kernel."""
    if not settings.confine_jobs:
        return "They may read each other's files (TIMETABLE_CONFINE_JOBS is off)."
    if not version():
        return "They may read each other's files: this kernel has no Landlock."
    kinds = read_object(settings.data_dir / REPORT).get("groups") or ()
    together = f"; limited together: {', '.join(kinds)}" if kinds else ""
    return (
        "The kernel keeps them out of each other's files and out of secrets, and "
        f"bounds each process{together}."
    )


def _odoo(url: str, settings: Settings) -> Iterator[Finding]:
    """Ask for the login page, which has Odoo's clock, and for the addon's webhook."""
    try:
        status, date, _ = _ask(url, "GET", "/web/login")
        hook, _, _ = _ask(url, "POST", _HOOK)
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
        else f"{_HOOK} answers with {hook}; install the addon, name the "
        "database, or open this path in the proxy."
    )
    yield Finding("webhook", there, text)
    if settings.callback_hosts:
        try:
            refused = refusal(url.rstrip("/") + _HOOK, settings.callback_hosts)
        except DeliveryError as error:
            refused = f"{error}."
        known = "The service may send messages to it."
        yield Finding("messages", not refused, refused or known)
    if date is not None:
        theirs = email.utils.parsedate_to_datetime(date).timestamp()
        yield _clock("Odoo", theirs)


def _ask(url: str, method: str, path: str) -> tuple[int, str | None, bytes]:
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
        return answer.status, answer.getheader("Date"), answer.read(_MOST_READ)
    finally:
        connection.close()
