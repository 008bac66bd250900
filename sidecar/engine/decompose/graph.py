"""The conflict graph of offerings as arrays, and communities of it.

Loads networkx when it is first asked for communities, for that takes a third of a
second and memory that never returns.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

STRONGEST_EDGES = 12
"""Edges kept for each offering; weak ones cost time and do not change communities."""

OF_GROUP = 20
"""What a shared teacher or curriculum counts, in shared students."""

SMALLEST, LARGEST = 12, 400
"""Events of a cluster: smaller ones are merged, larger ones split."""


def communities(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Clusters of offerings.

    Parameters
    ----------
    arrays
        ``student`` and ``offering`` of each enrolment, ``group`` and ``member`` (an
        offering) of each membership of teachers and curricula, ``events`` of each
        offering, ``seed``.

    Returns
    -------
    dict
        ``cluster`` of each offering, ``count`` of clusters, and ``cut_share`` of the
        weight of all edges.
    """
    import community
    import networkx as nx

    size = np.asarray(arrays["events"])
    a, b, weight = strongest(*conflicts(arrays), len(size))
    graph = nx.Graph()
    graph.add_nodes_from(range(len(size)))
    edges = zip(a.tolist(), b.tolist(), weight.tolist(), strict=True)
    graph.add_weighted_edges_from(edges)
    seed = int(arrays["seed"])
    labels = community.best_partition(graph, random_state=seed) if len(size) else {}
    members: dict[int, list[int]] = defaultdict(list)
    for offering, label in labels.items():
        members[label].append(offering)
    events = size.tolist()
    ties: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one, other, shared in graph.edges(data="weight"):
        ties[one].append((other, shared))
        ties[other].append((one, shared))
    groups = _merge_small(_split_large(list(members.values()), events), events, ties)
    cluster = np.zeros(len(size), np.int64)
    for number, group in enumerate(groups):
        cluster[group] = number
    total = int(weight.sum())
    cut = int(weight[cluster[a] != cluster[b]].sum())
    return {
        "cluster": cluster,
        "count": len(groups),
        "cut_share": cut / total if total else 0.0,
    }


def conflicts(arrays: Mapping[str, Any]) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs of offerings that share people, and how many."""
    count = len(arrays["events"])
    keys, weight = _pairs(arrays["student"], arrays["offering"], count)
    more, times = _pairs(arrays["group"], arrays["member"], count)
    both, place = np.unique(np.concatenate([keys, more]), return_inverse=True)
    weights = np.concatenate([weight, OF_GROUP * times])
    summed = np.bincount(place, weights, len(both)).astype(np.int64)
    return both // max(1, count), both % max(1, count), summed


def _pairs(owner: Any, item: Any, count: int) -> tuple[IntArray, IntArray]:
    """Pairs of items with the same owner, as ``first × count + second``, and how often.

    Distance by distance in the sorted list, so that no more than one pair of each item
    is held at a time before it is counted.
    """
    rows = np.unique(np.asarray(owner, np.int64) * count + np.asarray(item, np.int64))
    owner, item = rows // max(1, count), rows % max(1, count)
    keys, times = np.empty(0, np.int64), np.empty(0, np.int64)
    for distance in range(1, len(rows)):
        same = owner[distance:] == owner[:-distance]
        if not same.any():
            break
        found = (item[:-distance] * count + item[distance:])[same]
        distinct, often = np.unique(found, return_counts=True)
        keys, place = np.unique(np.concatenate([keys, distinct]), return_inverse=True)
        often = np.concatenate([times, often])
        times = np.bincount(place, often, len(keys)).astype(np.int64)
    return keys, times


def strongest(
    a: IntArray, b: IntArray, weight: IntArray, count: int
) -> tuple[IntArray, IntArray, IntArray]:
    """The edges that are among the strongest of one of their ends."""
    node = np.concatenate([a, b])
    edge = np.tile(np.arange(len(a)), 2)
    order = np.lexsort((-edge, -weight[edge], node))
    first = np.searchsorted(node[order], np.arange(count))
    rank = np.arange(len(node)) - first[node[order]]
    kept = edge[order][rank < STRONGEST_EDGES]
    _, first = np.unique(kept, return_index=True)
    kept = kept[np.sort(first)]
    return a[kept], b[kept], weight[kept]


def _split_large(groups: list[list[int]], size: list[int]) -> list[list[int]]:
    result = []
    for group in groups:
        events = sum(size[o] for o in group)
        parts = -(-events // LARGEST) or 1
        result += [group[k::parts] for k in range(parts)]
    return result


def _merge_small(
    groups: list[list[int]],
    size: list[int],
    ties: Mapping[int, list[tuple[int, int]]],
) -> list[list[int]]:
    """Join each small group to the one it shares most with, if that stays in size."""
    groups = [list(group) for group in groups]
    events = [sum(size[o] for o in group) for group in groups]
    home = {o: k for k, group in enumerate(groups) for o in group}
    for index in sorted(range(len(groups)), key=lambda k: events[k]):
        own = events[index]
        if own >= SMALLEST:
            continue
        shared: Counter[int] = Counter()
        for offering in groups[index]:
            for other, weight in ties[offering]:
                if home[other] != index:
                    shared[home[other]] += weight
        choices = [k for k, _ in shared.most_common()]
        if not choices:
            others = (k for k in range(len(groups)) if k != index and groups[k])
            choices = sorted(others, key=lambda k: events[k])
        for target in choices:
            if own + events[target] <= LARGEST:
                home.update(dict.fromkeys(groups[index], target))
                groups[target] += groups[index]
                events[target] += own
                groups[index], events[index] = [], 0
                break
    return [group for group in groups if group]
