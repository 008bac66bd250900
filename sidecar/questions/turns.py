"""A few places that many want: in turn between tenants, and nobody waits for ever."""

import asyncio
import resource
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from ..contract.catalogue import message
from ..jobs.errors import AnalysisError, TooManyQuestionsError

T = TypeVar("T")


class Turns(Generic[T]):
    """Gives out places; whoever's tenant has waited longest since its last is next.

    A tenant that asks a hundred times delays another by what is being done for it now,
    not by what it still waits for.
    """

    def __init__(self, places: list[T]) -> None:
        self._free = places
        self._waiting: dict[str, deque[asyncio.Future[T]]] = {}

    @asynccontextmanager
    async def take(self, tenant: str, seconds: float) -> AsyncIterator[T]:
        """Hold a place, once there is one.

        Raises
        ------
        AnalysisError
            If none becomes free in time.
        """
        place = await self._wait(tenant, seconds)
        try:
            yield place
        finally:
            self._give(place)

    async def _wait(self, tenant: str, seconds: float) -> T:
        if self._free and not self._waiting:
            return self._free.pop()
        turn: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant, deque()).append(turn)
        try:
            async with asyncio.timeout(seconds):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._give(turn.result())  # it came too late for us
            elif tenant in self._waiting:
                self._waiting[tenant].remove(turn)
                if not self._waiting[tenant]:
                    del self._waiting[tenant]
            if isinstance(error, TimeoutError):
                raise AnalysisError(
                    f"The service is busy: nobody had time for this in {seconds:.0f} "
                    "seconds. Send it again later."
                ) from None
            raise

    def _give(self, place: T) -> None:
        while self._waiting:
            tenant = next(iter(self._waiting))
            queue = self._waiting.pop(tenant)
            turn = queue.popleft()
            if queue:
                self._waiting[tenant] = queue  # behind the others
            if not turn.done():
                turn.set_result(place)
                return
        self._free.append(place)


class AtOnce:
    """How many requests of one kind a tenant has under way."""

    def __init__(self, most: int, what: str) -> None:
        self._most, self._what = most, what
        self._busy: Counter[str] = Counter()

    @contextmanager
    def one(self, tenant: str) -> Iterator[None]:
        """Count one; a tenant that has enough waits for its answers first.

        Raises
        ------
        TooManyQuestionsError
        """
        if self._busy[tenant] >= self._most:
            said = message("at_once", limit=self._most, kind=self._what)
            raise TooManyQuestionsError(said, 1)
        self._busy[tenant] += 1
        try:
            yield
        finally:
            self._busy[tenant] -= 1
            if not self._busy[tenant]:
                del self._busy[tenant]


def limit_memory(megabytes: int) -> None:
    """Let this process grow by so much from now on; more is a ``MemoryError``.

    The kernel counts addresses, many of which are never used: what is there already is
    therefore added.
    """
    sizes = Path("/proc/self/statm")
    if not sizes.exists():
        return  # only Linux says how large we are
    pages = int(sizes.read_text().split()[0])
    most = pages * resource.getpagesize() + megabytes * 2**20
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
