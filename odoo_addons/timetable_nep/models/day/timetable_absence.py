from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...const import OFFICER
from ...tools import remote


class TimetableAbsence(models.Model):
    """Days, or hours of days, on which somebody is away or a room is closed.

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
        "Or a room",
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
    hour_from = fields.Float("From", default=0.0)
    hour_to = fields.Float("To", default=24.0, help="24:00 is the whole day.")
    reason = fields.Char(
        groups=OFFICER, help="For the office: it is not told to anybody."
    )
    meeting_count = fields.Integer(
        "Meetings concerned", compute="_compute_meeting_count"
    )

    _check_dates = models.Constraint(
        "CHECK (date_start <= date_end)", "An absence ends after it starts."
    )
    _check_hours = models.Constraint(
        "CHECK (0 <= hour_from AND hour_from < hour_to AND hour_to <= 24)",
        "An absence ends after it begins, between 0:00 and 24:00.",
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
            # Where a grid has no hours, each day counts as a whole.
            *("|", ("hour_to", "=", 0)),
            *("&", ("hour_from", "<", self.hour_to), ("hour_to", ">", self.hour_from)),
        ]
        if self.faculty_id:
            return [*domain, ("faculty_ids", "in", self.faculty_id.ids)]
        return [*domain, ("room_id", "=", self.room_id.id)]

    @api.depends(
        *("faculty_id", "room_id", "date_start", "date_end", "hour_from", "hour_to")
    )
    def _compute_meeting_count(self):
        """One query, however many absences are listed."""
        self.flush_model()
        self.env["timetable.meeting"].flush_model()
        counts = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT a.id, count(*)
                      FROM timetable_absence a
                      JOIN timetable_meeting m
                        ON m.date BETWEEN a.date_start AND a.date_end
                       AND m.status != 'cancelled' AND m.company_id = a.company_id
                       AND (m.hour_to = 0 OR m.hour_from < a.hour_to
                                         AND m.hour_to > a.hour_from)
                     WHERE a.id = ANY(%s)
                       AND (m.room_id = a.room_id
                            OR EXISTS (SELECT FROM timetable_meeting_faculty_rel f
                                        WHERE f.meeting_id = m.id
                                          AND f.faculty_id = a.faculty_id))
                     GROUP BY a.id
                    """,
                    self._origin.ids,
                )
            )
        )
        for absence in self:
            absence.meeting_count = counts.get(absence._origin.id, 0)

    @remote.one
    def action_open_meetings(self):
        """The meetings to cover, to move or to cancel."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_meeting_action"
        )
        return action | {"domain": self._meeting_domain(), "context": {}}

    @api.model
    def _on(self, date, grid):
        """Timeslots of a date at which people are away and rooms are closed.

        :return: ``(faculty id → timeslot ids, room id → timeslot ids)``
        """
        rows = self.sudo().search(
            [("date_start", "<=", date), ("date_end", ">=", date)]
        )
        slots = grid.sudo()._timeslots_of(date)
        away, closed = defaultdict(frozenset), defaultdict(frozenset)
        for row in rows:
            hit = frozenset(
                slot.id
                for slot in slots
                if not slot.hour_to
                or (slot.hour_from < row.hour_to and row.hour_from < slot.hour_to)
            )
            away[row.faculty_id.id] |= hit
            closed[row.room_id.id] |= hit
        return away, closed
