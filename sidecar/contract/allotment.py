"""Allotment on the wire: ranked wishes in, who gets which course out.

Nothing here names a person: students are opaque ids, ``priority`` is their place in an
order that the university made (merit, year, time of choosing, or a lottery).
"""

from typing import Annotated, Literal

from pydantic import Field

from .base import Id, WireModel

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class Reserved(WireModel):
    """Seats of a course that only one group may take."""

    group: Id
    seats: Count


class AllotCourse(WireModel):
    """A course that may be wished for."""

    id: Id
    seats: Count
    """All seats, the reserved ones among them."""
    smallest: Count = 0
    """With fewer students the course is not held."""
    reserved: list[Reserved] = Field(default_factory=list)


class Ask(WireModel):
    """What a student asks of one basket."""

    basket: Id
    choices: Annotated[int, Field(ge=1, le=20)] = 1
    """How many of the wishes are to be fulfilled."""
    wishes: list[Id] = Field(default_factory=list, max_length=40)
    """Courses, the most wanted first."""


class AllotStudent(WireModel):
    """A student's wishes."""

    id: Id
    priority: Annotated[int, Field(ge=0, le=10_000_000)]
    """Place in the order, 0 first; no two students have the same."""
    tier: Annotated[int, Field(ge=0, le=20)] = 0
    """Priority class: tier 0 is served before tier 1 in every respect."""
    groups: list[Id] = Field(default_factory=list)
    """Groups for which seats may be reserved."""
    has: list[Id] = Field(default_factory=list)
    """Courses held already that wishes must go together with."""
    asks: list[Ask] = Field(default_factory=list)


class AllotRequest(WireModel):
    """Body of ``POST /v1/allot``."""

    method: Literal["fairest", "serial"] = "fairest"
    """``fairest``: nobody below the n-th wish if that is possible; ``serial``: one
    after another by priority."""
    courses: list[AllotCourse]
    students: list[AllotStudent]
    apart: list[tuple[Id, Id]] = Field(default_factory=list)
    """Pairs of courses that nobody can have both."""
    keep_small: bool = False
    """Hold courses with fewer students than their smallest group all the same."""


class Better(WireModel):
    """A wish that a student wanted more than what they got, and why not."""

    course: Id
    reason: Literal["full", "apart", "not_held"]
    other: Id | None = None
    """With ``apart``: the course that it does not go together with."""


class Given(WireModel):
    """What one ask came to."""

    student: Id
    basket: Id
    courses: list[Id] = Field(default_factory=list)
    ranks: list[int] = Field(default_factory=list)
    """1 for a first wish; as many as ``courses``."""
    missing: int = 0
    """Choices that could not be fulfilled."""
    better: list[Better] = Field(default_factory=list)


class NotHeld(WireModel):
    """A course that too few chose."""

    course: Id
    students: int
    """Who would have had it."""
    smallest: int


class Filled(WireModel):
    """How a course came out."""

    course: Id
    students: int
    first: int
    """Whose first wish it is."""
    wished: int
    """Who wishes for it at all."""
    last_priority: int | None = None
    """The last place in the order that had a seat."""


class AllotAnswer(WireModel):
    """Answer of ``POST /v1/allot``."""

    given: list[Given]
    courses: list[Filled]
    not_held: list[NotHeld] = Field(default_factory=list)
    profile: list[int]
    """How many choices got their first wish, their second …; the last is of those that
    got none."""
    bound: list[int]
    """The best such row that can be; equal to ``profile`` when ``proved``."""
    proved: bool
    """Nothing fairer is possible with the courses that are held."""
    improvable: int
    """Choices that could be bettered without anybody losing, as an independent check
    counts them; 0 in a fair allotment."""
