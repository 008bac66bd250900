"""Sixty kinds of bad input: each gets the place and the mend, at a bounded cost."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sidecar.synthesis.tiny import tiny_problem

Body = dict[str, Any]
Change = Callable[[Body], None]
SECONDS, MEMORY_MB = 20, 1024


def put(path: str, value: Any) -> Change:
    """Set a field; ``rooms.0.capacity``."""

    def change(body: Body) -> None:
        *parents, last = path.split(".")
        goal: Any = body
        for part in parents:
            goal = goal[int(part)] if part.isdigit() else goal[part]
        goal[int(last) if last.isdigit() else last] = value

    return change


def drop(path: str) -> Change:
    def change(body: Body) -> None:
        *parents, last = path.split(".")
        goal: Any = body
        for part in parents:
            goal = goal[int(part)] if part.isdigit() else goal[part]
        del goal[last]

    return change


def again(name: str) -> Change:
    return lambda body: body[name].append(body[name][0])


def relate(*pairs: tuple[str, list[str]]) -> Change:
    def change(body: Body) -> None:
        body["relations"] = [
            {"id": f"x{k}", "type": kind, "events": events}
            for k, (kind, events) in enumerate(pairs)
        ]

    return change


CHANGED: list[tuple[str, Change, str, str]] = [
    ("missing list", drop("rooms"), "rooms", "add it"),
    ("missing id", drop("rooms.0.id"), "rooms[0].id", "add it"),
    ("missing limit", drop("classes.0.limit"), "classes[0].limit", "add it"),
    ("empty id", put("rooms.0.id", ""), "rooms[0].id", "must not be empty"),
    ("long id", put("rooms.0.id", "r" * 65), "rooms[0].id", "shorten"),
    ("id a number", put("rooms.0.id", 7), "rooms[0].id", "text"),
    ("id null", put("faculty.0.id", None), "faculty[0].id", "text"),
    ("room twice", again("rooms"), "rooms[3].id", "twice"),
    ("faculty twice", again("faculty"), "faculty[4].id", "twice"),
    ("student twice", again("students"), "students[30].id", "twice"),
    ("offering twice", again("offerings"), "offerings[4].id", "twice"),
    ("relation twice", again("relations"), "relations[3].id", "twice"),
    ("timeslot twice", again("timeslots"), "timeslots[25]", "already"),
    ("event twice", put("classes.0.events.1.id", "c1a-1"), ".events[1].id", "twice"),
    ("NaN", put("rooms.0.capacity", float("nan")), "rooms[0].capacity", "number"),
    ("infinite", put("offerings.0.credits", float("inf")), ".credits", "infinite"),
    ("negative seats", put("rooms.0.capacity", -1), "rooms[0].capacity", "at least 0"),
    ("negative limit", put("classes.0.limit", -5), "classes[0].limit", "at least 0"),
    ("huge number", put("rooms.0.capacity", 10**30), "rooms[0].capacity", "at most"),
    ("many seats", put("rooms.0.capacity", 10**7), ".capacity", "at most 1000000"),
    ("fraction", put("rooms.0.capacity", 2.5), ".capacity", "whole number"),
    ("number in words", put("rooms.0.capacity", "many"), ".capacity", "whole number"),
    ("list for number", put("rooms.0.capacity", []), ".capacity", "whole number"),
    ("text for list", put("rooms", "r1"), "rooms", "list"),
    ("list for object", put("rooms.0", []), "rooms[0]", "object"),
    ("yes for true", put("classes.0.one_event_per_day", "maybe"), "_day", "true or"),
    ("unknown field", put("rooms.0.colour", "red"), "rooms[0].colour", "remove it"),
    ("unknown list", put("romms", []), "romms", "remove it"),
    ("unknown category", put("offerings.0.category", "fun"), ".category", "Choose"),
    ("unknown relation", put("relations.0.type", "near"), ".type", "Choose"),
    ("unknown level", put("faculty.0.preferences.0.level", "love"), ".level", "Choose"),
    ("unknown profile", put("profile", "best"), "profile", "choose one of balanced"),
    ("newer version", put("version", "9.0"), "version", "update"),
    ("no version", put("version", "x" * 10**6), "version", "update"),
    ("day 7", put("timeslots.0.day", 7), "timeslots[0].day", "at most 6"),
    ("period -1", put("timeslots.0.period", -1), "timeslots[0].period", "at least 0"),
    ("25 o'clock", put("timeslots.0.start", "25:00"), ".start", "09:30"),
    ("ends early", put("timeslots.0.end", "08:00"), "timeslots[0].end", "begun"),
    ("no timeslots", put("timeslots", []), "timeslots", "at least 1"),
    (
        "long day",
        lambda body: body["timeslots"].extend(
            {"id": f"x{k}", "day": 0, "period": 10 + k} for k in range(12)
        ),
        "timeslots",
        "at most 16",
    ),
    ("event of no length", put("classes.0.events.0.duration", 0), "", "at least 1"),
    ("no building", put("rooms.0.building", "b9"), "rooms[0].building", "'b9'"),
    ("no department", put("rooms.0.department", "d9"), ".department", "'d9'"),
    ("no offering", put("classes.0.offering", "o9"), ".offering", "correct the id"),
    ("no faculty", put("classes.0.faculty", ["f9"]), ".faculty[0]", "'f9'"),
    ("no timeslot", put("rooms.0.unavailable", ["t9"]), ".unavailable[0]", "'t9'"),
    ("no band slot", put("bands.0.timeslots", ["t9"]), "bands[0].timeslots[0]", "'t9'"),
    ("empty band", put("bands.0.timeslots", []), "bands[0].timeslots", "at least 1"),
    ("no choice", put("students.3.offerings", ["o9"]), "students[3]", "'o9'"),
    ("no class", put("curricula.0.classes", ["c9"]), "curricula[0].classes[0]", "'c9'"),
    (
        "choice without class",
        lambda body: (
            body["offerings"].append({"id": "o9"})
            or put("students.1.offerings", ["o9"])(body)
        ),
        "students[1].offerings[0]",
        "has no class",
    ),
    ("two sections", put("students.0.classes", ["c1a", "c1b"]), "students[0]", "keep"),
    ("no such event", put("pins.0.event", "e9"), "pins[0].event", "'e9'"),
    ("pinned twice", again("pins"), "pins[1].event", "pinned twice"),
    ("previous nowhere", put("previous.0.room", "r9"), "previous[0].room", "'r9'"),
    (
        "related to itself",
        relate(("same_days", ["c1a-1"] * 2)),
        "relations[0]",
        "twice",
    ),
    ("related to none", relate(("same_days", ["c1a-1"])), ".events", "at least 2"),
    ("gap of what", relate(("min_gap", ["c1a-1", "c1b-1"])), ".value", "needs 'value'"),
    (
        "cyclic precedence",
        relate(("precedence", ["c1a-1", "c3a-1"]), ("precedence", ["c3a-1", "c1a-1"])),
        "precedence_cycle",
        "Drop [relation:x0]",
    ),
    (
        "contradictory pins",
        put(
            "pins",
            [{"event": f"c3{c}-1", "timeslot": "t10", "room": "r2"} for c in "ab"],
        ),
        "pins_clash",
        "Unpin",
    ),
    (
        "ways that differ",
        lambda body: body["travel"].append(
            {"building_a": "b2", "building_b": "b1", "minutes": 3}
        ),
        "travel[1].minutes",
        "keep one",
    ),
    (
        "way to itself",
        lambda body: body["travel"].append(
            {"building_a": "b1", "building_b": "b1", "minutes": 3}
        ),
        "travel[1]",
        "remove it",
    ),
    ("no run", put("student_max_consecutive", 0), "student_max_", "at least 1"),
    ("long run", put("student_max_consecutive", 17), "student_max_", "at most 16"),
    ("too many features", put("rooms.0.features", ["x"] * 65), ".features", "64"),
    ("name too long", put("name", "x" * 10**7), "name", "shorten"),
]


def text_of(change: Change) -> bytes:
    body = tiny_problem().model_dump(mode="json")
    change(body)
    return json.dumps(body).encode()


SOUND = text_of(lambda body: None)
RAW: list[tuple[str, bytes, str, str]] = [
    ("empty", b"", "file", "not JSON"),
    ("truncated", SOUND[:-200], "file", "not JSON"),
    ("trailing text", SOUND + b"}", "file", "not JSON"),
    ("a list", b"[]", "file", "object"),
    ("null", b"null", "file", "object"),
    ("not UTF-8", SOUND.replace(b"tiny", b"\xff\xfe"), "file", "UTF-8"),
    ("UTF-16", SOUND.decode().encode("utf-16"), "file", "UTF-8"),
    ("lone surrogate", SOUND.replace(b"tiny", b"\\ud800"), "file", "not JSON"),
    ("binary", bytes(range(256)) * 40, "file", "UTF-8"),
    ("deep lists", b'{"rooms": ' + b"[" * 200_000, "file", "not JSON"),
    ("deep objects", b'{"a":' * 200_000, "file", "not JSON"),
    ("deep, closed", b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "file", "not JSON"),
    (
        "many values",
        SOUND.replace(b'"travel"', b'"x": [' + b"1," * 21_000_000 + b'1], "travel"'),
        "file",
        "separate files",
    ),
]


def many_events(file: Path) -> None:
    """Ten million events in one class."""
    head, tail = SOUND.split(b'"classes": [', 1)
    with file.open("wb") as out:
        out.write(head + b'"classes": [{"id": "c", "offering": "o1", "limit": 1, ')
        out.write(b'"events": [')
        for _ in range(100):
            out.write(b'{"id": "e"},' * 100_000)
        out.write(b'{"id": "e"}]}, ' + tail)


def run_limited(verb: str, file: Path) -> subprocess.CompletedProcess[str]:
    """The console command in a child with little memory and little time."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MB * 2**20,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS,) * 2)

    return subprocess.run(
        [sys.executable, "-m", "sidecar", verb, str(file)],
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
        timeout=6 * SECONDS,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )


def test_there_are_sixty_kinds() -> None:
    assert len(CHANGED) + len(RAW) + 1 >= 60


def check(capsys: pytest.CaptureFixture[str], file: Path, place: str, mend: str) -> str:
    from sidecar.cli import main

    assert main(["validate", str(file)]) == 2
    error = capsys.readouterr().err
    lines = error.splitlines()
    assert lines
    assert all(line.startswith(f"{file}: ") for line in lines)
    assert all(len(line) < 1500 for line in lines)
    assert len(lines) <= 200
    assert any(place in line and mend in line for line in lines), error
    return error


@pytest.mark.parametrize(
    ("change", "place", "mend"),
    [pytest.param(*item[1:], id=item[0]) for item in CHANGED],
)
def test_fault_names_place_and_mend(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Change,
    place: str,
    mend: str,
) -> None:
    file = tmp_path / "problem.json"
    file.write_bytes(text_of(change))
    check(capsys, file, place, mend)


@pytest.mark.parametrize(
    ("body", "place", "mend"), [pytest.param(*item[1:], id=item[0]) for item in RAW]
)
def test_text_that_is_no_problem(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    body: bytes,
    place: str,
    mend: str,
) -> None:
    file = tmp_path / "problem.json"
    file.write_bytes(body)
    check(capsys, file, place, mend)


BENCHMARKS: list[tuple[str, bytes, str]] = [
    ("a.tim", b"", "ends before the number of events"),
    ("a.tim", b"5000 1000 100 50000\n" + b"1\n" * 10_000, "a student's attendance"),
    ("a.tim", b"9" * 1_000_000, "from 1 to 5000"),
    ("a.tim", b"1\n" * 3_900_000, "should have ended"),
    ("a.tim", b"1\n" * 4_100_000, "split it"),
    ("a.tim", b"2 1 0 0\n\xff", "UTF-8"),
    ("a.TIM", b"two 1 0 0", "whole number"),
    ("a.ctt", b"\n" * 7_900_000, "COURSES is missing"),
    ("a.ctt", b"Days: 5\n" * 4_500_000, "split it"),
    ("a.ctt", b"[" * 1_000_000, "expected a header line"),
]


@pytest.mark.parametrize(("name", "body", "words"), BENCHMARKS)
def test_benchmark_files_that_are_none(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    body: bytes,
    words: str,
) -> None:
    """Refused with their line, however long they are."""
    file = tmp_path / name
    file.write_bytes(body)
    started = time.process_time()
    assert words in check(capsys, file, "", words)
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("kind", ["ten million events", "deep lists", "huge strings"])
def test_cost_is_bounded(tmp_path: Path, kind: str) -> None:
    """In a child that may take little memory and little time."""
    file = tmp_path / "problem.json"
    if kind == "ten million events":
        many_events(file)
    elif kind == "deep lists":
        file.write_bytes(b"[" * 100_000_000)
    else:
        file.write_bytes(SOUND.replace(b'"r1"', b'"' + b"r" * 100_000_000 + b'"', 1))
    done = run_limited("validate", file)
    assert done.returncode == 2, done.stderr[-2000:]
    assert done.stderr.startswith(f"{file}: ")
    assert len(done.stderr) < 5000


def test_solve_refuses_in_the_same_words(tmp_path: Path) -> None:
    file = tmp_path / "problem.json"
    file.write_bytes(text_of(put("rooms.0.capacity", -1)))
    done = subprocess.run(
        [sys.executable, "-m", "sidecar", "solve", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    expected = f"{file}: rooms[0].capacity: It must be at least 0. It is '-1'.\n"
    assert done.stderr == expected


def test_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    from sidecar.cli import main

    assert main(["validate", "nowhere.json"]) == 2
    assert "Cannot read nowhere.json" in capsys.readouterr().err


def test_sound_problem_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sidecar.cli import main

    file = tmp_path / "problem.json"
    file.write_bytes(SOUND)
    assert main(["validate", str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["possible"]
