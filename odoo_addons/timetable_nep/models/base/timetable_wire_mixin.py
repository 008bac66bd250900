import re
from collections import defaultdict

from odoo import api, models

from ...tools import payload

REFERENCE = re.compile(r"\[(\w+):(\w+)\]|\b([kq]\d+)\b")
"""An id with its kind, or the bare id of a type of room or of a feature."""
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
    "room_type": "timetable.room.type",
    "feature": "timetable.room.feature",
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
    def _wire_reference(self, match):
        """Kind and id that a match of :data:`REFERENCE` speaks of."""
        bare = match[3]
        return (payload.KINDS[bare[0]], bare) if bare else (match[1], match[2])

    @api.model
    def _wire_sentences(self, sentences):
        """``[room:r12]`` as the name of the room, for all sentences at once."""
        found = defaultdict(set)
        for sentence in sentences:
            for match in REFERENCE.finditer(sentence):
                kind, text = self._wire_reference(match)
                if kind in MODELS:
                    found[kind].add(self._wire_number(kind, text))
        names = {
            (kind, record.id): record.display_name
            for kind, numbers in found.items()
            for record in self._wire_records(kind, sorted(numbers - {0}))
        }

        def name(match):
            kind, text = self._wire_reference(match)
            return names.get((kind, self._wire_number(kind, text))) or text

        return [REFERENCE.sub(name, sentence) for sentence in sentences]
