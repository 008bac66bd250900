from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain


class TimetableAssignment(models.Model):
    """A person's own week, for the portal."""

    _inherit = "timetable.assignment"

    @api.model
    def _domain_of_partner(self, partner):
        """What a person teaches or attends, in timetables in force.

        In steps, each by an index: as one nested domain the database reads all
        enrolments.
        """
        env = self.sudo().env
        members = env["timetable.faculty"].search([("partner_id", "=", partner.id)])
        students = env["timetable.student"].search([("partner_id", "=", partner.id)])
        attended = env["timetable.enrolment"].search_fetch(
            [("student_id", "in", students.ids), ("class_id", "!=", False)],
            ["class_id"],
        )
        taught = env["timetable.class"].search([("faculty_ids", "in", members.ids)])
        events = Domain("class_id", "in", attended.class_id.ids)
        events |= Domain("own_faculty", "=", False) & Domain(
            "class_id", "in", taught.ids
        )
        events |= Domain("own_faculty", "=", True) & Domain(
            "faculty_ids", "in", members.ids
        )
        event_ids = env["timetable.event"].search(events).ids
        return Domain("variant_id.state", "=", "published") & Domain(
            "event_id", "in", event_ids
        )

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
