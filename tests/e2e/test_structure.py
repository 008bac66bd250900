"""Structure typed in as an officer does, on real servers: lectures of 60 with
practicals of 20, some in odd weeks only, and a lecture under two codes."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

import pytest

from scripts.journey import Journey
from scripts.web import Session, plain_text

pytestmark = [pytest.mark.odoo, pytest.mark.slow, pytest.mark.timeout(300)]
STUDENTS = 100
SECONDS = 10


class Entered:
    """What an officer typed, and what became of it."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.officer = journey.client("officer")
        self.ids: dict[str, int] = {}

    def make(self, key: str, model: str, /, **values: Any) -> int:
        """A record of the addon; its id is kept under ``key``."""
        self.ids[key] = self.officer.create(f"timetable.{model}", values)
        return self.ids[key]

    def find(self, model: str, domain: list[Any], names: list[str]) -> Any:
        """Rows of the addon's model."""
        return self.officer.search_read(f"timetable.{model}", domain, names)


@pytest.fixture(scope="module")
def entered(journey: Journey) -> Entered:
    """Optics and Yoga for 100 students, planned and in force."""
    own = Entered(journey)
    officer = own.officer
    grid = own.make("grid", "grid", name="Structure")
    officer.call("timetable.grid", "action_fill", [grid])
    lab = officer.search_read("timetable.room.type", [("code", "=", "lab")], ["id"])
    rooms = [
        own.make(f"R{n}", "room", name=f"Hall {n}", capacity=120) for n in range(3)
    ] + [
        own.make(f"L{n}", "room", name=f"Lab {n}", capacity=20, type_id=lab[0]["id"])
        for n in range(3)
    ]
    monday = date.today() + timedelta(days=7 - date.today().weekday())
    term = own.make(
        "term",
        "term",
        name="Structure",
        grid_id=grid,
        auto_split=False,
        date_start=str(monday),
        date_end=str(monday + timedelta(days=27)),
    )
    odd = officer.search_read("timetable.week.pattern", [("rule", "=", "odd")], ["id"])[
        0
    ]["id"]
    officer.call("timetable.term", "write", [term], vals={"room_ids": [(6, 0, rooms)]})
    own.make("optics", "course", name="Optics", code="OPT9")
    for sequence, (kind, size, meetings, length) in enumerate(
        [("lecture", 60, 3, 1), ("tutorial", 30, 1, 1), ("practical", 20, 1, 2)]
    ):
        own.make(
            kind,
            "component",
            course_id=own.ids["optics"],
            sequence=sequence,
            kind=kind,
            group_size=size,
            meetings=meetings,
            duration=length,
            week_pattern_ids=[(6, 0, [odd] if kind == "practical" else [])],
        )
    for code in ("yoga", "calm"):
        own.make(code, "course", name=code.capitalize(), code=f"{code[:3].upper()}9")
        officer.call(
            "timetable.course", "write", [own.ids[code]], vals={"lecture_periods": 2}
        )
    offerings = [
        own.make(f"{name} offered", "offering", term_id=term, course_id=own.ids[name])
        for name in ("optics", "yoga", "calm")
    ]
    students = officer.call(
        "timetable.student",
        "create",
        vals_list=[
            {"name": f"Student {number}", "code": f"S9{number:03d}"}
            for number in range(STUDENTS)
        ],
    )
    own.ids["S7"] = students[7]
    # Every other student has the lecture under its other code.
    officer.call(
        "timetable.enrolment",
        "create",
        vals_list=[
            {"student_id": student, "offering_id": offering}
            for number, student in enumerate(students)
            for offering in (offerings[0], offerings[1 + number % 2])
        ],
    )
    officer.call("timetable.offering", "action_split", offerings)
    for code in ("yoga", "calm"):
        found = officer.search_read(
            "timetable.class",
            [("offering_id", "=", own.ids[f"{code} offered"])],
            ["id"],
        )
        own.ids[f"{code} class"] = found[0]["id"]
    own.make(
        "joint",
        "joint.class",
        term_id=term,
        class_ids=[(6, 0, [own.ids["yoga class"], own.ids["calm class"]])],
    )
    run = journey.generate(term, time_limit_seconds=SECONDS, variants=1)
    journey.follow(run, 200, lambda row: None)
    own.ids["run"] = run
    own.ids["variant"] = journey.variants(run)[0]["id"]
    journey.approve_and_publish(own.ids["variant"])
    return own


def test_tree(entered: Entered) -> None:
    """Two lectures; of each two tutorials and three practicals."""
    rows = entered.find(
        "class",
        [("offering_id", "=", entered.ids["optics offered"])],
        ["name", "parent_id", "component_id", "limit"],
    )
    groups = Counter((r["parent_id"] or [0, ""])[1][-1:] for r in rows)
    assert groups == {"": 2, "A": 5, "B": 5}
    assert sorted(row["limit"] for row in rows) == [20] * 6 + [30] * 4 + [60] * 2


def test_complete_and_clash_free(entered: Entered) -> None:
    """The solver took the tree, and its timetable breaks no rule here either."""
    variant = entered.journey.variant(entered.ids["variant"])
    assert variant["placed"] == variant["total"] == 2 * 3 + 4 + 6 + 2 + 2
    assert variant["score_hard"] == 0
    officer = entered.officer
    data = officer.call("timetable.variant", "conflicts_data", [variant["id"]])
    assert data["total"] == 0, data["rules"]


def test_each_student_has_one_of_each(entered: Entered) -> None:
    """A lecture, a tutorial and a practical of that lecture; no group too full."""
    classes = {
        row["id"]: row
        for row in entered.find(
            "class",
            [("offering_id", "=", entered.ids["optics offered"])],
            ["component_id", "parent_id", "limit", "student_count"],
        )
    }
    assert all(row["student_count"] <= row["limit"] for row in classes.values())
    rows = entered.find(
        "enrolment",
        [("offering_id", "=", entered.ids["optics offered"])],
        ["class_ids", "class_id"],
    )
    assert len(rows) == STUDENTS
    for row in rows:
        components = Counter(
            classes[key]["component_id"][0] for key in row["class_ids"]
        )
        assert components == {
            entered.ids[kind]: 1 for kind in ("lecture", "tutorial", "practical")
        }
        for key in row["class_ids"]:
            parent = classes[key]["parent_id"]
            assert not parent or parent[0] == row["class_id"][0]


def test_nobody_is_in_two_places(entered: Entered) -> None:
    """Counted from the meetings that publication wrote."""
    seats = defaultdict(set)
    for row in entered.find(
        "seat", [("term_id", "=", entered.ids["term"])], ["class_id", "student_id"]
    ):
        seats[row["class_id"][0]].add(row["student_id"][0])
    meetings = entered.find(
        "meeting",
        [("term_id", "=", entered.ids["term"])],
        ["class_id", "date", "hour_from", "hour_to", "room_id"],
    )
    assert meetings
    # The second code of the joint lecture is in the first one's room.
    meetings = [
        row for row in meetings if row["class_id"][0] != entered.ids["calm class"]
    ] + [
        {**row, "room_id": [-1]}
        for row in meetings
        if row["class_id"][0] == entered.ids["calm class"]
    ]
    busy: Counter[Any] = Counter()
    for row in meetings:
        for hour in range(int(row["hour_from"]), int(row["hour_to"])):
            if row["room_id"][0] > 0:
                busy["room", row["room_id"][0], row["date"], hour] += 1
            for student in seats[row["class_id"][0]]:
                busy["student", student, row["date"], hour] += 1
    assert [key for key, count in busy.items() if count > 1] == []


def test_practicals_are_held_in_odd_weeks(entered: Entered) -> None:
    """Two of the four weeks; lectures in all."""
    rows = entered.find(
        "meeting",
        [("term_id", "=", entered.ids["term"])],
        ["event_id", "class_id", "date"],
    )
    groups = {
        row["id"]
        for row in entered.find(
            "class", [("component_id", "=", entered.ids["practical"])], ["id"]
        )
    }
    begin = date.today() + timedelta(days=7 - date.today().weekday())
    weeks = defaultdict(set)
    for row in rows:
        week = (date.fromisoformat(row["date"]) - begin).days // 7 + 1
        weeks[row["class_id"][0] in groups, row["event_id"][0]].add(week)
    assert {frozenset(found) for (odd, _), found in weeks.items() if odd} == {
        frozenset({1, 3})
    }
    assert {frozenset(found) for (odd, _), found in weeks.items() if not odd} == {
        frozenset({1, 2, 3, 4})
    }


def test_two_codes_are_one_lecture(entered: Entered) -> None:
    """One time and one room, which seats both."""
    places = defaultdict(set)
    for row in entered.find(
        "assignment",
        [
            ("variant_id", "=", entered.ids["variant"]),
            (
                "event_id.class_id",
                "in",
                [entered.ids["yoga class"], entered.ids["calm class"]],
            ),
        ],
        ["class_id", "timeslot_id", "room_id"],
    ):
        places[row["class_id"][0]].add((row["timeslot_id"][0], row["room_id"][0]))
    one, other = places.values()
    assert one == other
    assert len(one) == 2


def test_student_sees_lecture_and_practical(entered: Entered) -> None:
    """On the portal, after logging in."""
    student = entered.find(
        "student", [("id", "=", entered.ids["S7"])], ["name", "partner_id"]
    )[0]
    account = entered.journey.open_portal(student)
    session = Session(entered.journey.instance.url)
    session.login(account["login"], account["password"])
    page = plain_text(session.get("/my/timetable"))
    (row,) = entered.find(
        "enrolment",
        [
            ("student_id", "=", entered.ids["S7"]),
            ("offering_id", "=", entered.ids["optics offered"]),
        ],
        ["class_ids"],
    )
    classes = entered.find("class", [("id", "in", row["class_ids"])], ["display_name"])
    assert len(classes) == 3
    for section in classes:
        assert section["display_name"] in page
