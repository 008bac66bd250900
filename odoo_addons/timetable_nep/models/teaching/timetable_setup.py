"""From an empty database to a first timetable: what is done, and what comes next."""

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, UserError

ROLES = ("officer", "coordinator", "approver")


class TimetableSetup(models.AbstractModel):
    """The steps tick themselves: each looks at what there is."""

    _name = "timetable.setup"
    _description = "Getting started"

    @api.model
    def _check_role(self):
        user = self.env.user
        if not any(user.has_group(f"timetable_nep.group_timetable_{r}") for r in ROLES):
            raise AccessError(
                self.env._("Getting started is for those who make timetables.")
            )

    @api.model
    def setup_data(self):
        """The steps, in the order of the work.

        :return: ``{steps: [{key, title, text, count, done, action, mine}], is_empty,
            can_load}``; ``mine`` tells whether the reader may do the step, ``can_load``
            whether the demonstration university may be loaded
        """
        self._check_role()
        steps = [self._service_step(), *map(self._step, self._steps())]
        is_empty = not self._count("timetable.term", [("active", "in", (True, False))])
        return {
            "steps": steps,
            "is_empty": is_empty,
            "can_load": is_empty
            and self.env.user.has_group("timetable_nep.group_timetable_officer"),
        }

    @api.model
    def _steps(self):
        """``(key, title, text, model, domain, action)`` of what is counted."""
        terms = self.env["timetable.term"].sudo()._chosen().ids
        mine = [("term_id", "in", terms)]
        return [
            (
                "grid",
                self.env._("Weekly grid"),
                self.env._("Days and hours of teaching, with the break."),
                "timetable.timeslot",
                [],
                "timetable_grid_action",
            ),
            (
                "room",
                self.env._("Rooms"),
                self.env._(
                    "With their seats and type; closed hours are painted on a week."
                ),
                "timetable.room",
                [],
                "timetable_room_action",
            ),
            (
                "department",
                self.env._("Departments"),
                self.env._("Each with its coordinator, who agrees to timetables."),
                "timetable.department",
                [],
                "timetable_department_action",
            ),
            (
                "faculty",
                self.env._("Faculty"),
                self.env._("Who teaches, how much, and when they cannot."),
                "timetable.faculty",
                [],
                "timetable_faculty_action",
            ),
            (
                "student",
                self.env._("Students"),
                self.env._(
                    "By hand, or from a file: the list has a template to fill in."
                ),
                "timetable.student",
                [],
                "timetable_student_action",
            ),
            (
                "course",
                self.env._("Courses"),
                self.env._("With lectures, tutorials and practicals a week."),
                "timetable.course",
                [],
                "timetable_course_action",
            ),
            (
                "term",
                self.env._("Term"),
                self.env._("With its dates and its weekly grid."),
                "timetable.term",
                [],
                "timetable_term_action",
            ),
            (
                "offering",
                self.env._("Offerings"),
                self.env._("Mark courses in their list and choose “Offer courses…”."),
                "timetable.offering",
                mine,
                "timetable_offering_action",
            ),
            (
                "enrolment",
                self.env._("Enrolments"),
                self.env._(
                    "Mark offerings or students in their list and choose “Enrol”."
                ),
                "timetable.enrolment",
                mine,
                "timetable_enrolment_action",
            ),
            (
                "teacher",
                self.env._("Teachers of the classes"),
                self.env._("Classes follow from the enrolments; say who teaches each."),
                "timetable.class",
                [*mine, ("faculty_ids", "!=", False)],
                "timetable_class_action",
            ),
            (
                "variant",
                self.env._("First timetables"),
                self.env._("Press “Generate”, then compare what comes."),
                "timetable.variant",
                mine,
                "timetable_variant_action",
            ),
            (
                "published",
                self.env._("Published"),
                self.env._(
                    "Submitted, approved and in force: everybody sees their week."
                ),
                "timetable.variant",
                [*mine, ("state", "=", "published")],
                "timetable_variant_action",
            ),
        ]

    @api.model
    def _count(self, model, domain):
        """How many there are in the reader's universities, whatever rules hide."""
        Model = self.env[model].sudo()
        companies = [("company_id", "in", self.env.companies.ids)]
        return Model.search_count([*companies, *domain])

    def _step(self, step):
        key, title, text, model, domain, action = step
        count = self._count(model, domain)
        return {
            "key": key,
            "title": title,
            "text": text,
            "count": count,
            "done": bool(count),
            "action": f"timetable_nep.{action}",
            "mine": True,
        }

    def _service_step(self):
        done = all(self.env.company._timetable_service()[:3])
        mine = self.env.user.has_group("timetable_nep.group_timetable_admin")
        return {
            "key": "service",
            "title": self.env._("Timetable service"),
            "text": self.env._(
                "The service that computes timetables: address, token and secret."
            )
            if mine
            else self.env._(
                "The service that computes timetables. An administrator connects it "
                "under Settings."
            ),
            "count": 0,
            "done": done,
            "action": "timetable_nep.timetable_settings_action" if mine else False,
            "mine": mine,
        }

    @api.model
    def home_action(self):
        """The page that the work of the reader's role begins on."""
        self._check_role()
        has = self.env.user.has_group
        context = {}
        if has("timetable_nep.group_timetable_officer"):
            # As long as nothing was published, the way there.
            published = self._count("timetable.variant", [("state", "=", "published")])
            name = "timetable_variant_action" if published else "timetable_setup_action"
        elif has("timetable_nep.group_timetable_approver"):
            name = "timetable_variant_action"
        else:
            name = "timetable_class_action"
            context = {"search_default_mine": 1}
        action = self.env["ir.actions.actions"]._for_xml_id(f"timetable_nep.{name}")
        if context:
            action["context"] = {"search_default_chosen": 1, **context}
        return action

    @api.model
    def load_demonstration(self):
        """The demonstration university, in a database without terms.

        :return: the action that opens its term
        """
        self._check_role()
        data = self.setup_data()
        if not self.env.user.has_group("timetable_nep.group_timetable_officer"):
            raise AccessError(
                self.env._("Ask a timetable officer to load the demonstration.")
            )
        if not data["is_empty"]:
            raise UserError(
                self.env._(
                    "There are terms already: the demonstration university is loaded "
                    "only where there is nothing yet."
                )
            )
        wizard = self.env["timetable.import.wizard"].with_user(SUPERUSER_ID)
        term = wizard.with_context(timetable_demo_user=self.env.uid)._load_demo()
        return {
            "type": "ir.actions.act_window",
            "res_model": "timetable.term",
            "res_id": term.id,
            "views": [(False, "form")],
        }


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        """A new user of one of our roles begins in the app, unless told otherwise."""
        users = super().create(vals_list)
        home = self.env.ref("timetable_nep.timetable_home_action", False)
        for user in users if home else ():
            if (
                not user.action_id
                and not user.share
                and any(
                    user.has_group(f"timetable_nep.group_timetable_{role}")
                    for role in ROLES
                )
            ):
                user.action_id = home.id
        return users
