"""A third evaluator of ITC-2019, from the two XML files alone; shares nothing with us.

It works on sets of single slots of the whole term, (week, day, slot), where the scorer
compares masks and ends, so that the two can hardly be wrong in the same way.
"""

import gzip
import itertools
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from pathlib import Path


def root_of(source):
    """The tree of a file, packed or not, or of a text."""
    if isinstance(source, Path):
        data = source.read_bytes()
        source = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    return ET.fromstring(source)


def _ones(text):
    return {place for place, sign in enumerate(text) if sign == "1"}


class _Placed:
    def __init__(self, node, room):
        self.days = _ones(node.get("days"))
        self.weeks = _ones(node.get("weeks"))
        self.start = int(node.get("start"))
        self.length = int(node.get("length"))
        self.room = room
        self.dates = {(w, d) for w in self.weeks for d in self.days}
        self.slots = set(range(self.start, self.start + self.length))
        self.last = self.start + self.length - 1


def evaluate(problem, solution):
    """(Counter of broken hard rules, dict of unweighted sums, weighted total).

    ``problem`` and ``solution`` are trees of ``root_of``.
    """
    weeks, days = int(problem.get("nrWeeks")), int(problem.get("nrDays"))
    hard, sums = Counter(), Counter(time=0, room=0, distribution=0, student=0)
    classes = {c.get("id"): c for c in problem.find("courses").iter("class")}
    answers = {c.get("id"): c for c in solution.iter("class")}
    placed = {}
    for name, cls in classes.items():
        meeting = _place(cls, answers.get(name), hard, sums)
        if meeting is not None:
            placed[name] = meeting
    attend = _attending(problem)
    _rooms(problem, placed, hard)
    for rule in problem.find("distributions"):
        names = [c.get("id") for c in rule.findall("class")]
        members = [placed[n] for n in names if n in placed]
        count, divide = _count(rule.get("type"), members, weeks, days, attend)
        if rule.get("required") == "true":
            hard[rule.get("type")] += count
        else:
            cost = int(rule.get("penalty")) * count
            sums["distribution"] += cost // weeks if divide else cost
    _students(problem, classes, answers, placed, attend, hard, sums)
    weights = problem.find("optimization")
    total = sum(int(weights.get(key)) * value for key, value in sums.items())
    return +hard, dict(sums), total


def _place(cls, answer, hard, sums):
    """Where a class is, with the cost of it; None without a time."""
    room = answer.get("room") if answer is not None else None
    offered = {r.get("id"): int(r.get("penalty", 0)) for r in cls.findall("room")}
    if room in offered:
        sums["room"] += offered[room]
    elif room is not None or offered:
        hard["room"] += 1
    for time in cls.findall("time"):
        keys = ("days", "start", "weeks")
        if answer is not None and all(time.get(k) == answer.get(k) for k in keys):
            sums["time"] += int(time.get("penalty", 0))
            return _Placed(time, room)
    hard["time"] += 1
    return None


def _attending(problem):
    ways = {}
    for room in problem.find("rooms"):
        for way in room.findall("travel"):
            ways[room.get("id"), way.get("room")] = int(way.get("value"))
            ways[way.get("room"), room.get("id")] = int(way.get("value"))

    def attend(a, b):
        if not a.dates & b.dates:
            return True
        if a.slots & b.slots:
            return False
        first, second = sorted((a, b), key=lambda m: m.start)
        free = len(range(first.last + 1, second.start))
        return free >= ways.get((a.room, b.room), 0)

    return attend


def _rooms(problem, placed, hard):
    at = defaultdict(list)
    for meeting in placed.values():
        at[meeting.room].append(meeting)
    for room in problem.find("rooms"):
        inside = at[room.get("id")]
        for node in room.findall("unavailable"):
            closed = _Placed(node, None)
            hard["closed room"] += sum(_clash(m, closed) for m in inside)
        hard["room clash"] += sum(
            _clash(a, b) for a, b in itertools.combinations(inside, 2)
        )


def _clash(a, b):
    return bool(a.dates & b.dates and a.slots & b.slots)


def _count(kind, members, weeks, days, attend):
    """How often, or by how much, a rule is broken; whether weeks are averaged."""
    word, _, rest = kind.partition("(")
    numbers = [int(n) for n in rest.rstrip(")").split(",")] if rest else []
    pair = _pair(word, numbers, attend)
    if pair is not None:
        return sum(not pair(a, b) for a, b in itertools.combinations(members, 2)), False
    if word == "MaxDays":
        used = set().union(*(m.days for m in members))
        return max(0, len(used) - numbers[0]), False
    count = 0
    for date in itertools.product(range(weeks), range(days)):
        there = [m for m in members if date in m.dates]
        if word == "MaxDayLoad":
            count += max(0, sum(m.length for m in there) - numbers[0])
            continue
        groups = _groups(there, numbers[1])
        if word == "MaxBreaks":
            count += max(0, len(groups) - 1 - numbers[0])
        else:
            assert word == "MaxBlock"
            for group in groups:
                span = max(m.last for m in group) - min(m.start for m in group) + 1
                count += len(group) >= 2 and span > numbers[0]
    return count, True


def _groups(meetings, gap):
    """Connected groups: two are linked if at most ``gap`` free slots are between."""
    groups = []
    for meeting in meetings:
        linked = [
            g
            for g in groups
            if any(
                m.start <= meeting.last + 1 + gap and meeting.start <= m.last + 1 + gap
                for m in g
            )
        ]
        for group in linked:
            groups.remove(group)
        groups.append([meeting, *itertools.chain(*linked)])
    return groups


def _pair(word, numbers, attend):
    def order(m):
        return min(m.weeks), min(m.days)

    def gap(a, b):
        first, second = sorted((a, b), key=lambda m: m.start)
        if first.slots & second.slots:
            return -1
        return second.start - first.last - 1

    def rooms(a, b):
        return None if None in (a.room, b.room) else a.room == b.room

    return {
        "SameStart": lambda a, b: a.start == b.start,
        "SameTime": lambda a, b: a.slots <= b.slots or b.slots <= a.slots,
        "DifferentTime": lambda a, b: not a.slots & b.slots,
        "SameDays": lambda a, b: a.days <= b.days or b.days <= a.days,
        "DifferentDays": lambda a, b: not a.days & b.days,
        "SameWeeks": lambda a, b: a.weeks <= b.weeks or b.weeks <= a.weeks,
        "DifferentWeeks": lambda a, b: not a.weeks & b.weeks,
        "SameRoom": lambda a, b: rooms(a, b) is not False,
        "DifferentRoom": lambda a, b: rooms(a, b) is not True,
        "Overlap": _clash,
        "NotOverlap": lambda a, b: not _clash(a, b),
        "SameAttendees": attend,
        "Precedence": lambda a, b: (
            order(a) < order(b) or (order(a) == order(b) and a.last < b.start)
        ),
        "WorkDay": lambda a, b: (
            not a.dates & b.dates
            or max(a.last, b.last) - min(a.start, b.start) + 1 <= numbers[0]
        ),
        "MinGap": lambda a, b: not a.dates & b.dates or gap(a, b) >= numbers[0],
    }.get(word)


def _students(problem, classes, answers, placed, attend, hard, sums):
    taken = defaultdict(list)
    for name, answer in answers.items():
        members = [s.get("id") for s in answer.findall("student")]
        for member in members:
            taken[member].append(name)
        hard["class limit"] += max(0, len(members) - int(classes[name].get("limit")))
    bundles, owner = {}, {}
    for course in problem.find("courses"):
        bundles[course.get("id")] = [
            [[c.get("id") for c in part] for part in config]
            for config in course.findall("config")
        ]
        for cls in course.iter("class"):
            owner[cls.get("id")] = course.get("id")
    listed = problem.find("students")
    clash = {}
    for student in listed if listed is not None else ():
        mine = taken[student.get("id")]
        asked = [c.get("id") for c in student.findall("course")]
        hard["student"] += sum(owner[c] not in asked for c in mine)
        for course in asked:
            own = sorted(c for c in mine if owner[c] == course)
            hard["student"] += not any(
                _is_bundle(config, own, classes) for config in bundles[course]
            )
        for a, b in itertools.combinations(mine, 2):
            if a in placed and b in placed:
                if (a, b) not in clash:
                    clash[a, b] = not attend(placed[a], placed[b])
                sums["student"] += clash[a, b]


def _is_bundle(config, own, classes):
    picks = [[c for c in own if c in part] for part in config]
    if [len(p) for p in picks] != [1] * len(config) or len(own) != len(config):
        return False
    parents = [classes[c].get("parent") for c in own]
    return all(p is None or p in own for p in parents)
