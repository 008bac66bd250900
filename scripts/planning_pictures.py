"""Pictures of what officers and approvers look at: board, approval, comparison."""

import contextlib
from collections.abc import Iterator
from typing import Any

from .chromium import Page
from .form_pictures import Picture, both, click
from .journey import Journey

TAKEN_OFF = 3


def by_department(page: Page) -> None:
    """Show the week of a department: fuller than that of one class."""
    click(page, ".o_tt_toolbar button[name=view_department]")
    page.wait_for(".o_tt_week .o_tt_card")


def picked_up(page: Page) -> None:
    """Where an event can go, with the reasons: the dialog of the keyboard."""
    by_department(page)
    page.evaluate(
        "document.querySelector('.o_tt_week .o_tt_card.o_tt_draggable')"
        ".dispatchEvent(new KeyboardEvent('keydown', {key: 'm', bubbles: true}))"
    )
    page.wait_for(".o_tt_move_dialog .o_tt_move_cell")


def planning_pictures(journey: Journey, term: int, variant: int) -> list[Picture]:
    """Board, kanban, comparison and conflicts, each also on a phone."""
    rows = journey.client("officer").search_read(
        "timetable.variant",
        [("term_id", "=", term), ("id", "!=", variant)],
        ["state"],
        order="id",
    )
    # The draft of ``something_to_mend``, where there is one.
    rows.sort(key=lambda row: row["state"] != "draft")
    board = f"/odoo/timetable-board?variant_id={variant}"
    found = [
        *both(Picture("board", "officer", board, ".o_tt_board", before=by_department)),
        *both(Picture("approval", "approver", "/odoo/timetables", ".o_kanban_record")),
    ]
    if rows:
        other = rows[0]["id"]
        pair = f"/odoo/timetable-compare?first_id={variant}&second_id={other}"
        mended = f"/odoo/timetable-conflicts?variant_id={other}"
        found += both(Picture("compare", "approver", pair, ".o_tt_compare_chart"))
        found += both(Picture("conflicts", "officer", mended, ".o_tt_event"))
        board = f"/odoo/timetable-board?variant_id={other}"
        found += both(
            Picture("move", "officer", board, ".o_tt_board", before=picked_up)
        )
    return found


@contextlib.contextmanager
def something_to_mend(journey: Journey, term: int) -> Iterator[None]:
    """Events of a draft taken off the grid, and put back afterwards."""
    officer = journey.client("officer")
    drafts = officer.search_read(
        "timetable.variant",
        [("term_id", "=", term), ("state", "=", "draft")],
        [],
        order="id",
        limit=1,
    )
    moved: list[dict[str, Any]] = []
    if drafts:
        draft = [drafts[0]["id"]]
        rows = officer.search_read(
            "timetable.assignment",
            [("variant_id", "in", draft), ("pinned", "=", False)],
            ["event_id", "timeslot_id", "room_id"],
            limit=TAKEN_OFF * 20,
            order="id",
        )
        # One event of a class: its name is the class and a number.
        by_class = {row["event_id"][1].rpartition(" / ")[0]: row for row in rows}
        moved = list(by_class.values())[:TAKEN_OFF]
        for row in moved:
            _place(officer, draft, row, False, False)
    try:
        yield
    finally:
        for row in moved:
            room = row["room_id"][0] if row["room_id"] else False
            _place(officer, draft, row, row["timeslot_id"][0], room)


def _place(
    officer: Any, draft: list[int], row: dict[str, Any], slot: Any, room: Any
) -> None:
    officer.call(
        "timetable.variant",
        "board_move",
        draft,
        event_id=row["event_id"][0],
        timeslot_id=slot,
        room_id=room,
    )
