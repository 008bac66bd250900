"""What every wire model has in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""Opaque identifier: unique within its list, without a person's name in it."""

Label = Annotated[str, StringConstraints(max_length=200)]
"""Human name of a thing (never of a person); the engine ignores it."""


class WireModel(BaseModel):
    """A frozen model that refuses unknown fields, so that a typo never passes."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def model_post_init(self, context: Any, /) -> None:
        """Share the set of given fields with all models that were given the same.

        Nearly half of a large problem's memory would be these sets.
        """
        given = self.__pydantic_fields_set__
        shared = _GIVEN.setdefault(frozenset(given), given)
        object.__setattr__(self, "__pydantic_fields_set__", shared)


_GIVEN: dict[frozenset[str], set[str]] = {}
"""Combinations of fields; as many as callers think of, which is few: unknown fields are
refused before."""
