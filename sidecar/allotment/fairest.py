"""The fairest allotment: leximin over ranks, by minimum cost flows in stages.

First as few choices as possible get nothing, then as few as possible get their last
wish, then their last but one, and so on; tier after tier where there are priority
classes. Among all allotments with that row of numbers, the one is taken in which
whoever comes first in the order has the better wish.

Each stage is one flow with costs 0 and 1. What a stage decides is kept for the next by
complementary slackness: from the optimal flow follow prices of doors and pools; an arc
whose reduced cost is positive carries nothing in *any* optimal flow, one whose reduced
cost is negative is full in all of them. The former are taken away, the latter fixed,
and every flow that is left is optimal for all stages so far (Huang, Kavitha, Mehlhorn,
Michail: Fair Matchings and Related Problems, Algorithmica 74, 2016, use the duals in
the same way). Flows are integral, so nothing is rounded.
"""

from collections.abc import Iterator

import numpy as np
from ortools.graph.python import min_cost_flow

from .instance import Instance, Ints

FAR = np.int64(1) << np.int64(40)


class Network:
    """Arcs of the flow: wishes, doors to pools, pools to the end."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        units = len(instance.unit_student)
        doors, pools = len(instance.doors), len(instance.pool_seats)
        self.first_door, self.first_pool = units, units + doors
        self.end = units + doors + pools
        through = [
            (door, pool)
            for door, behind in enumerate(instance.doors)
            for pool in behind
        ]
        pairs = np.array(through, dtype=np.int64).reshape(-1, 2)
        total = int(instance.unit_choices.sum())
        last_door = self.first_door + doors - 1
        self.tail = np.concatenate(
            (
                instance.arc_unit,
                self.first_door + pairs[:, 0],
                self.first_pool + np.arange(pools),
                [last_door],
            )
        )
        self.head = np.concatenate(
            (
                self.first_door + instance.arc_door,
                self.first_pool + pairs[:, 1],
                np.full(pools, self.end),
                [self.end],
            )
        )
        nothing = instance.arc_course == instance.nothing
        wishes = np.where(nothing, instance.unit_choices[instance.arc_unit], 1)
        self.room = np.concatenate(
            (
                wishes,
                np.full(len(pairs), total),
                instance.pool_seats,
                [total],
            )
        ).astype(np.int64)
        self.supply = np.zeros(self.end + 1, dtype=np.int64)
        self.supply[:units] = instance.unit_choices
        self.supply[self.end] = -total
        self.fixed = np.zeros(len(self.tail), dtype=np.int64)
        self.open = self.room > 0
        self.wishes = len(instance.arc_unit)

    def close(self, arcs: Ints) -> None:
        """Take wishes away."""
        self.open[arcs] = False

    def solve(self, cost: Ints) -> Ints:
        """Give an optimal flow of all arcs.

        ``cost`` is of the wishes; the other arcs cost nothing.
        """
        arcs = np.flatnonzero(self.open)
        costs = np.zeros(len(self.tail), dtype=np.int64)
        costs[: self.wishes] = cost
        flow = self.fixed.copy()
        solver = min_cost_flow.SimpleMinCostFlow()
        solver.add_arcs_with_capacity_and_unit_cost(
            self.tail[arcs].astype(np.int32),
            self.head[arcs].astype(np.int32),
            self.room[arcs],
            costs[arcs],
        )
        nodes = np.arange(self.end + 1, dtype=np.int32)
        solver.set_nodes_supplies(nodes, self.supply)
        status = solver.solve()
        if status != solver.OPTIMAL:
            raise RuntimeError(f"The flow ended with status {status}.")
        flow[arcs] += solver.flows(np.arange(len(arcs), dtype=np.int32))
        return flow

    def decide(self, cost: Ints, flow: Ints) -> None:
        """Keep only the flows that are as good as this one."""
        price = self._prices(cost, flow)
        costs = np.zeros(len(self.tail), dtype=np.int64)
        costs[: self.wishes] = cost
        reduced = costs + price[self.tail] - price[self.head]
        self.open &= reduced <= 0
        full = np.flatnonzero(self.open & (reduced < 0))
        np.add.at(self.supply, self.tail[full], -self.room[full])
        np.add.at(self.supply, self.head[full], self.room[full])
        self.fixed[full] += self.room[full]
        self.open[full] = False

    def _prices(self, cost: Ints, flow: Ints) -> Ints:
        """Shortest ways in what is left of the network; there is no negative cycle."""
        costs = np.zeros(len(self.tail), dtype=np.int64)
        costs[: self.wishes] = cost
        moved = flow - self.fixed
        onward = self.open & (moved < self.room)
        back = self.open & (moved > 0)
        tails = np.concatenate((self.tail[onward], self.head[back]))
        heads = np.concatenate((self.head[onward], self.tail[back]))
        lengths = np.concatenate((costs[onward], -costs[back]))
        price = np.zeros(self.end + 1, dtype=np.int64)
        for _turn in range(self.end + 2):
            before = price.copy()
            np.minimum.at(price, heads, price[tails] + lengths)
            if np.array_equal(before, price):
                return price
        raise RuntimeError("The flow was not optimal.")


def stages(instance: Instance) -> Iterator[Ints]:
    """Give the costs of the wishes, stage by stage, the most important first."""
    tiers = instance.unit_tier[instance.arc_unit]
    for tier in np.unique(instance.unit_tier):
        for rank in range(instance.ranks, 0, -1):
            cost = ((instance.arc_rank == rank) & (tiers == tier)).astype(np.int64)
            if cost.any():
                yield cost
    yield priority_cost(instance)


def priority_cost(instance: Instance) -> Ints:
    """Ranks weighed by the place in the order: who comes first, counts more."""
    order = np.argsort(np.argsort(np.unique(instance.unit_priority)))
    places = np.searchsorted(np.unique(instance.unit_priority), instance.unit_priority)
    weight = len(order) - places
    return (instance.arc_rank * weight[instance.arc_unit]).astype(np.int64)


def fairest(instance: Instance, without: Ints) -> Ints:
    """Give for each arc how much of it is given, pairs kept apart not looked at.

    Parameters
    ----------
    without
        Wishes that may not be given.
    """
    network = Network(instance)
    network.close(without)
    flow = np.zeros(0, dtype=np.int64)
    for cost in stages(instance):
        flow = network.solve(cost)
        network.decide(cost, flow)
    return flow[: network.wishes] if len(flow) else flow
