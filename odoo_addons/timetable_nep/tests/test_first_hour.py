import logging

from odoo.tests import Form, tagged

from .common import BECAUSE, SidecarCase, webhook

_logger = logging.getLogger(__name__)

LIMIT = 90


class Hand:
    """Counts what a person types, chooses and presses in the forms."""

    def __init__(self, env):
        self.env = env
        self.count = 0

    def new(self, model, **values):
        """A new record, by *New* and its fields; saved by leaving it."""
        return self.fill(Form(self.env[model]), values)

    def line(self, model, **values):
        """A line more in a list that is edited in place: Enter begins the next."""
        view = f"timetable_nep.{model.replace('.', '_')}_view_list"
        return self.fill(Form(self.env[model], view=view), values)

    def fill(self, form, values):
        self.count += 1
        for name, value in values.items():
            self.type(form, name, value)
        return form.save()

    def type(self, form, name, value):
        self.count += 1
        if name.endswith("_ids"):
            getattr(form, name).add(value)
        else:
            setattr(form, name, value)

    def press(self, record, button, user=None, **typed):
        self.count += 1 + len(typed)
        return getattr(record.with_user(user) if user else record, button)(**typed)


@tagged("post_install", "-at_install")
class TestFirstHour(SidecarCase):
    """A blank university to a first published timetable, through the forms alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Blank university"})
        (cls.officer + cls.approver).write(
            {"company_ids": [(4, cls.company.id)], "company_id": cls.company.id}
        )

    def test_from_nothing_to_published(self):
        env = self.env(
            user=self.officer, context={"allowed_company_ids": self.company.ids}
        )
        hand = Hand(env)
        setup = env["timetable.setup"]
        self.assertEqual(setup.home_action()["tag"], "timetable_nep.setup")

        grid = hand.new("timetable.grid", name="Five days", days=5)
        hand.press(grid, "action_fill")
        building = hand.line("timetable.building", name="Main building")
        hand.line("timetable.room", name="Room 1", building_id=building)
        physics = hand.new("timetable.department", name="Physics", code="PHY")
        teacher = hand.line(
            "timetable.faculty", name="Dr Asha Verma", department_id=physics
        )
        programme = hand.new(
            "timetable.programme", name="B.Sc. Physics", department_id=physics
        )
        for number, name in enumerate(("Anil", "Bela", "Chitra", "Deepa", "Esha"), 1):
            hand.line(
                "timetable.student",
                code=f"26PHY{number}",
                name=name,
                programme_id=programme,
            )
        for code, name, limit in (("PHY1", "Mechanics", 3), ("PHY2", "Optics", 60)):
            hand.new(
                "timetable.course",
                code=code,
                name=name,
                department_id=physics,
                lecture_periods=2,
                section_limit=limit,
            )
        term = hand.new(
            "timetable.term",
            name="Odd semester 2026–27",
            grid_id=grid,
            date_start="2026-08-03",
            date_end="2026-11-27",
        )
        # The button of the term's form brings the term along.
        env = env(context={**env.context, "default_term_id": term.id})
        hand.env = env
        offer = hand.new("timetable.offer.wizard", programme_ids=programme)
        hand.press(offer, "action_offer")
        offerings = term.offering_ids
        self.assertEqual(offerings.mapped("code"), ["PHY1", "PHY2"])
        # Marked in their list by one tick for all, and the action chosen.
        hand.count += 3
        hand.env = env(
            context={
                **env.context,
                "active_model": "timetable.offering",
                "active_ids": offerings.ids,
            }
        )
        enrol = hand.new("timetable.enrol.wizard", programme_id=programme)
        hand.press(enrol, "action_enrol")
        hand.env = env
        classes = offerings.class_ids
        self.assertEqual(len(offerings.enrolment_ids), 10)
        self.assertEqual(len(classes), 3)
        # All classes are ticked, and the teacher chosen once for all of them.
        hand.count += 3
        classes.faculty_ids = teacher
        events = classes[0].event_ids
        relation = Form(env["timetable.relation"])
        hand.count += 1
        hand.type(relation, "type", "different_day")
        for event in events:
            hand.count += 1
            with relation.line_ids.new() as line:
                hand.type(line, "event_id", event)
        relation.save()

        wizard = hand.new("timetable.generate.wizard")
        self.assertEqual(wizard.term_id, term)
        action = hand.press(wizard, "action_generate")
        run = env["timetable.run"].browse(action["res_id"])
        self.env["timetable.run"]._cron_sync()
        job = self.sidecar.jobs[run.sudo().remote_id]
        self.sidecar.finish(job, self.sidecar.result_for(job))
        told = webhook(job["id"], "completed", 9, result_digest=job["result_digest"])
        run.sudo()._apply_event(told)
        self.env["timetable.run"]._cron_fetch()
        variant = run.variant_ids[0]
        hand.press(variant, "action_submit")
        hand.press(variant, "action_department_approve", self.approver)
        hand.press(variant, "action_approve", self.approver, reason=BECAUSE)
        hand.press(variant, "action_publish", self.approver, reason=BECAUSE)
        self.assertEqual(term.published_variant_id, variant)
        data = setup.setup_data()
        self.assertEqual(
            [step["key"] for step in data["steps"] if not step["done"]], []
        )
        _logger.info("First hour: %s fields and presses", hand.count)
        self.assertLessEqual(hand.count, LIMIT)
        self.assertGreater(hand.count, LIMIT / 2, "the hand has counted")
