"""Departments, buildings, rooms and the weekly grid of an import."""

from .importer_base import ImporterBase


def _hours(clock):
    """``"09:30"`` as ``9.5``; nothing as 0."""
    if not clock:
        return 0.0
    hours, minutes = clock.split(":")
    return int(hours) + int(minutes) / 60


class StructureImporter(ImporterBase):
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
        ids = self._create(
            "timetable.grid", [{"name": self.name, "company_id": self.company.id}]
        )
        self.grid = self.env["timetable.grid"].browse(ids)
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
        wishes = [w for event in events for w in event.get("room_preferences") or ()]
        types |= {wish["type"] for wish in wishes if wish.get("type")}
        self._coded("type", "timetable.room.type", types)
        features = {f for row in (*rooms, *events) for f in row.get("features") or ()}
        features |= {wish["feature"] for wish in wishes if wish.get("feature")}
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
