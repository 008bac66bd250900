"""Communities: counted right, the same in a process of their own, and dispensable."""

import itertools
import logging
from collections import Counter

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.engine.decompose import Clustering, graph, louvain
from sidecar.engine.decompose.coarsen import coarsened
from sidecar.formats.contract_reader import read_instance

from .problems import campus

COUNT = 6
PAIRS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, COUNT - 1)), max_size=20, unique=True
)

EDGES = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(10, 30)), st.integers(1, 99)
)
"""Weights of edges between the nodes 0 to 9 and 10 to 30."""


def columns_of(edges):
    """Both ends and the weight of each edge, in the order of the ends."""
    rows = [(*ends, edges[ends]) for ends in sorted(edges)]
    return np.array(rows, np.int64).reshape(-1, 3).T


def nothing() -> None:
    """Obey nobody."""


@given(PAIRS, PAIRS)
@settings(max_examples=60, deadline=None)
def test_shared_people_are_counted(enrolments, groups):
    arrays = {
        "student": np.array([s for s, _ in enrolments], np.int32),
        "offering": np.array([o for _, o in enrolments], np.int32),
        "group": np.array([g for g, _ in groups], np.int32),
        "member": np.array([o for _, o in groups], np.int32),
        "events": np.ones(COUNT, np.int64),
    }
    expected: Counter[tuple[int, int]] = Counter()
    for rows, weight in ((enrolments, 1), (groups, graph.OF_GROUP)):
        for owner in {owner for owner, _ in rows}:
            items = sorted(item for other, item in rows if other == owner)
            for pair in itertools.combinations(items, 2):
                expected[pair] += weight
    a, b, weight = (column.tolist() for column in graph.conflicts(arrays))
    assert dict(zip(zip(a, b, strict=True), weight, strict=True)) == expected


@given(EDGES)
@settings(max_examples=40, deadline=None)
def test_an_edge_stays_if_it_is_among_the_strongest_of_one_end(edges):
    pairs, columns = sorted(edges), columns_of(edges)
    kept = graph.strongest(*columns, 31)
    got = set(zip(kept[0].tolist(), kept[1].tolist(), strict=True))
    for p in pairs:
        stronger = [sum(edges[q] > edges[p] for q in pairs if end in q) for end in p]
        as_strong = [sum(edges[q] >= edges[p] for q in pairs if end in q) for end in p]
        if min(stronger) >= graph.STRONGEST_EDGES:
            assert p not in got
        if min(as_strong) <= graph.STRONGEST_EDGES:
            assert p in got


@given(EDGES, st.integers(0, 31))
@settings(max_examples=40, deadline=None)
def test_merging_loses_no_tie(edges, enough):
    """Whatever is merged, ties between merged nodes are the sums of those they had."""
    pairs, columns = sorted(edges), columns_of(edges)
    label, *merged = coarsened(*columns, 31, enough)
    expected: Counter[tuple[int, int]] = Counter()
    for p in pairs:
        ends = sorted((int(label[p[0]]), int(label[p[1]])))
        expected[ends[0], ends[1]] += edges[p]
    one, other, summed = (column.tolist() for column in merged)
    rows = [(*sorted(ends), w) for *ends, w in zip(one, other, summed, strict=True)]
    assert {(x, y): w for x, y, w in rows} == expected
    assert len(rows) == len(expected)
    assert sorted(set(label.tolist())) == list(range(label.max() + 1))
    for node in range(31):
        mates = np.flatnonzero(label == label[node])
        if len(mates) > 1:
            assert any({node, int(m)} & {x, y} for m in mates for x, y in pairs)


def test_the_strongest_ties_are_merged_and_the_weak_are_not():
    """Two pairs of close friends who hardly know each other, and a stranger."""
    a, b, weight = np.array([[0, 1, 9], [2, 3, 9], [1, 2, 1]]).T
    label, one, other, summed = coarsened(a, b, weight, 5, enough=4)
    assert label.tolist() == [0, 0, 1, 1, 2]
    rows = zip(one.tolist(), other.tolist(), summed.tolist(), strict=True)
    assert sorted(rows) == [(0, 0, 9), (0, 1, 1), (1, 1, 9)]
    assert coarsened(a, b, weight, 5, enough=5)[0].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("fine", [graph.FINE, 20])
def test_faculties_that_share_nobody_are_apart(fine, monkeypatch):
    """Two halves of 40 offerings, each offering with 12 events, joined within only.

    As they are, and with strong ties merged first.
    """
    monkeypatch.setattr(graph, "FINE", fine)
    halves = [(s, 40 * (s % 2) + (s // 2 + k) % 40) for s in range(160) for k in (0, 1)]
    found = graph.communities(
        {
            "student": np.array([s for s, _ in halves]),
            "offering": np.array([o for _, o in halves]),
            "group": np.empty(0, np.int64),
            "member": np.empty(0, np.int64),
            "events": np.full(80, 12),
            "seed": 1,
        }
    )
    first, second = set(found["cluster"][:40]), set(found["cluster"][40:])
    assert first.isdisjoint(second)
    sizes = 12 * np.bincount(found["cluster"])
    assert sizes.min() >= graph.SMALLEST
    assert sizes.max() <= graph.LARGEST


def test_a_process_of_its_own_finds_the_same(monkeypatch):
    instance, _ = read_instance(campus())
    here = Clustering(instance, seed=3).result(nothing)
    monkeypatch.setattr(louvain, "IN_PROCESS", 0)
    clustering = Clustering(instance, seed=3)
    there = clustering.result(nothing)
    clustering.close()
    assert clustering._process is not None
    assert here.count > 1
    np.testing.assert_array_equal(there.of_class, here.of_class)
    np.testing.assert_array_equal(there.of_event, here.of_event)
    assert there.cut_share == here.cut_share


def test_without_its_process_the_run_goes_on_and_says_so(monkeypatch, caplog):
    instance, _ = read_instance(campus())
    monkeypatch.setattr(louvain, "IN_PROCESS", 0)
    clustering = Clustering(instance, seed=1)
    clustering._process.kill()
    with caplog.at_level(logging.WARNING):
        found = clustering.result(nothing)
    clustering.close()
    assert found.count == 1
    assert "groups of courses" in caplog.text


def test_closing_leaves_no_process_behind(monkeypatch):
    instance, _ = read_instance(campus())
    monkeypatch.setattr(louvain, "IN_PROCESS", 0)
    clustering = Clustering(instance, seed=1)
    pid = clustering._process.pid
    clustering.close()
    assert not psutil.pid_exists(pid)
