"""A problem of the contract, and a timetable of it, in the texts of ITC-2007, track 3.

Plain Python. Format: Di Gaspero, McCollum, Schaerf, "The Second International
Timetabling Competition (ITC-2007): Curriculum-based Course Timetabling", 2007. It
knows courses with one teacher and lectures of one period, rooms with seats, and
curricula. So

* a class is a course; where its events have different teachers, each group is one;
* what takes several periods is as many lectures;
* a further teacher is a curriculum of his or her courses, which must not overlap;
* what closes a period to a class is one of its unavailabilities: its own, those of its
  teachers, other bands, and hours that a shorter day lacks.

Types and features of rooms, choices of single students, relations and walks have no
place in it.
"""

from collections import defaultdict

MANY = 100_000
"""Seats of the place of a class that needs no room."""


class Instance:
    """One problem in the competition's terms."""

    def __init__(self, problem, names):
        """
        :param dict problem: as the contract has it
        :param names: id of the contract → what people call it
        """
        self._taken = set()
        self._names = names
        self._problem = problem
        slots = problem["timeslots"]
        days = sorted({slot["day"] for slot in slots})
        periods = sorted({slot["period"] for slot in slots})
        self.days, self.periods = len(days), len(periods)
        self.place = {
            slot["id"]: (days.index(slot["day"]), periods.index(slot["period"]))
            for slot in slots
        }
        self.room = {row["id"]: self._word(row["id"]) for row in problem["rooms"]}
        self.teacher = {row["id"]: self._word(row["id"]) for row in problem["faculty"]}
        self.course_of, self.home_of, self.courses = {}, {}, []
        self._courses_of_class = defaultdict(list)
        for section in problem["classes"]:
            self._add_class(section)

    def _word(self, number):
        """A name without blanks that nothing else has."""
        base = "_".join(str(self._names.get(number) or number).split()) or number
        word, count = base, 2
        while word in self._taken:
            word, count = f"{base}~{count}", count + 1
        self._taken.add(word)
        return word

    def _add_class(self, section):
        groups = defaultdict(list)
        for event in section["events"]:
            teachers = event["faculty"]
            teachers = section["faculty"] if teachers is None else teachers
            groups[tuple(teachers), event["needs_room"]].append(event)
        for (teachers, needs_room), events in groups.items():
            name = self._word(section["id"])
            for event in events:
                self.course_of[event["id"]] = name
                if not needs_room:
                    self.home_of[event["id"]] = f"{name}@home"
            self._courses_of_class[section["id"]].append(name)
            self.courses.append((name, section, teachers, events))

    # ---- The instance
    def text(self, title):
        """The ``.ctt`` text."""
        curricula = self._curricula()
        closed = self._closed()
        rooms = [
            (self.room[row["id"]], row["capacity"]) for row in self._problem["rooms"]
        ]
        rooms += [(home, MANY) for home in sorted(set(self.home_of.values()))]
        lines = [
            f"Name: {'_'.join(title.split())}",
            f"Courses: {len(self.courses)}",
            f"Rooms: {len(rooms)}",
            f"Days: {self.days}",
            f"Periods_per_day: {self.periods}",
            f"Curricula: {len(curricula)}",
            f"Constraints: {len(closed)}",
            *("", "COURSES:"),
        ]
        for name, section, teachers, events in self.courses:
            teacher = self.teacher[teachers[0]] if teachers else f"nobody@{name}"
            lectures = sum(event["duration"] for event in events)
            least = min(section["min_days"] or 1, lectures)
            lines.append(f"{name} {teacher} {lectures} {least} {section['limit']}")
        lines += ["", "ROOMS:", *(f"{room} {seats}" for room, seats in rooms)]
        lines += ["", "CURRICULA:"]
        lines += [
            f"q{number:03d} {len(members)} {' '.join(members)}"
            for number, members in enumerate(curricula)
        ]
        lines += ["", "UNAVAILABILITY_CONSTRAINTS:"]
        lines += [f"{name} {day} {period}" for name, day, period in closed]
        return "\n".join([*lines, "", "END.", ""])

    def _curricula(self):
        """Sets of courses that must not overlap, each once."""
        of_class = self._courses_of_class
        found = [
            [name for section in row["classes"] for name in of_class[section]]
            for row in self._problem["curricula"]
        ]
        found += of_class.values()
        second, of_teacher = set(), defaultdict(list)
        for name, _section, teachers, _events in self.courses:
            second.update(teachers[1:])
            for teacher in teachers:
                of_teacher[teacher].append(name)
        found += [of_teacher[teacher] for teacher in of_teacher if teacher in second]
        sets = dict.fromkeys(tuple(row) for row in found if len(row) > 1)
        return list(sets)

    def _closed(self):
        """``(course, day, period)`` at which a course cannot be."""
        category = {row["id"]: row["category"] for row in self._problem["offerings"]}
        band = {
            row["category"]: set(row["timeslots"]) for row in self._problem["bands"]
        }
        away = {row["id"]: set(row["unavailable"]) for row in self._problem["faculty"]}
        every = {(d, p) for d in range(self.days) for p in range(self.periods)}
        missing = every - set(self.place.values())
        rows = []
        for name, section, teachers, events in self.courses:
            closed = set(section["unavailable"]).union(*(away[t] for t in teachers))
            kept = band.get(category[section["offering"]])
            if kept is not None:
                closed |= set(self.place) - kept
            if all(event["timeslots"] for event in events):
                closed |= set(self.place) - self._allowed(events)
            places = missing | {self.place[slot] for slot in closed}
            rows += [(name, *place) for place in sorted(places)]
        return rows

    def _allowed(self, events):
        """Timeslots that one of these events may cover."""
        at = {place: slot for slot, place in self.place.items()}
        found = set()
        for event in events:
            for start in event["timeslots"]:
                day, period = self.place[start]
                for step in range(event["duration"]):
                    found.add(at.get((day, period + step)))
        return found

    # ---- A timetable of it
    def solution(self, placements):
        """The ``.sol`` text: ``course room day period``, a line for each period.

        :param placements: ``(event, timeslot, room, duration)``, ids of the contract
        """
        lines = []
        for event, slot, room, duration in placements:
            day, period = self.place[slot]
            place = self.home_of.get(event) or self._room(room)
            lines += [
                f"{self.course_of[event]} {place} {day} {period + step}"
                for step in range(duration)
            ]
        return "\n".join([*lines, ""])

    def _room(self, number):
        """Its name; that of a room closed since then, which the instance has not."""
        if number and number not in self.room:
            self.room[number] = self._word(number)
        return self.room.get(number, "-")
