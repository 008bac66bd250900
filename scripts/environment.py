"""Python environments: ``.venv`` for the sidecar and the tools, one for Odoo."""

import hashlib
import re
import shutil
import sys
from pathlib import Path

from . import packages
from .paths import ROOT, VENV, StackError, write_private
from .shell import output, run, which

SUPPORTED = ((3, 11), (3, 12), (3, 13))


def interpreter() -> str:
    """A Python that sidecar and Odoo both run on."""
    own = getattr(sys, "_base_executable", sys.executable) or sys.executable
    names = [own, "python3", *(f"python{a}.{b}" for a, b in reversed(SUPPORTED))]
    for name in names:
        path = which(name)
        if path is None:
            continue
        code = "import sys; print(*sys.version_info[:2])"
        answer = output([path, "-I", "-c", code])
        if answer.returncode == 0:
            major, minor = answer.stdout.split()
            if (int(major), int(minor)) in SUPPORTED:
                return path
    raise StackError(
        "No Python 3.11, 3.12 or 3.13 on this machine; install one "
        "(Debian 12 and 13 and Ubuntu 24.04 bring one) and run again."
    )


def make_venv(folder: Path, stamp: str, what: str, install: list[list[str]]) -> None:
    """Make a virtual environment, or keep the one that ``stamp`` says is complete.

    ``install`` holds the arguments of each ``pip install``. The stamp is written last:
    an interrupted run leaves none and is taken up again.
    """
    mark = folder / ".timetable-stamp"
    python = folder / "bin" / "python"
    if folder.exists() and not works(python):
        shutil.rmtree(folder)
    version = ""
    if python.exists():
        version = output([python, "-V"]).stdout
        if mark.exists() and mark.read_text() == f"{stamp} {version}":
            return
    else:
        create_venv(folder, what)
        version = output([python, "-V"]).stdout
    mark.unlink(missing_ok=True)
    for arguments in install:
        run(
            f"Installing the Python packages of {what}",
            [python, "-m", "pip", "install", "-q", "--no-input", *arguments],
            log="pip.log",
            env={"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            hint="Is there a network, and is pip's index right?",
        )
    write_private(mark, f"{stamp} {version}")


def works(python: Path) -> bool:
    """Whether this environment is whole enough to go on with: it has Python and pip."""
    if not python.exists():
        return False
    return output([python, "-m", "pip", "--version"]).returncode == 0


def create_venv(folder: Path, what: str) -> None:
    """An empty environment; Debian keeps the means for it in a package of its own."""
    base = interpreter()
    if output([base, "-c", "import ensurepip, venv"]).returncode:
        number = output([base, "-V"]).stdout.split()[-1].rsplit(".", 1)[0]
        packages.install(f"python{number}-venv", wanted_for="Python's venv module")
    shutil.rmtree(folder, ignore_errors=True)
    run(f"Making {what}", [base, "-m", "venv", folder], log="pip.log")


def ensure_sidecar() -> None:
    """``.venv`` with the sidecar (editable) and the tools of development."""
    project = (ROOT / "pyproject.toml").read_bytes()
    version = re.search(r'"([^"]+)"', (ROOT / "sidecar/__init__.py").read_text())
    # The folder belongs to it: an editable install points there, wherever it moves.
    facts = f"{version and version[1]} {ROOT}"
    stamp = hashlib.sha256(project + facts.encode()).hexdigest()
    constraints = ROOT / "constraints.txt"
    pinned = ["-c", str(constraints)] if constraints.exists() else []
    if constraints.exists():
        stamp = hashlib.sha256(stamp.encode() + constraints.read_bytes()).hexdigest()
    make_venv(VENV, stamp, "the sidecar", [[*pinned, "-e", f"{ROOT}[dev]"]])
