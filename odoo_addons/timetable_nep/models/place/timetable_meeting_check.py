from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.feasibility import Broken

SHOWN = 3
AT_ONCE = """
    (CASE WHEN m.hour_to > 0 AND o.hour_to > 0
          THEN m.start < o.stop AND o.start < m.stop
          ELSE m.date = o.date AND ms.grid_id = os.grid_id
               AND ms.period < os.period + o.duration
               AND os.period < ms.period + m.duration END)
"""
"""Two meetings share time: by the clock, or by periods of a grid without hours."""


class TimetableMeeting(models.Model):
    """The last word on every meeting that is put somewhere.

    Forms and boards ask :mod:`..tools.feasibility` first, for its sentences and free
    rooms. What is written is compared here with every row in force, of whatever term,
    grid and university: a way in that forgot to ask first gets no further.
    """

    _inherit = "timetable.meeting"

    def _hold(self, change):
        """Write what holds after a step, unless it is taken."""
        self.ensure_one()
        meeting = self.sudo()
        people = meeting.faculty_ids
        place = (meeting.start, meeting.timeslot_id, meeting.room_id)
        # A row made for an extra class holds nothing before its first step.
        held = (meeting.origin_date or meeting.change_id) and (
            meeting.status != "cancelled"
        )
        meeting._show(change)
        stays = held and place == (meeting.start, meeting.timeslot_id, meeting.room_id)
        meeting._refuse_clashes(meeting.faculty_ids - people if stays else None)

    def _refuse_clashes(self, only_people=None, advice=""):
        """Refuse what would be at one time with something else of the same room, the
        same people or the same students.

        :param only_people: of a meeting that stays where it is: who is new to it
        :param advice: a sentence for the end
        """
        clashes = self._clashes()
        if only_people is not None:
            clashes = [
                row
                for row in clashes
                if row["rule"] == "faculty_conflict" and row["who"] in only_people.ids
            ]
        if not clashes:
            return
        first = self.browse(clashes[0]["meeting"])
        sentences = self._clash_sentences(clashes)
        raise UserError(
            self.env._(
                "%(class)s cannot be held on %(day)s. %(reasons)s",
                **{
                    "class": first.sudo().class_id.display_name,
                    "day": self.env["timetable.meeting.change"]._day(first.date),
                    "reasons": " ".join(filter(None, [*sentences[:SHOWN], advice])),
                },
            )
        )

    def _is_in_the_way(self):
        """Whether what a change made of this meeting is taken by something else.

        Of one that is where it is planned, only who stands in counts.
        """
        self.ensure_one()
        planned = (self.origin_date, self.planned_timeslot_id, self.planned_room_id)
        at_home = planned == (self.date, self.timeslot_id, self.room_id)
        guests = self.faculty_ids - self.event_id.teacher_ids
        return any(
            not at_home
            or (row["rule"] == "faculty_conflict" and row["who"] in guests.ids)
            for row in self._clashes()
        )

    def _clash_sentences(self, clashes):
        variant = self.env["timetable.variant"]
        broken = [
            Broken(
                row["rule"], who=row["who"], section=row["class"], count=row["count"]
            )
            for row in clashes
            if row["rule"] != "room_conflict"
        ]
        others = self.browse({row["other"] for row in clashes}).sudo()
        room = {row.id: row.room_id.display_name for row in others}
        section = {row.id: row.class_id.display_name for row in others}
        said = [
            self.env._(
                "%(room)s holds %(other)s then.",
                room=room[row["other"]],
                other=section[row["other"]],
            )
            for row in clashes
            if row["rule"] == "room_conflict"
        ]
        names = self.env["timetable.variant"]._broken_names(broken)
        said += [variant._board_reason(row, names) for row in broken]
        return list(dict.fromkeys(said))

    @api.model
    def _flush_for_clashes(self):
        self.env["timetable.meeting"].flush_model()
        self.env["timetable.seat"]._flush_seats()
        self.env["timetable.timeslot"].flush_model(["grid_id", "period"])
        self.env["timetable.class"].flush_model(["joint_ids"])

    def _clashes(self):
        """What these meetings have at once with others.

        :return: list of dictionaries: ``meeting``, ``other``, ``rule``, ``who``,
            ``class`` (the other's) and ``count`` (students), by date
        """
        self._flush_for_clashes()
        names = ("meeting", "other", "rule", "who", "class", "count")
        rows = self.env.execute_query(
            SQL(
                """
                WITH pair AS (
                    SELECT m.id AS mine, m.date, m.room_id, m.class_id,
                           o.id AS other, o.room_id AS other_room,
                           o.class_id AS other_class
                      FROM timetable_meeting m
                      JOIN timetable_timeslot ms ON ms.id = m.timeslot_id
                      JOIN timetable_meeting o
                        ON o.id != m.id AND o.status != 'cancelled'
                       AND o.date BETWEEN m.date - 1 AND m.date + 1
                      JOIN timetable_timeslot os ON os.id = o.timeslot_id
                     WHERE m.id = ANY(%(ids)s) AND m.status != 'cancelled'
                       AND %(at_once)s
                       AND NOT EXISTS (
                           SELECT FROM timetable_joint_class_rel mj
                             JOIN timetable_joint_class_rel oj
                               ON oj.joint_id = mj.joint_id
                            WHERE mj.class_id = m.class_id AND oj.class_id = o.class_id
                              AND o.class_id != m.class_id)
                )
                SELECT mine, other, rule, who, class, count
                  FROM (
                    SELECT mine, date, other, 'room_conflict' AS rule,
                           NULL::int AS who, other_class AS class, 0::bigint AS count
                      FROM pair WHERE room_id = other_room
                     UNION ALL
                    SELECT mine, date, other, 'class_conflict', NULL, other_class, 0
                      FROM pair WHERE class_id = other_class
                     UNION ALL
                    SELECT mine, date, other, 'faculty_conflict', f.faculty_id,
                           other_class, 0
                      FROM pair
                      JOIN timetable_meeting_faculty_rel f ON f.meeting_id = mine
                      JOIN timetable_meeting_faculty_rel g
                        ON g.meeting_id = other AND g.faculty_id = f.faculty_id
                     UNION ALL
                    SELECT mine, date, other, 'student_conflict', NULL, other_class,
                           count(*)
                      FROM pair
                      JOIN timetable_seat a ON a.class_id = pair.class_id
                      JOIN timetable_seat b
                        ON b.class_id = other_class AND b.student_id = a.student_id
                     WHERE pair.class_id != other_class
                     GROUP BY mine, date, other, other_class
                  ) AS found
                 ORDER BY date, mine, rule, other, who
                """,
                ids=list(self._ids),
                at_once=SQL(AT_ONCE),
            )
        )
        return [dict(zip(names, row, strict=True)) for row in rows]
