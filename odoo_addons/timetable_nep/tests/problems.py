"""A small university that has something in every field of the contract."""


def small_problem():
    """A problem that has something in every field of the contract."""
    slots = [
        {
            "id": f"T{day}{period}",
            "day": day,
            "period": period,
            "start": f"{8 + period:02d}:00",
            "end": f"{9 + period:02d}:00",
        }
        for day in range(3)
        for period in (1, 2, 3, 5)
    ]
    return {
        "version": "2.0",
        "name": "Small college",
        "departments": [
            {"id": "PHY", "name": "Physics", "school": "Sciences"},
            {"id": "HIN", "name": "Hindi", "school": "Arts"},
        ],
        "buildings": [{"id": "B1", "name": "North"}, {"id": "B2", "name": "South"}],
        "travel": [{"building_a": "B1", "building_b": "B2", "minutes": 12}],
        "faculty": [
            {
                "id": "F1",
                "department": "PHY",
                "max_periods_week": 16,
                "max_periods_day": 4,
                "max_consecutive": 2,
                "unavailable": ["T01", "T02"],
                "preferences": [
                    {"timeslot": "T11", "level": "prefer"},
                    {"timeslot": "T13", "level": "avoid"},
                ],
            },
            {"id": "F2", "department": "HIN"},
            {"id": "F3"},
        ],
        "rooms": [
            {
                "id": "R1",
                "name": "North 1",
                "department": "PHY",
                "building": "B1",
                "type": "classroom",
                "capacity": 40,
                "features": ["projector"],
                "unavailable": ["T05"],
            },
            {"id": "R2", "building": "B2", "type": "lab", "capacity": 30},
            {"id": "R3", "type": "classroom", "capacity": 60},
        ],
        "timeslots": slots,
        "bands": [{"category": "ability", "timeslots": ["T01", "T11", "T21"]}],
        "offerings": [
            {
                "id": "PHY101",
                "name": "Mechanics",
                "department": "PHY",
                "category": "major",
                "credits": 4.0,
            },
            {
                "id": "AEC1",
                "name": "Hindi for all",
                "department": "HIN",
                "category": "ability",
                "credits": 2.0,
            },
        ],
        "classes": [
            {
                "id": "PHY101-1",
                "offering": "PHY101",
                "faculty": ["F1"],
                "limit": 30,
                "min_days": 2,
                "unavailable": ["T25"],
                "events": [
                    {
                        "id": "E1",
                        "duration": 1,
                        "features": ["projector"],
                        "timeslots": ["T03", "T11", "T12"],
                    },
                    {
                        "id": "E2",
                        "duration": 2,
                        "room_type": "lab",
                        "faculty": ["F1", "F3"],
                    },
                ],
            },
            {
                "id": "PHY101-2",
                "offering": "PHY101",
                "faculty": ["F3"],
                "limit": 30,
                "one_event_per_day": False,
                "events": [
                    {"id": "E3", "duration": 1, "room_type": None},
                    {"id": "E4", "duration": 1, "needs_room": False, "faculty": []},
                ],
            },
            {
                "id": "AEC1-1",
                "offering": "AEC1",
                "faculty": ["F2"],
                "limit": 60,
                "events": [{"id": "E5", "duration": 1}],
            },
        ],
        "students": [
            {"id": "S1", "programme": "BSC", "offerings": ["PHY101", "AEC1"]},
            {"id": "S2", "offerings": ["AEC1"], "classes": ["PHY101-2"]},
            {"id": "S3", "classes": ["AEC1-1"]},
        ],
        "curricula": [
            {
                "id": "Q1",
                "name": "Physics 1",
                "classes": ["PHY101-1", "AEC1-1"],
                "size": 25,
            }
        ],
        "relations": [
            {"id": "X1", "type": "precedence", "events": ["E5", "E1"], "hard": True},
            {
                "id": "X2",
                "type": "min_gap",
                "events": ["E1", "E3"],
                "hard": False,
                "weight": 7,
                "value": 2,
            },
        ],
        "pins": [
            {"event": "E5", "timeslot": "T11", "room": "R3"},
            {"event": "E3", "room": "R3"},
        ],
        "previous": [
            {"event": "E1", "timeslot": "T12", "room": "R1"},
            {"event": "E4", "timeslot": "T13"},
        ],
        "student_max_consecutive": 4,
        "profile": "student_friendly",
    }
