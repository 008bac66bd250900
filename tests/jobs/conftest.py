"""One service and one Redis for most tests here; some start their own."""

from collections.abc import Iterator

import pytest

from tests.harness import Client, Receiver, RedisServer, Service, serving, with_machines


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


LIMITS = {
    "job_memory_mb": 400,
    "job_disk_mb": 20,
    "job_silence_seconds": 8,
    "job_overtime_seconds": 2,
    "max_running_jobs": 4,
    "webhook_progress_seconds": 0.3,
}


@pytest.fixture(scope="session")
def local_service(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> Iterator[Service]:
    """Jobs run on this machine; nobody restarts this one."""
    folder = tmp_path_factory.mktemp("service")
    with serving(folder, redis_server.url, **LIMITS) as running:
        yield running


@pytest.fixture(scope="session")
def machines_service(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> Iterator[Service]:
    """Jobs run on two other machines."""
    folder = tmp_path_factory.mktemp("machines")
    with with_machines(folder, redis_server.url, **LIMITS) as (running, _):
        yield running


@pytest.fixture
def service(local_service: Service) -> Service:
    return local_service


@pytest.fixture
def client(service: Service) -> Client:
    return service.client()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()
