"""Parts of the contract that no solver here takes yet, each with its plain sentence.

A part leaves this list in the change that teaches the engine and the scorer to take it.
"""

from collections.abc import Iterator
from typing import Any

RELATIONS_TAKEN = frozenset(
    {
        "same_start",
        "same_days",
        "same_room",
        "different_time",
        "different_days",
        "not_overlap",
        "precedence",
        "back_to_back",
        "min_gap",
        "max_days",
        "same_time",
        "same_weeks",
        "different_weeks",
        "different_room",
        "overlap",
        "same_attendees",
        "work_day",
    }
)
OF_EVENTS = frozenset({"back_to_back"})
"""Relations that speak of events, not of classes."""


def _both_codes(problem: Any) -> Iterator[tuple[str, str]]:
    """Students and curricula with two codes under which one class is taught."""
    offering_of = {cls.id: cls.offering for cls in problem.classes}
    classes = [set(joint.classes) for joint in problem.joint_classes]
    offerings = [{offering_of[c] for c in joint} for joint in classes]
    if not classes:
        return
    for i, student in enumerate(problem.students):
        chosen = {*student.offerings, *(offering_of[c] for c in student.classes)}
        if any(len(chosen & joint) > 1 for joint in offerings):
            yield (
                f"students[{i}]",
                f"Student '{student.id}' chose two offerings that are taught as one; "
                "this version cannot plan that, so keep one of the two.",
            )
    for i, curriculum in enumerate(problem.curricula):
        if any(len(joint.intersection(curriculum.classes)) > 1 for joint in classes):
            yield (
                f"curricula[{i}].classes",
                f"Curriculum '{curriculum.id}' has two classes that are taught as "
                "one; keep one of the two.",
            )


def find_not_yet(problem: Any) -> Iterator[tuple[str, str]]:
    """(place, message) of what this version reads but cannot plan."""
    used = {
        "grids": bool(problem.grids),
        "travel_hard": problem.travel_hard != "no",
        "travel": any(walk.building_a is None for walk in problem.travel),
    }
    for name, is_used in used.items():
        if is_used:
            yield name, "This version cannot plan with it yet; leave it out."
    yield from _both_codes(problem)
    together = [set(joint.classes) for joint in problem.joint_classes]
    for i, relation in enumerate(problem.relations):
        if relation.type not in RELATIONS_TAKEN:
            yield (
                f"relations[{i}].type",
                f"This version cannot plan '{relation.type}' yet; take the relation "
                "out.",
            )
        elif relation.minutes is not None:
            yield (
                f"relations[{i}].minutes",
                "This version cannot plan relations by the clock yet; give a value, in "
                "periods.",
            )
        elif relation.classes and relation.type in OF_EVENTS:
            yield (
                f"relations[{i}].classes",
                f"'{relation.type}' is planned between events only; name the events.",
            )
        elif any(len(set(relation.classes) & joint) > 1 for joint in together):
            yield (
                f"relations[{i}].classes",
                "Two of these classes are taught as one; name one of the two.",
            )
