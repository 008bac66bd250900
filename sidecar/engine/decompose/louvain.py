"""Louvain communities of offerings that share students, faculty or curricula.

Blondel et al., "Fast unfolding of communities in large networks", 2008,
doi:10.1088/1742-5468/2008/10/P10008. The graph is over offerings, not classes: all
parallel classes of an offering compete for the same students, so they stay together.
"""

from collections import Counter
from dataclasses import dataclass

import community
import networkx as nx
import numpy as np
import numpy.typing as npt

from ..model import Instance

STRONGEST_EDGES = 12
"""Edges kept for each offering; weak ones cost time and do not change communities."""

SMALLEST, LARGEST = 12, 400
"""Events of a cluster: smaller ones are merged, larger ones split."""


@dataclass(frozen=True)
class Clusters:
    """Cluster of each class and event, and how much of the conflict weight is cut."""

    of_class: npt.NDArray[np.int64]
    of_event: npt.NDArray[np.int64]
    count: int
    cut_share: float


def conflict_graph(instance: Instance) -> nx.Graph:
    """Offerings, joined by the number of people they share."""
    shared: Counter[tuple[int, int]] = Counter()
    by_student: dict[int, list[int]] = {}
    for student, offering in zip(
        instance.enrolment_student.tolist(),
        instance.enrolment_offering.tolist(),
        strict=True,
    ):
        by_student.setdefault(student, []).append(offering)
    for offerings in by_student.values():
        offerings.sort()
        shared.update(
            (a, b) for i, a in enumerate(offerings) for b in offerings[i + 1 :]
        )
    offering_of = instance.class_offering
    groups: list[set[int]] = []
    for classes in instance.curriculum_classes:
        groups.append({int(offering_of[c]) for c in classes})
    by_faculty: dict[int, set[int]] = {}
    for event, members in enumerate(instance.event_faculty):
        offering = int(offering_of[instance.event_class[event]])
        for member in members:
            by_faculty.setdefault(member, set()).add(offering)
    groups += by_faculty.values()
    for group in groups:
        ordered = sorted(group)
        for i, a in enumerate(ordered):
            for b in ordered[i + 1 :]:
                shared[a, b] += 20
    graph = nx.Graph()
    graph.add_nodes_from(sorted(set(offering_of.tolist())))
    strongest: dict[int, list[tuple[int, int, int]]] = {}
    for (a, b), weight in shared.items():
        strongest.setdefault(a, []).append((weight, a, b))
        strongest.setdefault(b, []).append((weight, a, b))
    for edges in strongest.values():
        edges.sort(reverse=True)
        for weight, a, b in edges[:STRONGEST_EDGES]:
            graph.add_edge(a, b, weight=weight)
    return graph


def find_clusters(instance: Instance, seed: int) -> Clusters:
    """Communities, merged or split to a size that exact methods take well."""
    graph = conflict_graph(instance)
    labels = community.best_partition(graph, random_state=seed) if len(graph) else {}
    size: Counter[int] = Counter()
    for event_class in instance.event_class.tolist():
        size[int(instance.class_offering[event_class])] += 1
    members: dict[int, list[int]] = {}
    for offering in graph.nodes:
        members.setdefault(labels[offering], []).append(offering)
    groups = _merge_small(_split_large(list(members.values()), size), size, graph)
    cluster_of = {o: k for k, group in enumerate(groups) for o in group}
    of_class = np.array(
        [cluster_of[int(o)] for o in instance.class_offering], np.int64
    ).reshape(instance.num_classes)
    total = cut = 0
    for a, b, weight in graph.edges(data="weight"):
        total += weight
        cut += weight * (cluster_of[a] != cluster_of[b])
    return Clusters(
        of_class=of_class,
        of_event=of_class[instance.event_class],
        count=len(groups),
        cut_share=cut / total if total else 0.0,
    )


def one_cluster(instance: Instance) -> Clusters:
    """Everything in one cluster: what a run without clustering has."""
    return Clusters(
        of_class=np.zeros(instance.num_classes, np.int64),
        of_event=np.zeros(instance.num_events, np.int64),
        count=1,
        cut_share=0.0,
    )


def _split_large(groups: list[list[int]], size: Counter[int]) -> list[list[int]]:
    result = []
    for group in groups:
        events = sum(size[o] for o in group)
        parts = -(-events // LARGEST) or 1
        result += [group[k::parts] for k in range(parts)]
    return result


def _merge_small(
    groups: list[list[int]], size: Counter[int], graph: nx.Graph
) -> list[list[int]]:
    """Join each small group to the one it shares most with, if that stays in size."""
    groups = [list(group) for group in groups]

    def events(index: int) -> int:
        return sum(size[o] for o in groups[index])

    for index in sorted(range(len(groups)), key=events):
        own = events(index)
        if own >= SMALLEST:
            continue
        home = {o: k for k, group in enumerate(groups) for o in group}
        ties: Counter[int] = Counter()
        for offering in groups[index]:
            for other, data in graph[offering].items():
                if home[other] != index:
                    ties[home[other]] += data["weight"]
        others = [k for k in range(len(groups)) if k != index and groups[k]]
        choices = [k for k, _ in ties.most_common()] or sorted(others, key=events)
        for target in choices:
            if own + events(target) <= LARGEST:
                groups[target] += groups[index]
                groups[index] = []
                break
    return [group for group in groups if group]
