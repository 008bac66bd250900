"""The app in this process, without a supervisor: jobs stay queued.

One app serves most tests, each as a tenant of its own; a test that counts or changes
what belongs to all starts one with ``make_app``.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sidecar.access.tokens import TokenStore
from sidecar.api.app import create_app
from sidecar.settings import Settings
from tests.harness import Client

MakeClient = Callable[..., Client]
CALLBACKS = ("odoo.example.org",)
_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "data"


@pytest.fixture(scope="session")
def shared_app(shared_data: Path) -> Iterator[TestClient]:
    settings = Settings(data_dir=shared_data, redis_url="", callback_hosts=CALLBACKS)
    with TestClient(create_app(settings), raise_server_exceptions=False) as app:
        yield app


@pytest.fixture
def tenant() -> str:
    """A name that no other test has."""
    return f"tenant-{next(_NUMBERS)}"


@pytest.fixture
def client(shared_app: TestClient, shared_data: Path, tenant: str) -> Client:
    """A tenant of the shared app, without any job yet."""
    return _client(shared_app, shared_data, tenant)


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Make a running app with other settings."""
    running: list[TestClient] = []

    def make(**settings: Any) -> TestClient:
        values = {
            "data_dir": tmp_path / "data",
            "redis_url": "",
            "callback_hosts": CALLBACKS,
            **settings,
        }
        app = TestClient(create_app(Settings(**values)), raise_server_exceptions=False)
        app.__enter__()
        running.append(app)
        return app

    yield make
    for app in running:
        app.__exit__(None, None, None)


@pytest.fixture
def app(make_app: Callable[..., TestClient]) -> TestClient:
    """An app for this test alone."""
    return make_app()


@pytest.fixture
def make_client(tmp_path: Path) -> MakeClient:
    """Make a signing client of a tenant for an app of this test."""

    def make(app: TestClient, tenant: str = "demo") -> Client:
        return _client(app, tmp_path / "data", tenant)

    return make


def _client(app: TestClient, data: Path, tenant: str) -> Client:
    token, secret = TokenStore(data).create(tenant)
    client = Client("http://testserver", token, secret)
    client.http = app
    return client
