from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain


class TimetableFaculty(models.Model):
    """Working hours of part-time employees close the rest of their week."""

    _inherit = "timetable.faculty"

    def action_take_working_hours(self):
        """Close the periods outside the working hours of these people.

        Written as a shift, which an officer may open again; what people say themselves
        stays. Who has the university's own working hours is open all week.

        :return: a message that counts them
        """
        self.check_access("write")
        linked = self.filtered("employee_id")
        if not linked:
            raise UserError(
                self.env._(
                    "Link them to employees first: working hours are kept in Employees."
                )
            )
        Availability = self.env["timetable.faculty.availability"]
        rows = Availability.search(
            Domain("faculty_id", "in", linked.ids) & Domain("source", "=", "shift")
        )
        wanted = {
            (member.id, slot.id)
            for member in linked
            for slot in member._outside_working_hours()
        }
        rows.filtered(
            lambda row: (row.faculty_id.id, row.timeslot_id.id) not in wanted
        ).unlink()
        known = {(row.faculty_id.id, row.timeslot_id.id) for row in rows.exists()}
        Availability.create(
            [
                {
                    "faculty_id": member,
                    "timeslot_id": slot,
                    "level": "cannot",
                    "source": "shift",
                }
                for member, slot in sorted(wanted - known)
            ]
        )
        part_time = len({member for member, _slot in wanted})
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Working hours"),
                "message": self.env._(
                    "%(part)s of %(all)s have hours of their own: the rest of their "
                    "week is closed.",
                    part=part_time,
                    all=len(linked),
                ),
                "type": "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _outside_working_hours(self):
        """Timeslots that do not lie within a stretch of this person's working hours.

        A lunch break cuts no period: hours of a day count from the first to the last.
        """
        self.ensure_one()
        employee = self.sudo().employee_id
        calendar = employee.resource_calendar_id
        slots = (
            self.env["timetable.timeslot"]
            .sudo()
            .search([("grid_id.company_id", "=", self.company_id.id)])
        )
        own = self.company_id.sudo().resource_calendar_id
        if not calendar or calendar == own or calendar.flexible_hours:
            return slots.browse()
        hours = {}
        for row in calendar.attendance_ids:
            if row.display_type:
                continue
            low, high = hours.get(int(row.dayofweek), (24.0, 0.0))
            hours[int(row.dayofweek)] = (
                min(low, row.hour_from),
                max(high, row.hour_to),
            )
        return slots.filtered(
            lambda slot: (
                slot.day not in hours
                or slot.hour_from < hours[slot.day][0]
                or slot.hour_to > hours[slot.day][1]
            )
        )
