from datetime import date, timedelta

from lxml import etree

from .common import BECAUSE, TimetableCase, make_variant

SMALL, LARGE = 4, 24
LISTS = (
    *("variant", "run", "term", "event", "class", "offering", "course"),
    *("enrolment", "student", "faculty", "room", "assignment", "batch"),
)


def university(size):
    """A problem whose every kind of row grows with ``size``."""
    slots = [
        {
            "id": f"T{day}{period}",
            "day": day,
            "period": period,
            "start": f"{8 + period:02d}:00",
            "end": f"{9 + period:02d}:00",
        }
        for day in range(5)
        for period in range(1, 7)
    ]
    courses = range(size)
    return {
        "version": "1.0",
        "name": f"University of {size}",
        "departments": [{"id": f"D{c}", "name": f"Department {c}"} for c in courses],
        "faculty": [{"id": f"F{c}", "department": f"D{c}"} for c in courses],
        "rooms": [
            {"id": f"R{c}", "name": f"Room {c}", "capacity": 60} for c in courses
        ],
        "timeslots": slots,
        "offerings": [
            {"id": f"C{c}", "name": f"Course {c}", "department": f"D{c}"}
            for c in courses
        ],
        "classes": [
            {
                "id": f"C{c}-{n}",
                "offering": f"C{c}",
                "faculty": [f"F{c}"],
                "limit": 60,
                "events": [{"id": f"E{c}.{n}.{k}"} for k in range(2)],
            }
            for c in courses
            for n in range(2)
        ],
        "curricula": [
            {"id": f"B{c}", "name": f"Batch {c}", "classes": [f"C{c}-0", f"C{c}-1"]}
            for c in courses
        ],
        "students": [
            {"id": f"S{s}", "offerings": [f"C{s % size}", f"C{(s + 1) % size}"]}
            for s in range(size * 3)
        ],
    }


class TestQueryCounts(TimetableCase):
    """Queries of the pages that people wait for do not grow with the university."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pairs = {size: cls._make(size) for size in (SMALL, LARGE)}

    @classmethod
    def _make(cls, size):
        term = cls.import_problem(university(size), reuse=True)
        first = make_variant(term)
        slots, rooms = term.grid_id.timeslot_ids, term.room_ids
        events = cls.env["timetable.event"].search([("term_id", "=", term.id)])
        second = make_variant(
            term,
            [
                (event, slots[(n * 7 + 3) % len(slots)], rooms[(n + 1) % len(rooms)])
                for n, event in enumerate(events)
            ],
            name="Another",
        )
        sections = cls.env["timetable.class"].search([("term_id", "=", term.id)])
        given = {}
        for row in cls.env["timetable.enrolment"].search([("term_id", "=", term.id)]):
            mine = sections.filtered(
                lambda section, row=row: section.offering_id == row.offering_id
            )
            given.setdefault(row.student_id.id, []).append(mine[:1].id)
        for variant in (first, second):
            variant.sudo()._guarded().sectioning = variant._pack_sectioning(given)
        return first.with_user(cls.officer), second.with_user(cls.officer)

    def _queries(self, call):
        """Queries of a call with an empty record cache, and a second time round."""
        call()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        return self.env.cr.sql_log_count - before

    def _assert_flat(self, name, call, most):
        """A call takes as many queries in the large university as in the small."""
        few, many = (self._queries(lambda s=size: call(s)) for size in self.pairs)
        self.assertLessEqual(many, few, f"{name}: {few} queries became {many}")
        self.assertLessEqual(many, most, name)

    def _first(self, size):
        return self.pairs[size][0]

    def _event(self, size):
        return self._first(size).sudo().assignment_ids[0].event_id.id

    def test_board(self):
        for kind in ("batch", "class", "faculty", "room", "department"):
            with self.subTest(view_by=kind):
                self._assert_flat(
                    kind, lambda s, k=kind: self._first(s).board_data(k), most=80
                )
                self._assert_flat(
                    kind, lambda s, k=kind: self._first(s).board_resources(k), most=20
                )
        self._assert_flat(
            "options", lambda s: self._first(s).board_options(self._first(s).id), 30
        )

    def test_dragging(self):
        """The whole week's verdicts for one event, and the ways out."""
        for method in ("board_feasibility", "board_suggestions"):
            with self.subTest(method=method):
                self._assert_flat(
                    method,
                    lambda s, m=method: getattr(self._first(s), m)(self._event(s)),
                    most=50,
                )

    def test_conflicts(self):
        self._assert_flat("conflicts", lambda s: self._first(s).conflicts_data(), 60)

    def test_compare(self):
        def both(size):
            first, second = self.pairs[size]
            first.compare_data(second.id)
            first.compare_moves(second.id)

        self._assert_flat("compare", both, most=40)

    def test_publish(self):
        def publish(size):
            first = self._first(size)
            with self.env.cr.savepoint() as savepoint:
                first._guarded().sudo().write({"state": "submitted"})
                first._guarded().sudo().write({"state": "approved"})
                first.with_user(self.approver).action_publish(reason=BECAUSE)
                savepoint.rollback()

        self._assert_flat("publish", publish, most=80)

    def _publish(self, size):
        """Over eighteen weeks; another one from a week on, and the way back."""
        monday = date(2027, 1, 4)
        first, second = (row.sudo() for row in self.pairs[size])
        first.term_id.write(
            {"date_start": monday, "date_end": monday + timedelta(days=125)}
        )
        for variant in (first, second):
            for state in ("submitted", "approved"):
                variant._guarded().write({"state": state})
        first.with_user(self.approver).action_publish(reason=BECAUSE)
        later = monday + timedelta(days=28)
        for variant in (second, first):
            variant.with_user(self.approver).action_publish(later, reason=BECAUSE)
        meetings = self.env["timetable.meeting"].sudo()
        rows = meetings.search_count([("term_id", "=", first.term_id.id)])
        self.assertEqual(rows, 18 * size * 4)

    def test_publish_over_eighteen_weeks(self):
        def publish(size):
            with self.env.cr.savepoint() as savepoint:
                self._publish(size)
                savepoint.rollback()

        self._assert_flat("publish over eighteen weeks", publish, most=400)

    def test_a_student_s_week(self):
        """Of a large university as of a small one, both in force."""
        people = {}
        for size in self.pairs:
            self._publish(size)
            term = self._first(size).sudo().term_id
            seat = self.env["timetable.seat"].sudo()
            seat = seat.search([("class_id.term_id", "=", term.id)], limit=1)
            people[size] = seat.student_id.partner_id
        week = self.env["timetable.week"]
        for size, partner in people.items():
            self.assertTrue(
                week._of_partner(partner, date(2027, 1, 4))["pattern"], size
            )
        self._assert_flat(
            "a student's week",
            lambda size: week._of_partner(people[size], date(2027, 1, 4)),
            most=40,
        )

    def test_snapshot(self):
        self._assert_flat(
            "snapshot",
            lambda s: self._first(s).term_id._snapshot_problem(),
            most=50,
        )

    def test_lists(self):
        """What the web client asks for: 80 rows cost as many queries as 8."""
        for name in LISTS:
            Model = self.env[f"timetable.{name}"].with_user(self.officer)
            arch = Model.get_views([(False, "list")])["views"]["list"]["arch"]
            names = {node.get("name") for node in etree.fromstring(arch).iter("field")}
            specification = {
                field: {"fields": {"display_name": {}}}
                if Model._fields[field].relational
                else {}
                for field in sorted(names & set(Model._fields))
            }

            def read(limit, Model=Model, specification=specification):
                Model.web_search_read([], specification, limit=limit)

            with self.subTest(model=name):
                few = self._queries(lambda read=read: read(2))
                many = self._queries(lambda read=read: read(80))
                self.assertLessEqual(many, few + 1, f"{name}: {few} became {many}")
                self.assertLessEqual(many, 40, name)

    def test_cards(self):
        """Cards of the approval and of runs: twenty cost as many queries as two."""
        first = self._first(SMALL).sudo()
        Run = self.env["timetable.run"]
        for number in range(20):
            run = Run.create({"term_id": first.term_id.id, "name": f"Run {number}"})
            first._guarded().copy(
                {
                    "name": f"Plan {number}",
                    "run_id": run.id,
                    "attempt": 1,
                    "key": "A",
                    "trace": [[1, 2, 3], [4, 0, number]],
                    "metrics": {"rooms_used": 2.0 + number},
                    "state": "submitted" if number % 2 else "draft",
                }
            )
        for name in ("variant", "run"):
            Model = self.env[f"timetable.{name}"].with_user(self.officer)
            arch = Model.get_views([(False, "kanban")])["views"]["kanban"]["arch"]
            names = {node.get("name") for node in etree.fromstring(arch).iter("field")}
            self.assertIn("trace", names)
            specification = {
                field: {"fields": {"display_name": {}}}
                if Model._fields[field].relational
                else {}
                for field in sorted(names & set(Model._fields))
            }

            def read(limit, Model=Model, specification=specification):
                domain = [
                    ("name", "like", "Plan" if "variant" in Model._name else "Run")
                ]
                found = Model.web_search_read(domain, specification, limit=limit)
                rows = found["records"]
                self.assertEqual(len(rows), limit)
                self.assertTrue(any(row["trace"] for row in rows))

            with self.subTest(model=name):
                few = self._queries(lambda read=read: read(2))
                many = self._queries(lambda read=read: read(20))
                self.assertLessEqual(many, few + 1, f"{name}: {few} became {many}")
                self.assertLessEqual(many, 40, name)
