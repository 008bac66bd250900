"""What a solver machine says to the service, and what it is answered.

A machine asks again and again (``POST /v1/machine/turn``): it tells how its attempts
go, and hears what is wanted of them and whether there is another to run. Files go by
``GET`` and ``PUT`` below ``/v1/machine/attempts/{job}/{attempt}/files``, the end of an
attempt by ``POST …/end``. All of it is signed with the machine's own secret. It is
inside the service: machines and service are of one version.
"""

from typing import Annotated, Literal

from pydantic import Field

from ..contract import JobState, Progress
from ..contract.base import Id, WireModel

BASE = "/v1/machine"
LOG_BYTES = 2**18
"""Of an attempt's log, so much of its end comes back."""

JobName = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Number = Annotated[float, Field(ge=0, lt=1e12)]


class AttemptName(WireModel):
    """One attempt of one job."""

    job_id: JobName
    attempt: Annotated[int, Field(ge=1, lt=2**31)]


class Report(AttemptName):
    """How an attempt goes."""

    beats: int = 0
    """Signs of life of its process so far."""
    stopping: bool = False
    """It has heard that it is cancelled, and writes its best down."""
    saved: int = 0
    """Checkpoints that were sent so far."""
    rss_mb: Number = 0.0
    processes: Annotated[int, Field(ge=0, lt=2**20)] = 0
    disk_mb: Number = 0.0
    progress: Progress | None = None
    """The newest, if it has changed."""


class Turn(WireModel):
    """What a machine tells each time."""

    instance: Id
    """Names its data folder: the same after it was started again."""
    room: Annotated[int, Field(ge=0, le=1024)]
    """How many more attempts may begin there now."""
    available_mb: Number = 0.0
    attempts: Annotated[list[Report], Field(max_length=1024)] = Field(
        default_factory=list
    )


class Wanted(AttemptName):
    """What is wanted of an attempt that runs there."""

    wanted: Literal["go_on", "rest", "kill"]
    """``rest``: write the best down and end. ``kill``: nobody waits for it."""
    state: JobState | None = None
    """The job's state, which its process obeys."""
    threads: int | None = None


class Orders(WireModel):
    """The answer to a turn."""

    attempts: list[Wanted] = Field(default_factory=list)
    offer: AttemptName | None = None
    """Another attempt to run; offered again until it is among the reports."""


class Names(WireModel):
    """The files that an attempt starts from."""

    names: list[str]


class Ended(WireModel):
    """How an attempt's process ended; its files were sent before."""

    code: int | None
    log: Annotated[str, Field(max_length=LOG_BYTES)] = ""
