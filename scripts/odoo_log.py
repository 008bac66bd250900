"""Read Odoo's log: what was run, what was skipped, and what should not be there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LINE = re.compile(
    r"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) \d+ "
    r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) (?P<database>\S+) "
    r"(?P<logger>[^\s:]+): (?P<text>.*)$"
)
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
SKIPPED = re.compile(r"^skipped (.+?) : (.*)$")
STARTED = re.compile(r"^Starting (\w+)\.(test\w*)( \.\.\.)?$")
BROWSER_CLASS = re.compile(r"Tour|Hoot|Browser|Js", re.IGNORECASE)

ALLOWED = (
    # Odoo's own, on any machine: nothing of ours can change them.
    re.compile(r"^odoo\.addons\.base\.models\.ir_actions_report: .*wkhtmltopdf"),
    re.compile(r"^odoo\.sql_db: .*could not serialize access"),
    re.compile(r"^odoo\.tools\.config: .*http_interface"),
    # A template of Odoo's website.
    re.compile(r"^odoo\.addons\.base\.models\.ir_qweb: Unknown directives.*'t-key'"),
)
"""Warnings that do not fail a run, each with the reason above it."""


@dataclass(frozen=True)
class Entry:
    """One entry of the log, with the lines that follow it."""

    level: str
    logger: str
    text: str
    rest: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join((f"{self.level} {self.logger}: {self.text}", *self.rest))


@dataclass
class Report:
    """What a test run left in its log."""

    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)
    complaints: list[Entry] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)

    @property
    def skipped_in_browser(self) -> list[str]:
        """Browser tests that did not run: on our machines they must."""
        return [name for name in self.skipped if BROWSER_CLASS.search(name)]


def entries(text: str) -> Iterator[Entry]:
    """The log's entries; lines without a head belong to the entry before."""
    head: re.Match[str] | None = None
    rest: list[str] = []
    for line in text.splitlines():
        found = LINE.match(line)
        if found is None:
            rest.append(line)
            continue
        if head:
            yield Entry(head["level"], head["logger"], head["text"], tuple(rest))
        head, rest = found, []
    if head:
        yield Entry(head["level"], head["logger"], head["text"], tuple(rest))


def read(text: str) -> Report:
    """Sum a log up."""
    report = Report()
    for entry in entries(text):
        skipped = SKIPPED.match(entry.text)
        started = STARTED.match(entry.text)
        if skipped:
            report.skipped.append(f"{skipped[1]}: {skipped[2]}")
        elif started:
            report.classes.add(started[1])
        elif entry.logger == "odoo.tests.result":
            count = RESULT.search(entry.text)
            if count:
                failed = int(count[1]) + int(count[2])
                report.failed += failed
                report.passed += int(count[3]) - failed
        elif entry.level in ("WARNING", "ERROR", "CRITICAL") and not allowed(entry):
            report.complaints.append(entry)
    report.passed = max(report.passed - len(report.skipped), 0)
    return report


def allowed(entry: Entry) -> bool:
    """Whether a warning is one of those that any Odoo gives."""
    if entry.level != "WARNING":
        return False
    line = f"{entry.logger}: {entry.text}"
    return any(pattern.search(line) for pattern in ALLOWED)
