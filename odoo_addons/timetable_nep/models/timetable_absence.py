from odoo import api, fields, models

from .timetable_variant import OFFICER


class TimetableAbsence(models.Model):
    """Days on which a faculty member is away or a room is closed.

    For the rules of single dates; what holds for the whole term is set on the faculty
    member or the room.
    """

    _name = "timetable.absence"
    _description = "Absence or closed room"
    _order = "date_start desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    faculty_id = fields.Many2one(
        "timetable.faculty",
        "Faculty member",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    room_id = fields.Many2one(
        "timetable.room",
        "Or room",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    date_start = fields.Date("First day", required=True, index=True)
    date_end = fields.Date(
        "Last day",
        required=True,
        compute="_compute_date_end",
        store=True,
        readonly=False,
        precompute=True,
    )
    reason = fields.Char(
        groups=OFFICER, help="For the office: it is not told to anybody."
    )
    meeting_count = fields.Integer(
        "Meetings concerned", compute="_compute_meeting_count"
    )

    _check_dates = models.Constraint(
        "CHECK (date_start <= date_end)", "An absence ends after it starts."
    )
    _check_one = models.Constraint(
        "CHECK ((faculty_id IS NULL) != (room_id IS NULL))",
        "Choose a faculty member or a room, and not both.",
    )

    @api.depends("date_start")
    def _compute_date_end(self):
        """One day, unless somebody says more."""
        for absence in self:
            if not absence.date_end or absence.date_end < absence.date_start:
                absence.date_end = absence.date_start

    @api.depends("faculty_id", "room_id", "date_start")
    def _compute_display_name(self):
        for absence in self:
            who = absence.faculty_id.display_name or absence.room_id.display_name
            absence.display_name = f"{who or ''}, {absence.date_start or ''}"

    def _meeting_domain(self):
        """Meetings that this person would teach, or that this room would hold."""
        self.ensure_one()
        domain = [
            ("date", ">=", self.date_start),
            ("date", "<=", self.date_end),
            ("status", "!=", "cancelled"),
        ]
        if self.faculty_id:
            return [*domain, ("faculty_ids", "in", self.faculty_id.ids)]
        return [*domain, ("room_id", "=", self.room_id.id)]

    @api.depends("faculty_id", "room_id", "date_start", "date_end")
    def _compute_meeting_count(self):
        for absence in self:
            complete = absence.date_start and (absence.faculty_id or absence.room_id)
            absence.meeting_count = complete and self.env[
                "timetable.meeting"
            ].search_count(absence._meeting_domain())

    def action_open_meetings(self):
        """The meetings to cover, to move or to cancel."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_meeting_action"
        )
        return action | {"domain": self._meeting_domain(), "context": {}}

    @api.model
    def _on(self, company, date):
        """``(faculty ids, room ids)`` that are away or closed on a date."""
        rows = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("date_start", "<=", date),
                ("date_end", ">=", date),
            ]
        )
        return set(rows.faculty_id.ids), set(rows.room_id.ids)
