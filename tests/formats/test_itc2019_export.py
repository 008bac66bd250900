"""Problems of the contract written as instances of ITC-2019."""

import json
from collections import defaultdict

import pytest

from sidecar.cli import main
from sidecar.contract import JobOptions, Relation, VariantRequest
from sidecar.contract.problem import JointClass, RoomPreference, TimeOption
from sidecar.engine.model.patterned import Kind, PatternedSolution
from sidecar.engine.progress import NullSink, RunControl
from sidecar.formats import itc2019, itc2019_writer
from sidecar.formats.errors import FormatError
from sidecar.formats.itc2019_export import STUDENT_WEIGHT, export
from sidecar.scoring import score_timetable
from sidecar.scoring.patterned import score_patterned
from sidecar.solving.solve_request import solve_request
from sidecar.synthesis import PRESETS, generate
from sidecar.synthesis.tiny import tiny_problem


@pytest.fixture(scope="module")
def solved():
    """Problem, what it is there, and a timetable that breaks nothing."""
    problem = tiny_problem()
    options = JobOptions(
        iteration_budget=200_000, variants=[VariantRequest(key="A", profile="balanced")]
    )
    result = solve_request(
        problem, options, digest="", sink=NullSink(), control=RunControl()
    )
    best = result.variants[0]
    assert best.score.hard == 0
    return problem, export(problem), best


def there(problem, exported, variant):
    """A timetable of ours in the terms of the other format."""
    classes = exported.problem.classes
    place = {item.event: item for item in variant.assignments}
    rooms = {room.id: k for k, room in enumerate(exported.problem.rooms)}
    events = defaultdict(list)
    for cls in problem.classes:
        events[cls.id] = [event.id for event in cls.events]
    index = {cls.id: k for k, cls in enumerate(classes)}
    asked = {student.id: set(student.offerings) for student in problem.students}
    offering = {cls.id: cls.offering for cls in problem.classes}
    return PatternedSolution(
        [
            [slot for slot, _ in exported.starts[k]].index(place[cls.id].timeslot)
            for k, cls in enumerate(classes)
        ],
        [rooms.get(place[cls.id].room, -1) for cls in classes],
        [
            tuple(
                index[event]
                for name in variant.sectioning[student.id]
                if offering[name]
                in {
                    exported.problem.courses[k].id
                    for k in exported.problem.students[number].courses
                }
                and offering[name] in asked[student.id]
                for event in events[name]
            )
            for number, student in enumerate(problem.students)
        ],
    )


def test_a_timetable_that_breaks_nothing_here_breaks_nothing_there(solved):
    problem, exported, best = solved
    solution = there(problem, exported, best)
    score = score_patterned(exported.problem, solution)
    assert score.violations == []
    assert score.student == 0


def test_it_comes_back_as_the_same_timetable(solved):
    problem, exported, best = solved
    back = exported.assignments(there(problem, exported, best))
    again = score_timetable(problem, back, best.sectioning)
    assert again.score.hard == 0
    keys = ("event", "timeslot", "room")
    assert {tuple(getattr(a, k) for k in keys) for a in back} == {
        tuple(getattr(a, k) for k in keys) for a in best.assignments
    }


def test_what_is_forbidden_here_is_forbidden_there_or_dear(solved):
    """Events moved at random: whenever ours says a hard rule of places is broken, the
    other scorer does, or counts clashes of students."""
    problem, exported, best = solved
    import random

    rng = random.Random(1)
    broken = 0
    for _ in range(300):
        solution = there(problem, exported, best)
        for _ in range(rng.randint(1, 2)):
            k = rng.randrange(len(solution.time))
            solution.time[k] = rng.randrange(len(exported.problem.classes[k].times))
        here = score_timetable(problem, exported.assignments(solution), best.sectioning)
        score = score_patterned(exported.problem, solution)
        bad = {row.constraint for row in here.breakdown if row.hard and row.violations}
        if not bad - {"student_conflict"}:
            assert score.valid, (bad, score.violations)
        else:
            assert not score.valid, bad
            broken += 1
        if "student_conflict" in bad:
            assert not score.valid or score.student > 0
    assert broken > 50
    assert exported.problem.weights.student == STUDENT_WEIGHT


def test_a_university_goes_through_the_file_as_it_is(tmp_path, capsys):
    source, out = tmp_path / "campus.json", tmp_path / "campus.xml"
    problem = generate(PRESETS["campus"], 1)
    source.write_text(problem.model_dump_json(exclude_none=True))
    assert main(["export", str(source), "-o", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["classes"] == sum(len(cls.events) for cls in problem.classes)
    assert any("gaps" in note for note in told["notes"])
    assert itc2019.read(out) == export(problem).problem
    assert itc2019_writer.write(itc2019.read(out)) == out.read_text()


def changed(**values):
    return tiny_problem().model_copy(update=values)


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (
            changed(joint_classes=[JointClass(id="j", classes=["c1a", "c1b"])]),
            "classes taught as one",
        ),
        (changed(hard_rules=["student_lunch"]), "student_lunch"),
        (
            changed(
                relations=[Relation(id="o", type="precedence", classes=["c1a", "c3a"])]
            ),
            "an order of classes",
        ),
        (
            changed(
                relations=[
                    Relation(id="b", type="back_to_back", events=["c1a-1", "c1a-2"])
                ]
            ),
            "back_to_back",
        ),
    ],
)
def test_what_cannot_be_said_there_is_refused(problem, message):
    with pytest.raises(FormatError, match=message):
        export(problem)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rooms_needed": 2}, "several rooms"),
        ({"room_preferences": [RoomPreference(level="avoid", room="r1")]}, "wishes"),
        ({"times": [TimeOption(pattern="mwf")]}, "patterns of several days"),
        ({"timeslots": []}, "no time"),
        ({"room_type": "aquarium"}, "no room suits"),
    ],
)
def test_events_that_cannot_be_said_there_are_refused(values, message):
    problem = tiny_problem()
    cls = problem.classes[0]
    events = [cls.events[0].model_copy(update=values), *cls.events[1:]]
    classes = [cls.model_copy(update={"events": events}), *problem.classes[1:]]
    with pytest.raises(FormatError, match=message):
        export(problem.model_copy(update={"classes": classes}))


def test_a_relation_of_classes_is_one_of_their_events():
    relation = Relation(id="n", type="not_overlap", classes=["c1a", "c3a"])
    count = {cls.id: len(cls.events) for cls in tiny_problem().classes}
    found = [
        [rule.kind for rule in export(changed(relations=some)).problem.distributions]
        for some in ([relation], [])
    ]
    more = found[0].count(Kind.NOT_OVERLAP) - found[1].count(Kind.NOT_OVERLAP)
    assert more == count["c1a"] * count["c3a"] > 1
