"""Makes a process stand back for others when the processor is short."""

import os
from pathlib import Path


def stand_back(pid: int, niceness: int) -> bool:
    """Lower the priority of a process that leads a session of its own.

    Where Linux shares the processor between sessions first (``autogroup``), niceness
    counts only inside a session, and two solving jobs would get as much of the
    processor as the API does: there the session has to stand back as well.

    Returns
    -------
    bool
        False if the kernel wants to be asked again: it takes one change of a session
        in a tenth of a second. Nobody is kept waiting for that here.
    """
    os.setpriority(os.PRIO_PROCESS, pid, niceness)
    try:
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))
    except BlockingIOError:
        return False
    except OSError:
        return True  # no such kernel, or a container whose /proc is read-only
    return True
