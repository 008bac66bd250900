"""Collects what was found: no sentence twice, no more than a user can read."""

from sidecar.contract.catalogue import Message, english
from sidecar.contract.solution import DiagnosisItem

from .facts import Fact

MAX_ITEMS = 200


class Findings:
    """Items so far, and the events and reasons already spoken of."""

    def __init__(self) -> None:
        self.items: list[DiagnosisItem] = []
        self.cores: list[frozenset[Fact]] = []
        self.hopeless: set[str] = set()
        """Events that fit nowhere even alone; other checks leave them out."""

    @property
    def full(self) -> bool:
        return len(self.items) >= MAX_ITEMS

    def troubled(self) -> set[str]:
        """Events that are part of some reason; students' choices are not blamed."""
        named = {f.id for core in self.cores for f in core if f.kind == "event"}
        return self.hopeless | named

    def speaks_of(self, kind: str, key: str) -> bool:
        """Whether a fact is part of a reason given already."""
        return any(Fact(kind, key) in core for core in self.cores)

    def add(self, item: DiagnosisItem, core: list[Fact] | None = None) -> None:
        """Keep an item unless its reason, or a part of it, is known already."""
        if self.full:
            return
        if core is not None:
            facts = frozenset(core)
            if any(known <= facts for known in self.cores):
                return
            self.cores.append(facts)
        self.items.append(item)

    def say(
        self,
        code: str,
        said: Message,
        resources: list[tuple[str, str]],
        ways: list[Message],
        severity: str = "error",
    ) -> None:
        """Keep an item that was found by counting."""
        records = [{"kind": kind, "id": key} for kind, key in resources]
        self.add(item_of(code, said, records, ways, severity))


def item_of(
    code: str,
    said: Message,
    records: list[dict[str, str]],
    ways: list[Message],
    severity: str = "error",
) -> DiagnosisItem:
    """An item with its messages in English as well."""
    return DiagnosisItem(
        code=code,
        severity=severity,
        message=said,
        sentence=english(said),
        resources=records,
        ways_out=ways,
        suggestions=[english(way) for way in ways],
    )
