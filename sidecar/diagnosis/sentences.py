"""From a set of facts to a sentence, in plain words with ids as ``[kind:id]``."""

from collections.abc import Iterable

from sidecar.contract.catalogue import english, relation_message
from sidecar.contract.solution import DiagnosisItem

from .facts import Fact, resource, ways_out
from .grid import Grid, Unit, bits

MAX_NAMED = 6


def listed(kind: str, ids: Iterable[str]) -> str:
    """``[kind:a], [kind:b] and [kind:c]``; a long list ends with a count."""
    names = [f"[{kind}:{key}]" for key in ids]
    if len(names) > MAX_NAMED:
        names = [*names[: MAX_NAMED - 1], f"{len(names) - MAX_NAMED + 1} more"]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def rooms_in_words(key: str) -> str:
    """What a set of rooms is: ``classroom with 60 seats and projector``."""
    kind, name, *rest = key.split("|")
    if kind == "pin":
        return f"[room:{name}]"
    seats, *features = rest
    words = "a room of any type" if kind == "any" else f"a room of type {name}"
    extras = ([f"{seats} seats"] if seats != "0" else []) + features
    return words + (f" with {' and '.join(extras)}" if extras else "")


class Wording:
    """Sentences about one problem."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    def of(self, fact: Fact) -> str:
        """One fact, as part of a sentence."""
        grid, key = self.grid, fact.id
        match fact.kind:
            case "event":
                return f"[event:{key}] has to be placed"
            case "event_slots":
                count = len(set(grid.allowed(grid.unit_of[key].event) or ()))
                return f"[event:{key}] may start at {count} timeslots only"
            case "pin":
                pin = grid.pins[key]
                place = f"[timeslot:{pin.timeslot}]"
                return f"[event:{key}] is pinned to {place}"
            case "faculty":
                return f"[faculty:{key}] teaches one event at a time"
            case "faculty_closed":
                count = (grid.everything & ~grid.faculty_open[key]).bit_count()
                return f"[faculty:{key}] is unavailable at {count} timeslots"
            case "faculty_day":
                limit = grid.faculty[key].max_periods_day
                return f"[faculty:{key}] teaches at most {limit} periods a day"
            case "class":
                return f"[class:{key}] is in one event at a time"
            case "class_closed":
                count = (grid.everything & ~grid.class_open[key]).bit_count()
                return f"[class:{key}] is closed at {count} timeslots"
            case "class_day":
                return f"[class:{key}] has at most one event a day"
            case "curriculum":
                return f"classes of [curriculum:{key}] may not overlap"
            case "relation":
                relation = next(r for r in grid.problem.relations if r.id == key)
                return (
                    f"[relation:{key}] asks for {english(relation_message(relation))}"
                )
            case "band":
                count = grid.bands[key].bit_count()
                return f"the band of category {key} has {count} timeslots"
            case "rooms":
                count = len(grid.rooms(tuple(key.split("|"))))
                return f"only {count} {'room fits' if count == 1 else 'rooms fit'} " + (
                    f"where {rooms_in_words(key)} is wanted"
                )
            case "choice":
                return f"[offering:{key}] is chosen"
        raise ValueError(f"There is no fact of kind '{fact.kind}'.")

    def allowed(self, unit: Unit, facts: set[Fact]) -> int:
        """Slots that an event can cover under these facts alone."""
        grid = self.grid
        starts = grid.grid_starts[unit.duration]
        for fact, left in grid.limits(unit):
            if fact in facts:
                starts &= left
        return grid.cover(starts, unit.duration)

    def conflict(self, core: list[Fact]) -> DiagnosisItem:
        """What a smallest set of contradicting facts means."""
        code, headline = self._headline(core)
        said = {"event", "class"} | ({"pin"} if code == "pin_unavailable" else set())
        reasons = [self.of(f) for f in core if f.kind not in said]
        sentence = headline
        if reasons:
            sentence += f", because {'; '.join(reasons)}"
        records = [record for fact in core if (record := resource(fact)) is not None]
        unique = list({(r["kind"], r["id"]): r for r in records}.values())
        suggestions = ways_out(core) or ["Shorten an event or make the day longer."]
        return DiagnosisItem(
            code=code,
            sentence=sentence + ".",
            resources=unique,
            suggestions=suggestions,
        )

    def _headline(self, core: list[Fact]) -> tuple[str, str]:
        kinds = {fact.kind for fact in core}
        events = [fact.id for fact in core if fact.kind == "event"]
        units = [self.grid.unit_of[event] for event in events]
        names = listed("event", events)

        def whose(kind: str) -> str:
            return next(fact.id for fact in core if fact.kind == kind)

        if len(events) == 1:
            return self._one_event(kinds, units[0])
        if "relation" in kinds:
            relations = {r.id: r.type for r in self.grid.problem.relations if r.hard}
            types = {relations[f.id] for f in core if f.kind == "relation"}
            if types == {"precedence"} and kinds == {"relation", "event"}:
                return "precedence_cycle", f"{names} would each have to come first"
            return "relation_impossible", f"{names} cannot be placed together"
        slots = 0
        for unit in units:
            slots |= self.allowed(unit, set(core))
        need = sum(unit.duration for unit in units)
        place = (
            f"all {need} periods of {names} would need the same {slots.bit_count()} "
            f"timeslot{'s' * (slots.bit_count() != 1)} ("
            + listed("timeslot", (self.grid.slot_of[bit] for bit in bits(slots)))
            + ")"
            if slots.bit_count() < need
            else f"{names} cannot be arranged"
        )
        if sum(fact.kind == "pin" for fact in core) > 1:
            return "pins_clash", f"{names} are pinned to places that clash"
        if "class_day" in kinds:
            days = sum(bool(slots & mask) for mask in self.grid.day_masks)
            if days < len(units):
                return "class_few_days", (
                    f"[class:{whose('class_day')}] has {len(units)} events ({names}), "
                    f"at most one a day, but only {days} "
                    f"day{'s are' if days != 1 else ' is'} open to them"
                )
            return "class_few_days", f"[class:{whose('class_day')}]: {place}"
        if "faculty" in kinds or "faculty_day" in kinds:
            key = whose("faculty" if "faculty" in kinds else "faculty_day")
            return "faculty_slots", f"[faculty:{key}]: {place}"
        if "curriculum" in kinds:
            return "curriculum_slots", f"[curriculum:{whose('curriculum')}]: {place}"
        if "rooms" in kinds:
            return "room_slots", f"{names} cannot share the rooms that suit them"
        return "class_slots", f"[class:{units[0].cls.id}]: {place}"

    def _one_event(self, kinds: set[str], unit: Unit) -> tuple[str, str]:
        event = f"[event:{unit.id}] of [class:{unit.cls.id}]"
        if "pin" in kinds:
            pin = self.grid.pins[unit.id]
            where = f"[event:{unit.id}] is pinned to [timeslot:{pin.timeslot}]"
            return "pin_unavailable", f"{where}, which is not open to it"
        if kinds == {"event"}:
            return (
                "event_too_long",
                f"{event} lasts {unit.duration} periods, and no day has as many in "
                "a row",
            )
        if "faculty_day" in kinds:
            return "faculty_slots", f"{event} lasts {unit.duration} periods"
        return (
            "event_no_time",
            f"{event} has no timeslot for its {unit.duration} period(s)",
        )

    def student(self, core: list[Fact], students: list[str]) -> DiagnosisItem:
        """Choices that cannot be combined, whichever classes are taken."""
        offerings = [fact.id for fact in core if fact.kind == "choice"]
        reasons = [self.of(f) for f in core if f.kind not in ("choice", "class")]
        others = len(students) - 1
        who = f"[student:{students[0]}]" + (f" and {others} more" if others else "")
        sentence = (
            f"{who} cannot attend {listed('offering', offerings)} together, whichever "
            "classes of them are taken"
        )
        if reasons:
            sentence += f", because {'; '.join(reasons)}"
        records = [record for fact in core if (record := resource(fact)) is not None]
        return DiagnosisItem(
            code="student_choices",
            sentence=sentence + ".",
            resources=[{"kind": "student", "id": students[0]}, *records],
            suggestions=ways_out(core),
        )
