"""Official solutions of ITC-2019: one ``<class>`` each, with its ``<student>``s."""

from io import StringIO
from pathlib import Path
from xml.sax.saxutils import quoteattr

from sidecar.engine.model.patterned import (
    PatternedProblem,
    PatternedSolution,
)

from .bounded_xml import Tag, parse


def bit_text(mask: int, count: int) -> str:
    """A mask as the format writes it: the first day or week at the left."""
    return "".join("1" if mask >> bit & 1 else "0" for bit in range(count))


def write(
    problem: PatternedProblem,
    solution: PatternedSolution,
    *,
    runtime: float = 0,
    cores: int = 1,
    seed: int | None = None,
) -> str:
    """The text of a solution file; ``runtime`` in seconds.

    Classes without a time are written without one, so that nothing is made up.
    """
    attending: list[list[int]] = [[] for _ in problem.classes]
    for student, classes in enumerate(solution.attends):
        for index in classes:
            attending[index].append(student)
    out = StringIO()
    technique = "annealing over time patterns" + (f", seed {seed}" if seed else "")
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(
        '<!DOCTYPE solution PUBLIC "-//ITC 2019//DTD Problem Format/EN" '
        '"http://www.itc2019.org/competition-format.dtd">\n'
    )
    out.write(
        f"<solution name={quoteattr(problem.name)} "
        f'runtime="{runtime:.1f}" cores="{cores}" technique={quoteattr(technique)} '
        'author="timetable_nep" institution="timetable_nep" country="India">\n'
    )
    for index, cls in enumerate(problem.classes):
        out.write(f"  <class id={quoteattr(cls.id)}")
        if solution.time[index] >= 0:
            pattern = cls.times[solution.time[index]].pattern
            out.write(
                f' days="{bit_text(pattern.days, problem.nr_days)}" '
                f'start="{pattern.start}" '
                f'weeks="{bit_text(pattern.weeks, problem.nr_weeks)}"'
            )
        if solution.room[index] >= 0:
            out.write(f" room={quoteattr(problem.rooms[solution.room[index]].id)}")
        if not attending[index]:
            out.write("/>\n")
            continue
        out.write(">\n")
        for student in attending[index]:
            name = quoteattr(problem.students[student].id)
            out.write(f"    <student id={name}/>\n")
        out.write("  </class>\n")
    out.write("</solution>\n")
    return out.getvalue()


def read(problem: PatternedProblem, file: Path) -> PatternedSolution:
    """Read a solution of ``problem``; what it leaves out has no time, room or class.

    Raises
    ------
    FormatError
        Naming the line: malformed XML, unknown or repeated ids, a time that the class
        does not offer. (That a room or a student does not belong there is told by the
        scorer.)
    OSError
        If the file cannot be opened.
    """
    reader = _SolutionReader(problem)
    parse(
        file,
        {
            ("solution",): reader.read_head,
            ("solution", "class"): reader.read_class,
            ("solution", "class", "student"): reader.read_student,
        },
    )
    return reader.solution


class _SolutionReader:
    def __init__(self, problem: PatternedProblem) -> None:
        self.problem = problem
        self.classes = {cls.id: k for k, cls in enumerate(problem.classes)}
        self.rooms = {room.id: k for k, room in enumerate(problem.rooms)}
        self.students = {student.id: k for k, student in enumerate(problem.students)}
        count = len(problem.classes)
        self.attends: list[dict[int, None]] = [{} for _ in problem.students]
        self.time, self.room = [-1] * count, [-1] * count
        self.seen: set[int] = set()
        self.current = -1

    @property
    def solution(self) -> PatternedSolution:
        return PatternedSolution(
            self.time, self.room, [tuple(classes) for classes in self.attends]
        )

    def read_head(self, tag: Tag) -> None:
        name = tag.text("name", self.problem.name)
        if name != self.problem.name:
            raise tag.fault(
                f'is of the instance "{name}", not of "{self.problem.name}"; give the '
                "problem that it belongs to"
            )

    def read_class(self, tag: Tag) -> None:
        self.current = index = _known(tag, "id", self.classes, "class")
        if index in self.seen:
            raise tag.fault(f'has the class "{tag.text("id")}" a second time; keep one')
        self.seen.add(index)
        if "days" in tag.attributes or "start" in tag.attributes:
            self.time[index] = self.option(tag, index)
        if tag.text("room", ""):
            self.room[index] = _known(tag, "room", self.rooms, "room")

    def option(self, tag: Tag, index: int) -> int:
        days = tag.bits("days", self.problem.nr_days)
        start = tag.number("start", 0, self.problem.slots_per_day - 1)
        every = (1 << self.problem.nr_weeks) - 1
        weeks = tag.bits("weeks", self.problem.nr_weeks, every)
        for number, (pattern, _) in enumerate(self.problem.classes[index].times):
            if (pattern.days, pattern.start, pattern.weeks) == (days, start, weeks):
                return number
        raise tag.fault(
            f'gives the class "{tag.text("id")}" a time that the problem does not '
            "offer it; take days, start and weeks from one of its <time>s"
        )

    def read_student(self, tag: Tag) -> None:
        student = _known(tag, "id", self.students, "student")
        classes = self.attends[student]
        if self.current in classes:
            raise tag.fault(f'"{tag.text("id")}" is listed twice; keep one')
        classes[self.current] = None


def _known(tag: Tag, key: str, index: dict[str, int], what: str) -> int:
    name = tag.text(key)
    if name not in index:
        raise tag.fault(f'names the {what} "{name}", which the problem does not have')
    return index[name]
