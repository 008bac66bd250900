from odoo import models

from ...tools import payload
from ...tools.itc2007 import Instance


class TimetableVariant(models.Model):
    """A timetable and its problem in the competition's formats."""

    _inherit = "timetable.variant"

    def _itc_instance(self):
        """The term as the competition sees it, by the codes that people know."""
        term = self.sudo().term_id
        problem = term._snapshot_problem()
        kinds = {
            "class": term.env["timetable.class"].search([("term_id", "=", term.id)]),
            "room": term.env["timetable.room"].browse(
                payload.record_id("room", row["id"]) for row in problem["rooms"]
            )
            | self.sudo().assignment_ids.room_id,
            "faculty": term.env["timetable.faculty"].browse(
                payload.record_id("faculty", row["id"]) for row in problem["faculty"]
            ),
        }
        names = {
            payload.wire_id(kind, row.id): row.code
            or (row.display_name if kind != "faculty" else "")
            for kind, rows in kinds.items()
            for row in rows
        }
        return Instance(problem, names)

    def _export_ctt(self, _week):
        """ITC-2007's instance, track 3: what there is to plan."""
        return self._itc_instance().text(self.sudo().term_id.name or "").encode()

    def _export_sol(self, week):
        """ITC-2007's solution of that instance."""
        instance = self._itc_instance()
        return instance.solution(
            (
                payload.wire_id("event", row.event_id.id),
                payload.wire_id("timeslot", slot.id),
                payload.wire_id("room", row.room_id.id),
                row.event_id.duration,
            )
            for row, _entry, slot, _last in self._export_rows(week)
        ).encode()
