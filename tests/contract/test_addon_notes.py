"""The addon knows each sentence that a result may carry beside its timetables."""

import re
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

from sidecar.contract import JobOptions
from sidecar.jobs.promises import broken_promises, deep_search_notes

ADDON = Path(__file__).parents[2] / "odoo_addons" / "timetable_nep"
PATTERNS = run_path(str(ADDON / "const.py"))["NOTE_PATTERNS"]


def known(sentence: str) -> str:
    """Name of the one pattern that the sentence has."""
    (name,) = [n for n, text in PATTERNS.items() if re.fullmatch(text, sentence)]
    return str(name)


def variant(key: str, lead: SimpleNamespace | None = None) -> SimpleNamespace:
    return SimpleNamespace(key=key, profile="student_first", lead=lead)


def test_every_note_is_known() -> None:
    """Else an officer would read English in a French page."""
    options = JobOptions.model_validate(
        {"variants": [{"key": key, "profile": "balanced"} for key in "ABC"]}
    )
    behind = SimpleNamespace(leads=False, cost=12, best_other=3)
    notes = broken_promises(
        [variant("A", behind), variant("B")],  # type: ignore[list-item]
        {"A|B": 0.12},
        options,
    )
    facts = {
        "A": {"events_before": 80, "entered": False},
        "B": {"events_before": 9, "entered": True, "events_after": 2},
    }
    notes += deep_search_notes([("rl_refinement", {"deep_search": facts})])
    assert [known(note) for note in notes] == [
        "left_out",
        "not_best",
        "alike",
        "no_deep_search",
        "deep_search",
    ]
    assert len(set(PATTERNS)) == len(notes)


@pytest.mark.parametrize("name", ["left_out", "alike"])
def test_other_sentences_are_not_taken_for_a_note(name: str) -> None:
    assert not re.fullmatch(PATTERNS[name], "The service is full.")
