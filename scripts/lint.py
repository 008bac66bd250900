"""``make lint``: every static check, each named, all run even if one fails."""

import re
import subprocess
import sys
import tempfile
import xml.dom.minidom
import xml.parsers.expat
from collections.abc import Callable

from . import environment, packages
from .paths import ADDONS, ROOT, VENV, StackError, prepare
from .shell import which

BIN = VENV / "bin"
ADDON = ADDONS / "timetable_nep"
EVERY_ADDON = sorted(path.parent for path in ADDONS.glob("*/__manifest__.py"))
FORBIDDEN = re.compile(r"^\s*(import|from)\s+sidecar\b", re.MULTILINE)
FORBIDDEN_ODOO = re.compile(r"^\s*(import|from)\s+odoo\b", re.MULTILINE)
ACROSS = re.compile(r"^\s*from \.\.(models\b|\w+(\.\w+)* import)", re.MULTILINE)
PYLINT_ODOO = (
    "--load-plugins=pylint_odoo",
    "--disable=all",
    "--enable=odoolint",
    # A large model is split over files by concern.
    "--disable=consider-merging-classes-inherited",
    "--valid-odoo-versions=19.0",
    "--manifest-required-authors=timetable_nep contributors",
    "--score=n",
)


def tool(*arguments: str) -> Callable[[], list[str]]:
    """A check done by a program of ``.venv``; no output means it passed."""

    def check() -> list[str]:
        done = subprocess.run(
            [str(BIN / arguments[0]), *arguments[1:]],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        text = (done.stdout + done.stderr).strip()
        return [text or f"exit code {done.returncode}"] if done.returncode else []

    return check


def documentation() -> list[str]:
    """The pages can be built, and their links lead somewhere."""
    with tempfile.TemporaryDirectory() as folder:
        return tool("mkdocs", "build", "--quiet", "--site-dir", folder)()


def well_formed_xml() -> list[str]:
    """XML of the addons can be parsed."""
    faults = []
    for path in sorted(ADDONS.rglob("*.xml")):
        try:
            xml.dom.minidom.parse(str(path))  # noqa: S318 - our own files
        except xml.parsers.expat.ExpatError as error:
            faults.append(f"{path.relative_to(ROOT)}: {error}")
    return faults


def javascript_syntax() -> list[str]:
    """JavaScript of the addons parses as modules."""
    files = sorted(ADDONS.glob("*/static/**/*.js"))
    if not files:
        return []
    node = which("node", "nodejs")
    if node is None:
        packages.install("nodejs", wanted_for="Node.js (checks JavaScript)")
        node = which("node", "nodejs")
    faults = []
    for path in files:
        # Given on standard input, a file is a module whatever its name says.
        done = subprocess.run(
            [str(node), "--input-type=module", "--check", "-"],
            input=path.read_text(encoding="utf-8"),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            words = done.stderr.replace("[stdin]", str(path.relative_to(ROOT)))
            faults.append("\n".join(words.splitlines()[:6]))
    return faults


def worlds_apart() -> list[str]:
    """The addons never import the sidecar, nor the sidecar Odoo."""
    faults = []
    for folder, pattern in ((ADDONS, FORBIDDEN), (ROOT / "sidecar", FORBIDDEN_ODOO)):
        for path in sorted(folder.rglob("*.py")):
            if pattern.search(path.read_text(encoding="utf-8")):
                faults.append(f"{path.relative_to(ROOT)} imports the other world")
    return faults


def addon_folders() -> list[str]:
    """Models meet through the registry and share names through ``const.py``.

    An import from another folder would load that file before its turn, and the order of
    ``models/__init__.py`` decides whose override wins. Every file is listed there.
    """
    faults = []
    models = ADDON / "models"
    listed = re.findall(
        r"^from \.(\w+) import (\w+)$",
        (models / "__init__.py").read_text(),
        re.MULTILINE,
    )
    present = {
        (path.parent.name, path.stem)
        for path in models.glob("*/*.py")
        if path.stem != "__init__"
    }
    for folder, name in sorted(present ^ set(listed)):
        faults.append(f"models/__init__.py and {folder}/{name}.py do not agree")
    for path in sorted(models.glob("*/*.py")):
        if ACROSS.search(path.read_text(encoding="utf-8")):
            faults.append(f"{path.relative_to(ROOT)} imports a file of another folder")
    return faults


CHECKS: dict[str, Callable[[], list[str]]] = {
    "ruff check": tool("ruff", "check", "."),
    "ruff format": tool("ruff", "format", "--check", "."),
    "mypy": tool("mypy"),
    "import rules": tool("lint-imports"),
    "pylint-odoo": tool("pylint", *PYLINT_ODOO, *map(str, EVERY_ADDON)),
    "XML": well_formed_xml,
    "JavaScript": javascript_syntax,
    "worlds apart": worlds_apart,
    "addon folders": addon_folders,
    # Strict: a dead link, a missing heading or a page outside the menu fails.
    "documentation": documentation,
}


def lint(only: list[str]) -> int:
    """Run the checks named, or all; gives the exit code."""
    unknown = set(only) - set(CHECKS)
    if unknown:
        raise StackError(f"There is no check {sorted(unknown)[0]}.")
    prepare()
    environment.ensure_sidecar()
    if not ADDON.is_dir():
        raise StackError("odoo_addons/timetable_nep is missing from this clone.")
    failed = []
    for name, check in CHECKS.items():
        if only and name not in only:
            continue
        faults = check()
        print(f"{'FAILED' if faults else 'ok    '}  {name}", flush=True)
        for fault in faults:
            print(fault, file=sys.stderr)
        if faults:
            failed.append(name)
    if failed:
        print(f"Lint failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0
