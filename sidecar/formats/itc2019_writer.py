"""Instances of ITC-2019 written out, so that others' solvers can be tried on ours."""

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from sidecar.engine.model.patterned import (
    Distribution,
    Pattern,
    PatternedClass,
    PatternedProblem,
)

from .itc2019 import KINDS, PARAMETERS
from .itc2019_solution import bit_text

_NAMES = {kind: name for name, kind in KINDS.items()}


def write(problem: PatternedProblem) -> str:
    """The text of an instance; ``itc2019.read`` gives the same problem back."""
    return "\n".join(_lines(problem)) + "\n"


def _lines(problem: PatternedProblem) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        '<!DOCTYPE problem PUBLIC "-//ITC 2019//DTD Problem Format/EN" '
        '"http://www.itc2019.org/competition-format.dtd">'
    )
    yield (
        f'<problem name={quoteattr(problem.name)} nrDays="{problem.nr_days}" '
        f'slotsPerDay="{problem.slots_per_day}" nrWeeks="{problem.nr_weeks}">'
    )
    weights = " ".join(f'{k}="{v}"' for k, v in problem.weights._asdict().items())
    yield f"<optimization {weights}/>"
    yield "<rooms>"
    for number, room in enumerate(problem.rooms):
        yield f'<room id={quoteattr(room.id)} capacity="{room.capacity}">'
        for other, slots in room.travel.items():
            # Both ways are the same; one is written.
            if number <= other:
                name = quoteattr(problem.rooms[other].id)
                yield f'<travel room={name} value="{slots}"/>'
        for pattern in room.unavailable:
            yield f"<unavailable {_pattern(problem, pattern)}/>"
        yield "</room>"
    yield "</rooms>"
    yield "<courses>"
    for course in problem.courses:
        yield f"<course id={quoteattr(course.id)}>"
        for configuration in (problem.configurations[k] for k in course.configurations):
            yield f"<config id={quoteattr(configuration.id)}>"
            for subpart in (problem.subparts[k] for k in configuration.subparts):
                yield f"<subpart id={quoteattr(subpart.id)}>"
                for index in subpart.classes:
                    yield from _class(problem, problem.classes[index])
                yield "</subpart>"
            yield "</config>"
        yield "</course>"
    yield "</courses>"
    yield "<distributions>"
    for rule in problem.distributions:
        yield from _distribution(problem, rule)
    yield "</distributions>"
    yield "<students>"
    for student in problem.students:
        yield f"<student id={quoteattr(student.id)}>"
        for number in student.courses:
            yield f"<course id={quoteattr(problem.courses[number].id)}/>"
        yield "</student>"
    yield "</students>"
    yield "</problem>"


def _pattern(problem: PatternedProblem, pattern: Pattern) -> str:
    return (
        f'days="{bit_text(pattern.days, problem.nr_days)}" start="{pattern.start}" '
        f'length="{pattern.length}" weeks="{bit_text(pattern.weeks, problem.nr_weeks)}"'
    )


def _class(problem: PatternedProblem, cls: PatternedClass) -> Iterator[str]:
    parent = ""
    if cls.parent >= 0:
        parent = f" parent={quoteattr(problem.classes[cls.parent].id)}"
    room = "" if cls.needs_room else ' room="false"'
    yield f'<class id={quoteattr(cls.id)} limit="{cls.limit}"{parent}{room}>'
    for number, penalty in cls.rooms:
        name = quoteattr(problem.rooms[number].id)
        yield f'<room id={name} penalty="{penalty}"/>'
    for pattern, penalty in cls.times:
        yield f'<time {_pattern(problem, pattern)} penalty="{penalty}"/>'
    yield "</class>"


def _distribution(problem: PatternedProblem, rule: Distribution) -> Iterator[str]:
    given = (rule.first, rule.second)[: PARAMETERS.get(rule.kind, 0)]
    brackets = f"({','.join(map(str, given))})" if given else ""
    weight = 'required="true"' if rule.required else f'penalty="{rule.penalty}"'
    yield f'<distribution type="{_NAMES[rule.kind]}{brackets}" {weight}>'
    for index in rule.classes:
        yield f"<class id={quoteattr(problem.classes[index].id)}/>"
    yield "</distribution>"
