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
        """Places that hold: what is archived keeps its place, for it may come back."""
        return (
            Domain("variant_id.state", "=", "published")
            & Domain("variant_id.term_id.active", "=", True)
            & Domain("event_id.active", "=", True)
        )

    @api.model
    def _events_of_partner(self, partner):
        """Ids of the events that a person teaches or attends.

        In steps, each by an index: as one nested domain the database reads all
        enrolments.
        """
        # Without an order: names to sort by would cost joins.
        env = self.sudo().env
        Event = env["timetable.event"]
        own = [("partner_id", "=", partner.id)]
        found = set()
        students = env["timetable.student"].search(own, order="id")
        if students:
            attended = env["timetable.seat"].search_fetch(
                [("student_id", "in", students.ids)],
                ["class_id"],
                order="id",
            )
            of_class = Domain("class_id", "in", attended.class_id.ids)
            found.update(Event.search(of_class, order="id").ids)
        members = env["timetable.faculty"].search(own, order="id")
        if members:
            taught = env["timetable.class"].search(
                [("faculty_ids", "in", members.ids)], order="id"
            )
            of_class = Domain("class_id", "in", taught.ids)
            of_class &= Domain("own_faculty", "=", False)
            found.update(Event.search(of_class, order="id").ids)
            named = Event.search([("faculty_ids", "in", members.ids)], order="id")
            found.update(named.filtered("own_faculty").ids)
        return sorted(found)

    @api.model
    def _count_of_partner(self, partner):
        return self.sudo().search_count(self._domain_of_partner(partner))
