"""Metrics for Prometheus: counted from the jobs on disk when they are asked for."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, Histogram
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..contract import TERMINAL, JobState, Stage
from ..jobs.catalogue import Catalogue
from ..jobs.causes import CAUSES
from ..jobs.record import Job
from ..jobs.store import REPORT, age_of
from ..jobs.tally import BUCKETS, Counts
from ..system.files import read_object

PREFIX = "timetable_"
_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The metrics of one app."""

    def __init__(self, catalogue: Catalogue, data_dir: Path) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Jobs(catalogue, data_dir))
        self.streams = Gauge(
            f"{PREFIX}streams",
            "Streams of events that are open.",
            registry=self.registry,
        )
        self.requests = Histogram(
            f"{PREFIX}request_seconds",
            "Duration of requests.",
            ["method", "route", "status"],
            buckets=_FAST,
            registry=self.registry,
        )


class _Jobs(Collector):
    def __init__(self, catalogue: Catalogue, data_dir: Path) -> None:
        self._catalogue, self._data_dir = catalogue, data_dir

    def describe(self) -> Iterator[Metric]:
        """Give nothing: what exists is known only when it is counted."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Count."""
        yield from _of_jobs(self._catalogue.active(), self._catalogue.states())
        yield from _of_tally(self._catalogue.counts())
        yield from _of_supervisor(read_object(self._data_dir / REPORT))


def _of_jobs(jobs: list[Job], states: Counter[JobState]) -> Iterator[Metric]:
    """Where jobs stand now."""
    metric = GaugeMetricFamily(f"{PREFIX}jobs", "Jobs by state.", labels=["state"])
    for state in JobState:
        metric.add_metric([state], states[state])
    yield metric
    at = time.time()
    running = [
        job.record.started_at.timestamp()
        for job in jobs
        if job.record.state is JobState.RUNNING and job.record.started_at
    ]
    yield GaugeMetricFamily(
        f"{PREFIX}longest_running_seconds",
        "Age of the oldest running job.",
        at - min(running, default=at),
    )
    waiting = [
        job.record.history[-1].at.timestamp()
        for job in jobs
        if job.record.state is JobState.QUEUED
    ]
    yield GaugeMetricFamily(
        f"{PREFIX}longest_waiting_seconds",
        "How long the job has waited that has waited longest.",
        at - min(waiting, default=at),
    )


def _of_tally(counts: Counts) -> Iterator[Metric]:
    """What became of jobs; jobs that are forgotten by now count too."""
    for name, label, labels, text in (
        ("attempts_ended", "state", sorted(TERMINAL), "Attempts that ended, by state."),
        ("attempts_failed", "cause", CAUSES, "Attempts that failed, by cause."),
    ):
        metric = CounterMetricFamily(f"{PREFIX}{name}", text, labels=[label])
        for value in labels:
            metric.add_metric([value], counts[f"{name.split('_')[1]}:{value}"])
        yield metric
    for name, key, text in (
        ("jobs_accepted", "accepted", "Jobs accepted."),
        ("admissions", "admitted", "Attempts begun."),
        ("restarts", "restarts", "Restarts after a crash."),
        ("interruptions", "interrupted", "Attempts ended by a stop of the service."),
    ):
        yield CounterMetricFamily(f"{PREFIX}{name}", text, value=counts[key])
    durations = HistogramMetricFamily(
        f"{PREFIX}job_seconds", "Duration of completed jobs."
    )
    _add_durations(durations, [], counts, "job")
    yield durations
    stages = HistogramMetricFamily(
        f"{PREFIX}stage_seconds", "Duration of a job's stages.", labels=["stage"]
    )
    for stage in Stage:
        _add_durations(stages, [stage], counts, f"stage:{stage}")
    yield stages


def _add_durations(
    metric: HistogramMetricFamily, labels: list[str], counts: Counts, name: str
) -> None:
    buckets = [(str(limit), float(counts[f"{name}:le:{limit}"])) for limit in BUCKETS]
    buckets.append(("+Inf", float(counts[f"{name}:count"])))
    metric.add_metric(labels, buckets, counts[f"{name}:ms"] / 1000)


def _of_supervisor(report: dict[str, Any]) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        f"{PREFIX}supervisor_age_seconds",
        "Seconds since the supervisor's last report.",
        age_of(report),
    )
    yield GaugeMetricFamily(
        f"{PREFIX}supervisor_recent_starts",
        "Starts of the supervisor in the last ten minutes.",
        report.get("starts", 0),
    )
    redis = report.get("redis")
    yield GaugeMetricFamily(
        f"{PREFIX}redis_up",
        "0 if Redis did not take the last progress, else 1; so too where it is off.",
        float(redis != "down" and bool(report)),
    )
    metric = GaugeMetricFamily(
        f"{PREFIX}redis_state", "1 for the state that Redis is in.", labels=["state"]
    )
    for state in ("off", "unknown", "up", "down"):
        metric.add_metric([state], float(redis == state))
    yield metric
    yield from _of_children(list(report.get("running", {}).values()))
    yield GaugeMetricFamily(
        f"{PREFIX}room", "Attempts that could begin now.", report.get("room", 0)
    )
    yield GaugeMetricFamily(
        f"{PREFIX}disk_free_megabytes", "Free disk.", report.get("disk_free_mb", 0)
    )
    yield GaugeMetricFamily(
        f"{PREFIX}jobs_put_aside",
        "Jobs whose files are damaged, in the folder quarantine.",
        report.get("put_aside", 0),
    )
    webhooks = report.get("webhooks", {})
    for name in ("sent", "failed", "given_up", "stumbled"):
        yield CounterMetricFamily(
            f"{PREFIX}webhooks_{name}",
            f"Webhooks {name.replace('_', ' ')} since the supervisor's start.",
            webhooks.get(name, 0),
        )
    yield GaugeMetricFamily(
        f"{PREFIX}webhooks_waiting",
        "Jobs whose next message waits after a failure.",
        webhooks.get("waiting", 0),
    )


def _of_children(children: list[dict[str, Any]]) -> Iterator[Metric]:
    """Memory and number of the processes of jobs."""
    sizes = [child.get("rss_mb", 0.0) for child in children]
    yield GaugeMetricFamily(
        f"{PREFIX}children_rss_megabytes",
        "Resident memory of all processes of jobs.",
        sum(sizes),
    )
    yield GaugeMetricFamily(
        f"{PREFIX}largest_job_rss_megabytes",
        "Resident memory of the job that uses most.",
        max(sizes, default=0.0),
    )
    yield GaugeMetricFamily(
        f"{PREFIX}children",
        "Processes of jobs.",
        sum(child.get("processes", 0) for child in children),
    )
    machines: dict[str, float] = {}
    for child in children:
        name = child.get("machine") or "here"
        machines[name] = machines.get(name, 0.0) + child.get("rss_mb", 0.0)
    metric = GaugeMetricFamily(
        f"{PREFIX}machine_rss_megabytes",
        "Resident memory of all processes of jobs, by machine.",
        labels=["machine"],
    )
    for name, size in sorted(machines.items()):
        metric.add_metric([name], size)
    yield metric


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
