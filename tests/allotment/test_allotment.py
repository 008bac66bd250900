"""Allotments against brute force, and against what each way promises."""

import itertools
import random

import pytest

from sidecar.allotment import allot
from sidecar.allotment import answer as answering
from sidecar.allotment.check import faults, improvable, profile_of
from sidecar.allotment.instance import AllotmentError
from sidecar.contract.allotment import AllotAnswer, AllotRequest

INSTANCES = 200


def small_instance(number: int, method: str = "fairest") -> AllotRequest:
    """Four or five courses, up to five students, now and then everything at once."""
    dice = random.Random(number)
    courses = [f"c{n}" for n in range(dice.randint(3, 5))]
    groups = ["g0", "g1"]
    rows = []
    for name in courses:
        seats = dice.randint(0, 2)
        reserved = []
        if seats and dice.random() < 0.4:
            reserved = [{"group": dice.choice(groups), "seats": dice.randint(1, seats)}]
        rows.append({"id": name, "seats": seats, "reserved": reserved})
    students = []
    order = list(range(dice.randint(2, 4)))
    dice.shuffle(order)
    for place in order:
        baskets = ["b0", "b1"] if dice.random() < 0.4 else ["b0"]
        asks = []
        for basket in baskets:
            wishes = dice.sample(courses, dice.randint(1, min(3, len(courses))))
            choices = 2 if dice.random() < 0.15 else 1
            asks.append({"basket": basket, "wishes": wishes, "choices": choices})
        students.append(
            {
                "id": f"s{place}",
                "priority": place,
                "tier": dice.randint(0, 1) if number % 3 == 0 else 0,
                "groups": [g for g in groups if dice.random() < 0.4],
                "has": [dice.choice(courses)] if dice.random() < 0.1 else [],
                "asks": asks,
            }
        )
    pairs = list(itertools.combinations(courses, 2))
    apart = [p for p in pairs if dice.random() < 0.15] if number % 2 else []
    return AllotRequest.model_validate(
        {"method": method, "courses": rows, "students": students, "apart": apart}
    )


def held_of(answer: AllotAnswer) -> dict[tuple[str, str], list[str]]:
    return {(row.student, row.basket): row.courses for row in answer.given}


def every_allotment(request: AllotRequest):
    """All that is allowed, by trying everything."""
    keys, options = [], []
    for student in request.students:
        for ask in student.asks:
            keys.append((student.id, ask.basket))
            options.append(
                [
                    chosen
                    for size in range(ask.choices + 1)
                    for chosen in itertools.combinations(ask.wishes, size)
                ]
            )
    for chosen in itertools.product(*options):
        held = dict(zip(keys, chosen, strict=True))
        if not faults(request, held):
            yield held


def fairness(request: AllotRequest, held) -> tuple[tuple[int, ...], ...]:
    """Smaller is fairer: tier by tier, none, then the last wish, down to the second."""
    rows = []
    for tier in sorted({student.tier for student in request.students}):
        students = [s for s in request.students if s.tier == tier]
        part = request.model_copy(update={"students": students})
        row = profile_of(part, held)
        # Rows of a tier are as long as those of all.
        most = max(len(a.wishes) for s in request.students for a in s.asks)
        row = row[:-1] + [0] * (most + 1 - len(row)) + row[-1:]
        rows.append(tuple(reversed(row[1:])))
    return tuple(rows)


@pytest.mark.parametrize("block", range(10))
def test_nothing_fairer_exists(block: int) -> None:
    """The row of the answer is the best of all allotments there are."""
    each = INSTANCES // 10
    for number in range(block * each, (block + 1) * each):
        request = small_instance(number)
        answer = allot(request)
        held = held_of(answer)
        assert answer.proved, number
        assert not faults(request, held), number
        best = min(fairness(request, other) for other in every_allotment(request))
        assert fairness(request, held) == best, number
        assert answer.profile == answer.bound == profile_of(request, held), number
        assert answer.improvable == 0, number


def test_instances_are_not_trivial() -> None:
    """Pairs, reservations, tiers and shortage do occur, and make a difference."""
    answers = [(n, allot(small_instance(n))) for n in range(60)]
    assert sum(any(row.missing for row in a.given) for _n, a in answers) > 10
    assert sum(sum(a.profile[1:-1]) > 0 for _n, a in answers) > 10
    reasons = {b.reason for _n, a in answers for row in a.given for b in row.better}
    assert reasons == {"full", "apart"}
    other = [allot(small_instance(n, "serial")).profile for n, _a in answers]
    assert any(a.profile != row for (_n, a), row in zip(answers, other, strict=True))


def test_serial_is_what_deferred_acceptance_gives() -> None:
    """One order for all courses, one basket, no pairs: both are the same."""
    for number in range(60):
        request = small_instance(number, "serial")
        students = [
            s.model_copy(
                update={
                    "asks": [s.asks[0].model_copy(update={"choices": 1})],
                    "groups": [],
                    "has": [],
                    "tier": 0,
                }
            )
            for s in request.students
        ]
        courses = [c.model_copy(update={"reserved": []}) for c in request.courses]
        request = request.model_copy(
            update={"students": students, "courses": courses, "apart": []}
        )
        held = held_of(allot(request))
        assert {k: list(v) for k, v in held.items()} == deferred_acceptance(request)


def deferred_acceptance(request: AllotRequest) -> dict[tuple[str, str], list[str]]:
    """Gale and Shapley 1962, students proposing."""
    place = {s.id: s.priority for s in request.students}
    wishes = {s.id: list(s.asks[0].wishes) for s in request.students}
    seats = {c.id: c.seats for c in request.courses}
    kept: dict[str, list[str]] = {c: [] for c in seats}
    free = list(wishes)
    while free:
        student = free.pop()
        if not wishes[student]:
            continue
        course = wishes[student].pop(0)
        kept[course].append(student)
        kept[course].sort(key=place.__getitem__)
        free += kept[course][seats[course] :]
        del kept[course][seats[course] :]
    got = {(s.id, s.asks[0].basket): [] for s in request.students}
    for course, students in kept.items():
        for student in students:
            got[(student, "b0")].append(course)
    return got


def test_among_equals_the_order_decides() -> None:
    """Two want one seat: the first in the order has it, whichever comes first here."""
    for order in ((0, 1), (1, 0)):
        request = AllotRequest.model_validate(
            {
                "courses": [{"id": "a", "seats": 1}, {"id": "b", "seats": 1}],
                "students": [
                    {
                        "id": f"s{n}",
                        "priority": place,
                        "asks": [{"basket": "x", "wishes": ["a", "b"]}],
                    }
                    for n, place in enumerate(order)
                ],
            }
        )
        held = held_of(allot(request))
        first = order.index(0)
        assert held[(f"s{first}", "x")] == ["a"]
        assert held[(f"s{1 - first}", "x")] == ["b"]


def test_a_small_course_is_not_held() -> None:
    """Who wanted it has the next wish and is told; with ``keep_small`` it is held."""
    data = {
        "courses": [
            {"id": "a", "seats": 9, "smallest": 3},
            {"id": "b", "seats": 9},
        ],
        "students": [
            {
                "id": f"s{n}",
                "priority": n,
                "asks": [{"basket": "x", "wishes": ["a", "b"] if n < 2 else ["b"]}],
            }
            for n in range(4)
        ],
    }
    answer = allot(AllotRequest.model_validate(data))
    assert [(row.course, row.students) for row in answer.not_held] == [("a", 2)]
    assert {tuple(row.courses) for row in answer.given} == {("b",)}
    assert answer.given[0].better[0].reason == "not_held"
    kept = allot(AllotRequest.model_validate(data | {"keep_small": True}))
    assert kept.given[0].courses == ["a"]
    assert not kept.not_held


def test_beyond_what_can_be_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large and with pairs: still allowed, and never said to be better than it is."""
    monkeypatch.setattr(answering, "MOST_WISHES", 0)
    worse = 0
    for number in range(1, 120, 2):
        request = small_instance(number)
        answer = allot(request)
        held = held_of(answer)
        assert not faults(request, held)
        best = min(fairness(request, other) for other in every_allotment(request))
        if answer.proved:
            assert fairness(request, held) == best
        worse += not answer.proved
    assert worse


def test_the_check_sees_what_is_wrong() -> None:
    request = AllotRequest.model_validate(
        {
            "courses": [
                {"id": "a", "seats": 2, "reserved": [{"group": "g", "seats": 1}]},
                {"id": "b", "seats": 2},
                {"id": "c", "seats": 2},
            ],
            "apart": [["b", "c"]],
            "students": [
                {
                    "id": f"s{n}",
                    "priority": n,
                    "asks": [
                        {"basket": "x", "wishes": ["a", "b"]},
                        {"basket": "y", "wishes": ["c"]},
                    ],
                }
                for n in range(2)
            ],
        }
    )
    both = {("s0", "x"): ["a"], ("s1", "x"): ["a"]}
    assert "more students than seats" in faults(request, both)[0]
    assert (
        "do not go together"
        in faults(request, {("s0", "x"): ["b"], ("s0", "y"): ["c"]})[0]
    )
    assert "did not wish" in faults(request, {("s0", "y"): ["a"]})[0]
    # s0 might have had the open seat of a.
    assert improvable(request, {("s0", "x"): ["b"], ("s1", "x"): ["b"]}, set())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"apart": [["a", "z"]]}, "apart.0"),
        ({"courses": [{"id": "a", "seats": 1}] * 2}, "courses"),
        (
            {
                "courses": [
                    {"id": "a", "seats": 1, "reserved": [{"group": "g", "seats": 2}]}
                ]
            },
            "courses.0.reserved",
        ),
        (
            {
                "students": [
                    {"id": "s", "priority": 0},
                    {"id": "t", "priority": 0},
                ]
            },
            "students.1.priority",
        ),
    ],
)
def test_contradictions_are_named(change: dict, field: str) -> None:
    data = {"courses": [{"id": "a", "seats": 1}], "students": []} | change
    with pytest.raises(AllotmentError) as caught:
        allot(AllotRequest.model_validate(data))
    assert caught.value.field == field
