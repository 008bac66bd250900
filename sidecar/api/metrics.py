"""Metrics for Prometheus: counted from the jobs on disk when they are asked for."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..contract import TERMINAL, JobState
from ..jobs.files import read_optional
from ..jobs.store import REPORT, Job, JobStore

PREFIX = "timetable_"
_SECONDS = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0)
_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The metrics of one app."""

    def __init__(self, store: JobStore, data_dir: Path) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Jobs(store, data_dir))
        self.requests = Histogram(
            f"{PREFIX}request_seconds",
            "Duration of requests.",
            ["method", "route", "status"],
            buckets=_FAST,
            registry=self.registry,
        )


class _Jobs(Collector):
    def __init__(self, store: JobStore, data_dir: Path) -> None:
        self._store, self._data_dir = store, data_dir

    def describe(self) -> Iterator[Metric]:
        """Give nothing: what exists is known only when it is counted."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Count."""
        jobs = self._store.all()
        yield from _of_jobs(jobs)
        yield _durations(jobs)
        data = read_optional(self._data_dir / REPORT)
        yield from _of_supervisor({} if data is None else orjson.loads(data))


def _of_jobs(jobs: list[Job]) -> Iterator[Metric]:
    states = Counter(job.record.state for job in jobs)
    metric = GaugeMetricFamily(f"{PREFIX}jobs", "Jobs by state.", labels=["state"])
    for state in JobState:
        metric.add_metric([state], states[state])
    yield metric
    ended = CounterMetricFamily(
        f"{PREFIX}attempts_ended", "Attempts that ended, by state.", labels=["state"]
    )
    ends = Counter(item.state for job in jobs for item in job.record.attempts)
    for state in sorted(TERMINAL):
        ended.add_metric([state], ends[state])
    yield ended
    yield CounterMetricFamily(
        f"{PREFIX}jobs_accepted", "Jobs accepted and kept.", value=len(jobs)
    )
    restarts = sum(job.record.restarts for job in jobs)
    yield CounterMetricFamily(
        f"{PREFIX}restarts", "Restarts after a crash.", value=restarts
    )
    running = [
        job.record.started_at.timestamp()
        for job in jobs
        if job.record.state is JobState.RUNNING and job.record.started_at
    ]
    longest = time.time() - min(running) if running else 0.0
    yield GaugeMetricFamily(
        f"{PREFIX}longest_running_seconds", "Age of the oldest running job.", longest
    )


def _durations(jobs: list[Job]) -> Metric:
    """Durations of completed jobs, as a histogram."""
    durations = [
        (job.record.ended_at - job.record.started_at).total_seconds()
        for job in jobs
        if job.record.state is JobState.COMPLETED
        and job.record.started_at
        and job.record.ended_at
    ]
    counts = [
        (str(limit), float(sum(value <= limit for value in durations)))
        for limit in _SECONDS
    ]
    counts.append(("+Inf", float(len(durations))))
    metric = HistogramMetricFamily(f"{PREFIX}job_seconds", "Duration of jobs.")
    metric.add_metric([], buckets=counts, sum_value=sum(durations))
    return metric


def _of_supervisor(report: dict[str, Any]) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        f"{PREFIX}supervisor_age_seconds",
        "Seconds since the supervisor's last report.",
        time.time() - report.get("at", 0.0),
    )
    yield GaugeMetricFamily(
        f"{PREFIX}redis_up",
        "1 if Redis took the last progress, 0 if not.",
        float(report.get("redis") in ("up", "unknown")),
    )
    children = report.get("running", {}).values()
    yield GaugeMetricFamily(
        f"{PREFIX}children_rss_megabytes",
        "Resident memory of all processes of jobs.",
        sum(child.get("rss_mb", 0.0) for child in children),
    )
    yield GaugeMetricFamily(
        f"{PREFIX}disk_free_megabytes", "Free disk.", report.get("disk_free_mb", 0)
    )
    webhooks = report.get("webhooks", {})
    for name in ("sent", "failed", "given_up"):
        yield CounterMetricFamily(
            f"{PREFIX}webhooks_{name}",
            f"Webhooks {name.replace('_', ' ')} since the supervisor's start.",
            webhooks.get(name, 0),
        )


class MeasureRequests:
    """Times each request by the template of its route, so that labels stay few."""

    def __init__(self, app: ASGIApp, requests: Histogram) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a stop-watch."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            path = getattr(scope.get("route"), "path", "none")
            seconds = time.perf_counter() - begin
            if not path.endswith("/events"):
                self._requests.labels(scope["method"], path, status).observe(seconds)
