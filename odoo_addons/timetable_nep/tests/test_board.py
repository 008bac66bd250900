from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.http_routing.tests.common import MockRequest

from ..tools.feasibility import Candidate, Feasibility, Grid, Placed, Room, Rule

# Two days of four periods, the third left out: 1 2 _ 4
SLOTS = [(10 * day + period, day, period) for day in (1, 2) for period in (1, 2, 4)]
GRID = Grid(SLOTS)
ROOM = Room(id=1, capacity=50, type=7)


@tagged("post_install", "-at_install")
class TestFeasibility(TransactionCase):
    """Each hard rule, alone: what breaks it, and what does not."""

    def _broken(self, start, placed=(), rooms=(ROOM,), **need):
        candidate = Candidate(**{"event": 1, "section": 1, **need})
        verdict = Feasibility(GRID, candidate, placed, rooms).verdict(start)
        return [row.rule for row in verdict.broken]

    def test_free_week(self):
        """Nothing is in the way: every timeslot is possible, in the room."""
        verdicts = Feasibility(GRID, Candidate(1, 1), [], [ROOM]).verdicts()
        self.assertEqual(len(verdicts), 6)
        self.assertTrue(all(row.feasible for row in verdicts.values()))
        self.assertEqual({row.rooms for row in verdicts.values()}, {(1,)})

    def test_duration_break(self):
        """Two periods fit before the break, not across it or past the day's end."""
        self.assertEqual(self._broken(11, duration=2), [])
        self.assertEqual(self._broken(12, duration=2), ["availability"])
        self.assertEqual(self._broken(14, duration=2), ["availability"])

    def test_availability(self):
        """Allowed starts, the band, and times when class or faculty are away."""
        self.assertEqual(self._broken(11, allowed=frozenset({12})), ["availability"])
        self.assertEqual(self._broken(12, allowed=frozenset({12})), [])
        self.assertEqual(self._broken(11, band=frozenset({21})), ["availability"])
        self.assertEqual(self._broken(21, band=frozenset({21})), [])
        self.assertEqual(
            self._broken(11, duration=2, unavailable=frozenset({12})), ["availability"]
        )
        away = {"teachers": frozenset({5}), "teacher_unavailable": {5: frozenset({11})}}
        self.assertEqual(self._broken(11, **away), ["availability"])
        self.assertEqual(self._broken(12, **away), [])

    def test_pinned(self):
        self.assertEqual(self._broken(11, pinned_slot=12), ["pinned"])
        self.assertEqual(self._broken(12, pinned_slot=12), [])

    def test_class_conflict_and_same_day(self):
        """Another event of the class: never at once, and not on one day."""
        placed = [Placed(event=2, section=1, start=11, duration=1)]
        self.assertEqual(self._broken(11, placed), ["class_conflict"])
        self.assertEqual(self._broken(14, placed), ["class_same_day"])
        self.assertEqual(self._broken(14, placed, one_event_per_day=False), [])
        self.assertEqual(self._broken(21, placed), [])

    def test_faculty(self):
        """One event at a time, and no more periods a day than the limit."""
        placed = [Placed(event=2, section=2, start=11, duration=2)]
        need = {"teachers": frozenset({5}), "teacher_events": {5: frozenset({2})}}
        self.assertEqual(self._broken(12, placed, **need), ["faculty_conflict"])
        self.assertEqual(self._broken(14, placed, **need), [])
        limited = {**need, "teacher_day_limit": {5: 2}}
        self.assertEqual(self._broken(14, placed, **limited), ["faculty_daily_load"])
        self.assertEqual(self._broken(21, placed, **limited), [])

    def test_students_and_batch(self):
        """Shared students or a shared batch keep two classes apart."""
        placed = [Placed(event=2, section=2, start=11, duration=2)]
        self.assertEqual(
            self._broken(12, placed, shared_students={2: 3}), ["student_conflict"]
        )
        self.assertEqual(
            self._broken(12, placed, batch_of={2: 9}), ["curriculum_conflict"]
        )
        self.assertEqual(self._broken(14, placed, shared_students={2: 3}), [])
        self.assertEqual(self._broken(12, placed), [])

    def test_rooms(self):
        """A room must suit, be open and be free for the whole event."""
        placed = [Placed(event=2, section=2, start=12, duration=1, room=1)]
        self.assertEqual(self._broken(11, placed, duration=2), ["room_conflict"])
        self.assertEqual(self._broken(11, placed), [])
        self.assertEqual(self._broken(11, seats=51), ["room_suitability"])
        self.assertEqual(self._broken(11, room_type=8), ["room_suitability"])
        self.assertEqual(
            self._broken(11, features=frozenset({3})), ["room_suitability"]
        )
        self.assertEqual(self._broken(12, placed, needs_room=False), [])
        closed = Room(id=2, capacity=9, unavailable=frozenset({11}))
        self.assertEqual(self._broken(11, rooms=(closed,)), ["room_conflict"])

    def test_room_order(self):
        """The room it had comes first, then the smallest that seats all."""
        rooms = [Room(1, 90), Room(2, 40), Room(3, 60)]
        need = Candidate(1, 1, seats=30, preferred_rooms=(3,))
        self.assertEqual(
            Feasibility(GRID, need, [], rooms).verdict(11).rooms, (3, 2, 1)
        )

    def test_own_place_is_free(self):
        """An event is not in its own way."""
        placed = [Placed(event=1, section=1, start=11, duration=1, room=1)]
        self.assertEqual(self._broken(11, placed), [])
        self.assertEqual(self._broken(12, placed), [])

    def test_relations(self):
        """Hard relations with events that are placed already."""
        placed = [Placed(event=2, section=2, start=12, duration=1, room=1)]
        cases = [
            ("same_day", 0, {11, 12, 14}),
            ("different_day", 0, {21, 22, 24}),
            ("same_time", 0, {12, 22}),
            ("different_time", 0, {11, 14, 21, 24}),
            ("not_overlapping", 0, {11, 14, 21, 22, 24}),
            ("precedence", 0, {11}),
            ("back_to_back", 0, {11}),
            ("minimum_gap", 1, {14, 21, 22, 24}),
            ("maximum_days", 1, {11, 12, 14}),
        ]
        for kind, value, expected in cases:
            with self.subTest(kind):
                rule = Rule(id=4, type=kind, events=(1, 2), value=value)
                need = Candidate(1, 1, rules=(rule,), needs_room=False)
                verdicts = Feasibility(GRID, need, placed, []).verdicts()
                possible = {slot for slot, row in verdicts.items() if row.feasible}
                self.assertEqual(possible, expected)

    def test_same_room(self):
        """The same room, where the other event has one."""
        placed = [Placed(event=2, section=2, start=21, duration=1, room=3)]
        rule = Rule(id=4, type="same_room", events=(1, 2))
        need = Candidate(1, 1, rules=(rule,))
        rooms = [Room(1, 10), Room(3, 20)]
        self.assertEqual(Feasibility(GRID, need, placed, rooms).verdict(11).rooms, (3,))


@tagged("post_install", "-at_install")
class TestBoard(TransactionCase):
    """The board's calls, on a week of two classes that share a student."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        groups = "timetable_nep.group_timetable_"
        cls.officer = new_test_user(cls.env, "board_officer", groups + "officer")
        cls.coordinator = new_test_user(cls.env, "board_coord", groups + "coordinator")
        cls.approver = new_test_user(cls.env, "board_approver", groups + "approver")
        cls.outsider = new_test_user(cls.env, "board_outsider", "base.group_user")
        cls.grid = cls.env["timetable.grid"].create(
            {"name": "Board grid", "days": 2, "periods": 4, "break_after": 2}
        )
        cls.grid.action_fill()
        cls.slots = {(slot.day, slot.period): slot.id for slot in cls.grid.timeslot_ids}
        cls.term = cls.env["timetable.term"].create(
            {"name": "Board term", "grid_id": cls.grid.id}
        )
        cls.room, cls.hall = cls.env["timetable.room"].create(
            [{"name": "Room 1", "capacity": 60}, {"name": "Hall", "capacity": 200}]
        )
        cls.term.room_ids = cls.room | cls.hall
        cls.teacher = cls.env["timetable.faculty"].create(
            {
                "partner_id": cls.env["res.partner"].create({"name": "Dr Board"}).id,
                "code": "F1",
            }
        )
        cls.physics = cls._make_class("Physics", [1, 2])
        cls.chemistry = cls._make_class("Chemistry", [1])
        cls.chemistry.faculty_ids = cls.teacher
        cls.student = cls.env["timetable.student"].create(
            {"partner_id": cls.env["res.partner"].create({"name": "A Student"}).id}
        )
        Variant = cls.env["timetable.variant"]
        cls.variant = Variant._guarded().create(
            {
                "name": "By hand",
                "term_id": cls.term.id,
                "key": "A",
                "profile": "balanced",
                "total": 3,
                "sectioning": Variant._pack_sectioning(
                    {cls.student.id: (cls.physics | cls.chemistry).ids}
                ),
            }
        )
        # Without the guard, as every caller but the storing of a result.
        cls.variant = Variant.browse(cls.variant.id)
        cls.first, cls.double = cls.physics.event_ids
        cls.other = cls.chemistry.event_ids

    @classmethod
    def _make_class(cls, name, durations):
        course = cls.env["timetable.course"].create(
            {"name": name, "code": not name.startswith("Extra") and name[:3]}
        )
        offering = cls.env["timetable.offering"].create(
            {"term_id": cls.term.id, "course_id": course.id}
        )
        return cls.env["timetable.class"].create(
            {
                "offering_id": offering.id,
                "limit": 50,
                "event_ids": [
                    Command.create(
                        {
                            "sequence": index,
                            "duration": duration,
                            "room_type_id": cls.room.type_id.id,
                        }
                    )
                    for index, duration in enumerate(durations)
                ],
            }
        )

    def _board(self, user=None):
        return self.variant.with_user(user or self.officer)

    def _cells(self, event):
        return self._board().board_feasibility(event.id)["cells"]

    def test_options(self):
        """The week's shape, with its break as a missing period."""
        options = self._board().board_options(self.variant.id)
        self.assertEqual(
            [row["name"] for row in options["days"]], ["Monday", "Tuesday"]
        )
        self.assertEqual([row["period"] for row in options["periods"]], [1, 2, 4, 5])
        self.assertEqual(len(options["timeslots"]), 8)
        self.assertTrue(options["variant"]["can_edit"])
        self.assertEqual(options["variant"]["total"], 3)
        self.assertIn(self.variant.id, [row["id"] for row in options["variants"]])

    def test_no_timetable(self):
        """A university without any timetable sees that, instead of an error."""
        company = self.env["res.company"].create({"name": "New university"})
        self.officer.write({"company_ids": company.ids, "company_id": company.id})
        options = self.env["timetable.variant"].with_user(self.officer).board_options()
        self.assertFalse(options["variant"])
        with self.assertRaises(AccessError):
            self._board().board_data("class")

    def test_views(self):
        """Each view shows its own events; what has no place is in the tray."""
        board = self._board()
        board.board_move(self.other.id, self.slots[0, 1], self.hall.id)
        for view_by, resource, expected in (
            ("class", self.chemistry, self.other),
            ("class", self.physics, self.env["timetable.event"]),
            ("faculty", self.teacher, self.other),
            ("room", self.hall, self.other),
            ("room", self.room, self.env["timetable.event"]),
        ):
            with self.subTest(view=view_by, resource=resource.display_name):
                data = board.board_data(view_by, resource.id)
                self.assertEqual([row["id"] for row in data["events"]], expected.ids)
                self.assertEqual(data["unplaced_count"], 2)
                self.assertEqual(
                    {row["id"] for row in data["unplaced"]},
                    set((self.first | self.double).ids),
                )
        card = board.board_data("room", self.hall.id)["events"][0]
        self.assertEqual(card["room"], "Hall")
        self.assertEqual(card["faculty"][0]["name"], "Dr Board")
        self.assertEqual((card["day"], card["period"]), (0, 1))

    def test_search(self):
        """The search box finds by name, within the term."""
        board = self._board()
        names = [row["name"] for row in board.board_resources("class", "Phy")]
        self.assertEqual(names, [self.physics.display_name])
        self.assertEqual(
            board.board_resources("faculty", "board")[0]["name"], "Dr Board"
        )
        self.assertEqual(len(board.board_resources("room")), 2)
        with self.assertRaises(UserError):
            board.board_resources("planet")

    def test_feasibility_names_rule_and_people(self):
        """A shared student shows as a sentence with the number and the class."""
        self._board().board_move(self.other.id, self.slots[0, 1])
        cell = self._cells(self.first)[self.slots[0, 1]]
        self.assertFalse(cell["ok"])
        self.assertEqual(cell["short"], "Students busy")
        self.assertEqual(
            cell["reason"], f"One student is in {self.chemistry.display_name} then."
        )
        self.assertTrue(self._cells(self.first)[self.slots[0, 2]]["ok"])
        # Two periods: neither across the break nor past the day's end.
        double = self._cells(self.double)
        possible = {slot for slot, row in double.items() if row["ok"]}
        self.assertEqual(
            possible, {self.slots[0, 4], self.slots[1, 1], self.slots[1, 4]}
        )

    def test_move_refused(self):
        """The server checks again: a forged call breaks no rule."""
        board = self._board()
        board.board_move(self.other.id, self.slots[0, 1], self.room.id)
        for event, slot, room, words in (
            (self.first, self.slots[0, 1], self.hall.id, "One student is in"),
            (self.double, self.slots[0, 5], False, "run into a break"),
            (self.first, self.slots[0, 2], 0x7FFFFFFF, "cannot be used"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                board.board_move(event.id, slot, room)
        self.assertEqual(self.variant.assignment_ids.event_id, self.other)

    def test_move_unplace_counts(self):
        """Placing and taking off keep the counts that approval looks at."""
        board = self._board()
        card = board.board_move(self.first.id, self.slots[0, 1])
        self.assertEqual(card["room_id"], self.room.id, "the smallest that seats all")
        self.assertEqual((self.variant.placed, self.variant.unplaced_count), (1, 2))
        card = board.board_move(self.first.id, self.slots[0, 2], self.hall.id)
        self.assertEqual((card["room_id"], card["period"]), (self.hall.id, 2))
        self.assertEqual(self.variant.placed, 1)
        card = board.board_move(self.first.id, False)
        self.assertFalse(card["timeslot_id"])
        self.assertEqual((self.variant.placed, self.variant.unplaced_count), (0, 3))
        self.assertIn(self.first, self.variant.unplaced_event_ids)
        self.assertEqual(self.variant.board_revision, 3)

    def test_pin(self):
        """A pinned event stays until it is unpinned."""
        board = self._board()
        board.board_move(self.first.id, self.slots[0, 1])
        self.assertTrue(board.board_pin([self.first.id])[0]["pinned"])
        with self.assertRaisesRegex(UserError, "pinned"):
            board.board_move(self.first.id, self.slots[0, 2])
        self.assertFalse(board.board_unpin([self.first.id])[0]["pinned"])
        board.board_move(self.first.id, self.slots[0, 2])
        with self.assertRaises(UserError):
            board.board_pin([self.double.id])

    def test_roles(self):
        """Planners look; only an officer moves, and only in a draft."""
        for user in (self.coordinator, self.approver):
            board = self._board(user)
            self.assertFalse(board.board_data("class")["variant"]["can_edit"])
            board.board_feasibility(self.first.id)
            with self.assertRaises(AccessError):
                board.board_move(self.first.id, self.slots[0, 1])
            with self.assertRaises(AccessError):
                board.board_pin([self.first.id])
        with self.assertRaises(AccessError):
            self._board(self.outsider).board_data("class")
        self.variant._guarded().write({"state": "submitted"})
        self.assertIn("submitted", self._board()._board_summary()["read_only_reason"])
        with self.assertRaises(UserError):
            self._board().board_move(self.first.id, self.slots[0, 1])

    def test_other_term(self):
        """Events and timeslots of elsewhere are refused."""
        grid = self.env["timetable.grid"].create({"name": "Elsewhere", "days": 1})
        grid.action_fill()
        with self.assertRaises(UserError):
            self._board().board_move(self.first.id, grid.timeslot_ids[0].id)
        with self.assertRaises(UserError):
            self._board().board_feasibility(0)

    def test_queries_do_not_grow(self):
        """Twice the events, the same number of queries."""

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            board = self._board()
            board.board_data("department", department.id)
            board.board_feasibility(self.first.id)
            return self.env.cr.sql_log_count - before

        department = self.env["timetable.department"].create({"name": "Sciences"})
        self.physics.offering_id.department_id = department
        count()
        few = count()
        for number in range(12):
            extra = self._make_class(f"Extra {number}", [1, 1, 1])
            extra.offering_id.department_id = department
            extra.faculty_ids = self.teacher
        self.assertLessEqual(count(), few + 2)
        self.assertLess(few, 70)


@tagged("post_install", "-at_install")
class TestPanel(TransactionCase):
    """What the panel is told, and who hears it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.officer = new_test_user(
            cls.env, "panel_officer", "timetable_nep.group_timetable_officer"
        )
        cls.outsider = new_test_user(cls.env, "panel_outsider", "base.group_user")
        grid = cls.env["timetable.grid"].create({"name": "Panel grid", "days": 1})
        cls.term = cls.env["timetable.term"].create(
            {"name": "Panel term", "grid_id": grid.id}
        )
        cls.run_ = cls.env["timetable.run"].create(
            {"name": "Panel run", "term_id": cls.term.id}
        )
        cls.run_._guarded().write({"state": "queued"})

    def _shown(self, user):
        runs = self.env["timetable.run"].with_user(user).panel_data()
        return {row["id"]: row for row in runs}

    def test_panel_data(self):
        """Active runs and those that ended in the last day; drafts never."""
        self.run_._guarded().write({"state": "running"})
        self.run_._guarded().write(
            {"overall_progress": 33.33, "stage": "cpsat_solving", "eta_seconds": 12}
        )
        row = self._shown(self.officer)[self.run_.id]
        self.assertEqual((row["state"], row["overall_progress"]), ("running", 33.33))
        self.assertEqual((row["term"], row["eta_seconds"]), ("Panel term", 12))
        self.assertTrue(row["can_cancel"])
        draft = self.run_.copy()
        self.assertNotIn(draft.id, self._shown(self.officer))
        self.run_._guarded().write(
            {"state": "failed", "ended_at": "2020-01-01 00:00:00"}
        )
        self.assertNotIn(self.run_.id, self._shown(self.officer))

    def test_outsider(self):
        """Who may not read runs gets an empty list, not an error."""
        self.assertEqual(
            self.env["timetable.run"].with_user(self.outsider).panel_data(), []
        )

    def test_channel(self):
        """Planners listen to their companies; others cannot ask for it."""
        company = self.env.company

        def channels(user, asked):
            Websocket = self.env["ir.websocket"].with_user(user)
            listed = Websocket._build_bus_channel_list(asked)
            return [row for row in listed if isinstance(row, tuple)]

        with self.subTest("officer"), self._websocket_request():
            self.assertIn((company, "timetable_nep"), channels(self.officer, []))
        with self.subTest("outsider"), self._websocket_request():
            listed = channels(self.outsider, ["timetable_nep"])
            self.assertNotIn((company, "timetable_nep"), listed)

    def _websocket_request(self):
        return MockRequest(self.env)

    def test_notify(self):
        """A change is sent once, to the run's company."""
        self.env.cr.precommit.run()
        last = self.env["bus.bus"].sudo()._bus_last_id()
        self.run_._notify_panel()
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([("id", ">", last)])
        self.assertEqual(len(rows), 1)
        self.assertIn("timetable_nep", rows.channel)
        self.assertIn('"res.company"', rows.channel)
        self.assertIn(f'"id":{self.run_.id},', rows.message.replace(" ", ""))
