import re
from collections import defaultdict

from odoo import api, models

from ..tools import payload

REFERENCE = re.compile(r"\[(\w+):(\w+)\]")
MODELS = {
    "room": "timetable.room",
    "faculty": "timetable.faculty",
    "event": "timetable.event",
    "class": "timetable.class",
    "offering": "timetable.offering",
    "student": "timetable.student",
    "timeslot": "timetable.timeslot",
    "department": "timetable.department",
    "building": "timetable.building",
    "curriculum": "timetable.batch",
    "relation": "timetable.relation",
}


class TimetableWireMixin(models.AbstractModel):
    """The solver's sentences with names in place of opaque ids."""

    _name = "timetable.wire.mixin"
    _description = "Names for opaque ids"

    @api.model
    def _wire_number(self, kind, text):
        """Database id behind an opaque id, or 0."""
        try:
            return payload.record_id("batch" if kind == "curriculum" else kind, text)
        except (payload.UnknownIdError, KeyError):
            return 0

    @api.model
    def _wire_records(self, kind, numbers):
        """Those records that exist and that the user may read."""
        records = self.env[MODELS[kind]].browse(numbers).exists()
        return records._filtered_access("read")

    @api.model
    def _wire_sentences(self, sentences):
        """``[room:r12]`` as the name of the room, for all sentences at once."""
        found = defaultdict(set)
        for sentence in sentences:
            for kind, text in REFERENCE.findall(sentence):
                if kind in MODELS:
                    found[kind].add(self._wire_number(kind, text))
        names = {
            (kind, record.id): record.display_name
            for kind, numbers in found.items()
            for record in self._wire_records(kind, sorted(numbers - {0}))
        }

        def name(match):
            number = self._wire_number(match[1], match[2])
            return names.get((match[1], number)) or match[2]

        return [REFERENCE.sub(name, sentence) for sentence in sentences]
