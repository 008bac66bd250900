"""Louvain communities of offerings that share students, faculty or curricula.

Blondel et al., "Fast unfolding of communities in large networks", 2008,
doi:10.1088/1742-5468/2008/10/P10008. The graph is over offerings, not classes: all
parallel classes of an offering compete for the same students, so they stay together.

A university's graph lives in a process of its own, beside the compiling of tables: it
takes as much memory as the engine's arrays, and its memory returns.
"""

import io
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..model import Instance
from .graph import communities

logger = logging.getLogger(__name__)

IN_PROCESS = 20_000
"""Up to so many enrolments and events a process of its own costs more than it saves."""


@dataclass(frozen=True)
class Clusters:
    """Cluster of each class and event, and how much of the conflict weight is cut."""

    of_class: npt.NDArray[np.int64]
    of_event: npt.NDArray[np.int64]
    count: int
    cut_share: float


class Clustering:
    """Looks for clusters, beside other work if the instance is large.

    Must be closed, for a run may end before its clusters are known. Where it is
    ``steady``, a lost process costs time only; else the run goes on without clusters.
    """

    def __init__(self, instance: Instance, seed: int, steady: bool = False) -> None:
        self.instance = instance
        self.steady = steady
        self._arrays = described(instance, seed)
        self._process: subprocess.Popen[bytes] | None = None
        self._answer = b""
        self._talk = threading.Thread(target=self._converse, daemon=True)
        if instance.num_enrolments + instance.num_events > IN_PROCESS:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sidecar.engine.decompose.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._talk.start()

    def _converse(self) -> None:
        """The pipe holds less than there is to say, so another thread waits for it."""
        assert self._process is not None
        task = io.BytesIO()
        np.savez(task, **self._arrays)
        self._answer = self._process.communicate(task.getvalue())[0]

    def result(self, obey: Callable[[], None]) -> Clusters:
        """The clusters; ``obey`` is called while they are waited for."""
        if self._process is None:
            return _clusters(self.instance, communities(self._arrays))
        while self._talk.is_alive():
            self._talk.join(0.05)
            obey()
        if self._process.returncode:
            if self.steady:
                # What is found may not hang on a process that the system ended.
                return _clusters(self.instance, communities(self._arrays))
            logger.warning("The search for groups of courses ended early; going on.")
            return one_cluster(self.instance)
        with np.load(io.BytesIO(self._answer), allow_pickle=False) as found:
            return _clusters(self.instance, dict(found))

    def close(self) -> None:
        """End the process, if it still runs."""
        if self._process is not None:
            self._process.kill()
            self._talk.join()


def described(instance: Instance, seed: int) -> dict[str, Any]:
    """What ``communities`` reads; small types, for a pipe has to carry it."""
    offering_of = instance.class_offering
    offerings, own = np.unique(offering_of, return_inverse=True)
    known = np.isin(instance.enrolment_offering, offerings)
    group: list[int] = []
    member: list[int] = []
    for number, classes in enumerate(instance.curriculum_classes, instance.num_faculty):
        group += [number] * len(classes)
        member += classes
    for event, teachers in enumerate(instance.event_faculty):
        group += teachers
        member += [int(instance.event_class[event])] * len(teachers)
    return {
        "student": instance.enrolment_student[known].astype(np.int32),
        "offering": np.searchsorted(
            offerings, instance.enrolment_offering[known]
        ).astype(np.int32),
        "group": np.array(group, np.int32),
        "member": own[np.array(member, np.int64)].astype(np.int32),
        "events": np.bincount(own[instance.event_class], minlength=len(offerings)),
        "seed": np.int64(seed),
    }


def _clusters(instance: Instance, found: dict[str, Any]) -> Clusters:
    _, own = np.unique(instance.class_offering, return_inverse=True)
    of_class = found["cluster"][own].reshape(instance.num_classes)
    return Clusters(
        of_class=of_class,
        of_event=of_class[instance.event_class],
        count=int(found["count"]),
        cut_share=float(found["cut_share"]),
    )


def one_cluster(instance: Instance) -> Clusters:
    """Everything in one cluster: what a run without clustering has."""
    return Clusters(
        of_class=np.zeros(instance.num_classes, np.int64),
        of_event=np.zeros(instance.num_events, np.int64),
        count=1,
        cut_share=0.0,
    )
