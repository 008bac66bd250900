"""Elective lectures that two programmes share under two codes."""

import random
from collections import defaultdict

from sidecar.contract.problem import Class, JointClass, Offering, Problem


def share_lectures(problem: Problem, count: int, rng: random.Random) -> Problem:
    """The problem with ``count`` classes of electives taught as one with a twin.

    A twin is an offering of its own, with half of the students; the seats of both
    together are those that the class had.

    Raises
    ------
    ValueError
        If there are fewer electives with a single class.
    """
    classes = defaultdict(list)
    for cls in problem.classes:
        classes[cls.offering].append(cls)
    fitting = [
        offering
        for offering in problem.offerings
        if offering.category != "major" and len(classes[offering.id]) == 1
    ]
    if len(fitting) < count:
        raise ValueError(
            f"{count} joint lectures are more than the {len(fitting)} electives with "
            "one class; ask for fewer."
        )
    chosen = {offering.id for offering in rng.sample(fitting, count)}
    offerings: list[Offering] = []
    all_classes: list[Class] = []
    joint: list[JointClass] = []
    for offering in problem.offerings:
        offerings.append(offering)
        if offering.id in chosen:
            name = f"{offering.name} (joint)"
            offerings.append(
                offering.model_copy(update={"id": f"{offering.id}-J", "name": name})
            )
    for cls in problem.classes:
        if cls.offering not in chosen:
            all_classes.append(cls)
            continue
        twin = cls.model_copy(
            update={
                "id": f"{cls.id}-J",
                "offering": f"{cls.offering}-J",
                "limit": cls.limit // 2,
                "events": [
                    event.model_copy(update={"id": f"{event.id}-J"})
                    for event in cls.events
                ],
            }
        )
        first = cls.model_copy(update={"limit": cls.limit - twin.limit})
        all_classes += [first, twin]
        joint.append(JointClass(id=f"j{len(joint) + 1:04d}", classes=[cls.id, twin.id]))
    moved: dict[str, int] = dict.fromkeys(chosen, 0)
    students = []
    for student in problem.students:
        choices = []
        for offering_id in student.offerings:
            if offering_id in chosen:
                moved[offering_id] += 1
                # Every other one takes the twin.
                suffix = "-J" if moved[offering_id] % 2 == 0 else ""
                choices.append(offering_id + suffix)
            else:
                choices.append(offering_id)
        students.append(student.model_copy(update={"offerings": choices}))
    return problem.model_copy(
        update={
            "offerings": offerings,
            "classes": all_classes,
            "joint_classes": joint,
            "students": students,
        }
    )
