"""The page of the documentation on ``timetable-nep``, made from its parsers.

``python -m sidecar.cli_reference > docs/reference/command-line.md``
"""

import argparse
from collections.abc import Iterator

from .cli import build_parser

HEAD = """\
# Command line

Made by `python -m sidecar.cli_reference`; a test keeps it current. The program says the
same: `timetable-nep COMMAND --help`.
"""


def page() -> str:
    """Markdown of the whole page."""
    parser = build_parser()
    parts = [HEAD]
    for command, about in _commands(parser):
        parts.append("\n".join(_section(command, about, 2)))
    return "\n".join(parts)


def _commands(
    parser: argparse.ArgumentParser,
) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            about = {a.dest: a.help for a in action._choices_actions}
            for name, command in action.choices.items():
                yield command, about.get(name) or ""


def _section(parser: argparse.ArgumentParser, about: str, level: int) -> Iterator[str]:
    yield f"{'#' * level} {parser.prog}"
    yield ""
    if about:
        yield f"{about[0].upper()}{about[1:]}."
        yield ""
    words = [_positional(a) for a in parser._actions if not a.option_strings]
    usage = " ".join([parser.prog, *words])
    yield f"`{usage} [options]`"
    yield ""
    rows = [
        action
        for action in parser._actions
        if action.dest != "help"
        and action.help != argparse.SUPPRESS
        and not isinstance(action, argparse._SubParsersAction)
    ]
    if rows:
        yield "| argument | meaning | default |"
        yield "| --- | --- | --- |"
        for action in rows:
            meaning = (action.help or "").replace("|", "\\|")
            yield f"| `{_name(action)}` | {meaning} | {_default(action)} |"
        yield ""
    for command, meaning in _commands(parser):
        yield from _section(command, meaning, level + 1)


def _positional(action: argparse.Action) -> str:
    if isinstance(action, argparse._SubParsersAction):
        return "COMMAND"
    return str(action.metavar or action.dest.upper())


def _name(action: argparse.Action) -> str:
    if not action.option_strings:
        return _positional(action)
    name = ", ".join(action.option_strings)
    if action.nargs == 0:
        return name
    if action.choices is not None:
        return f"{name} {'|'.join(map(str, action.choices))}".replace("|", "\\|")
    return f"{name} {action.metavar or action.dest.upper()}"


def _default(action: argparse.Action) -> str:
    if action.default in (None, False, argparse.SUPPRESS) or action.nargs == 0:
        return ""
    return f"`{action.default}`"


if __name__ == "__main__":
    print(page(), end="")
