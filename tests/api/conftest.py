"""The app in this process, without a supervisor: jobs stay queued."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sidecar.api.app import create_app
from sidecar.jobs.tokens import TokenStore
from sidecar.settings import Settings
from tests.harness import Client

MakeClient = Callable[..., Client]


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Make a running app with other settings."""
    running: list[TestClient] = []

    def make(**settings: Any) -> TestClient:
        values = {
            "data_dir": tmp_path / "data",
            "redis_url": "",
            "callback_hosts": ("odoo.example.org",),
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
    return make_app()


@pytest.fixture
def make_client(tmp_path: Path) -> Callable[..., Client]:
    """Make a signing client of a tenant for an app."""

    def make(app: TestClient, tenant: str = "demo") -> Client:
        token, secret = TokenStore(tmp_path / "data").create(tenant)
        client = Client("http://testserver", token, secret)
        client.http = app
        return client

    return make


@pytest.fixture
def client(app: TestClient, make_client: MakeClient) -> Client:
    return make_client(app)
