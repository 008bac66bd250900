"""Segments of work on one or more threads, each with a budget of its own.

The kernels run without the interpreter's lock, so threads are enough. What a segment
does depends on its inputs and its seed only, never on the thread or the order in which
segments happen to end: one worker and two give the same timetables as long as budgets
are counted in iterations.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .budget import Budget, StoodDownError

Work = Callable[["Segment", Budget, int], None]
"""(segment, its budget, number of the worker)"""

MOST_BEGUN = 0.99
"""A segment that is taken up again has a hundredth left at least, in which it hands
over what it has. What was used may pass 1, for a burst ends when it ends; a budget that
began behind its end would tell of shares far below zero."""


@dataclass(frozen=True)
class Segment:
    """A piece of work: its name, its share of the phase, and what must come before."""

    key: str
    weight: float = 1.0
    after: tuple[str, ...] = ()


class Crew:
    """Workers over a list of segments; the calling thread is the first of them.

    Parameters
    ----------
    budget
        Of the whole run.
    allowed
        How many workers may run now; asked again and again, so that it may fall and
        rise meanwhile. A worker too many puts its segment back.
    most
        How many there are at most.
    """

    def __init__(self, budget: Budget, allowed: Callable[[], int], most: int) -> None:
        self.budget = budget
        self.allowed = allowed
        self.most = max(1, most)
        self._condition = threading.Condition()
        self._waiting: list[Segment] = []
        self._running: dict[str, tuple[Segment, Budget]] = {}
        self._done: set[str] = set()
        self._error: BaseException | None = None
        self._begun: dict[str, float] = {}

    def run(
        self,
        segments: Iterable[Segment],
        done: Iterable[str],
        end: float,
        iterations: int | None,
        work: Work,
        begun: Mapping[str, float],
    ) -> None:
        """Do all segments that are not done yet, each after those it needs.

        Parameters
        ----------
        segments, done
            In order of preference; keys of those done before.
        end
            Point of the run's budget at which the last one should end.
        iterations
            Of all segments together, done ones included; ``None`` in a time limit.
        begun
            Share of a segment that was used before it was interrupted.
        """
        ordered = list(segments)
        total = sum(segment.weight for segment in ordered)
        self._done = set(done)
        self._waiting = [one for one in ordered if one.key not in self._done]
        self._begun = {key: min(MOST_BEGUN, used) for key, used in begun.items()}
        threads = [
            threading.Thread(
                target=self._serve, args=(number, end, iterations, total, work)
            )
            for number in range(1, min(self.most, len(self._waiting)))
        ]
        for thread in threads:
            thread.start()
        self._serve(0, end, iterations, total, work)
        for thread in threads:
            thread.join()
        if self._error is not None:
            raise self._error

    def fraction(self, segments: Iterable[Segment]) -> float:
        """Share of these segments that is done, 0–1."""
        with self._condition:
            total = reached = 0.0
            for segment in segments:
                total += segment.weight
                if segment.key in self._done:
                    reached += segment.weight
                elif segment.key in self._running:
                    used = self._running[segment.key][1].used()
                    reached += segment.weight * min(1.0, used)
            return reached / total if total else 1.0

    def check(self, number: int) -> None:
        """Called by a worker now and then.

        Raises
        ------
        StoodDownError
            If fewer workers may run than there are.
        """
        if number and number >= self.allowed():
            raise StoodDownError

    def _serve(
        self, number: int, end: float, iterations: int | None, total: float, work: Work
    ) -> None:
        while True:
            segment, budget = self._next(number, end, iterations, total)
            if segment is None or budget is None:
                return
            try:
                work(segment, budget, number)
            except StoodDownError:
                with self._condition:
                    used = budget.used() if iterations is None else 0.0
                    self._begun[segment.key] = min(MOST_BEGUN, used)
                    del self._running[segment.key]
                    self._waiting.insert(0, segment)
                    self._condition.notify_all()
                continue
            except BaseException as error:
                with self._condition:
                    self._error = self._error or error
                    self.budget.stopped = True
                    self._condition.notify_all()
                return
            with self._condition:
                del self._running[segment.key]
                self._done.add(segment.key)
                self.budget.spent_iterations += budget.spent_iterations
                self._condition.notify_all()

    def _next(
        self, number: int, end: float, iterations: int | None, total: float
    ) -> tuple[Segment | None, Budget | None]:
        """Wait for a segment that may begin; (None, None) when there will be none."""
        with self._condition:
            while True:
                if self._error is not None:
                    return None, None
                # The first stays while others run: they may put something back.
                if not self._waiting and (number or not self._running):
                    return None, None
                may = number == 0 or number < self.allowed()
                ready = [s for s in self._waiting if self._done.issuperset(s.after)]
                if may and ready:
                    break
                self._condition.wait(0.2)
            segment = ready[0]
            begun = self._begun.pop(segment.key, 0.0)
            if iterations is not None:
                share = max(1, round(iterations * segment.weight / total))
                budget = self.budget.child(1.0, share)
            else:
                left = (end - self.budget.used()) * self.budget.seconds
                workers = min(self.most, max(1, self.allowed()))
                span = self._makespan(segment, begun, workers)
                seconds = left * segment.weight * (1 - begun) / max(span, 1e-9)
                budget = self.budget.child(seconds, None, begun)
            self._waiting.remove(segment)
            self._running[segment.key] = (segment, budget)
            return segment, budget

    def _makespan(self, segment: Segment, begun: float, workers: int) -> float:
        """Weight until all is done, if ``segment`` begins now and the rest in order."""
        ends: dict[str, float] = {}
        for key, (one, budget) in self._running.items():
            ends[key] = one.weight * max(0.0, 1 - budget.used())
        free = sorted(ends.values(), reverse=True)[: workers - 1]
        free += [0.0] * (workers - len(free))
        todo = [segment, *(one for one in self._waiting if one is not segment)]
        while todo:
            at = min(free)
            known = [
                one
                for one in todo
                if all(key in self._done or key in ends for key in one.after)
            ]
            starts = [
                max([at, *(ends[key] for key in one.after if key in ends)])
                for one in known
            ]
            first = min(range(len(known)), key=lambda k: starts[k])
            one = known[first]
            weight = one.weight
            weight *= 1 - (begun if one is segment else self._begun.get(one.key, 0.0))
            ends[one.key] = starts[first] + weight
            free[free.index(at)] = ends[one.key]
            todo.remove(one)
        return max(ends.values())
