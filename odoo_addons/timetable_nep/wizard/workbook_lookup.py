"""What names and codes in a workbook mean in the database."""

from collections import defaultdict

from odoo.fields import Command

from .workbook_cells import CellError, as_text, folded
from .workbook_sheets import SHEETS, WORDS

BY_NAME = {sheet.name: sheet for sheet in SHEETS}
YES, NO = ("yes", "y", "true", "1", "x"), ("no", "n", "false", "0")


class Lookup:
    """Records by code or name, words by their meaning in any installed language."""

    def __init__(self, env, company, term=None):
        self.env = env
        self.company = company
        self.term = term
        self.languages = [code for code, _name in env["res.lang"].get_installed()]
        self._words, self._indexes, self._choices = {}, {}, {}

    def forget(self, name):
        """Records of a sheet have changed."""
        self._indexes.pop(name, None)

    # ---- Words
    def words(self, label):
        """A label in every installed language, as it is compared."""
        key = label._source
        if key not in self._words:
            self._words[key] = {folded(key)} | {
                folded(self.env(context={"lang": code})._(label))
                for code in self.languages
            }
        return self._words[key]

    def translations(self, record, field):
        """What a field says in each installed language."""
        return {record.with_context(lang=code)[field] for code in self.languages}

    def _choice(self, sheet, column, raw):
        field = column.target or column.field
        key = (sheet.model, field)
        if key not in self._choices:
            found = {}
            definition = self.env[sheet.model]._fields[field]
            for code in ("en_US", *self.languages):
                env = self.env(context={"lang": code})
                for value, label in definition._description_selection(env):
                    found[folded(label)] = found[folded(value)] = value
            self._choices[key] = found
        value = self._choices[key].get(folded(raw))
        if value is None:
            options = (
                self.env[sheet.model]._fields[field]._description_selection(self.env)
            )
            choices = ", ".join(label for _value, label in options)
            raise CellError("no_choice", choices=choices)
        return int(value) if column.field == "day" else value

    def _yes(self, raw):
        word = folded(raw)
        for value, plain, label in ((True, YES, "yes"), (False, NO, "no")):
            if word in plain or word in self.words(WORDS[label]):
                return value
        raise CellError("no_yes")

    # ---- Records
    def _domain(self, model):
        company = model._fields.get("company_id")
        return [("company_id", "=", self.company.id)] if company else []

    def _index(self, name):
        """``(by code, by name)`` of the records of a sheet."""
        if name not in self._indexes:
            Model = self.env[BY_NAME[name].model]
            codes, names = {}, defaultdict(set)
            fields = [f for f in ("code", "name") if f in Model._fields]
            for record in Model.search_fetch(self._domain(Model), fields):
                if "code" in fields and record.code:
                    codes.setdefault(folded(record.code), record.id)
                for title in {record.name, record.display_name} - {False}:
                    names[folded(title)].add(record.id)
            self._indexes[name] = codes, names
        return self._indexes[name]

    def value(self, sheet, column, raw, term=None):
        """Value of a cell that needs the database.

        :raises CellError: with what is wrong
        """
        if column.kind == "choice":
            return self._choice(sheet, column, raw)
        if column.kind == "yes":
            return self._yes(raw)
        if column.kind == "one":
            return self._record(column.target, as_text(raw))
        parts = [part.strip() for part in as_text(raw).split(",")]
        found = [self._record(column.target, part, term) for part in parts if part]
        return list(dict.fromkeys(found))

    def _record(self, target, text, term=None):
        label = self.env._(BY_NAME[target].label)
        if target == "classes":
            found = self._classes(term).get(folded(text))
            if not found:
                raise CellError("unknown", value=text, sheet=label)
            return found
        codes, names = self._index(target)
        key = folded(text)
        if key in codes:
            return codes[key]
        found = names.get(key, ())
        if not found:
            raise CellError("unknown", value=text, sheet=label)
        if len(found) > 1:
            raise CellError("several", value=text, sheet=label)
        return next(iter(found))

    def _classes(self, term):
        key = ("classes", term)
        if key not in self._indexes:
            found = self.env["timetable.class"].search([("term_id", "=", term)])
            self._indexes[key] = {folded(one.display_name): one.id for one in found}
        return self._indexes[key]

    def default_term(self):
        """The term of a row that names none: the chosen one, or the only one."""
        if self.term:
            return self.term.id
        _codes, names = self._index("terms")
        found = {one for ids in names.values() for one in ids}
        return next(iter(found)) if len(found) == 1 else False

    def offering(self, term, course):
        if "offering_of" not in self._indexes:
            Offering = self.env["timetable.offering"]
            rows = Offering.search_fetch(
                self._domain(Offering), ["term_id", "course_id"]
            )
            self._indexes["offering_of"] = {
                (row.term_id.id, row.course_id.id): row.id for row in rows
            }
        found = self._indexes["offering_of"].get((term, course), False)
        if not found:
            # Perhaps it was made by a sheet of this very workbook.
            row = self.env["timetable.offering"].search(
                [("term_id", "=", term), ("course_id", "=", course)], limit=1
            )
            found = row.id
            self._indexes["offering_of"][term, course] = found
        return found

    def known(self, sheet):
        """Key of a row → its record."""
        Model = self.env[sheet.model]
        found = {}
        for record in Model.search_fetch(self._domain(Model), list(sheet.keys)):
            key = tuple(self._key(record[field]) for field in sheet.keys)
            found.setdefault(key, record)
        return found

    @staticmethod
    def _key(value):
        if hasattr(value, "_name"):
            return value.id
        return folded(value) if isinstance(value, str) else value

    def uncoded(self, sheet, values):
        """A record entered by hand without a code is found by its name."""
        if sheet.keys != ("code",) or not values.get("name"):
            return None
        Model = self.env[sheet.model]
        key = ("uncoded", sheet.name)
        if key not in self._indexes:
            rows = Model.search([*self._domain(Model), ("code", "=", False)])
            self._indexes[key] = {folded(row.name or ""): row for row in rows}
        return self._indexes[key].pop(folded(values["name"]), None)

    def class_values(self, values):
        """What a class needs besides its row: the weekly events of its course."""
        offering = self.env["timetable.offering"].browse(values["offering_id"])
        component = offering.course_id.component_ids[:1]
        if component:
            limit = values.get("limit") or component.group_size
            return {
                "component_id": component.id,
                "limit": limit,
                "event_ids": [
                    Command.create(event) for event in component._event_vals()
                ],
            }
        limit = values.get("limit") or offering.section_limit or 60
        return offering._prepare_class(values["name"], limit)
