"""Sizes of the synthetic universities."""

from dataclasses import dataclass, replace

CATEGORIES = ("minor", "multidisciplinary", "ability", "skill", "value_added")


@dataclass(frozen=True)
class Preset:
    """What to plant. Elective counts follow ``CATEGORIES``."""

    name: str
    departments: int
    elective_offerings: tuple[int, int, int, int, int]
    classes: int
    faculty: int
    rooms: int
    students: int
    days: int = 6
    buildings: int = 12
    section_limit: int = 60
    majors_by_year: tuple[int, int, int] = (2, 2, 3)
    categories_by_year: tuple[tuple[str, ...], ...] = (
        ("minor", "multidisciplinary", "ability", "value_added"),
        ("minor", "multidisciplinary", "ability", "skill"),
        ("minor", "skill"),
    )
    room_use: float | None = None
    """Share of room-periods in use; ``None`` keeps the stated number of rooms."""
    groups: tuple[int, int, int] | None = None
    """Most students of a lecture, a tutorial and a practical group of a major;
    ``None``: a class is together in all its events."""
    weeks: int = 1
    """Weeks of the term."""
    fortnightly: float = 0.5
    """Share of the practicals that are held every other week."""
    joint: int = 0
    """Elective lectures that two programmes share under two codes."""

    @property
    def offerings(self) -> int:
        majors = self.departments * sum(self.majors_by_year)
        return majors + sum(self.elective_offerings)

    def scaled(self, factor: int) -> "Preset":
        """The same university ``factor`` times as large."""
        electives = tuple(count * factor for count in self.elective_offerings)
        return replace(
            self,
            name=f"{self.name} x{factor}",
            departments=self.departments * factor,
            elective_offerings=electives,  # type: ignore[arg-type]
            classes=self.classes * factor,
            faculty=self.faculty * factor,
            rooms=self.rooms * factor,
            students=self.students * factor,
            buildings=self.buildings * factor,
        )


PRESETS = {
    "campus": Preset(
        name="campus",
        departments=12,
        elective_offerings=(14, 9, 3, 7, 4),
        classes=180,
        faculty=150,
        rooms=64,
        students=1200,
        buildings=4,
    ),
    "bhu": Preset(
        name="bhu",
        departments=127,
        elective_offerings=(150, 110, 33, 80, 70),
        classes=2494,
        faculty=2320,
        rooms=1147,
        students=19072,
        buildings=48,
    ),
}
