"""Checks incoming requests in processes of their own, in turn between tenants."""

import asyncio
import contextlib
import gc
import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from ..jobs.errors import AnalysisError, BodyTooLargeError
from ..settings import Settings
from ..system.memory import give_back
from ..system.parent import end_with_parent
from .fast_schema import problem_decoder
from .intake import Examined, Limits, examine, limits_of
from .turns import Turns, limit_memory

logger = logging.getLogger(__name__)

_LARGE_BYTES = 2**23
"""Of a body; twice what a university of 2,494 classes takes."""


def _warm() -> bool:
    """Build the schema before the first request needs it."""
    problem_decoder()
    return True


def _begin(memory_mb: int) -> None:
    end_with_parent()
    _warm()
    # The many small objects of a problem are no garbage; looking for some among them
    # would take longer than the check.
    gc.freeze()
    gc.set_threshold(1_000_000, 10, 10)
    limit_memory(memory_mb)


def _examine(body: Path, encoding: str, limits: Limits) -> Examined:
    """Check a request; a large one must not leave the process large."""
    large = body.stat().st_size > _LARGE_BYTES
    try:
        return examine(body, encoding, limits)
    except MemoryError:
        large = True
        raise BodyTooLargeError(
            "Checking the body takes more memory than is allowed; send a smaller "
            "problem."
        ) from None
    finally:
        if large:
            give_back()


class _Checker:
    """One process that checks; made anew if it is killed or takes too long."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = self._make()
        self._busy = self._closed = False

    async def run(self, task: "partial[Examined]") -> Examined:
        """Check one request, timed without the wait for its turn.

        Raises
        ------
        InvalidRequestError, BodyTooLargeError, AnalysisError
        """
        self._busy = True
        try:
            return await self._try(task)
        finally:
            self._busy = False

    async def _try(self, task: "partial[Examined]") -> Examined:
        loop = asyncio.get_running_loop()
        for _ in range(2):
            try:
                async with asyncio.timeout(self._settings.intake_timeout_seconds):
                    return await loop.run_in_executor(self._pool, task)
            except BrokenProcessPool:
                if self._closed:
                    break
                logger.warning("A checking process was killed; starting another.")
                self._renew()
            except TimeoutError:
                self._renew()
                break
            except asyncio.CancelledError:
                # The caller has gone; its check would hold up the next one.
                self._renew()
                raise
        raise AnalysisError("The problem could not be checked; is it very large?")

    async def warm(self) -> None:
        """Start the process."""
        await asyncio.get_running_loop().run_in_executor(self._pool, _warm)

    def close(self) -> None:
        """End the process, in order; a check that is under way is not waited for."""
        self._closed = True
        if self._busy:
            self._kill(self._pool)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _make(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(self._settings.question_memory_mb,),
        )

    def _renew(self) -> None:
        pool, self._pool = self._pool, self._make()
        self._kill(pool)
        pool.shutdown(wait=False, cancel_futures=True)

    @staticmethod
    def _kill(pool: ProcessPoolExecutor) -> None:
        for process in list((pool._processes or {}).values()):
            with contextlib.suppress(OSError):
                process.kill()


class IntakePool:
    """The checking processes. None of them holds up or ends another."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = limits_of(settings)
        self._checkers = [_Checker(settings) for _ in range(settings.intake_processes)]
        self._turns = Turns(list(self._checkers))

    async def warm(self) -> None:
        """Start the processes."""
        await asyncio.gather(*(checker.warm() for checker in self._checkers))

    async def examine(self, body: Path, encoding: str, tenant: str) -> Examined:
        """Check a request; see :func:`sidecar.questions.intake.examine`.

        Raises
        ------
        InvalidRequestError, BodyTooLargeError, AnalysisError
        """
        task = partial(_examine, body, encoding, self._limits)
        async with self._turns.take(tenant, self._settings.wait_seconds) as checker:
            return await checker.run(task)

    def close(self) -> None:
        """End the processes, in order."""
        for checker in self._checkers:
            checker.close()
