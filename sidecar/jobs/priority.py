"""Makes a process stand back for others when the processor is short."""

import os
import time
from pathlib import Path

_TRIES, _PAUSE_SECONDS = 4, 0.11


def stand_back(pid: int, niceness: int) -> None:
    """Lower the priority of a process that leads a session of its own.

    Where Linux shares the processor between sessions first (``autogroup``), niceness
    counts only inside a session, and two solving jobs would get as much of the
    processor as the API does: there the session has to stand back as well.
    """
    os.setpriority(os.PRIO_PROCESS, pid, niceness)
    path = Path(f"/proc/{pid}/autogroup")
    for _ in range(_TRIES):
        try:
            path.write_text(str(niceness))
        except BlockingIOError:  # the kernel takes one change in a tenth of a second
            time.sleep(_PAUSE_SECONDS)
        except OSError:
            return  # no such kernel, or a container whose /proc is read-only
        else:
            return
