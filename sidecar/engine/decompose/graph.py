"""The conflict graph of offerings as arrays, and communities of it.

Loads networkx when it is first asked for communities, for that takes a third of a
second and memory that never returns.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..model.instance import IntArray
from .coarsen import coarsened, summed

STRONGEST_EDGES = 12
"""Edges kept for each offering; weak ones cost time and do not change communities."""

OF_GROUP = 20
"""What a shared teacher or curriculum counts, in shared students."""

FINE = 4_000
"""Offerings beyond which strong ties are merged first: Louvain takes seconds there."""

FITS = 2**62
"""A product below this is exact."""

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
    merged, *edges = coarsened(a, b, weight, len(size), FINE)
    graph = nx.Graph()
    graph.add_nodes_from(merged.tolist())
    graph.add_weighted_edges_from(_rows(*edges))
    seed = int(arrays["seed"])
    labels = community.best_partition(graph, random_state=seed) if len(size) else {}
    members: dict[int, list[int]] = defaultdict(list)
    for offering, node in enumerate(merged.tolist()):
        members[labels[node]].append(offering)
    events = size.tolist()
    ties: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one, other, shared in _rows(a, b, weight):
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


def _rows(a: IntArray, b: IntArray, weight: IntArray) -> Iterator[tuple[int, int, int]]:
    return zip(a.tolist(), b.tolist(), weight.tolist(), strict=True)


def conflicts(arrays: Mapping[str, Any]) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs of offerings that share people, and how many."""
    count = len(arrays["events"])
    keys, weight = _pairs(arrays["student"], arrays["offering"], count)
    more, times = _pairs(arrays["group"], arrays["member"], count)
    keys, weight = summed(
        np.concatenate([keys, more]), np.concatenate([weight, OF_GROUP * times])
    )
    return keys // max(1, count), keys % max(1, count), weight


def _pairs(owner: Any, item: Any, count: int) -> tuple[IntArray, IntArray]:
    """Pairs of items with the same owner, as ``first × count + second``, and how often.

    Distance by distance in the sorted list, so that no more than one pair of each item
    is held at a time before it is counted.
    """
    rows = _distinct(np.asarray(owner, np.int64) * count + np.asarray(item, np.int64))
    owner, item = rows // max(1, count), rows % max(1, count)
    keys, times = np.empty(0, np.int64), np.empty(0, np.int64)
    for distance in range(1, len(rows)):
        same = owner[distance:] == owner[:-distance]
        if not same.any():
            break
        found = (item[:-distance] * count + item[distance:])[same]
        keys, times = summed(
            np.concatenate([keys, found]),
            np.concatenate([times, np.ones(len(found), np.int64)]),
        )
    return keys, times


def _distinct(values: IntArray) -> IntArray:
    """Each value once, in order; ``np.unique`` hashes, a hundred times as slow."""
    values = np.sort(values)
    return values[np.diff(values, prepend=-1) > 0]


def strongest(
    a: IntArray, b: IntArray, weight: IntArray, count: int
) -> tuple[IntArray, IntArray, IntArray]:
    """The edges that are among the strongest of one of their ends."""
    edges = len(a)
    node, edge = np.concatenate([a, b]), np.tile(np.arange(edges), 2)
    # One number for all that the order hangs on: plain sorting is much the fastest.
    most = min(int(weight.max(initial=0)), FITS // max(1, count * edges))
    rising = node * (most + 1) + most - np.minimum(weight, most)[edge]
    rising = np.sort(rising * edges + (edges - 1 - edge))
    node, edge = rising // edges // (most + 1), edges - 1 - rising % edges
    rank = np.arange(len(node)) - np.searchsorted(node, np.arange(count))[node]
    kept = edge[rank < STRONGEST_EDGES]
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
