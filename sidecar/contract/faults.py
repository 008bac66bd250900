"""What is wrong with a message of the contract, and how to mend it, in words."""

from typing import Any

from pydantic import ValidationError

from .errors import FieldError

MAX_RECORDS = 1_000_000
MAX_VALUES = 20_000_000
MAX_FAULTS = 100
SHOWN = 40


def excess_of(records: int, values: int) -> str | None:
    """Say that a JSON text has too many ``{`` or ``,`` to be read; ``None`` if not.

    Counting these two costs next to nothing, so that ten million events are refused
    before anything is made of them.
    """
    if records <= MAX_RECORDS and values <= MAX_VALUES:
        return None
    return (
        f"It holds {records:,} records with {values:,} values; at most "
        f"{MAX_RECORDS:,} and {MAX_VALUES:,} are read, so plan schools or campuses "
        "in separate files."
    )


def faults_of(
    error: ValidationError, prefix: str = "", limit: int = MAX_FAULTS
) -> list[FieldError]:
    """Each place of a validation error as a JSON path, with what to write there.

    Parameters
    ----------
    prefix
        Path of what was validated within the whole.
    limit
        Most faults that are told.
    """
    faults = []
    for item in error.errors(include_url=False)[:limit]:
        path = prefix
        for part in item["loc"]:
            if isinstance(part, int):
                path += f"[{part}]"
            elif not part.startswith("function-"):
                path += f".{part[:64]}" if path else part[:64]
        faults.append(FieldError(field=path, message=_mend(dict(item))))
    return faults


def _mend(item: dict[str, Any]) -> str:
    kind, limits = item["type"], item.get("ctx", {})
    simple = {
        "missing": "It is missing; add it.",
        "extra_forbidden": "There is no such field; remove it or correct its name.",
        "string_type": "It must be text in quotes.",
        "list_type": "It must be a list: [ … ].",
        "model_type": "It must be an object: { … }.",
        "model_attributes_type": "It must be an object: { … }.",
        "bool_type": "It must be true or false.",
        "bool_parsing": "It must be true or false.",
        "finite_number": "It must be a number, not NaN or infinite.",
        "float_type": "It must be a number.",
        "float_parsing": "It must be a number.",
        "int_type": "It must be a whole number.",
        "int_parsing": "It must be a whole number.",
        "int_parsing_size": "The number is far too large; write a smaller one.",
        "int_from_float": "It must be a whole number, without a fraction.",
        "string_unicode": "It holds text that is not Unicode; write it anew.",
    }
    if kind in simple:
        message = simple[kind]
    elif kind == "json_invalid":
        where = limits.get("error", "it ends too early")
        message = f"It is not JSON ({where}); export or save the file again."
    elif kind == "greater_than_equal":
        message = f"It must be at least {limits['ge']}."
    elif kind == "less_than_equal":
        message = f"It must be at most {limits['le']}."
    elif kind == "string_too_short":
        message = "It must not be empty."
    elif kind == "string_too_long":
        message = f"It may have {limits['max_length']} characters; shorten it."
    elif kind == "too_long":
        message = f"It may have {limits['max_length']} items; remove some or split it."
    elif kind == "too_short":
        message = f"It needs at least {limits['min_length']} item(s); add them."
    elif kind == "literal_error":
        message = f"Choose one of {limits['expected']}."
    elif kind == "string_pattern_mismatch":
        if str(limits["pattern"]).startswith("^https?"):
            message = "It must be an address that begins with https:// or http://."
        else:
            message = "It must be a time of day such as 09:30."
    else:
        text = str(item["msg"]).removeprefix("Value error, ")
        message = text if text.endswith(".") else f"{text}."
    value = item.get("input")
    if kind != "json_invalid" and isinstance(value, str | int | float):
        message += f" It is '{_shown(value)}'."
    return message


def _shown(value: str | int | float) -> str:
    """A value short enough to print."""
    if isinstance(value, int) and abs(value) >= 10**SHOWN:
        return f"a number of about {value.bit_length() * 3 // 10} digits"
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
