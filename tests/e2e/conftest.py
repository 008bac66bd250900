"""The running stack of ``make test``, or a clear reason to skip."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scripts import odoo, sidecar
from scripts.journey import Journey
from scripts.shell import run

PRESET, SEED = "campus", 1
SECONDS = 15
PROFILES = 2


@pytest.fixture(scope="session")
def stack() -> dict[str, Any]:
    """Description of the servers."""
    path = os.environ.get("TIMETABLE_STACK")
    if not path:
        pytest.skip("no running stack: 'make test' starts one and sets TIMETABLE_STACK")
    return dict(json.loads(Path(path).read_text()))


@pytest.fixture(scope="session")
def journey(stack: dict[str, Any]) -> Journey:
    """The stack's Odoo and sidecar, joined as an administrator would."""
    journey = Journey(odoo.E2E, sidecar.TEST)
    assert journey.instance.url == stack["odoo"]["url"]
    journey.connect()
    return journey


@dataclass
class Trip:
    """What one way through the stack showed."""

    term: int
    run: int
    problem: dict[str, Any]
    seen: list[dict[str, Any]] = field(default_factory=list)
    outcome: dict[str, Any] = field(default_factory=dict)
    variants: list[dict[str, Any]] = field(default_factory=list)
    published: int = 0
    member: dict[str, Any] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="session")
def generated(journey: Journey, tmp_path_factory: pytest.TempPathFactory) -> Trip:
    """A campus imported, and timetables generated from it."""
    file = tmp_path_factory.mktemp("e2e") / f"{PRESET}.json"
    run(
        "Making the university",
        [
            *(sidecar.PROGRAM, "generate", "--preset", PRESET),
            *("--seed", str(SEED), "-o", file),
        ],
        log="generate.log",
    )
    term = journey.import_term(file)
    journey.appoint_coordinator(term)
    number = journey.generate(term, time_limit_seconds=SECONDS, variants=PROFILES)
    trip = Trip(term, number, json.loads(file.read_text()))
    trip.outcome = journey.follow(number, 240, trip.seen.append)
    trip.variants = journey.variants(number)
    return trip


@pytest.fixture(scope="session")
def published(journey: Journey, generated: Trip) -> Trip:
    """The first timetable approved and in force, and a faculty member with a login."""
    generated.published = generated.variants[0]["id"]
    journey.approve_and_publish(generated.published)
    generated.member = journey.busiest_faculty(generated.term, generated.published)
    generated.account = journey.open_portal(generated.member)
    return generated
