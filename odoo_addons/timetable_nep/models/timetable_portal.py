from odoo import api, models
from odoo.fields import Domain


class TimetableAssignment(models.Model):
    """Which placed events are somebody's own, for the portal and for calendars."""

    _inherit = "timetable.assignment"

    @api.model
    def _domain_of_partner(self, partner):
        """What a person teaches or attends, in timetables in force."""
        return self._domain_in_force() & Domain(
            "event_id", "in", self._events_of_partner(partner)
        )

    @api.model
    def _domain_in_force(self):
        return Domain("variant_id.state", "=", "published") & Domain(
            "variant_id.term_id.active", "=", True
        )

    @api.model
    def _events_of_partner(self, partner):
        """Ids of the events that a person teaches or attends.

        In steps, each by an index: as one nested domain the database reads all
        enrolments.
        """
        env = self.sudo().env
        members = env["timetable.faculty"].search([("partner_id", "=", partner.id)])
        students = env["timetable.student"].search([("partner_id", "=", partner.id)])
        Event = env["timetable.event"]
        found = set()
        if students:
            attended = env["timetable.enrolment"].search_fetch(
                [("student_id", "in", students.ids), ("class_id", "!=", False)],
                ["class_id"],
            )
            found.update(Event.search([("class_id", "in", attended.class_id.ids)]).ids)
        if members:
            taught = env["timetable.class"].search([("faculty_ids", "in", members.ids)])
            own = Domain("own_faculty", "=", True)
            found.update(Event.search(~own & Domain("class_id", "in", taught.ids)).ids)
            own_events = Event.search([("faculty_ids", "in", members.ids)])
            found.update(own_events.filtered("own_faculty").ids)
        return sorted(found)

    @api.model
    def _count_of_partner(self, partner):
        return self.sudo().search_count(self._domain_of_partner(partner))
