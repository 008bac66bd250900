"""Solves an instance of an outside format, for the tests of each format."""

from sidecar.contract import JobOptions, VariantRequest
from sidecar.engine.progress import NullSink, RunControl
from sidecar.solving.solve_request import solve_request


def solve(format, text, iterations):
    """Problem and best variant; by iterations, so that a slow machine finds the same.

    ``format`` is a module of ``sidecar.formats`` with ``read`` and ``PROFILE``.
    """
    problem = format.read(text)
    options = JobOptions(
        iteration_budget=iterations,
        variants=[VariantRequest(key="A", profile=format.PROFILE)],
    )
    result = solve_request(
        problem, options, digest="", sink=NullSink(), control=RunControl()
    )
    return problem, result.variants[0]
