"""The first landed version, with data, is updated to this one; then uninstalled."""

import ast
import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts import odoo, odoo_log, odoo_source, postgres
from scripts.paths import ADDONS, ROOT

from .upgrading import (
    AFTERWARDS,
    DATES,
    FILL,
    MEETINGS,
    NEIGHBOUR,
    REMAINS,
    REMOVE,
    SAY,
    USE,
    figures_of,
    keep,
)

FIRST = "b93a308"
"""The commit that landed version 19.0.1.0.0 of the addon."""
VIEW = "0899bf8"
"""The last commit whose meetings are a view of the database (19.0.1.1.0)."""
DATABASE = "timetable_upgrade"
COUNT = (
    "SELECT string_agg(format('SELECT %L, count(*) FROM %I', relname, relname), "
    "' UNION ALL ') FROM pg_class WHERE relkind = 'r' "
    "AND relname IN ('timetable_term', 'timetable_class', 'timetable_event', "
    "'timetable_student', 'timetable_enrolment', 'timetable_assignment', "
    "'timetable_variant', 'timetable_run', 'timetable_room', 'timetable_faculty')"
)


class Upgrade:
    """A database, and Odoo with one or another version of the addon on it."""

    def __init__(self, folder: Path) -> None:
        program = odoo_source.find()
        assert program is not None, "'make setup' brings Odoo"
        self.program = program
        self.folder = folder
        self.instance = odoo.Instance("odoo-upgrade", DATABASE)
        self.addons = ADDONS
        odoo.copy_database(odoo.ensure_template(program), DATABASE)
        odoo.write_conf(self.instance, log=False)

    def odoo(self, *arguments: str, verb: str = "", step: str = "") -> str:
        """Run Odoo to its end; its log and output."""
        command = odoo.command(
            self.program,
            self.instance,
            *("-d", DATABASE, f"--addons-path={self.addons}", "--no-http"),
            *arguments,
            verb=verb,
        )
        done = subprocess.run(
            command,
            env={**self.program.env, "PATH": "/usr/bin:/bin"},
            stdin=keep(SAY + step, self.folder, "step").open() if step else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    def shell(self, step: str) -> str:
        return self.odoo("--log-level=warn", verb="shell", step=step)

    def counts(self) -> dict[str, int]:
        """Rows of each table that matters."""
        query = postgres.psql(COUNT, database=DATABASE)
        rows = postgres.psql(query, database=DATABASE).splitlines()
        pairs = (row.split("|") for row in rows)
        return {name: int(count) for name, count in pairs}


@pytest.fixture
def upgrade(
    request: pytest.FixtureRequest,
    stack: dict[str, object],
    tmp_path: Path,
) -> Iterator[Upgrade]:
    """A database with the version of a commit, the test's parameter."""
    commit = request.param
    folder = tmp_path
    packed = subprocess.run(
        ["git", "archive", commit, "odoo_addons/timetable_nep"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if packed.returncode:
        pytest.skip(f"the history back to {commit} is not here (a shallow clone?)")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder)
    made = Upgrade(folder)
    made.addons = folder / "odoo_addons"
    yield made
    odoo.drop_database(DATABASE)


def rules_of_files() -> dict[str, str]:
    """Condition of each record rule, by name, as the addon's files have it."""
    found = {}
    for file in sorted((ADDONS / "timetable_nep" / "security").glob("*.xml")):
        for record in ElementTree.parse(file).getroot().iter("record"):
            fields = {field.get("name"): field.text for field in record.iter("field")}
            if record.get("model") == "ir.rule" and fields.get("domain_force"):
                found[record.attrib["id"]] = "".join(fields["domain_force"].split())
    return found


def rules_of_database() -> dict[str, str]:
    """The same as they hold in the database."""
    rows = postgres.psql(
        "SELECT json_object_agg(d.name, r.domain_force) FROM ir_rule r "
        "JOIN ir_model_data d ON d.res_id = r.id AND d.model = 'ir.rule' "
        "WHERE d.module = 'timetable_nep'",
        database=DATABASE,
    )
    return {
        name: "".join(domain.split())
        for name, domain in json.loads(rows or "{}").items()
        if domain
    }


@pytest.mark.parametrize("upgrade", [VIEW], indirect=True)
def test_meetings_become_rows(upgrade: Upgrade) -> None:
    """Dates, places, people and changes are what the view showed."""
    upgrade.odoo(
        *("-i", "timetable_nep", "--skip-auto-install", "--stop-after-init"),
        "--log-level=warn",
    )
    upgrade.shell(FILL)
    upgrade.shell(DATES)
    before = figures_of(upgrade.shell(MEETINGS))["rows"]
    assert isinstance(before, list)
    kinds = {row[5] for row in before}
    assert kinds == {"planned", "cancelled", "moved", "substituted", "extra"}

    upgrade.addons = ADDONS
    log = upgrade.odoo("-u", "timetable_nep", "--stop-after-init")
    complaints = odoo_log.read(log).complaints
    assert not complaints, "\n".join(map(str, complaints))
    assert figures_of(upgrade.shell(MEETINGS))["rows"] == before
    # Made again from the plan, nothing is different: earlier weeks neither.
    again = 'env["timetable.meeting"]._lay_out(env["timetable.term"].search([]))\n'
    assert figures_of(upgrade.shell(again + MEETINGS))["rows"] == before
    remains = postgres.psql(
        "SELECT name FROM ir_model_data WHERE module = 'timetable_nep' "
        "AND name LIKE '%assignment_past%'",
        database=DATABASE,
    )
    assert not remains


@pytest.mark.parametrize("upgrade", [FIRST], indirect=True)
def test_update_and_uninstall(upgrade: Upgrade) -> None:
    """Data, states and rights survive the update; the uninstall leaves nothing."""
    upgrade.odoo(
        *("-i", "timetable_nep", "--skip-auto-install", "--stop-after-init"),
        "--log-level=warn",
    )
    upgrade.shell(FILL)
    before = upgrade.counts()
    assert all(before.values()), before

    upgrade.addons = ADDONS
    log = upgrade.odoo("-u", "timetable_nep", "--stop-after-init")
    complaints = odoo_log.read(log).complaints
    assert not complaints, "\n".join(map(str, complaints))
    assert upgrade.counts() == before
    manifest = ast.literal_eval((ADDONS / "timetable_nep/__manifest__.py").read_text())
    version = postgres.psql(
        "SELECT latest_version FROM ir_module_module WHERE name = 'timetable_nep'",
        database=DATABASE,
    )
    assert version == manifest["version"]
    assert rules_of_database() == rules_of_files()

    seen = figures_of(upgrade.shell(USE))
    assert seen["states"] == ["published", "submitted"]
    assert all((seen["counted"], seen["agreed"], seen["cards"]))
    assert seen["service"] == "http://x", "a setting of the database is each company's"
    assert seen["conflicts"] == seen["conflict_count"]

    neighbours = figures_of(upgrade.shell(NEIGHBOUR))
    upgrade.shell(REMOVE)
    remains = {
        what: found
        for what, query in REMAINS.items()
        if (found := postgres.psql(query, database=DATABASE))
    }
    assert not remains
    left = figures_of(upgrade.shell(AFTERWARDS))
    # The account behind the webhook is ours, and goes; nobody else does.
    assert left == {what: count - 1 for what, count in neighbours.items()}
