"""Track 2 scored straight from the two text files: no code of the product is used.

Rules as in the competition's report for track 2: hard — no student in two events at
once, room large enough and with all features, one event per room and timeslot,
availability, precedence; events may be left out. Soft, per student: an event in the
last timeslot of a day, each event beyond two in a row, a single event in a day.
"""

DAYS, PERIODS = 5, 9


def evaluate(tim, solution):
    """(broken hard rules, distance to feasibility, soft costs by component)."""
    words = iter(tim.split())
    events, rooms, features, students = (int(next(words)) for _ in range(4))
    sizes = [int(next(words)) for _ in range(rooms)]

    def table(rows, columns):
        return [[int(next(words)) for _ in range(columns)] for _ in range(rows)]

    attends = table(students, events)
    has = table(rooms, features)
    needs = table(events, features)
    open_at = table(events, DAYS * PERIODS)
    order = table(events, events)
    assert next(words, None) is None
    places = [tuple(map(int, row.split())) for row in solution.strip().split("\n")]
    assert len(places) == events
    people = [sum(row[e] for row in attends) for e in range(events)]
    placed = [e for e in range(events) if places[e] != (-1, -1)]
    distance = sum(people[e] for e in range(events) if places[e] == (-1, -1))

    hard = 0
    for e in placed:
        slot, room = places[e]
        hard += people[e] > sizes[room]
        hard += any(n and not h for n, h in zip(needs[e], has[room], strict=True))
        hard += not open_at[e][slot]
        for other in placed:
            if other > e and places[other] == places[e]:
                hard += 1
            if order[e][other] == 1:
                hard += places[e][0] >= places[other][0]
    soft = dict.fromkeys(("last", "run", "single"), 0)
    for row in attends:
        times = [places[e][0] for e in placed if row[e]]
        hard += len(times) - len(set(times))
        for day in range(DAYS):
            grid = [day * PERIODS + p in times for p in range(PERIODS)]
            soft["last"] += grid[-1]
            soft["single"] += sum(grid) == 1
            soft["run"] += sum(all(grid[p - 2 : p + 1]) for p in range(2, PERIODS))
    return hard, distance, soft
