from odoo import api, fields, models

from ..const import AVAILABILITY_LEVELS


class TimetableFacultyAvailability(models.Model):
    _name = "timetable.faculty.availability"
    _description = "Faculty availability"
    _order = "faculty_id, timeslot_id"

    faculty_id = fields.Many2one(
        "timetable.faculty", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="faculty_id.company_id")
    timeslot_id = fields.Many2one(
        "timetable.timeslot", required=True, index=True, ondelete="cascade"
    )
    level = fields.Selection(AVAILABILITY_LEVELS, required=True, default="cannot")

    _unique_timeslot = models.UniqueIndex(
        "(faculty_id, timeslot_id)", "That timeslot is in the list already."
    )

    @api.depends("timeslot_id", "level")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["level"]._description_selection(self.env))
        for row in self:
            row.display_name = (
                f"{row.timeslot_id.display_name}: {labels.get(row.level, '')}"
            )
