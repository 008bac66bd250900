"""What contract 2 added to teaching: components, weeks, joint classes, rooms."""

from odoo.exceptions import UserError

from .importer_base import ImporterBase

TARGETS = ("room", "building", "type", "feature")


class TeachingImporter(ImporterBase):
    def _refuse_what_odoo_lacks(self):
        """Nothing of a file is left out without a word."""
        events = [event for row in self._rows("classes") for event in row["events"]]
        rooms = self._rows("rooms")
        used = {
            "patterns": self._rows("patterns"),
            "grids": self._rows("grids"),
            "lunch": self.data.get("lunch"),
            "rest_minutes": self.data.get("rest_minutes"),
            "classes.events.times": any(e.get("times") for e in events),
            "classes.events.rooms.penalty": any(
                option.get("penalty") for e in events for option in e.get("rooms") or ()
            ),
            "classes.events.rooms_needed": any(
                e.get("rooms_needed", 1) > 1 for e in events
            ),
            "rooms.parts": any(row.get("parts") for row in rooms),
            "closed": any(
                row.get("closed")
                for kind in ("rooms", "faculty", "classes")
                for row in self._rows(kind)
            ),
            "relations.classes": any(
                row.get("classes") for row in self._rows("relations")
            ),
        }
        for name, value in used.items():
            if value:
                raise UserError(
                    self.env._(
                        "The file says something that cannot be entered in Odoo yet: "
                        "%s. Take it out of the file.",
                        name,
                    )
                )

    def _components(self):
        """Components of the courses, each as its classes of the file are."""
        self.ids["component"] = {}
        self.components = {}
        of_component = {}
        for section in self._rows("classes"):
            of_component.setdefault(section.get("component"), []).append(section)
        for row in self._rows("offerings"):
            configurations = row.get("configurations") or ()
            if len(configurations) > 1:
                raise UserError(
                    self.env._(
                        "%s can be taken in several ways (configurations), which a "
                        "course in Odoo cannot say: keep one of them in the file.",
                        row.get("name") or row["id"],
                    )
                )
            listed = [c for one in configurations for c in one["components"]]
            self.components[row["id"]] = [component["id"] for component in listed]
            if len(listed) > 1:
                self._components_of(row, listed, of_component)

    def _components_of(self, row, listed, of_component):
        course = self.env["timetable.course"].browse(self.ids["course"][row["id"]])
        known = {one.kind: one.id for one in course.component_ids}
        for number, component in enumerate(listed, start=1):
            kind = component.get("kind", "other")
            if kind in known:
                self.ids["component"][component["id"]] = known[kind]
                continue
            sections = of_component.get(component["id"], ())
            events = [event for one in sections[:1] for event in one["events"]]
            first = events[0] if events else {}
            (made,) = self._create(
                "timetable.component",
                [
                    {
                        "course_id": course.id,
                        "sequence": 10 * number,
                        "kind": kind,
                        "name": component.get("name"),
                        "group_size": max([1, *(one["limit"] for one in sections)]),
                        "nested": bool(component.get("parent")),
                        "meetings": max(1, len(events)),
                        "duration": first.get("duration", 1),
                        "needs_room": first.get("needs_room", True),
                        "room_type_id": self._one(
                            "type", first.get("room_type", "classroom")
                        ),
                        "feature_ids": self._many("feature", first.get("features")),
                    }
                ],
            )
            self.ids["component"][component["id"]] = made

    def _component_of(self, offering, section):
        """The component of a class; none where the offering has only one."""
        if len(self.components[offering]) < 2:
            return None
        return section.get("component")

    # ---- Weeks
    def _weeks(self):
        """Patterns of weeks, by their numbers; one of the same name and weeks is taken
        again."""
        self.ids["weeks"] = {}
        Pattern = self.env["timetable.week.pattern"]
        for row in self._rows("week_patterns"):
            values = {
                "name": row.get("name") or row["id"],
                "rule": "listed",
                "weeks": ", ".join(str(week) for week in row["weeks"]),
                "company_id": self.company.id,
            }
            domain = [(name, "=", value) for name, value in values.items()]
            pattern = Pattern.search(domain, limit=1) or Pattern.create(values)
            self.ids["weeks"][row["id"]] = pattern.id

    # ---- Joint classes
    def _joint_classes(self):
        self._create(
            "timetable.joint.class",
            [
                {
                    "term_id": self.term.id,
                    "class_ids": self._many("class", row["classes"]),
                }
                for row in self._rows("joint_classes")
            ],
        )

    # ---- Rooms
    def _room_wishes(self):
        """Of a class: what its events say of rooms."""
        rows = {}
        for section in self._rows("classes"):
            owner = self.ids["class"][section["id"]]
            for event in section["events"]:
                for option in event.get("rooms") or ():
                    room = self.ids["room"][option["room"]]
                    rows[owner, "require", "room_id", room] = True
                for wish in event.get("room_preferences") or ():
                    kind = next(kind for kind in TARGETS if wish.get(kind))
                    target = self.ids[kind][wish[kind]]
                    rows[owner, wish["level"], f"{kind}_id", target] = True
        self._create(
            "timetable.room.wish",
            [
                {"class_id": owner, "level": level, name: target}
                for owner, level, name, target in rows
            ],
        )
