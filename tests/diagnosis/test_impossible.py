"""Impossible universities each get the right sentence and the smallest set of facts."""

import re
from typing import Any

import pytest

from sidecar.contract import Problem
from sidecar.diagnosis import diagnose

from .universities import SLOTS, all_but, cls, relation, university

UNRELATED = [cls("z1", 3), cls("z2", 2, faculty=["f-z"])]
"""Classes without any trouble: no sentence may name them."""


def case(
    name: str, code: str, words: list[str], records: set[str], **lists: Any
) -> Any:
    lists["classes"] = [*lists["classes"], *UNRELATED]
    return pytest.param(university(**lists), code, words, records, id=name)


def student(key: str, *classes: str) -> dict[str, Any]:
    return {"id": key, "offerings": [f"o-{c}" for c in classes]}


TWO_SLOTS = [{"id": "f1", "unavailable": all_but("t00", "t01")}]
BENCH = {"room_type": "lab", "features": ["bench"]}

IMPOSSIBLE = [
    case(
        "faculty member with three events in two timeslots",
        "faculty_overloaded",
        ["[faculty:f1]", "3 periods", "available for 2"],
        {"faculty:f1"},
        faculty=TWO_SLOTS,
        classes=[cls(c, faculty=["f1"]) for c in ("a", "b", "c")],
    ),
    case(
        "three of a faculty member's four events need the same two timeslots",
        "faculty_slots",
        ["[event:a-1]", "[event:b-1]", "[event:c-1]", "same 2 timeslots", "t00"],
        {
            "faculty:f1",
            "event:a-1",
            "event:b-1",
            "event:c-1",
        },
        classes=[
            *(
                cls(c, faculty=["f1"], event={"timeslots": ["t00", "t01"]})
                for c in ("a", "b", "c")
            ),
            cls("d", faculty=["f1"]),
        ],
    ),
    case(
        "curriculum whose classes are open at one timeslot",
        "curriculum_slots",
        ["[curriculum:q]", "same 1 timeslot", "[timeslot:t12]"],
        {"curriculum:q", "event:a-1", "event:b-1", "class:a", "class:b"},
        classes=[cls(c, unavailable=all_but("t12")) for c in ("a", "b")] + [cls("d")],
        curricula=[{"id": "q", "classes": ["a", "b", "d"]}],
    ),
    case(
        "curriculum longer than the week",
        "curriculum_overloaded",
        ["[curriculum:q]", "15 periods", "12"],
        {"curriculum:q"},
        classes=[cls(f"a{k}", 3) for k in range(5)],
        curricula=[{"id": "q", "classes": [f"a{k}" for k in range(5)]}],
    ),
    case(
        "class with more events than open days",
        "class_few_days",
        ["[class:a]", "3 events", "2 days"],
        {"class:a", "event:a-1", "event:a-2", "event:a-3"},
        classes=[cls("a", 3, unavailable=[s for s in SLOTS if s[1] == "2"])],
    ),
    case(
        "event longer than any day",
        "event_too_long",
        ["[event:a-1]", "5 periods", "in a row"],
        {"event:a-1"},
        classes=[cls("a", duration=5)],
    ),
    case(
        "two faculty members who are never there together",
        "event_no_time",
        ["[event:a-1]", "[faculty:f1]", "[faculty:f2]"],
        {"event:a-1", "faculty:f1", "faculty:f2"},
        faculty=[
            {"id": "f1", "unavailable": SLOTS[:6]},
            {"id": "f2", "unavailable": SLOTS[6:]},
            {"id": "f3", "unavailable": SLOTS[:1]},
        ],
        classes=[cls("a", faculty=["f1", "f2", "f3"])],
    ),
    case(
        "double period where only single ones are open",
        "event_no_time",
        ["[event:a-1]", "2 period", "[class:a] is closed"],
        {"event:a-1", "class:a"},
        classes=[cls("a", duration=2, unavailable=[s for s in SLOTS if s[2] in "02"])],
    ),
    case(
        "band smaller than the class",
        "band_too_small",
        ["category value_added has 2 timeslots on 1 day", "[class:a] and [class:b]"],
        {"class:a", "class:b"},
        offerings=[{"id": f"o-{c}", "category": "value_added"} for c in ("a", "b")],
        bands=[{"category": "value_added", "timeslots": ["t00", "t01"]}],
        classes=[cls("a", 2), cls("b", 2)],
    ),
    case(
        "band and faculty together leave a class one day",
        "class_few_days",
        ["[class:a]", "2 events", "only 1 day open", "band of category value_added"],
        {"class:a", "event:a-1", "event:a-2", "faculty:f1"},
        offerings=[{"id": "o-a", "category": "value_added"}],
        bands=[{"category": "value_added", "timeslots": ["t00", "t01", "t10"]}],
        faculty=[{"id": "f1", "unavailable": ["t10"]}],
        classes=[cls("a", 2, faculty=["f1"])],
    ),
    case(
        "pin outside the faculty's availability",
        "pin_unavailable",
        ["[event:a-1] is pinned to [timeslot:t22]", "[faculty:f1] is unavailable"],
        {"event:a-1", "faculty:f1"},
        faculty=TWO_SLOTS,
        classes=[cls("a", faculty=["f1"])],
        pins=[{"event": "a-1", "timeslot": "t22"}],
    ),
    case(
        "two pins of one faculty member at one time",
        "pins_clash",
        ["[event:a-1]", "[event:b-1]", "[faculty:f1] teaches one event at a time"],
        {"event:a-1", "event:b-1", "faculty:f1"},
        classes=[cls("a", faculty=["f1"]), cls("b", faculty=["f1"])],
        pins=[
            {"event": "a-1", "timeslot": "t00"},
            {"event": "b-1", "timeslot": "t00"},
        ],
    ),
    case(
        "two pins to one room that overlap by a period",
        "pins_clash",
        ["[event:a-1]", "[event:b-1]", "[room:r1]"],
        {"event:a-1", "event:b-1"},
        classes=[cls("a", duration=2), cls("b")],
        pins=[
            {"event": "a-1", "timeslot": "t00", "room": "r1"},
            {"event": "b-1", "timeslot": "t01", "room": "r1"},
        ],
    ),
    case(
        "pin to a room of another type",
        "pin_room_unsuitable",
        ["[event:a-1]", "[room:lab]", "type lab"],
        {"event:a-1", "room:lab"},
        classes=[cls("a")],
        pins=[{"event": "a-1", "room": "lab"}],
    ),
    case(
        "class larger than every room",
        "room_none_suits",
        ["[class:a]", "61 seats", "seats 60"],
        {"event:a-1", "class:a"},
        classes=[cls("a", limit=61)],
    ),
    case(
        "type of room that does not exist",
        "room_none_suits",
        ["[class:a]", "no room of type studio"],
        {"event:a-1", "class:a"},
        classes=[cls("a", event={"room_type": "studio"})],
    ),
    case(
        "more laboratory periods than the laboratory is open",
        "rooms_too_few",
        ["15 room-periods", "have 12", "bench"],
        {f"class:a{k}" for k in range(5)},
        classes=[cls(f"a{k}", 3, event=BENCH) for k in range(5)],
    ),
    case(
        "a band with more parallel events than rooms",
        "rooms_too_few",
        ["3 events", "3 room-periods", "have 2", "[timeslot:t00]"],
        {"class:a", "class:b", "class:c"},
        classes=[cls(c, event={"timeslots": ["t00"]}) for c in ("a", "b", "c")],
    ),
    case(
        "double periods that leave holes in the laboratory's week",
        "room_slots",
        ["[event:a-1]", "[event:b-1]", "[event:c-1]", "only 1 room will do"],
        {"event:a-1", "event:b-1", "event:c-1"},
        rooms=[
            {
                "id": "lab",
                "type": "lab",
                "capacity": 20,
                "features": ["bench"],
                "unavailable": [*SLOTS[8:], "t03", "t13"],
            },
            {"id": "r1", "capacity": 30},
        ],
        classes=[cls(c, duration=2, event=BENCH) for c in ("a", "b", "c")]
        + [cls("d", event={"timeslots": SLOTS[:2]})],
    ),
    case(
        "cyclic precedence",
        "precedence_cycle",
        ["[event:a-1]", "[event:b-1]", "[event:c-1]", "come first"],
        {
            "event:a-1",
            "event:b-1",
            "event:c-1",
            "relation:x1",
            "relation:x2",
            "relation:x3",
        },
        classes=[cls(c) for c in ("a", "b", "c", "d")],
        relations=[
            relation("x1", "precedence", "a-1", "b-1"),
            relation("x2", "precedence", "b-1", "c-1"),
            relation("x3", "precedence", "c-1", "a-1"),
            relation("x4", "precedence", "a-1", "d-1"),
        ],
    ),
    case(
        "same day and different day",
        "relation_impossible",
        [
            "[relation:x1] asks for the same days",
            "[relation:x2] asks for different days",
        ],
        {"event:a-1", "event:b-1", "relation:x1", "relation:x2"},
        classes=[cls("a"), cls("b")],
        relations=[
            relation("x1", "same_days", "a-1", "b-1"),
            relation("x2", "different_days", "a-1", "b-1"),
        ],
    ),
    case(
        "back to back with a gap between",
        "relation_impossible",
        ["one right after the other", "a gap of at least 1 period"],
        {"event:a-1", "event:b-1", "relation:x1", "relation:x2"},
        classes=[cls("a"), cls("b")],
        relations=[
            relation("x1", "back_to_back", "a-1", "b-1"),
            relation("x2", "min_gap", "a-1", "b-1", value=1),
        ],
    ),
    case(
        "four events on different days of three",
        "relation_impossible",
        ["[relation:x] asks for different days"],
        {"relation:x", *(f"event:{c}-1" for c in "abcd")},
        classes=[cls(c) for c in "abcd"],
        relations=[relation("x", "different_days", "a-1", "b-1", "c-1", "d-1")],
    ),
    case(
        "same day for a class of one event a day",
        "relation_impossible",
        [
            "[relation:x] asks for the same days",
            "[class:a] has at most one event a day",
        ],
        {"relation:x", "class:a", "event:a-1", "event:a-2"},
        classes=[cls("a", 2)],
        relations=[relation("x", "same_days", "a-1", "a-2")],
    ),
    case(
        "three events within one day of which one is closed there",
        "relation_impossible",
        ["at most 1 day", "[class:a] is closed", "[class:b] is closed"],
        {"relation:x", "class:a", "class:b", "event:a-1", "event:b-1"},
        classes=[
            cls("a", unavailable=SLOTS[4:]),
            cls("b", unavailable=SLOTS[:4]),
            cls("c"),
        ],
        relations=[relation("x", "max_days", "a-1", "b-1", "c-1", value=1)],
    ),
    case(
        "events of a lecture hall and a laboratory in one room",
        "relation_impossible",
        ["[relation:x]", "[event:a-1]", "[event:b-1]", "share a room"],
        {"relation:x", "event:a-1", "event:b-1"},
        classes=[cls("a"), cls("b", event=BENCH), cls("c")],
        relations=[relation("x", "same_room", "c-1", "a-1", "b-1")],
    ),
    case(
        "double period above the faculty's daily limit",
        "faculty_slots",
        ["[event:a-1]", "at most 1 period a day"],
        {"faculty:f1", "event:a-1"},
        faculty=[{"id": "f1", "max_periods_day": 1}],
        classes=[cls("a", duration=2, faculty=["f1"])],
    ),
    case(
        "daily limit that three double periods break",
        "faculty_slots",
        ["[faculty:f1] teaches at most 3 periods a day"],
        {"faculty:f1", *(f"event:{c}-1" for c in "abc")},
        faculty=[
            {"id": "f1", "max_periods_day": 3, "unavailable": SLOTS[8:]},
        ],
        classes=[cls(c, duration=2, faculty=["f1"]) for c in "abc"],
    ),
    case(
        "fewer seats than students",
        "section_seats",
        ["3 students", "[offering:o-a]", "2 seats"],
        {"offering:o-a"},
        classes=[cls("a", limit=2)],
        students=[student(f"s{k}", "a") for k in range(3)],
    ),
    case(
        "more students decided for a class than it holds",
        "class_seats",
        ["2 students", "[class:a]", "limit is 1"],
        {"class:a"},
        classes=[cls("a", limit=1), {**cls("b"), "offering": "o-a"}],
        students=[{"id": f"s{k}", "classes": ["a"]} for k in range(2)],
    ),
    case(
        "choices at one time, whichever section",
        "student_choices",
        ["[student:s1] and 1 more", "[offering:o-a]", "[offering:o-c]"],
        {"student:s1", "offering:o-a", "offering:o-c", "event:c-1"},
        offerings=[{"id": "o-a", "category": "ability"}, {"id": "o-c"}],
        bands=[{"category": "ability", "timeslots": ["t00"]}],
        classes=[
            cls("a"),
            {**cls("b"), "offering": "o-a"},
            cls("c", event={"timeslots": ["t00"], "needs_room": False}),
            cls("d"),
        ],
        students=[student("s1", "a", "c", "d"), student("s2", "c", "a")],
    ),
    case(
        "a student with more periods than the week",
        "student_overloaded",
        ["[student:s1]", "15 periods", "12"],
        {"student:s1"},
        classes=[cls(f"a{k}", 3) for k in range(5)],
        students=[student("s1", *(f"a{k}" for k in range(5)))],
    ),
]


@pytest.mark.parametrize(("problem", "code", "words", "records"), IMPOSSIBLE)
def test_right_sentence_and_smallest_set(
    problem: Problem, code: str, words: list[str], records: set[str]
) -> None:
    diagnosis = diagnose(problem)
    assert not diagnosis.feasible
    assert [item.code for item in diagnosis.items] == [code]
    item = diagnosis.items[0]
    for word in words:
        assert word in item.sentence
    named = {f"{record['kind']}:{record['id']}" for record in item.resources}
    # Every choice, relation or event that is not needed is left out.
    assert named >= records
    assert {n for n in named - records if not n.startswith("class:")} <= set()
    assert item.suggestions
    assert not re.search(r"\[\w+:z", item.sentence)
    assert item.sentence.endswith(".")


def test_ids_have_the_form_that_the_client_replaces() -> None:
    for parameters in IMPOSSIBLE:
        problem = parameters.values[0]
        known = {
            "event": {e.id for c in problem.classes for e in c.events},
            "class": {c.id for c in problem.classes},
            "faculty": {f.id for f in problem.faculty},
            "room": {r.id for r in problem.rooms},
            "timeslot": {t.id for t in problem.timeslots},
            "student": {s.id for s in problem.students},
            "offering": {o.id for o in problem.offerings},
            "curriculum": {q.id for q in problem.curricula},
            "relation": {r.id for r in problem.relations},
        }
        for item in diagnose(problem).items:
            for text in [item.sentence, *item.suggestions]:
                for kind, key in re.findall(r"\[(\w+):([^\]]+)\]", text):
                    assert key in known[kind], text
            for record in item.resources:
                assert record["id"] in known[record["kind"]]
