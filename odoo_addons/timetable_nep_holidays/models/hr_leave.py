from datetime import timedelta

from pytz import timezone, utc

from odoo import api, fields, models

WHEN = frozenset(
    {
        *("state", "employee_id", "date_from", "date_to", "request_date_from"),
        *("request_date_to", "request_hour_from", "request_hour_to"),
        *("request_date_from_period", "request_date_to_period", "holiday_status_id"),
    }
)
NOON, MIDNIGHT = 12.0, 24.0


class HrLeave(models.Model):
    """Approved time off is an absence; refused, cancelled or deleted, it is none."""

    _inherit = "hr.leave"

    timetable_absence_ids = fields.One2many(
        "timetable.absence",
        "leave_id",
        "Absences of the timetable",
        groups="hr_holidays.group_hr_holidays_user",
    )
    timetable_meeting_count = fields.Integer(
        "Classes concerned",
        compute="_compute_timetable_meeting_count",
        compute_sudo=True,
    )

    @api.depends("timetable_absence_ids.meeting_count")
    def _compute_timetable_meeting_count(self):
        for leave in self:
            leave.timetable_meeting_count = sum(
                leave.timetable_absence_ids.mapped("meeting_count")
            )

    def action_open_timetable_meetings(self):
        """The classes to cover, for who may see meetings."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_meeting_action"
        )
        absences = self.sudo().timetable_absence_ids
        ids = self.env["timetable.meeting"]
        for absence in absences:
            ids |= ids.search(absence._meeting_domain())
        return action | {"domain": [("id", "in", ids.ids)], "context": {}}

    # ---- What calls for it
    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._tell_timetable()
        return leaves

    def write(self, vals):
        done = super().write(vals)
        if WHEN & vals.keys():
            self._tell_timetable()
        return done

    def _tell_timetable(self):
        """Make the absences agree with what is approved."""
        Absence = self.env["timetable.absence"].sudo()
        leaves = self.sudo()
        leaves.flush_recordset()
        known = Absence.search([("leave_id", "in", leaves.ids)]).grouped("leave_id")
        members = (
            self.env["timetable.faculty"]
            .sudo()
            .search([("employee_id", "in", leaves.employee_id.ids)])
            .grouped("employee_id")
        )
        new = []
        for leave in leaves:
            rows = known.get(leave, Absence.browse())
            wanted = [
                {"faculty_id": member.id, "company_id": member.company_id.id, **when}
                for member in members.get(leave.employee_id, ())
                for when in leave._timetable_days(member.company_id)
                if leave.state == "validate"
            ]
            # Rows that stay keep their id; there are three at most.
            for row, values in zip(rows, wanted, strict=False):
                row.write(values)
            rows[len(wanted) :].unlink()
            new += [{"leave_id": leave.id, **one} for one in wanted[len(rows) :]]
        Absence.create(new)

    def _timetable_days(self, company):
        """Days and hours of a leave on the clock of a university.

        :return: one to three dictionaries with ``date_start``, ``date_end``,
            ``hour_from``, ``hour_to``: a leave of several days that begins at noon is
            two
        """
        self.ensure_one()
        if not self.date_from or not self.date_to:
            return []
        first, last = self.request_date_from, self.request_date_to
        begin, end = 0.0, MIDNIGHT
        if self.request_unit_hours:
            zone = timezone(company._timetable_timezone())
            start = utc.localize(self.date_from).astimezone(zone)
            stop = utc.localize(self.date_to).astimezone(zone)
            first, last = start.date(), stop.date()
            begin = start.hour + start.minute / 60
            end = stop.hour + stop.minute / 60
        elif self.request_unit_half:
            begin = NOON if self.request_date_from_period == "pm" else 0.0
            end = NOON if self.request_date_to_period == "am" else MIDNIGHT
        if first == last:
            pieces = [(first, first, begin, end)]
        else:
            day = timedelta(days=1)
            whole_from = first + day if begin else first
            whole_to = last - day if end < MIDNIGHT else last
            pieces = [(first, first, begin, MIDNIGHT)] if begin else []
            pieces += [(whole_from, whole_to, 0.0, MIDNIGHT)]
            pieces += [(last, last, 0.0, end)] if end < MIDNIGHT else []
        return [
            {"date_start": one, "date_end": two, "hour_from": low, "hour_to": high}
            for one, two, low, high in pieces
            if one <= two and low < high
        ]
