"""The addon has words for all that the service may say, by code."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from sidecar.api.error_handlers import TABLE
from sidecar.contract import catalogue_texts
from sidecar.contract.catalogue import CATALOGUE

ADDON = Path(__file__).parents[2] / "odoo_addons" / "timetable_nep"


def dictionaries(file: str) -> dict[str, dict[str, str]]:
    """Name → code → text, of a file of the addon that is read without Odoo."""
    tree = ast.parse((ADDON / file).read_text(encoding="utf-8"))
    found = {}
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)):
            continue
        texts = {
            key.value: value.args[0].value  # type: ignore[attr-defined]
            for key, value in zip(node.value.keys, node.value.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(value, ast.Call)
        }
        found[node.targets[0].id] = texts  # type: ignore[attr-defined]
    return found


TO_MACHINES = {"gone", "refused_file"}
"""Said to solver machines, not to the addon."""
THEIRS = dictionaries("catalogue.py")
LABELS = dictionaries("labels.py")


def gaps(text: str) -> list[tuple[str, str]]:
    """Arguments of a text, and how each is said."""
    return sorted((n, spec or "") for _, n, spec, _ in Formatter().parse(text) if n)


@pytest.mark.parametrize(
    "group", [name for name in vars(catalogue_texts) if name.isupper()]
)
def test_every_code_has_a_text_with_the_same_arguments(group: str) -> None:
    """Else somebody would read English in a Hindi page, or lose a number."""
    ours: dict[str, str] = getattr(catalogue_texts, group)
    assert THEIRS[group].keys() == ours.keys()
    for code, text in ours.items():
        assert gaps(THEIRS[group][code]) == gaps(text), code


def test_the_groups_are_the_whole_catalogue() -> None:
    groups = [name for name in vars(catalogue_texts) if name.isupper()]
    assert {code for group in groups for code in THEIRS[group]} == CATALOGUE.keys()


def test_whatever_is_counted_has_a_plural_there() -> None:
    source = (ADDON / "catalogue.py").read_text(encoding="utf-8")
    counted = {
        spec[2:]
        for text in CATALOGUE.values()
        for _, spec in gaps(text)
        if spec.startswith("n ")
    }
    block = source[source.index("COUNTED = {") :]
    known = set(re.findall(r'^    "([\w -]+)": \(', block, re.MULTILINE))
    assert known == counted


def test_every_error_of_the_service_has_words() -> None:
    codes = {answer.code for answer in TABLE.values() if answer.code}
    assert codes - TO_MACHINES <= LABELS["ERROR_TEXTS"].keys()
