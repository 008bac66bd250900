"""What every wire model has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""Opaque identifier: unique within its list, without a person's name in it."""

Label = Annotated[str, StringConstraints(max_length=200)]
"""Human name of a thing (never of a person); the engine ignores it."""


class WireModel(BaseModel):
    """A frozen model that refuses unknown fields, so that a typo never passes."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
