"""A problem of the contract as records of a new term, in bulk."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from ..const import PROFILES
from ..tools.payload import RELATIONS
from .importer_people import PeopleImporter
from .importer_structure import StructureImporter
from .importer_teaching import TeachingImporter


class TermImporter(StructureImporter, PeopleImporter, TeachingImporter):
    """Makes the records of one term, in the order in which they need each other."""

    def run(self):
        """Make everything.

        :return: the term
        """
        self._refuse_what_odoo_lacks()
        self._departments()
        self._slots()
        self._rooms()
        self._faculty()
        self.term = self._term()
        self._weeks()
        self._offerings()
        self._components()
        self._classes()
        self._events()
        self._joint_classes()
        self._room_wishes()
        self._batches()
        self._relations()
        self._students()
        self._previous()
        return self.term

    def _term(self):
        profile = self.data.get("profile")
        values = {
            "name": self.name,
            "company_id": self.company.id,
            "grid_id": self.grid.id,
            **self._dates(),
            # A file says itself which classes there are.
            "auto_split": False,
            "profile": profile if profile in dict(PROFILES) else False,
            "student_max_consecutive": self.data.get("student_max_consecutive", 3),
            "room_ids": [Command.set(list(self.ids["room"].values()))],
            "band_ids": [
                Command.create(
                    {
                        "category": row["category"],
                        "timeslot_ids": self._many("slot", row["timeslots"]),
                    }
                )
                for row in self._rows("bands")
            ],
        }
        return self.env["timetable.term"].browse(
            self._create("timetable.term", [values])
        )

    def _dates(self):
        """Weeks need dates, which a file has not: it begins next Monday."""
        count = self.data.get("weeks", 1)
        if count < 2:
            return {}
        today = fields.Date.today()
        monday = today + timedelta(days=7 - today.weekday())
        return {
            "date_start": monday,
            "date_end": monday + timedelta(days=7 * count - 1),
        }

    def _offerings(self):
        rows = self._rows("offerings")
        loads = {}
        for section in self._rows("classes"):
            loads.setdefault(
                section["offering"],
                (self._load(section["events"]), section["limit"]),
            )
        self._make(
            "course",
            "timetable.course",
            [
                {
                    "code": row["id"],
                    "name": row.get("name") or row["id"],
                    "department_id": self._one("department", row.get("department")),
                    "category": row.get("category") or "other",
                    "credits": row.get("credits") or 0,
                    "section_limit": loads.get(row["id"], ({}, 60))[1],
                    **loads.get(row["id"], ({}, 60))[0],
                }
                for row in rows
            ],
        )
        ids = self._create(
            "timetable.offering",
            [
                {
                    "term_id": self.term.id,
                    "course_id": self.ids["course"][row["id"]],
                    "code": row["id"],
                    "department_id": self._one("department", row.get("department")),
                    "category": row.get("category") or "other",
                    "credits": row.get("credits") or 0,
                }
                for row in rows
            ],
        )
        self.ids["offering"] = dict(zip((r["id"] for r in rows), ids, strict=True))

    @staticmethod
    def _load(events):
        """Lectures and practicals a week; what is longer than a period, or not in a
        classroom, is a practical."""
        load = {"lecture_periods": 0, "practical_periods": 0}
        for event in events:
            duration = event.get("duration", 1)
            lecture = event.get("room_type", "classroom") in ("classroom", None)
            kind = "lecture" if lecture and duration == 1 else "practical"
            load[f"{kind}_periods"] += duration
        return load

    def _classes(self):
        rows = self._rows("classes")
        numbers = {}
        values = []
        for row in rows:
            number = numbers.setdefault(row["offering"], 0)
            numbers[row["offering"]] += 1
            values.append(
                {
                    "offering_id": self.ids["offering"][row["offering"]],
                    "name": chr(65 + number) if number < 26 else str(number + 1),
                    "code": row["id"],
                    "faculty_ids": self._many("faculty", row.get("faculty")),
                    "limit": row["limit"],
                    "one_event_per_day": row.get("one_event_per_day", True),
                    "min_days": row.get("min_days") or 0,
                    "unavailable_timeslot_ids": self._many(
                        "slot", row.get("unavailable")
                    ),
                    "component_id": self._one(
                        "component", self._component_of(row["offering"], row)
                    ),
                }
            )
        ids = self._create("timetable.class", values)
        self.ids["class"] = dict(zip((row["id"] for row in rows), ids, strict=True))
        for row in rows:
            if row.get("parent"):
                section = self.env["timetable.class"].browse(
                    self.ids["class"][row["id"]]
                )
                section.parent_id = self.ids["class"][row["parent"]]

    def _events(self):
        pins = {row["event"]: row for row in self._rows("pins")}
        codes, values = [], []
        for section in self._rows("classes"):
            for number, row in enumerate(section["events"], start=1):
                pin = pins.get(row["id"], {})
                codes.append(row["id"])
                values.append(
                    {
                        "class_id": self.ids["class"][section["id"]],
                        "sequence": number,
                        "code": row["id"],
                        "duration": row.get("duration", 1),
                        "needs_room": row.get("needs_room", True),
                        "room_type_id": self._one(
                            "type", row.get("room_type", "classroom")
                        ),
                        "feature_ids": self._many("feature", row.get("features")),
                        "own_faculty": row.get("faculty") is not None,
                        "faculty_ids": self._many("faculty", row.get("faculty")),
                        "timeslot_ids": self._many("slot", row.get("timeslots")),
                        "week_pattern_ids": self._many("weeks", row.get("weeks")),
                        "pin_timeslot_id": self._one("slot", pin.get("timeslot")),
                        "pin_room_id": self._one("room", pin.get("room")),
                    }
                )
        ids = self._create("timetable.event", values)
        self.ids["event"] = dict(zip(codes, ids, strict=True))

    def _batches(self):
        self._create(
            "timetable.batch",
            [
                {
                    "term_id": self.term.id,
                    "code": row["id"],
                    "name": row.get("name") or row["id"],
                    "size": row.get("size") or 0,
                    "class_ids": self._many("class", row["classes"]),
                }
                for row in self._rows("curricula")
            ],
        )

    def _relations(self):
        # A file of contract 1 has Odoo's own names, but for one that it shares with
        # another rule of contract 2.
        kinds = {wire: own for own, wire in RELATIONS.items()}
        self._create(
            "timetable.relation",
            [
                {
                    "term_id": self.term.id,
                    "code": row["id"],
                    "type": kinds.get(row["type"], row["type"]),
                    "hard": row.get("hard", True),
                    "weight": row.get("weight") or 0,
                    "value": row.get("value") or 0,
                    "line_ids": [
                        Command.create(
                            {"sequence": number, "event_id": self.ids["event"][event]}
                        )
                        for number, event in enumerate(row["events"])
                    ],
                }
                for row in self._rows("relations")
            ],
        )

    def _previous(self):
        """The timetable in force, where the file has one."""
        rows = self._rows("previous")
        if not rows:
            return
        variant = (
            self.env["timetable.variant"]
            ._guarded()
            .create(
                {
                    "name": self.env._("%s: in force", self.name),
                    "term_id": self.term.id,
                    "state": "published",
                    "placed": len(rows),
                    "total": len(self.ids["event"]),
                }
            )
        )
        Assignment = self.env["timetable.assignment"]._with_pass(variant)
        Assignment.create(
            [
                {
                    "variant_id": variant.id,
                    "event_id": self.ids["event"][row["event"]],
                    "timeslot_id": self.ids["slot"][row["timeslot"]],
                    "room_id": self._one("room", row.get("room")),
                    "week_pattern_id": self._one("weeks", row.get("weeks")),
                }
                for row in rows
            ]
        )
