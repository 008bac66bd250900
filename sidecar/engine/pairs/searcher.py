"""One thread of search over a problem of time patterns."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..kernels.pairs import anneal as kernel
from ..kernels.pairs import state as states
from ..model.patterned import PatternedProblem, PatternedSolution
from .tables import HARD, SOFT, PairBest, PairState, PairTables, PairWork

OPERATORS = kernel.OPERATORS
MOVED = 64
"""Room for the classes of one compound move."""
DIRTY = 4096
WORST = np.iinfo(np.int64).max
UP, DOWN = 16, 32
"""A burst adds a sixteenth to the weight of a broken hard rule, and takes a
thirty-second of what is above the base from the others'."""
MOST_PRESSURE = 1000


def new_state(tables: PairTables) -> PairState:
    """Every class at its first options, every student in the first bundle."""
    classes, patterns = tables.num_classes, len(tables.pattern_days)
    rooms, rules = tables.num_rooms + 1, len(tables.rule_hard)
    joint = len(tables.joint_other)

    def ints(size: int) -> npt.NDArray[np.int32]:
        return np.zeros(size, np.int32)

    return PairState(
        random=np.ones(1, np.uint64),
        time=tables.time_ptr[:-1].astype(np.int32),
        place=tables.room_ptr[:-1].astype(np.int32),
        pattern=ints(classes),
        days=np.zeros(classes, np.int64),
        start=ints(classes),
        end=ints(classes),
        room=ints(classes),
        load=np.zeros((rooms, patterns), np.int16),
        room_head=ints(rooms),
        room_next=ints(classes),
        room_before=ints(classes),
        broken=np.zeros(rules, np.int64),
        weight=tables.rule_cost.copy(),
        set_amount=np.zeros(len(tables.set_kind), np.int64),
        bundle=tables.course_ptr[tables.enrolment_course].astype(np.int32),
        members=ints(classes),
        joint_size=ints(classes),
        joint_class=ints(joint),
        joint_count=ints(joint),
        joint_place=ints(joint),
        totals=np.zeros(6, np.int64),
    )


def new_work(tables: PairTables) -> PairWork:
    times = np.diff(tables.time_ptr)
    rooms = np.diff(tables.room_ptr)
    bundles = np.diff(tables.course_ptr)[tables.enrolment_course]
    longs = int(max(times.max(initial=0), 1)) + 1
    members = int(np.diff(tables.set_ptr).max(initial=1))
    return PairWork(
        sizes=np.zeros(5, np.int64),
        moved=np.zeros(MOVED, np.int64),
        moved_time=np.zeros(MOVED, np.int64),
        moved_place=np.zeros(MOVED, np.int64),
        moved_enrolment=np.zeros(MOVED, np.int64),
        moved_bundle=np.zeros(MOVED, np.int64),
        dirty_class=np.zeros(DIRTY, np.int64),
        dirty_enrolment=np.zeros(DIRTY, np.int64),
        costs=np.zeros(longs, np.int64),
        options=np.zeros(longs, np.int64),
        places=np.zeros(longs, np.int64),
        starts=np.zeros(members, np.int64),
        ends=np.zeros(members, np.int64),
        dice=np.zeros(kernel.DICE, np.uint8),
        statistics=np.zeros((len(OPERATORS), 3), np.int64),
        movable=np.flatnonzero((times > 1) | (rooms > 1)).astype(np.int64),
        choosers=np.flatnonzero(bundles > 1).astype(np.int64),
    )


class PairSearcher:
    """State, incumbent and moves.

    Parameters
    ----------
    rng
        Where all seeds of the kernels come from.
    """

    def __init__(
        self, problem: PatternedProblem, tables: PairTables, rng: np.random.Generator
    ) -> None:
        self.problem = problem
        self.tables = tables
        self.rng = rng
        self.state = new_state(tables)
        self.work = new_work(tables)
        self.speed = 100_000.0
        """Moves a second, as seen so far."""
        self.moves = 0
        self.stern = 1.0
        """What the weights of hard rules are multiplied by, for want of a timetable
        that keeps them all."""
        self.idle = False
        """Whether there is nothing to change."""
        self.weigh(1)
        states.fill(tables, self.state, self.work)
        self.forget()

    def weigh(self, weight: int) -> None:
        """Give every hard rule the same weight."""
        self.state.weight[self.tables.rule_hard > 0] = weight

    def forget(self) -> None:
        """The present timetable becomes the incumbent."""
        state = self.state
        self.best = PairBest(
            state.time.copy(),
            state.place.copy(),
            state.bundle.copy(),
            state.totals.copy(),
        )
        self.work.sizes[:] = 0

    def stand_at(self, best: PairBest) -> None:
        """Go to another timetable; the incumbent stays unless it is worse."""
        self.state.time[:] = best.time
        self.state.place[:] = best.place
        self.state.bundle[:] = best.bundle
        states.fill(self.tables, self.state, self.work)
        self.work.sizes[1] = DIRTY + 1
        kernel.keep_best(self.state, self.work, self.best)

    def score(self) -> tuple[int, int]:
        """(hard, soft) of the incumbent."""
        return int(self.best.totals[HARD]), int(self.best.totals[SOFT])

    def seed(self) -> int:
        return int(self.rng.integers(2**31))

    # -- to and from the problem -------------------------------------------------------

    def solution(self, best: PairBest | None = None) -> PatternedSolution:
        """The incumbent (or another) in the problem's own terms."""
        best = best or self.best
        tables = self.tables
        rooms = tables.room[best.place]
        attends: list[list[int]] = [[] for _ in self.problem.students]
        for enrolment, bundle in enumerate(best.bundle):
            first, last = tables.bundle_ptr[bundle], tables.bundle_ptr[bundle + 1]
            attends[tables.enrolment_student[enrolment]] += tables.bundle_class[
                first:last
            ].tolist()
        return PatternedSolution(
            time=tables.time_source[best.time].tolist(),
            room=np.where(rooms == tables.num_rooms, -1, rooms).tolist(),
            attends=[tuple(sorted(classes)) for classes in attends],
        )

    def load(self, start: PatternedSolution) -> None:
        """Turn the state into a solution, which also becomes the incumbent.

        What is missing in it, or can be in no feasible timetable, becomes the cheapest
        choice as things stand.
        """
        tables, state = self.tables, self.state
        missing = []
        for cls in range(tables.num_classes):
            first, last = tables.time_ptr[cls], tables.time_ptr[cls + 1]
            same = np.flatnonzero(tables.time_source[first:last] == start.time[cls])
            state.time[cls] = first + (same[0] if len(same) else 0)
            room = start.room[cls] if start.room[cls] >= 0 else tables.num_rooms
            first, last = tables.room_ptr[cls], tables.room_ptr[cls + 1]
            there = np.flatnonzero(tables.room[first:last] == room)
            state.place[cls] = first + (there[0] if len(there) else 0)
            if not len(same) or not len(there):
                missing.append(cls)
        without = [
            enrolment
            for enrolment in range(len(state.bundle))
            if not self._find_bundle(enrolment, start)
        ]
        states.fill(tables, state, self.work)
        self.forget()
        seated, placed = np.array(without, np.int64), np.array(missing, np.int64)
        kernel.seat(tables, state, self.work, self.best, seated, self.seed())
        kernel.sweep(tables, state, self.work, self.best, placed, 1.0, self.seed())
        self.forget()

    def _find_bundle(self, enrolment: int, start: PatternedSolution) -> bool:
        """Enter what a student attends of a course; whether it is a bundle."""
        student = int(self.tables.enrolment_student[enrolment])
        if student >= len(start.attends):
            return False
        bundle = self.bundle_of(enrolment, set(start.attends[student]))
        if bundle >= 0:
            self.state.bundle[enrolment] = bundle
        return bundle >= 0

    def bundle_of(self, enrolment: int, attended: set[int]) -> int:
        """The bundle of an enrolment's course that is attended, or -1."""
        tables = self.tables
        course = tables.enrolment_course[enrolment]
        for bundle in range(tables.course_ptr[course], tables.course_ptr[course + 1]):
            first, last = tables.bundle_ptr[bundle], tables.bundle_ptr[bundle + 1]
            if attended.issuperset(tables.bundle_class[first:last].tolist()):
                return bundle
        return -1

    # -- search ------------------------------------------------------------------------

    def roll(self, shares: Mapping[str, float]) -> None:
        """Choose operators in such proportions from now on.

        Those with nothing to change are left out.
        """
        weights = np.array([shares.get(name, 0.0) for name in OPERATORS])
        if not len(self.work.movable):
            weights[: kernel.BUNDLE_CHANGE] = 0
        if not len(self.work.choosers):
            weights[kernel.TIME_STUDENTS_CHANGE :] = 0
        self.idle = weights.sum() == 0
        if not self.idle:
            edges = np.round(np.cumsum(weights) / weights.sum() * kernel.DICE)
            sides = np.arange(kernel.DICE)
            self.work.dice[:] = np.searchsorted(edges, sides, side="right")

    def anneal(self, temperature: float, slack: int, iterations: int) -> None:
        """So many moves at one temperature."""
        if self.idle:
            return
        kernel.anneal(
            self.tables,
            self.state,
            self.work,
            self.best,
            float(temperature),
            slack,
            iterations,
            self.seed(),
        )
        self.moves += iterations

    def construct(self) -> None:
        """From nothing: seats for students, then a cheap place for each class."""
        tables, state, work, best = self.tables, self.state, self.work, self.best
        options = np.diff(tables.time_ptr) * np.diff(tables.room_ptr)
        order = np.argsort(options[work.movable], kind="stable")
        for _ in range(2):
            kernel.seat(
                tables,
                state,
                work,
                best,
                self.rng.permutation(work.choosers),
                self.seed(),
            )
            classes = work.movable[order]
            kernel.sweep(tables, state, work, best, classes, 1.0, self.seed())

    def usual_rise(self) -> float:
        """Mean rise of soft cost that a random change of time and room brings."""
        if not len(self.work.movable):
            return 1.0
        weight = self.state.weight.copy()
        self.weigh(0)
        rises = np.zeros(4000, np.int64)
        kernel.sample_rises(self.tables, self.state, self.work, rises, self.seed())
        self.state.weight[:] = weight
        rises = rises[rises > 0]
        return float(rises.mean()) if len(rises) else 1.0

    def press(self, base: int) -> None:
        """Raise the weights of what is broken; see the kernel."""
        kernel.press(self.tables, self.state, base, base * MOST_PRESSURE, UP, DOWN)
