"""Memory that the compiler and the collector of garbage hold without need.

The machine code of the kernels comes from a cache, so the compiler (a library of 150
MB) only links it. The pages that this touches stay in the process although nothing
reads them again; whatever is needed after all comes back from the file.
"""

import ctypes
import gc
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)

MAPS = Path("/proc/self/maps")
COMPILER = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r-xp .*/libllvmlite\.so$")
"""Its code: never written to, so that dropping a page loses nothing."""
DONT_NEED = 4


def forget_compiler() -> None:
    """Hand the compiler's code pages back to the system (Linux; elsewhere nothing)."""
    if not sys.platform.startswith("linux"):
        return
    try:
        lines = MAPS.read_text().splitlines()
    except OSError as error:
        logger.debug("Memory maps cannot be read: %s.", error.strerror)
        return
    advise = ctypes.CDLL(None).madvise
    for found in filter(None, map(COMPILER.match, lines)):
        first, end = (int(address, 16) for address in found.groups())
        advise(ctypes.c_void_p(first), ctypes.c_size_t(end - first), DONT_NEED)


@contextmanager
def without_collector() -> Iterator[None]:
    """Build many lasting objects without looking for cycles among them.

    They only grow in number meanwhile; looking through all of them again and again
    takes more time than building them, and more than in proportion to size.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
