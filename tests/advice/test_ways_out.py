"""What is unplaced or broken after solving comes with ways out."""

from sidecar.advice.ways_out import explain
from sidecar.contract import Assignment, Problem, Variant
from sidecar.scoring import score_timetable
from tests.diagnosis.universities import cls, university


def variant(
    problem: Problem, *places: tuple[str, str, str | None], **sections: list[str]
) -> Variant:
    """A scored timetable with ways out."""
    placed = [Assignment(event=e, timeslot=t, room=r) for e, t, r in places]
    scored = score_timetable(problem, placed, sections)
    answer = Variant(
        key="A",
        profile="balanced",
        placed=scored.placed,
        total=scored.total,
        score=scored.score,
        breakdown=scored.breakdown,
        assignments=placed,
        unplaced=scored.unplaced,
        sectioning=sections,
        violations=scored.violations,
    )
    return explain(problem, answer)


def test_nothing_to_explain() -> None:
    problem = university(classes=[cls("a")])
    assert variant(problem, ("a-1", "t00", "r1")).violations == []


def test_unplaced_event_gets_three_places() -> None:
    problem = university(classes=[cls("a"), cls("b")])
    (violation,) = variant(problem, ("a-1", "t00", "r1")).violations
    assert violation.constraint == "unplaced"
    assert violation.sentence == (
        "[event:b-1] of [class:b] has no timeslot. Of the 12 timeslots open to it: "
        "12 free."
    )
    assert len(violation.suggestions) == 3
    assert all(s.startswith("Place [event:b-1] at") for s in violation.suggestions)


def test_event_without_any_place_gets_a_way_to_make_one() -> None:
    problem = university(
        classes=[cls("a", limit=99)],
    )
    (violation,) = variant(problem).violations
    assert violation.sentence.endswith(
        "No room has the type, the features and the seats it needs."
    )
    assert violation.suggestions == [
        "Open more timeslots for [class:a], or add a suitable room."
    ]


def test_causes_are_counted() -> None:
    """Three timeslots: the faculty, another event of the day, and no room."""
    problem = university(
        rooms=[{"id": "r1", "capacity": 30}],
        classes=[
            cls("a", 2, faculty=["f1"], event={"timeslots": ["t00", "t10", "t20"]}),
            cls("b", faculty=["f1"]),
            cls("c"),
        ],
    )
    (violation,) = variant(
        problem, ("a-1", "t00", "r1"), ("b-1", "t10", "r1"), ("c-1", "t20", "r1")
    ).violations
    assert violation.events == ["a-2"]
    assert violation.sentence.endswith(
        "Of the 3 timeslots open to it: "
        "1 on a day or at a time of another event of [class:a]; "
        "1 while [faculty:f1] teaches; 1 without a free room that suits."
    )
    assert "and move [event:" in violation.suggestions[0]


def test_clash_of_a_faculty_member_is_mended_by_a_move() -> None:
    problem = university(
        classes=[
            cls("a", faculty=["f1"], event={"timeslots": ["t00"]}),
            cls("b", faculty=["f1"]),
        ]
    )
    (violation,) = variant(
        problem, ("a-1", "t00", "r1"), ("b-1", "t00", "r2")
    ).violations
    assert violation.constraint == "faculty_conflict"
    assert all(s.startswith("Move [event:b-1] to") for s in violation.suggestions)
    assert "mends 1 broken rule" in violation.suggestions[0]


def test_student_may_change_to_a_parallel_class() -> None:
    problem = university(
        classes=[
            cls("a", event={"timeslots": ["t00"]}),
            {**cls("b", event={"timeslots": ["t10"]}), "offering": "o-a"},
            cls("c", event={"timeslots": ["t00"]}),
        ],
        students=[{"id": "s1", "offerings": ["o-a", "o-c"]}],
    )
    (violation,) = variant(
        problem,
        ("a-1", "t00", "r1"),
        ("b-1", "t10", "r1"),
        ("c-1", "t00", "r2"),
        s1=["a", "c"],
    ).violations
    assert violation.suggestions == [
        "Let [student:s1] attend [class:b] instead of [class:a].",
        "Drop a course of [student:s1].",
    ]


def test_pinned_clash_offers_to_unpin() -> None:
    problem = university(
        classes=[cls("a", faculty=["f1"]), cls("b", faculty=["f1"])],
        pins=[{"event": e, "timeslot": "t00"} for e in ("a-1", "b-1")],
    )
    (violation,) = variant(
        problem, ("a-1", "t00", "r1"), ("b-1", "t00", "r2")
    ).violations
    assert violation.suggestions == [
        "Unpin [event:a-1].",
        "Unpin [event:b-1].",
        "Give an event of [faculty:f1] to somebody else.",
    ]


def test_time_is_bounded_and_the_rest_is_kept() -> None:
    problem = university(classes=[cls(f"c{k}") for k in range(30)])
    answer = variant(problem)
    assert len(answer.violations) == 30
    told = [bool(violation.suggestions) for violation in answer.violations]
    assert told == [True] * 20 + [False] * 10
    silent = explain(problem, answer.model_copy(), seconds=-1)
    assert [v.sentence for v in silent.violations] == [
        v.sentence for v in answer.violations
    ]
