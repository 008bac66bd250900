"""Decorators of the kernels: compiled once, cached on disk, no fast maths.

The tables and the state are some seventy arrays. Two habits of the compiler would make
each call cost more than the work in it: counting references to those arrays, and
copying their descriptors to the callee. Kernels therefore allocate nothing (memory
comes from the caller, reference counts are off) and small ones are merged into their
callers.
"""

from collections.abc import Callable
from typing import Any

from numba import njit


def kernel(function: Callable[..., Any]) -> Any:
    """A kernel that may not allocate."""
    return njit(cache=True, nogil=True, _nrt=False)(function)


def inline_kernel(function: Callable[..., Any]) -> Any:
    """A small kernel, merged into its callers; may not allocate."""
    return njit(cache=True, nogil=True, _nrt=False, forceinline=True)(function)


def allocating_kernel(function: Callable[..., Any]) -> Any:
    """A kernel that returns a new array; called from Python only."""
    return njit(cache=True, nogil=True)(function)
