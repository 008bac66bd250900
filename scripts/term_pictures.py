"""Pictures of what comes after publication: substitutes, repair, choices, paper."""

import contextlib
import json
import urllib.parse
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from .chromium import Page
from .form_pictures import Picture, click
from .journey import Journey

PAPER = (1400, 1000)
"""The document on a screen: wider than its sheet, which is A4 across."""
REPAIR_SECONDS = 8


def propose(page: Page) -> None:
    """Who could teach this meeting."""
    click(page, "button[name=action_substitute]")
    page.wait_for(".modal .o_field_widget[name=candidate_ids] .o_data_row")


def what_moves(page: Page) -> None:
    """The page of the form that lists what a repair moved."""
    click(page, ".o_notebook .nav-link", "What moves")
    page.wait_for(".o_field_widget[name=repair_html] table")


def as_wide_as_paper(page: Page) -> None:
    """A screen's column is narrower than the sheet that the document is made for."""
    page.evaluate(
        "(() => { const week = document.querySelector('.tt_week');"
        " document.querySelectorAll('.container, .tt_page').forEach((node) => {"
        " node.style.maxWidth = 'none'; node.style.width = week.offsetWidth + 'px';"
        " node.style.padding = 0; });"
        " document.body.style.padding = '20px 30px'; })()"
    )


def term_pictures(
    journey: Journey, term: int, variant: int, repaired: int | None
) -> list[Picture]:
    """What officers and registrars see while the term goes on."""
    officer = journey.client("officer")
    seen = ".o_form_view .o_field_widget"
    found = []
    meeting = _meeting(officer, term)
    if meeting:
        path = f"/odoo/action-timetable_nep.timetable_meeting_action/{meeting}"
        found.append(Picture("substitute", "officer", path, seen, before=propose))
    report = _choices(officer, term, variant)
    if report:
        path = f"/odoo/action-timetable_nep.timetable_choice_report_action/{report}"
        wait = ".o_field_widget[name=slots_html] table"
        found.append(Picture("choices", "officer", path, wait))
    if repaired:
        path = f"/odoo/timetables/{repaired}"
        found.append(Picture("repair", "officer", path, seen, before=what_moves))
    department = _department(officer, term)
    if department:
        # The page as it is printed: the PDF is made of this very document.
        data = {"variant_id": variant, "ids": [department]}
        options = urllib.parse.quote(json.dumps(data))
        path = f"/report/html/timetable_nep.report_week_by_department/{department}"
        path = f"{path}?options={options}"
        wait = ".tt_week"
        found.append(
            Picture("week-paper", "officer", path, wait, PAPER, as_wide_as_paper)
        )
    return found


def _meeting(officer: Any, term: int) -> int | None:
    """A meeting of the days to come that many people attend."""
    today = date.today()
    rows = officer.search_read(
        "timetable.meeting",
        [
            ("term_id", "=", term),
            ("date", ">", today.isoformat()),
            ("date", "<", (today + timedelta(days=14)).isoformat()),
            ("status", "=", "planned"),
            ("category", "=", "major"),
        ],
        ["id"],
        limit=1,
    )
    return int(rows[0]["id"]) if rows else None


def _choices(officer: Any, term: int, variant: int) -> int | None:
    """The report on the category that has most offerings, major courses left out."""
    rows = officer.search_read(
        "timetable.offering",
        [("term_id", "=", term), ("category", "!=", "major")],
        ["category"],
    )
    names = [row["category"] for row in rows]
    if not names:
        return None
    values = {
        "term_id": term,
        "variant_id": variant,
        "category": max(sorted(set(names)), key=names.count),
    }
    return int(officer.create("timetable.choice.report", values))


def _department(officer: Any, term: int) -> int | None:
    rows = officer.search_read(
        "timetable.offering",
        [("term_id", "=", term), ("department_id", "!=", False)],
        ["department_id"],
    )
    ids = [row["department_id"][0] for row in rows]
    # A fuller page says more, and the fullest may take two.
    return sorted(set(ids), key=lambda one: (ids.count(one), one))[0] if ids else None


@contextlib.contextmanager
def repaired(journey: Journey, term: int, variant: int) -> Iterator[int | None]:
    """The published timetable mended after a room closed; all is put back after."""
    officer = journey.client("officer")
    placed = officer.search_read(
        "timetable.assignment",
        [("variant_id", "=", variant), ("room_id", "!=", False)],
        ["room_id"],
    )
    rooms = [row["room_id"][0] for row in placed]
    if not rooms:
        yield None
        return
    closed = min(sorted(set(rooms)), key=rooms.count)
    runs: list[int] = []
    officer.call("timetable.room", "write", [closed], vals={"active": False})
    try:
        wizard = officer.create(
            "timetable.repair.wizard",
            {"variant_id": variant, "time_limit_seconds": REPAIR_SECONDS},
        )
        action = officer.call("timetable.repair.wizard", "action_repair", [wizard])
        runs.append(int(action["res_id"]))
        journey.follow(runs[0], 120, lambda _row: None)
        made = journey.variants(runs[0])
        yield int(made[0]["id"]) if made else None
    finally:
        officer.call("timetable.room", "write", [closed], vals={"active": True})
        for run in runs:
            ids = [row["id"] for row in journey.variants(run)]
            officer.call("timetable.variant", "unlink", ids)
            officer.call("timetable.run", "unlink", [run])
