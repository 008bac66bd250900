"""What the roles may not learn or touch, beyond the table of rights."""

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from ..hooks import uninstall_hook
from .common import BECAUSE, TimetableCase, make_variant, small_problem


class RightsCase(TimetableCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem() | {"previous": []})
        departments = cls.term.offering_ids.department_id
        cls.physics = departments.filtered(lambda one: one.code == "PHY")
        cls.hindi = departments - cls.physics
        cls.physics.coordinator_ids = cls.coordinator


class TestPrivacy(RightsCase):
    """Promises made to students and faculty members."""

    def test_who_goes_where_is_read_by_nobody(self):
        variant = make_variant(self.term)
        student = self.env["timetable.student"].search([("code", "=", "S1")])
        packed = variant._pack_sectioning({student.id: [1]})
        variant.sudo()._guarded().sectioning = packed
        for role in ("coordinator", "officer", "approver", "admin"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                variant.with_user(getattr(self, role)).read(["sectioning"])
        self.assertTrue(variant.with_user(self.officer)._read_sectioning())

    def test_reason_of_an_absence_is_the_offices(self):
        absence = (
            self.env["timetable.absence"]
            .with_user(self.officer)
            .create(
                {
                    "faculty_id": self.env["timetable.faculty"].search([], limit=1).id,
                    "date_start": "2026-12-01",
                    "reason": "Operation",
                }
            )
        )
        self.assertEqual(absence.reason, "Operation")
        self.assert_hidden(absence, "reason", "Operation")

    def test_reason_of_a_request_is_the_offices(self):
        request, _other = self.ask_for_swap()
        self.assertEqual(request.with_user(self.officer).reason, "<b>Mother ill</b>")
        self.assert_hidden(request, "reason", "Mother")
        notes = request.activity_ids.mapped("note")
        self.assertFalse(any(notes), "an activity is read by more than the office")

    def assert_hidden(self, record, field, text):
        """Neither read, searched, exported nor grouped by, but by officers."""
        export = self.env.ref("base.group_allow_export")
        (self.coordinator + self.approver).group_ids += export
        for role in ("coordinator", "approver"):
            theirs = record.with_user(getattr(self, role))
            for what, call in {
                "read": lambda r=theirs: r.read([field]),
                "search": lambda r=theirs: r.search([(field, "ilike", text)]),
                "export": lambda r=theirs: r.export_data([field]),
                "group": lambda r=theirs: r.formatted_read_group([], [field]),
                "order": lambda r=theirs: r.search([], order=field),
            }.items():
                with (
                    self.subTest(role=role, what=what),
                    mute_logger("odoo.addons.base.models.ir_model"),
                    self.assertRaises(AccessError),
                ):
                    call()

    def ask_for_swap(self):
        """A request of the portal user, who teaches the first class."""
        classes = self.env["timetable.class"].search([("term_id", "=", self.term.id)])
        faculty = self.env["timetable.faculty"].search([])
        mine, theirs = classes.event_ids.filtered(lambda one: one.duration == 1)[:2]
        own, colleague = faculty[:2]
        own.sudo().partner_id = self.portal.partner_id
        mine.write({"own_faculty": True, "faculty_ids": own.ids})
        theirs.write({"own_faculty": True, "faculty_ids": colleague.ids})
        variant = make_variant(self.term, state="approved")
        variant.with_user(self.approver).action_publish(reason=BECAUSE)
        request = (
            self.env["timetable.change.request"]
            .sudo()
            ._guarded()
            .create(
                {
                    "faculty_id": own.id,
                    "term_id": self.term.id,
                    "event_id": mine.id,
                    "kind": "swap",
                    "other_event_id": theirs.id,
                    "reason": "<b>Mother ill</b>",
                }
            )
        )
        request._ask_officer(variant)
        return request, colleague

    def test_wishes_of_a_colleague_cannot_be_probed(self):
        request, colleague = self.ask_for_swap()
        self.env["timetable.faculty.availability"].create(
            [
                {"faculty_id": colleague.id, "timeslot_id": slot.id, "level": "cannot"}
                for slot in self.term.grid_id.timeslot_ids
            ]
        )
        variant = self.term.published_variant_id
        texts = {
            user: variant.with_user(user)._change_verdict(
                request.event_id, **request._wanted()
            )
            for user in (self.portal, self.internal, self.officer)
        }
        self.assertFalse(any(possible for possible, _text in texts.values()))
        self.assertIn(f"{colleague.name} is not available", texts[self.officer][1])
        for user in (self.portal, self.internal):
            self.assertNotIn(colleague.name, texts[user][1])
            self.assertIn("The class is not available then.", texts[user][1])


class TestOwnWork(RightsCase):
    """Each role can do what its page in the documentation says."""

    def test_coordinator_adds_a_lecturer(self):
        Faculty = self.env["timetable.faculty"].with_user(self.coordinator)
        member = Faculty.create(
            {
                "name": "Dr Meera Joshi",
                "email": "meera@example.edu",
                "department_id": self.physics.id,
            }
        )
        self.assertEqual(member.partner_id.name, "Dr Meera Joshi")
        member.write({"email": "joshi@example.edu", "name": "Dr M. Joshi"})
        self.assertEqual(member.partner_id.email, "joshi@example.edu")
        self.assertEqual(member.name, "Dr M. Joshi")
        count = self.env["res.partner"].search_count([])
        with self.assertRaises(AccessError), self.cr.savepoint():
            Faculty.create({"name": "Dr X", "department_id": self.hindi.id})
        self.assertEqual(self.env["res.partner"].search_count([]), count)
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.coordinator).create({"name": "x"})

    def test_the_form_asks_a_coordinator_for_a_name_only(self):
        Faculty = self.env["timetable.faculty"].with_user(self.coordinator)
        with Form(Faculty) as form:
            form.name = "Dr Lata Rao"
        member = form.record
        self.assertEqual(member.department_id, self.physics)
        self.assertEqual(member.partner_id.name, "Dr Lata Rao")

    def test_an_address_that_logs_in_is_the_offices(self):
        """A new e-mail is the way to a new password."""
        user = new_test_user(self.env, "tt_head", groups="base.group_portal")
        member = (
            self.env["timetable.faculty"]
            .with_user(self.coordinator)
            .create(
                {"partner_id": user.partner_id.id, "department_id": self.physics.id}
            )
        )
        with self.assertRaisesRegex(AccessError, "has a login"):
            member.email = "thief@example.com"
        member.name = user.name  # nothing changes
        member.with_user(self.officer).email = "head@example.edu"
        self.assertEqual(user.partner_id.email, "head@example.edu")


class TestUninstall(RightsCase):
    """Uninstalling touches nothing of others."""

    def test_tables_that_point_at_us_keep_their_rows(self):
        student = self.env["timetable.student"].search([], limit=1)
        self.cr.execute(
            """
            CREATE TABLE x_neighbour (
                id serial PRIMARY KEY, name text,
                set_null int REFERENCES timetable_student ON DELETE SET NULL,
                cascade int NOT NULL REFERENCES timetable_student ON DELETE CASCADE,
                restricted int REFERENCES timetable_term ON DELETE RESTRICT
            );
            CREATE TABLE x_further (neighbour_id int REFERENCES x_neighbour);
            CREATE TABLE x_pairs (
                partner_id int REFERENCES res_partner ON DELETE CASCADE,
                student_id int REFERENCES timetable_student ON DELETE CASCADE
            );
            INSERT INTO x_neighbour (name, set_null, cascade, restricted)
                 VALUES ('kept', %(student)s, %(student)s, %(term)s);
            INSERT INTO x_further SELECT id FROM x_neighbour;
            INSERT INTO x_pairs VALUES (%(partner)s, %(student)s);
            """,
            {
                "student": student.id,
                "term": self.term.id,
                "partner": student.partner_id.id,
            },
        )
        self.env.flush_all()
        partners = self.env["res.partner"].search_count([])
        uninstall_hook(self.env)
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        self.cr.execute("SELECT name, set_null, cascade, restricted FROM x_neighbour")
        rows = self.cr.dictfetchall()
        self.assertEqual(
            rows,
            [
                {
                    **{"name": "kept", "set_null": None},
                    **{"cascade": student.id, "restricted": None},
                }
            ],
        )
        for table, count in {
            **{"x_further": 1, "x_pairs": 0, "timetable_student": 0},
            **{"timetable_term": 0, "timetable_room_type": 0},
        }.items():
            self.cr.execute(f"SELECT count(*) FROM {table}")
            self.assertEqual(self.cr.fetchone()[0], count, table)
