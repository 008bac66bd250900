"""Faculty and students of an import, with their contacts and choices."""

from odoo.fields import Command

from ..tools.names import invented_name
from .importer_base import ImporterBase


class PeopleImporter(ImporterBase):
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
        names = []
        for number, row in enumerate(new):
            given = row.pop("name", None)  # the contract has none, other programs do
            if given is None:
                given = (
                    invented_name(number, title) if self.invent_names else row["code"]
                )
            names.append(given)
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
                    **({"name": row["name"]} if row.get("name") else {}),
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
            decided = {}
            for key in row.get("classes") or ():
                decided.setdefault(offering_of[key], []).append(key)
            wanted = dict.fromkeys((*(row.get("offerings") or ()), *decided))
            for offering in wanted:
                section, *further = decided.get(offering, (None,))
                enrolments.append(
                    {
                        "student_id": student,
                        "offering_id": self.ids["offering"][offering],
                        "class_id": self._one("class", section),
                        "fixed": section is not None,
                        "further_ids": [
                            Command.create(
                                {"class_id": self._one("class", key), "fixed": True}
                            )
                            for key in further
                        ],
                    }
                )
        self._create("timetable.enrolment", enrolments)
