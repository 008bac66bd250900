"""The guide to a new constraint, followed to the letter in a copy of the sources."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.caching import _CacheLocator

from sidecar.engine.kernels import jit

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "adding_a_constraint.md"
BLOCK = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.DOTALL | re.MULTILINE)
MOST_LINES = 40


def blocks() -> list[tuple[str, str, str]]:
    """(language, title, text) of each block that has a title."""
    return BLOCK.findall(GUIDE.read_text())


def hunks(text: str) -> list[list[str]]:
    """Lines of a diff between the lines that begin with ``@@``."""
    found: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("@@"):
            found.append([])
        else:
            found[-1].append(line)
    return found


def patched(source: str, text: str) -> str:
    """A file after a diff whose lines are unchanged (" ") or new ("+")."""
    lines = source.splitlines()
    for hunk in hunks(text):
        old = [line[1:] for line in hunk if line.startswith(" ")]
        new = [line[1:] for line in hunk]
        assert all(line[0] in " +" for line in hunk), hunk
        places = [
            k for k in range(len(lines)) if lines[k : k + len(old)] == old and old
        ]
        assert len(places) == 1, f"{old} stands {len(places)} times"
        lines[places[0] : places[0] + len(old)] = new
    return "\n".join(lines) + "\n"


def follow(folder: Path) -> list[str]:
    """Do what the guide says in a folder; the command that it ends with."""
    command: list[str] = []
    for language, title, text in blocks():
        path = folder / title
        if language == "sh":
            command = text.replace("\\\n", " ").split()
        elif language == "diff":
            path.write_text(patched(path.read_text(), text))
        else:
            assert not path.exists(), title
            path.write_text(text)
    return command


def copy_sources(folder: Path) -> None:
    """What the guide changes and its command reads, with the compiled kernels."""
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("sidecar", "tests", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    addon = Path("odoo_addons") / "timetable_nep"
    (folder / addon / "readme").mkdir(parents=True)
    for name in ("const.py", "labels.py"):
        shutil.copy2(ROOT / addon / name, folder / addon / name)
    shutil.copy2(ROOT / "pyproject.toml", folder)
    # Compiled code is found by the folder of its source, which is another here.
    kernels = Path("sidecar") / "engine" / "kernels"
    old, new = (
        _CacheLocator.get_suitable_cache_subpath(str(base / kernels / "state.py"))
        for base in (ROOT, folder)
    )
    known = jit.cache_folder() / old
    if known.exists():
        goal = folder / kernels / "__pycache__" / jit.cache_folder().name / new
        shutil.copytree(known, goal)


def test_the_guide_needs_few_lines() -> None:
    """All that one writes, the test included."""
    written = 0
    for language, _, text in blocks():
        lines = [line for line in text.splitlines() if line.strip()]
        if language == "diff":
            written += sum(line.startswith("+") for line in lines)
        elif language == "python":
            written += len(lines)
    assert 20 < written < MOST_LINES


@pytest.mark.slow
def test_the_guide_adds_a_constraint(tmp_path: Path) -> None:
    """Its files, its changes, its command: all tests that it names pass."""
    copy_sources(tmp_path)
    command = follow(tmp_path)
    assert command[:3] == ["python", "-m", "pytest"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *command[1:], "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "I,F,E", "sidecar"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_a_guide_that_is_out_of_date_is_found() -> None:
    """A line that no longer stands in the sources, or stands there twice."""
    assert patched("a\nb\n", " a\n+x\n") == "a\nx\nb\n"
    with pytest.raises(AssertionError, match="stands 0 times"):
        patched("a\nb\n", " c\n+x\n")
    with pytest.raises(AssertionError, match="stands 2 times"):
        patched("a\na\n", " a\n+x\n")
