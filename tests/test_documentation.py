"""The documentation says what the program does, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from sidecar.cli_reference import page
from sidecar.contract.objective import (
    DEFAULT_WEIGHTS,
    HARD_CONSTRAINTS,
    PROFILES,
    SOFT_CONSTRAINTS,
    weights_of,
)

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)\s]+)\)")


def rows_under(heading: str) -> dict[str, list[str]]:
    """Rows of the first table below a heading, by their first cell's code."""
    text = (DOCS / "reference/constraints.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = {}
    for line in section.splitlines():
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        name = re.fullmatch(r"`(\w+)`", cells[0])
        if name:
            rows[name[1]] = cells[1:]
    return rows


def test_the_command_line_page_is_current() -> None:
    """Made anew by ``python -m sidecar.cli_reference``."""
    current = (DOCS / "reference/command-line.md").read_text(encoding="utf-8")
    assert current == page()


def test_every_argument_is_explained() -> None:
    """No empty meaning in the page."""
    assert not re.findall(r"^\| `[^\n]*` \|  \|", page(), re.MULTILINE)


def test_hard_constraints_are_those_of_the_contract() -> None:
    """In the contract's order."""
    assert list(rows_under("Hard")) == list(HARD_CONSTRAINTS)


def test_soft_constraints_are_those_of_the_contract() -> None:
    """With their default weights."""
    rows = rows_under("Soft")
    assert list(rows) == list(SOFT_CONSTRAINTS)
    assert {name: int(cells[-1]) for name, cells in rows.items()} == DEFAULT_WEIGHTS


def test_profiles_are_those_of_the_contract() -> None:
    """Every weight of every profile that is not a competition's."""
    names = [name for name in PROFILES if not name.startswith("itc")]
    for constraint, cells in rows_under("Profiles").items():
        expected = [weights_of(name)[constraint] for name in names]
        assert [int(cell) for cell in cells] == expected, constraint


@pytest.mark.parametrize(
    "path",
    [
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "odoo_addons/timetable_nep/readme").glob("*.md")),
    ],
    ids=lambda path: path.name,
)
def test_links_outside_the_site_lead_somewhere(path: Path) -> None:
    """The site's own are checked when it is built."""
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if "://" in target or target.startswith(("#", "mailto:")):
            continue
        assert (path.parent / target.split("#")[0]).exists(), target
