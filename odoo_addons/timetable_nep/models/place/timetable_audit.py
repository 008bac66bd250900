from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ...tools.audit import Audit, Finding
from ...tools.feasibility import Broken, Candidate, Room, Rule


class TimetableVariant(models.Model):
    """What the audit of a timetable needs, in queries that do not grow with it."""

    _inherit = "timetable.variant"

    def _audit_findings(self, event_ids=None):
        """Hard rules that the timetable breaks as it stands now.

        Reads with all rights, as the board's rules do: a clash is one whoever sees it.

        :param event_ids: only rules that these events break; all events if ``None``
        """
        self.ensure_one()
        variant = self.sudo()
        elsewhere = variant._held_elsewhere()
        audit = variant._audit(elsewhere)
        students = variant._students_by_class()
        everybody = {**students, **elsewhere.students}
        shared = audit.clashing_students(everybody, event_ids)
        findings = audit.findings(
            variant._audit_candidates(shared, event_ids, elsewhere)
        )
        findings += variant._audit_joint(event_ids)
        if event_ids is None:
            findings += variant._audit_full_classes(students)
            findings += variant._audit_sectioning(students)
        return findings

    def _audit(self, elsewhere):
        """The rules over this timetable as it stands, with what others hold."""
        return Audit(
            self._feasibility_grid(),
            self._feasibility_placed() + elsewhere.placed,
            self._audit_rooms(),
            elsewhere.event_of,
        )

    def _audit_full_classes(self, students):
        if self._seats_are_soft():
            return []
        sections = self.env["timetable.class"].search_fetch(
            [("term_id", "=", self.term_id.id), ("limit", ">", 0)], ["limit"]
        )
        return [
            Finding(
                Broken(
                    "section_limit",
                    section=section.id,
                    count=len(students[section.id]) - section.limit,
                ),
                (),
            )
            for section in sections
            if len(students.get(section.id, ())) > section.limit
        ]

    def _audit_sectioning(self, students):
        """Choices of students that this timetable does not answer with one class of
        each component.

        A timetable made by hand decides nothing of this: there is nothing to audit.
        """
        if not self._sectioning_checksum():
            return []
        sections = self.env["timetable.class"].search_fetch(
            [("term_id", "=", self.term_id.id)],
            ["offering_id", "component_id", "parent_id"],
        )
        wanted = sections._components_by_offering()
        parents = {one.id: one.parent_id.id for one in sections if one.parent_id}
        component = {one.id: one.component_id.id for one in sections}
        given = defaultdict(lambda: defaultdict(list))
        for section in sections:
            of_offering = given[section.offering_id.id]
            for student in students.get(section.id, ()):
                of_offering[student].append(section.id)
        self.env["timetable.seat"]._flush_seats()
        self.env["timetable.enrolment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT student_id, offering_id, CASE WHEN fixed THEN class_id END "
                "FROM timetable_enrolment WHERE term_id = %(term)s "
                "UNION ALL SELECT f.student_id, e.offering_id, f.class_id "
                "FROM timetable_enrolment_class f "
                "JOIN timetable_enrolment e ON e.id = f.enrolment_id "
                "WHERE f.term_id = %(term)s AND f.fixed AND f.active",
                term=self.term_id.id,
            )
        )
        judged = set()
        counts = defaultdict(int)
        for student, offering, decided in rows:
            if offering not in given:
                continue  # no classes yet: there is none to give
            found = given[offering].get(student, ())
            if decided and found and decided not in found:
                counts[offering, "decided"] += 1
            elif (offering, student) not in judged:
                judged.add((offering, student))
                kinds = {component[section] for section in found}
                if len(kinds) < len(wanted[offering]):
                    counts[offering, "missing"] += 1
                elif len(found) > len(kinds):
                    counts[offering, "twice"] += 1
                elif any(parents.get(one, one) not in found for one in found):
                    counts[offering, "apart"] += 1
        return [
            Finding(Broken("sectioning", detail, who=offering, count=count), ())
            for (offering, detail), count in counts.items()
        ]

    def _audit_rooms(self):
        """All rooms, those out of use too: an event may stand in one."""
        rooms = (
            self.env["timetable.room"]
            .with_context(active_test=False)
            .search_fetch(
                [("company_id", "=", self.company_id.id)], ["type_id", "capacity"]
            )
        )
        features = self._audit_pairs(rooms, "feature_ids")
        closed = self._audit_pairs(rooms, "unavailable_timeslot_ids")
        return [
            Room(
                room.id,
                room.capacity,
                room.type_id.id or None,
                features[room.id],
                closed[room.id],
            )
            for room in rooms
        ]

    def _audit_pairs(self, records, name):
        """A many2many as id → set of ids, by one query however many records."""
        field = records._fields[name]
        records.flush_model([name])
        return self._group_pairs(
            self.env.execute_query(
                SQL(
                    "SELECT %s, %s FROM %s WHERE %s = ANY(%s)",
                    SQL.identifier(field.column1),
                    SQL.identifier(field.column2),
                    SQL.identifier(field.relation),
                    SQL.identifier(field.column1),
                    list(records._ids),
                )
            )
        )

    def _audit_candidates(self, shared, event_ids, elsewhere):
        """A candidate for each event, without a query each."""
        term = self.term_id
        Event = self.env["timetable.event"]
        domain = [("term_id", "=", term.id)]
        if event_ids is not None:
            domain.append(("id", "in", list(event_ids)))
        events = Event.search_fetch(
            domain,
            [
                "class_id",
                "duration",
                "needs_room",
                "room_type_id",
                "pin_timeslot_id",
                "pin_room_id",
                "own_faculty",
            ],
        )
        sections = events.class_id
        sections.fetch(["limit", "one_event_per_day", "offering_id"])
        features = self._audit_pairs(events, "feature_ids")
        allowed = self._audit_pairs(events, "timeslot_ids")
        own = self._audit_pairs(events, "faculty_ids")
        strange = self._audit_strange_weeks(events)
        away = self._audit_pairs(sections, "unavailable_timeslot_ids")
        of_class = self._audit_pairs(sections, "faculty_ids")
        bands = {
            band.category: frozenset(band.timeslot_ids.ids) for band in term.band_ids
        }
        teachers = {
            event.id: own[event.id]
            if event.own_faculty
            else of_class[event.class_id.id]
            for event in events
        }
        people = self.env["timetable.faculty"].browse(
            {person for group in teachers.values() for person in group}
        )
        limits = {row.id: row.max_periods_day for row in people}
        taught = dict(self._events_of_teachers(people))
        for person, pieces in elsewhere.teaching.items():
            taught[person] = taught.get(person, frozenset()) | pieces
        cannot = self._audit_absences(people)
        mates = self._audit_batch_mates(sections)
        rules = self._audit_rules()
        seats_are_soft = self._seats_are_soft()
        joint = self._audit_joint_classes()
        closed = term._closed_rooms()
        for event in events:
            section = event.class_id
            who = teachers[event.id]
            together, limit = joint.get(section.id, (frozenset(), section.limit))
            yield Candidate(
                event=event.id,
                section=section.id,
                duration=event.duration,
                teachers=who,
                needs_room=event.needs_room,
                room_type=event.room_type_id.id or None,
                features=features[event.id],
                seats=0 if seats_are_soft else limit,
                joint=together,
                closed_rooms=closed.get(section.id, frozenset()),
                one_event_per_day=section.one_event_per_day,
                allowed=allowed[event.id] or None,
                weeks_allowed=event.id not in strange,
                band=bands.get(section.category),
                unavailable=away[section.id],
                pinned_slot=event.pin_timeslot_id.id or None,
                pinned_room=event.pin_room_id.id or None,
                teacher_unavailable={person: cannot[person] for person in who},
                teacher_events={
                    person: taught.get(person, frozenset()) for person in who
                },
                teacher_day_limit={person: limits[person] for person in who},
                shared_students=shared.get(section.id, {}),
                batch_of=mates[section.id],
                rules=tuple(rules[event.id]),
            )

    def _audit_joint_classes(self):
        """Class → the others that it is taught with, and the seats of all."""
        joints = self.env["timetable.joint.class"].search(
            [("term_id", "=", self.term_id.id)]
        )
        found = {}
        for joint in joints:
            sections = joint.class_ids.filtered("active")
            for section in sections if len(sections) > 1 else ():
                found[section.id] = frozenset((sections - section).ids), joint.limit
        return found

    def _audit_joint(self, event_ids=None):
        """Classes taught as one whose events are not at one time in one room."""
        joints = self.env["timetable.joint.class"].search(
            [("term_id", "=", self.term_id.id)]
        )
        if not joints:
            return []
        place = {
            row.event_id.id: (row.timeslot_id, row.room_id, row.week_pattern_id)
            for row in self.env["timetable.assignment"].search(
                [
                    ("variant_id", "=", self.id),
                    ("event_id.class_id.joint_ids", "in", joints.ids),
                ]
            )
        }
        seen, findings = set(), []
        for event in joints.class_ids.event_ids:
            group = event | event._joint_events()
            ids = frozenset(group.ids)
            if ids in seen or (event_ids is not None and ids.isdisjoint(event_ids)):
                continue
            seen.add(ids)
            if len({place.get(one) for one in ids}) > 1:
                findings.append(Finding(Broken("joint"), tuple(sorted(ids))))
        return findings

    def _audit_strange_weeks(self, events):
        """Events that are held in weeks in which their class may not be."""
        rows = self.env["timetable.assignment"].search_fetch(
            [("variant_id", "=", self.id), ("event_id", "in", events.ids)],
            ["event_id", "week_pattern_id"],
        )
        own = self._audit_pairs(events, "week_pattern_ids")
        of_class = self._audit_pairs(events.class_id, "week_pattern_ids")
        if not (own or of_class or rows.week_pattern_id):
            return set()
        strange = set()
        for row in rows:
            event = row.event_id
            choice = own.get(event.id) or of_class.get(event.class_id.id) or {False}
            if row.week_pattern_id.id not in choice:
                strange.add(event.id)
        return strange

    def _audit_absences(self, people):
        Availability = self.env["timetable.faculty.availability"]
        return self._group_pairs(Availability._cannot(people.ids, self.term_id))

    def _audit_batch_mates(self, sections):
        """Class → other classes of its batches, with the batch."""
        batches = self._audit_pairs(sections, "batch_ids")
        found = {batch for group in batches.values() for batch in group}
        classes = self._audit_pairs(
            self.env["timetable.batch"].browse(found), "class_ids"
        )
        mates = defaultdict(dict)
        for section, group in batches.items():
            for batch in sorted(group, reverse=True):
                for other in classes[batch]:
                    if other != section:
                        mates[section][other] = batch
        return mates

    def _audit_rules(self):
        """Event → its hard relations."""
        lines = self.env["timetable.relation.line"].search_fetch(
            [
                ("relation_id.term_id", "=", self.term_id.id),
                ("relation_id.hard", "=", True),
            ],
            ["relation_id", "event_id"],
        )
        lines.relation_id.fetch(["type", "value"])
        events = defaultdict(list)
        for line in lines:
            events[line.relation_id].append(line.event_id.id)
        rules = defaultdict(list)
        for relation, members in events.items():
            rule = Rule(relation.id, relation.type, tuple(members), relation.value)
            for event in members:
                rules[event].append(rule)
        return rules
