"""The Moodle example against both sides as they are documented, recorded here."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from examples import moodle

MEETING = {
    "id": 11,
    "course": {"id": 1, "name": "Mechanics"},
    "code": "PHY101-A",
    "status": "planned",
    "begins_utc": "2027-01-04T03:15:00Z",
    "ends_utc": "2027-01-04T04:15:00Z",
    "room": {"id": 3, "name": "North 1"},
    "faculty": [{"id": 1, "code": "F1", "name": "Dr Joshi"}],
    "reason": None,
}


class Recorded(BaseHTTPRequestHandler):
    """Answers by path or by Moodle's function; keeps what was asked."""

    timetable: dict[str, Any] = {}  # noqa: RUF012 - set by each test
    calls: list[tuple[str, dict[str, str]]] = []  # noqa: RUF012
    made = 900

    def do_GET(self) -> None:
        """The read API."""
        assert self.headers["Authorization"] == "Bearer key"
        split = urlsplit(self.path)
        name = split.path.rpartition("/")[2]
        if name == "changes" and "since" not in parse_qs(split.query):
            name = "first_changes"
        self.answer(self.timetable[name])

    def do_POST(self) -> None:
        """Moodle's web services."""
        assert self.path == "/webservice/rest/server.php"
        length = int(self.headers["Content-Length"])
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
        assert form.pop("wstoken") == "token"
        assert form.pop("moodlewsrestformat") == "json"
        function = form.pop("wsfunction")
        self.calls.append((function, form))
        if function == "core_course_get_courses_by_field":
            rows = (
                [{"id": 7, "idnumber": "PHY101"}] if form["value"] == "PHY101" else []
            )
            self.answer({"courses": rows, "warnings": []})
        elif function == "core_user_get_users_by_field":
            known = form["values[0]"] == "S1"
            self.answer([{"id": 42, "idnumber": "S1"}] if known else [])
        elif function == "core_calendar_create_calendar_events":
            count = sum(name.endswith("[name]") for name in form)
            events = []
            for _ in range(count):
                type(self).made += 1
                events.append({"id": self.made})
            self.answer({"events": events, "warnings": []})
        elif function == "enrol_manual_enrol_users" and "fail" in self.timetable:
            self.answer(
                {
                    "exception": "moodle_exception",
                    "errorcode": "wsusercannotassign",
                    "message": "No right to assign this role",
                }
            )
        else:
            self.answer(None)

    def answer(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Recorded.calls = []
    Recorded.timetable = {
        "courses": {"courses": [{"id": 1, "code": "PHY101"}]},
        "classes": {"classes": [{"id": 5, "course": 1}]},
        "rosters": {
            "rosters": [{"class": 5, "students": [{"code": "S1"}, {"code": "S2"}]}]
        },
        "first_changes": {
            **{"meetings": [], "gone": [], "next": None},
            "cursor": "2027-01-01T00:00:00Z",
        },
        "meetings": {"meetings": [MEETING], "next": None},
    }
    monkeypatch.setenv("TIMETABLE_KEY", "key")
    monkeypatch.setenv("MOODLE_TOKEN", "token")
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Recorded)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()


def run(server: str, state: Path) -> list[tuple[str, dict[str, str]]]:
    """One run of the program; gives what Moodle was asked."""
    Recorded.calls = []
    dates = ["--from", "2027-01-04", "--to", "2027-01-10"]
    options = ["--timetable", server, "--moodle", server, "--state", str(state)]
    assert moodle.main([*options, *dates]) == 0
    return Recorded.calls


def test_first_run_brings_classes_and_students(server: str, tmp_path: Path) -> None:
    calls = dict(run(server, tmp_path / "state.json"))
    event = calls["core_calendar_create_calendar_events"]
    assert event["events[0][name]"] == "Mechanics · North 1"
    assert event["events[0][courseid]"] == "7"
    assert event["events[0][timestart]"] == "1799032500"
    assert event["events[0][timeduration]"] == "3600"
    assert calls["enrol_manual_enrol_users"] == {
        "enrolments[0][roleid]": "5",
        "enrolments[0][userid]": "42",
        "enrolments[0][courseid]": "7",
    }


def test_nothing_new_writes_nothing(server: str, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    run(server, state)
    # What changed at the time of the cursor is told once more.
    Recorded.timetable["changes"] = {
        **{"meetings": [MEETING], "gone": [], "next": None},
        "cursor": "2027-01-01T00:05:00Z",
    }
    asked = {function for function, _form in run(server, state)}
    assert not {name for name in asked if "create" in name or "delete" in name}
    assert "enrol_manual_enrol_users" not in asked


def test_moved_and_gone(server: str, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    run(server, state)
    first = json.loads(state.read_text())["events"]["11"][0]
    moved = {**MEETING, "begins_utc": "2027-01-05T03:15:00Z"}
    moved["ends_utc"] = "2027-01-05T04:15:00Z"
    Recorded.timetable["changes"] = {
        **{"meetings": [moved], "gone": [], "next": None},
        "cursor": "2027-01-02T00:00:00Z",
    }
    calls = dict(run(server, state))
    deleted = calls["core_calendar_delete_calendar_events"]
    assert deleted == {"events[0][eventid]": str(first), "events[0][repeat]": "0"}
    assert "core_calendar_create_calendar_events" in calls
    Recorded.timetable["changes"] = {
        **{"meetings": [], "gone": [11], "next": None},
        "cursor": "2027-01-03T00:00:00Z",
    }
    calls = dict(run(server, state))
    assert "core_calendar_delete_calendar_events" in calls
    assert json.loads(state.read_text())["events"] == {}


def test_error_of_moodle_is_said_and_doubles_nothing(
    server: str, tmp_path: Path
) -> None:
    Recorded.timetable["fail"] = True
    state = tmp_path / "state.json"
    with pytest.raises(SystemExit, match="No right to assign this role"):
        run(server, state)
    del Recorded.timetable["fail"]
    Recorded.timetable["changes"] = {
        **{"meetings": [MEETING], "gone": [], "next": None},
        "cursor": "2027-01-02T00:00:00Z",
    }
    asked = {function for function, _form in run(server, state)}
    assert "core_calendar_create_calendar_events" not in asked
    assert "enrol_manual_enrol_users" in asked
