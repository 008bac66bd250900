"""The commands of ``scripts.stack``."""

import argparse
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from . import odoo, odoo_source, postgres, setup, teardown
from .display import screen
from .paths import STATE, StackError, prepare


@contextmanager
def only_one() -> Iterator[None]:
    """Two set-ups in one folder wait for each other."""
    prepare()
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            screen.note("Another command works in this folder; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def do_setup(_options: argparse.Namespace) -> int:
    """Set everything up."""
    screen.plan(setup.WEIGHT)
    with only_one():
        program = setup.ensure()
    screen.close()
    print(f"Ready: Odoo {program.version} ({program.source}).")
    return 0


def do_scratch(options: argparse.Namespace) -> int:
    """A database of one's own from the template."""
    screen.plan(setup.WEIGHT)
    with only_one():
        program = setup.ensure(browser=False)
        odoo.copy_database(odoo.ensure_template(program), options.name)
    screen.close()
    print(f"Database {options.name} is ready.")
    return 0


def do_odoo(options: argparse.Namespace) -> int:
    """Odoo itself, with our configuration, for whatever one wants to do."""
    program = odoo_source.find()
    if program is None:
        raise StackError("No Odoo yet; run 'make setup' first.")
    postgres.ensure()
    instance = odoo.Instance("odoo-by-hand", "")
    with only_one():
        odoo.write_conf(instance, log=False)
    command = odoo.command(program, instance, *options.arguments)
    return subprocess.run(
        command, env={**os.environ, **program.env}, check=False
    ).returncode


def do_down(_options: argparse.Namespace) -> int:
    """Stop every server."""
    stopped = teardown.down()
    print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
    return 0


def do_clean(_options: argparse.Namespace) -> int:
    """Stop every server and forget all state."""
    teardown.clean()
    print("Forgotten: all databases, downloads, ports and passwords of this folder.")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python3 -m scripts.stack")
    verbs = root.add_subparsers(required=True, metavar="COMMAND")
    for name, run in {
        "setup": do_setup,
        "down": do_down,
        "clean": do_clean,
    }.items():
        verbs.add_parser(name, help=run.__doc__).set_defaults(run=run)
    scratch = verbs.add_parser("scratch", help=do_scratch.__doc__)
    scratch.add_argument("name")
    scratch.set_defaults(run=do_scratch)
    by_hand = verbs.add_parser("odoo", help=do_odoo.__doc__)
    by_hand.set_defaults(run=do_odoo)
    return root


def main() -> int:
    """Run a command; a failure is one sentence on standard error."""
    options, rest = parser().parse_known_args()
    if rest and options.run is not do_odoo:
        parser().error(f"unknown: {' '.join(rest)}")
    options.arguments = [word for word in rest if word != "--"]
    try:
        return int(options.run(options))
    except StackError as error:
        screen.close()
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        screen.close()
        print("Interrupted; run the same command again to go on.", file=sys.stderr)
        return 130
