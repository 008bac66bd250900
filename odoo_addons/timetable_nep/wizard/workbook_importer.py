"""A workbook into the database: what is new, changed, the same or wrong, row by row."""

from itertools import islice

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from ..tools.stranger_file import FileError, workbook_of
from .importer_base import BATCH, QUIET
from .workbook_cells import PLAIN, CellError, folded
from .workbook_lookup import Lookup
from .workbook_sheets import ROW_FAULTS, SHEETS

MOST_ROWS = 200_000
MOST_COLUMNS = 40
MOST_FAULTS = 2_000
"""Faults that are kept; all are counted."""
REFUSED = (UserError, ValidationError, AccessError, IntegrityError)


class WorkbookImporter:
    """Reads a workbook and makes its records, sheet after sheet.

    Rows that are wrong are left out and told in ``faults``; the caller decides whether
    the others stay. ``made`` and ``changed`` are what an undo needs.
    """

    def __init__(self, env, company, content, term=None):
        self.env = env(context={**env.context, **QUIET})
        self.company = company
        self.book = workbook_of(content)
        self.lookup = Lookup(self.env, company, term)
        self.faults, self.fault_count = [], 0
        self.changes, self.counts = [], {}
        self.made, self.changed = [], []

    def run(self):
        """Apply all sheets.

        :raises FileError: for what is wrong with the file as a whole
        """
        sheets = self._sheets()
        for sheet in SHEETS:
            if sheet.name in sheets:
                self._apply(sheet, self._rows(sheet, sheets[sheet.name]))
                self.lookup.forget(sheet.name)

    # ---- Reading
    def _sheets(self):
        """Name of a sheet → the page of the workbook that has its title."""
        pages = {folded(page.title): page for page in self.book.worksheets}
        found = {}
        for sheet in SHEETS:
            for title in {*self.lookup.words(sheet.label), sheet.name}:
                if title in pages:
                    found[sheet.name] = pages[title]
        if not found:
            names = ", ".join(self.env._(sheet.label) for sheet in SHEETS)
            raise FileError("no_sheets", sheets=names)
        return found

    def _rows(self, sheet, page):
        """Number and cells (field → value) of each row that is not empty."""
        page.reset_dimensions()
        lines = page.iter_rows(max_col=MOST_COLUMNS, values_only=True)
        heading = next(lines, ())
        places = {}
        for column in sheet.columns:
            words = self.lookup.words(column.label)
            for place, title in enumerate(heading):
                if title is not None and folded(title) in words:
                    places[column.field] = place
        of_key = {*sheet.keys, *(("course_id", "section") if sheet.of_term else ())}
        for column in sheet.columns:
            needed = column.field in of_key and column.target != "terms"
            if needed and column.field not in places:
                raise FileError(
                    "no_columns",
                    sheet=self.env._(sheet.label),
                    column=self.env._(column.label),
                )
        rows = []
        for number, line in enumerate(islice(lines, MOST_ROWS + 1), start=2):
            cells = {
                field: line[place]
                for field, place in places.items()
                if place < len(line) and line[place] not in (None, "")
            }
            if not cells:
                continue
            if number > MOST_ROWS:
                raise FileError(
                    "too_many_rows", sheet=self.env._(sheet.label), most=MOST_ROWS
                )
            rows.append((number, cells))
        return rows

    def _fault(self, sheet, number, column, name, value=None, /, **about):
        count = self.counts[sheet.name]
        count["faulty"].add(number)
        self.fault_count += 1
        if len(self.faults) >= MOST_FAULTS:
            return
        shown = "" if value is None else str(value)[:60]
        text = self.env._(ROW_FAULTS[name])
        self.faults.append(
            {
                "sheet": self.env._(sheet.label),
                "row": number,
                "column": self.env._(column.label) if column else "",
                "value": shown,
                "text": text % {"value": shown, **about},
            }
        )

    def _values(self, sheet, number, cells):
        """Values of a row, or None after telling what is wrong with it."""
        values, wrong = {}, False
        for column in sheet.columns:
            raw = cells.get(column.field)
            if raw is None and column.target == "terms":
                values[column.field] = self.lookup.default_term()
                if values[column.field]:
                    continue
            if raw is None:
                continue
            try:
                if column.kind in PLAIN:
                    values[column.field] = PLAIN[column.kind](raw)
                else:
                    values[column.field] = self.lookup.value(
                        sheet, column, raw, values.get("term_id")
                    )
            except CellError as error:
                wrong = True
                self._fault(sheet, number, column, error.name, raw, **error.about)
        if wrong:
            return None
        return self._with_offering(sheet, number, values)

    def _with_offering(self, sheet, number, values):
        """Term and course of a class or an enrolment are its offering."""
        if "offering_id" not in sheet.keys:
            return values
        term, course = values.pop("term_id", None), values.pop("course_id", None)
        if "section" in values:
            values["name"] = values.pop("section")
        columns = {column.field: column for column in sheet.columns}
        for field, value in (("term_id", term), ("course_id", course)):
            if not value:
                self._fault(sheet, number, columns[field], "needed")
                return None
        values["offering_id"] = self.lookup.offering(term, course)
        if not values["offering_id"]:
            label = next(s.label for s in SHEETS if s.name == "offerings")
            name = self.env._(label)
            self._fault(sheet, number, columns["course_id"], "no_offering", sheet=name)
            return None
        return values

    # ---- Applying
    def _apply(self, sheet, rows):
        self.counts[sheet.name] = {"new": 0, "changed": 0, "same": 0, "faulty": set()}
        known = self.lookup.known(sheet)
        seen, new, old = {}, [], []
        for number, cells in rows:
            values = self._values(sheet, number, cells)
            if values is None or not self._has_keys(sheet, number, values):
                continue
            key = tuple(self._key(values[field]) for field in sheet.keys)
            if key in seen:
                self._fault(sheet, number, None, "twice", other=seen[key])
                continue
            seen[key] = number
            record = known.get(key) or self.lookup.uncoded(sheet, values)
            if record:
                old.append((number, record, values))
            elif self._has_needed(sheet, number, values):
                new.append((number, self._complete(sheet, values)))
        self._write_all(sheet, old)
        self._create_all(sheet, new)

    @staticmethod
    def _key(value):
        return folded(value) if isinstance(value, str) else value

    def _has_keys(self, sheet, number, values):
        columns = {column.field: column for column in sheet.columns}
        missing = [field for field in sheet.keys if values.get(field) in (None, "")]
        for field in missing:
            self._fault(sheet, number, columns.get(field), "needed")
        return not missing

    def _has_needed(self, sheet, number, values):
        """A new record needs more than one that is there already."""
        missing = [
            column
            for column in sheet.columns
            if column.needed
            and column.field not in values
            and not ("offering_id" in values and column.field != "student_id")
        ]
        for column in missing:
            self._fault(sheet, number, column, "needed")
        return not missing

    def _complete(self, sheet, values):
        """Values of a new record."""
        Model = self.env[sheet.model]
        company = Model._fields.get("company_id")
        if company and not company.related:
            values["company_id"] = self.company.id
        if sheet.name == "classes":
            return {**self.lookup.class_values(values), **self._links(Model, values)}
        return self._links(Model, values)

    @staticmethod
    def _links(Model, values):
        return {
            field: [Command.set(value)] if isinstance(value, list) else value
            for field, value in values.items()
            if field in Model._fields
        }

    def _attempt(self, action):
        """Do it, or undo it and give the reason."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                result = action()
                self.env.flush_all()
                return result, None
        except REFUSED as error:
            self.env.invalidate_all()
            return None, error

    def _reason(self, sheet, error):
        if isinstance(error, IntegrityError):
            return self.env[sheet.model]._sql_error_to_message(error)
        return str(error)

    def _create_all(self, sheet, rows):
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            made, error = self._attempt(
                lambda part=part: self._create(sheet, [values for _n, values in part])
            )
            if error is None:
                self._note_made(sheet, made)
                continue
            for number, values in part:
                made, error = self._attempt(
                    lambda values=values: self._create(sheet, [values])
                )
                if error is None:
                    self._note_made(sheet, made)
                else:
                    reason = self._reason(sheet, error)
                    self._fault(sheet, number, None, "refused", reason=reason)

    def _create(self, sheet, rows):
        return self.env[sheet.model].create([dict(values) for values in rows])

    def _note_made(self, sheet, records):
        self.counts[sheet.name]["new"] += len(records)
        if "partner_id" in records._fields:
            self.made.append(["res.partner", records.partner_id.ids])
        self.made.append([sheet.model, records.ids])

    def _write_all(self, sheet, rows):
        count = self.counts[sheet.name]
        for number, record, values in rows:
            after = self._differing(record, values)
            if not after:
                count["same"] += 1
                continue
            before = {field: self._plain(record, field) for field in after}
            vals = self._links(record, after)
            _done, error = self._attempt(
                lambda record=record, vals=vals: record.write(vals)
            )
            if error is not None:
                reason = self._reason(sheet, error)
                self._fault(sheet, number, None, "refused", reason=reason)
                continue
            count["changed"] += 1
            kept = {field: self._plain(record, field) for field in after}
            self.changed.append(
                {"model": sheet.model, "id": record.id, "before": before, "after": kept}
            )
            self.changes += [
                {
                    "sheet": self.env._(sheet.label),
                    "row": number,
                    "name": record.display_name,
                    "column": self._column_label(sheet, field),
                    "before": self._shown(record, field, before[field]),
                    "after": self._shown(record, field, kept[field]),
                }
                for field in after
            ]

    def _column_label(self, sheet, field):
        for column in sheet.columns:
            if column.field == field:
                return self.env._(column.label)
        return field

    @staticmethod
    def _plain(record, field):
        """The value of a field as it can be kept in JSON."""
        value = record[field]
        kind = record._fields[field].type
        if kind == "many2many":
            return sorted(value.ids)
        if kind == "many2one":
            return value.id or False
        return str(value) if kind == "date" and value else value

    def _shown(self, record, field, value):
        definition = record._fields[field]
        if definition.relational:
            ids = value if isinstance(value, list) else [value] if value else []
            names = self.env[definition.comodel_name].browse(ids).mapped("display_name")
            return ", ".join(names)
        if definition.type == "selection":
            options = dict(definition._description_selection(self.env))
            return options.get(value, value or "")
        return "" if value in (False, None) else str(value)

    def _differing(self, record, values):
        found = {}
        for field, value in values.items():
            now = self._plain(record, field)
            kind = record._fields[field].type
            if kind == "many2many":
                same = now == sorted(value)
            elif kind == "date":
                same = now == str(value)
            elif kind == "float":
                same = abs((now or 0) - value) < 0.005
            else:
                same = (now or False) == (value or False)
                # A workbook may be written in one language and read in another.
                if not same and record._fields[field].translate:
                    same = value in self.lookup.translations(record, field)
            if not same:
                found[field] = value
        return found
