"""``timetable-nep token``: who may use the service."""

import argparse
import json
import sys
from datetime import timedelta
from typing import Any

from ..access.tokens import TokenStore
from ..settings import UnsafeConfigurationError, load_settings


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser("token", help="create, list and revoke tokens")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    create = verbs.add_parser("create", help="make a token; it is shown once")
    create.add_argument("--tenant", required=True, help="who will use it")
    create.add_argument("--json", action="store_true", help="print JSON")
    verbs.add_parser("list", help="show all tokens, without their text")
    revoke = verbs.add_parser("revoke", help="make a token useless at once")
    revoke.add_argument("id", help="as `token list` shows it")
    rotate = verbs.add_parser("rotate-secret", help="give a tenant a new secret")
    rotate.add_argument("--tenant", required=True, help="whose secret")
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
        tokens = TokenStore(load_settings().data_dir)
        return int(_VERBS[arguments.verb](tokens, arguments))
    except (UnsafeConfigurationError, ValueError, LookupError, OSError) as error:
        sys.stderr.write(f"timetable-nep: {error}\n")
        return 2


def _create(tokens: TokenStore, arguments: argparse.Namespace) -> int:
    token, secret = tokens.create(arguments.tenant)
    values = {"tenant": arguments.tenant, "token": token, "secret": secret}
    if arguments.json:
        sys.stdout.write(json.dumps(values) + "\n")
    else:
        sys.stdout.write(
            f"token:  {token}\nsecret: {secret}\n"
            "Enter both in Odoo under Settings → Timetable. The token is not shown "
            "again.\n"
        )
    return 0


def _list(tokens: TokenStore, arguments: argparse.Namespace) -> int:
    del arguments
    for token in tokens.tokens():
        state = f"revoked {token.revoked_at:%F %R}" if token.revoked_at else "in use"
        sys.stdout.write(
            f"{token.id}  {token.tenant:<20}  {token.created_at:%F %R}  {state}\n"
        )
    return 0


def _revoke(tokens: TokenStore, arguments: argparse.Namespace) -> int:
    if tokens.revoke(arguments.id):
        sys.stdout.write("Revoked.\n")
        return 0
    sys.stderr.write("timetable-nep: There is no token in use with this id.\n")
    return 1


def _rotate(tokens: TokenStore, arguments: argparse.Namespace) -> int:
    overlap = timedelta(hours=arguments.overlap_hours)
    secret = tokens.rotate(arguments.tenant, overlap)
    if arguments.json:
        values = {"tenant": arguments.tenant, "secret": secret}
        sys.stdout.write(json.dumps(values) + "\n")
    else:
        sys.stdout.write(f"secret: {secret}\n")
    return 0


_VERBS = {
    "create": _create,
    "list": _list,
    "revoke": _revoke,
    "rotate-secret": _rotate,
}
