import base64
import gzip
from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools import payload


class TimetableTerm(models.Model):
    """What leaves Odoo: the term as a problem of the contract.

    Each model is read once, in bulk: the number of queries does not grow with rows.
    """

    _inherit = "timetable.term"

    def _make_snapshot(self, run):
        """Content for ``run.snapshot`` (base64 of gzip) and the SHA-256 of the JSON."""
        self.ensure_one()
        content, digest = payload.encode(self._snapshot_problem(run))
        return base64.b64encode(gzip.compress(content, 5, mtime=0)), digest

    def _snapshot_problem(self, run=None):
        """The problem as a dictionary."""
        self.ensure_one()
        rows = self._snapshot_rows(run)
        if not rows["classes"]:
            raise UserError(
                self.env._(
                    "%s has no classes yet: nothing can be planned. Add offerings and "
                    "split them into classes first.",
                    self.name,
                )
            )
        if not rows["timeslots"]:
            raise UserError(
                self.env._(
                    "The grid %s has no timeslots. Open it and press Fill.",
                    self.grid_id.name,
                )
            )
        return payload.build_problem(rows)

    def _snapshot_rows(self, run=None):
        rows = {
            "profile": self.profile or None,
            "student_max_consecutive": self.student_max_consecutive,
        }
        slots = self.grid_id.timeslot_ids
        slot_ids = frozenset(slots.ids)
        rows["timeslots"] = [
            {
                "id": slot.id,
                "day": slot.day,
                "period": slot.period,
                "from": slot.hour_from,
                "to": slot.hour_to,
            }
            for slot in slots
        ]
        rows["bands"] = [
            {
                "category": band.category,
                "timeslots": [i for i in band.timeslot_ids.ids if i in slot_ids],
            }
            for band in self.band_ids
        ]
        rooms_busy, people_busy = self._busy_elsewhere()
        rows["rooms"] = self._rows_of_rooms(slot_ids, rooms_busy)
        rows["buildings"] = sorted({r["building"] for r in rows["rooms"]} - {False})
        rows["travel"] = self._rows_of_travel(rows["buildings"])
        rows["classes"] = self._rows_of_classes(slot_ids)
        rows["offerings"] = self._rows_of_offerings(rows["classes"])
        rows["faculty"] = self._rows_of_faculty(rows["classes"], slot_ids, people_busy)
        rows["students"] = self._rows_of_students(run)
        rows["batches"] = [
            {"id": batch.id, "classes": batch.class_ids.ids, "size": batch.size}
            for batch in self.env["timetable.batch"].search_fetch(
                [("term_id", "=", self.id)], ["class_ids", "size"], order="id"
            )
        ]
        rows["relations"] = self._rows_of_relations()
        rows["pins"] = self._rows_of_pins(run) + self._rows_of_fixed(run, rows["rooms"])
        rows["pins"] = list({row["event"]: row for row in rows["pins"]}.values())
        rows["previous"] = self._rows_of_previous(run, rows["rooms"])
        self._add_room_wishes(rows)
        rows |= self._rows_of_weeks(rows)
        rows["joint"] = self._rows_of_joint()
        departments = {
            row["department"]
            for kind in ("rooms", "offerings", "faculty")
            for row in rows[kind]
        }
        rows["departments"] = sorted(departments - {False})
        return rows

    def _add_room_wishes(self, rows):
        """What classes, courses, departments and batches say of rooms, to each event.

        What is required or forbidden leaves a list of rooms; the rest are wishes.
        """
        wishes, home = self._room_wishes(), self._home_rooms()
        if not (wishes or home):
            return
        closed = self._closed_rooms()
        usable = {row["id"] for row in rows["rooms"]}
        buildings = set(rows["buildings"])
        for section in rows["classes"]:
            wanted = [("prefer", "room", room) for room in home.get(section["id"], ())]
            for scope in wishes.get(section["id"], ()):
                wanted += [
                    (wish.level, target, wish[f"{target}_id"].id)
                    for wish in scope.filtered(lambda w: w.level in ("prefer", "avoid"))
                    for target in ("room", "building", "type", "feature")
                    if wish[f"{target}_id"]
                ]
            # Rooms and buildings that are not in use this term are nothing to wish for.
            wanted = [
                wish
                for wish in dict.fromkeys(wanted)
                if wish[1] not in ("room", "building")
                or wish[2] in (usable if wish[1] == "room" else buildings)
            ]
            out = closed.get(section["id"])
            rooms = None if out is None else sorted(usable - out)
            if rooms == []:
                raise UserError(
                    self.env._(
                        "%s may be held in no room: look at the rooms required and "
                        "forbidden by it, its course and its department.",
                        self.env["timetable.class"].browse(section["id"]).display_name,
                    )
                )
            for event in section["events"]:
                if event["needs_room"]:
                    event |= {"room_wishes": wanted, "rooms": rooms}

    def _rows_of_joint(self):
        joints = self.env["timetable.joint.class"].search(
            [("term_id", "=", self.id)], order="id"
        )
        rows = [
            {"id": joint.id, "classes": joint.class_ids.filtered("active").ids}
            for joint in joints
        ]
        return [row for row in rows if len(row["classes"]) > 1]

    def _rows_of_weeks(self, rows):
        """The patterns that events are held in; nothing where all weeks are alike.

        What was held in other weeks is nothing to keep to.
        """
        of_event = {
            event["id"]: event["weeks"]
            for section in rows["classes"]
            for event in section["events"]
        }
        used = {pattern for weeks in of_event.values() for pattern in weeks}
        for row in (*rows["previous"], *rows["pins"]):
            choice = of_event.get(row["event"]) or [False]
            if row["weeks"] not in choice:
                row["weeks"] = len(choice) == 1 and choice[0]
        if not used:
            return {}
        patterns = self.env["timetable.week.pattern"].browse(sorted(used))
        return {
            "weeks": self._week_count(),
            "week_patterns": [
                {"id": one.id, "weeks": one._weeks_in(self)} for one in patterns
            ],
        }

    def _rows_of_rooms(self, slot_ids, busy):
        """What another term in force holds is closed, as what is closed by hand."""
        rooms = self._usable_rooms().sorted("id")
        rooms.fetch(
            [
                "department_id",
                "building_id",
                "type_id",
                "capacity",
                "feature_ids",
                "unavailable_timeslot_ids",
            ]
        )
        return [
            {
                "id": room.id,
                "department": room.department_id.id,
                "building": room.building_id.id,
                "type": room.type_id.id,
                "capacity": room.capacity,
                "features": room.feature_ids.ids,
                "unavailable": sorted(
                    slot_ids & busy[room.id].union(room.unavailable_timeslot_ids.ids)
                ),
            }
            for room in rooms
        ]

    def _rows_of_travel(self, buildings):
        ways = self.env["timetable.travel"].search_fetch(
            [
                ("building_a_id", "in", buildings),
                ("building_b_id", "in", buildings),
            ],
            ["building_a_id", "building_b_id", "minutes"],
            order="id",
        )
        return [
            {
                "a": way.building_a_id.id,
                "b": way.building_b_id.id,
                "minutes": way.minutes,
            }
            for way in ways
        ]

    def _rows_of_offerings(self, classes):
        offerings = self.env["timetable.offering"].search_fetch(
            [("term_id", "=", self.id)],
            ["department_id", "category", "credits"],
            order="id",
        )
        components = self._components_of(classes)
        return [
            {
                "id": offering.id,
                "department": offering.department_id.id,
                "category": offering.category,
                "credits": offering.credits,
                "components": components.get(offering.id),
            }
            for offering in offerings
        ]

    def _components_of(self, classes):
        """Offering → its components, as its classes are divided: what the course says
        now holds for classes that are made from now on."""
        ids = {row["component"] for row in classes if row["component"]}
        if not ids:
            return {}
        kinds = {
            one.id: one.kind
            for one in self.env["timetable.component"]
            .with_context(active_test=False)
            .search_fetch([("id", "in", list(ids))], ["kind"], order="sequence, id")
        }
        component_of = {row["id"]: row["component"] for row in classes}
        found = defaultdict(dict)
        for row in classes:
            if row["component"]:
                above = component_of.get(row["parent"]) or False
                known = found[row["offering"]].get(row["component"])
                found[row["offering"]][row["component"]] = known or above
        return {
            offering: [
                {"id": key, "kind": kinds[key], "parent": parents[key]}
                for key in kinds
                if key in parents
            ]
            for offering, parents in found.items()
        }

    def _rows_of_classes(self, slot_ids):
        events = defaultdict(list)
        for event in self.env["timetable.event"].search_fetch(
            [("term_id", "=", self.id)],
            [
                "class_id",
                "sequence",
                "duration",
                "needs_room",
                "room_type_id",
                "feature_ids",
                "own_faculty",
                "faculty_ids",
                "timeslot_ids",
                "week_pattern_ids",
            ],
            order="class_id, sequence, id",
        ):
            events[event.class_id.id].append(
                {
                    "id": event.id,
                    "duration": event.duration,
                    "needs_room": event.needs_room,
                    "room_type": event.room_type_id.id,
                    "features": event.feature_ids.ids,
                    "own_faculty": event.own_faculty,
                    "faculty": event.faculty_ids.ids,
                    "timeslots": [i for i in event.timeslot_ids.ids if i in slot_ids],
                    "weeks": event.week_pattern_ids.ids,
                }
            )
        return [
            {
                "id": section.id,
                "offering": section.offering_id.id,
                "component": section.component_id.id,
                # A class that is archived has no groups: they are anybody's.
                "parent": section.parent_id.active and section.parent_id.id,
                "faculty": section.faculty_ids.ids,
                "limit": section.limit,
                "one_event_per_day": section.one_event_per_day,
                "min_days": section.min_days,
                "unavailable": [
                    i for i in section.unavailable_timeslot_ids.ids if i in slot_ids
                ],
                "events": [
                    row | {"weeks": row["weeks"] or section.week_pattern_ids.ids}
                    for row in events[section.id]
                ],
            }
            for section in self.env["timetable.class"].search_fetch(
                [("term_id", "=", self.id)],
                [
                    "offering_id",
                    "component_id",
                    "parent_id",
                    "faculty_ids",
                    "limit",
                    "one_event_per_day",
                    "min_days",
                    "unavailable_timeslot_ids",
                    "week_pattern_ids",
                ],
                order="id",
            )
        ]

    def _rows_of_faculty(self, classes, slot_ids, busy):
        """Whoever teaches in another term in force cannot teach in this one then."""
        ids = {
            member
            for section in classes
            for source in (section, *section["events"])
            for member in source["faculty"]
        }
        levels = defaultdict(lambda: defaultdict(list))
        found = self.env["timetable.faculty.availability"]._levels(ids, self)
        known = set(slot_ids)
        for (member, slot), level in sorted(found.items()):
            if slot in known:
                levels[member][level].append(slot)

        def free(member, level):
            """A timeslot has one level in the contract: ``cannot`` comes first."""
            return [i for i in levels[member.id][level] if i not in busy[member.id]]

        members = (
            self.env["timetable.faculty"]
            .with_context(active_test=False)
            .search_fetch(
                [("id", "in", list(ids))],
                [
                    "department_id",
                    "max_periods_week",
                    "max_periods_day",
                    "max_consecutive",
                ],
                order="id",
            )
        )
        return [
            {
                "id": member.id,
                "department": member.department_id.id,
                "max_week": member.max_periods_week,
                "max_day": member.max_periods_day,
                "max_consecutive": member.max_consecutive,
                "cannot": sorted(busy[member.id].union(levels[member.id]["cannot"])),
                "avoid": free(member, "avoid"),
                "prefer": free(member, "prefer"),
            }
            for member in members
        ]

    def _rows_of_students(self, run):
        """105,000 enrolments come as one row a student, grouped by the database."""
        Enrolment = self.env["timetable.enrolment"]
        decided = Domain("fixed", "=", True)
        placed = Domain("class_id.active", "=", True)
        if run and run.mode == "repair":
            # A repair leaves the students in their classes.
            decided = placed
        elif run and run.department_ids:
            outside = Domain(
                "offering_id.department_id", "not in", run.department_ids.ids
            )
            decided |= placed & outside
        term = Domain("term_id", "=", self.id) & Domain("offering_id.active", "=", True)
        classes = {
            student.id: ids
            for student, ids in Enrolment._read_group(
                term & decided, ["student_id"], ["class_id:array_agg"]
            )
        }
        for student, ids in self.env["timetable.enrolment.class"]._read_group(
            term & decided, ["student_id"], ["class_id:array_agg"]
        ):
            classes[student.id] = [*classes.get(student.id, ()), *ids]
        offerings = {
            student.id: ids
            for student, ids in Enrolment._read_group(
                term & ~decided, ["student_id"], ["offering_id:array_agg"]
            )
        }
        students = (
            self.env["timetable.student"]
            .with_context(active_test=False)
            .search_fetch(
                [("id", "in", list(classes.keys() | offerings.keys()))],
                ["programme_id"],
                order="id",
            )
        )
        return [
            {
                "id": student.id,
                "programme": student.programme_id.id,
                "offerings": sorted(offerings.get(student.id, ())),
                "classes": sorted(classes.get(student.id, ())),
            }
            for student in students
        ]

    def _rows_of_relations(self):
        events = {
            relation: relation.line_ids.event_id.filtered("active")
            for relation in self.relation_ids
        }
        return [
            {
                "id": relation.id,
                "type": relation.type,
                "events": events[relation].ids,
                "hard": relation.hard,
                "weight": relation.weight,
                "value": relation.value,
            }
            for relation in self.relation_ids
            if len(events[relation]) > 1
        ]

    def _rows_of_pins(self, run):
        """Pins of the term, and those set on the timetable to start from."""
        pins = {
            event.id: {
                "event": event.id,
                "timeslot": event.pin_timeslot_id.id,
                "room": event.pin_room_id.id,
                "weeks": False,
            }
            for event in self.env["timetable.event"].search_fetch(
                [
                    ("term_id", "=", self.id),
                    "|",
                    ("pin_timeslot_id", "!=", False),
                    ("pin_room_id", "!=", False),
                ],
                ["pin_timeslot_id", "pin_room_id"],
                order="id",
            )
        }
        if run and run.base_variant_id:
            usable = set(self._usable_rooms().ids)
            for row in self._placements(run.base_variant_id, [("pinned", "=", True)]):
                room = row["room"] if row["room"] in usable else False
                pins[row["event"]] = row | {"room": room}
        return list(pins.values())

    def _outside(self, department_ids):
        """Domain of the term's events outside the scope of these departments."""
        return Domain("term_id", "=", self.id) & Domain(
            "department_id", "not in", department_ids
        )

    def _rows_of_fixed(self, run, rooms):
        """Published places of what is outside the scope of the run.

        A room that is not in use any more is chosen anew, at the same time.
        """
        published = self.published_variant_id
        if not (run and run.department_ids and published):
            return []
        usable = {room["id"] for room in rooms}
        outside = self._outside(run.department_ids.ids)
        return [
            row | {"room": row["room"] if row["room"] in usable else False}
            for row in self._placements(published, [("event_id", "any", outside)])
        ]

    def _rows_of_previous(self, run, rooms):
        """The timetable in force, or the one that the run starts from.

        A room that is not in use any more is nothing to keep to.
        """
        variant = (run and run.base_variant_id) or self.published_variant_id
        usable = {room["id"] for room in rooms}
        return [
            row | {"room": row["room"] if row["room"] in usable else False}
            for row in (self._placements(variant) if variant else [])
        ]

    def _placements(self, variant, domain=()):
        return [
            {
                "event": row.event_id.id,
                "timeslot": row.timeslot_id.id,
                "room": row.room_id.id,
                "weeks": row.week_pattern_id.id,
            }
            for row in self.env["timetable.assignment"].search_fetch(
                [
                    ("variant_id", "=", variant.id),
                    ("event_id.active", "=", True),
                    *domain,
                ],
                ["event_id", "timeslot_id", "room_id", "week_pattern_id"],
                order="event_id",
            )
        ]
