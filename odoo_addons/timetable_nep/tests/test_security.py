from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import BECAUSE, TimetableCase, make_variant, repository, small_problem

STRUCTURE = (
    *("grid", "timeslot", "department", "building", "travel"),
    *("room.type", "room.feature", "room", "programme"),
    *("band", "basket", "term", "relation", "relation.line", "week.pattern"),
    "joint.class",
)
TEACHING = (
    *("course", "offering", "class", "event", "batch", "enrolment"),
    *("faculty", "faculty.availability", "component", "enrolment.class"),
    *("course.rule", "seat.reservation"),
    "room.wish",
)
LIFE = ("student", "run", "variant", "assignment")
PERSONAL = (
    *("faculty", "faculty.availability", "student", "assignment"),
    *("enrolment", "enrolment.class", "seat"),
    *("choice", "wish", "waiting"),
)

READ, ALL, NONE = "r", "rwcu", ""
MATRIX = {
    **{model: {"coordinator": READ, "approver": READ} for model in STRUCTURE},
    **{model: {"coordinator": ALL, "approver": READ} for model in TEACHING},
    **{model: {"coordinator": READ, "approver": READ} for model in LIFE},
    "import": {"officer": READ, "admin": READ},
    "holiday": {"coordinator": READ, "approver": READ},
    "absence": {"coordinator": READ, "approver": READ},
    **{
        model: dict.fromkeys(("coordinator", "officer", "approver", "admin"), READ)
        for model in (
            *("meeting", "meeting.change"),
            *("seat", "room.use", "workload", "student.week", "run.history"),
        )
    },
    "choice.window": {"coordinator": READ, "approver": READ},
    # Wishes are the student's and the office's; others see numbers.
    **{model: {"portal": READ} for model in ("choice", "wish", "waiting")},
    "choice.demand": dict.fromkeys(
        ("coordinator", "officer", "approver", "admin"), READ
    ),
    "change.request": {
        **{"coordinator": READ, "approver": READ, "portal": READ},
        **{"officer": "rw", "admin": "rw"},
    },
    "feed": {"coordinator": READ, "officer": READ, "approver": NONE, "admin": READ},
    "week.visit": {"officer": NONE, "admin": NONE},
    "meeting.gone": {"officer": NONE, "admin": NONE},
    "meeting.notice": {"officer": READ, "admin": READ},
    # Placements change by the board's methods only, which check every hard rule.
    "assignment": dict.fromkeys(("coordinator", "officer", "approver", "admin"), READ),
    "webhook.event": {"admin": READ, "officer": NONE, "robot": "rc"},
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
ROLES = ("coordinator", "officer", "approver", "admin", "portal", "internal", "robot")
ROLES_PAGE = ("docs", "reference", "roles.md")


def expected_rights(model, role):
    """What a role may do with a model: letters of :data:`OPERATIONS`."""
    rights = MATRIX[model]
    if role in rights:
        return rights[role]
    if role in ("officer", "admin"):
        return ALL
    if role == "portal":
        return READ if model in PERSONAL else NONE
    if role == "robot":
        return {"run": "rw", "term": READ, "variant": READ}.get(model, NONE)
    return NONE


class TestSecurity(TimetableCase):
    """Each role on each model: what it may do, and what it may not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.robot = cls.env.ref("timetable_nep.user_robot")
        data = small_problem() | {"previous": []}
        cls.term = cls.import_problem(data)
        cls.physics = cls.env["timetable.department"].search(
            [
                ("code", "=", "PHY"),
                ("id", "in", cls.term.offering_ids.department_id.ids),
            ]
        )
        cls.physics.coordinator_ids = cls.coordinator
        cls.hindi = cls.term.offering_ids.department_id - cls.physics

    def test_matrix(self):
        roles = {role: getattr(self, role) for role in ROLES}
        models = {
            name
            for name in self.env.registry
            if name.startswith("timetable.")
            and not self.env[name]._abstract
            and not self.env[name]._transient
        }
        self.assertEqual({f"timetable.{name}" for name in MATRIX}, models)
        for name in MATRIX:
            for role, user in roles.items():
                model = self.env[f"timetable.{name}"].with_user(user)
                expected = expected_rights(name, role)
                for letter, operation in OPERATIONS.items():
                    with self.subTest(model=name, role=role, operation=operation):
                        self.assertEqual(
                            model.has_access(operation), letter in expected
                        )

    def test_roles_page_is_true(self):
        """The table in the documentation is what access rows and record rules say."""
        root = repository()
        if not root:
            self.skipTest("The addon is installed without its repository.")
        lines = [
            "| Model | " + " | ".join(role.capitalize() for role in ROLES) + " |",
            "| --- |" + " --- |" * len(ROLES),
        ]
        for name in MATRIX:
            cells = [self._rights_in_words(name, getattr(self, role)) for role in ROLES]
            lines.append(f"| `timetable.{name}` | " + " | ".join(cells) + " |")
        table = "\n".join(lines)
        page = root.joinpath(*ROLES_PAGE).read_text()
        self.assertIn(table, page, f"Put this into {'/'.join(ROLES_PAGE)}:\n{table}")

    def _rights_in_words(self, name, user):
        model = self.env[f"timetable.{name}"].with_user(user)
        words = [word for word in OPERATIONS.values() if model.has_access(word)]
        if not words:
            return "–"
        said = "all" if len(words) == len(OPERATIONS) else ", ".join(words)
        if self._some_only(model, "read"):
            return f"{said} (own)"
        if "write" in words and self._some_only(model, "write"):
            return f"{said} (changes own)"
        return said

    def _some_only(self, model, mode):
        """Whether rules of the reader's groups leave out records of the university."""
        groups = model.env.user.all_group_ids
        rules = model.env["ir.rule"]._get_rules(model._name, mode).sudo()
        domains = [
            "".join((rule.domain_force or "[]").split())
            for rule in rules
            if rule.groups & groups
        ]
        return bool(domains) and not {"[]", "[(1,'=',1)]"} & set(domains)

    def test_wizards_are_for_officers(self):
        for role in ("coordinator", "approver", "internal", "portal"):
            for model in (
                "timetable.import.wizard",
                "timetable.generate.wizard",
                "timetable.roll.over.wizard",
            ):
                with (
                    self.subTest(role=role, model=model),
                    self.assertRaises(AccessError),
                ):
                    self.env[model].with_user(getattr(self, role)).create({})

    def test_coordinator_edits_own_department_only(self):
        sections = self.env["timetable.class"].search([("term_id", "=", self.term.id)])
        own = sections.filtered(lambda s: s.department_id == self.physics)
        other = sections - own
        self.assertTrue(own and other)
        own.with_user(self.coordinator).write({"limit": 31})
        self.assertEqual(other.with_user(self.coordinator).mapped("limit"), [60])
        for operation in (
            lambda: other.with_user(self.coordinator).write({"limit": 31}),
            lambda: other.with_user(self.coordinator).unlink(),
            lambda: other.event_ids.with_user(self.coordinator).write({"duration": 2}),
            lambda: (
                self.env["timetable.course"]
                .with_user(self.coordinator)
                .create({"name": "x", "department_id": self.hindi.id})
            ),
            lambda: self.term.room_ids.with_user(self.coordinator).write(
                {"capacity": 1}
            ),
        ):
            with self.assertRaises(AccessError):
                operation()
        course = (
            self.env["timetable.course"]
            .with_user(self.coordinator)
            .create({"name": "x", "department_id": self.physics.id})
        )
        self.assertTrue(course)

    def test_coordinator_sees_own_offerings_only(self):
        """Neither another department's offerings nor who chose them."""
        ours = self.term.offering_ids.filtered(
            lambda o: o.department_id == self.physics
        )
        others = self.term.offering_ids - ours
        self.assertTrue(ours and others)
        term = [("term_id", "=", self.term.id)]
        seen = self.env["timetable.offering"].with_user(self.coordinator).search(term)
        self.assertEqual(seen, ours)
        with self.assertRaises(AccessError):
            others.with_user(self.coordinator).read(["category"])
        choices = self.env["timetable.enrolment"].search(term)
        seen = self.env["timetable.enrolment"].with_user(self.coordinator).search(term)
        self.assertEqual(seen, choices.filtered(lambda row: row.offering_id in ours))
        self.assertLess(len(seen), len(choices))

    def test_coordinator_sees_when_what_is_shared_is_taken(self):
        """A room or a person that others use: when, and for which class; to read."""
        classes = self.env["timetable.class"].search([("term_id", "=", self.term.id)])
        theirs = classes.filtered(lambda s: s.department_id == self.hindi)[0]
        event, room = theirs.event_ids[0], self.term.room_ids[0]
        member = classes.faculty_ids.filtered(lambda f: f.department_id == self.physics)
        theirs.faculty_ids = member[0]
        variant = make_variant(
            self.term,
            [(event, self.term.grid_id.timeslot_ids[0], room)],
            state="approved",
        )
        variant.with_user(self.approver).action_publish(reason=BECAUSE)
        for shared in (room, member[0]):
            record = shared.with_user(self.coordinator)
            self.assertEqual(record.taken_count, 1)
            action = record.action_open_week()
            taken = (
                self.env["timetable.assignment"]
                .with_user(self.coordinator)
                .search(action["domain"])
            )
            self.assertEqual(taken.event_id, event)
            self.assertTrue(taken.display_name and taken.timeslot_id.display_name)
            with self.assertRaises(UserError):
                taken.write({"room_id": False})
        data = variant.with_user(self.coordinator).board_data("room", room.id)
        self.assertEqual([card["id"] for card in data["events"]], event.ids)
        self.assertEqual(data["events"][0]["course"], theirs.course_id.name)
        self.assertFalse(data["variant"]["can_edit"])

    def test_coordinator_looks_at_every_week(self):
        """Board, conflicts and files show other departments' classes, to read."""
        variant = make_variant(self.term).with_user(self.coordinator)
        for view in ("batch", "class", "faculty", "room", "department"):
            for resource in variant.board_resources(view):
                with self.subTest(view=view, resource=resource["name"]):
                    data = variant.board_data(view, resource["id"])
                    self.assertEqual(data["resource"]["id"], resource["id"])
        for ending in ("csv", "xlsx", "xml", "sol"):
            with self.subTest(ending=ending):
                self.assertTrue(variant._export(ending)[0])

    def test_runs_are_asked_for_by_officers(self):
        run = self.env["timetable.run"].create({"term_id": self.term.id})
        for role in ("coordinator", "approver", "internal", "portal"):
            user = getattr(self, role)
            for method in ("action_generate", "action_cancel"):
                with self.subTest(role=role), self.assertRaises(AccessError):
                    getattr(run.with_user(user), method)()

    def test_portal_reads_own_only(self):
        variant = make_variant(self.term, state="approved")
        student = self.env["timetable.student"].search([("code", "=", "S1")])
        student.partner_id = self.portal.partner_id
        other = self.env["timetable.student"].search([("code", "=", "S3")])
        other.partner_id = self.other_portal.partner_id
        first = self.env["timetable.class"].search([("code", "=", "PHY101-1")])
        student.enrolment_ids.filtered(
            lambda row: row.offering_id == first.offering_id
        ).class_id = first

        def seen(model, user):
            return self.env[f"timetable.{model}"].with_user(user).search([])

        self.assertEqual(seen("student", self.portal), student)
        self.assertEqual(seen("enrolment", self.portal), student.enrolment_ids)
        self.assertEqual(seen("enrolment", self.other_portal), other.enrolment_ids)
        self.assertFalse(seen("faculty", self.portal))
        self.assertFalse(seen("assignment", self.portal), "not in force yet")
        variant.with_user(self.approver).action_publish(reason=BECAUSE)
        own = seen("assignment", self.portal)
        self.assertEqual(own.sudo().event_id.class_id, first)
        self.assertNotIn(first, seen("assignment", self.other_portal).sudo().class_id)
        with self.assertRaises(AccessError):
            other.with_user(self.portal).read(["code"])
        with self.assertRaises(AccessError):
            variant.with_user(self.portal).read(["name"])

    def test_portal_faculty_sees_own_events(self):
        teacher = self.env["timetable.faculty"].search([("code", "=", "F3")])
        teacher.partner_id = self.portal.partner_id
        make_variant(self.term, state="approved").with_user(
            self.approver
        ).action_publish(reason=BECAUSE)
        seen = self.env["timetable.assignment"].with_user(self.portal).search([])
        self.assertEqual(
            set(seen.sudo().event_id.mapped("code")),
            {"E2", "E3"},
            "E4 has nobody, E1 is another's",
        )

    def test_token_and_secret_are_hidden(self):
        self.env["ir.config_parameter"].set_param("timetable_nep.sidecar_token", "t")
        for role in ("coordinator", "officer", "approver", "internal", "portal"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.env["ir.config_parameter"].with_user(
                    getattr(self, role)
                ).get_param("timetable_nep.sidecar_token")

    def test_robot_serves_all_companies(self):
        company = self.env["res.company"].create({"name": "Second"})
        officer = new_test_user(
            self.env,
            "tt_second",
            groups="timetable_nep.group_timetable_officer",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        grid = self.env["timetable.grid"].with_user(officer).create({"name": "G"})
        term = (
            self.env["timetable.term"]
            .with_user(officer)
            .create({"name": "T", "grid_id": grid.id})
        )
        run = self.env["timetable.run"].with_user(officer).create({"term_id": term.id})
        self.assertTrue(run.with_user(self.robot).term_id.name)
        self.assertFalse(
            self.env["timetable.run"].with_user(self.officer).search([]) & run
        )
