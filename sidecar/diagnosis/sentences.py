"""From a set of facts to a message of the catalogue."""

from sidecar.contract.catalogue import (
    Argument,
    Message,
    message,
    ref,
    refs,
    relation_message,
)
from sidecar.contract.solution import DiagnosisItem

from .facts import Fact, resource, ways_out
from .findings import item_of
from .grid import Grid, Unit, bits

Headline = tuple[str, str, dict[str, Argument]]
"""(code of the item, code of its message, arguments)"""


def rooms_wanted(key: str) -> Message:
    """What a set of rooms is: a classroom with 60 seats and a projector."""
    kind, name, *rest = key.split("|")
    if kind == "pin":
        return message("the_room", (), room=ref("room", name))
    seats, *features = rest
    extras = [message("seats", (), seats=int(seats))] if seats != "0" else []
    extras += [message("feature", (), feature=ref("feature", f)) for f in features]
    code = "room_of_any_type" if kind == "any" else "room_of_type"
    args = {} if kind == "any" else {"type": ref("room_type", name)}
    return message(f"{code}_with" if extras else code, extras, **args)


class Wording:
    """Sentences about one problem."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    def of(self, fact: Fact) -> Message:
        """One fact, as part of a sentence."""
        grid, key, kind = self.grid, fact.id, fact.kind
        match kind:
            case "event_slots":
                count = len(set(grid.allowed(grid.unit_of[key].event) or ()))
                return message(
                    "fact_event_slots", (), event=ref("event", key), count=count
                )
            case "pin":
                at = ref("timeslot", grid.pins[key].timeslot or "")
                return message("fact_pin", (), event=ref("event", key), timeslot=at)
            case "faculty_closed" | "class_closed":
                who = kind.removesuffix("_closed")
                of = grid.faculty_open if who == "faculty" else grid.class_open
                count = (grid.everything & ~of[key]).bit_count()
                return message(f"fact_{kind}", (), count=count, **{who: ref(who, key)})
            case "faculty_day":
                limit = grid.faculty[key].max_periods_day or 0
                who = ref("faculty", key)
                return message("fact_faculty_day", (), faculty=who, limit=limit)
            case "class_day":
                return message("fact_class_day", (), **{"class": ref("class", key)})
            case "relation":
                relation = next(r for r in grid.problem.relations if r.id == key)
                return message(
                    "fact_relation",
                    [relation_message(relation)],
                    relation=ref("relation", key),
                )
            case "band":
                count = grid.bands[key].bit_count()
                return message("fact_band", (), category=key, count=count)
            case "rooms":
                count = len(grid.rooms(tuple(key.split("|"))))
                return message("fact_rooms", (), room=rooms_wanted(key), count=count)
            case "choice":
                return message("fact_choice", (), offering=ref("offering", key))
            case "faculty" | "class" | "curriculum":
                return message(f"fact_{kind}", (), **{kind: ref(kind, key)})
        raise ValueError(f"There is no fact of kind '{kind}'.")

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
        code, headline, args = self._headline(core)
        said = {"event", "class"} | ({"pin"} if code == "pin_unavailable" else set())
        reasons = [self.of(f) for f in core if f.kind not in said]
        return item_of(
            code,
            message(headline, reasons, **args),
            _records(core),
            ways_out(core) or [message("shorten")],
        )

    def _headline(self, core: list[Fact]) -> Headline:
        kinds = {fact.kind for fact in core}
        events = [fact.id for fact in core if fact.kind == "event"]
        units = [self.grid.unit_of[event] for event in events]
        names = refs("event", events)

        def whose(kind: str, record: str) -> str:
            return ref(record, next(fact.id for fact in core if fact.kind == kind))

        if len(events) == 1:
            return self._one_event(kinds, units[0])
        if "relation" in kinds:
            relations = {r.id: r.type for r in self.grid.problem.relations if r.hard}
            types = {relations[f.id] for f in core if f.kind == "relation"}
            if types == {"precedence"} and kinds == {"relation", "event"}:
                return "precedence_cycle", "precedence_cycle", {"events": names}
            return "relation_impossible", "cannot_be_together", {"events": names}
        slots = 0
        for unit in units:
            slots |= self.allowed(unit, set(core))
        if sum(fact.kind == "pin" for fact in core) > 1:
            return "pins_clash", "pins_clash", {"events": names}
        if "class_day" in kinds:
            who = whose("class_day", "class")
            days = sum(bool(slots & mask) for mask in self.grid.day_masks)
            if days < len(units):
                return (
                    "class_few_days",
                    "class_few_days",
                    {"class": who, "count": len(units), "events": names, "days": days},
                )
            return self._place("class_few_days", who, units, slots)
        for kind, record, code in (
            ("faculty", "faculty", "faculty_slots"),
            ("faculty_day", "faculty", "faculty_slots"),
            ("curriculum", "curriculum", "curriculum_slots"),
        ):
            if kind in kinds:
                return self._place(code, whose(kind, record), units, slots)
        if "rooms" in kinds:
            return "room_slots", "rooms_not_shared", {"events": names}
        return self._place("class_slots", ref("class", units[0].cls.id), units, slots)

    def _place(self, code: str, who: str, units: list[Unit], slots: int) -> Headline:
        """Events of somebody that need more timeslots than there are."""
        need = sum(unit.duration for unit in units)
        args: dict[str, Argument] = {
            "who": who,
            "events": refs("event", (unit.id for unit in units)),
        }
        if slots.bit_count() >= need:
            return code, "not_arranged", args
        args |= {
            "periods": need,
            "count": slots.bit_count(),
            "timeslots": refs("timeslot", (self.grid.slot_of[b] for b in bits(slots))),
        }
        return code, "same_slots", args

    def _one_event(self, kinds: set[str], unit: Unit) -> Headline:
        args: dict[str, Argument] = {"event": ref("event", unit.id)}
        if "pin" in kinds:
            at = ref("timeslot", self.grid.pins[unit.id].timeslot or "")
            return "pin_unavailable", "pin_unavailable", {**args, "timeslot": at}
        args |= {"class": ref("class", unit.cls.id), "periods": unit.duration}
        if kinds == {"event"}:
            return "event_too_long", "event_too_long", args
        if "faculty_day" in kinds:
            return "faculty_slots", "event_long", args
        return "event_no_time", "event_no_time", args

    def student(self, core: list[Fact], students: list[str]) -> DiagnosisItem:
        """Choices that cannot be combined, whichever classes are taken."""
        offerings = [fact.id for fact in core if fact.kind == "choice"]
        reasons = [self.of(f) for f in core if f.kind not in ("choice", "class")]
        others = len(students) - 1
        args: dict[str, Argument] = {
            "student": ref("student", students[0]),
            "offerings": refs("offering", offerings),
        }
        code = "choices_apart"
        if others:
            code, args["others"] = "choices_apart_many", others
        return item_of(
            "student_choices",
            message(code, reasons, **args),
            [{"kind": "student", "id": students[0]}, *_records(core)],
            ways_out(core),
        )


def _records(core: list[Fact]) -> list[dict[str, str]]:
    """The records that can mend a set of facts, each once."""
    records = [record for fact in core if (record := resource(fact)) is not None]
    return list({(r["kind"], r["id"]): r for r in records}.values())
