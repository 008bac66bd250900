"""Find Odoo 19 on this machine, or unpack Debian's package of it.

The order: ``ODOO_BIN``, an ``odoo`` on PATH, an earlier download, a download.
"""

import hashlib
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from . import environment, packages
from .display import screen
from .paths import STATE, StackError
from .shell import output, run, which

HOME = STATE / "odoo"
TREE = HOME / "tree"
VENV = HOME / "venv"
REQUIREMENTS = Path(__file__).with_name("odoo_requirements.txt")
MARK = "timetable_nep.complete"
SITE = Path("usr/lib/python3/dist-packages")
WAYS_OUT = (
    "Set ODOO_BIN to the program of an Odoo 19 of yours, put 'odoo' on PATH, or use "
    "Docker: see docker/compose.yaml."
)

FROM_SID = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-ocr-b",
)
FROM_BOOKWORM = ("fonts-font-awesome", "fonts-inconsolata")
"""Newer versions of these lay their files out differently from what Odoo links to."""


@dataclass(frozen=True)
class Odoo:
    """A program that is Odoo 19."""

    command: list[str]
    version: str
    source: str
    env: dict[str, str] = field(default_factory=dict)


def version_of(command: list[str], env: dict[str, str]) -> str | None:
    """What the program says its version is."""
    try:
        answer = output([*command, "--version"], env=env, timeout=60)
    except OSError:
        return None
    number = re.search(r"(\d+\.\d+\S*)", answer.stdout)
    return number[1] if answer.returncode == 0 and number else None


def find() -> Odoo | None:
    """An Odoo 19 that is there already."""
    wanted = os.environ.get("ODOO_BIN")
    if wanted:
        version = version_of([wanted], {})
        if version is None or not version.startswith("19."):
            raise StackError(
                f"ODOO_BIN={wanted} does not answer --version as an Odoo 19 "
                f"(it said: {version or 'nothing'})."
            )
        return Odoo([wanted], version, "ODOO_BIN")
    on_path = which("odoo")
    if on_path:
        version = version_of([on_path], {})
        if version and version.startswith("19."):
            return Odoo([on_path], version, "PATH")
        screen.note(f"Note: {on_path} is Odoo {version or '?'}, not 19; looking on.")
    return downloaded()


def downloaded() -> Odoo | None:
    """The Odoo of an earlier download."""
    if not (TREE / MARK).exists() or not (VENV / "bin/python").exists():
        return None
    return Odoo(
        [str(VENV / "bin/python"), str(TREE / "usr/bin/odoo")],
        (TREE / MARK).read_text().strip(),
        "download",
        {"PYTHONPATH": str(TREE / SITE)},
    )


def ensure() -> Odoo:
    """An Odoo 19, downloaded if there is none."""
    found = find()
    if found and found.source != "download":
        return found
    if not (TREE / MARK).exists():
        download()
    stamp = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    environment.make_venv(VENV, stamp, "Odoo", [["-r", str(REQUIREMENTS)]])
    found = downloaded()
    if found is None or version_of(found.command, found.env) is None:
        raise StackError(
            "The Odoo unpacked under .state/odoo does not start; try "
            f"'{' '.join(found.command) if found else 'odoo'} --version'."
        )
    return found


def debian_mirror() -> str:
    """The archive this machine's apt already uses; apt reads its own configuration."""
    if which("apt-get") is None or which("dpkg") is None:
        raise StackError(f"No Odoo 19 here, and no apt to get it with. {WAYS_OUT}")
    uri, known = archive()
    if uri is None and not known:
        packages.refresh()
        uri, _ = archive()
    if uri is None:
        raise StackError(
            "No Odoo 19 here, and apt on this machine is not set up for a Debian "
            f"archive that could provide it. {WAYS_OUT}"
        )
    return uri


def archive() -> tuple[str | None, bool]:
    """Debian's archive among those of apt, and whether apt has read all lists yet."""
    listing = output(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI) $(LABEL)|$(COMPONENT)",
            "Created-By: Packages",
        ]
    ).stdout
    known = bool(listing.strip())
    for line in listing.splitlines():
        uri, _, rest = line.partition(" ")
        label, _, component = rest.partition("|")
        if (label, component) == ("Debian", "main"):
            return uri, True
        known = known and bool(label) and not label.startswith("$")
    return None, known


class PrivateApt:
    """apt with its own lists and sources, which leaves the machine's alone."""

    def __init__(self, mirror: str, suite: str, keyring: Path) -> None:
        self.suite = suite
        self.home = HOME / "apt" / suite
        for part in ("state/lists/partial", "cache/archives/partial"):
            (self.home / part).mkdir(parents=True, exist_ok=True)
        (self.home / "state/status").touch()
        sources = self.home / "sources.list"
        sources.write_text(f"deb [signed-by={keyring}] {mirror} {suite} main\n")
        options = {
            "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State": self.home / "state",
            "Dir::State::lists": self.home / "state/lists",
            "Dir::State::status": self.home / "state/status",
            "Dir::Cache": self.home / "cache",
            "APT::Architecture": "amd64",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
        }
        self.options = [f"-o{key}={value}" for key, value in options.items()]

    def update(self) -> None:
        """Read the suite's list; apt checks its signature."""
        run(
            f"Reading Debian's list of {self.suite}",
            ["apt-get", *self.options, "-q", "update", "--error-on=any"],
            log="odoo-download.log",
            hint=WAYS_OUT,
        )

    def version(self, package: str) -> str | None:
        """The version of a package in the suite."""
        answer = output(["apt-cache", *self.options, "show", package]).stdout
        number = re.search(r"^Version: (\S+)", answer, re.MULTILINE)
        return number[1] if number else None

    def download(self, folder: Path, names: tuple[str, ...]) -> None:
        """Fetch packages; apt checks their sums and keeps whole ones."""
        folder.mkdir(parents=True, exist_ok=True)
        run(
            f"Downloading {names[0]} from Debian",
            ["apt-get", *self.options, "-q", "download", *names],
            log="odoo-download.log",
            cwd=folder,
            hint=WAYS_OUT,
        )


def download() -> None:
    """Unpack Debian's Odoo 19 into the state folder."""
    mirror = debian_mirror()
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if not keyring.exists():
        packages.install("debian-archive-keyring", wanted_for="Debian's keyring")
    HOME.mkdir(parents=True, exist_ok=True)
    sid = PrivateApt(mirror, "sid", keyring)
    sid.update()
    version = sid.version("odoo-19")
    if version is None or not version.startswith("19."):
        raise StackError(
            f"Debian's archive has no Odoo 19 any more (odoo-19: {version}). {WAYS_OUT}"
        )
    debs = HOME / "debs"
    screen.note(f"Downloading Odoo {version} from {mirror.split('//')[-1]}")
    sid.download(debs, FROM_SID)
    bookworm = PrivateApt(mirror, "bookworm", keyring)
    bookworm.update()
    bookworm.download(debs, FROM_BOOKWORM)
    draft = HOME / "tree.part"
    shutil.rmtree(draft, ignore_errors=True)
    for deb in sorted(debs.glob("*.deb")):
        run(
            f"Unpacking {deb.name}", ["dpkg", "-x", deb, draft], log="odoo-download.log"
        )
    complete(draft)
    (draft / MARK).write_text(version + "\n")
    shutil.rmtree(TREE, ignore_errors=True)
    draft.rename(TREE)
    shutil.rmtree(debs)
    shutil.rmtree(HOME / "apt")


def complete(tree: Path) -> None:
    """Mend the one file that Debian cut for its licence, and look for dead links.

    Without that file every page of the web client logs an error in the browser, which
    fails browser tests; it only blurs the background of video calls.
    """
    site = tree / SITE
    stub = site / "odoo/addons/mail/static/lib/selfie_segmentation"
    stub.mkdir(parents=True, exist_ok=True)
    (stub / "selfie_segmentation.js").write_text(
        "// Not in Debian's package: background blur is not available.\n"
    )
    dead = [
        path
        for path in site.rglob("*")
        if path.is_symlink() and not path.resolve().exists() and not _finds(tree, path)
    ]
    if dead:
        screen.note(
            f"Note: {len(dead)} files of Odoo point to packages we lack, "
            f"such as {dead[0].relative_to(site)}."
        )


def _finds(tree: Path, link: Path) -> bool:
    """Whether an absolute link would resolve inside the tree; if so, point it there."""
    target = link.readlink()
    if not target.is_absolute():
        return False
    inside = tree / target.relative_to("/")
    if not inside.exists():
        return False
    link.unlink()
    link.symlink_to(os.path.relpath(inside, link.parent))
    return True
