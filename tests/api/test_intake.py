"""What may arrive, and how what may not is refused."""

import copy
import gzip
import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from sidecar.api.examples import PROBLEM
from sidecar.contract import JobRequest, Problem
from sidecar.formats.checks import find_errors
from sidecar.jobs.errors import InvalidRequestError
from sidecar.questions import intake
from sidecar.questions.fast_schema import problem_decoder
from sidecar.questions.intake import Envelope, broken_references, examine, limits_of
from sidecar.settings import Settings
from tests.harness import Client


def _changed(path: str, value: Any) -> dict[str, Any]:
    problem = copy.deepcopy(PROBLEM)
    *parents, last = path.split(".")
    goal: Any = problem
    for part in parents:
        goal = goal[int(part) if part.isdigit() else part]
    goal[int(last) if last.isdigit() else last] = value
    return problem


WRONG = [
    ("rooms.0.capacity", "many", "problem.rooms[0].capacity"),
    ("rooms.0.capacity", -1, "problem.rooms[0].capacity"),
    ("rooms.0.colour", "red", "problem.rooms[0].colour"),
    ("timeslots", [], "problem.timeslots"),
    ("timeslots.0.day", 7, "problem.timeslots[0].day"),
    ("timeslots.0.start", "25:00", "problem.timeslots[0].start"),
    ("classes.0.events.0.duration", 0, "problem.classes[0].events[0].duration"),
    ("classes.0.offering", "o9", "problem.classes[0].offering"),
    ("classes.0.faculty", ["f1", "f9"], "problem.classes[0].faculty[1]"),
    ("classes.0.events.1.id", "e1", "problem.classes[0].events[1].id"),
    ("rooms.0.unavailable", ["mon9"], "problem.rooms[0].unavailable[0]"),
    ("students.0.offerings", ["o1", "o7"], "problem.students[0].offerings[1]"),
    ("faculty.0.id", "", "problem.faculty[0].id"),
    ("version", "3.0", "problem.version"),
]


@pytest.mark.parametrize(("path", "value", "field"), WRONG)
def test_a_wrong_field_is_named(
    client: Client, path: str, value: Any, field: str
) -> None:
    """With a sentence; nothing is stored."""
    answer = client.submit(problem=_changed(path, value))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field
    assert client.call("GET", "/v1/jobs").json()["total"] == 0


@pytest.mark.parametrize(("path", "value", "field"), WRONG)
def test_quick_schema_accepts_no_more_than_the_contract(
    path: str, value: Any, field: str
) -> None:
    """What the quick check lets through, pydantic lets through."""
    raw = json.dumps(_changed(path, value)).encode()
    try:
        problem_decoder().decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    Problem.model_validate_json(raw)


SLOT_IDS = [slot["id"] for slot in PROBLEM["timeslots"]]

MORE_WRONG = [
    ("timeslots.1", {"id": "tue1", "day": 0, "period": 0}),
    ("profile", "best"),
    ("timeslots.0.end", "00:00"),
    (
        "timeslots",
        [{"id": f"x{k}", "day": 0, "period": k} for k in range(17)]
        + [{"id": key, "day": 6, "period": k} for k, key in enumerate(SLOT_IDS)],
    ),
    (
        "travel",
        [
            {"building_a": a, "building_b": b, "minutes": m}
            for a, b, m in (("b9", "b8", 5), ("b8", "b9", 6))
        ],
    ),
    ("rooms.0.department", "d9"),
    ("rooms.0.building", "b9"),
    ("faculty.0.department", "d9"),
    ("faculty.0.unavailable", ["mon1", "x"]),
    ("faculty.0.preferences", [{"timeslot": "x", "level": "avoid"}]),
    ("offerings.0.department", "d9"),
    ("offerings", [{"id": "o1"}, {"id": "o1"}]),
    ("travel", [{"building_a": "b1", "building_b": "b2", "minutes": 5}]),
    ("bands", [{"category": "major", "timeslots": ["mon1", "x"]}]),
    ("classes.0.unavailable", ["x"]),
    ("classes.0.events.0.faculty", ["f1", "x"]),
    ("classes.0.events.0.timeslots", ["x"]),
    ("students.0.classes", ["c1", "c9"]),
    ("students.0.classes", ["c1", "c1"]),
    ("curricula", [{"id": "u", "classes": ["c9"]}]),
    ("relations", [{"id": "x", "type": "same_days", "events": ["e1", "e9"]}]),
    ("relations", [{"id": "x", "type": "same_days", "events": ["e1", "e1"]}]),
    ("relations", [{"id": "x", "type": "min_gap", "events": ["e1", "e2"]}]),
    ("pins", [{"event": "e1"}, {"event": "e1", "room": "x", "timeslot": "y"}]),
    ("previous", [{"event": "e9", "timeslot": "x", "room": "y"}]),
]


@pytest.mark.parametrize(("path", "value"), MORE_WRONG)
def test_quick_check_finds_what_the_engine_would(path: str, value: Any) -> None:
    """So that a contradiction is refused at once, not by a failed job."""
    problem = Problem.model_validate(_changed(path, value))
    engines = {error.field for error in find_errors(problem)}
    raw = problem.model_dump_json().encode()
    quick = broken_references(problem_decoder().decode(raw), 100)
    assert {error.field.removeprefix("problem.") for error in quick} == engines
    assert engines


def test_quick_check_finds_an_offering_without_a_class() -> None:
    """Chosen by a student, it can never be attended."""
    problem = Problem.model_validate({**PROBLEM, "classes": []})
    quick = [error.field for error in broken_references(problem, 100)]
    assert quick == ["problem.students[0].offerings[0]"]
    assert [error.field for error in find_errors(problem)] == [
        "students[0].offerings[0]"
    ]


def test_quick_schema_has_every_field_of_the_contract() -> None:
    """The example passes both; a field that is unknown passes neither."""
    raw = json.dumps({**PROBLEM, "version": "2.0"}).encode()
    quick = msgspec.to_builtins(problem_decoder().decode(raw))
    assert quick == Problem.model_validate_json(raw).model_dump(mode="json")
    unknown = json.dumps({**PROBLEM, "colour": 1}).encode()
    with pytest.raises(msgspec.ValidationError):
        problem_decoder().decode(unknown)
    with pytest.raises(ValidationError):
        Problem.model_validate_json(unknown)


def test_what_only_pydantic_accepts_is_accepted(client: Client) -> None:
    """The contract has the last word: a number may come as text."""
    problem = _changed("rooms.0.capacity", "60")
    assert client.submit(problem=problem).status_code == 202


def test_envelope_is_the_request_without_the_problem() -> None:
    """Field by field, limits included."""
    expected = dict(JobRequest.model_fields)
    del expected["problem"]
    assert Envelope.model_fields.keys() == expected.keys()
    for name, field in Envelope.model_fields.items():
        assert field.annotation == expected[name].annotation, name
        assert field.metadata == expected[name].metadata, name


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"threads": 9}, "options.threads"),
        ({"time_limit_seconds": 80_000}, "options.time_limit_seconds"),
        ({"time_limit_seconds": 0}, "options.time_limit_seconds"),
        ({"colour": 1}, "options.colour"),
        ({"variants": [{"key": "A", "profile": "best"}]}, "options.variants[0]"),
        ({"variants": [{"key": "A"}, {"key": "A"}]}, "options"),
    ],
)
def test_wrong_options_are_named(
    client: Client, options: dict[str, Any], field: str
) -> None:
    """Limits of this service as well as those of the contract."""
    answer = client.submit(options=options)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_json"),
        (b"[]", "bad_json"),
        (b'{"problem":', "bad_json"),
        (b"{}", "invalid_problem"),
        (b'{"problem": null}', "invalid_problem"),
        (b'{"problem": ' + b"[" * 100_000, "bad_json"),
        (b"\xff\xfe", "bad_json"),
    ],
)
def test_a_body_that_is_no_request(client: Client, body: bytes, code: str) -> None:
    """422, never 500."""
    answer = client.call("POST", "/v1/jobs", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_gzip_bomb_is_refused(make_app, make_client) -> None:
    """Without being unpacked."""
    client = make_client(make_app(max_unpacked_mb=1))
    bomb = gzip.compress(bytes(200 * 2**20))
    headers = {"Content-Encoding": "gzip"}
    answer = client.call("POST", "/v1/jobs", bomb, headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"{}")[:-3]])
def test_broken_gzip_is_refused(client: Client, body: bytes) -> None:
    """422, never 500."""
    answer = client.call("POST", "/v1/jobs", body, {"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_gzip")


def test_an_unknown_encoding_is_refused(client: Client) -> None:
    """By name."""
    answer = client.call("POST", "/v1/jobs", b"{}", {"Content-Encoding": "br"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_encoding")


def test_a_large_body_is_refused(make_app, make_client) -> None:
    """While it arrives, before anything is read of it."""
    client = make_client(make_app(max_body_mb=1))
    answer = client.call("POST", "/v1/jobs", b" " * (2**20 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_large_problem_is_refused(make_app, make_client) -> None:
    """By the setting's name."""
    client = make_client(make_app(max_events=1))
    answer = client.submit()
    assert (answer.status_code, answer.json()["code"]) == (422, "problem_too_large")
    assert "TIMETABLE_MAX_EVENTS" in answer.json()["detail"]


@pytest.mark.parametrize("packed", [False, True])
def test_ten_million_events_cost_a_refusal(
    tmp_path: Path, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are counted, not parsed: in a second, and in memory of the body's size."""
    events = b'{"id":"e"},' * 10_000_000
    body = b'{"problem":{"classes":[{"events":[' + events[:-1] + b"]}]}}"
    path = tmp_path / "body"
    path.write_bytes(gzip.compress(body, 1) if packed else body)
    size = len(body)
    del events, body
    monkeypatch.setattr(intake, "split", None)  # never reached
    limits = limits_of(Settings(redis_url=""))
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(InvalidRequestError) as caught:
        examine(path, "gzip" if packed else "", limits)
    seconds = time.process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "problem_too_large"
    assert "in separate files" in caught.value.detail
    assert peak < (size / 4 if packed else size * 1.1)
    assert seconds < 2


def test_messages_say_how_to_mend(client: Client) -> None:
    """The same words as for files."""
    answer = client.submit(problem=_changed("rooms.0.capacity", "many"))
    assert answer.json()["errors"] == [
        {
            "field": "problem.rooms[0].capacity",
            "message": "It must be a whole number. It is 'many'.",
        }
    ]


def test_an_address_that_is_none_is_named(client: Client) -> None:
    """What a webhook's address looks like, and not what another field does."""
    answer = client.submit(callback={"url": "file:///etc/passwd"})
    assert answer.json()["errors"] == [
        {
            "field": "callback.url",
            "message": "It must be an address that begins with https:// or http://. "
            "It is 'file:///etc/passwd'.",
        }
    ]


def test_nothing_is_left_of_what_was_refused(client: Client, shared_data: Path) -> None:
    """No folder in the incoming ones."""
    client.submit(problem={})
    client.call("POST", "/v1/jobs", b"{}", {"Content-Encoding": "br"})
    client.submit()
    assert list((shared_data / "incoming").iterdir()) == []
