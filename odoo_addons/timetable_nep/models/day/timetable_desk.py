from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...const import COORDINATOR, OFFICER, READ_AT_ONCE
from ...tools import remote

DAYS = 2
PROPOSED = 5
GAPS_SHOWN = 60


class TimetableDesk(models.AbstractModel):
    """The morning's work: who is away, which classes lack a teacher, who could help.

    All classes of some days whose teacher is away or whose room is closed, with people
    who are free; one press hands a class over, by the steps that check the rules and
    tell those concerned.
    """

    _name = "timetable.desk"
    _description = "Substitution desk"

    @api.model
    def _require(self):
        user = self.env.user
        if not (user.has_group(OFFICER) or user.has_group(COORDINATOR)):
            raise AccessError(
                self.env._("Only timetable officers and coordinators use this page.")
            )

    # ---- What the page shows
    @api.model
    @remote.asked
    def desk_data(self, day=False):
        """Gaps of a day and the next one, and what was done about them.

        :param day: the first day; today if not given
        """
        self._require()
        Term = self.env["timetable.term"]
        today = Term._clock_now(self.env.company).date()
        day = fields.Date.to_date(day or None) or today
        Change = self.env["timetable.meeting.change"]
        days = []
        for shift in range(DAYS):
            date = day + timedelta(days=shift)
            gaps, done = self._of_day(date)
            days.append(
                {
                    "date": str(date),
                    "name": Change._day(date),
                    "gaps": [self._gap(row, *why) for row, *why in gaps[:GAPS_SHOWN]],
                    "more": max(0, len(gaps) - GAPS_SHOWN),
                    "done": [self._row(meeting) for meeting in done],
                }
            )
        return {"day": str(day), "today": str(today), "days": days}

    @api.model
    def _of_day(self, date):
        """``(gaps, done)``: ``(meeting, who is away, whether the room is closed)`` of
        those to care for, and the meetings that were changed."""
        company = Domain("company_id", "in", self.env.companies.ids)
        absences = (
            self.env["timetable.absence"]
            .sudo()
            .search(
                company
                & Domain("date_start", "<=", date)
                & Domain("date_end", ">=", date)
            )
        )
        concerned = Domain("faculty_ids", "in", absences.faculty_id.ids)
        concerned |= Domain("room_id", "in", absences.room_id.ids)
        Meeting = self.env["timetable.meeting"]
        held = Meeting.search_fetch(
            company
            & Domain("date", "=", date)
            & Domain("status", "!=", "cancelled")
            & concerned,
            READ_AT_ONCE,
        )
        gaps = []
        for meeting in held:
            hit = absences.filtered(
                lambda row, meeting=meeting: (
                    not meeting.hour_to
                    or (
                        row.hour_from < meeting.hour_to
                        and meeting.hour_from < row.hour_to
                    )
                )
            )
            away = hit.faculty_id & meeting.sudo().faculty_ids
            closed = meeting.room_id in hit.room_id
            if away or closed:
                gaps.append((meeting, away, closed))
        done = Meeting.search(
            company & Domain("date", "=", date) & Domain("change_id", "!=", False)
        )
        return gaps, done - Meeting.union(*(row[0] for row in gaps))

    @api.model
    def _row(self, meeting):
        """A class of a day in words."""
        shown = meeting.sudo()
        values = shown._as_dict()
        labels = dict(shown._fields["status"]._description_selection(self.env))
        return {
            "id": meeting.id,
            **{key: values[key] for key in ("code", "course", "room", "faculty")},
            "hours": "–".join(filter(None, (values["clock_from"], values["clock_to"]))),
            "status": values["status"],
            "status_label": labels[values["status"]],
            "reason": values["reason"],
            "students": shown.student_count,
            "decides": self.env._(
                "The coordinator of %s decides.", shown.department_id.display_name or ""
            ),
            "can_change": self._may(meeting),
        }

    @api.model
    def _gap(self, meeting, away, closed):
        mine = self._may(meeting)
        people = meeting._substitutes(limit=PROPOSED) if away and mine else []
        fits = {
            row["faculty"].id: self.env._("teaches this course")
            if row["same_course"]
            else self.env._("same department")
            if row["same_department"]
            else row["faculty"].department_id.display_name or ""
            for row in people
        }
        return {
            **self._row(meeting),
            "away": ", ".join(member.name or member.code for member in away),
            "closed": closed,
            "candidates": [
                {
                    "id": row["faculty"].id,
                    "name": row["faculty"].name or row["faculty"].code,
                    "fit": fits[row["faculty"].id],
                    "load": row["load"],
                }
                for row in people
            ],
        }

    @api.model
    def _may(self, meeting):
        try:
            self.env["timetable.meeting.change"]._check_may_change(meeting.event_id)
        except AccessError:
            return False
        return True

    # ---- One press each
    @api.model
    @remote.asked
    def desk_substitute(self, meeting_id, faculty_id, reason=""):
        """Somebody takes a class in place of those who are away."""
        meeting = self._meeting(meeting_id)
        member = self.env["timetable.faculty"].browse(faculty_id).exists()
        if not member:
            raise UserError(self.env._("Choose who teaches it."))
        member.check_access("read")
        _held, away, _closed = next(
            (row for row in self._of_day(meeting.date)[0] if row[0] == meeting),
            (meeting, meeting.faculty_ids, False),
        )
        # Who teaches it beside them stays.
        members = (meeting.sudo().faculty_ids - away).with_env(self.env) | member
        return bool(meeting._substitute(members, reason))

    @api.model
    @remote.asked
    def desk_cancel(self, meeting_id, reason=""):
        """The class does not take place."""
        return bool(self._meeting(meeting_id)._cancel(reason))

    @api.model
    @remote.asked
    def desk_undo(self, meeting_id):
        """Take back the last step; a form where its place is taken by now."""
        return self._meeting(meeting_id).action_undo()

    @api.model
    def _meeting(self, meeting_id):
        self._require()
        meeting = self.env["timetable.meeting"].browse(meeting_id).exists()
        if not meeting:
            raise UserError(
                self.env._("This meeting is not in the timetable any more.")
            )
        meeting.check_access("read")
        return meeting
