"""The reader of Odoo's log decides whether a run is green: it must not be fooled."""

import pytest

from scripts import odoo_log
from scripts.testing import Count, judge

HEAD = "2026-01-05 10:00:00,123 77"
RESULT = f"{HEAD} INFO db odoo.tests.result: {{}} when loading database 'db'"


def log(*lines: str) -> odoo_log.Report:
    return odoo_log.read("\n".join(lines))


def faults(report: odoo_log.Report) -> list[str]:
    count = Count("addon")
    judge(count, report, "x.log")
    return count.faults


def test_counts_of_a_green_run() -> None:
    """The figures come from Odoo's closing line."""
    report = log(RESULT.format("0 failed, 0 error(s) of 12 tests"))
    assert (report.passed, report.failed) == (12, 0)
    assert faults(report) == []


def test_failures_and_errors_add_up() -> None:
    """An error counts as a failed test."""
    report = log(RESULT.format("2 failed, 1 error(s) of 12 tests"))
    assert (report.passed, report.failed) == (9, 3)


def test_no_test_at_all_is_a_fault() -> None:
    """Odoo exits with 0 when nothing ran; we do not."""
    assert faults(log(RESULT.format("0 failed, 0 error(s) of 0 tests")))
    assert faults(log(f"{HEAD} INFO db odoo.modules.loading: done"))


def test_skipped_browser_test_is_a_fault() -> None:
    """Without a browser Odoo skips its tours and still calls the run a success."""
    line = f"{HEAD} INFO db odoo.tests: skipped TestTours.test_generate : no Chrome"
    report = log(line, RESULT.format("0 failed, 0 error(s) of 3 tests"))
    assert report.skipped_in_browser == ["TestTours.test_generate: no Chrome"]
    assert report.passed == 2
    assert any("TestTours.test_generate" in fault for fault in faults(report))


def test_other_skips_are_only_counted() -> None:
    """A test may say that it does not apply here."""
    line = f"{HEAD} INFO db odoo.tests: skipped TestPdf.test_print : no wkhtmltopdf"
    report = log(line, RESULT.format("0 failed, 0 error(s) of 3 tests"))
    assert faults(report) == []
    assert len(report.skipped) == 1


@pytest.mark.parametrize("level", ["WARNING", "ERROR", "CRITICAL"])
def test_complaint_of_the_addon_is_a_fault(level: str) -> None:
    """A warning fails the run, with the traceback that follows it."""
    report = log(
        f"{HEAD} {level} db odoo.addons.timetable_nep.models.x: no good",
        "Traceback (most recent call last):",
        '  File "x.py", line 1',
        RESULT.format("0 failed, 0 error(s) of 3 tests"),
    )
    found = faults(report)
    assert len(found) == 1
    assert "Traceback" in found[0]


def test_allowed_warning_is_let_through_but_not_as_error() -> None:
    """The list of exceptions is for warnings only."""
    text = "odoo.sql_db: could not serialize access"
    assert log(f"{HEAD} WARNING db {text}").complaints == []
    assert len(log(f"{HEAD} ERROR db {text}").complaints) == 1
