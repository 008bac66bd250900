"""Students in classes: exactly one for each choice, within limits, evenly."""

from collections import Counter, defaultdict

from .ledger import Ledger

BALANCE_TOLERANCE = 2
"""Students by which parallel classes may differ from their mean."""


def score_sectioning(ledger: Ledger, sectioning: dict[str, list[str]]) -> None:
    """Exactly one class for each choice, decided classes kept, limits observed."""
    offering_of = {cls.id: cls.offering for cls in ledger.problem.classes}
    for student in ledger.problem.students:
        decided = student.classes
        classes = set(sectioning.get(student.id, decided))
        taken = [offering_of[c] for c in classes]
        wanted = {*student.offerings, *[offering_of[c] for c in decided]}
        wrong = 0
        if not classes.issuperset(decided):
            wrong = sum(1 for c in decided if c not in classes)
        if len(taken) != len(wanted) or set(taken) != wanted:
            per_offering = Counter(taken)
            wrong += sum(1 for o in wanted if per_offering[o] != 1)
            wrong += sum(1 for o in per_offering if o not in wanted)
        if wrong:
            ledger.broken(
                "sectioning",
                wrong,
                f"[student:{student.id}] does not have exactly one class of each "
                "chosen offering.",
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
                f"[class:{cls_id}] holds {len(members)} students; its limit is "
                f"{ledger.classes[cls_id].limit}.",
                **{"class": cls_id},
            )
    parallel: dict[str, list[str]] = defaultdict(list)
    for cls in ledger.problem.classes:
        parallel[cls.offering].append(cls.id)
    for ids in parallel.values():
        sizes = [len(ledger.members[c]) for c in ids]
        mean = sum(sizes) // len(sizes)
        ledger.soft["section_balance"] += sum(
            max(0, abs(size - mean) - BALANCE_TOLERANCE) for size in sizes
        )
