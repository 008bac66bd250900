"""A small request that is in order, for the API's documentation and its tests."""

from typing import Any

PROBLEM: dict[str, Any] = {
    "version": "1.0",
    "name": "Autumn term",
    "rooms": [{"id": "r1", "type": "classroom", "capacity": 60}],
    "faculty": [{"id": "f1", "max_periods_week": 16}],
    "timeslots": [
        {"id": "mon1", "day": 0, "period": 0, "start": "09:00", "end": "10:00"},
        {"id": "tue1", "day": 1, "period": 0, "start": "09:00", "end": "10:00"},
    ],
    "offerings": [{"id": "o1", "name": "Indian Knowledge Systems"}],
    "classes": [
        {
            "id": "c1",
            "offering": "o1",
            "faculty": ["f1"],
            "limit": 60,
            "events": [{"id": "e1"}, {"id": "e2"}],
        }
    ],
    "students": [{"id": "s1", "offerings": ["o1"]}],
}

JOB: dict[str, Any] = {
    "version": "1.0",
    "reference": "run-17",
    "problem": PROBLEM,
    "options": {
        "seed": 1,
        "time_limit_seconds": 60,
        "variants": [{"key": "A", "profile": "balanced"}],
    },
    "callback": {
        "url": "https://odoo.example.org/timetable_nep/webhook",
        "database": "university",
    },
}

DIAGNOSE: dict[str, Any] = {"problem": PROBLEM}

EVALUATE: dict[str, Any] = {
    "problem": PROBLEM,
    "assignments": [{"event": "e1", "timeslot": "mon1", "room": "r1"}],
    "sectioning": {"s1": ["c1"]},
    "profile": "balanced",
}

SUGGEST: dict[str, Any] = {
    "problem": PROBLEM,
    "assignments": [{"event": "e1", "timeslot": "mon1", "room": "r1"}],
    "sectioning": {"s1": ["c1"]},
    "event": "e2",
}

ALLOT: dict[str, Any] = {
    "method": "fairest",
    "courses": [{"id": "music", "seats": 1}, {"id": "yoga", "seats": 2}],
    "students": [
        {
            "id": "s1",
            "priority": 0,
            "asks": [{"basket": "mdc", "wishes": ["music", "yoga"]}],
        },
        {
            "id": "s2",
            "priority": 1,
            "asks": [{"basket": "mdc", "wishes": ["music", "yoga"]}],
        },
    ],
}
