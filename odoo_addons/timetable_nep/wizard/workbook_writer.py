"""A workbook of what is there, to be filled in or changed and brought back."""

import io

import xlsxwriter

from .workbook_sheets import SHEETS, WORDS

EXAMPLES = 400
"""Rows below the last for which a list of choices is offered."""


def write_workbook(env, company, term=None):
    """The workbook as bytes.

    :param term: the term whose offerings, classes, enrolments and batches go in
    """
    content = io.BytesIO()
    book = xlsxwriter.Workbook(
        content,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    styles = {
        "head": book.add_format({"bold": True, "bg_color": "#E2EFDA", "border": 1}),
        "needed": book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "text": book.add_format({"num_format": "@"}),
    }
    for sheet in SHEETS:
        page = book.add_worksheet(env._(sheet.label)[:31])
        records = _records(env, company, sheet, term)
        for place, column in enumerate(sheet.columns):
            style = styles["needed" if column.needed else "head"]
            page.write_string(0, place, env._(column.label), style)
            page.set_column(place, place, column.width)
            _offer_choices(env, page, place, sheet, column, len(records))
        for number, record in enumerate(records, start=1):
            for place, column in enumerate(sheet.columns):
                _write_cell(env, page, number, place, record, column, styles)
        page.freeze_panes(1, 0)
        if records:
            page.autofilter(0, 0, len(records), len(sheet.columns) - 1)
    book.close()
    return content.getvalue()


def _records(env, company, sheet, term):
    Model = env[sheet.model]
    if sheet.of_term:
        if not term:
            return Model
        parent = "offering_id.term_id" if sheet.name == "enrolments" else "term_id"
        return Model.search([(parent, "=", term.id)])
    domain = [("company_id", "=", company.id)] if "company_id" in Model._fields else []
    if sheet.name == "terms" and term:
        domain.append(("id", "=", term.id))
    return Model.search(domain)


def _offer_choices(env, page, place, sheet, column, count):
    """A list to choose from in each cell, where the words are few."""
    if column.kind == "yes":
        source = [env._(label) for label in WORDS.values()]
    elif column.kind == "choice":
        field = env[sheet.model]._fields[column.target or column.field]
        source = [label for _value, label in field._description_selection(env)]
    else:
        return
    if sum(len(word) + 1 for word in source) <= 255:
        page.data_validation(
            1,
            place,
            count + EXAMPLES,
            place,
            {"validate": "list", "source": source, "error_type": "warning"},
        )


def _write_cell(env, page, number, place, record, column, styles):
    value = _value(env, record, column)
    if value in (None, False, ""):
        return
    if column.kind == "date":
        page.write_datetime(number, place, value, styles["date"])
    elif column.kind in ("whole", "number"):
        page.write_number(number, place, value)
    else:
        page.write_string(number, place, str(value), styles["text"])


def _value(env, record, column):
    """What a cell says of a record; zeros are left out, as an empty cell means 0."""
    if column.field == "section":
        return record.name
    if column.field in ("term_id", "course_id") and column.field not in record._fields:
        record = record.offering_id
    value = record[column.field]
    if column.kind in ("one", "many"):
        return ", ".join(_word(one) for one in value)
    if column.kind == "choice":
        field = record._fields[column.target or column.field]
        return dict(field._description_selection(env)).get(
            str(value) if column.field == "day" else value
        )
    if column.kind == "yes":
        word = "yes" if value else "no"
        return env._(WORDS[word])
    if column.kind == "clock":
        minutes = round(value * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes else None
    return value


def _word(record):
    """What is written for a record in another sheet's cell: its code, or its name."""
    if record._name == "timetable.class":
        return record.display_name
    code = record.code if "code" in record._fields else None
    return code or record.name
