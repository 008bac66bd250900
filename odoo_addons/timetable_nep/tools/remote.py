"""What comes from outside is looked at before a method begins.

Every public method of a model can be called by RPC with anything JSON can say. The
decorators here are on each of ours (a test walks them), so that a wrong id or a word
for a number ends in a sentence and not in an error of the database.
"""

import functools
import inspect

from odoo import fields
from odoo.exceptions import UserError

MOST = 5_000
"""Records, or ids in a list, that one call may name."""
LARGEST = 2**31 - 1
"""PostgreSQL's ``integer``, the type of ids."""
TEXT_MOST = 10_000
DATES = frozenset({"day", "week", "date_from"})
TABLES = frozenset({"wishes"})
"""What the method takes apart by itself."""


def one(method):
    """A method of exactly one record."""
    return _checked(method, exactly_one=True)


def many(method):
    """A method of some records."""
    return _checked(method)


def asked(method):
    """A method of the model, without records (below ``@api.model``)."""
    return _checked(method, of_records=False)


def _checked(method, exactly_one=False, of_records=True):
    parameters = list(inspect.signature(method).parameters.values())[1:]

    @functools.wraps(method)
    def checked(self, *args, **kwargs):
        if of_records:
            _check_records(self, exactly_one)
        for parameter, value in zip(parameters, args, strict=False):
            _check_value(self.env, parameter, value)
        for parameter in parameters[len(args) :]:
            if parameter.name in kwargs:
                _check_value(self.env, parameter, kwargs[parameter.name])
        return method(self, *args, **kwargs)

    checked._timetable_checked = True
    return checked


def _check_records(records, exactly_one):
    ids = records._ids
    # A record that a form has not saved has an id of another kind.
    if not all(_is_id(getattr(item, "origin", item)) for item in ids):
        raise UserError(records.env._("An id is a positive whole number."))
    if exactly_one and len(ids) != 1:
        raise UserError(
            records.env._(
                "This works on one record at a time; here are %s. Choose one.", len(ids)
            )
        )
    _check_count(records.env, ids)


def _check_count(env, ids):
    if len(ids) > MOST:
        raise UserError(
            env._(
                "Too many at once: %(count)s. At most %(most)s records go in one call.",
                count=len(ids),
                most=MOST,
            )
        )


def _is_id(value):
    return type(value) is int and 0 < value <= LARGEST


def _check_value(env, parameter, value):
    """The name of a parameter says what it is."""
    name, default = parameter.name, parameter.default
    if name.endswith("_ids"):
        if value in (None, False) and default is None:
            return
        if not isinstance(value, list | tuple) or not all(map(_is_id, value)):
            raise UserError(env._("%s is a list of ids, whole numbers.", name))
        _check_count(env, value)
    elif name.endswith("_id"):
        if not (_is_id(value) or value is None or value is False):
            raise UserError(env._("%s is an id, a whole number.", name))
    elif name == "places":
        _check_places(env, value)
    elif name in DATES:
        _check_date(env, name, value)
    elif name in TABLES:
        if not isinstance(value, dict):
            raise UserError(env._("%s is a table.", name))
        _check_count(env, value)
    elif isinstance(default, bool):
        if not isinstance(value, bool):
            raise UserError(env._("%s is true or false.", name))
    elif isinstance(default, int):
        if type(value) is not int or not 0 <= value <= LARGEST:
            raise UserError(env._("%s is a whole number, zero or more.", name))
    elif not (isinstance(value, str) or value is None or value is False):
        raise UserError(env._("%s is a text.", name))
    elif value and len(value) > TEXT_MOST:
        raise UserError(env._("%s is too long.", name))


def _check_places(env, value):
    """``[(event id, timeslot id, room id)]``, the last two possibly ``False``."""

    def is_place(one):
        return (
            isinstance(one, list | tuple)
            and len(one) == 3
            and _is_id(one[0])
            and all(part is False or _is_id(part) for part in one[1:])
        )

    if not isinstance(value, list | tuple) or not all(map(is_place, value)):
        raise UserError(
            env._("A place is a list: an event's id, a timeslot's and a room's.")
        )
    _check_count(env, value)


def _check_date(env, name, value):
    try:
        if isinstance(value, bool) and value:
            raise TypeError
        fields.Date.to_date(value or None)
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise UserError(env._("%s is a date, as 2027-01-31.", name)) from None
