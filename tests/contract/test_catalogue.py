"""The catalogue: each code renders, with what the scorer sends for it."""

import re
from pathlib import Path
from string import Formatter

import pytest

import sidecar
from sidecar.contract.catalogue import (
    CATALOGUE,
    REASONS,
    VIOLATIONS,
    Message,
    english,
    listed,
    message,
    ref,
    refs,
    relation_message,
)
from sidecar.contract.consistency import PARAMETERS
from sidecar.contract.problem import Relation, RelationType
from sidecar.contract.version import RELATIONS_OF_1
from sidecar.jobs.causes import cause_of

OLD = RELATIONS_OF_1.keys() - {"same_time"}


def gaps(code: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(CATALOGUE[code]) if name}


@pytest.mark.parametrize("code", VIOLATIONS)
def test_a_violation_ends_as_a_sentence(code: str) -> None:
    special = {"day": 0, "features": ["[feature:k1]", "[feature:k2]"]}
    args = {name: special.get(name, 3) for name in gaps(code) - {"because"}}
    said = message(code, [message("same_days")], **args)
    text = english(said)
    assert text.endswith(".")
    assert "{" not in text


@pytest.mark.parametrize("kind", [k for k in RelationType.__args__ if k not in OLD])
def test_every_relation_has_words(kind: str) -> None:
    either, beside = PARAMETERS.get(kind, ((), ()))
    for name in either or ("value",):
        given = dict.fromkeys([name, *beside], 1)
        relation = Relation(id="x", type=kind, events=["a", "b"], **given)
        text = english(relation_message(relation))
        assert text
        assert not re.search(r"[{}]|None|1 \w+s\b", text), text


def test_numbers_and_lists_are_said_as_people_do() -> None:
    clash = {"who": ref("room", "r1"), "timeslot": ref("timeslot", "t1")}
    assert english(message("clash", (), count=1, **clash)) == (
        "[room:r1] has 1 event at [timeslot:t1]."
    )
    assert "2 events" in english(message("clash", (), count=2, **clash))
    full = message("class_full", (), limit=9, count=10, **{"class": "[class:c]"})
    assert english(full) == "[class:c] holds 10 students; its limit is 9."
    assert listed(refs("event", "abcdefgh")) == (
        "[event:a], [event:b], [event:c], [event:d], [event:e] and 3 more"
    )


def test_a_code_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError, match="no code 'nonsense'"):
        message("nonsense")


def test_a_message_crosses_the_wire() -> None:
    said = message("relation_broken", [message("same_days")], relation="[relation:x]")
    assert Message.model_validate_json(said.model_dump_json()) == said
    assert english(said) == (
        "Relation [relation:x] does not hold: it asks for the same days."
    )


def test_every_reason_of_a_failure_has_a_cause() -> None:
    """For counting, and for what is kept for the next attempt."""
    others = {"by_owner", "best_not_saved"}
    assert REASONS.keys() - others == {
        code for code in REASONS if cause_of(Message(code=code)) != "other"
    }
    killed = message("best_not_saved", [message("killed")], error="x")
    assert cause_of(killed) == "killed"
    assert cause_of(None) == "other"


def test_a_reason_that_is_missing_leaves_no_gap() -> None:
    """What cannot be saved is told by itself then."""
    text = english(message("best_not_saved", error="No space left on device"))
    assert text.startswith("Its best timetable")


def test_every_message_that_the_service_makes_is_in_the_catalogue() -> None:
    """A code that is spelt wrong would be noticed only when it is said."""
    root = Path(sidecar.__file__).parent
    for folder in ("api", "jobs", "run", "agent", "questions"):
        for path in (root / folder).rglob("*.py"):
            for code in re.findall(r"\bmessage\(\s*\"(\w+)\"", path.read_text()):
                assert code in CATALOGUE, f"{path.name}: {code}"
