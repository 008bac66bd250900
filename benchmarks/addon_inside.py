"""Measures inside ``odoo shell``; ``benchmarks/addon.py`` starts it.

Steps: ``load`` (import, snapshot), ``store`` (three timetables of a result) and
``measure`` (what people wait for). Each prints one line of JSON behind ``RESULT``.
"""

import base64
import contextlib
import json
import os
import random
import statistics
import threading
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from lxml import etree

from odoo import fields
from odoo.exceptions import UserError

env = globals()["env"]  # the shell gives it
FOLDER = Path(os.environ["BENCH_FOLDER"])
STEP = os.environ["BENCH_STEP"]
REPEAT = int(os.environ.get("BENCH_REPEAT", "5"))
LISTS = (
    "timetable.variant",
    "timetable.run",
    "timetable.term",
    "timetable.event",
    "timetable.class",
    "timetable.offering",
    "timetable.course",
    "timetable.enrolment",
    "timetable.student",
    "timetable.faculty",
    "timetable.room",
    "timetable.assignment",
)


def say(**figures):
    """What the starter reads."""
    print("RESULT " + json.dumps(figures))


def once(call):
    """Wall and CPU milliseconds of one call in an emptied cache, and its queries."""
    env.invalidate_all()
    queries = env.cr.sql_log_count
    wall, cpu = time.perf_counter(), time.process_time()
    answer = call()
    return (
        (time.perf_counter() - wall) * 1e3,
        (time.process_time() - cpu) * 1e3,
        env.cr.sql_log_count - queries,
        answer,
    )


def several(calls):
    """Median and worst wall time, median CPU time and queries of some calls."""
    rows = [once(call)[:3] for call in calls]
    walls = sorted(row[0] for row in rows)
    return {
        "median_ms": round(statistics.median(walls), 1),
        "worst_ms": round(walls[-1], 1),
        "cpu_ms": round(statistics.median(row[1] for row in rows), 1),
        "queries": max(row[2] for row in rows),
    }


def the_term():
    return env["timetable.term"].search([("name", "=", "Benchmark")], limit=1)


def load():
    """Import the university through the wizard, then pack its snapshot."""
    figures = {}
    term = the_term()
    if not term:
        content = (FOLDER / "university.json").read_bytes()
        wizard = env["timetable.import.wizard"].create(
            {
                "file": base64.b64encode(content),
                "filename": "university.json",
                "term_name": "Benchmark",
            }
        )
        begun = time.perf_counter()
        wizard.action_import()
        env.cr.commit()
        figures["import_s"] = round(time.perf_counter() - begun, 1)
        term = the_term()
    run = env["timetable.run"].create({"term_id": term.id})
    wall, cpu, queries, (packed, _digest) = once(lambda: term._make_snapshot(run))
    figures |= {
        "snapshot_s": round(wall / 1e3, 2),
        "snapshot_cpu_s": round(cpu / 1e3, 2),
        "snapshot_queries": queries,
        "snapshot_kb": len(base64.b64decode(packed)) // 1024,
    }
    (FOLDER / "problem.json").write_text(json.dumps(term._snapshot_problem(run)))
    env.cr.rollback()
    say(**figures)


def store():
    """Store a result's timetables, while somebody else keeps opening a list."""
    term = the_term()
    result = json.loads((FOLDER / "result.json").read_text())
    # On a busy machine the solver may give fewer than three in the time.
    made = result["variants"]
    for key in "ABC"[len(made) :]:
        made.append({**made[0], "key": key})
    run = env["timetable.run"].create({"term_id": term.id})
    env.cr.commit()
    waits, stop = [], threading.Event()

    def reader():
        while not stop.wait(0.2):
            begun = time.perf_counter()
            with env.registry.cursor() as cr:
                env(cr=cr)["timetable.event"].search_fetch([], ["code"], limit=80)
            waits.append((time.perf_counter() - begun) * 1e3)

    thread = threading.Thread(target=reader, daemon=True)
    thread.start()
    begun = time.perf_counter()
    wall, cpu, queries, _none = once(lambda: run._store_result(result))
    env.cr.commit()
    wall = time.perf_counter() - begun
    stop.set()
    thread.join()
    say(
        store_s=round(wall, 2),
        store_cpu_s=round(cpu / 1e3, 2),
        store_queries=queries,
        store_rows=sum(len(row["assignments"]) for row in made),
        others_median_ms=round(statistics.median(waits), 1) if waits else None,
        others_worst_ms=round(max(waits), 1) if waits else None,
    )


def read_list(model):
    """What the web client asks for when it opens the list of a model."""
    Model = env[model]
    arch = Model.get_views([(False, "list")])["views"]["list"]["arch"]
    names = {node.get("name") for node in etree.fromstring(arch).iter("field")}
    specification = {}
    for name in sorted(names):
        field = Model._fields.get(name)
        if field is not None:
            inner = {"fields": {"display_name": {}}} if field.relational else {}
            specification[name] = inner
    return Model.web_search_read([], specification, limit=80, count_limit=10001)


def measure():
    """Board, lists, dragging, moving, conflicts, comparison."""
    Variant = env["timetable.variant"]
    first, second = Variant.search(
        [("term_id.name", "=", "Benchmark"), ("state", "=", "draft")], limit=2
    )
    rng = random.Random(7)
    events = env["timetable.event"].search([("term_id", "=", first.term_id.id)])
    sample = [rng.choice(events.ids) for _ in range(max(20, REPEAT))]
    figures = {"events": len(events)}
    slot = first.term_id.grid_id.timeslot_ids[0].id

    def opened(kind):
        first.board_options(first.id)
        first.board_data(kind, False)
        first.board_resources(kind)

    for kind in ("batch", "class", "faculty", "room", "department"):
        figures[f"board_{kind}"] = several([lambda k=kind: opened(k)] * REPEAT)
    drag = [lambda e=event: first.board_feasibility(e) for event in sample]
    figures["drag_first"] = several(drag[:1])
    figures["drag"] = several(drag[1:])
    figures["rooms"] = several(
        [partial(first.board_rooms, event, slot) for event in sample]
    )
    figures["suggest"] = several(
        [lambda e=event: first.board_suggestions(e) for event in sample]
    )

    def moved(event, slot):
        # A move before it may have taken the place: refusing is as much work.
        with contextlib.suppress(UserError):
            first.board_move(event, slot)

    moves = []
    for event in sample:
        cells = first.board_feasibility(event)["cells"]
        free = [slot for slot, cell in cells.items() if cell["ok"]]
        if free:
            moves.append(partial(moved, event, rng.choice(free)))
    figures["move"] = several(moves)
    env.cr.rollback()
    figures["conflicts"] = several([first.conflicts_data] * REPEAT)
    figures["compare"] = several([lambda: first.compare_data(second.id)] * REPEAT)
    figures["compare_page"] = several([lambda: first.compare_moves(second.id)] * REPEAT)
    for model in LISTS:
        figures[f"list {model}"] = several([lambda m=model: read_list(m)] * REPEAT)
    for state in ("submitted", "department_approved", "approved"):
        first._guarded().write({"state": state})
    wall, cpu, queries, _true = once(partial(first.action_publish, reason="Measured"))
    figures["publish"] = {
        "median_ms": round(wall, 1),
        "worst_ms": round(wall, 1),
        "cpu_ms": round(cpu, 1),
        "queries": queries,
    }
    env.cr.rollback()
    figures |= over_weeks(first, second)
    say(**figures)


def over_weeks(first, second):
    """Publishing for 18 weeks, another one from next week on, back; a student's week.

    Without *the rest* it is what somebody waits for; the rest is done by a cron.
    """
    figures, term = {}, first.term_id
    Meeting = env["timetable.meeting"]
    monday = fields.Date.today() - timedelta(days=fields.Date.today().weekday())
    term.write({"date_start": monday, "date_end": monday + timedelta(days=125)})
    for variant in (first, second):
        for state in ("submitted", "department_approved", "approved"):
            variant._guarded().write({"state": state})

    def published(label, variant, day=None):
        step = partial(variant.action_publish, day, reason="Measured")
        figures[label] = several([step])
        if term.meetings_from:
            rest = partial(Meeting._lay_out, term, term.meetings_from)
            figures[f"{label}, the rest"] = several([rest])
            term.meetings_from = False

    published("publish over 18 weeks", first)
    figures["meetings"] = Meeting.search_count([("term_id", "=", term.id)])
    published("another from next week on", second, monday + timedelta(days=7))
    published("rolling back", first, monday + timedelta(days=7))
    seats = env["timetable.seat"].search(
        [("class_id.term_id", "=", term.id)], limit=REPEAT
    )
    Week = env["timetable.week"]
    people = seats.student_id.partner_id
    figures["a student's week"] = several(
        [partial(Week._of_partner, who) for who in people]
    )
    env.cr.rollback()
    return figures


{"load": load, "store": store, "measure": measure}[STEP]()
