"""Checks incoming requests in processes of their own."""

import asyncio
import contextlib
import gc
import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from ..settings import Settings
from .errors import AnalysisError
from .fast_schema import problem_decoder
from .intake import Examined, Limits, examine, limits_of
from .memory import give_back
from .parent import end_with_parent

logger = logging.getLogger(__name__)

_LARGE_BYTES = 2**23
"""Of a body; twice what a university of 2,494 classes takes."""


def _warm() -> bool:
    """Build the schema before the first request needs it."""
    problem_decoder()
    return True


def _begin() -> None:
    end_with_parent()
    _warm()
    # The many small objects of a problem are no garbage; looking for some among them
    # would take longer than the check.
    gc.freeze()
    gc.set_threshold(1_000_000, 10, 10)


def _examine(body: Path, encoding: str, limits: Limits) -> Examined:
    """Check a request; a large one must not leave the process large."""
    large = body.stat().st_size > _LARGE_BYTES
    try:
        return examine(body, encoding, limits)
    finally:
        if large:
            give_back()


class IntakePool:
    """A pool that is made anew if one of its processes is killed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = limits_of(settings)
        self._pool = self._make()

    async def warm(self) -> None:
        """Start the processes."""
        count = self._settings.intake_processes
        loop = asyncio.get_running_loop()
        jobs = [loop.run_in_executor(self._pool, _warm) for _ in range(count)]
        await asyncio.gather(*jobs)

    async def examine(self, body: Path, encoding: str) -> Examined:
        """Check a request; see :func:`sidecar.jobs.intake.examine`.

        Raises
        ------
        InvalidRequestError, BodyTooLargeError, AnalysisError
        """
        for last in (False, True):
            pool = self._pool
            loop = asyncio.get_running_loop()
            try:
                return await asyncio.wait_for(
                    loop.run_in_executor(pool, _examine, body, encoding, self._limits),
                    self._settings.intake_timeout_seconds,
                )
            except BrokenProcessPool:
                logger.warning("A checking process was killed; starting another.")
                self._renew(pool)
                if last:
                    break
            except TimeoutError:
                self._renew(pool)
                break
        raise AnalysisError("The problem could not be checked; is it very large?")

    def close(self) -> None:
        """End the processes, in order: what they hold is released."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _make(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._settings.intake_processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
        )

    def _renew(self, broken: ProcessPoolExecutor) -> None:
        if self._pool is broken:
            self._pool = self._make()
            self._end(broken)

    @staticmethod
    def _end(pool: ProcessPoolExecutor) -> None:
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            with contextlib.suppress(OSError):
                process.kill()
