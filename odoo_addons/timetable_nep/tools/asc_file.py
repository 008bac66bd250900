"""Exports of aSc Timetables (XML) as a problem of the contract. Plain Python.

Format: the XML that aSc Timetables exports and imports (https://help.asctimetables.com,
"XML import"): one element a kind with rows as attributes; lists of ids have commas;
days and weeks are strings of 0 and 1. A lesson becomes a class with an event a card; a
class of pupils becomes a batch for each way of its divisions; cards that are placed
become the timetable in force.
"""

from collections import Counter, defaultdict
from itertools import combinations, islice, product
from math import ceil

from .stranger_file import FileError, clocks, xml_root

MOST_DAYS, MOST_PERIODS = 7, 31
MOST_WAYS = 64
"""Batches of one class; beyond it, each two of its divisions."""
UNLIMITED = 9_999
MOST_CARDS = 16


def read_asc(content):
    """An export of aSc Timetables.

    :param bytes content: the file
    :return: the problem, and notes: what was left out → how often
    :raises stranger_file.FileError: with the row at fault
    """
    root = xml_root(content)
    if root.tag != "timetable":
        raise FileError("not_asc", tag=str(root.tag)[:40])
    return _Asc(root).problem()


def _whole(text, default=0):
    try:
        return max(0, min(ceil(float(text)), 100_000))
    except (TypeError, ValueError, OverflowError):
        return default


class _Asc:
    def __init__(self, root):
        self.root = root
        self.notes = Counter()

    def _rows(self, kind, tag):
        """Rows of a kind as dictionaries, with the line that they are on."""
        rows = []
        for node in self.root.findall(f"{kind}/{tag}"):
            row = {key.lower(): value.strip() for key, value in node.attrib.items()}
            row["line"] = node.sourceline
            rows.append(row)
        return rows

    def _by_id(self, kind, tag):
        found = {}
        for row in self._rows(kind, tag):
            key = row.get("id")
            if not key:
                raise FileError("no_name", tag=tag, line=row["line"])
            if key in found:
                raise FileError("named_twice", tag=tag, name=key, line=row["line"])
            found[key] = row
        return found

    def _refs(self, row, field, known, tag):
        keys = [key for key in (row.get(field) or "").split(",") if key.strip()]
        for key in keys:
            if key not in known:
                raise FileError("unknown", tag=tag, name=key, line=row["line"])
        return keys

    def _codes(self, rows):
        """Id → a short code, each once."""
        codes, taken = {}, set()
        for key, row in rows.items():
            base = code = row.get("short") or row.get("name") or key
            number = 2
            while code in taken:
                code, number = f"{base} {number}", number + 1
            taken.add(code)
            codes[key] = code
        return codes

    def problem(self):
        self.subjects = self._by_id("subjects", "subject")
        self.teachers = self._by_id("teachers", "teacher")
        self.rooms = self._by_id("classrooms", "classroom")
        self.groups_of = self._by_id("groups", "group")
        self.sections = self._by_id("classes", "class")
        self.codes = {
            name: self._codes(rows)
            for name, rows in (
                ("subject", self.subjects),
                ("teacher", self.teachers),
                ("room", self.rooms),
                ("class", self.sections),
            )
        }
        buildings = self._by_id("buildings", "building")
        self._week()
        self._sizes()
        self._lessons()
        self._cards()
        return {
            "version": "2.0",
            "name": self.root.get("schoolname") or self.root.get("displayname") or "",
            "buildings": [
                {"id": key, "name": row.get("name") or key}
                for key, row in buildings.items()
            ],
            "faculty": [
                {"id": self.codes["teacher"][key], "name": self._person(row)}
                for key, row in self.teachers.items()
            ],
            "rooms": [
                {
                    "id": self.codes["room"][key],
                    "name": row.get("name") or self.codes["room"][key],
                    "capacity": _whole(row.get("capacity"), UNLIMITED) or UNLIMITED,
                    "building": (
                        self._refs(row, "buildingid", buildings, "building") or [None]
                    )[0],
                }
                for key, row in self.rooms.items()
            ],
            "timeslots": list(self.slots.values()),
            "offerings": [
                {"id": self.codes["subject"][key], "name": row.get("name") or key}
                for key, row in self.subjects.items()
                if key in self.taught
            ],
            "classes": list(self.classes.values()),
            "students": [],
            "curricula": self._curricula(),
            "relations": [],
            "pins": self.pins,
            "previous": self.previous,
        }, dict(self.notes)

    @staticmethod
    def _person(row):
        parts = [row.get("firstname"), row.get("lastname")]
        return " ".join(filter(None, parts)) or row.get("name") or row["id"]

    # ---- The week
    def _week(self):
        periods = self._rows("periods", "period")
        masks = [
            mask
            for row in self._rows("daysdefs", "daysdef")
            for mask in (row.get("days") or "").split(",")
        ]
        old = [row.get("day") for row in self._rows("days", "day")]
        count = max([len(mask) for mask in masks] or [len(old)])
        if not (0 < count <= MOST_DAYS and 0 < len(periods) <= MOST_PERIODS):
            raise FileError("odd_week", days=count, hours=len(periods))
        self.slots = {}
        for row in periods:
            number = row.get("period") or row.get("name") or ""
            if not number.isdigit() or int(number) > MOST_PERIODS:
                raise FileError("odd_period", name=number, line=row["line"])
            start = (clocks(row.get("starttime")) or [None])[0]
            end = (clocks(row.get("endtime")) or [None])[0]
            if not (start and end and start < end):
                start = end = None
            for day in range(count):
                if (day, number) in self.slots:
                    raise FileError(
                        "named_twice", tag="period", name=number, line=row["line"]
                    )
                self.slots[day, number] = {
                    "id": f"D{day + 1}P{number}",
                    "day": day,
                    "period": int(number),
                    "start": start,
                    "end": end,
                }
        self.order = [row.get("period") or row.get("name") for row in periods]

    # ---- Lessons
    def _sizes(self):
        """How many pupils a class has: as its groups or its list of pupils say."""
        self.size = Counter()
        for row in self._rows("students", "student"):
            self.size[row.get("classid")] += 1
        if self.size:
            self.notes["students"] = sum(self.size.values())
        for row in self.groups_of.values():
            count = _whole(row.get("studentcount"))
            if row.get("entireclass") == "1" and count:
                self.size[row.get("classid")] = count

    def _lessons(self):
        self.classes, self.taught, self.attending = {}, set(), {}
        self.pins, self.previous = [], []
        taken = Counter()
        for key, row in self._by_id("lessons", "lesson").items():
            subject = row.get("subjectid")
            if subject not in self.subjects:
                raise FileError(
                    "unknown", tag="subject", name=subject or "", line=row["line"]
                )
            field = "classids" if "classids" in row else "classid"
            classes = self._refs(row, field, self.sections, "class")
            field = "teacherids" if "teacherids" in row else "teacherid"
            people = self._refs(row, field, self.teachers, "teacher")
            groups = self._refs(row, "groupids", self.groups_of, "group")
            self._refs(row, "classroomids", self.rooms, "classroom")
            duration = min(_whole(row.get("periodspercard"), 1) or 1, 16)
            week = _whole(row.get("periodsperweek"), duration) or duration
            if (row.get("periodsperweek") or "0").partition(".")[2].strip("0"):
                self.notes["part_of_the_weeks"] += 1
            cards = min(ceil(week / duration), MOST_CARDS)
            names = "+".join(self.codes["class"][one] for one in classes)
            base = f"{self.codes['subject'][subject]} {names}".strip()
            taken[base] += 1
            code = base if taken[base] == 1 else f"{base} ({taken[base]})"
            self.taught.add(subject)
            self.attending[key] = (classes, groups)
            self.classes[key] = {
                "id": code,
                "offering": self.codes["subject"][subject],
                "faculty": [self.codes["teacher"][one] for one in people],
                "limit": self._limit(row, classes, groups),
                "one_event_per_day": cards <= len({day for day, _p in self.slots}),
                "events": [
                    {
                        "id": f"{code} {number}",
                        "duration": duration,
                        "room_type": None,
                        "needs_room": bool(self.rooms),
                    }
                    for number in range(1, cards + 1)
                ],
            }

    def _limit(self, row, classes, groups):
        seats = _whole(row.get("capacity"))
        parts = [self.groups_of[one] for one in groups]
        split = [one for one in parts if one.get("entireclass") != "1"]
        if not seats and split:
            seats = sum(_whole(one.get("studentcount")) for one in split)
        return seats or sum(self.size[one] for one in classes) or 1

    # ---- Cards that have a place
    def _cards(self):
        used = Counter()
        days = len({day for day, _period in self.slots})
        for row in self._rows("cards", "card"):
            [lesson] = self._refs(row, "lessonid", self.classes, "lesson") or [None]
            if lesson is None:
                raise FileError("no_name", tag="card", line=row["line"])
            mask = row.get("days") or row.get("day") or ""
            day = mask.find("1") if len(mask) == days else _whole(mask, -1)
            slot = self.slots.get((day, row.get("period")))
            if slot is None:
                self.notes["cards_without_time"] += 1
                continue
            events = self.classes[lesson]["events"]
            if used[lesson] >= len(events):
                self.notes["cards_too_many"] += 1
                continue
            event = events[used[lesson]]["id"]
            used[lesson] += 1
            rooms = self._refs(row, "classroomids", self.rooms, "classroom")
            place = {
                "event": event,
                "timeslot": slot["id"],
                "room": self.codes["room"][rooms[0]] if rooms else None,
            }
            self.previous.append(place)
            if row.get("locked") == "1":
                self.pins.append(place)

    # ---- Batches
    def _curricula(self):
        """A class of pupils is taught as a whole and in the parts of its divisions:
        whoever is in one part of each division attends one batch."""
        of_class, divisions = defaultdict(list), defaultdict(lambda: defaultdict(list))
        for lesson, (classes, groups) in self.attending.items():
            parts = [
                one for one in groups if self.groups_of[one].get("entireclass") != "1"
            ]
            mine = {self.groups_of[one].get("classid") for one in parts}
            for one in classes:
                if one not in mine:
                    of_class[one].append(lesson)
            for one in parts:
                group = self.groups_of[one]
                tag = group.get("divisiontag") or "1"
                parts_of = divisions[group.get("classid")][tag]
                parts_of.append((one, lesson))
        rows = []
        for key in self.sections:
            ways = [
                sorted({part for part, _lesson in found})
                for _tag, found in sorted(divisions[key].items())
            ]
            lessons = defaultdict(list)
            for found in divisions[key].values():
                for part, lesson in found:
                    lessons[part].append(lesson)
            for number, way in enumerate(self._ways(ways), start=1):
                chosen = [
                    *of_class[key],
                    *(one for part in way for one in lessons[part]),
                ]
                if chosen:
                    rows.append(self._batch(key, way, number, chosen))
        return rows

    @staticmethod
    def _ways(divisions):
        count = 1
        for parts in divisions:
            count *= len(parts)
        if count <= MOST_WAYS:
            return list(product(*divisions))
        pairs = (
            way
            for one, other in combinations(divisions, 2)
            for way in product(one, other)
        )
        return list(islice(pairs, MOST_WAYS * len(divisions)))

    def _batch(self, key, way, number, lessons):
        name = self.codes["class"][key]
        parts = " ".join(self.groups_of[part].get("name") or part for part in way)
        return {
            "id": name if not way else f"{name} {number}",
            "name": f"{name} {parts}".strip(),
            "classes": [self.classes[one]["id"] for one in dict.fromkeys(lessons)],
            "size": self.size[key] if not way else 0,
        }
