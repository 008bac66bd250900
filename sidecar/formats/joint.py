"""Classes taught as one: the engine has one class of events for all of them.

Each of them keeps its own students and limit; whoever attends one attends the events.
"""

from collections.abc import Iterator

from sidecar.contract.problem import Class, Event, Problem


class Joint:
    """Which classes are taught together. The first of them leads."""

    def __init__(self, problem: Problem) -> None:
        classes = {cls.id: cls for cls in problem.classes}
        self.groups = [
            [classes[key] for key in joint.classes] for joint in problem.joint_classes
        ]
        self.number = {
            cls.id: number for number, group in enumerate(self.groups) for cls in group
        }

    def leads(self, cls: str) -> bool:
        """Whether the engine reads the class's own events."""
        return cls not in self.number or self.groups[self.number[cls]][0].id == cls

    def together(self, event: Event, cls: Class) -> list[tuple[Event, Class]]:
        """An event of a leading class with those that are one with it, itself first."""
        if cls.id not in self.number:
            return [(event, cls)]
        place = cls.events.index(event)
        return [
            (other.events[place], other) for other in self.groups[self.number[cls.id]]
        ]


def find_unlike(problem: Problem) -> Iterator[tuple[str, str]]:
    """(place, message) of joint classes whose rules this version cannot join."""
    classes = {cls.id: cls for cls in problem.classes}
    for i, joint in enumerate(problem.joint_classes):
        rules = {
            (cls.one_event_per_day, cls.min_days, frozenset(cls.faculty))
            for cls in map(classes.get, joint.classes)
            if cls is not None
        }
        if len(rules) > 1:
            yield (
                f"joint_classes[{i}].classes",
                "These classes have other faculty, or other rules on their days; give "
                "them the same 'faculty', 'one_event_per_day' and 'min_days'.",
            )
