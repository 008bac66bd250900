from odoo import fields, models

from ...const import OFFICER
from ...tools import remote

ROWS_SHOWN = 200


class TimetableVariant(models.Model):
    """Repair: what does not hold any more, and what a repair run moved and why."""

    _inherit = "timetable.variant"

    is_repair = fields.Boolean(compute="_compute_is_repair")
    repair_html = fields.Html("What moves", compute="_compute_repair_html")

    def _compute_is_repair(self):
        for variant in self:
            run = variant.run_id.sudo()
            variant.is_repair = run.mode == "repair" and bool(run.base_variant_id)

    @remote.one
    def action_repair(self):
        """Open the form that says what is broken now and starts a repair."""
        self._require(OFFICER)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_repair_wizard_action"
        )
        action["context"] = {"default_variant_id": self.id}
        return action

    # ---- What does not hold any more
    def _repair_findings(self):
        """Sentences: the rules that this timetable breaks with today's data."""
        self.ensure_one()
        findings = self._audit_findings()
        facts = self._conflict_facts(findings)
        sentences = [self._conflict_sentence(row, facts) for row in findings]
        return self._repair_closed_rooms() + self._repair_unplaced() + sentences

    def _repair_closed_rooms(self):
        """Rooms in use by this timetable that are archived or not the term's."""
        usable = self.term_id._usable_rooms()
        rows = (
            self.env["timetable.assignment"]
            .sudo()
            ._read_group(
                [
                    ("variant_id", "=", self.id),
                    ("room_id", "!=", False),
                    ("room_id", "not in", usable.ids),
                ],
                ["room_id"],
                ["__count"],
            )
        )
        return [
            self.env._(
                "%(room)s is not in use any more, and %(count)s events are there.",
                room=room.display_name,
                count=count,
            )
            for room, count in rows
        ]

    def _repair_unplaced(self):
        """Classes without a teacher, and choices without a class: what comes from a
        member who left and from new enrolments."""
        lines = []
        Section = self.env["timetable.class"]
        left = (
            Section.with_context(active_test=False)
            .search(
                [
                    ("term_id", "=", self.term_id.id),
                    ("faculty_ids.active", "=", False),
                    ("event_ids", "any", [("own_faculty", "=", False)]),
                ]
            )
            .with_env(self.env)
            .filtered(lambda section: not section.faculty_ids)
        )
        if left:
            lines.append(
                self.env._(
                    "Classes that lost their faculty member: %(count)s (%(names)s). "
                    "Name somebody else before the repair.",
                    count=len(left),
                    names=", ".join(left[:5].mapped("display_name")),
                )
            )
        waiting = self.env["timetable.enrolment"].search_count(
            [("term_id", "=", self.term_id.id), ("class_id", "=", False)]
        )
        if waiting:
            lines.append(
                self.env._("Choices of students without a class: %s.", waiting)
            )
        return lines

    # ---- What a repair moved
    def _compute_repair_html(self):
        for variant in self:
            if not variant.is_repair:
                variant.repair_html = False
                continue
            moves = variant._repair_moves()
            variant.repair_html = self.env["ir.qweb"]._render(
                "timetable_nep.timetable_repair_report",
                {
                    "moves": moves[:ROWS_SHOWN],
                    "more": max(0, len(moves) - ROWS_SHOWN),
                    "total": variant.total,
                    "moved": len(moves),
                    "students": len(
                        {student for row in moves for student in row["student_ids"]}
                    ),
                    "faculty": len(
                        {member for row in moves for member in row["faculty_ids"]}
                    ),
                    "base": variant.run_id.sudo().base_variant_id.display_name,
                },
            )

    def _repair_moves(self):
        """Each event that is elsewhere than in the timetable repaired.

        The reason is what staying would have broken: first by itself, with today's
        data, or else together with what the repair put there.

        :return: list of dictionaries, those with most students first
        """
        self.ensure_one()
        base = self.run_id.sudo().base_variant_id
        old = {row.event_id: row for row in base.assignment_ids}
        new = {row.event_id: row for row in self.sudo().assignment_ids}
        moved = [
            event
            for event in old.keys() | new.keys()
            if (old.get(event), new.get(event)) != (None, None)
            and self._repair_place(old.get(event)) != self._repair_place(new.get(event))
        ]
        events = self.env["timetable.event"].browse(event.id for event in moved)
        reasons = self._repair_reasons(base, events.sudo(), old)
        students = self._students_by_class()
        rows = []
        for event in events._filtered_access("read"):
            # A coordinator may not read offerings of other departments.
            event = event.sudo()
            section = event.class_id
            rows.append(
                {
                    "name": section.display_name,
                    "course": section.course_id.name or "",
                    "faculty": ", ".join(
                        member.name or "" for member in event.teacher_ids
                    ),
                    "faculty_ids": event.teacher_ids.ids,
                    "students": len(students.get(section.id, ())),
                    "student_ids": students.get(section.id, frozenset()),
                    "old": self._repair_words(old.get(event)),
                    "new": self._repair_words(new.get(event)),
                    "reason": reasons.get(event.id, ""),
                }
            )
        rows.sort(key=lambda row: (-row["students"], row["name"]))
        return rows

    def _repair_place(self, row):
        return row and (row.timeslot_id.id, row.room_id.id)

    def _repair_words(self, row):
        if not row:
            return self.env._("no place")
        room = row.sudo().room_id.display_name
        return " ".join(filter(None, [row.timeslot_id.display_name, room]))

    def _repair_reasons(self, base, events, old):
        """Event id → why it could not stay."""
        reasons = {}
        own = base._audit_findings(set(events.ids))
        facts = base._conflict_facts(own)
        for finding in own:
            if finding.broken.rule != "unplaced":
                sentence = base._conflict_sentence(finding, facts)
                for event in finding.events:
                    reasons.setdefault(event, sentence)
        usable = self.term_id.sudo()._usable_rooms()
        for event in events:
            row = old.get(event)
            if not row:
                reasons[event.id] = self.env._("It had no place before.")
            elif row.room_id and row.room_id not in usable:
                reasons[event.id] = self.env._(
                    "%s is not in use any more.", row.room_id.display_name
                )
        open_ones = events.filtered(lambda event: event.id not in reasons)
        return reasons | self._repair_ways(
            {event.id: old[event] for event in open_ones}
        )

    def _repair_ways(self, old):
        """Event id → what stands now where the event was.

        :param old: event id → its place in the timetable repaired
        """
        if not old:
            return {}
        variant = self.sudo()
        elsewhere = variant._held_elsewhere()
        audit = variant._audit(elsewhere)
        students = {**variant._students_by_class(), **elsewhere.students}
        verdicts = {
            need.event: audit.verdict_at(
                need,
                old[need.event].timeslot_id.id,
                old[need.event].room_id.id,
                students,
            )
            for need in variant._audit_candidates({}, set(old), elsewhere)
        }
        names = self._board_names(list(verdicts.values()))
        ways = {}
        for event, verdict in verdicts.items():
            if verdict.feasible:
                ways[event] = self.env._("No rule asked for it: it serves the wishes.")
            elif [row.rule for row in verdict.broken] == ["room_conflict"]:
                ways[event] = self.env._("Its room is needed for another event now.")
            else:
                ways[event] = self.env._(
                    "To make way: %s", self._board_reason(verdict.broken[0], names)
                )
        return ways
