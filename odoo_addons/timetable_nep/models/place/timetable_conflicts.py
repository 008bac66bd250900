from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import remote

ITEMS_SHOWN = 40
WISHES_SHOWN = 20
EVENTS_NAMED = 4
RULE_ORDER = (
    "unplaced",
    "student_conflict",
    "curriculum_conflict",
    "faculty_conflict",
    "room_conflict",
    "class_conflict",
    "class_same_day",
    "section_limit",
    "sectioning",
    "availability",
    "room_suitability",
    "faculty_daily_load",
    "pinned",
    "relation",
)


class TimetableVariant(models.Model):
    """What is wrong with a timetable as it stands now, with the ways out."""

    _inherit = "timetable.variant"

    conflict_count = fields.Integer(
        "Conflicts",
        readonly=True,
        copy=False,
        help="Hard rules that it breaks. Counted in the background after each change.",
    )
    audited_revision = fields.Integer(
        default=-1,
        readonly=True,
        copy=False,
        help="The count of changes by hand that the conflicts were counted at.",
    )
    is_audited = fields.Boolean(compute="_compute_is_audited")

    @api.depends("board_revision", "audited_revision")
    def _compute_is_audited(self):
        for variant in self:
            variant.is_audited = variant.board_revision == variant.audited_revision

    def _keep_conflict_count(self, count, revision):
        """Remember how many rules are broken, as of a count of changes by hand."""
        self.ensure_one()
        if (self.conflict_count, self.audited_revision) != (count, revision):
            self.sudo()._guarded().with_context(tracking_disable=True).write(
                {"conflict_count": count, "audited_revision": revision}
            )

    def _recount_conflicts(self):
        """Count what is broken as it stands now."""
        self.ensure_one()
        revision = self.board_revision
        self._keep_conflict_count(len(self._audit_findings()), revision)

    @remote.one
    def action_open_conflicts(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "timetable_nep.timetable_conflicts_action"
        )
        action["params"] = {"variant_id": self.id}
        return action

    @api.model
    def conflicts_variants(self):
        """The timetables to choose from."""
        rows = self.search(
            [("state", "not in", ("archived", "rejected"))], limit=60, order="id desc"
        )
        return [{"id": row.id, "name": row.display_name} for row in rows]

    @remote.one
    def conflicts_data(self):
        """Broken rules by rule, then the wishes that cost most."""
        self.check_access("read")
        findings = self._audit_findings()
        self._keep_conflict_count(len(findings), self.board_revision)
        by_rule = defaultdict(list)
        for finding in findings:
            by_rule[finding.broken.rule].append(finding)
        shown = {
            rule: self._conflict_order(rows)[:ITEMS_SHOWN]
            for rule, rows in by_rule.items()
        }
        facts = self._conflict_facts([row for rows in shown.values() for row in rows])
        return {
            "variant": self._board_summary(),
            "total": len(findings),
            "rules": [
                {
                    "rule": rule,
                    "label": self._constraint_label(rule),
                    "count": len(by_rule[rule]),
                    "items": [self._conflict_item(row, facts) for row in shown[rule]],
                }
                for rule in sorted(shown, key=RULE_ORDER.index)
            ],
            "wishes": self._conflict_wishes(),
        }

    @staticmethod
    def _conflict_order(findings):
        """Those that concern most people first."""
        return sorted(findings, key=lambda row: (-row.broken.count, row.events))

    def _conflict_wishes(self):
        """What the last scoring found costly: sums, and the worst instances."""
        soft = [
            row
            for row in self.breakdown or []
            if not row["hard"] and row["cost"] and row["violations"]
        ]
        soft.sort(key=lambda row: -row["cost"])
        instances = defaultdict(list)
        for row in self.violations or []:
            if not row["hard"]:
                instances[row["constraint"]].append(row)
        rows = []
        for row in soft:
            worst = instances[row["constraint"]][:WISHES_SHOWN]
            rows.append(
                {
                    "constraint": row["constraint"],
                    "label": self._constraint_label(row["constraint"]),
                    "count": row["violations"],
                    "cost": row["cost"],
                    "items": [
                        {"sentence": sentence, "ways": ways}
                        for sentence, ways in self._wire_rows(worst)
                    ],
                }
            )
        return rows

    # ---- One broken rule in words
    def _conflict_facts(self, findings):
        """Names of all that is shown, read at once."""
        ids = {event for row in findings for event in row.events[:EVENTS_NAMED]}
        events = self.env["timetable.event"].sudo().browse(sorted(ids))
        readable = set(
            self.env["timetable.event"].browse(events.ids)._filtered_access("read")._ids
        )
        placed = {
            row.event_id.id: row
            for row in self.env["timetable.assignment"]
            .sudo()
            .search_fetch(
                Domain("event_id", "in", events.ids)
                & (
                    Domain("variant_id", "=", self.id)
                    | Domain("variant_id.state", "=", "published")
                    & Domain("variant_id.term_id", "!=", self.term_id.id)
                ),
                ["event_id", "timeslot_id", "room_id", "pinned"],
            )
        }
        cards = {}
        for event in events:
            row = placed.get(event.id, self.env["timetable.assignment"])
            section = event.class_id
            cards[event.id] = {
                "id": event.id,
                "class_id": section.id,
                "name": section.display_name
                if event.term_id == self.term_id
                else f"{section.display_name} ({event.term_id.name})",
                "course": section.course_id.name or "",
                "when": row.timeslot_id.display_name or "",
                "room": row.room_id.sudo().display_name or "",
                "room_id": row.room_id.id,
                "pinned": row.pinned,
                "can_read": event.id in readable,
            }
        return {"cards": cards, **self._conflict_names(findings)}

    def _conflict_names(self, findings):
        who = defaultdict(set)
        for row in findings:
            broken = row.broken
            if broken.section:
                who["class"].add(broken.section)
            if not broken.who:
                continue
            if broken.rule == "curriculum_conflict":
                who["batch"].add(broken.who)
            elif broken.rule == "relation":
                who["relation"].add(broken.who)
            elif broken.rule == "sectioning":
                who["offering"].add(broken.who)
            else:
                who["faculty"].add(broken.who)
        return {
            kind: {
                record.id: record.display_name
                for record in self.env[f"timetable.{kind}"].sudo().browse(who[kind])
            }
            for kind in ("class", "batch", "relation", "offering", "faculty")
        }

    def _conflict_item(self, finding, facts):
        broken = finding.broken
        events = [
            facts["cards"][event]
            for event in finding.events[:EVENTS_NAMED]
            if event in facts["cards"]
        ]
        return {
            "key": "-".join(
                str(part)
                for part in (
                    broken.rule,
                    broken.detail,
                    broken.who or 0,
                    broken.section or 0,
                    *finding.events,
                )
            ),
            "sentence": self._conflict_sentence(finding, facts),
            "events": events,
            "more": len(finding.events) - len(events),
            "faculty_id": broken.who if self._concerns_faculty(broken) else False,
            "batch_id": broken.who if broken.rule == "curriculum_conflict" else False,
            "class_id": broken.section if broken.rule == "section_limit" else False,
            "offering_id": broken.who if broken.rule == "sectioning" else False,
        }

    @staticmethod
    def _concerns_faculty(broken):
        return bool(broken.who) and broken.rule not in (
            "curriculum_conflict",
            "relation",
            "sectioning",
        )

    def _conflict_sentence(self, finding, facts):
        """Which rule is broken, and who is concerned: the timetable as it is."""
        broken, cards = finding.broken, facts["cards"]
        names = [cards[event]["name"] for event in finding.events if event in cards]
        text = {
            "first": names[0] if names else "",
            "all": ", ".join(names),
            "person": facts["faculty"].get(broken.who, ""),
            "batch": facts["batch"].get(broken.who, ""),
            "relation": facts["relation"].get(broken.who, ""),
            "offering": facts["offering"].get(broken.who, ""),
            "section": facts["class"].get(broken.section, ""),
            "count": broken.count,
            "room": next((cards[e]["room"] for e in finding.events if e in cards), ""),
        }
        sentence = self._conflict_sentences(broken)
        if broken.rule == "student_conflict" and broken.count == 1:
            sentence = self.env._("One student has %(all)s at the same time.")
        return sentence % text

    def _conflict_sentences(self, broken):
        """The sentence of one kind of conflict, with gaps for the names."""
        special = {
            ("availability", "break"): self.env._(
                "%(first)s runs into a break or past the day's end."
            ),
            ("availability", "band"): self.env._(
                "%(first)s is outside the common band of its category."
            ),
            ("availability", "event"): self.env._(
                "%(first)s may not start at that time."
            ),
            ("availability", "weeks"): self.env._(
                "%(first)s is held in weeks in which its class may not be."
            ),
            ("availability", "class"): self.env._(
                "%(first)s meets when the class is not available."
            ),
            ("availability", "faculty"): self.env._(
                "%(person)s is not available when %(first)s meets."
            ),
            ("sectioning", "missing"): self.env._(
                "%(offering)s: %(count)s students have no class of it."
            ),
            ("sectioning", "twice"): self.env._(
                "%(offering)s: %(count)s students are in more than one class of it."
            ),
            ("sectioning", "apart"): self.env._(
                "%(offering)s: %(count)s students are in a group of a class that they "
                "do not attend."
            ),
            ("sectioning", "decided"): self.env._(
                "%(offering)s: %(count)s students are not in the class decided for "
                "them."
            ),
            ("room_suitability", "none"): self.env._("%(first)s has no room."),
            ("room_conflict", "closed"): self.env._(
                "%(room)s is closed when %(first)s meets there."
            ),
            ("room_conflict", "same_room"): self.env._(
                "%(first)s has to be in the same room as its related events."
            ),
        }
        plain = {
            "unplaced": self.env._("%(first)s has no place."),
            "student_conflict": self.env._(
                "%(count)s students have %(all)s at the same time."
            ),
            "faculty_conflict": self.env._("%(person)s teaches %(all)s at once."),
            "curriculum_conflict": self.env._("%(batch)s has %(all)s at once."),
            "joint": self.env._(
                "%(all)s are taught as one, but are not at one time in one room."
            ),
            "class_conflict": self.env._("%(first)s has two events at once."),
            "room_conflict": self.env._("%(room)s holds %(all)s at once."),
            "room_suitability": self.env._(
                "%(room)s does not suit %(first)s: its type, features or seats."
            ),
            "class_same_day": self.env._("%(first)s meets twice on one day."),
            "faculty_daily_load": self.env._(
                "%(person)s teaches more than %(count)s periods on a day: %(all)s."
            ),
            "section_limit": self.env._(
                "%(section)s has %(count)s students more than its limit."
            ),
            "pinned": self.env._("%(first)s is not where it is pinned to."),
            "relation": self.env._("A relation is broken (%(relation)s): %(all)s."),
        }
        return special.get((broken.rule, broken.detail)) or plain[broken.rule]

    # ---- On the board
    def _board_marks(self, event_ids):
        """Event → sentences of the rules that it breaks where it stands."""
        if not event_ids:
            return {}
        wanted = set(event_ids)
        findings = [
            row for row in self._audit_findings(wanted) if row.broken.rule != "unplaced"
        ]
        facts = self._conflict_facts(findings)
        marks = defaultdict(list)
        for finding in findings:
            sentence = self._conflict_sentence(finding, facts)
            for event in wanted.intersection(finding.events):
                marks[event].append(sentence)
        return marks
