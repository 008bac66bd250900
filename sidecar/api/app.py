"""The API: ``create_app(settings)``. It answers and stores; it never solves."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from .. import __version__
from ..access.ledger import Ledger
from ..access.tokens import MACHINES, TokenStore
from ..jobs.admission import Admission
from ..jobs.catalogue import Catalogue
from ..jobs.store import JobStore
from ..machines.leases import Leases
from ..questions.analysis_client import Analysts
from ..questions.intake_pool import IntakePool
from ..questions.turns import AtOnce
from ..run.retention import marks_missing
from ..settings import Settings, load_settings
from . import error_handlers, openapi
from .dependencies import Services
from .metrics import MeasureRequests, Metrics
from .routers import analyse, callbacks, health, jobs, machines, results

logger = logging.getLogger(__name__)

_DESCRIPTION = """
University timetables under NEP 2020: send a problem, follow the job, fetch the
variants. Every call has a bearer token; `POST` and `DELETE` are signed as well.
Errors are problem details (RFC 9457) that name the field and how to mend it.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the app; without settings they are read from the environment."""
    settings = settings or load_settings()
    store = JobStore(settings.data_dir)
    catalogue = Catalogue(store, settings.data_dir)
    services = Services(
        settings=settings,
        store=store,
        catalogue=catalogue,
        admission=Admission(settings, catalogue),
        tokens=TokenStore(settings.data_dir),
        machine_tokens=TokenStore(settings.data_dir, MACHINES),
        leases=Leases(settings.data_dir),
        intake=IntakePool(settings),
        analysts=Analysts(settings),
        ledger=Ledger(settings.data_dir),
        questions=AtOnce(settings.tenant_questions, "questions"),
        streams=AtOnce(settings.tenant_streams, "streams"),
        sending=AtOnce(settings.tenant_checks, "jobs on their way"),
        metrics=Metrics(catalogue, settings.data_dir),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        await asyncio.to_thread(marks_missing, store)
        await asyncio.to_thread(catalogue.active)
        await services.intake.warm()
        reachable = asyncio.create_task(_say_alive(services))
        try:
            yield
        finally:
            reachable.cancel()
            services.leases.close()
            services.ledger.close()
            services.intake.close()
            await services.analysts.close()

    app = FastAPI(
        title="timetable_nep",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        redoc_url=None,
        docs_url="/docs" if settings.api_pages else None,
        openapi_url="/openapi.json" if settings.api_pages else None,
    )
    app.state.services = services
    for module in (jobs, results, analyse, callbacks, health):
        app.include_router(module.router)
    if settings.runner == "machines":
        app.include_router(machines.router)
    error_handlers.install(app)
    openapi.install(app)
    app.add_middleware(MeasureRequests, requests=services.metrics.requests)
    return app


async def _say_alive(services: Services) -> None:
    """Tell the supervisor that machines can speak: else their silence says nothing."""
    while services.settings.runner == "machines":
        try:
            await asyncio.to_thread(services.leases.alive)
        except sqlite3.Error as error:
            logger.error("The leases cannot be written: %s.", error)
        await asyncio.sleep(1)
