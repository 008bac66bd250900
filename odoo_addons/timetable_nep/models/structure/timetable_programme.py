from odoo import api, fields, models


class TimetableProgramme(models.Model):
    """What students are admitted to, for example the four-year degree."""

    _name = "timetable.programme"
    _description = "Programme"
    _inherit = ["timetable.history.mixin", "timetable.import.template.mixin"]
    _import_template = "programmes"
    _order = "name, id"
    _check_company_auto = True
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(index=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    department_id = fields.Many2one(
        "timetable.department", index=True, check_company=True
    )
    level = fields.Selection(
        [
            ("certificate", "Certificate (one year)"),
            ("diploma", "Diploma (two years)"),
            ("degree", "Bachelor's degree (three years)"),
            ("honours", "Bachelor's degree, honours (four years)"),
            ("master", "Master's degree"),
            ("doctorate", "Doctorate"),
        ],
        "Highest exit",
        default="honours",
        help="Under the National Education Policy a student may leave earlier "
        "with the award of the years completed.",
    )
    student_count = fields.Integer(compute="_compute_student_count")

    # ---- CRUD
    def _in_use(self):
        return self._used_in("timetable.student", "programme_id") | self._used_in(
            "timetable.batch", "programme_id"
        )

    def _compute_student_count(self):
        counts = dict(
            self.env["timetable.student"]._read_group(
                [("programme_id", "in", self.ids)], ["programme_id"], ["__count"]
            )
        )
        for programme in self:
            programme.student_count = counts.get(programme, 0)

    @api.depends("name", "code")
    def _compute_display_name(self):
        for programme in self:
            programme.display_name = programme.name or programme.code
