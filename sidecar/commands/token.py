"""``timetable-nep token``: who may use the service."""

import argparse
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from ..access.tokens import MACHINES, TENANTS, TokenStore
from ..settings import UnsafeConfigurationError, load_settings


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser("token", help="create, list and revoke tokens")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    create = verbs.add_parser("create", help="make a token; it is shown once")
    whose = create.add_mutually_exclusive_group(required=True)
    whose.add_argument("--tenant", help="who will use it")
    whose.add_argument("--machine", help="a solver machine, by a name of your choice")
    create.add_argument("--json", action="store_true", help="print JSON")
    verbs.add_parser("list", help="show all tokens, without their text")
    revoke = verbs.add_parser("revoke", help="make a token useless at once")
    revoke.add_argument("id", help="as `token list` shows it")
    rotate = verbs.add_parser(
        "rotate-secret", help="give a tenant or machine a new secret"
    )
    whose = rotate.add_mutually_exclusive_group(required=True)
    whose.add_argument("--tenant", help="whose secret")
    whose.add_argument("--machine", help="the secret of a solver machine")
    rotate.add_argument(
        "--overlap-hours",
        type=float,
        default=24.0,
        help="how long messages signed with the old secret are accepted",
    )
    rotate.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the verb."""
    try:
        return int(_VERBS[arguments.verb](load_settings().data_dir, arguments))
    except (UnsafeConfigurationError, ValueError, LookupError, OSError) as error:
        sys.stderr.write(f"timetable-nep: {error}\n")
        return 2


def _whose(data_dir: Path, arguments: argparse.Namespace) -> tuple[TokenStore, str]:
    """Give the store and the name in it."""
    if arguments.machine is not None:
        return TokenStore(data_dir, MACHINES), arguments.machine
    return TokenStore(data_dir), arguments.tenant


def _create(data_dir: Path, arguments: argparse.Namespace) -> int:
    tokens, name = _whose(data_dir, arguments)
    token, secret = tokens.create(name)
    kind = "tenant" if arguments.machine is None else "machine"
    if arguments.json:
        values = {kind: name, "token": token, "secret": secret}
        sys.stdout.write(json.dumps(values) + "\n")
        return 0
    where = (
        "Enter both in Odoo under Settings → Timetable."
        if kind == "tenant"
        else "With --json they are printed as the machine's file machine.json."
    )
    sys.stdout.write(
        f"token:  {token}\nsecret: {secret}\n{where} The token is not shown again.\n"
    )
    return 0


def _list(data_dir: Path, arguments: argparse.Namespace) -> int:
    del arguments
    for kind in (TENANTS, MACHINES):
        for token in TokenStore(data_dir, kind).tokens():
            revoked = token.revoked_at
            state = f"revoked {revoked:%F %R}" if revoked else "in use"
            of_machine = "" if kind == TENANTS else "  machine"
            sys.stdout.write(
                f"{token.id}  {token.tenant:<20}  {token.created_at:%F %R}  {state}"
                f"{of_machine}\n"
            )
    return 0


def _revoke(data_dir: Path, arguments: argparse.Namespace) -> int:
    for kind in (TENANTS, MACHINES):
        if TokenStore(data_dir, kind).revoke(arguments.id):
            sys.stdout.write("Revoked.\n")
            return 0
    sys.stderr.write("timetable-nep: There is no token in use with this id.\n")
    return 1


def _rotate(data_dir: Path, arguments: argparse.Namespace) -> int:
    tokens, name = _whose(data_dir, arguments)
    secret = tokens.rotate(name, timedelta(hours=arguments.overlap_hours))
    if arguments.json:
        kind = "tenant" if arguments.machine is None else "machine"
        sys.stdout.write(json.dumps({kind: name, "secret": secret}) + "\n")
    else:
        sys.stdout.write(f"secret: {secret}\n")
    return 0


_VERBS = {
    "create": _create,
    "list": _list,
    "revoke": _revoke,
    "rotate-secret": _rotate,
}
