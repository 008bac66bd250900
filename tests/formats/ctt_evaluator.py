"""CB-CTT scored straight from the two text files: no code of the product is used.

Rules as in the competition's report for track 3: hard — lectures, conflicts,
availability, room occupancy; soft — room capacity, minimum working days, curriculum
compactness, room stability.
"""

from collections import defaultdict


def evaluate(ctt, solution):
    """(hard violations, soft cost by component) of a solution text."""
    courses, rooms, curricula, closed = read_instance(ctt)
    placed = [
        (w[0], w[1], int(w[2]), int(w[3]))
        for w in map(str.split, solution.split("\n"))
        if w
    ]
    times = defaultdict(list)
    for course, _, day, period in placed:
        times[course].append((day, period))
    return (
        count_hard(placed, times, courses, curricula, closed),
        count_soft(placed, times, courses, rooms, curricula),
    )


def read_instance(ctt):
    """Courses, rooms, curricula and closed (course, day, period)."""
    section, courses, rooms, curricula, closed = None, {}, {}, {}, set()
    for words in (line.split() for line in ctt.splitlines() if line.strip()):
        if words[0].isupper() and words[0].endswith(":"):
            section = words[0]
        elif section == "COURSES:" and len(words) == 5:
            courses[words[0]] = (words[1], *map(int, words[2:]))
        elif section == "ROOMS:" and len(words) == 2:
            rooms[words[0]] = int(words[1])
        elif section == "CURRICULA:":
            curricula[words[0]] = words[2:]
        elif section == "UNAVAILABILITY_CONSTRAINTS:" and len(words) == 3:
            closed.add((words[0], int(words[1]), int(words[2])))
    return courses, rooms, curricula, closed


def count_hard(placed, times, courses, curricula, closed):
    """Missing or doubled lectures, closed periods, shared rooms, conflicts."""
    hard = 0
    for course, (_, lectures, _, _) in courses.items():
        hard += abs(lectures - len(set(times[course])))
    for i, (a, room_a, *at_a) in enumerate(placed):
        hard += (a, *at_a) in closed
        for b, room_b, *at_b in placed[i + 1 :]:
            if at_a != at_b:
                continue
            hard += room_a == room_b
            if a != b:
                same_teacher = courses[a][0] == courses[b][0]
                together = any(a in c and b in c for c in curricula.values())
                hard += same_teacher or together
    return hard


def count_soft(placed, times, courses, rooms, curricula):
    """Cost of each component, weights included."""
    soft = dict.fromkeys(("capacity", "days", "compactness", "stability"), 0)
    for course, room, _, _ in placed:
        soft["capacity"] += max(0, courses[course][3] - rooms[room])
    for course, (_, _, minimum, _) in courses.items():
        days = {day for day, _ in times[course]}
        soft["days"] += 5 * max(0, minimum - len(days))
        used = {room for name, room, *_ in placed if name == course}
        soft["stability"] += max(0, len(used) - 1)
    for members in curricula.values():
        at = {t for course in members for t in times[course]}
        for day, period in at:
            if (day, period - 1) not in at and (day, period + 1) not in at:
                soft["compactness"] += 2
    return soft
