"""Odoo: its configuration, a template database, servers and one-off commands."""

import ast
import configparser
import hashlib
import io
import json
import secrets
import shutil
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import postgres, processes
from .odoo_source import Odoo
from .paths import (
    ADDONS,
    STATE,
    StackError,
    digest_of,
    free_port,
    read_json,
    relative,
    write_json,
    write_private,
)
from .shell import run

ADDON = "timetable_nep"
"""The addon itself; its bridges to other apps lie beside it."""
HOME = STATE / "odoo"
DATA = HOME / "data"
DEFAULT_DEPENDS = ("base", "web", "mail", "portal", "bus")
ALWAYS = ("rpc", "web_tour")
TEMPLATE = "timetable_template"
CODES = STATE / "addon-code.json"


def depends() -> list[str]:
    """Modules of Odoo that the addon builds on, and those of our tools."""
    manifest = ADDONS / ADDON / "__manifest__.py"
    names = list(DEFAULT_DEPENDS)
    if manifest.exists():
        names += ast.literal_eval(manifest.read_text(encoding="utf-8"))["depends"]
    return sorted({*names, *ALWAYS})


def bridges() -> list[str]:
    """Addons beside the main one, each to an app of Odoo's."""
    found = {path.parent.name for path in ADDONS.glob("*/__manifest__.py")}
    return sorted(found - {ADDON})


@dataclass(frozen=True)
class Instance:
    """One Odoo server of ours: a name, its database, its ports and its files."""

    name: str
    database: str

    @property
    def conf(self) -> Path:
        return HOME / f"{self.name}.conf"

    @property
    def log(self) -> Path:
        return STATE / "log" / f"{self.name}.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return int(read_conf(self.conf)["http_port"])


DEMO = Instance("odoo", "timetable_demo")
TEST = Instance("odoo-test", "timetable_test")
BRIDGES = Instance("odoo-bridges", "timetable_bridges")
E2E = Instance("odoo-e2e", "timetable_e2e")
SETUP = Instance("odoo-setup", TEMPLATE)


def read_conf(path: Path) -> dict[str, str]:
    """The options of an Odoo configuration file."""
    parser = configparser.RawConfigParser()
    parser.read(path)
    return dict(parser["options"]) if parser.has_section("options") else {}


def write_conf(instance: Instance, *, log: bool = True) -> None:
    """Write the configuration of an instance: passwords go here, not on commands."""
    record = read_json(postgres.RECORD)
    before = read_conf(instance.conf)
    options = {
        "db_host": "127.0.0.1",
        "db_port": str(record["port"]),
        "db_user": postgres.ROLE,
        "db_password": record["password"],
        "db_maxconn": "24",
        "addons_path": str(ADDONS),
        "data_dir": str(DATA),
        "http_interface": "127.0.0.1",
        "http_port": str(free_port(instance.name)),
        "gevent_port": str(free_port(f"{instance.name}-gevent")),
        "admin_passwd": before.get("admin_passwd") or secrets.token_urlsafe(24),
        "list_db": "False",
        "workers": "0",
        "max_cron_threads": "1",
        "limit_time_real": "600",
        "server_wide_modules": "base,rpc,web",
    }
    if log:
        options["logfile"] = str(instance.log)
    parser = configparser.RawConfigParser()
    parser["options"] = options
    text = io.StringIO()
    parser.write(text)
    write_private(instance.conf, text.getvalue())


def command(
    odoo: Odoo, instance: Instance, *arguments: str, verb: str = ""
) -> list[str]:
    """The command line of Odoo with the instance's configuration."""
    return [*odoo.command, *verb.split(), "-c", str(instance.conf), *arguments]


def run_once(
    odoo: Odoo, instance: Instance, what: str, arguments: Sequence[str]
) -> None:
    """Run Odoo to do one thing and end."""
    run(
        what,
        command(odoo, instance, *arguments, "--no-http", "--stop-after-init"),
        log=f"{instance.name}.log",
        env=odoo.env,
    )


def template_name(odoo: Odoo) -> str:
    """Template databases are told apart by what is in them."""
    mark = hashlib.sha256(json.dumps([odoo.version, depends()]).encode()).hexdigest()
    return f"{TEMPLATE}_{mark[:8]}"


def ensure_template(odoo: Odoo) -> str:
    """A database with all modules the addon depends on; copies of it are quick."""
    name = template_name(odoo)
    if postgres.database_exists(name):
        return name
    DATA.mkdir(parents=True, exist_ok=True)
    draft = f"{name}_draft"
    postgres.drop_database(draft)
    shutil.rmtree(filestore(draft), ignore_errors=True)
    write_conf(SETUP, log=False)
    modules = ",".join(depends())
    run_once(
        odoo,
        SETUP,
        "Preparing the template database",
        ["-d", draft, "-i", modules, "--skip-auto-install", "--load-language=en_GB"],
    )
    if filestore(draft).exists():
        shutil.rmtree(filestore(name), ignore_errors=True)
        filestore(draft).rename(filestore(name))
    postgres.rename_database(draft, name)
    return name


def filestore(database: str) -> Path:
    """Where Odoo keeps the files of a database."""
    return DATA / "filestore" / database


def copy_database(template: str, name: str) -> None:
    """Make database ``name`` from the template, replacing one of that name."""
    drop_database(name)
    draft = f"{name}_draft"[-63:]
    postgres.drop_database(draft)
    postgres.psql(f'CREATE DATABASE "{draft}" TEMPLATE "{template}"')
    if filestore(template).exists():
        shutil.copytree(filestore(template), filestore(name), dirs_exist_ok=True)
    postgres.psql(
        "DELETE FROM ir_config_parameter WHERE key IN ('database.uuid');\n"
        "INSERT INTO ir_config_parameter (key, value)"
        " VALUES ('database.uuid', gen_random_uuid()::text);\n"
        "UPDATE ir_config_parameter SET value = md5(random()::text) ||"
        " md5(random()::text) WHERE key = 'database.secret';",
        database=draft,
    )
    postgres.rename_database(draft, name)


def drop_database(name: str) -> None:
    """Drop a database with its files."""
    postgres.drop_database(name)
    shutil.rmtree(filestore(name), ignore_errors=True)


def has_addon(database: str) -> bool:
    """Whether the addon is installed in the database."""
    if not postgres.database_exists(database):
        return False
    state = postgres.psql(
        f"SELECT state FROM ir_module_module WHERE name = '{ADDON}'",  # noqa: S608
        database=database,
        check=False,
    )
    return state == "installed"


def addon_code() -> str:
    """What tells one state of the addon from another."""
    return digest_of(ADDONS / ADDON, ".py", ".xml", ".csv", ".js", ".scss", ".po")


def ensure_addon(odoo: Odoo, instance: Instance) -> None:
    """A database with the addon as it is now."""
    codes = read_json(CODES)
    code = addon_code()
    new = not has_addon(instance.database)
    if not new and codes.get(instance.database) == code:
        return
    processes.stop(instance.name)
    if new:
        copy_database(ensure_template(odoo), instance.database)
    write_conf(instance)
    verb, what = ("-i", "Installing") if new else ("-u", "Updating")
    run_once(
        odoo,
        instance,
        f"{what} the addon",
        ["-d", instance.database, verb, ADDON, "--skip-auto-install"],
    )
    if not has_addon(instance.database):
        raise StackError(
            f"Odoo did not install the addon; see {relative(instance.log)}."
        )
    write_json(CODES, {**read_json(CODES), instance.database: code})


def start(odoo: Odoo, instance: Instance, *arguments: str) -> None:
    """Start the server of an instance, unless it runs; an outdated one is replaced."""
    code = addon_code()
    processes.stop_if_outdated(instance.name, code)
    if processes.pid_of(instance.name) is None:
        write_conf(instance)
        filter_arguments = [
            "-d",
            instance.database,
            f"--db-filter=^{instance.database}$",
        ]
        processes.start(
            instance.name,
            command(odoo, instance, *filter_arguments, *arguments),
            env=odoo.env,
            code=code,
        )
    processes.wait_until(
        instance.name, lambda: answers(instance), seconds=120, log=instance.log
    )


def answers(instance: Instance) -> bool:
    """Whether the server says it is healthy."""
    try:
        with urllib.request.urlopen(f"{instance.url}/web/health", timeout=10) as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def require_addon() -> None:
    """The addon must be where this clone keeps it."""
    if not (ADDONS / ADDON / "__manifest__.py").exists():
        raise StackError(f"odoo_addons/{ADDON} is missing from this clone.")
