"""ITC-2019 files in and out, and what is said of bad ones."""

import gzip
import re
import tracemalloc

import pytest

from sidecar.engine.model.patterned import Kind, Pattern, PatternedSolution
from sidecar.formats import itc2019, itc2019_solution
from sidecar.formats.errors import FormatError

from .itc2019_files import TOY, public

TEXT = TOY.read_text()


def written(tmp_path, text, name="bad.xml"):
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_toy_is_read_as_it_stands():
    problem = itc2019.read(TOY)
    assert (problem.nr_days, problem.nr_weeks, problem.slots_per_day) == (7, 4, 288)
    assert problem.weights == (2, 3, 5, 7)
    assert problem.rooms[0].travel == {1: 6}
    assert problem.rooms[1].travel == {0: 6}
    assert problem.rooms[0].unavailable == (Pattern(0b0010000, 96, 24, 0b1111),)
    lecture, tutorial = problem.classes[:2]
    assert lecture.times[0].pattern == Pattern(0b0010101, 96, 12, 0b1111)
    assert lecture.rooms[1] == (1, 4)
    assert (tutorial.parent, tutorial.subpart) == (0, 1)
    assert tutorial.times[0].pattern.weeks == 0b0101
    assert not problem.classes[3].needs_room
    assert list(problem.bundles(0)) == [(0, 1), (0, 2), (3,)]
    assert problem.distributions[0].required
    rule = problem.distributions[4]
    assert (rule.kind, rule.first, rule.second) == (Kind.MAX_BLOCK, 20, 2)
    assert (rule.penalty, rule.classes) == (8, (0, 1, 4))
    assert problem.students[2].courses == (0,)


def test_packed_and_with_the_mark_of_utf_8_it_is_the_same(tmp_path):
    packed = gzip.compress(b"\xef\xbb\xbf" + TEXT.encode())
    assert itc2019.read(written(tmp_path, packed, "toy.xml.gz")) == itc2019.read(TOY)


def test_each_kind_of_the_rules_is_known(tmp_path):
    for name, kind in itc2019.KINDS.items():
        count = itc2019.PARAMETERS.get(kind, 0)
        given = f"({','.join('7' * count)})" if count else ""
        text = TEXT.replace('"Precedence"', f'"{name}{given}"')
        rule = itc2019.read(written(tmp_path, text)).distributions[1]
        assert (rule.kind, rule.first, rule.second) == (
            kind,
            7 * (count > 0),
            7 * (count > 1),
        )


LAUGHS = (
    '<!DOCTYPE problem [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
DOCTYPE = TEXT.splitlines()[1]
BAD = {
    "entities": (DOCTYPE, LAUGHS, "entity"),
    "outside entity": (
        DOCTYPE,
        '<!DOCTYPE problem [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        "entity",
    ),
    "use of an unknown entity": ('capacity="50"', 'capacity="&a;"', "'capacity'"),
    "cut short": ("</problem>", "", "cut short"),
    "tags crossed": ("</rooms>", "</courses>", "well-formed"),
    "another root": ('<problem name="toy"', '<plan name="toy"', "as the whole file"),
    "unknown element": ("<rooms>", "<rooms><roof/>", "<roof> is not expected"),
    "element elsewhere": (
        "</students>",
        '<class id="L"/></students>',
        "inside <students>",
    ),
    "unknown encoding": ('encoding="UTF-8"', 'encoding="klingon"', "encoding"),
    "no weeks": (' nrWeeks="4"', "", "nrWeeks"),
    "days of Mars": ('nrDays="7"', 'nrDays="8"', "from 1 to 7"),
    "no number": ('nrDays="7"', 'nrDays="seven"', "whole number"),
    "no weights": (TEXT[TEXT.index("  <opt") : TEXT.index("  <rooms>")], "", "weights"),
    "no id": ('<room id="A"', "<room", "lacks the attribute 'id'"),
    "no capacity": (' capacity="50"', "", "'capacity'"),
    "room twice": ('<room id="C" c', '<room id="B" c', 'id "B"'),
    "class twice": ('<class id="T2" limit', '<class id="T1" limit', 'id "T1"'),
    "student twice": ('<student id="s2"', '<student id="s1"', 'id "s1"'),
    "travel to nowhere": ('<travel room="B"', '<travel room="Z"', 'room "Z"'),
    "two lengths of one way": (
        '<room id="B" capacity="20"/>',
        '<room id="B" capacity="20"><travel room="A" value="5"/></room>',
        "both ways",
    ),
    "unknown room": ('<room id="A" penalty="0"', '<room id="Z" penalty="0"', '"Z"'),
    "room offered twice": ('<room id="B" penalty="4"', '<room id="A"', "twice"),
    "short days": ('days="1010100"', 'days="101010"', "7 signs"),
    "wrong signs": ('days="1010100"', 'days="10101O0"', "each 0 or 1"),
    "long weeks": ('weeks="1010"', 'weeks="10100"', "4 signs"),
    "never": ('weeks="1010"', 'weeks="0000"', "never"),
    "after midnight": ('start="120" length="12"', 'start="280" length="12"', "292"),
    "negative start": ('start="120"', 'start="-1"', "from 0 to 287"),
    "no length": ('length="36"', 'length="0"', "from 1"),
    "huge penalty": ('penalty="4"', 'penalty="99999999999999999999"', "1,000,000"),
    "unknown parent": ('"T2" limit="2" parent="L"', '"T2" limit="2" parent="Z"', '"Z"'),
    "parent of its own subpart": (
        '"T2" limit="2" parent="L"',
        '"T2" limit="2" parent="T1"',
        "another subpart",
    ),
    "parent of another course": (
        '"T2" limit="2" parent="L"',
        '"T2" limit="2" parent="M1"',
        "its configuration",
    ),
    "circle of parents": (
        '<class id="L" limit="40"',
        '<class id="L" limit="40" parent="T2"',
        "circle",
    ),
    "no room": ('<room id="A"/>\n            <room id="B"/>', "", 'room="false"'),
    "needless room": ('"M1" limit="10"', '"M1" limit="10" room="false"', "remove one"),
    "odd truth": ('"M1" limit="10"', '"M1" limit="10" room="maybe"', "true"),
    "no time": (
        '<time days="0000010" start="96" length="36" weeks="1111"/>',
        "",
        "lists no time",
    ),
    "empty course": ("</courses>", '<course id="x"/></courses>', "<config>"),
    "unknown kind": ('type="Precedence"', 'type="Harmony"', "known are"),
    "kind without numbers": ("MaxBlock(20,2)", "MaxBlock(20)", "takes 2"),
    "kind with numbers": ("Precedence", "Precedence(3)", "takes 0"),
    "neither hard nor soft": (
        'type="Precedence" penalty="3"',
        'type="Precedence"',
        "penalty",
    ),
    "rule of an unknown class": ('<class id="O"/>', '<class id="P"/>', '"P"'),
    "rule with a class twice": ('<class id="O"/>', '<class id="L"/>', "twice"),
    "unknown course": ('<course id="music"/>', '<course id="art"/>', '"art"'),
    "course twice": ('<course id="music"/>', '<course id="physics"/>', "twice"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_instance_is_refused_with_place_and_remedy(name, tmp_path):
    old, new, message = BAD[name]
    assert old in TEXT
    with pytest.raises(FormatError, match=re.escape(message)) as caught:
        itc2019.read(written(tmp_path, TEXT.replace(old, new, 1)))
    assert caught.value.line > 0
    assert str(caught.value).startswith("Line ")


def test_fault_stands_on_the_line_that_it_names(tmp_path):
    text = TEXT.replace('days="0001000"', 'days="0001"')
    with pytest.raises(FormatError) as caught:
        itc2019.read(written(tmp_path, text))
    assert 'days="0001"' in text.splitlines()[caught.value.line - 1]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "well-formed"),
        (b"\x00\x01\x02", "well-formed"),
        (TEXT.encode("utf-16"), "encoding"),
        (gzip.compress(TEXT.encode())[:-40], "gzip file is cut short"),
        (b"\x1f\x8b" + b"not at all", "gzip file is damaged"),
        (gzip.compress(b"caf\xe9"), "well-formed"),
    ],
)
def test_files_that_are_none(body, message, tmp_path):
    with pytest.raises(FormatError, match=message):
        itc2019.read(written(tmp_path, body, "x.xml.gz"))


HEAD = TEXT[: TEXT.index("<courses>")]


@pytest.mark.parametrize(
    ("begin", "piece", "message"),
    [
        (b"", b" " * 2**20, "64 MB"),
        (b"", b'<room id="1" capacity="1">' * 2**15, "inside <room>"),
        (b"<!--", b"9" * 2**20, "MB begins"),
        (b'<room id="', b"9" * 2**20, "MB begins"),
    ],
    ids=["blanks", "depth", "comment", "attribute"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_hundred_megabytes_cost_a_refusal_and_little_memory(
    begin, piece, message, packed, tmp_path
):
    file = tmp_path / "large.xml.gz"
    with gzip.open(file, "wb", 1) if packed else file.open("wb") as out:
        out.write(HEAD[: HEAD.index("<room ")].encode())
        out.write(begin)
        for _ in range(110):
            out.write(piece)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match=message):
            itc2019.read(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * 2**20


def test_more_things_than_any_university_has_are_refused(tmp_path):
    rooms = "".join(f'<room id="{k}" capacity="1"/>' for k in range(200_001))
    text = HEAD[: HEAD.index("<room ")] + rooms
    with pytest.raises(FormatError, match="more than 200,000 rooms"):
        itc2019.read(written(tmp_path, text))


# Solutions --------------------------------------------------------------------


def toy_solution():
    return PatternedSolution(
        [0, 0, 0, 0, 1], [0, 1, 1, -1, 2], [(0, 1, 4), (0, 2, 4), (3,)]
    )


def test_solution_comes_back_as_it_was(tmp_path):
    problem = itc2019.read(TOY)
    text = itc2019_solution.write(problem, toy_solution(), runtime=1.5, cores=2)
    assert '<class id="T1" days="0100000" start="110" weeks="1010" room="B">' in text
    assert itc2019_solution.read(problem, written(tmp_path, text)) == toy_solution()


def test_what_a_solution_leaves_out_stays_open(tmp_path):
    problem = itc2019.read(TOY)
    partial = PatternedSolution(
        [-1, 0, -1, -1, -1], [-1, -1, 0, -1, -1], [(), (1,), ()]
    )
    text = itc2019_solution.write(problem, partial)
    assert itc2019_solution.read(problem, written(tmp_path, text)) == partial


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name="toy"', 'name="other"', 'of the instance "other"'),
        ('<class id="T1"', '<class id="T9"', '"T9"'),
        ('<class id="T1"', '<class id="L"', "a second time"),
        ('start="110"', 'start="111"', "does not offer"),
        ('days="0100000"', 'days="01"', "7 signs"),
        ('room="B"', 'room="Z"', '"Z"'),
        ('<student id="s1"', '<student id="s7"', '"s7"'),
        ('<student id="s1"', '<student id="s2"', "listed twice"),
        ("<solution", "<answer", "as the whole file"),
        ("</solution>", "", "cut short"),
    ],
)
def test_bad_solution_is_refused(old, new, message, tmp_path):
    problem = itc2019.read(TOY)
    text = itc2019_solution.write(problem, toy_solution())
    assert old in text
    with pytest.raises(FormatError, match=re.escape(message)):
        itc2019_solution.read(problem, written(tmp_path, text.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("wbg-fal10", (150, 7, 82, 19)),
        ("muni-fsps-spr17", (561, 44, 400, 865)),
        ("tg-fal17", (711, 23, 503, 0)),
    ],
)
def test_public_instances_are_read_whole(name, figures):
    problem = itc2019.read(public(name))
    assert problem.name == name
    assert figures == (
        len(problem.classes),
        len(problem.rooms),
        len(problem.distributions),
        len(problem.students),
    )
