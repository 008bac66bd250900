"""From a cell of a workbook to a value of a field."""

import datetime
import math
import re

from ..tools.stranger_file import clocks

MOST_TEXT = 1_000
LARGEST = 1_000_000
DATES = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
    # As dates are written in India.
    re.compile(r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})"),
)


class CellError(Exception):
    """What is wrong with a cell: a name in ``ROW_FAULTS``, and its gaps."""

    def __init__(self, name, /, **about):
        super().__init__(name)
        self.name = name
        self.about = about


def folded(text):
    """As names and headings are compared: in any case, with single spaces."""
    return " ".join(str(text).split()).casefold()


def as_text(value):
    """A cell as text: a code that a spreadsheet made a number of is that code."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if len(text) > MOST_TEXT:
        raise CellError("too_long", most=MOST_TEXT)
    return text


def as_number(value):
    try:
        number = float(str(value).strip().replace(",", ".", 1))
    except ValueError as error:
        raise CellError("no_number") from error
    if isinstance(value, bool) or not math.isfinite(number) or abs(number) > LARGEST:
        raise CellError("no_number")
    return number


def as_whole(value):
    try:
        number = as_number(value)
    except CellError as error:
        raise CellError("no_whole") from error
    if not number.is_integer():
        raise CellError("no_whole")
    return int(number)


def as_date(value):
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    for pattern in DATES:
        found = pattern.fullmatch(str(value).strip())
        if found:
            try:
                return datetime.date(*(int(found[part]) for part in "ymd"))
            except ValueError as error:
                raise CellError("no_date") from error
    raise CellError("no_date")


def as_clock(value):
    """Hours from midnight, whether the cell is a time, a text or a number."""
    if isinstance(value, datetime.datetime):
        value = value.time()
    if isinstance(value, datetime.time):
        return value.hour + value.minute / 60
    if isinstance(value, str) and (found := clocks(value)):
        hours, minutes = found[0].split(":")
        return int(hours) + int(minutes) / 60
    try:
        hours = as_number(value)
    except CellError as error:
        raise CellError("no_clock") from error
    if isinstance(value, float) and 0 < hours < 1:
        hours *= 24  # a part of the day, as spreadsheets keep times
    if not 0 <= hours <= 24:
        raise CellError("no_clock")
    return round(hours * 60) / 60


PLAIN = {
    "text": as_text,
    "whole": as_whole,
    "number": as_number,
    "date": as_date,
    "clock": as_clock,
}
"""Kinds of columns that need no database."""
