"""Pictures of the planner's forms, the wizard and what its check finds."""

import contextlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .chromium import Page
from .journey import Journey
from .paths import ADDONS

COLLEGE = ADDONS / "timetable_nep" / "demo" / "college.json"
WIDE, PHONE = (1400, 860), (390, 844)
MADE_BY_IMPORT = (
    "timetable.term",
    "timetable.room",
    "timetable.room.feature",
    "timetable.faculty",
    "timetable.student",
    "res.partner",
    "timetable.course",
    "timetable.programme",
    "timetable.building",
    "timetable.department",
    "timetable.grid",
)
"""Kinds that an import makes, in an order in which they can be deleted."""
FORMS = {
    # name of the picture: model, the record's order, action
    "form-offering": ("offering", "timetable_offering_action"),
    "form-class": ("class", "timetable_class_action"),
    "form-event": ("event", "timetable_event_action"),
    "form-course": ("course", "timetable_course_action"),
    "form-faculty": ("faculty", "timetable_faculty_action"),
    "form-student": ("student", "timetable_student_action"),
    "form-room": ("room", "timetable_room_action"),
    "form-department": ("department", "timetable_department_action"),
}


@dataclass(frozen=True)
class Picture:
    """One picture: what is shown, to whom, and when it is complete."""

    name: str
    role: str
    path: str
    wait_for: str
    size: tuple[int, int] = WIDE
    before: Callable[[Page], None] | None = None


def click(page: Page, selector: str, text: str = "") -> None:
    """Click the first element that matches and holds ``text``."""
    page.wait_for(selector)
    page.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].find((node) =>"
        f" node.textContent.includes({json.dumps(text)}))?.click()"
    )


def open_wizard(page: Page) -> None:
    """Press *Generate* on the term's form; on a phone it is in a menu."""
    button = "button[name=action_generate]"
    time.sleep(1)
    if not page.evaluate(f"!!document.querySelector('{button}')"):
        click(page, ".o_statusbar_buttons button, .o-form-buttonbox button")
    click(page, button)
    page.wait_for(".modal .o_field_widget[name=scope]")


def open_weights(page: Page) -> None:
    """Open the first timetable wanted: its aim and the sliders."""
    open_wizard(page)
    click(page, ".modal .o_field_widget[name=line_ids] .o_data_row .o_data_cell")
    page.wait_for(".o_tt_weights, .modal input[type=range]")


def check_first(page: Page) -> None:
    """Ask the service what cannot work."""
    open_wizard(page)
    click(page, ".modal button[name=action_check]")
    page.wait_for(".modal .o_tt_findings")


def both(picture: Picture) -> list[Picture]:
    """The same on a phone."""
    phone = Picture(
        f"{picture.name}-phone",
        picture.role,
        picture.path,
        picture.wait_for,
        PHONE,
        picture.before,
    )
    return [picture, phone]


def form_pictures(journey: Journey, term: int, faulty: int) -> list[Picture]:
    """Forms of the records with the most to show; wizard, weights, findings."""
    officer = journey.client("officer")
    found = []
    for name, (kind, action) in FORMS.items():
        record = _telling(officer, kind, term)
        path = f"/odoo/action-timetable_nep.{action}/{record}"
        found += both(Picture(name, "officer", path, ".o_form_view .o_field_widget"))
    form = f"/odoo/timetable-terms/{term}"
    seen = ".o_form_view .o_field_widget"
    found += both(Picture("wizard", "officer", form, seen, before=open_wizard))
    found += both(Picture("weights", "officer", form, seen, before=open_weights))
    other = f"/odoo/timetable-terms/{faulty}"
    found += both(Picture("diagnosis", "officer", other, seen, before=check_first))
    run = officer.search_read(
        "timetable.run", [("term_id", "=", term)], [], order="id desc", limit=1
    )
    if run:
        path = f"/odoo/timetable-runs/{run[0]['id']}"
        found += both(Picture("form-run", "officer", path, seen))
    return found


def _telling(officer: Any, kind: str, term: int) -> int:
    """A record that has something of everything its form shows."""
    domain: list[Any] = [("term_id", "=", term)]
    fields, order = ["id"], "id"
    if kind in ("course", "faculty", "student", "room", "department"):
        domain = []
    if kind == "faculty":
        domain = [("class_ids.term_id", "=", term), ("availability_ids", "!=", False)]
    elif kind == "course":
        domain = [("offering_ids.term_id", "=", term), ("practical_periods", ">", 0)]
    elif kind == "student":
        domain = [("enrolment_ids.term_id", "=", term)]
    elif kind == "event":
        domain.append(("duration", ">", 1))
    elif kind == "room":
        domain, order = [("feature_ids", "!=", False)], "capacity desc"
    elif kind == "department":
        domain = [("course_ids.offering_ids.term_id", "=", term)]
    rows = officer.search_read(
        f"timetable.{kind}", domain, fields, order=order, limit=1
    )
    if not rows:
        rows = officer.search_read(f"timetable.{kind}", [], fields, limit=1)
    return int(rows[0]["id"])


@contextlib.contextmanager
def faulty_term(journey: Journey) -> Iterator[int]:
    """A small college that cannot have a timetable, for as long as it is looked at."""
    officer = journey.client("officer")
    newest = {kind: _newest(officer, kind) for kind in MADE_BY_IMPORT}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "faulty.json"
        file.write_text(json.dumps(_damaged()))
        term = journey.import_term(file)
    try:
        yield term
    finally:
        for kind in MADE_BY_IMPORT:
            made = officer.search_read(kind, [("id", ">", newest[kind])], ["id"])
            officer.call(kind, "unlink", [row["id"] for row in made])


def _newest(officer: Any, kind: str) -> int:
    rows = officer.search_read(kind, [], ["id"], order="id desc", limit=1)
    return int(rows[0]["id"]) if rows else 0


def _damaged() -> dict[str, Any]:
    """The demonstration's college with four faults of daily life."""
    data: dict[str, Any] = json.loads(COLLEGE.read_text())
    data["name"] = "A college with faults"
    # Nobody may teach nearly all week; one has less time than classes.
    days = sorted({slot["day"] for slot in data["timeslots"]})
    away = [slot["id"] for slot in data["timeslots"] if slot["day"] != days[0]]
    data["faculty"][0]["unavailable"] = away
    # Too many students for any room, and a practical where there is no laboratory.
    data["classes"][4]["limit"] = 400
    data["classes"][8]["events"][0]["features"] = ["microscopes"]
    # A band with a single timeslot.
    data["bands"][0]["timeslots"] = data["bands"][0]["timeslots"][:1]
    # Two events that should be at the same time, and on different days.
    events = [row["events"][0]["id"] for row in data["classes"][10:12]]
    for number, kind in enumerate(("same_time", "different_day")):
        data["relations"].append(
            {"id": f"F{number}", "type": kind, "events": events, "hard": True}
        )
    data["pins"] = []
    return data
