"""``make demo``: a university from nothing to a published timetable."""

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from . import accounts, odoo, setup, sidecar
from .display import screen
from .journey import Journey
from .odoo_source import Odoo
from .paths import LOGS, STATE, StackError, relative
from .shell import run

PRESET, SEED = "campus", 1
SECONDS = float(os.environ.get("DEMO_SECONDS", "60"))
STAGE_NAMES = {
    "loading": "reading the data",
    "clustering": "grouping classes",
    "cpsat_solving": "placing classes",
    "ga_optimization": "improving timetables",
    "rl_refinement": "polishing",
}


def start_servers(program: Odoo) -> None:
    """Sidecar and Odoo of the demonstration, with the addon installed."""
    odoo.require_addon()
    with screen.step("Compiling the solver", 40):
        sidecar.warm()
    with screen.step("Solver service", 5):
        sidecar.start(sidecar.DEMO)
    with screen.step("Odoo with the addon", 20):
        install(program, odoo.DEMO)
        odoo.start(program, odoo.DEMO)
    with screen.step("Users", 5):
        accounts.ensure(program, odoo.DEMO)
    setup.describe(
        sidecar=sidecar.description(sidecar.DEMO),
        odoo={
            "url": odoo.DEMO.url,
            "command": program.command,
            "env": program.env,
            "conf": str(odoo.DEMO.conf),
            "database": odoo.DEMO.database,
            "log": str(odoo.DEMO.log),
            "accounts": str(accounts.file_of(odoo.DEMO)),
        },
    )


def install(program: Odoo, instance: odoo.Instance) -> None:
    """A database of the instance with the addon; a new one gets new users."""
    if not odoo.has_addon(instance.database):
        accounts.file_of(instance).unlink(missing_ok=True)
    odoo.ensure_addon(program, instance)


def problem_file(instance: str | None) -> Path:
    """The file to import: a benchmark of the user's, or our own university."""
    if instance:
        path = Path(instance).expanduser()
        if not path.is_file():
            raise StackError(f"There is no file {instance}.")
        return path.resolve()
    path = STATE / f"{PRESET}.json"
    draft = path.with_suffix(".part")
    if not path.exists():
        run(
            "Making the demonstration university",
            [
                *(sidecar.PROGRAM, "generate", "--preset", PRESET),
                *("--seed", str(SEED), "-o", draft),
            ],
            log="generate.log",
        )
        draft.rename(path)
    return path


def demo(instance: str | None) -> None:
    """Take the whole way and say what came out."""
    begun = time.monotonic()
    screen.plan(setup.WEIGHT + 70 + 25 + SECONDS + 15)
    program = setup.ensure(browser=False)
    start_servers(program)
    journey = Journey(odoo.DEMO, sidecar.DEMO)
    with screen.step("Loading the university", 25):
        file = problem_file(instance)
        journey.connect()
        term = journey.find_term(file)
        if term is None:
            term = journey.import_term(file)
        journey.appoint_coordinator(term)
    with screen.step("Generating", SECONDS):
        outcome = generate(journey, term)
    variants = journey.variants(outcome["id"])
    best = choose(variants)
    with screen.step("Approving and publishing", 10):
        journey.approve_and_publish(best["id"])
    with screen.step("A faculty member's week", 5):
        member, account, week = check_portal(journey, term, best["id"])
    screen.close()
    report(journey, outcome, variants, best, time.monotonic() - begun)
    print(
        f"\n{member['name']} logs in as {account['login']} and sees "
        f"{week} classes at {journey.instance.url}/my/timetable"
    )
    logins(journey)


def generate(journey: Journey, term: int) -> dict[str, Any]:
    """The finished run of the term: an earlier one, one under way, or a new one."""
    found = journey.last_run(term)
    if found is None or found["state"] == "draft":
        number = journey.generate(term, time_limit_seconds=int(SECONDS))
    elif found["state"] == "completed" and found["variant_ids"]:
        return found
    else:
        number = found["id"]

    def tell(now: dict[str, Any]) -> None:
        stage = STAGE_NAMES.get(now["stage"] or "", now["state"])
        counts = f", {now['placed']} of {now['total']} placed" if now["placed"] else ""
        percent = now["overall_progress"] or 0
        screen.update(percent / 100, f"Generating: {stage}{counts}")

    return journey.follow(number, SECONDS * 3 + 300, tell)


def choose(variants: list[dict[str, Any]]) -> dict[str, Any]:
    """The timetable in force already, else the first of those that break least.

    Soft scores are compared only where all have the same profile: others weigh
    differently.
    """
    same = len({row["profile"] for row in variants}) == 1
    if not variants:
        raise StackError(
            "The run ended without a timetable; see .state/log/sidecar.log."
        )

    def rank(row: dict[str, Any]) -> tuple[bool, int, int, int, str]:
        unplaced = row["total"] - row["placed"]
        under_way = row["state"] in ("draft", "rejected", "archived")
        soft = row["score_soft"] if same else 0
        return (under_way, row["score_hard"], unplaced, soft, row["key"])

    return min(variants, key=rank)


def check_portal(
    journey: Journey, term: int, variant: int
) -> tuple[dict[str, Any], dict[str, Any], int]:
    """A faculty member logs in and the published week is on the page."""
    member = journey.busiest_faculty(term, variant)
    account = journey.open_portal(member)
    page = journey.portal_week(account)
    week = journey.week_of(member["id"], variant)
    rooms = {row["room_id"][1] for row in week if row["room_id"]}
    missing = [room for room in rooms if room not in page]
    if not week or missing:
        (LOGS / "portal-page.txt").write_text(page)
        raise StackError(
            f"The published week of {account['login']} is not on /my/timetable; "
            "see .state/log/portal-page.txt."
        )
    return member, account, len(week)


def report(
    journey: Journey,
    outcome: dict[str, Any],
    variants: list[dict[str, Any]],
    best: dict[str, Any],
    seconds: float,
) -> None:
    """The figures."""
    print(f"\n{journey.term_of(outcome['id'])}")
    print(f"{'':2}{'variant':24}{'placed':>14}{'hard':>8}{'soft':>10}  state")
    for row in variants:
        mark = "→ " if row["id"] == best["id"] else "  "
        state = "published" if row["id"] == best["id"] else row["state"]
        placed = f"{row['placed']} of {row['total']}"
        name = f"{row['key']} {row['profile']}"
        print(
            f"{mark}{name:24}{placed:>14}{row['score_hard']:>8}"
            f"{row['score_soft']:>10}  {state}"
        )
    print(f"Seconds: {run_seconds(outcome):.0f} for the run, {seconds:.0f} in all")


def run_seconds(outcome: dict[str, Any]) -> float:
    """How long the solver worked."""
    begin, end = outcome.get("started_at"), outcome.get("ended_at")
    if not begin or not end:
        return 0.0
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def logins(journey: Journey) -> None:
    """Where to look, and as whom."""
    print(f"\nOdoo    {journey.instance.url}/odoo")
    print(f"Solver  {journey.service.url}/healthz")
    print(f"\n{'login':22}{'password':22}role")
    for role, account in journey.accounts.items():
        print(f"{account['login']:22}{account['password']:22}{role}")
    where = relative(accounts.file_of(journey.instance))
    print(f"\nPasswords are kept in {where}. 'make down' stops the servers.")
