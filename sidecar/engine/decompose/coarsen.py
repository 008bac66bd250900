"""Fewer nodes before communities are looked for: strong ties become one node.

Heavy-edge matching as in Karypis and Kumar, "A fast and high quality multilevel scheme
for partitioning irregular graphs", 1998, doi:10.1137/S1064827595287997. A pair is
matched if each is the other's strongest tie, weighed against all ties of both: so the
result hangs neither on an order nor on chance.
"""

import numpy as np

from ..model.instance import IntArray

ROUNDS = 4
"""At most; each leaves a little less than the one before, and the graph denser."""


def coarsened(
    a: IntArray, b: IntArray, weight: IntArray, count: int, enough: int
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Merge nodes until there are no more than ``enough``, or it stalls.

    Parameters
    ----------
    a, b, weight
        (edges,): the ends of each edge, and how strong it is.
    count
        Nodes.

    Returns
    -------
    tuple
        ``label`` (nodes,) of the merged nodes, then ``a``, ``b`` and ``weight`` of the
        edges between these. An edge within a merged node is a loop.
    """
    label = np.arange(count)
    for _ in range(ROUNDS):
        if count <= enough:
            break
        merged = _matched(a, b, weight, count)
        label, count = merged[label], int(merged.max()) + 1
        a, b = merged[a], merged[b]
        keys, weight = summed(np.minimum(a, b) * count + np.maximum(a, b), weight)
        a, b = keys // count, keys % count
    return label, a, b, weight


def summed(keys: IntArray, values: IntArray) -> tuple[IntArray, IntArray]:
    """Each key (not negative) once, in order, with the sum of its values."""
    order = np.argsort(keys)
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    if not first.size:
        return keys, values
    return keys[first], np.add.reduceat(values[order], first)


def _matched(a: IntArray, b: IntArray, weight: IntArray, count: int) -> IntArray:
    """New number of each node; both of a matched pair have the same."""
    between = a != b
    a, b, weight = a[between], b[between], weight[between]
    node, other = np.concatenate([a, b]), np.concatenate([b, a])
    both = np.concatenate([weight, weight])
    strength = np.bincount(node, both, count)
    tie = both / (strength[node] * strength[other])
    order = np.lexsort((other, -tie, node))
    nodes, first = np.unique(node[order], return_index=True)
    own = np.arange(count)
    best = own.copy()
    best[nodes] = other[order[first]]
    mutual = best[best] == own
    first_of_pair = np.where(mutual, np.minimum(best, own), own)
    _, number = np.unique(first_of_pair, return_inverse=True)
    return number.astype(np.int64)
