"""The problem's schema a second time, made from the contract, only to be quick.

pydantic takes about a quarter of a second for a university of 2,494 classes; the same
types as ``msgspec`` structs take a tenth of that. The structs are *derived* from the
contract's models, never written by hand. What they accept is valid; what they refuse
is asked again of pydantic, which has the last word and the better message.
"""

from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import msgspec
from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from ..contract import Problem


def _limits(metadata: tuple[Any, ...] | list[Any]) -> dict[str, Any]:
    """Translate pydantic's constraints to those of ``msgspec.Meta``."""
    limits: dict[str, Any] = {}
    for item in metadata:
        if isinstance(item, FieldInfo):
            limits.update(_limits(item.metadata))
        elif isinstance(item, StringConstraints):
            for name in ("min_length", "max_length", "pattern"):
                if (value := getattr(item, name)) is not None:
                    limits[name] = value
        elif isinstance(item, annotated_types.Ge):
            limits["ge"] = item.ge
        elif isinstance(item, annotated_types.Gt):
            limits["gt"] = item.gt
        elif isinstance(item, annotated_types.Le):
            limits["le"] = item.le
        elif isinstance(item, annotated_types.Lt):
            limits["lt"] = item.lt
        elif isinstance(item, annotated_types.MinLen):
            limits["min_length"] = item.min_length
        elif isinstance(item, annotated_types.MaxLen):
            limits["max_length"] = item.max_length
        elif (pattern := getattr(item, "pattern", None)) is not None:
            limits["pattern"] = pattern
        else:
            raise TypeError(f"No quick form of the constraint {item!r} is known.")
    return limits


def _annotation(annotation: Any) -> Any:
    """Give the ``msgspec`` type that accepts no more than ``annotation`` does."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner = _annotation(arguments[0])
        limits = _limits(arguments[1:])
        return Annotated[inner, msgspec.Meta(**limits)] if limits else inner
    if origin in (Union, UnionType):
        return Union[tuple(_annotation(item) for item in arguments)]  # noqa: UP007
    if origin is list:
        return list[_annotation(arguments[0])]  # type: ignore[misc]
    if origin is dict:
        return dict[str, _annotation(arguments[1])]  # type: ignore[misc]
    if origin is Literal or annotation in (str, int, float, bool, NoneType):
        return annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return struct_of(annotation)
    raise TypeError(f"No quick form of the type {annotation!r} is known.")


@cache
def struct_of(model: type[BaseModel]) -> type[msgspec.Struct]:
    """Derive the struct that accepts no more than ``model`` does."""
    fields: list[Any] = []
    for name, field in model.model_fields.items():
        kind = _annotation(field.annotation)
        if limits := _limits(field.metadata):
            kind = Annotated[kind, msgspec.Meta(**limits)]
        if field.is_required():
            fields.append((name, kind))
        else:
            default = field.get_default(call_default_factory=True)
            if isinstance(default, list | dict):
                default = msgspec.field(default_factory=type(default))
            fields.append((name, kind, default))
    return msgspec.defstruct(
        model.__name__, fields, kw_only=True, forbid_unknown_fields=True, gc=False
    )


@cache
def problem_decoder() -> "msgspec.json.Decoder[Any]":
    """Decoder of a whole problem."""
    return msgspec.json.Decoder(struct_of(Problem))
