from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...const import METRICS
from ...tools import remote

MOVES_SHOWN = 40
PEOPLE_SHOWN = 200
HIGHER_IS_BETTER = frozenset({"seat_use_percent", "students_without_clash_percent"})


class TimetableVariant(models.Model):
    """Two timetables side by side: figures, and what moved from one to the other."""

    _inherit = "timetable.variant"

    @remote.many
    def action_compare(self):
        """Open the comparison of two timetables of one term."""
        self._check_comparable()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "timetable_nep.timetable_variant_compare_action"
        )
        action["params"] = {"first_id": self[0].id, "second_id": self[1:2].id}
        return action

    def _check_comparable(self):
        self.check_access("read")
        if len(self) > 2:
            raise UserError(
                self.env._("Select two timetables: three are hard to compare.")
            )
        if not self or len(self.term_id) > 1:
            raise UserError(self.env._("Only timetables of one term can be compared."))

    @remote.one
    def compare_options(self):
        """The timetables that this one can be compared with, the likeliest first."""
        self._check_comparable()
        others = self.search(
            [("term_id", "=", self.term_id.id)], order="id desc", limit=60
        )
        states = dict(self._fields["state"]._description_selection(self.env))
        # The run's own siblings are what people choose between.
        rows = (others | self).sorted(
            lambda row: (row.run_id != self.run_id, row.id == self.id)
        )
        return [
            {
                "id": row.id,
                "name": row.display_name,
                "state": row.state,
                "state_label": states[row.state],
            }
            for row in rows
        ]

    @remote.many
    def compare_data(self, other_id):
        """Figures of both, and counts of what moved, in few queries."""
        first, second = self._compare_pair(other_id)
        return {
            "term": first.term_id.name,
            "variants": [row._compare_summary() for row in (first, second)],
            "figures": self._compare_figures(first, second),
            "costs": self._compare_costs(first, second),
            "moved": self._compare_counts(first, second),
            "faculty": self._compare_people(first, second, "faculty"),
            "batch": self._compare_people(first, second, "batch"),
        }

    def _compare_pair(self, other_id):
        self.ensure_one()
        other = self.browse(other_id).exists()
        if not other or other == self:
            raise UserError(self.env._("Choose another timetable to compare with."))
        (self | other)._check_comparable()
        return self, other

    def _compare_summary(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        return {
            "id": self.id,
            "name": self.display_name,
            "key": self.key or "",
            "state": self.state,
            "state_label": states[self.state],
            "stale": self.is_stale,
        }

    def _compare_figures(self, first, second):
        """Figures, each with which way is better."""
        labels = dict(self._metric_labels())
        pairs = [
            ("placed", self.env._("Events placed"), True, first.placed, second.placed),
            (
                "hard",
                self.env._("Rules broken"),
                False,
                first.score_hard,
                second.score_hard,
            ),
            (
                "soft",
                self.env._("Cost of wishes"),
                False,
                first.score_soft,
                second.score_soft,
            ),
        ]
        # Costs under different weights are not of one scale.
        comparable = (first.profile, first._requested_weights()) == (
            second.profile,
            second._requested_weights(),
        )
        ones, twos = first.metrics or {}, second.metrics or {}
        for name in METRICS:
            if name in ones or name in twos:
                pairs.append(
                    (
                        name,
                        labels[name],
                        name in HIGHER_IS_BETTER,
                        ones.get(name),
                        twos.get(name),
                    )
                )
        return [
            {
                "key": key,
                "label": label,
                "higher_is_better": higher,
                "values": [None if x is None else round(x, 2) for x in (one, two)],
                "better": self._compare_better(one, two, higher)
                if comparable or key != "soft"
                else None,
            }
            for key, label, higher, one, two in pairs
        ]

    def _compare_better(self, one, two, higher):
        """0 or 1 for the better of two figures; ``None`` if they are equal."""
        if one is None or two is None or round(one, 2) == round(two, 2):
            return None
        return int((two > one) == higher)

    def _metric_labels(self):
        return [
            ("student_gaps_per_student", self.env._("Idle periods per student")),
            ("faculty_gaps_per_person", self.env._("Idle periods per faculty member")),
            ("seat_use_percent", self.env._("Seats used, %")),
            ("faculty_days_per_person", self.env._("Teaching days per faculty member")),
            ("rooms_used", self.env._("Rooms used")),
            (
                "students_without_clash_percent",
                self.env._("Students without a clash, %"),
            ),
        ]

    def _compare_costs(self, first, second):
        """What each wish costs in the two; those that cost nothing in both left out."""
        costs = {}
        for place, variant in enumerate((first, second)):
            for row in variant.breakdown or []:
                cost = costs.setdefault(
                    row["constraint"],
                    {
                        "key": row["constraint"],
                        "label": self._constraint_label(row["constraint"]),
                        "hard": row["hard"],
                        "values": [0, 0],
                        "counts": [0, 0],
                    },
                )
                cost["values"][place] = row["cost"]
                cost["counts"][place] = row["violations"]
        shown = [row for row in costs.values() if any(row["counts"])]
        shown.sort(key=lambda row: (not row["hard"], -max(row["values"]), row["key"]))
        return shown

    # ---- What moved
    def _compare_source(self, first, second, domain=None):
        """Events that the user may see, with their place in both and what changed.

        Without a first one, all that the second places is new.
        """
        Event = self.env["timetable.event"]
        Event.flush_model()
        self.env["timetable.assignment"].flush_model()
        events = Event._search(
            Domain("term_id", "=", second.term_id.id) & (domain or Domain.TRUE)
        )
        return SQL(
            """
            SELECT e.id AS event_id, e.class_id, e.own_faculty,
                   a.timeslot_id AS slot_a, a.room_id AS room_a,
                   b.timeslot_id AS slot_b, b.room_id AS room_b,
                   CASE WHEN a.id IS NULL AND b.id IS NULL THEN 'none'
                        WHEN a.id IS NULL THEN 'placed'
                        WHEN b.id IS NULL THEN 'removed'
                        WHEN a.timeslot_id != b.timeslot_id THEN 'time'
                        WHEN a.room_id IS DISTINCT FROM b.room_id THEN 'room'
                        ELSE 'same' END AS change
              FROM timetable_event e
              LEFT JOIN timetable_assignment a
                     ON a.event_id = e.id AND a.variant_id = %(first)s
              LEFT JOIN timetable_assignment b
                     ON b.event_id = e.id AND b.variant_id = %(second)s
             WHERE e.id IN %(events)s
            """,
            first=first.id or None,
            second=second.id,
            events=events.subselect(),
        )

    def _moved_classes(self, before):
        """Ids of classes of which an event has another time or room than before."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT class_id FROM (%s) AS pair "
                "WHERE change NOT IN ('same', 'none')",
                self._compare_source(before, self),
            )
        )
        return {row[0] for row in rows}

    def _students_with_another_week(self, before, moved):
        """Ids of students with a class that moves, or with another class than before.

        :param before: the other timetable, or none
        :param set moved: ids of the classes that move
        """
        old = before.sudo()._classes_of_students() if before else {}
        new = self.sudo()._classes_of_students()
        return [
            student
            for student in old.keys() | new.keys()
            if old.get(student, frozenset()) != new.get(student, frozenset())
            or not moved.isdisjoint(new.get(student, ()))
        ]

    def _compare_counts(self, first, second):
        rows = dict(
            self.env.execute_query(
                SQL(
                    "SELECT change, count(*) FROM (%s) AS pair GROUP BY change",
                    self._compare_source(first, second),
                )
            )
        )
        counts = {
            key: rows.get(key, 0)
            for key in ("same", "time", "room", "placed", "removed")
        }
        total = sum(counts.values())
        changed = total - counts["same"]
        return {
            **counts,
            "total": total,
            "changed": changed,
            "percent": round(100 * changed / total, 1) if total else 0.0,
        }

    def _compare_people(self, first, second, kind):
        """For each faculty member or batch: how many of their events moved."""
        source = self._compare_source(first, second)
        if kind == "faculty":
            self.env["timetable.class"].flush_model(["faculty_ids"])
            members = SQL(
                """
                SELECT p.*, r.faculty_id AS member FROM pair p
                  JOIN timetable_class_faculty_rel r ON r.class_id = p.class_id
                 WHERE p.own_faculty IS NOT TRUE
                 UNION ALL
                SELECT p.*, r.faculty_id FROM pair p
                  JOIN timetable_event_faculty_rel r ON r.event_id = p.event_id
                 WHERE p.own_faculty
                """
            )
        else:
            self.env["timetable.batch"].flush_model(["class_ids"])
            members = SQL(
                """
                SELECT p.*, r.batch_id AS member FROM pair p
                  JOIN timetable_batch_class_rel r ON r.class_id = p.class_id
                """
            )
        rows = self.env.execute_query(
            SQL(
                """
                WITH pair AS (%s), member AS (%s)
                SELECT member,
                       count(*) FILTER (WHERE change NOT IN ('same', 'none', 'room')),
                       count(*) FILTER (WHERE change = 'room'),
                       count(*) FILTER (WHERE change != 'none'),
                       count(*) OVER ()
                  FROM member
                 GROUP BY member
                HAVING count(*) FILTER (WHERE change NOT IN ('same', 'none')) > 0
                 ORDER BY 2 DESC, 3 DESC, member
                 LIMIT %s
                """,
                source,
                members,
                PEOPLE_SHOWN,
            )
        )
        found = self.env[f"timetable.{kind}"].browse(row[0] for row in rows)
        names = {row.id: row.display_name for row in found._filtered_access("read")}
        return {
            "total": rows[0][4] if rows else 0,
            "rows": [
                {
                    "id": member,
                    "name": names[member],
                    "moved": moved,
                    "rooms": rooms,
                    "events": events,
                }
                for member, moved, rooms, events, _total in rows
                if member in names
            ],
        }

    @remote.many
    def compare_moves(
        self, other_id, query="", change="", faculty_id=False, batch_id=False, offset=0
    ):
        """One page of what moved: from where, to where.

        :param str query: part of a class, a course or a faculty member's name
        :param str change: ``time``, ``room``, ``placed`` or ``removed``; all if empty
        """
        first, second = self._compare_pair(other_id)
        domain = Domain.TRUE
        for word in (query or "").split():
            domain &= (
                Domain("class_id", "ilike", word)
                | Domain("class_id.course_id", "ilike", word)
                | self._compare_taught_by("name", "ilike", word)
            )
        if faculty_id:
            domain &= self._compare_taught_by("id", "=", faculty_id)
        if batch_id:
            domain &= Domain("class_id.batch_ids", "in", [batch_id])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT event_id, change, slot_a, room_a, slot_b, room_b,
                       count(*) OVER ()
                  FROM (%s) AS pair
                 WHERE CASE WHEN %s = '' THEN change NOT IN ('same', 'none')
                            ELSE change = %s END
                 ORDER BY class_id, event_id
                 LIMIT %s OFFSET %s
                """,
                self._compare_source(first, second, domain),
                change or "",
                change or "",
                MOVES_SHOWN,
                max(0, int(offset)),
            )
        )
        return {
            "total": rows[0][6] if rows else 0,
            "limit": MOVES_SHOWN,
            "rows": self._compare_rows(rows),
        }

    def _compare_taught_by(self, path, operator, value):
        own = Domain("own_faculty", "=", True)
        return (own & Domain(f"faculty_ids.{path}", operator, value)) | (
            ~own & Domain(f"class_id.faculty_ids.{path}", operator, value)
        )

    def _compare_rows(self, rows):
        events = self.env["timetable.event"].browse(row[0] for row in rows)
        slots = self.env["timetable.timeslot"].browse(
            {slot for row in rows for slot in (row[2], row[4]) if slot}
        )
        # A shared room may be another department's: its name is no secret.
        rooms = (
            self.env["timetable.room"]
            .sudo()
            .browse({room for row in rows for room in (row[3], row[5]) if room})
        )
        when = {slot.id: slot.display_name for slot in slots}
        where = {room.id: room.display_name for room in rooms}

        def place(slot, room):
            return slot and {"slot": when[slot], "room": where.get(room, "")}

        return [
            {
                "event_id": event.id,
                "class_id": event.class_id.id,
                "name": event.class_id.display_name,
                "course": event.class_id.course_id.name or "",
                "faculty": ", ".join(
                    person.name or person.code or "" for person in event.teacher_ids
                ),
                "change": change,
                "from": place(slot_a, room_a),
                "to": place(slot_b, room_b),
            }
            for event, (_id, change, slot_a, room_a, slot_b, room_b, _n) in zip(
                events, rows, strict=True
            )
        ]
