"""Is it alive, is it ready, how does it do."""

import os
import shutil

from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ...jobs.store import REPORT, age_of
from ...system.files import read_object
from ..dependencies import Services, ServicesOf
from ..openapi import errors
from ..schemas import Check, Health, Readiness
from ..security import tenant_of

router = APIRouter(tags=["health"])

_FRESH_SECONDS = 10.0
_LEAST_FREE_MB, _USUAL_STARTS = 200, 3


@router.get("/healthz", summary="Alive")
async def healthz() -> Health:
    """Answer while the process lives."""
    return Health()


@router.get(
    "/readyz",
    responses={503: {"description": "Not ready", "model": Readiness}},
    summary="Ready",
)
async def readyz(response: Response, services: ServicesOf) -> Readiness:
    """Say whether jobs are taken and run, and what is missing if not."""
    checks = _checks(services)
    ready = all(check.ok for check in checks if check.needed)
    if not ready:
        response.status_code = 503
    return Readiness(ready=ready, checks=checks)


def _checks(services: Services) -> list[Check]:
    folder = services.settings.data_dir
    report = read_object(folder / REPORT)
    age, starts = age_of(report), report.get("starts", 0)
    free = shutil.disk_usage(folder).free // 2**20
    redis = report.get("redis", "unknown")
    return [
        Check(
            name="supervisor",
            ok=age < _FRESH_SECONDS,
            needed=True,
            detail="It runs." if age < _FRESH_SECONDS else "It does not report.",
        ),
        Check(
            name="restarts",
            ok=starts <= _USUAL_STARTS,
            needed=False,
            detail=f"The supervisor began {starts} time(s) in the last ten minutes.",
        ),
        Check(
            name="disk",
            ok=free >= _LEAST_FREE_MB and os.access(folder, os.W_OK),
            needed=True,
            detail=f"{free:,} MB are free.",
        ),
        Check(
            name="redis",
            ok=redis != "down",
            needed=False,
            detail=f"Redis is {redis}; progress is on disk too.",
        ),
    ]


@router.get(
    "/metrics",
    response_class=Response,
    responses=errors(401, 404),
    summary="Metrics for Prometheus",
)
def metrics(request: Request, services: ServicesOf) -> Response:
    """Give the metrics in Prometheus's text format, to whom it may concern."""
    access = services.settings.metrics_access
    if access == "closed":
        raise HTTPException(404, "The metrics are closed: TIMETABLE_METRICS_ACCESS.")
    if access == "token":
        tenant_of(request, services.tokens)
    text = generate_latest(services.metrics.registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
