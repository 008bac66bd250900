"""Puts the reasons of failed attempts under few words, for counting and for policy."""

from typing import Final

from ..contract.catalogue import Message

_CAUSE: Final = {
    "ran_too_long": "time",
    "too_much_memory": "memory",
    "memory_short": "memory",
    "out_of_memory": "memory",
    "too_much_disk": "disk",
    "result_not_written": "disk",
    "files_failed": "disk",
    "no_sign_of_life": "silence",
    "crash_segfault": "crash",
    "crash_bus": "crash",
    "crash_instruction": "crash",
    "crash_arithmetic": "crash",
    "crash_abort": "crash",
    "crash_signal": "crash",
    "no_outcome": "crash",
    "killed": "killed",
    "killed_often": "killed",
    "service_stopped": "interrupted",
    "not_begun": "interrupted",
    "gave_way": "interrupted",
    "contradiction": "problem",
    "engine_error": "engine",
    "not_started": "start",
}
CAUSES = (*dict.fromkeys(_CAUSE.values()), "other")
INTERRUPTED = "interrupted"
"""Not a failure: the service was stopped in order, and the job goes on."""


def cause_of(why: Message | None) -> str:
    """Give the cause that a reason is of; ``other`` if it is none we know."""
    if why is not None and why.code == "best_not_saved" and why.because:
        return cause_of(why.because[0])
    return "other" if why is None else _CAUSE.get(why.code, "other")
