"""Small universities of three days of four periods, built from what differs."""

from typing import Any

from sidecar.contract import Problem

DAYS, PERIODS = 3, 4
SLOTS = [f"t{d}{p}" for d in range(DAYS) for p in range(PERIODS)]


def cls(key: str, events: int = 1, duration: int = 1, **changes: Any) -> dict[str, Any]:
    """A class ``key`` of offering ``o-key`` with events ``key-1`` and on."""
    event = changes.pop("event", {})
    return {
        "id": key,
        "offering": f"o-{key}",
        "limit": 20,
        "events": [
            {"id": f"{key}-{k + 1}", "duration": duration, **event}
            for k in range(events)
        ],
        **changes,
    }


def relation(key: str, kind: str, *events: str, **changes: Any) -> dict[str, Any]:
    return {"id": key, "type": kind, "events": list(events), **changes}


def all_but(*slots: str) -> list[str]:
    """Every timeslot save these."""
    return [slot for slot in SLOTS if slot not in slots]


def university(**lists: Any) -> Problem:
    """Faculty and offerings that classes name are there without being listed."""
    classes = lists.get("classes", [])
    people = {f["id"]: f for f in lists.pop("faculty", [])}
    for item in classes:
        for member in item.get("faculty", []):
            people.setdefault(member, {"id": member})
    offerings = {o["id"]: o for o in lists.pop("offerings", [])}
    for item in classes:
        offerings.setdefault(item["offering"], {"id": item["offering"]})
    body = {
        "rooms": [
            {"id": "r1", "capacity": 30},
            {"id": "r2", "capacity": 60},
            {"id": "lab", "type": "lab", "capacity": 20, "features": ["bench"]},
        ],
        "timeslots": [
            {"id": f"t{d}{p}", "day": d, "period": p}
            for d in range(DAYS)
            for p in range(PERIODS)
        ],
        "faculty": list(people.values()),
        "offerings": list(offerings.values()),
        **lists,
    }
    return Problem.model_validate(body)
