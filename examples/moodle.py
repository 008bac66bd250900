"""Bring published classes and their students from the timetable into Moodle.

A small program to start from, with Python's standard library only. It reads the read
API of timetable_nep (docs/reference/read-api.md) and calls the documented web services
of Moodle (Site administration › Server › Web services):

    core_course_get_courses_by_field      courses by their ID number
    core_user_get_users_by_field          people by their ID number
    enrol_manual_enrol_users              students of a class into its course
    core_calendar_create_calendar_events  a class as an event of its course
    core_calendar_delete_calendar_events  one that moved or is not held any more

A course of Moodle is the one whose *ID number* is the course's code in the timetable; a
person the one whose *ID number* is the enrolment number. What is in neither is left out
and said. Run it every few minutes:

    TIMETABLE_KEY=… MOODLE_TOKEN=… python3 moodle.py \\
        --timetable https://odoo.example --moodle https://moodle.example \\
        --state moodle.json --from 2027-01-04 --to 2027-05-30

The file of ``--state`` holds what was brought so far and the cursor of the last change.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

TIMEOUT = 60
STUDENT_ROLE = 5
"""The role *Student* of a fresh Moodle."""
AT_ONCE = 50


class Timetable:
    """The read API."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url.rstrip("/"), key

    def get(self, name: str, **query: object) -> dict[str, Any]:
        """One answer; an error says what the server said."""
        text = urllib.parse.urlencode(
            {name: value for name, value in query.items() if value is not None}
        )
        request = urllib.request.Request(
            f"{self.url}/timetable/api/v1/{name}?{text}",
            headers={"Authorization": f"Bearer {self.key}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            said = f"The timetable answers {error.code}: {error.read()!r}"
            raise SystemExit(said) from None

    def meetings(self, name: str, **query: object) -> dict[str, Any]:
        """All pages of an answer with meetings."""
        found = self.get(name, **query)
        page = found
        while page["next"] is not None:
            page = self.get(name, **query, after=page["next"])
            found["meetings"] += page["meetings"]
        return found


class Moodle:
    """Moodle's REST protocol: a form to one address, JSON back, errors with 200."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url.rstrip("/"), token

    def call(self, function: str, **arguments: object) -> Any:
        """Call a function of Moodle's web services."""
        form = {
            "wstoken": self.token,
            "wsfunction": function,
            "moodlewsrestformat": "json",
            **dict(flatten(arguments)),
        }
        request = urllib.request.Request(
            f"{self.url}/webservice/rest/server.php",
            data=urllib.parse.urlencode(form).encode(),
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            found = json.load(answer)
        if isinstance(found, dict) and "exception" in found:
            raise SystemExit(f"Moodle, {function}: {found.get('message')}")
        return found


def flatten(value: object, name: str = "") -> list[tuple[str, object]]:
    """Lists and dictionaries as PHP's forms have them: ``events[0][name]``."""
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)  # type: ignore[assignment]
    else:
        return [(name, value)]
    pairs = []
    for key, part in inner:
        pairs += flatten(part, f"{name}[{key}]" if name else str(key))
    return pairs


def event_of(meeting: dict[str, Any], course: int) -> dict[str, object]:
    """A class as Moodle's calendar has it."""
    begins, ends = (
        datetime.fromisoformat(meeting[name].replace("Z", "+00:00"))
        for name in ("begins_utc", "ends_utc")
    )
    people = ", ".join(one["name"] for one in meeting["faculty"])
    room = meeting["room"]["name"] if meeting["room"] else ""
    return {
        "name": " · ".join(filter(None, [meeting["course"]["name"], room])),
        "description": "\n".join(
            filter(None, [meeting["code"], people, meeting["reason"]])
        ),
        "format": 2,  # plain text
        "courseid": course,
        "eventtype": "course",
        "timestart": int(begins.timestamp()),
        "timeduration": int((ends - begins).total_seconds()),
        "visible": 1,
    }


def bring(timetable: Timetable, moodle: Moodle, state: dict[str, Any], dates: Any):
    """Bring what is new since the last time; changes ``state``."""
    courses = {row["id"]: row for row in timetable.get("courses")["courses"]}
    if state.get("cursor"):
        news = timetable.meetings("changes", since=state["cursor"])
    else:
        # The cursor first: what changes meanwhile is told next time.
        news = timetable.get("changes")
        first, last = dates
        news |= timetable.meetings("meetings", **{"from": first, "to": last})
    known: dict[str, list[Any]] = state.setdefault("events", {})
    moodle_courses: dict[int, int | None] = {}

    def course_of(number: int) -> int | None:
        if number not in moodle_courses:
            code = courses.get(number, {}).get("code")
            found = code and moodle.call(
                "core_course_get_courses_by_field", field="idnumber", value=code
            )
            rows = found["courses"] if found else []
            moodle_courses[number] = rows[0]["id"] if rows else None
            if not rows:
                print(f"Moodle has no course with the ID number {code}.")
        return moodle_courses[number]

    wanted: dict[str, tuple[str, dict[str, object]]] = {}
    out = [str(number) for number in news["gone"]]
    for meeting in news["meetings"]:
        key = str(meeting["id"])
        course = course_of(meeting["course"]["id"])
        if meeting["status"] == "cancelled" or not course or not meeting["begins_utc"]:
            out.append(key)
            continue
        event = event_of(meeting, course)
        mark = json.dumps(event, sort_keys=True)
        if key in known and known[key][1] == mark:
            continue
        out.append(key)
        wanted[key] = (mark, event)
    delete(moodle, known, out)
    create(moodle, known, wanted)
    state["cursor"] = news["cursor"]
    enrol(timetable, moodle, state, course_of)


def delete(moodle: Moodle, known: dict[str, list[Any]], keys: list[str]) -> None:
    """Take events away; Moodle has no service that changes one."""
    old = [known.pop(key)[0] for key in keys if key in known]
    for start in range(0, len(old), AT_ONCE):
        moodle.call(
            "core_calendar_delete_calendar_events",
            events=[
                {"eventid": number, "repeat": 0}
                for number in old[start : start + AT_ONCE]
            ],
        )


def create(
    moodle: Moodle,
    known: dict[str, list[Any]],
    wanted: dict[str, tuple[str, dict[str, object]]],
) -> None:
    """Make events and remember their numbers."""
    keys = list(wanted)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        made = moodle.call(
            "core_calendar_create_calendar_events",
            events=[wanted[key][1] for key in some],
        )
        for warning in made.get("warnings", []):
            print(f"Moodle: {warning.get('message')}")
        for key, event in zip(some, made["events"], strict=True):
            known[key] = [event["id"], wanted[key][0]]


def enrol(timetable: Timetable, moodle: Moodle, state: dict[str, Any], course_of: Any):
    """Students of a class into its course; nobody is taken out."""
    done = {tuple(pair) for pair in state.setdefault("enrolled", [])}
    of_class = {row["id"]: row["course"] for row in timetable.get("classes")["classes"]}
    new = []
    for roster in timetable.get("rosters")["rosters"]:
        course = course_of(of_class[roster["class"]])
        for student in roster["students"]:
            pair = (student["code"], course)
            if not course or not student["code"] or pair in done:
                continue
            found = moodle.call(
                "core_user_get_users_by_field",
                field="idnumber",
                values=[student["code"]],
            )
            if not found:
                print(f"Moodle has nobody with the ID number {student['code']}.")
                continue
            new.append(
                {"roleid": STUDENT_ROLE, "userid": found[0]["id"], "courseid": course}
            )
            done.add(pair)
    for start in range(0, len(new), AT_ONCE):
        moodle.call("enrol_manual_enrol_users", enrolments=new[start : start + AT_ONCE])
    state["enrolled"] = sorted(done)


def main(arguments: list[str] | None = None) -> int:
    """The command line; secrets come from the environment."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--timetable", required=True, metavar="URL")
    parser.add_argument("--moodle", required=True, metavar="URL")
    parser.add_argument("--state", required=True, type=Path, metavar="FILE")
    parser.add_argument("--from", required=True, dest="first", metavar="DATE")
    parser.add_argument("--to", required=True, dest="last", metavar="DATE")
    options = parser.parse_args(arguments)
    try:
        key, token = os.environ["TIMETABLE_KEY"], os.environ["MOODLE_TOKEN"]
    except KeyError as error:
        raise SystemExit(f"Set {error.args[0]} in the environment.") from None
    state = json.loads(options.state.read_text()) if options.state.exists() else {}
    try:
        bring(
            Timetable(options.timetable, key),
            Moodle(options.moodle, token),
            state,
            (options.first, options.last),
        )
    finally:
        # What was made is remembered even if a later step fails: nothing is doubled.
        draft = options.state.with_suffix(".part")
        draft.write_text(json.dumps(state))
        draft.replace(options.state)
    return 0


if __name__ == "__main__":
    sys.exit(main())
