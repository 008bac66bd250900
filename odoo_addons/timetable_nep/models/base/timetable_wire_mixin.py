from collections import defaultdict

import babel.dates

from odoo import api, models
from odoo.tools.i18n import format_list
from odoo.tools.misc import babel_locale_parse

from ...catalogue import COUNTED, HEADLINES, JOINTS, TEXTS
from ...labels import WIRE_WORDS
from ...tools import payload, wire_words

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
    "week_pattern": "timetable.week.pattern",
}


class TimetableWireMixin(models.AbstractModel):
    """What the service says, in the reader's language and with names for opaque ids.

    A row of the service has a code with arguments (``message``), for an event without
    a place its ``why``, and ``ways_out``. Beside them stand the same in English
    (``sentence``, ``suggestions``), for people without Odoo: these are shown only
    where a row has no code (it was stored before there were codes) or one that is not
    known here (the service is newer).
    """

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

    # ---- What there is to say
    @api.model
    def _wire_said(self, row):
        """Messages that together say what a row is about."""
        said = [row[key] for key in ("message", "why") if row.get(key)]
        return self._wire_known(said) or [row.get("sentence") or ""]

    @api.model
    def _wire_ways(self, row):
        """Messages of the ways out of a row."""
        return self._wire_known(row.get("ways_out") or []) or [
            *(row.get("suggestions") or [])
        ]

    @api.model
    def _wire_known(self, messages):
        """The messages, or nothing if one of them has a code that is not known here."""
        known = all(wire_words.codes(message) <= TEXTS.keys() for message in messages)
        return messages if known else []

    @api.model
    def _wire_named(self, messages):
        """Kind and id of each record that messages name, each once."""
        found = []
        for said in messages:
            if isinstance(said, str):
                named = map(wire_words.reference, wire_words.pieces(said))
                found += filter(None, named)
            else:
                found += wire_words.references(said)
        return list(dict.fromkeys(found))

    # ---- Saying it
    @api.model
    def _wire_rows(self, rows):
        """Rows of the service as people read them; names are read all at once.

        :return: a pair for each row: what it says, and its ways out
        """
        said = [(self._wire_said(row), self._wire_ways(row)) for row in rows]
        words = self._wire_words(
            [one for pair in said for part in pair for one in part]
        )
        return [
            (
                " ".join(self._wire_say(words, one) for one in what),
                [self._wire_say(words, one) for one in ways],
            )
            for what, ways in said
        ]

    @api.model
    def _wire_say(self, words, said):
        return words.say_finished(said) if isinstance(said, str) else words.say(said)

    @api.model
    def _wire_words(self, messages):
        """What says these messages, with the names that the reader may see."""
        found = defaultdict(set)
        for kind, text in self._wire_named(messages):
            if kind in MODELS:
                found[kind].add(self._wire_number(kind, text))
        names = {
            (kind, record.id): record.display_name
            for kind, numbers in found.items()
            for record in self._wire_records(kind, sorted(numbers - {0}))
        }
        locale = babel_locale_parse(self.env.lang)
        weekdays = babel.dates.get_day_names("wide", locale=locale)

        def count(number, thing):
            one, several = COUNTED[thing]
            text = one if locale.plural_form(number) == "one" else several
            said = self.env._(text)
            return said.format(n=number)

        return wire_words.Words(
            lambda code: self.env._(TEXTS[code]),
            lambda joint: self.env._(JOINTS[joint]),
            HEADLINES,
            name=lambda kind, text: (
                names.get((kind, self._wire_number(kind, text))) or text
            ),
            label=self._wire_label,
            count=count,
            row=lambda items: format_list(self.env, items),
            weekday=lambda day: weekdays[day],
        )

    @api.model
    def _wire_label(self, name, value):
        """A word of the contract as people read it."""
        words = {
            "category": ("timetable.course", "category"),
            "profile": ("timetable.variant", "profile"),
            "kind": ("timetable.component", "kind"),
            "state": ("timetable.run", "state"),
            "before": ("timetable.run", "state"),
            "after": ("timetable.run", "state"),
        }
        if value in WIRE_WORDS:
            return self.env._(WIRE_WORDS[value])
        if name not in words:
            return value
        model, field = words[name]
        options = self.env[model]._fields[field]._description_selection(self.env)
        return dict(options).get(value, value)
