"""Where Odoo is looked for, and what is said when there is none."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import odoo_source, packages
from scripts.paths import StackError

Program = Callable[[str, str], Path]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Make a program that answers ``--version``."""

    def make(name: str, says: str) -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\necho '{says}'\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither ODOO_BIN nor an earlier download."""
    monkeypatch.delenv("ODOO_BIN", raising=False)
    monkeypatch.setattr(odoo_source, "TREE", tmp_path / "tree")
    monkeypatch.setattr(odoo_source, "VENV", tmp_path / "venv")


def test_odoo_bin_comes_first(
    nothing_here: None, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a user names is used, whatever else is there."""
    mine = program("mine", "Odoo Server 19.0-20260101")
    other = program("odoo", "Odoo Server 19.0")
    monkeypatch.setenv("ODOO_BIN", str(mine))
    monkeypatch.setenv("PATH", str(other.parent))
    found = odoo_source.find()
    assert found is not None
    assert found.command == [str(mine)]
    assert found.version == "19.0-20260101"


@pytest.mark.parametrize("says", ["Odoo Server 18.0", "nothing of the kind"])
def test_odoo_bin_of_another_version_is_refused(
    nothing_here: None,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    says: str,
) -> None:
    """A wrong ODOO_BIN is an error, not a reason to look elsewhere."""
    monkeypatch.setenv("ODOO_BIN", str(program("mine", says)))
    with pytest.raises(StackError, match="ODOO_BIN"):
        odoo_source.find()


def test_other_version_on_path_is_passed_over(
    nothing_here: None, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An Odoo 17 of the machine's own is left alone."""
    old = program("odoo", "Odoo Server 17.0")
    monkeypatch.setattr(odoo_source, "which", lambda _name: str(old))
    assert odoo_source.find() is None


def listing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let apt give this list of its archives."""
    answer = subprocess.CompletedProcess[str]([], 0, stdout=text, stderr="")
    monkeypatch.setattr(odoo_source, "output", lambda _command: answer)
    monkeypatch.setattr(odoo_source, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(packages, "refresh", lambda: None)


def test_mirror_is_that_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of apt's archives, the one that is Debian's own; not that of security fixes."""
    listing(
        monkeypatch,
        "https://example.org/ubuntu/ Ubuntu|main\n"
        "http://mirror.example/debian-security/ Debian-Security|main\n"
        "http://mirror.example/debian/ Debian|contrib\n"
        "http://mirror.example/debian/ Debian|main\n",
    )
    assert odoo_source.debian_mirror() == "http://mirror.example/debian/"


def test_without_debian_the_ways_out_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On Ubuntu one sentence says what to do."""
    listing(monkeypatch, "http://archive.example/ubuntu/ Ubuntu|main\n")
    with pytest.raises(StackError, match=r"ODOO_BIN.*docker/compose\.yaml"):
        odoo_source.debian_mirror()


def test_without_root_and_sudo_the_command_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever may install packages is told what to type."""
    monkeypatch.setattr(packages.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(packages, "which", lambda *_names: None)
    with pytest.raises(StackError, match="apt-get install redis-tools"):
        packages.privileged(["apt-get", "install", "redis-tools"])
