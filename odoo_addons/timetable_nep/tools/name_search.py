"""Records whose name is made of parts, found by the name that is shown."""

from collections.abc import Collection

from odoo.fields import Domain


def with_parts(domain, operator, value, separator, make):
    """A search domain that finds ``LEFT separator RIGHT`` as well.

    :param domain: what the search found without it
    :param operator: of the search; negative ones keep ``domain``
    :param value: a text or texts; anything else keeps ``domain``
    :param make: ``(left, right, exact)`` → domain of the records so named; ``exact``
        tells whether the whole name was given, as files do, or its beginning
    """
    if operator in Domain.NEGATIVE_OPERATORS:
        return domain
    exact = operator in ("=", "in", "=ilike")
    values = value if isinstance(value, Collection) else ()
    for text in [value] if isinstance(value, str) else values:
        left, found, right = str(text).rpartition(separator)
        if found and left.strip():
            domain |= make(left.strip(), right.strip(), exact)
    return domain
