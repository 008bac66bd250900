"""What is planted before it is described: classes with their hidden timetable."""

from dataclasses import dataclass, field


@dataclass(eq=False)
class PlantedClass:
    """A class with its hidden timetable. Slots are day × 8 + position in the day."""

    id: str
    offering: str
    department: int
    durations: list[int]
    kinds: list[str]
    limit: int
    faculty: int = -1
    starts: list[int] = field(default_factory=list)
    seats: int = 0
    """Students who sit in it in the hidden timetable."""
    component: str | None = None
    parent: str | None = None
    fortnightly: bool = False

    def busy(self) -> set[int]:
        return {
            s + k
            for s, d in zip(self.starts, self.durations, strict=True)
            for k in range(d)
        }


@dataclass(eq=False)
class PlantedOffering:
    id: str
    name: str
    department: int
    category: str
    credits: int
    classes: list[PlantedClass] = field(default_factory=list)
