"""The competition's files of a published timetable, judged from outside."""

import pytest

from scripts.journey import Journey
from scripts.web import Session
from sidecar.formats import itc2007_curriculum as ctt
from tests.formats.ctt_evaluator import evaluate, read_instance

from .conftest import Trip

pytestmark = [pytest.mark.odoo, pytest.mark.slow, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def files(journey: Journey, published: Trip) -> tuple[str, str]:
    """Instance and solution, as an officer downloads them."""
    account = journey.accounts["officer"]
    session = Session(journey.instance.url)
    session.login(account["login"], account["password"])
    path = f"/timetable_nep/export/{published.published}"
    return session.get(f"{path}.ctt"), session.get(f"{path}.sol")


def test_the_independent_evaluator_finds_no_violation(files: tuple[str, str]) -> None:
    """It reads the two texts and nothing else."""
    instance, solution = files
    courses, rooms, _curricula, closed = read_instance(instance)
    assert courses
    assert rooms
    assert closed
    hard, _soft = evaluate(instance, solution)
    assert hard == 0


def test_the_solver_reads_what_odoo_wrote(
    files: tuple[str, str], published: Trip
) -> None:
    """The instance can be solved again without Odoo."""
    instance, solution = files
    problem = ctt.read(instance)
    periods = sum(
        event["duration"]
        for section in published.problem["classes"]
        for event in section["events"]
    )
    assert sum(len(section.events) for section in problem.classes) == periods
    assert len(ctt.read_solution(problem, solution)) == periods
