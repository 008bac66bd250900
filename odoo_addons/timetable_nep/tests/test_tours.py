import json
import os
import threading
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, no_retry, tagged

from ..const import PARAM_CALLBACK, PARAM_SECRET, PARAM_TOKEN, PARAM_URL, WEBHOOK_PATH
from .common import import_problem

CRON_EVERY = 0.3
OFFERINGS, SECTIONS, EVENTS = 16, 2, 3
STUDENTS, CHOICES = 240, 5


def college():
    """A problem that keeps the solver busy for some seconds: 96 weekly events."""
    offerings = range(OFFERINGS)
    return {
        "version": "1.0",
        "name": "College of the tours",
        "departments": [{"id": "SCI", "name": "Sciences"}],
        "faculty": [{"id": f"F{o}", "department": "SCI"} for o in offerings],
        "rooms": [
            {"id": f"R{n}", "name": f"Room {n}", "capacity": 60} for n in range(8)
        ],
        "timeslots": [
            {
                "id": f"T{day}{period}",
                "day": day,
                "period": period,
                "start": f"{8 + period:02d}:00",
                "end": f"{9 + period:02d}:00",
            }
            for day in range(5)
            for period in (1, 2, 3, 4, 6, 7, 8)
        ],
        "offerings": [
            {"id": f"C{o}", "name": f"Course {o}", "department": "SCI"}
            for o in offerings
        ],
        "classes": [
            {
                "id": f"C{o}-{section}",
                "offering": f"C{o}",
                "faculty": [f"F{o}"],
                "limit": 60,
                "events": [{"id": f"E{o}.{section}.{n}"} for n in range(EVENTS)],
            }
            for o in offerings
            for section in range(SECTIONS)
        ],
        "students": [
            {
                "id": f"S{s}",
                "offerings": sorted(
                    {
                        f"C{(s * 7 + k * (3 + s % 4)) % OFFERINGS}"
                        for k in range(CHOICES)
                    }
                ),
            }
            for s in range(STUDENTS)
        ],
    }


@tagged("post_install", "-at_install")
class TestGenerateTour(HttpCase):
    """The officer's journey against the real solver service."""

    def setUp(self):
        super().setUp()
        stack = os.environ.get("TIMETABLE_STACK")
        if not stack:
            self.skipTest(
                "TIMETABLE_STACK names no running service: start it by `make test`."
            )
        sidecar = json.loads(Path(stack).read_text())["sidecar"]
        params = self.env["ir.config_parameter"].sudo()
        for key, value in (
            (PARAM_URL, sidecar["url"]),
            (PARAM_TOKEN, Path(sidecar["token_file"]).read_text().strip()),
            (PARAM_SECRET, Path(sidecar["secret_file"]).read_text().strip()),
            (PARAM_CALLBACK, self.base_url() + WEBHOOK_PATH),
        ):
            params.set_param(key, value)
        self.officer = new_test_user(
            self.env,
            "tour_officer",
            "timetable_nep.group_timetable_officer,base.group_partner_manager",
        )
        self.term = import_problem(self.env(user=self.officer), college())

    @contextmanager
    def _crons(self):
        """Do what the cron thread does on a server: send, and fetch results.

        It begins when the browser's first request wakes it: until then the test's
        own thread uses the one connection that all cursors of a test share.
        """
        woken, stop = threading.Event(), threading.Event()
        failures = []

        def pump():
            woken.wait()
            while not stop.wait(CRON_EVERY):
                try:
                    with self.registry.cursor() as cr:
                        runs = api.Environment(cr, SUPERUSER_ID, {})["timetable.run"]
                        runs._cron_sync()
                        runs._cron_fetch()
                except Exception as error:
                    failures.append(error)
                    return

        thread = threading.Thread(target=pump, name="tour crons")
        Run = self.registry["timetable.run"]
        with (
            # The service's webhooks come without the browser's cookie of this test.
            patch.object(self, "http_request_allow_all", True),
            patch.object(Run, "_trigger_sync", lambda runs: woken.set()),
        ):
            thread.start()
            try:
                yield
            finally:
                stop.set()
                woken.set()
                thread.join(60)
        self.assertFalse(failures, "the crons ran into an error")

    @no_retry
    def test_generate(self):
        """Generate, leave, come back, pause, reload, cancel and try again."""
        with self._crons():
            self.start_tour(
                "/odoo/action-timetable_nep.timetable_variant_action?debug=1",
                "timetable_nep_generate",
                login="tour_officer",
                timeout=300,
            )
        self.env.invalidate_all()
        run = self.term.run_ids
        self.assertEqual(len(run), 1)
        self.assertEqual(run.state, "completed")
        self.assertGreaterEqual(run.event_sequence, 0, "webhooks were taken")
        self.assertEqual(run.attempt, 2)
        made = run.variant_ids.filtered(lambda variant: variant.attempt == 2)
        self.assertEqual(len(made), 3)
        for variant in made:
            self.assertEqual(variant.placed, OFFERINGS * SECTIONS * EVENTS)
            self.assertEqual(variant.score_hard, 0)
            self.assertEqual(variant.assignment_count, variant.placed)


@tagged("post_install", "-at_install")
class TestBoardTour(HttpCase):
    """The officer changes a timetable by mouse and by keyboard."""

    def setUp(self):
        super().setUp()
        new_test_user(self.env, "tour_board", "timetable_nep.group_timetable_officer")
        grid = self.env["timetable.grid"].create(
            {"name": "Tour", "days": 2, "periods": 4, "break_after": 2}
        )
        grid.action_fill()
        term = self.env["timetable.term"].create({"name": "Tour", "grid_id": grid.id})
        rooms = self.env["timetable.room"].create(
            [{"name": "Room 1", "capacity": 60}, {"name": "Hall", "capacity": 200}]
        )
        term.room_ids = rooms
        self.slots = {(slot.day, slot.period): slot for slot in grid.timeslot_ids}
        self.physics = self._make_event(term, "PHY", "Physics")
        self.chemistry = self._make_event(term, "CHE", "Chemistry")
        student = self.env["timetable.student"].create(
            {"partner_id": self.env["res.partner"].create({"name": "A Student"}).id}
        )
        Variant = self.env["timetable.variant"]
        classes = self.physics.class_id | self.chemistry.class_id
        made = Variant._guarded().create(
            {
                "name": "Tour A",
                "term_id": term.id,
                "key": "A",
                "profile": "balanced",
                "total": 2,
                "sectioning": Variant._pack_sectioning({student.id: classes.ids}),
            }
        )
        self.variant = Variant.browse(made.id)
        self.variant.board_move(self.chemistry.id, self.slots[0, 2].id, rooms[1].id)
        self.variant.board_move(self.physics.id, self.slots[0, 1].id, rooms[0].id)
        self.env.cr.execute(
            "UPDATE timetable_variant SET board_revision = 0 WHERE id = %s",
            [self.variant.id],
        )
        self.variant.invalidate_recordset(["board_revision"])

    def _make_event(self, term, code, name):
        course = self.env["timetable.course"].create({"name": name, "code": code})
        offering = self.env["timetable.offering"].create(
            {"term_id": term.id, "course_id": course.id}
        )
        section = self.env["timetable.class"].create(
            {
                "offering_id": offering.id,
                "limit": 50,
                "event_ids": [Command.create({"sequence": 1, "duration": 1})],
            }
        )
        return section.event_ids

    def _placed(self):
        self.env.invalidate_all()
        return self.variant.assignment_ids.filtered(
            lambda row: row.event_id == self.physics
        )

    def test_keyboard(self):
        """Pin, open, move into another room, take back and swap by keys alone."""
        self.start_tour(
            f"/odoo/timetable-board?variant_id={self.variant.id}"
            f"&view_by=class&resource_id={self.physics.class_id.id}",
            "timetable_nep_board_keyboard",
            login="tour_board",
            timeout=90,
        )
        placed = self._placed()
        self.assertEqual(placed.timeslot_id, self.slots[0, 1])
        self.assertFalse(placed.pinned)
        # Pinned, unpinned, moved, taken back.
        self.assertEqual(self.variant.board_revision, 4)

    def test_board(self):
        """Drag and drop, undo, redo, then by keyboard into another room."""
        action = self.env.ref("timetable_nep.timetable_board_action")
        self.assertEqual(action.path, "timetable-board")
        section = self.physics.class_id.id
        self.start_tour(
            f"/odoo/timetable-board?variant_id={self.variant.id}"
            f"&view_by=class&resource_id={section}",
            "timetable_nep_board",
            login="tour_board",
            timeout=90,
        )
        placed = self._placed()
        self.assertEqual(placed.timeslot_id, self.slots[1, 1])
        self.assertEqual(placed.room_id.name, "Hall")
        self.assertEqual(self.variant.board_revision, 4)
