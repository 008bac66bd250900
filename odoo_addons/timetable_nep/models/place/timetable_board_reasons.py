from odoo import models

from ...const import APPROVER, COORDINATOR, OFFICER

REASONS_SHOWN = 3


class TimetableVariant(models.Model):
    """Broken rules in words: which rule, and who is affected."""

    _inherit = "timetable.variant"

    def _board_names(self, verdicts):
        """Display names of all that the broken rules speak of, read at once."""
        return self._broken_names(
            [row for verdict in verdicts for row in verdict.broken]
        )

    def _broken_names(self, broken):
        who = {
            "faculty": {r.who for r in broken if r.detail == "faculty" and r.who}
            | {r.who for r in broken if r.rule.startswith("faculty_") and r.who},
            "batch": {r.who for r in broken if r.rule == "curriculum_conflict"},
            "relation": {r.who for r in broken if r.rule == "relation"},
            "class": {r.section for r in broken if r.section},
        }
        names = {
            kind: {
                record.id: record.display_name
                for record in self.env[f"timetable.{kind}"].sudo().browse(ids)
            }
            for kind, ids in who.items()
        }
        return names | {"private": self._private_faculty(who["faculty"])}

    def _private_faculty(self, ids):
        """Those of these people whose times and limits the reader may not know: a
        colleague in the portal is told that it cannot be, not why."""
        user = self.env.user
        if any(user.has_group(group) for group in (OFFICER, COORDINATOR, APPROVER)):
            return frozenset()
        faculty = self.env["timetable.faculty"].sudo().browse(ids)
        others = faculty.filtered(lambda one: one.partner_id != user.partner_id)
        return frozenset(others.ids)

    def _board_short(self, verdict):
        """Two words for a cell."""
        if verdict.feasible:
            return ""
        first = verdict.broken[0]
        words = {
            "pinned": self.env._("Pinned"),
            "class_conflict": self.env._("Class busy"),
            "class_same_day": self.env._("Same day"),
            "faculty_conflict": self.env._("Faculty busy"),
            "faculty_daily_load": self.env._("Day is full"),
            "curriculum_conflict": self.env._("Batch busy"),
            "student_conflict": self.env._("Students busy"),
            "room_conflict": self.env._("No free room"),
            "room_suitability": self.env._("No such room"),
            "relation": self.env._("Relation"),
        }
        details = {
            "break": self.env._("Does not fit"),
            "band": self.env._("Not its band"),
            "event": self.env._("Not allowed"),
            "weeks": self.env._("Other weeks"),
            "class": self.env._("Class away"),
            "faculty": self.env._("Faculty away"),
        }
        return words.get(first.rule) or details[first.detail]

    def _board_sentence(self, verdict, names):
        sentences = [self._board_reason(row, names) for row in verdict.broken]
        text = " ".join(sentences[:REASONS_SHOWN])
        more = len(sentences) - REASONS_SHOWN
        if more > 0:
            text += " " + self.env._("(and %s more reasons)", more)
        return text

    def _board_reason(self, row, names):
        section = names["class"].get(row.section, "")
        faculty = names["faculty"].get(row.who, "")
        personal = row.rule == "faculty_daily_load" or row.detail == "faculty"
        if personal and row.who in names["private"]:
            # The sentence that also stands for a shift of the class.
            return self.env._("The class is not available then.")
        if row.rule == "availability":
            return {
                "break": lambda: self.env._(
                    "It would run into a break or past the day's end."
                ),
                "band": lambda: self.env._(
                    "Courses of this category keep to their common band."
                ),
                "event": lambda: self.env._("This event may not start at that time."),
                "weeks": lambda: self.env._(
                    "It is held in weeks in which its class may not be."
                ),
                "class": lambda: self.env._("The class is not available then."),
                "faculty": lambda: self.env._("%s is not available then.", faculty),
            }[row.detail]()
        if row.rule == "faculty_conflict":
            return self.env._(
                "%(person)s teaches %(other)s then.", person=faculty, other=section
            )
        if row.rule == "faculty_daily_load":
            return self.env._(
                "%(person)s would teach more than %(count)s periods that day.",
                person=faculty,
                count=row.count,
            )
        if row.rule == "curriculum_conflict":
            return self.env._(
                "%(batch)s has %(other)s then.",
                batch=names["batch"].get(row.who, ""),
                other=section,
            )
        if row.rule == "student_conflict":
            if row.count == 1:
                return self.env._("One student is in %s then.", section)
            return self.env._(
                "%(count)s students are in %(other)s then.",
                count=row.count,
                other=section,
            )
        if row.rule == "room_conflict":
            return self.env._(
                "All suitable rooms (%s) are taken or closed then.", row.count
            )
        if row.rule == "relation":
            return self.env._(
                "It would break a relation: %s.", names["relation"].get(row.who, "")
            )
        return {
            "pinned": lambda: self.env._("It is pinned to another time."),
            "class_conflict": lambda: self.env._("%s has another event then.", section),
            "class_same_day": lambda: self.env._(
                "%s meets on that day already: one event a day.", section
            ),
            "room_suitability": lambda: self.env._(
                "No room has the type, the features and the seats it needs."
            ),
        }[row.rule]()
