"""Asks the analysis processes, each started when first needed and ended when idle."""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil

from ..contract import FieldError
from ..jobs.errors import AnalysisError, BodyTooLargeError, InvalidRequestError
from ..settings import Settings
from .turns import Turns

logger = logging.getLogger(__name__)


SHORT_BYTES = 2**17
"""Of a question, as sent and unpacked, that takes few hundredths of a second."""


class AnalysisClient:
    """One process, one question at a time; it may take none above a size."""

    def __init__(self, settings: Settings, most_bytes: int | None = None) -> None:
        self._settings = settings
        self._most_bytes = most_bytes or settings.max_unpacked_mb * 2**20
        self._turns = Turns([self])
        self._busy = False
        self._process: asyncio.subprocess.Process | None = None
        self._asked = 0
        self._used_at = 0.0
        self._reaper: asyncio.Task[None] | None = None

    async def ask(
        self, verb: str, source: Path, encoding: str, tenant: str, format: str = ""
    ) -> bytes:
        """Ask one question about a file; ``format`` is what to convert from.

        Tenants take turns; the time limit is for the answer, the wait has its own.

        Raises
        ------
        InvalidRequestError, BodyTooLargeError, AnalysisError
        """
        goal = source.with_name("answer")
        question = {
            "verb": verb,
            "input": str(source),
            "output": str(goal),
            "encoding": encoding,
            "format": format,
            "most_bytes": self._most_bytes,
        }
        async with self._turns.take(tenant, self._settings.wait_seconds):
            reply = await self._answer(question)
        if reply.get("ok"):
            return await asyncio.to_thread(goal.read_bytes)
        errors = [FieldError.model_validate(item) for item in reply["errors"]]
        if reply["code"] == "body_too_large":
            raise BodyTooLargeError(reply["error"])
        if reply["code"] == "engine_error":
            raise AnalysisError(reply["error"])
        raise InvalidRequestError(reply["error"], errors, reply["code"])

    async def close(self) -> None:
        """End the process."""
        if self._reaper is not None:
            self._reaper.cancel()
        await self._stop()

    async def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        self._busy = True
        try:
            async with asyncio.timeout(self._settings.analysis_timeout_seconds):
                return await self._exchange(question)
        except TimeoutError:
            await self._stop()
            raise AnalysisError(
                "The answer took longer than "
                f"{self._settings.analysis_timeout_seconds:.0f} seconds."
            ) from None
        except (OSError, ValueError):
            await self._stop()
            raise AnalysisError("The engine's process ended before it answered.") from (
                None
            )
        except asyncio.CancelledError:
            # The caller has gone; the next question must not read this one's answer.
            await asyncio.shield(self._stop())
            raise
        finally:
            self._busy = False

    async def _exchange(self, question: dict[str, Any]) -> dict[str, Any]:
        process = await self._ready()
        if process.stdin is None or process.stdout is None:
            raise OSError("no pipes")
        process.stdin.write(orjson.dumps(question) + b"\n")
        await process.stdin.drain()
        line = await process.stdout.readline()
        self._used_at = time.monotonic()
        self._asked += 1
        if not line:
            raise OSError("no answer")
        reply: dict[str, Any] = orjson.loads(line)
        return reply

    async def _ready(self) -> asyncio.subprocess.Process:
        if self._is_worn():
            await self._stop()
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "sidecar.questions.analysis",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=self._settings.child_environment(),
                start_new_session=True,
                limit=2**24,
            )
            self._asked = 0
            if self._reaper is None:
                self._reaper = asyncio.create_task(self._reap_idle())
        return self._process

    def _is_worn(self) -> bool:
        """Whether a new process should take over, so that memory returns."""
        if self._process is None or self._process.returncode is not None:
            return False
        try:
            size = psutil.Process(self._process.pid).memory_info().rss / 2**20
        except psutil.Error:
            return True
        return (
            self._asked >= self._settings.analysis_questions
            or size > self._settings.analysis_memory_mb
        )

    async def _reap_idle(self) -> None:
        idle = self._settings.analysis_idle_seconds
        while True:
            await asyncio.sleep(min(idle, 10.0))
            if time.monotonic() - self._used_at > idle and not self._busy:
                await self._stop()

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


class Analysts:
    """Three processes, so that no short question waits behind a university."""

    def __init__(self, settings: Settings) -> None:
        self._short = AnalysisClient(settings, SHORT_BYTES)
        self._long = AnalysisClient(settings)
        self._adviser = AnalysisClient(settings)

    async def ask(
        self, verb: str, source: Path, encoding: str, tenant: str, format: str = ""
    ) -> bytes:
        """Ask the process that has time for it; see :meth:`AnalysisClient.ask`."""
        if source.stat().st_size <= SHORT_BYTES:
            # What proves long once unpacked goes on to the next process.
            with contextlib.suppress(BodyTooLargeError):
                return await self._short.ask(verb, source, encoding, tenant, format)
        client = self._adviser if verb == "suggest" else self._long
        return await client.ask(verb, source, encoding, tenant, format)

    async def close(self) -> None:
        """End the processes."""
        for client in (self._short, self._long, self._adviser):
            await client.close()


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Remove a folder of a question in the end."""
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
