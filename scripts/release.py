"""``make release``: packages in ``dist/``, each tried by installing it.

A wheel of the service, a wheel of each addon as the Odoo Community Association lays
them out (``odoo-addon-…``, made by whool), a zip of all addons for an ``addons_path``,
and the sums of all of them.
"""

import ast
import hashlib
import os
import re
import shutil
import zipfile
from pathlib import Path

from . import environment, odoo, setup
from .display import screen
from .odoo_source import TREE, VENV, Odoo
from .paths import ADDONS, ROOT, STATE, StackError
from .shell import output, run

HOME = STATE / "release"
DIST = ROOT / "dist"
BUILDER = ["setuptools>=77", "wheel", "whool>=1.3"]
LEFT_OUT = {"__pycache__"}
WHEN = (2026, 1, 1, 0, 0, 0)
"""Time of every file in the zip: the same files make the same sum."""
INSTANCE = odoo.Instance("odoo-release", "timetable_release")


def version_of(addon: str) -> str:
    """The version in an addon's manifest."""
    manifest = (ADDONS / addon / "__manifest__.py").read_text(encoding="utf-8")
    return str(ast.literal_eval(manifest)["version"])


def service_version() -> str:
    """The version of the service."""
    text = (ROOT / "sidecar" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    if found is None:
        raise StackError("sidecar/__init__.py has no __version__.")
    return found[1]


def build(dist: Path) -> list[Path]:
    """Make all packages anew in ``dist``; gives them."""
    addons = [odoo.ADDON, *odoo.bridges()]
    builder = HOME / "builder"
    stamp = hashlib.sha256(repr(BUILDER).encode()).hexdigest()
    environment.make_venv(builder, stamp, "the tools of packages", [BUILDER])
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir(parents=True)
    # whool takes what git knows of an addon: no copy, which git would not know.
    sources = [copy_of_service(), *(ADDONS / name for name in addons)]
    for source in sources:
        run(
            f"The wheel of {source.name}",
            [
                *(builder / "bin" / "python", "-m", "pip", "wheel", "-q"),
                *("--no-deps", "--no-build-isolation", "--no-input"),
                *("-w", str(dist), str(source)),
            ],
            log="release.log",
            # The version is the manifest's own, and does not count commits.
            env={"WHOOL_POST_VERSION_STRATEGY_OVERRIDE": "none"},
        )
    pack(addons, dist / f"timetable_nep-addons-{version_of(odoo.ADDON)}.zip")
    made = sorted(dist.iterdir())
    sums = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in made
    )
    (dist / "SHA256SUMS").write_text(sums)
    return made


def copy_of_service() -> Path:
    """The service's package alone: what lies about here does not get in."""
    target = HOME / "source"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    shutil.copytree(ROOT / "sidecar", target / "sidecar", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, target)
    return target


def pack(addons: list[str], path: Path) -> None:
    """A zip of the addons, to be unpacked on an ``addons_path``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for addon in addons:
            for file in sorted((ADDONS / addon).rglob("*")):
                if file.is_dir() or LEFT_OUT & set(file.parts):
                    continue
                entry = zipfile.ZipInfo(str(file.relative_to(ADDONS)), WHEN)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes())


def try_service(wheel: Path) -> None:
    """Install the service with what it needs in an empty environment, and ask it."""
    folder = HOME / "service"
    shutil.rmtree(folder, ignore_errors=True)
    stamp = hashlib.sha256(wheel.read_bytes()).hexdigest()
    pinned = ["-c", str(ROOT / "constraints.txt")]
    environment.make_venv(folder, stamp, "the service alone", [[*pinned, str(wheel)]])
    # From elsewhere: the folder of this clone must not help.
    answer = output(
        [folder / "bin" / "timetable-nep", "--version"], cwd=HOME, timeout=300
    )
    if service_version() not in answer.stdout:
        raise StackError(
            f"The installed service does not start: {answer.stderr[-300:]}"
        )


def try_addons(program: Odoo, wheels: list[Path]) -> None:
    """Install the addons' wheels beside Odoo, without this clone, in a new database."""
    if program.source != "download":
        screen.note("Note: addons are tried with the downloaded Odoo only.")
        return
    target = HOME / "site"
    shutil.rmtree(target, ignore_errors=True)
    python = VENV / "bin" / "python"
    run(
        "Installing the addons' wheels",
        [
            *(python, "-m", "pip", "install", "-q", "--no-deps", "--no-input"),
            "--target",
            target,
            *wheels,
        ],
        log="release.log",
    )
    odoo.copy_database(odoo.ensure_template(program), INSTANCE.database)
    odoo.write_conf(INSTANCE)
    empty = HOME / "no-addons"
    empty.mkdir(exist_ok=True)
    modules = [odoo.ADDON, *odoo.bridges()]
    try:
        run(
            "Installing the addons of the wheels",
            odoo.command(
                program,
                INSTANCE,
                *("-d", INSTANCE.database, "-i", ",".join(modules)),
                f"--addons-path={TREE / 'usr/lib/python3/dist-packages/odoo/addons'}",
                *("--skip-auto-install", "--no-http", "--stop-after-init"),
            ),
            log="odoo-release.log",
            env={
                "PYTHONPATH": os.pathsep.join([program.env["PYTHONPATH"], str(target)])
            },
            cwd=empty,
        )
        if not odoo.has_addon(INSTANCE.database):
            raise StackError("Odoo did not install the addon of the wheel.")
    finally:
        odoo.drop_database(INSTANCE.database)


def release() -> int:
    """Build, try, and say what there is."""
    screen.plan(setup.WEIGHT + 200)
    program = setup.ensure(browser=False)
    with screen.step("Packages", 40):
        made = build(DIST)
    wheels = [path for path in made if path.suffix == ".whl"]
    ours = [path for path in wheels if path.name.startswith("odoo_addon")]
    with screen.step("The service, installed alone", 80):
        try_service(next(path for path in wheels if path not in ours))
    with screen.step("The addons, installed from wheels", 80):
        try_addons(program, ours)
    screen.close()
    for path in [*made, DIST / "SHA256SUMS"]:
        print(path.relative_to(ROOT))
    return 0
