"""Students choose at once, over real requests: no seat goes to two, lots decide."""

import datetime
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests

from scripts.journey import Journey

pytestmark = [pytest.mark.odoo, pytest.mark.slow, pytest.mark.timeout(240)]
STUDENTS, SEATS = 16, 5
PASSWORD = "portal-of-a-test-2026"
OFFERED = ("MUSIC", "YOGA", "POTTERY")
RUN = uuid.uuid4().hex[:6]
"""So that it can be run again on the same servers."""


class Student:
    """A browser of a student."""

    def __init__(self, journey: Journey, number: int, record: int) -> None:
        self.record = record
        self.url = journey.instance.url
        self.session = requests.Session()
        page = self.session.get(f"{self.url}/web/login?db={journey.instance.database}")
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        answer = self.session.post(
            f"{self.url}/web/login",
            data={"login": login_of(number), "password": PASSWORD, "csrf_token": token},
        )
        assert "/web/login" not in answer.url, answer.url

    def ask(self, window: int, method: str, *args: Any) -> dict[str, Any]:
        """Call a method of the window; gives the whole answer."""
        answer = self.session.post(
            f"{self.url}/web/dataset/call_kw/timetable.choice.window/{method}",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "model": "timetable.choice.window",
                    "method": method,
                    "args": [[window], *args],
                    "kwargs": {},
                },
            },
            timeout=120,
        )
        return dict(answer.json())


def login_of(number: int) -> str:
    return f"choosing.{RUN}.{number}"


class Term:
    """A term with one basket of three courses, and students who may choose."""

    def __init__(self, journey: Journey) -> None:
        self.officer = journey.client("officer")
        admin = journey.client("admin")
        today = datetime.date.today()
        grid = self.officer.create("timetable.grid", {"name": f"Choosing {RUN}"})
        self.programme = self.officer.create(
            "timetable.programme", {"name": f"Choosing {RUN}"}
        )
        self.term = self.officer.create(
            "timetable.term",
            {
                "name": f"Choosing {RUN}",
                "grid_id": grid,
                "auto_split": False,
                "date_start": str(today + datetime.timedelta(days=30)),
                "date_end": str(today + datetime.timedelta(days=120)),
            },
        )
        self.offering = {}
        for code in OFFERED:
            course = self.officer.create(
                "timetable.course",
                {
                    "code": f"CH-{RUN}-{code}",
                    "name": code.capitalize(),
                    "category": "skill",
                    "credits": 2,
                    "lecture_periods": 2,
                },
            )
            self.offering[code] = self.officer.create(
                "timetable.offering",
                {"term_id": self.term, "course_id": course, "seats": SEATS},
            )
        self.basket = self.officer.create(
            "timetable.basket",
            {
                "name": "Skills",
                "term_id": self.term,
                "category": "skill",
                "offering_ids": [(6, 0, list(self.offering.values()))],
            },
        )
        portal = admin.search_read(
            "ir.model.data",
            [("module", "=", "base"), ("name", "=", "group_portal")],
            ["res_id"],
        )[0]["res_id"]
        self.students = []
        for number in range(STUDENTS):
            record = self.officer.create(
                "timetable.student",
                {
                    "name": f"Choosing {number}",
                    "code": f"CH{RUN}{number:03d}",
                    "programme_id": self.programme,
                },
            )
            partner = self.officer.read("timetable.student", [record], ["partner_id"])
            admin.call(
                "res.users",
                "create",
                vals_list=[
                    {
                        "login": login_of(number),
                        "password": PASSWORD,
                        "partner_id": partner[0]["partner_id"][0],
                        "group_ids": [(6, 0, [portal])],
                    }
                ],
                context={"no_reset_password": True},
            )
            self.students.append(Student(journey, number, record))

    def window(self, kind: str) -> int:
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        window = self.officer.create(
            "timetable.choice.window",
            {
                "name": f"Choosing {kind}",
                "term_id": self.term,
                "kind": kind,
                "programme_ids": [(6, 0, [self.programme])],
                "date_open": str(now - datetime.timedelta(hours=1))[:19],
                "date_close": str(now + datetime.timedelta(hours=1))[:19],
                "ranks": 3,
            },
        )
        self.officer.call("timetable.choice.window", "action_open", [window])
        return window

    def holders(self, code: str) -> list[int]:
        rows = self.officer.search_read(
            "timetable.enrolment",
            [("offering_id", "=", self.offering[code])],
            ["student_id"],
        )
        return [row["student_id"][0] for row in rows]

    def at_once(self, calls: list[Any]) -> list[dict[str, Any]]:
        """All of these at the same moment, each from a thread of its own."""
        start = Barrier(len(calls))

        def one(call: Any) -> dict[str, Any]:
            start.wait()
            return dict(call())

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, calls))


@pytest.fixture(scope="module")
def term(journey: Journey) -> Term:
    return Term(journey)


def test_wishes_become_seats_by_the_real_service(term: Term) -> None:
    """All save at once; the service allots fairly; enrolments are what it said."""
    window = term.window("wishes")
    order = [term.offering[code] for code in OFFERED]
    answers = term.at_once(
        [
            lambda s=student: s.ask(window, "save_my_wishes", {str(term.basket): order})
            for student in term.students
        ]
    )
    assert all(answer["result"]["receipt"] for answer in answers), answers
    officer = term.officer
    officer.call("timetable.choice.window", "action_close_now", [window])
    officer.call("timetable.choice.window", "action_allot", [window])
    shown = officer.read(
        "timetable.choice.window", [window], ["state", "profile", "proved", "summary"]
    )[0]
    assert shown["state"] == "allotted"
    assert shown["proved"]
    # Sixteen students, fifteen seats: one has nothing, and nothing fairer is possible.
    assert shown["profile"]["row"] == [SEATS, SEATS, SEATS, 1]
    demand = officer.search_read(
        "timetable.choice.demand",
        [("window_id", "=", window), ("offering_id", "=", order[2])],
        ["id", "given_count"],
    )[0]
    assert demand["given_count"] == SEATS
    said = officer.call("timetable.choice.demand", "action_what_if", [demand["id"]])
    assert "nothing: 1 → 0" in said["params"]["message"]
    officer.call("timetable.choice.window", "action_tell", [window])
    seated = [student for code in OFFERED for student in term.holders(code)]
    assert len(seated) == len(set(seated)) == 3 * SEATS
    # The lots can be checked by anybody: the first has the first wish.
    choices = officer.search_read(
        "timetable.choice", [("window_id", "=", window)], ["student_id", "lot"]
    )
    winners = {row["student_id"][0] for row in choices if row["lot"] <= SEATS}
    assert winners == set(term.holders("MUSIC"))
    loser = next(row for row in choices if row["lot"] == STUDENTS)
    page = next(
        student for student in term.students if student.record == loser["student_id"][0]
    ).session.get(f"{term.students[0].url}/my/choices/{window}")
    assert "None of your wishes could be fulfilled" in page.text
    rows = officer.search_read("timetable.enrolment", [("term_id", "=", term.term)], [])
    officer.call("timetable.enrolment", "unlink", [row["id"] for row in rows])


def test_no_seat_is_given_twice(term: Term) -> None:
    """Sixteen ask for five seats at the same moment; then all give back at once."""
    window = term.window("add_drop")
    music = term.offering["MUSIC"]
    answers = term.at_once(
        [
            lambda s=student: s.ask(window, "add_my_course", music)
            for student in term.students
        ]
    )
    # Whoever met others five times in a row is told to try again, and does.
    for place, (student, answer) in enumerate(zip(term.students, answers, strict=True)):
        if "error" in answer:
            answers[place] = student.ask(window, "add_my_course", music)
    states = [answer["result"]["state"] for answer in answers]
    assert states.count("given") == SEATS, states
    assert states.count("waiting") == STUDENTS - SEATS
    given = term.holders("MUSIC")
    assert len(given) == len(set(given)) == SEATS
    first = [s for s in term.students if s.record in set(given)]
    answers = term.at_once(
        [lambda s=student: s.ask(window, "drop_my_course", music) for student in first]
    )
    for student, answer in zip(first, answers, strict=True):
        if "error" in answer:
            answer = student.ask(window, "drop_my_course", music)
            assert answer["result"]["state"] == "dropped"
    after = term.holders("MUSIC")
    assert len(after) == len(set(after)) == SEATS
    assert not set(after) & set(given)
    waiting = term.officer.search_read(
        "timetable.waiting",
        [("window_id", "=", window), ("state", "=", "given")],
        ["student_id", "since"],
    )
    assert {row["student_id"][0] for row in waiting} == set(after)
    left = term.officer.search_read(
        "timetable.waiting",
        [("window_id", "=", window), ("state", "=", "waiting")],
        ["since"],
    )
    # In the order in which they came.
    assert max(row["since"] for row in waiting) <= min(row["since"] for row in left)
