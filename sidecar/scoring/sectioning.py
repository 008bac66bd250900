"""Students in classes: one of each component of one configuration, within limits."""

from collections import defaultdict

from sidecar.contract.catalogue import message, ref
from sidecar.contract.problem import Class, Problem

from .ledger import Ledger

BALANCE_TOLERANCE = 2
"""Students by which parallel classes may differ from their mean."""


class Structure:
    """Which classes make up a student's place in an offering.

    An offering without configurations has one, with one component; both are called by
    the offering's own id, which no component of another offering can have.
    """

    def __init__(self, problem: Problem) -> None:
        self.components: dict[str, frozenset[str]] = {}
        """Configuration → its components."""
        self.configuration: dict[str, str] = {}
        """Component → its configuration."""
        only: dict[str, str] = {}
        for offering in problem.offerings:
            for item in offering.configurations:
                ids = frozenset(component.id for component in item.components)
                self.components[item.id] = ids
                self.configuration.update(dict.fromkeys(ids, item.id))
            if not offering.configurations:
                self.components[offering.id] = frozenset((offering.id,))
                self.configuration[offering.id] = offering.id
            elif len(offering.configurations) == 1:
                first = offering.configurations[0].components
                only[offering.id] = first[0].id
        self.component = {
            cls.id: cls.component or only.get(cls.offering, cls.offering)
            for cls in problem.classes
        }
        self.parent = {cls.id: cls.parent for cls in problem.classes if cls.parent}
        self.is_plain = all(len(ids) == 1 for ids in self.components.values())
        """Whether any one class of an offering is a place in it."""

    def is_complete(self, classes: list[str]) -> bool:
        """Whether these are one class of each component, each with its parent.

        ``classes`` are a student's classes of one offering.
        """
        taken = [self.component[cls] for cls in classes]
        if not taken:
            return False
        wanted = self.components[self.configuration[taken[0]]]
        if len(taken) == len(wanted) == 1:
            return True
        return (
            len(taken) == len(wanted)
            and wanted == set(taken)
            and all(self.parent.get(cls) in (None, *classes) for cls in classes)
        )

    def parallel(self, classes: list[Class]) -> list[list[str]]:
        """Classes among which a component's students are divided.

        Groups of different parents are no alternatives once the parent is chosen.
        """
        lists: dict[tuple[str, str | None], list[str]] = defaultdict(list)
        for cls in classes:
            lists[self.component[cls.id], cls.parent].append(cls.id)
        return list(lists.values())


def score_sectioning(ledger: Ledger, sectioning: dict[str, list[str]]) -> None:
    """A place in each chosen offering, decided classes kept, limits observed."""
    structure = Structure(ledger.problem)
    offering_of = {cls.id: cls.offering for cls in ledger.problem.classes}
    for student in ledger.problem.students:
        decided = student.classes
        classes = set(sectioning.get(student.id, decided))
        wanted = {*student.offerings, *[offering_of[c] for c in decided]}
        wrong = 0
        if not classes.issuperset(decided):
            wrong = sum(1 for c in decided if c not in classes)
        chosen_offerings = [offering_of[c] for c in classes]
        right = len(chosen_offerings) == len(wanted) == len(set(chosen_offerings))
        if not (structure.is_plain and right and wanted.issuperset(chosen_offerings)):
            taken: dict[str, list[str]] = defaultdict(list)
            for cls in classes:
                taken[offering_of[cls]].append(cls)
            wrong += sum(
                1 for o in wanted if not structure.is_complete(taken.get(o, []))
            ) + sum(1 for o in taken if o not in wanted)
        if wrong:
            ledger.broken(
                "sectioning",
                wrong,
                message("no_place", (), student=ref("student", student.id)),
                student=student.id,
            )
        for chosen in classes:
            ledger.members[chosen].append(student.id)
    for cls_id, members in ledger.members.items():
        over = len(members) - ledger.classes[cls_id].limit
        if over > 0:
            ledger.broken(
                "section_limit",
                over,
                message(
                    "class_full",
                    (),
                    count=len(members),
                    limit=ledger.classes[cls_id].limit,
                    **{"class": ref("class", cls_id)},
                ),
                **{"class": cls_id},
            )
    for ids in structure.parallel(ledger.problem.classes):
        sizes = [len(ledger.members[c]) for c in ids]
        mean = sum(sizes) // len(sizes)
        ledger.soft["section_balance"] += ledger.week.layers.total * sum(
            max(0, abs(size - mean) - BALANCE_TOLERANCE) for size in sizes
        )
