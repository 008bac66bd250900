from odoo import api, fields, models

from ...tools import remote


class TimetableDepartment(models.Model):
    _name = "timetable.department"
    _description = "Department"
    _inherit = [
        "timetable.history.mixin",
        "timetable.import.template.mixin",
        "timetable.unique.code.mixin",
    ]
    _import_template = "departments"
    _order = "school, name, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(index=True)
    school = fields.Char("School or faculty", help="The unit above the department.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    coordinator_ids = fields.Many2many(
        "res.users",
        "timetable_department_coordinator_rel",
        "department_id",
        "user_id",
        domain=[("share", "=", False)],
        help="Users with the role Department coordinator who look after "
        "this department.",
    )
    faculty_ids = fields.One2many("timetable.faculty", "department_id")
    room_wish_ids = fields.One2many(
        "timetable.room.wish", "department_id", "Wishes for rooms"
    )
    course_ids = fields.One2many("timetable.course", "department_id")
    faculty_count = fields.Integer(compute="_compute_counts")
    course_count = fields.Integer(compute="_compute_counts")
    room_count = fields.Integer(compute="_compute_counts")

    # ---- CRUD
    def _in_use(self):
        return (
            self._used_in("timetable.offering", "department_id")
            | self._used_in("timetable.course", "department_id")
            | self._used_in("timetable.faculty", "department_id")
        )

    @api.depends("faculty_ids", "course_ids")
    def _compute_counts(self):
        for field, model in (
            ("faculty_count", "timetable.faculty"),
            ("course_count", "timetable.course"),
            ("room_count", "timetable.room"),
        ):
            counts = dict(
                self.env[model]._read_group(
                    [("department_id", "in", self.ids)], ["department_id"], ["__count"]
                )
            )
            for department in self:
                department[field] = counts.get(department, 0)

    @remote.many
    def action_open_faculty(self):
        return self._open("timetable_nep.timetable_faculty_action")

    @remote.many
    def action_open_courses(self):
        return self._open("timetable_nep.timetable_course_action")

    @remote.many
    def action_open_rooms(self):
        return self._open("timetable_nep.timetable_room_action")

    def _open(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("department_id", "=", self.id)]
        action["context"] = {"default_department_id": self.id}
        return action
