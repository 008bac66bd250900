"""Process that finds the communities of one instance and ends.

Arrays on standard input and output, as ``numpy.savez`` writes them.
"""

import io
import sys

import numpy as np

from .graph import communities


def main() -> None:
    """Answer one task."""
    with np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as task:
        found = communities(dict(task))
    np.savez(sys.stdout.buffer, **found)


if __name__ == "__main__":
    main()
