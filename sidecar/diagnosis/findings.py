"""Collects what was found: no sentence twice, no more than a user can read."""

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
        sentence: str,
        resources: list[tuple[str, str]],
        suggestions: list[str],
        severity: str = "error",
    ) -> None:
        """Keep an item that was found by counting."""
        self.add(
            DiagnosisItem(
                code=code,
                severity=severity,
                sentence=sentence,
                resources=[{"kind": kind, "id": key} for kind, key in resources],
                suggestions=suggestions,
            )
        )
