"""``make test``: everything that can be tested, on real parts, in one go."""

import os
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from . import accounts, demo, odoo, odoo_log, processes, redis, setup, sidecar
from .display import clock, screen
from .odoo_source import Odoo
from .paths import LOGS, STACK, STATE, VENV, StackError, read_json, relative, write_json
from .shell import run

HOME = STATE / "test"
TEST_STACK = HOME / "stack.json"
ODOO_MINUTES, PYTEST_MINUTES = 22, 30


@dataclass
class Count:
    """Outcome of one part."""

    part: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0
    faults: list[str] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return LOGS / f"tests-{self.part.partition(' ')[0]}.log"


def test() -> int:
    """Set up, run everything, and end with one plain line."""
    screen.plan(setup.WEIGHT + 490)
    program = setup.ensure(browser=True)
    odoo.require_addon()
    if setup.browser() is None:
        raise StackError(
            "The browser tests need Chromium or Google Chrome on PATH; "
            "install one and run again."
        )
    try:
        with screen.step("Servers of the tests", 40):
            start_servers(program)
        parts = [addon_tests(program), bridge_tests(program), python_tests()]
    finally:
        for name in (odoo.E2E.name, sidecar.TEST.name):
            processes.stop(name)
    screen.close()
    return conclude(parts)


def start_servers(program: Odoo) -> None:
    """A sidecar and an Odoo of the tests' own, described in a stack file."""
    sidecar.warm()
    sidecar.start(sidecar.TEST)
    odoo.drop_database(odoo.E2E.database)
    demo.install(program, odoo.E2E)
    odoo.start(program, odoo.E2E)
    accounts.ensure(program, odoo.E2E)
    write_json(
        TEST_STACK,
        {
            **read_json(STACK),
            "odoo": {
                "url": odoo.E2E.url,
                "command": program.command,
                "env": program.env,
                "conf": str(odoo.E2E.conf),
                "database": odoo.E2E.database,
                "log": str(odoo.E2E.log),
                "accounts": str(accounts.file_of(odoo.E2E)),
            },
            "sidecar": sidecar.description(sidecar.TEST),
        },
    )


def environment() -> dict[str, str]:
    """What every test process is told."""
    path = f"{redis.command_folder()}:{os.environ.get('PATH', os.defpath)}"
    return {"TIMETABLE_STACK": str(TEST_STACK), "PATH": path}


def addon_tests(program: Odoo) -> Count:
    """The addon's own tests, in an Odoo with a fresh database and no app beside it."""
    with screen.step("Addon tests in Odoo, with browser tours", 200):
        return odoo_tests(program, odoo.TEST, "addon in Odoo", [odoo.ADDON])


def bridge_tests(program: Odoo) -> Count:
    """Tests of the bridges, in one database with the apps that they lead to."""
    with screen.step("Tests of the bridges to other apps", 90):
        return odoo_tests(program, odoo.BRIDGES, "bridges in Odoo", odoo.bridges())


def odoo_tests(
    program: Odoo, instance: odoo.Instance, part: str, modules: list[str]
) -> Count:
    """Install modules with what they depend on and run their own tests."""
    count = Count(part)
    begun = time.monotonic()
    log = count.log
    log.unlink(missing_ok=True)
    odoo.copy_database(odoo.ensure_template(program), instance.database)
    odoo.write_conf(instance, log=False)
    arguments = ["-d", instance.database, "-i", ",".join(modules)]
    arguments += ["--skip-auto-install", "--stop-after-init"]
    arguments += ["--test-tags", ",".join(f"/{name}" for name in modules)]
    arguments += ["--screenshots", str(HOME / "screenshots")]
    try:
        run(
            f"The tests of the {part}",
            odoo.command(program, instance, *arguments),
            log=log.name,
            env={**program.env, **environment()},
            timeout=ODOO_MINUTES * 60,
        )
    except StackError as error:
        count.faults.append(str(error))
    judge(count, odoo_log.read(log.read_text(errors="replace")), relative(log))
    count.seconds = time.monotonic() - begun
    return count


def judge(count: Count, report: odoo_log.Report, log: str) -> None:
    """Take the figures of a log over, and what makes a green run a failed one."""
    count.passed, count.failed = report.passed, report.failed
    count.skipped = len(report.skipped)
    if count.passed + count.failed == 0:
        count.faults.append(f"Odoo ran no test at all; see {log}.")
    for name in report.skipped_in_browser:
        count.faults.append(f"A browser test was skipped: {name}")
    count.faults += [str(entry) for entry in report.complaints]


def python_tests() -> Count:
    """Sidecar, contract, infrastructure and end-to-end tests."""
    count = Count("pytest")
    begun = time.monotonic()
    results = HOME / "pytest.xml"
    log = count.log
    for old in (results, log):
        old.unlink(missing_ok=True)
    with screen.step("Sidecar, contract and end-to-end tests", 200):
        try:
            run(
                "pytest",
                [VENV / "bin" / "python", "-m", "pytest", f"--junitxml={results}"],
                log=log.name,
                env=environment(),
                timeout=PYTEST_MINUTES * 60,
            )
        except StackError as error:
            count.faults.append(str(error))
    read_junit(count, results)
    count.seconds = time.monotonic() - begun
    return count


def read_junit(count: Count, results: Path) -> None:
    """The figures of pytest's own report."""
    if not results.exists():
        count.faults.append("pytest wrote no report.")
        return
    for case in ElementTree.parse(results).iter("testcase"):  # noqa: S314
        name = f"{case.get('classname')}.{case.get('name')}"
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            count.failed += 1
            count.faults.append(f"FAILED {name}")
        elif "skipped" in kinds:
            count.skipped += 1
            reason = next(c.get("message", "") for c in case if c.tag == "skipped")
            print(f"Skipped: {name}: {reason}")
        else:
            count.passed += 1
    if count.passed + count.failed == 0:
        count.faults.append("pytest ran no test at all.")


def conclude(parts: list[Count]) -> int:
    """Say what failed, then one line that machines can read."""
    for part in parts:
        if part.faults and not part.failed:
            part.failed = 1
        print(
            f"{part.part}: {part.passed} passed, {part.failed} failed, "
            f"{part.skipped} skipped in {clock(part.seconds)}"
        )
    for part in parts:
        for fault in part.faults:
            print(f"\n[{part.part}] {fault}")
        if part.faults and os.environ.get("CI"):
            show_tail(part.log)
    passed = sum(part.passed for part in parts)
    failed = sum(part.failed for part in parts)
    skipped = sum(part.skipped for part in parts)
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def show_tail(log: Path) -> None:
    """The end of a log, where nobody can open the file afterwards."""
    print(f"\n--- end of {relative(log)}")
    print("\n".join(log.read_text(errors="replace").splitlines()[-80:]))
