"""Users of the demonstration, with made-up passwords kept in one private file."""

import secrets
from pathlib import Path
from typing import Any

from . import odoo
from .odoo import Instance
from .odoo_source import Odoo
from .paths import LOGS, STATE, StackError, read_json, relative, write_json
from .shell import output

ROLES = {
    "admin": ("admin", "Administrator"),
    "officer": ("timetable.officer", "Timetable officer"),
    "coordinator": ("coordinator", "Department coordinator"),
    "approver": ("registrar", "Registrar"),
}

MAKE_USERS = """
import json, os
spec = json.loads(open(os.environ["TIMETABLE_ACCOUNTS"]).read())
for role, account in spec.items():
    if role == "faculty":
        continue
    Users = env["res.users"].with_context(no_reset_password=True, tracking_disable=True)
    user = Users.search([("login", "=", account["login"])])
    if not user:
        group = env.ref("timetable_nep.group_timetable_" + role)
        user = Users.create({
            "name": account["name"],
            "login": account["login"],
            "email": account["login"].replace("timetable.", "") + "@university.example",
            "group_ids": [(4, env.ref("base.group_user").id), (4, group.id)],
        })
    if role == "officer":
        # Importing a university makes a contact for each person.
        user.write({"group_ids": [(4, env.ref("base.group_partner_manager").id)]})
    user.write({"password": account["password"], "tz": "Asia/Kolkata"})
    keys = env["res.users.apikeys"].with_user(user).sudo()
    keys.search([("user_id", "=", user.id), ("name", "=", "make demo")]).unlink()
    account["key"] = keys._generate(None, "make demo", None)
with open(os.environ["TIMETABLE_ACCOUNTS"], "w") as stream:
    json.dump(spec, stream, indent=2)
env.cr.commit()
env.registry.signal_changes()
print("ACCOUNTS-READY")
"""


def file_of(instance: Instance) -> Path:
    """Where the accounts of an instance are kept."""
    return STATE / f"{instance.name}-accounts.json"


def read(instance: Instance) -> dict[str, dict[str, Any]]:
    """Login, password and API key of each role."""
    return read_json(file_of(instance))


def save(instance: Instance, accounts: dict[str, dict[str, Any]]) -> None:
    """Keep the accounts."""
    write_json(file_of(instance), accounts)


def new_password() -> str:
    """A password that a person can type."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join(
        "".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4)
    )


def ensure(program: Odoo, instance: Instance) -> dict[str, dict[str, Any]]:
    """Make the users, or keep those of an earlier run."""
    accounts = read(instance)
    if accounts.get("approver", {}).get("key"):
        return accounts
    accounts = {
        role: {"login": login, "name": name, "password": new_password()}
        for role, (login, name) in ROLES.items()
    }
    save(instance, accounts)
    # By Odoo's shell: an empty database has nobody who could do it from outside. The
    # passwords go by a private file, never on the command line.
    answer = output(
        odoo.command(
            program, instance, "-d", instance.database, "--no-http", verb="shell"
        ),
        env={**program.env, "TIMETABLE_ACCOUNTS": str(file_of(instance))},
        stdin=MAKE_USERS,
    )
    accounts = read(instance)
    if answer.returncode or not accounts.get("approver", {}).get("key"):
        log = LOGS / f"{instance.name}-accounts.log"
        log.write_text(answer.stdout + answer.stderr)
        raise StackError(f"Making the users failed; see {relative(log)}.")
    return accounts
