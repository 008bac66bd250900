"""Counts of a problem, and how tight it is."""

from collections import Counter

from sidecar.contract.problem import Problem


def tightness(problem: Problem) -> dict[str, float]:
    """Counts, and the share of available room-, faculty- and student-periods used."""
    slots = len(problem.timeslots)
    length = {c.id: sum(e.duration for e in c.events) for c in problem.classes}
    hours = {(c.offering, c.component): length[c.id] for c in problem.classes}
    hours_of_offering: Counter[str] = Counter()
    for (offering, _), periods in hours.items():
        hours_of_offering[offering] += periods
    room_periods = sum(
        e.duration for c in problem.classes for e in c.events if e.needs_room
    )
    available = sum(slots - len(room.unavailable) for room in problem.rooms)
    faculty_periods = sum(length[c.id] * len(c.faculty) for c in problem.classes)
    faculty_available = sum(
        min(slots - len(f.unavailable), f.max_periods_week or slots)
        for f in problem.faculty
    )
    student_periods = sum(
        hours_of_offering[offering]
        for s in problem.students
        for offering in s.offerings
    )
    return {
        "departments": len(problem.departments),
        "offerings": len(problem.offerings),
        "classes": len(problem.classes),
        "events": sum(len(c.events) for c in problem.classes),
        "faculty": len(problem.faculty),
        "rooms": len(problem.rooms),
        "timeslots": slots,
        "students": len(problem.students),
        "enrolments": sum(len(s.offerings) for s in problem.students),
        "room_periods_used": round(room_periods / max(1, available), 3),
        "faculty_periods_used": round(faculty_periods / max(1, faculty_available), 3),
        "student_periods_used": round(
            student_periods / max(1, slots * len(problem.students)), 3
        ),
    }
