"""The commands of ``scripts.stack``."""

import argparse
import os
import subprocess
import sys

from . import (
    demo,
    docker_secrets,
    environment,
    lint,
    odoo,
    odoo_source,
    postgres,
    release,
    screenshots,
    setup,
    teardown,
    testing,
    translations,
)
from .display import screen
from .locks import only_one
from .paths import ROOT, VENV, StackError


def do_setup(_options: argparse.Namespace) -> int:
    """Set everything up."""
    screen.plan(setup.WEIGHT)
    program = setup.ensure()
    screen.close()
    print(f"Ready: Odoo {program.version} ({program.source}).")
    return 0


def do_up(_options: argparse.Namespace) -> int:
    """Start the servers of the demonstration."""
    screen.plan(setup.WEIGHT + 70)
    with only_one("demo"):
        demo.start_servers(setup.ensure(browser=False))
    screen.close()
    print(f"Odoo   {odoo.DEMO.url}\nLogins are in .state/odoo-accounts.json.")
    return 0


def do_demo(options: argparse.Namespace) -> int:
    """A university from nothing to a published timetable."""
    with only_one("demo"):
        demo.demo(options.instance)
    return 0


def do_test(_options: argparse.Namespace) -> int:
    """Every test there is."""
    with only_one("test"):
        return testing.test()


def do_bench(options: argparse.Namespace) -> int:
    """Benchmarks of the solver; what follows goes to benchmarks.bench."""
    environment.ensure_sidecar()
    command = [str(VENV / "bin" / "python"), "-m", "benchmarks.bench"]
    done = subprocess.run([*command, *options.arguments], cwd=ROOT, check=False)
    return done.returncode


def do_lint(options: argparse.Namespace) -> int:
    """Every static check."""
    return lint.lint(options.only)


def do_scratch(options: argparse.Namespace) -> int:
    """A database of one's own from the template."""
    screen.plan(setup.WEIGHT)
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
    odoo.write_conf(instance, log=False)
    arguments = list(options.arguments)
    # Odoo wants its own commands (shell, i18n export …) before any option.
    first = next((i for i, word in enumerate(arguments) if word[:1] == "-"), None)
    verbs = arguments[:first]
    command = odoo.command(
        program, instance, *arguments[len(verbs) :], verb=" ".join(verbs)
    )
    return subprocess.run(
        command, env={**os.environ, **program.env}, check=False
    ).returncode


def do_release(_options: argparse.Namespace) -> int:
    """Packages in dist/, each tried by installing it."""
    return release.release()


def do_docker_secrets(_options: argparse.Namespace) -> int:
    """Passwords for docker/compose.yaml."""
    made = docker_secrets.ensure()
    print(f"Made: {', '.join(made)}." if made else "All there already.")
    return 0


def do_translations(_options: argparse.Namespace) -> int:
    """Bring the addon's translation files up to the code."""
    screen.plan(setup.WEIGHT + 30)
    program = setup.ensure(browser=False)
    left = translations.refresh(program)
    screen.close()
    print(left, end="")
    return 0


def do_screenshots(options: argparse.Namespace) -> int:
    """Pictures of the main pages."""
    screenshots.report(screenshots.take(options.names))
    return 0


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
        "up": do_up,
        "test": do_test,
        "release": do_release,
        "docker-secrets": do_docker_secrets,
        "translations": do_translations,
        "down": do_down,
        "clean": do_clean,
    }.items():
        verbs.add_parser(name, help=run.__doc__).set_defaults(run=run)
    pictures = verbs.add_parser("screenshots", help=do_screenshots.__doc__)
    pictures.add_argument("names", nargs="*")
    pictures.set_defaults(run=do_screenshots)
    checks = verbs.add_parser("lint", help=do_lint.__doc__)
    checks.add_argument("--only", nargs="+", metavar="CHECK", default=[])
    checks.set_defaults(run=do_lint)
    demonstration = verbs.add_parser("demo", help=do_demo.__doc__)
    demonstration.add_argument(
        "--instance",
        metavar="FILE",
        help="a .ctt or .tim benchmark, or a problem in JSON",
    )
    demonstration.set_defaults(run=do_demo)
    scratch = verbs.add_parser("scratch", help=do_scratch.__doc__)
    scratch.add_argument("name")
    scratch.set_defaults(run=do_scratch)
    bench = verbs.add_parser("bench", help=do_bench.__doc__)
    bench.set_defaults(run=do_bench)
    by_hand = verbs.add_parser("odoo", help=do_odoo.__doc__)
    by_hand.set_defaults(run=do_odoo)
    return root


def main() -> int:
    """Run a command; a failure is one sentence on standard error."""
    options, rest = parser().parse_known_args()
    if rest and options.run not in (do_odoo, do_bench):
        parser().error(f"unknown: {' '.join(rest)}")
    options.arguments = [word for word in rest if word != "--"]
    try:
        return int(options.run(options))
    except StackError as error:
        screen.close()
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        screen.close()
        print(
            f"Error: no right to change {error.filename}; was it made by another "
            "user, such as root? Run as that one, or remove it.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        screen.close()
        print("Interrupted; run the same command again to go on.", file=sys.stderr)
        return 130
