import base64
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import file_open

from ..tools.payload import wire_id

PROGRAMMES = {
    "BA/BSc PHY": ("BSC-PHY", "B.Sc. Physics", "PHY"),
    "BA/BSc HIN": ("BA-HIN", "B.A. Hindi", "HIN"),
    "BA/BSc COM": ("BCOM", "B.Com.", "COM"),
}
DEVANAGARI = ("मीरा जोशी", "राहुल वर्मा", "सीमा तिवारी", "देवेश मिश्र")
"""Some students of Hindi: names of both scripts stand side by side in real lists."""
BATCHES = {
    "Commerce, first year": ("COM101-1", "COM102-1"),
    "Hindi, first year": ("HIN101-1", "HIN102-1"),
}
BASKETS = {
    "Multidisciplinary course": ("multidisciplinary", ("MDC1", "MDC2")),
    "Minor": ("minor", ("MIN-COM", "MIN-PHY")),
    "Language": ("ability", ("AEC1",)),
    "Values": ("value_added", ("VAC1",)),
}
WEEKS_PAST, WEEKS = 2, 16


class TimetableImportWizard(models.TransientModel):
    """The college of the demonstration data."""

    _inherit = "timetable.import.wizard"

    @api.model
    def _load_demo(self):
        """The college, the demonstration's users in it, and its timetables: one in
        force, one to be decided, one to work on."""
        content = self._demo_file("college.json")
        wizard = self.create(
            {
                "file": base64.b64encode(content),
                "filename": "college.json",
                "invent_names": True,
                "reuse": False,
            }
        )
        action = wizard.action_import()
        term = self.env["timetable.term"].browse(action["res_id"])
        monday = fields.Date.today() - timedelta(days=fields.Date.today().weekday())
        start = monday - timedelta(weeks=WEEKS_PAST)
        term.write(
            {"date_start": start, "date_end": start + timedelta(weeks=WEEKS, days=-3)}
        )
        term.company_id.timetable_tz = "Asia/Kolkata"
        self._demo_people(term)
        self._demo_groups(term)
        self._demo_timetables(term)
        self._demo_daily_life(term)
        return term

    @api.model
    def _demo_file(self, name):
        with file_open(f"timetable_nep/demo/{name}", "rb") as file:
            return file.read()

    @api.model
    def _demo_people(self, term):
        sections = self.env["timetable.class"].search([("term_id", "=", term.id)])
        physics = term.offering_ids.department_id.filtered(lambda d: d.code == "PHY")
        physics.coordinator_ids = self._demo_user("coordinator")
        member = sections.faculty_ids.filtered(lambda f: f.code == "PHY-F1")
        login = self._demo_user("faculty")
        if not login:
            # Loaded by a button: people of the demonstration have no logins.
            return
        member.partner_id = login.partner_id
        enrolments = self.env["timetable.enrolment"].search(
            [("term_id", "=", term.id)], limit=1
        )
        student = enrolments.student_id
        student.partner_id = self._demo_user("student").partner_id

    @api.model
    def _demo_user(self, role):
        """The demonstration's user of a role; none where it was loaded by a button."""
        xmlid = f"timetable_nep.user_demo_{role}"
        return self.env.ref(xmlid, raise_if_not_found=False) or self.env["res.users"]

    @api.model
    def _demo_groups(self, term):
        """What a file of the contract does not say: names of programmes and batches,
        and baskets."""
        students = term.offering_ids.enrolment_ids.student_id
        departments = {one.code: one for one in term.offering_ids.department_id}
        for programme in students.programme_id:
            code, name, department = PROGRAMMES[programme.code]
            programme.write(
                {
                    "code": code,
                    "name": name,
                    "department_id": departments[department].id,
                }
            )
        hindi = students.filtered(lambda one: one.programme_id.code == "BA-HIN")
        for student, name in zip(hindi.sorted("code"), DEVANAGARI, strict=False):
            student.partner_id.name = name
        classes = {s.code: s.id for s in term.offering_ids.class_ids}
        self.env["timetable.batch"].create(
            [
                {
                    "name": name,
                    "term_id": term.id,
                    "class_ids": [Command.set([classes[code] for code in codes])],
                }
                for name, codes in BATCHES.items()
            ]
        )
        offerings = {offering.code: offering.id for offering in term.offering_ids}
        self.env["timetable.basket"].create(
            [
                {
                    "name": name,
                    "term_id": term.id,
                    "category": category,
                    "offering_ids": [Command.set([offerings[code] for code in codes])],
                }
                for name, (category, codes) in BASKETS.items()
            ]
        )

    @api.model
    def _demo_timetables(self, term):
        """A finished run of the solver, and its timetables on their way."""
        content = self._demo_file("college_timetables.json")
        result = self._demo_result(term, json.loads(content))
        loader = self.env.context.get("timetable_demo_user")
        officer = self._demo_user("officer") or self.env["res.users"].browse(loader)
        run = self.env["timetable.run"].create(
            {
                "name": self.env._("%s, run 1", term.name),
                "term_id": term.id,
                "user_id": officer.id,
            }
        )
        run._guarded().write({"result_digest": "demonstration"})
        run._store_result(result)
        run._follow("completed")
        now = fields.Datetime.now()
        best = run.variant_ids[0]
        run._guarded().write(
            {
                "stage": "rl_refinement",
                "stage_progress": 100,
                "overall_progress": 100,
                "placed": best.placed,
                "total": best.total,
                "hard": best.score_hard,
                "soft": best.score_soft,
                "started_at": now - timedelta(minutes=5),
                "ended_at": now,
            }
        )
        first, second, _third = run.variant_ids.sorted("key")
        # Who loads it by a button is asked to decide nothing: the machine does.
        approver = self._demo_user("approver") or self.env.ref("base.user_root")
        first.with_user(officer).action_submit()
        first.with_user(approver).action_department_approve()
        first.with_user(approver).action_approve()
        first.with_user(approver).action_publish()
        second.with_user(officer).action_submit()

    @api.model
    def _demo_daily_life(self, term):
        """What happens beside the plan: wishes are asked for, a wish waits for the
        officer, somebody is away, and a day is free."""
        today = fields.Date.today()
        monday = today + timedelta(days=7 - today.weekday())
        term.write(
            {"preference_open": today, "preference_close": today + timedelta(days=14)}
        )
        self.env["timetable.holiday"].create(
            {
                "name": self.env._("Founders' Day"),
                "date_start": monday + timedelta(days=9),
            }
        )
        members = self.env["timetable.faculty"].search(
            [("company_id", "=", term.company_id.id)]
        )
        self.env["timetable.absence"].create(
            {
                "faculty_id": members.filtered(lambda one: one.code == "PHY-F2").id,
                "date_start": monday,
                "date_end": monday + timedelta(days=1),
                "reason": self.env._("Conference"),
            }
        )
        self._demo_request(term, members.filtered(lambda one: one.code == "PHY-F1"))

    @api.model
    def _demo_request(self, term, member):
        """A faculty member asks for the first other time that would do."""
        variant = term.published_variant_id
        single = member.class_ids.event_ids.filtered(
            lambda event: event.duration == 1 and not event.pin_timeslot_id
        )
        now = variant._board_assignment(single[0]).timeslot_id
        others = term.grid_id.timeslot_ids - now
        for slot in others.sorted(lambda one: (-one.day, one.period)):
            wish = (single[0], "move", slot, None, None)
            if variant._change_verdict(*wish)[0]:
                self.env["timetable.change.request"]._submit(
                    member,
                    single[0],
                    "move",
                    timeslot=slot,
                    reason=self.env._("I travel from afar on that day."),
                )
                return

    @api.model
    def _demo_result(self, term, result):
        """The result with the ids of this database in place of the file's codes."""
        sections = term.offering_ids.class_ids
        students = term.offering_ids.enrolment_ids.student_id
        ids = {
            "event": {e.code: e.id for e in sections.event_ids},
            "class": {s.code: s.id for s in sections},
            "room": {room.code: room.id for room in term.room_ids},
            "timeslot": {slot.code: slot.id for slot in term.grid_id.timeslot_ids},
            "student": {student.code: student.id for student in students},
        }

        def wire(kind, code):
            return code and wire_id(kind, ids[kind][code])

        for variant in result["variants"]:
            for row in variant["assignments"]:
                for kind in ("event", "timeslot", "room"):
                    row[kind] = wire(kind, row[kind])
            variant["sectioning"] = {
                wire("student", student): [wire("class", code) for code in codes]
                for student, codes in variant["sectioning"].items()
            }
        return result
