"""``timetable-nep solve`` and ``validate`` on instances of ITC-2019."""

import gzip
import json

import pytest

from sidecar.cli import main
from sidecar.engine.model.patterned import PatternedSolution
from sidecar.formats import itc2019, itc2019_solution

from .itc2019_evaluator import evaluate, root_of
from .itc2019_files import TOY, public


def answer(capsys):
    told = capsys.readouterr()
    return json.loads(told.out.splitlines()[-1]) if told.out else None, told.err


def solved(capsys, *arguments):
    code = main(["solve", *map(str, arguments)])
    return code, *answer(capsys)


# The kernels are compiled first, where they are new.
@pytest.mark.timeout(1200)
def test_solve_validate_and_go_on_from_a_solution(capsys, tmp_path):
    """What is written is valid by the evaluator that shares nothing with us."""
    packed = tmp_path / "toy.xml.gz"
    packed.write_bytes(gzip.compress(TOY.read_bytes()))
    out = tmp_path / "toy.sol.xml"
    common = ("--iterations", 20_000, "--threads", 1)
    code, found, told = solved(capsys, packed, *common, "-o", out)
    assert code == 0, told
    assert found["valid"]
    hard, _, total = evaluate(root_of(TOY), root_of(out.read_text()))
    assert not hard
    assert total == found["total"]
    assert f"total cost: {total}" in told
    assert main(["validate", str(packed), str(out)]) == 0
    checked, _ = answer(capsys)
    assert checked == {key: value for key, value in found.items() if key != "seconds"}
    again = tmp_path / "again.xml.gz"
    code, better, _ = solved(capsys, TOY, "--from", out, *common, "-o", again)
    assert code == 0
    assert better["total"] <= total
    assert gzip.decompress(again.read_bytes()).startswith(b"<?xml")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "again.xml.gz",
        "toy.sol.xml",
        "toy.xml.gz",
    ]


def test_validate_says_in_words_what_is_broken(capsys, tmp_path):
    problem = itc2019.read(TOY)
    bad = PatternedSolution(
        [0, -1, 0, 0, 0], [0, 1, 0, -1, 1], [(0, 1, 4), (0, 2), (3, 4)]
    )
    file = tmp_path / "bad.xml"
    file.write_text(itc2019_solution.write(problem, bad))
    assert main(["validate", str(TOY), str(file)]) == 1
    found, told = answer(capsys)
    assert not found["valid"]
    assert found["hard"] == {
        "time": 1,
        "room": 1,
        "closed room": 1,
        "room clash": 1,
    } | {"student": 2}
    for sentence in (
        "Class T1 has no time.",
        "Class T2 may not be in room A.",
        "Class L is in room A while it is not available.",
        "Classes L and T2 are in room A at once.",
        "Student s2 does not have one class of each part of course music, with their "
        "parents.",
        "Student s3 is in class M1 of a course that is not asked for.",
        "The solution is not valid: 6 hard rules are broken.",
    ):
        assert sentence in told


def test_validate_of_an_instance_tells_its_size(capsys):
    assert main(["validate", str(TOY)]) == 0
    found, _ = answer(capsys)
    assert found["figures"]["classes"] == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--variants"], "--variants is for problems of our own format"),
        (["--repair"], "--repair is for"),
        (["-o", "toy.json"], "not to toy.json"),
        (["--from", "nowhere.xml"], "Cannot read nowhere.xml"),
        (["--from", str(TOY)], "<problem> is not expected as the whole file"),
    ],
)
def test_what_does_not_go_with_an_instance_is_refused(arguments, message, capsys):
    code, found, told = solved(capsys, TOY, "--time-limit", 1, *arguments)
    assert code == 2
    assert found is None
    assert message in told


@pytest.mark.parametrize("command", ["solve", "validate"])
def test_a_bad_file_is_refused_with_its_name_and_line(command, capsys, tmp_path):
    file = tmp_path / "bad.xml"
    file.write_text(TOY.read_text().replace('days="1010100"', 'days="10"'))
    assert main([command, str(file)]) == 2
    _, told = answer(capsys)
    assert told.startswith(f'{file}: Line 20: <time> has days="10"')
    assert "Traceback" not in told


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", ["lums-sum17", "wbg-fal10"])
def test_public_instances_are_solved_and_valid(name, capsys, tmp_path):
    file, out = public(name), tmp_path / "solution.xml"
    code, found, told = solved(capsys, file, "--time-limit", 20, "-o", out)
    assert code == 0, told
    hard, _, total = evaluate(root_of(file), root_of(out.read_text()))
    assert not hard
    assert total == found["total"]
