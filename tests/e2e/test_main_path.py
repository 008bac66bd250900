"""From a file to a faculty member's week, on real servers."""

import base64
import gzip
import json
from collections import Counter
from typing import Any

import pytest

from scripts.journey import Journey
from scripts.json2 import OdooRefusedError
from scripts.web import Session

from .conftest import PROFILES, Trip

pytestmark = [pytest.mark.odoo, pytest.mark.slow, pytest.mark.timeout(420)]
STAGES = [
    "loading",
    "clustering",
    "cpsat_solving",
    "ga_optimization",
    "rl_refinement",
]


def test_import_brings_every_record(journey: Journey, generated: Trip) -> None:
    """Odoo has as many records as the file has objects."""
    officer = journey.client("officer")
    domain = [("term_id", "=", generated.term)]
    counted = {
        name: officer.call(f"timetable.{model}", "search_count", domain=domain)
        for name, model in {"offerings": "offering", "classes": "class"}.items()
    }
    assert counted == {name: len(generated.problem[name]) for name in counted}
    events = sum(len(row["events"]) for row in generated.problem["classes"])
    assert generated.outcome["total"] == events


def test_progress_rises_through_the_stages(generated: Trip) -> None:
    """What Odoo shows while the run goes never falls, and ends at its end."""
    shown = [row["overall_progress"] for row in generated.seen]
    assert shown == sorted(shown)
    assert len({value for value in shown if 0 < value < 100}) >= 3
    stages = [row["stage"] for row in generated.seen if row["stage"]]
    order = [STAGES.index(stage) for stage in stages]
    assert order == sorted(order)
    assert generated.outcome["state"] == "completed"
    assert generated.outcome["overall_progress"] == 100


def test_progress_came_by_webhook(journey: Journey, generated: Trip) -> None:
    """The sidecar itself told Odoo; nobody had to ask."""
    admin = journey.client("admin")
    known = admin.search_read("timetable.webhook.event", [], ["event_id"])
    assert len(known) >= 3


def test_variants_are_complete_and_clash_free(generated: Trip) -> None:
    """Each timetable places every event and breaks no rule."""
    assert len(generated.variants) == PROFILES
    for variant in generated.variants:
        assert variant["placed"] == variant["total"] > 0
        assert variant["score_hard"] == 0


def test_stored_timetable_has_no_clash(journey: Journey, published: Trip) -> None:
    """Counted from Odoo's own records: one meeting at a time in a room, for a teacher,
    for a student."""
    officer = journey.client("officer")
    place = {
        row["event_id"][0]: row
        for row in officer.search_read(
            "timetable.assignment",
            [("variant_id", "=", published.published)],
            ["event_id", "timeslot_id", "room_id"],
        )
    }
    slots = {
        row["id"]: (row["day"], row["period"])
        for row in officer.search_read("timetable.timeslot", [], ["day", "period"])
    }
    events = officer.search_read(
        "timetable.event",
        [("id", "in", list(place))],
        ["duration", "class_id", "faculty_ids"],
    )
    classes = {
        row["id"]: row
        for row in officer.search_read(
            "timetable.class", [("term_id", "=", published.term)], ["faculty_ids"]
        )
    }
    students = _students_by_class(officer, published.term)
    assert students, "no enrolment has a class"
    busy: Counter[tuple[str, int, str, int]] = Counter()
    for event in events:
        day, period = slots[place[event["id"]]["timeslot_id"][0]]
        section = event["class_id"][0]
        room = place[event["id"]]["room_id"]
        people = event["faculty_ids"] or classes[section]["faculty_ids"]
        for step in range(event["duration"]):
            if room:
                busy["room", room[0], day, period + step] += 1
            for member in people:
                busy["faculty", member, day, period + step] += 1
            for student in students.get(section, ()):
                busy["student", student, day, period + step] += 1
    assert [key for key, count in busy.items() if count > 1] == []


def _students_by_class(officer: Any, term: int) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    rows = officer.search_read(
        "timetable.enrolment",
        [("offering_id.term_id", "=", term), ("class_id", "!=", False)],
        ["student_id", "class_id"],
    )
    for row in rows:
        found.setdefault(row["class_id"][0], set()).add(row["student_id"][0])
    return found


def test_nothing_personal_leaves_odoo(journey: Journey, generated: Trip) -> None:
    """The snapshot sent to the solver has nobody's name in it."""
    officer = journey.client("officer")
    packed = officer.read("timetable.run", [generated.run], ["snapshot"])[0]["snapshot"]
    text = gzip.decompress(base64.b64decode(packed)).decode()
    assert len(json.loads(text)["classes"]) == len(generated.problem["classes"])
    for model in ("timetable.faculty", "timetable.student"):
        names = {
            row["partner_id"][1]
            for row in officer.search_read(model, [], ["partner_id"])
        }
        assert names
        assert [name for name in names if name in text] == []


def test_draft_cannot_be_published(journey: Journey, generated: Trip) -> None:
    """No way round the approval, not even for the officer."""
    other = generated.variants[-1]["id"]
    assert journey.variant(other)["state"] == "draft"
    with pytest.raises(OdooRefusedError):
        journey.client("officer").call("timetable.variant", "action_publish", [other])
    with pytest.raises(OdooRefusedError):
        journey.client("officer").call("timetable.variant", "action_approve", [other])
    assert journey.variant(other)["state"] == "draft"


def test_faculty_member_sees_the_week(journey: Journey, published: Trip) -> None:
    """After logging in to the portal, every class of the week is on the page."""
    week = journey.week_of(published.member["id"], published.published)
    page = journey.portal_week(published.account)
    assert week
    for row in week:
        assert row["room_id"][1] in page


def test_portal_user_reads_no_draft(journey: Journey, published: Trip) -> None:
    """A faculty member's session sees the portal, not the planners' pages."""
    session = Session(journey.instance.url)
    session.login(published.account["login"], published.account["password"])
    page = session.get("/odoo")
    assert "o_web_client" not in page


def test_stranger_is_sent_to_the_login(journey: Journey, published: Trip) -> None:
    """Without a session there is no timetable."""
    del published
    page = Session(journey.instance.url).get("/my/timetable")
    assert 'name="password"' in page
