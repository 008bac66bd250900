"""Decorators of the kernels: compiled once, cached on disk, no fast maths.

Kernels allocate nothing: memory comes from the caller as *blocks* (``block.py``), one
pointer each, so that a call costs a few instructions whatever it may look at, and
counting references to arrays is off. Small kernels are merged into their callers.

The compiler's cache looks at a function's own file only, although a kernel contains
the kernels it calls. The cache folder is therefore named after all kernel sources:
after any change, everything is compiled anew, and never half of it.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import njit

LEAN: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "_nrt": False,
    "error_model": "numpy",
}
"""``_nrt`` is the compiler's switch for reference counts; the error model leaves out
the check of each division for zero."""


def sources_digest() -> str:
    """Short digest of all kernel sources and of the tables that they read."""
    here = Path(__file__).parent
    digest = hashlib.sha256(numba.__version__.encode())
    tables = [here.parent / "tables.py", here.parent / "pairs" / "tables.py"]
    for path in [*sorted(here.rglob("*.py")), *tables]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def cache_folder() -> Path:
    """Where machine code is kept.

    ``NUMBA_CACHE_DIR`` where it is set, else beside the package, else in the user's
    cache (``XDG_CACHE_HOME``, ``~/.cache``).
    """
    name = f"kernels-{sources_digest()}"
    if given := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(given) / name
    beside = Path(__file__).parent / "__pycache__"
    owner = beside if beside.exists() else beside.parent
    if os.access(owner, os.W_OK):
        return beside / name
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "timetable-nep" / name


numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]


def kernel(function: Callable[..., Any]) -> Any:
    """A kernel that may not allocate."""
    return njit(**LEAN)(function)


def inline_kernel(function: Callable[..., Any]) -> Any:
    """A small kernel, merged into its callers; may not allocate."""
    return njit(**LEAN, forceinline=True)(function)


def allocating_kernel(function: Callable[..., Any]) -> Any:
    """A kernel that returns a new array; called from Python only."""
    return njit(cache=True, nogil=True)(function)
