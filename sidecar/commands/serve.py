"""``timetable-nep serve``: the API and the supervisor, each a process, kept alive."""

import argparse
import logging
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from ..logs import set_up_logging
from ..settings import Settings, UnsafeConfigurationError, load_settings
from ..system.notify import Notifier
from ..system.parent import TETHER, adopt_orphans, hold_tether, reap_adopted, tether
from .safety import check_safety
from .warming import Warming

logger = logging.getLogger(__name__)

ROLES = ("supervisor", "api")
_LOOK_SECONDS, _STEADY_SECONDS, _LONGEST_PAUSE = 0.1, 30.0, 10.0
_STOP_GRACE, _REAP_SECONDS = 10.0, 2.0


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser("serve", help="run the service")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on")
    parser.add_argument(
        "--only", choices=ROLES, help="run this part alone, for containers"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    given = {"host": arguments.host, "port": arguments.port}
    try:
        settings = load_settings(**{k: v for k, v in given.items() if v is not None})
        check_safety(settings)
    except UnsafeConfigurationError as error:
        sys.stderr.write(f"timetable-nep: {error}\n")
        return 2
    set_up_logging(settings.log_level)
    if arguments.only == "api":
        return _serve_api(settings)
    if arguments.only == "supervisor":
        from ..run.supervisor import main

        hold_tether(signal.SIGTERM)
        return main(settings)
    return _Keeper(settings).run()


def _serve_api(settings: Settings) -> int:
    import uvicorn

    from ..api.app import create_app
    from ..api.deadline import with_deadline

    hold_tether(signal.SIGTERM)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        http=with_deadline(settings.read_seconds),
        timeout_graceful_shutdown=5,
    )
    return 0


class _Keeper:
    """Keeps the two processes alive, and ends them in order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._pauses: dict[str, float] = dict.fromkeys(ROLES, 0.0)
        self._reaped = 0.0
        self._due: dict[str, float] = dict.fromkeys(ROLES, 0.0)
        here = settings.runner == "local"
        self._warming = Warming(settings, wanted=here)

    def run(self) -> int:
        """Start both; start again what ends."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        # A worker whose supervisor was killed must not stay as a zombie for ever.
        adopt_orphans()
        logger.info("Serving on %s:%d.", self._settings.host, self._settings.port)
        notifier = Notifier(self._settings)
        notifier.start()
        with self._warming:
            while not self._stopping.wait(_LOOK_SECONDS):
                for role in ROLES:
                    self._look(role)
                self._reap()
                self._warming.look()
        notifier.stop()
        self._stop()
        return 0

    def _look(self, role: str) -> None:
        child, at = self._children.get(role), time.monotonic()
        if child is not None:
            code = child.poll()
            if code is None:
                return
            del self._children[role]
            steady = at - self._started[role] > _STEADY_SECONDS
            pause = 0.0 if steady else self._pauses[role]
            self._pauses[role] = min(max(0.2, 2 * pause), _LONGEST_PAUSE)
            self._due[role] = at + pause
            logger.error("The %s ended (code %s); starting it again.", role, code)
        if at >= self._due[role]:
            self._started[role] = at
            self._children[role] = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "sidecar", "serve", "--only", role],
                env=self._settings.child_environment(**{TETHER: tether()}),
                start_new_session=True,
            )

    def _reap(self) -> None:
        at = time.monotonic()
        if at - self._reaped >= _REAP_SECONDS:
            self._reaped = at
            known = {child.pid for child in self._children.values()}
            if (pid := self._warming.process()) is not None:
                known.add(pid)
            reap_adopted(known)

    def _stop(self) -> None:
        """Take no more jobs, and let the running ones be written down."""
        logger.info("Stopping.")
        # All at once: what the API still accepts is on disk, and waits in the queue.
        limit = time.monotonic() + self._settings.drain_seconds + _STOP_GRACE
        for child in self._children.values():
            child.terminate()
        for role, child in self._children.items():
            try:
                child.wait(max(0.0, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.error("The %s did not stop; killing it.", role)
                child.kill()
                child.wait()
