"""``make down`` and ``make clean``."""

import shutil

from . import postgres, processes
from .paths import STATE

ORDER = ("odoo", "odoo-e2e", "odoo-test", "sidecar", "sidecar-test", "redis")


def down() -> list[str]:
    """Stop every server of this folder, those that use others first."""
    names = [name for name in processes.running() if name != postgres.NAME]
    names.sort(key=lambda name: ORDER.index(name) if name in ORDER else 0)
    stopped = [name for name in names if processes.stop(name)]
    if postgres.stop():
        stopped.append(postgres.NAME)
    return stopped


def clean() -> None:
    """Stop everything and remove what this folder's commands made."""
    down()
    postgres.forget()
    shutil.rmtree(STATE, ignore_errors=True)
