"""One service and one Redis for most tests here; some start their own."""

from collections.abc import Iterator

import pytest

from tests.harness import Client, Receiver, RedisServer, Service, serving


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    with serving(
        folder,
        redis_server.url,
        job_memory_mb=400,
        job_disk_mb=20,
        job_silence_seconds=3,
        job_overtime_seconds=4,
        max_running_jobs=4,
        webhook_progress_seconds=0.3,
    ) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Client:
    return service.client()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()
