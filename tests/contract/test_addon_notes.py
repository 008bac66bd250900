"""The addon knows each remark that a result may carry beside its timetables."""

import ast
import re
from pathlib import Path
from string import Formatter

from sidecar.contract.catalogue_texts import NOTES

ADDON = Path(__file__).parents[2] / "odoo_addons" / "timetable_nep"
TOLD_ELSEWHERE = {"variant_left_out"}
"""Told by what the run asked for and did not get."""


def texts() -> dict[str, str]:
    """Code → the addon's sentence, read without Odoo."""
    tree = ast.parse((ADDON / "labels.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "NOTE_TEXTS":  # type: ignore[attr-defined]
            assert isinstance(node.value, ast.Dict)
            return {
                key.value: value.args[0].value  # type: ignore[union-attr,attr-defined]
                for key, value in zip(node.value.keys, node.value.values, strict=True)
            }
    raise AssertionError("labels.py has no NOTE_TEXTS")


def test_every_remark_is_known_to_the_addon() -> None:
    """Else an officer would read English in a French page."""
    assert texts().keys() == NOTES.keys() - TOLD_ELSEWHERE


def test_the_addon_asks_for_no_argument_that_is_not_sent() -> None:
    for code, text in texts().items():
        sent = {name for _, name, _, _ in Formatter().parse(NOTES[code]) if name}
        assert set(re.findall(r"%\((\w+)\)s", text)) <= sent
