"""The documents made from the code are those in the repository."""

from pathlib import Path

from sidecar.api.export import documents
from sidecar.settings import settings_table

DOCS = Path(__file__).parents[2] / "docs"


def test_schemas_are_current() -> None:
    """Else run: python -m sidecar.api.export docs/contract"""
    made = documents()
    assert {path.name for path in (DOCS / "contract").glob("*.json")} == made.keys()
    for name, text in made.items():
        assert (DOCS / "contract" / name).read_text() == text, name


def test_settings_are_documented() -> None:
    """Else run: python -m sidecar.settings > docs/reference/settings.md"""
    assert (DOCS / "reference" / "settings.md").read_text() == settings_table()
