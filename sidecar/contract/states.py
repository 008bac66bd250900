"""States of a job, and who may follow whom. The only such table."""

from enum import StrEnum
from typing import Final


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"


TRANSITIONS: Final[dict[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset(
        {JobState.RUNNING, JobState.PAUSED, JobState.CANCELLED, JobState.FAILED}
    ),
    JobState.RUNNING: frozenset(
        {
            JobState.QUEUED,
            JobState.PAUSED,
            JobState.CANCELLING,
            JobState.COMPLETED,
            JobState.FAILED,
        }
    ),
    JobState.PAUSED: frozenset(
        {
            JobState.QUEUED,
            JobState.RUNNING,
            JobState.CANCELLING,
            JobState.CANCELLED,
            JobState.FAILED,
        }
    ),
    JobState.CANCELLING: frozenset({JobState.CANCELLED, JobState.FAILED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
    JobState.COMPLETED: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),
}
"""running → queued is a restart after a crash; failed or cancelled → queued a retry."""

TERMINAL: Final = frozenset({JobState.CANCELLED, JobState.COMPLETED, JobState.FAILED})


class Stage(StrEnum):
    """The five stages of a run, in order."""

    LOADING = "loading"
    CLUSTERING = "clustering"
    CPSAT_SOLVING = "cpsat_solving"
    GA_OPTIMIZATION = "ga_optimization"
    RL_REFINEMENT = "rl_refinement"


STAGE_SHARES: Final[dict[Stage, tuple[float, float]]] = {
    Stage.LOADING: (0.0, 5.0),
    Stage.CLUSTERING: (5.0, 15.0),
    Stage.CPSAT_SOLVING: (15.0, 75.0),
    Stage.GA_OPTIMIZATION: (75.0, 90.0),
    Stage.RL_REFINEMENT: (90.0, 100.0),
}
"""Where each stage begins and ends on the progress bar, in per cent."""


def can_transition(old: JobState, new: JobState) -> bool:
    """Whether ``old`` may become ``new``."""
    return new in TRANSITIONS[old]
