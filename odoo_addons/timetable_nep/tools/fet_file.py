"""Files of FET (``.fet``) as a problem of the contract. Plain Python.

Format: XML as FET 5 and 6 write it (https://lalescu.ro/liviu/fet/): days, hours,
subjects, teachers, years with groups and subgroups, activities, rooms, and constraints
of time and space. Activities that were split of one become one class; a set of students
becomes a batch; what has no counterpart is counted in the notes.
"""

from collections import Counter, defaultdict

from .stranger_file import FileError, clocks, weekday_of, xml_root

RELATIONS = {
    "ConstraintActivitiesSameStartingTime": "same_start",
    "ConstraintActivitiesSameStartingDay": "same_days",
    "ConstraintActivitiesNotOverlapping": "not_overlap",
    "ConstraintTwoActivitiesConsecutive": "back_to_back",
    "ConstraintTwoActivitiesOrdered": "precedence",
    "ConstraintTwoActivitiesOrderedIfSameDay": None,
}
ALWAYS = {"ConstraintBasicCompulsoryTime", "ConstraintBasicCompulsorySpace"}
MOST_DAYS, MOST_HOURS = 7, 31
MOST_SHARES = 2_000_000


def read_fet(content):
    """A FET file.

    :param bytes content: the file
    :return: the problem, and notes: what was left out → how often
    :raises stranger_file.FileError: with the element at fault
    """
    root = xml_root(content)
    if root.tag != "fet":
        raise FileError("not_fet", tag=str(root.tag)[:40])
    return _Fet(root).problem()


def _text(node, *paths):
    """The first text there is of these children."""
    for path in paths:
        found = (node.findtext(path) or "").strip()
        if found:
            return found
    return ""


def _number(text, default=0):
    try:
        return max(0, min(int(float(text)), 100_000))
    except (ValueError, OverflowError):
        return default


class _Fet:
    def __init__(self, root):
        self.root = root
        self.notes = Counter()
        self.shares = 0
        """Smallest sets of students times the activities that they attend."""

    def _list(self, name, tag):
        return self.root.findall(f"{name}/{tag}")

    def _named(self, name, tag):
        rows = {}
        for node in self._list(name, tag):
            key = _text(node, "Name")
            if not key:
                raise FileError("no_name", tag=tag, line=node.sourceline)
            if key in rows:
                raise FileError("named_twice", tag=tag, name=key, line=node.sourceline)
            rows[key] = node
        return rows

    def problem(self):
        self._week()
        subjects = self._named("Subjects_List", "Subject")
        teachers = self._named("Teachers_List", "Teacher")
        self.faculty = {
            key: {"id": key, "name": _text(node, "Long_Name") or key}
            for key, node in teachers.items()
        }
        self._rooms()
        self._students()
        self._activities(subjects, teachers)
        self._constraints()
        self._without_breaks()
        return {
            "version": "2.0",
            "name": _text(self.root, "Institution_Name"),
            "buildings": [
                {"id": key, "name": _text(node, "Long_Name") or key}
                for key, node in self.buildings.items()
            ],
            "faculty": list(self.faculty.values()),
            "rooms": list(self.rooms.values()),
            "timeslots": [
                slot for key, slot in self.slots.items() if key not in self.breaks
            ],
            "offerings": [
                {"id": key, "name": _text(node, "Long_Name") or key}
                for key, node in subjects.items()
                if key in self.taught
            ],
            "classes": list(self.classes.values()),
            "students": [],
            "curricula": self._curricula(),
            "relations": self.relations,
            "pins": list(self.pins.values()),
        }, dict(self.notes)

    # ---- The week
    def _week(self):
        days = [*self._named("Days_List", "Day")]
        hours = [*self._named("Hours_List", "Hour")]
        if not (0 < len(days) <= MOST_DAYS and 0 < len(hours) <= MOST_HOURS):
            raise FileError("odd_week", days=len(days), hours=len(hours))
        numbers = [weekday_of(name) for name in days]
        if None in numbers or len(set(numbers)) != len(numbers):
            numbers = list(range(len(days)))
        times = self._times(hours)
        self.slots = {}
        for day, number in zip(days, numbers, strict=True):
            for period, hour in enumerate(hours, start=1):
                start, end = times[period - 1]
                self.slots[day, hour] = {
                    "id": f"D{number + 1}P{period}",
                    "day": number,
                    "period": period,
                    "start": start,
                    "end": end,
                }
        self.breaks = set()

    @staticmethod
    def _times(hours):
        """Start and end of each hour, where all of them tell a time in order."""
        found = [clocks(hour) for hour in hours]
        starts = [row[0] if row else None for row in found]
        if None in starts or sorted(set(starts)) != starts:
            return [(None, None)] * len(hours)
        times = []
        for number, row in enumerate(found):
            after = starts[number + 1] if number + 1 < len(starts) else None
            end = row[1] if len(row) > 1 else after
            if end is None:
                end = f"{min(int(row[0][:2]) + 1, 23):02d}:{row[0][3:]}"
            times.append((row[0], end if end > row[0] else None))
        if any(end is None for _start, end in times):
            return [(None, None)] * len(hours)
        return times

    def _slot(self, node, *ways):
        """Id of the timeslot that a node names by day and hour."""
        for day_path, hour_path in ways:
            day, hour = _text(node, day_path), _text(node, hour_path)
            if (day, hour) in self.slots:
                return self.slots[day, hour]["id"]
        raise FileError(
            "unknown_time", line=node.sourceline, name=f"{day} {hour}".strip()
        )

    # ---- Rooms and students
    def _rooms(self):
        self.buildings = self._named("Buildings_List", "Building")
        self.rooms = {}
        for key, node in self._named("Rooms_List", "Room").items():
            if _text(node, "Virtual") == "true":
                self.notes["virtual_rooms"] += 1
                continue
            building = _text(node, "Building")
            if building and building not in self.buildings:
                raise FileError(
                    "unknown", tag="Building", name=building, line=node.sourceline
                )
            self.rooms[key] = {
                "id": key,
                "name": _text(node, "Long_Name") or key,
                "building": building or None,
                "capacity": _number(_text(node, "Capacity"), 0),
                "unavailable": [],
            }

    def _students(self):
        """Each set of students, with the smallest sets that it is made of."""
        self.sizes = {}
        self.leaves = defaultdict(set)
        for year in self._list("Students_List", "Year"):
            self._set_of(year, ())

    def _set_of(self, node, above):
        name = _text(node, "Name")
        if not name:
            raise FileError("no_name", tag=node.tag, line=node.sourceline)
        if name in above:
            raise FileError("cycle", name=name, line=node.sourceline)
        self.sizes[name] = _number(_text(node, "Number_of_Students"))
        below = [*node.findall("Group"), *node.findall("Subgroup")]
        line = (*above, name)
        for child in below:
            self._set_of(child, line)
        if not below:
            for one in line:
                self.leaves[one].add(name)

    # ---- Activities
    def _activities(self, subjects, teachers):
        self.classes, self.events, self.of_event = {}, {}, {}
        self.sets, self.taught = defaultdict(set), set()
        for node in self._list("Activities_List", "Activity"):
            if _text(node, "Active") == "false":
                self.notes["inactive"] += 1
                continue
            number = _text(node, "Id")
            if not number or number in self.events:
                raise FileError("activity_id", id=number, line=node.sourceline)
            subject = _text(node, "Subject")
            people = [(t.text or "").strip() for t in node.findall("Teacher")]
            attending = [(s.text or "").strip() for s in node.findall("Students")]
            for tag, names, known in (
                ("Subject", [subject], subjects),
                ("Teacher", people, teachers),
                ("Students", attending, self.sizes),
            ):
                for name in names:
                    if name not in known:
                        raise FileError(
                            "unknown", tag=tag, name=name, line=node.sourceline
                        )
            self._activity(node, number, subject, people, attending)

    def _activity(self, node, number, subject, people, attending):
        group = _text(node, "Activity_Group_Id")
        key = f"G{group}" if group not in ("", "0") else f"A{number}"
        size = _number(_text(node, "Number_Of_Students"), -1)
        if size < 0:
            size = sum(self.sizes[name] for name in attending)
        section = self.classes.get(key)
        if section is None:
            self.taught.add(subject)
            section = self.classes[key] = {
                "id": f"{subject} {'+'.join(attending)} {key}".strip(),
                "offering": subject,
                "faculty": people,
                "limit": max(size, 1),
                "events": [],
                "one_event_per_day": False,
                "unavailable": [],
            }
        duration = _number(_text(node, "Duration"), 1) or 1
        event = {
            "id": f"A{number}",
            "duration": duration,
            "room_type": None,
            "needs_room": bool(self.rooms),
        }
        if people != section["faculty"]:
            event["faculty"] = people
        section["events"].append(event)
        self.events[number], self.of_event[number] = event, section
        for name in attending:
            self.shares += len(self.leaves[name])
            if self.shares > MOST_SHARES:
                raise FileError("too_much", most=MOST_SHARES)
            self.sets[section["id"]] |= self.leaves[name]

    def _curricula(self):
        classes = defaultdict(list)
        for section in self.classes.values():
            for leaf in sorted(self.sets[section["id"]]):
                classes[leaf].append(section["id"])
        return [
            {"id": leaf, "classes": found, "size": self.sizes[leaf]}
            for leaf, found in sorted(classes.items())
        ]

    # ---- Constraints
    def _constraints(self):
        self.relations, self.pins = [], {}
        nodes = [
            *self.root.findall("Time_Constraints_List/*"),
            *self.root.findall("Space_Constraints_List/*"),
        ]
        for node in nodes:
            if node.tag in ALWAYS or _text(node, "Active") == "false":
                continue
            hard = _number(_text(node, "Weight_Percentage"), 100) >= 100
            taken = self._relation(node, hard) or self._constraint(node, hard)
            if not taken:
                self.notes[node.tag] += 1

    def _constraint(self, node, hard):
        """Take a constraint over; False if it has no counterpart."""
        name = node.tag
        if name == "ConstraintMinDaysBetweenActivities":
            for number in self._members(node):
                self.of_event[number]["one_event_per_day"] = True
            return True
        if not hard:
            return False
        if name == "ConstraintBreakTimes":
            for time in node.findall("Break_Time"):
                self._slot(time, ("Day", "Hour"))
                self.breaks.add((_text(time, "Day"), _text(time, "Hour")))
            return True
        if name.endswith("NotAvailableTimes"):
            return self._closed(node)
        if name == "ConstraintActivityPreferredStartingTime":
            ways = ("Preferred_Day", "Preferred_Hour"), ("Day", "Hour")
            self._pin(node)["timeslot"] = self._slot(node, *ways)
            return True
        if name == "ConstraintActivityPreferredRoom":
            room = _text(node, "Room")
            if room not in self.rooms:
                return False
            self._pin(node)["room"] = room
            return True
        if name == "ConstraintActivityPreferredStartingTimes":
            ways = (
                ("Preferred_Starting_Day", "Preferred_Starting_Hour"),
                ("Day", "Hour"),
            )
            event = self.events.get(_text(node, "Activity_Id"))
            if event is not None:
                times = node.findall("Preferred_Starting_Time")
                event["timeslots"] = [self._slot(time, *ways) for time in times]
            return event is not None
        return self._limit(node)

    def _limit(self, node):
        """Most hours of a teacher, on a day or in a row."""
        for tag, field in (
            ("Maximum_Hours_Daily", "max_periods_day"),
            ("Maximum_Hours_Continuously", "max_consecutive"),
        ):
            most = _number(_text(node, tag))
            if most and node.tag.startswith("ConstraintTeachersMaxHours"):
                for row in self.faculty.values():
                    row.setdefault(field, min(most, 16))
                return True
            teacher = self.faculty.get(_text(node, "Teacher", "Teacher_Name"))
            if most and teacher and node.tag.startswith("ConstraintTeacherMaxHours"):
                teacher[field] = min(most, 16)
                return True
        return False

    def _closed(self, node):
        times = [
            self._slot(time, ("Day", "Hour"))
            for time in node.findall("Not_Available_Time")
        ]
        teacher = _text(node, "Teacher")
        room = _text(node, "Room")
        students = _text(node, "Students")
        if teacher in self.faculty:
            self.faculty[teacher].setdefault("unavailable", []).extend(times)
        elif room in self.rooms:
            self.rooms[room]["unavailable"] += times
        elif students in self.sizes:
            for section in self.classes.values():
                if self.sets[section["id"]] & self.leaves[students]:
                    section["unavailable"] += times
        else:
            return False
        return True

    def _members(self, node):
        """Numbers of the activities that a constraint is about."""
        tags = ("Activity_Id", "First_Activity_Id", "Second_Activity_Id")
        found = [(one.text or "").strip() for tag in tags for one in node.findall(tag)]
        return [number for number in found if number in self.events]

    def _relation(self, node, hard):
        kind = RELATIONS.get(node.tag)
        members = list(dict.fromkeys(self._members(node)))
        if kind is None or len(members) < 2:
            return False
        self.relations.append(
            {
                "id": f"{kind} {len(self.relations) + 1}",
                "type": kind,
                "events": [self.events[number]["id"] for number in members],
                "hard": hard,
                "weight": 0 if hard else 10,
            }
        )
        return True

    def _without_breaks(self):
        """A break is no timeslot: nothing is closed, or allowed, at it."""
        gone = {self.slots[place]["id"] for place in self.breaks}
        for row in (*self.faculty.values(), *self.rooms.values()):
            row["unavailable"] = self._left(row.get("unavailable"), gone)
        for section in self.classes.values():
            section["unavailable"] = self._left(section["unavailable"], gone)
        for event in self.events.values():
            if "timeslots" in event:
                event["timeslots"] = self._left(event["timeslots"], gone)

    @staticmethod
    def _left(slots, gone):
        return [slot for slot in dict.fromkeys(slots or ()) if slot not in gone]

    def _pin(self, node):
        number = _text(node, "Activity_Id")
        if number not in self.events:
            raise FileError(
                "unknown", tag="Activity", name=number, line=node.sourceline
            )
        event = self.events[number]["id"]
        return self.pins.setdefault(event, {"event": event})
