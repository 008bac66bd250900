"""Synthetic universities under NEP 2020, feasible by construction."""

from .presets import PRESETS, Preset
from .university import generate

__all__ = ["PRESETS", "Preset", "generate"]
