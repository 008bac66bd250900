"""A problem of the contract as records of a new term, in bulk."""

from odoo.fields import Command

from ..const import PROFILES
from ..tools.names import invented_name

BATCH = 1_000
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "no_reset_password": True,
}


def _hours(clock):
    """``"09:30"`` as ``9.5``; nothing as 0."""
    if not clock:
        return 0.0
    hours, minutes = clock.split(":")
    return int(hours) + int(minutes) / 60


class TermImporter:
    """Makes the records of one term; ids of the file become codes.

    :param data: a problem that ``tools.problem_file`` finds nothing wrong with
    """

    def __init__(self, env, company, data, *, name, invent_names, reuse):
        self.env = env(context={**env.context, **QUIET, "active_test": True})
        self.company = company
        self.data = data
        self.name = name
        self.invent_names = invent_names
        self.reuse = reuse
        self.ids = {}
        """For each kind: id in the file → id of the record."""

    def run(self):
        """Make everything.

        :return: the term
        """
        self._departments()
        self._slots()
        self._rooms()
        self._faculty()
        self.term = self._term()
        self._offerings()
        self._classes()
        self._events()
        self._batches()
        self._relations()
        self._students()
        self._previous()
        return self.term

    # ---- Helpers
    def _rows(self, name):
        return self.data.get(name) or []

    def _one(self, kind, key):
        return self.ids[kind][key] if key is not None else False

    def _many(self, kind, keys):
        ids = self.ids[kind]
        return [Command.set([ids[key] for key in keys or ()])]

    def _create(self, model, rows):
        """Create in batches; ids in the order of the rows."""
        Model = self.env[model]
        ids = []
        for start in range(0, len(rows), BATCH):
            ids += Model.create(rows[start : start + BATCH]).ids
        return ids

    def _make(self, kind, model, rows):
        """Create the rows of a kind, or take those that exist under their codes."""
        found = {}
        if self.reuse:
            domain = [
                ("code", "in", [row["code"] for row in rows]),
                ("company_id", "=", self.company.id),
            ]
            for record in self.env[model].search_fetch(domain, ["code"]):
                found.setdefault(record.code, record.id)
        new = [row for row in rows if row["code"] not in found]
        for row in new:
            row["company_id"] = self.company.id
        found |= dict(
            zip((row["code"] for row in new), self._create(model, new), strict=True)
        )
        self.ids[kind] = found

    def _coded(self, kind, model, codes):
        """Types and features: shared by all, found by code, made where missing."""
        known = {
            record.code: record.id
            for record in self.env[model].search([("code", "in", list(codes))])
        }
        new = sorted(set(codes) - known.keys())
        rows = [
            {"code": code, "name": code.replace("_", " ").capitalize()} for code in new
        ]
        known |= dict(zip(new, self._create(model, rows), strict=True))
        self.ids[kind] = known

    # ---- Structure
    def _departments(self):
        self._make(
            "department",
            "timetable.department",
            [
                {
                    "code": row["id"],
                    "name": row.get("name") or row["id"],
                    "school": row.get("school"),
                }
                for row in self._rows("departments")
            ],
        )

    def _slots(self):
        self.grid = self.env["timetable.grid"].create(
            {"name": self.name, "company_id": self.company.id}
        )
        rows = [
            {
                "grid_id": self.grid.id,
                "code": row["id"],
                "day": row["day"],
                "period": row["period"],
                "hour_from": _hours(row.get("start")),
                "hour_to": _hours(row.get("end")),
            }
            for row in self._rows("timeslots")
        ]
        ids = self._create("timetable.timeslot", rows)
        self.ids["slot"] = dict(zip((row["code"] for row in rows), ids, strict=True))

    def _rooms(self):
        rooms = self._rows("rooms")
        events = [event for row in self._rows("classes") for event in row["events"]]
        types = {row.get("type", "classroom") for row in rooms}
        types |= {event.get("room_type", "classroom") for event in events} - {None}
        self._coded("type", "timetable.room.type", types)
        features = {f for row in (*rooms, *events) for f in row.get("features") or ()}
        self._coded("feature", "timetable.room.feature", features)
        self._make(
            "building",
            "timetable.building",
            [
                {"code": row["id"], "name": row.get("name") or row["id"]}
                for row in self._rows("buildings")
            ],
        )
        self._travel()
        self._make(
            "room",
            "timetable.room",
            [
                {
                    "code": row["id"],
                    "name": row.get("name") or row["id"],
                    "department_id": self._one("department", row.get("department")),
                    "building_id": self._one("building", row.get("building")),
                    "type_id": self.ids["type"][row.get("type", "classroom")],
                    "capacity": row["capacity"],
                    "feature_ids": self._many("feature", row.get("features")),
                    "unavailable_timeslot_ids": self._many(
                        "slot", row.get("unavailable")
                    ),
                }
                for row in rooms
            ],
        )

    def _travel(self):
        rows = {}
        for row in self._rows("travel"):
            pair = tuple(
                sorted(
                    self.ids["building"][row[key]]
                    for key in ("building_a", "building_b")
                )
            )
            if pair[0] != pair[1]:
                rows[pair] = row["minutes"]
        if self.reuse:
            for way in self.env["timetable.travel"].search(
                [("building_a_id", "in", [pair[0] for pair in rows])]
            ):
                pair = tuple(sorted((way.building_a_id.id, way.building_b_id.id)))
                rows.pop(pair, None)
        self._create(
            "timetable.travel",
            [
                {"building_a_id": a, "building_b_id": b, "minutes": minutes}
                for (a, b), minutes in rows.items()
            ],
        )

    # ---- People
    def _partners(self, names):
        return self._create(
            "res.partner",
            [
                {"name": name, "company_id": self.company.id, "type": "contact"}
                for name in names
            ],
        )

    def _people(self, kind, model, rows, title=""):
        """Faculty or students, each with a contact of their own."""
        if self.reuse:
            domain = [
                ("code", "in", [row["code"] for row in rows]),
                ("company_id", "=", self.company.id),
            ]
            known = {
                r.code: r.id for r in self.env[model].search_fetch(domain, ["code"])
            }
        else:
            known = {}
        new = [row for row in rows if row["code"] not in known]
        names = [
            invented_name(number, title) if self.invent_names else row["code"]
            for number, row in enumerate(new)
        ]
        for row, partner in zip(new, self._partners(names), strict=True):
            row["partner_id"] = partner
            row["company_id"] = self.company.id
        ids = self._create(model, new)
        self.ids[kind] = known | dict(
            zip((row["code"] for row in new), ids, strict=True)
        )
        return {row["code"] for row in new}

    def _faculty(self):
        rows = self._rows("faculty")
        made = self._people(
            "faculty",
            "timetable.faculty",
            [
                {
                    "code": row["id"],
                    "department_id": self._one("department", row.get("department")),
                    "max_periods_week": row.get("max_periods_week") or 0,
                    "max_periods_day": row.get("max_periods_day") or 0,
                    "max_consecutive": row.get("max_consecutive") or 0,
                }
                for row in rows
            ],
            "Dr",
        )
        availability = []
        for row in rows:
            levels = {
                wish["timeslot"]: wish["level"] for wish in row.get("preferences") or ()
            }
            levels |= dict.fromkeys(row.get("unavailable") or (), "cannot")
            availability += [
                {
                    "faculty_id": self.ids["faculty"][row["id"]],
                    "timeslot_id": self.ids["slot"][slot],
                    "level": level,
                }
                for slot, level in levels.items()
            ]
        self._create("timetable.faculty.availability", availability)
        return made

    def _students(self):
        rows = self._rows("students")
        codes = sorted({row["programme"] for row in rows if row.get("programme")})
        self._make(
            "programme",
            "timetable.programme",
            [{"code": code, "name": code} for code in codes],
        )
        self._people(
            "student",
            "timetable.student",
            [
                {
                    "code": row["id"],
                    "programme_id": self._one("programme", row.get("programme")),
                }
                for row in rows
            ],
        )
        offering_of = {row["id"]: row["offering"] for row in self._rows("classes")}
        enrolments = []
        for row in rows:
            student = self.ids["student"][row["id"]]
            decided = {offering_of[key]: key for key in row.get("classes") or ()}
            wanted = dict.fromkeys((*(row.get("offerings") or ()), *decided))
            for offering in wanted:
                section = decided.get(offering)
                enrolments.append(
                    {
                        "student_id": student,
                        "offering_id": self.ids["offering"][offering],
                        "class_id": self._one("class", section),
                        "fixed": section is not None,
                    }
                )
        self._create("timetable.enrolment", enrolments)

    # ---- Teaching
    def _term(self):
        profile = self.data.get("profile")
        return self.env["timetable.term"].create(
            {
                "name": self.name,
                "company_id": self.company.id,
                "grid_id": self.grid.id,
                "profile": profile if profile in dict(PROFILES) else False,
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
        )

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
                }
            )
        ids = self._create("timetable.class", values)
        self.ids["class"] = dict(zip((row["id"] for row in rows), ids, strict=True))

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
        self._create(
            "timetable.relation",
            [
                {
                    "term_id": self.term.id,
                    "code": row["id"],
                    "type": row["type"],
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
                }
                for row in rows
            ]
        )
