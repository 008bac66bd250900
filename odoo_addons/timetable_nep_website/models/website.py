from odoo import models

KINDS = {
    "department": "timetable.department",
    "room": "timetable.room",
    "course": "timetable.course",
}


class Website(models.Model):
    """The site's own search finds departments, rooms and courses."""

    _inherit = "website"

    def _search_get_details(self, search_type, order, options):
        result = super()._search_get_details(search_type, order, options)
        if search_type in ("all", "timetable"):
            result += [
                self.env[model]._search_get_detail(self, order, options)
                for model in KINDS.values()
            ]
        return result
