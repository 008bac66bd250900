from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain


class TimetableAssignment(models.Model):
    """A person's own week, for the portal."""

    _inherit = "timetable.assignment"

    @api.model
    def _domain_of_partner(self, partner):
        """What a person teaches or attends, in timetables in force."""
        teaches = Domain("event_id.own_faculty", "=", True) & Domain(
            "event_id.faculty_ids.partner_id", "=", partner.id
        ) | Domain("event_id.own_faculty", "=", False) & Domain(
            "event_id.class_id.faculty_ids.partner_id", "=", partner.id
        )
        attends = Domain(
            "event_id.class_id.enrolment_ids.student_id.partner_id", "=", partner.id
        )
        return Domain("variant_id.state", "=", "published") & (teaches | attends)

    @api.model
    def _count_of_partner(self, partner):
        return self.sudo().search_count(self._domain_of_partner(partner))

    @api.model
    def _week_of_partner(self, partner):
        """Meetings of a person's week, by term and day.

        :return: list of ``{"term": str, "days": {day: [meeting]}}``; a meeting is a
            dictionary with what a page shows, and of other people only the names of
            who teaches
        """
        rows = self.sudo().search(self._domain_of_partner(partner))
        weeks = defaultdict(lambda: defaultdict(list))
        terms = {}
        for row in rows.sorted(
            lambda row: (row.timeslot_id.day, row.timeslot_id.period)
        ):
            term = row.variant_id.term_id
            terms[term.id] = term.name
            weeks[term.id][row.timeslot_id.day].append(row._portal_meeting())
        return [
            {"term": terms[term_id], "days": dict(days)}
            for term_id, days in weeks.items()
        ]

    def _portal_meeting(self):
        event, slot = self.event_id, self.timeslot_id
        course = event.class_id.offering_id.course_id
        return {
            "period": slot.period,
            "start": slot._clock(slot.hour_from) if slot.hour_to else "",
            "end": self._portal_end(),
            "course": course.name,
            "code": event.class_id.display_name,
            "room": self.room_id.name or "",
            "building": self.room_id.building_id.name or "",
            "faculty": ", ".join(event._teachers().mapped("name")),
            "periods": event.duration,
        }

    def _portal_end(self):
        """When the last of its periods ends."""
        slot = self.timeslot_id
        last = slot.grid_id.timeslot_ids.filtered(
            lambda other: (
                other.day == slot.day
                and other.period == slot.period + self.event_id.duration - 1
            )
        )
        end = (last or slot).hour_to
        return slot._clock(end) if end else ""
