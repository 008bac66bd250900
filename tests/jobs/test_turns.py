"""Checking and asking: in turn between tenants, timed without the wait, in bounds."""

import asyncio
import gzip
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sidecar.api.examples import JOB, PROBLEM
from sidecar.jobs.errors import AnalysisError, BodyTooLargeError, InvalidRequestError
from sidecar.questions.analysis_client import AnalysisClient
from sidecar.questions.intake_pool import IntakePool
from sidecar.questions.turns import Turns
from sidecar.settings import Settings


def _settings(folder: Path, **values: object) -> Settings:
    return Settings(data_dir=folder, redis_url="", **values)


def _body(folder: Path, data: bytes = b"") -> Path:
    folder.mkdir()
    path = folder / "body"
    path.write_bytes(data or json.dumps(JOB).encode())
    return path


def _process(pool: IntakePool) -> int:
    (pid,) = pool._checkers[0]._pool._processes
    return pid


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            return  # it was killed, as it should be


def test_a_check_that_hangs_costs_only_itself(tmp_path: Path) -> None:
    """Those that wait behind it are checked afterwards: no wait counts as a check."""

    async def ask() -> None:
        pool = IntakePool(_settings(tmp_path, intake_timeout_seconds=8))
        bodies = [_body(tmp_path / str(number)) for number in range(5)]
        try:
            await pool.warm()
            with _stopped(_process(pool)):
                asked = [
                    asyncio.create_task(pool.examine(body, "", tenant))
                    for body, tenant in zip(
                        bodies, ["alpha"] * 4 + ["beta"], strict=True
                    )
                ]
                found = await asyncio.gather(*asked, return_exceptions=True)
        finally:
            pool.close()
        assert isinstance(found[0], AnalysisError)
        assert [item for item in found[1:] if isinstance(item, BaseException)] == []

    asyncio.run(ask())


def test_the_end_does_not_wait_for_a_check(tmp_path: Path) -> None:
    """A service that is asked to stop stops."""

    async def ask() -> None:
        pool = IntakePool(_settings(tmp_path))
        await pool.warm()
        with _stopped(_process(pool)):
            asked = asyncio.create_task(
                pool.examine(_body(tmp_path / "in"), "", "alpha")
            )
            await asyncio.sleep(0.1)
            await asyncio.wait_for(asyncio.to_thread(pool.close), 60)
        found = await asyncio.gather(asked, return_exceptions=True)
        assert isinstance(found[0], AnalysisError)

    asyncio.run(ask())


def test_tenants_take_turns() -> None:
    """A newcomer comes right after what is being done, however many others wait."""
    order: list[str] = []

    async def want(turns: Turns[str], tenant: str) -> None:
        async with turns.take(tenant, 60):
            order.append(tenant)
            await asyncio.sleep(0)

    async def ask() -> None:
        turns = Turns(["place"])
        async with turns.take("alpha", 60):
            tasks = [asyncio.create_task(want(turns, "alpha")) for _ in range(5)]
            await asyncio.sleep(0)
            tasks += [
                asyncio.create_task(want(turns, name)) for name in ("beta", "gamma")
            ]
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    asyncio.run(ask())
    assert order == ["alpha", "beta", "gamma", *["alpha"] * 4]


def test_who_waits_too_long_is_told_and_loses_no_place() -> None:
    """Neither by the limit nor by going away."""

    async def ask() -> None:
        turns = Turns(["place"])
        async with turns.take("alpha", 60):
            gone = asyncio.create_task(turns._wait("beta", 60))
            await asyncio.sleep(0)
            gone.cancel()
            with pytest.raises(AnalysisError, match="busy"):
                async with turns.take("beta", 0.05):
                    raise AssertionError("there was no place")
        async with turns.take("beta", 60) as place:
            assert place == "place"

    asyncio.run(ask())


def _hostile(events: bool) -> bytes:
    """Many small records, each with several faults: 12 MB, 100 KB packed."""
    records = b'{"id":1' + b" " * 30 + b"}"
    rows = b",".join([records] * 300_000)
    if events:
        rows = b'{"id":"c","events":[' + rows + b"]}"
    return b'{"problem":{"classes":[' + rows + b"]}}"


@pytest.mark.parametrize("events", [False, True])
def test_a_hostile_body_takes_little_memory(tmp_path: Path, events: bool) -> None:
    """A few faults are told; the others are not even collected."""

    async def ask() -> tuple[InvalidRequestError, int]:
        pool = IntakePool(_settings(tmp_path))
        body = _body(tmp_path / "in", gzip.compress(_hostile(events)))
        try:
            await pool.warm()
            with pytest.raises(InvalidRequestError) as caught:
                await pool.examine(body, "gzip", "alpha")
            status = Path(f"/proc/{_process(pool)}/status").read_text()
        finally:
            pool.close()
        return caught.value, int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024

    error, peak_mb = asyncio.run(ask())
    assert error.errors[0].field.startswith("problem.classes[0]")
    assert 1 <= len(error.errors) <= 20
    assert peak_mb < 300


def test_the_kernel_limits_the_memory_of_a_check(tmp_path: Path) -> None:
    """It is refused in words, and the next one is checked."""

    async def ask() -> None:
        pool = IntakePool(_settings(tmp_path, question_memory_mb=128))
        large = b'{"problem":{"name":"' + b"x" * 2**27 + b'"}}'
        body = _body(tmp_path / "in", gzip.compress(large, 1))
        try:
            await pool.warm()
            with pytest.raises(BodyTooLargeError, match="memory"):
                await pool.examine(body, "gzip", "alpha")
            examined = await pool.examine(_body(tmp_path / "next"), "", "beta")
        finally:
            pool.close()
        assert examined.counts["rooms"] == len(PROBLEM["rooms"])

    asyncio.run(ask())


def test_a_large_problem_with_few_faults_names_their_places(tmp_path: Path) -> None:
    """As exactly as for a small one."""
    filler = " " * 2**20
    problem = json.loads(json.dumps(PROBLEM))
    problem["rooms"][0]["capacity"] = "many"
    problem["faculty"][0]["nmae"] = "x"
    data = json.dumps({"problem": problem}).encode()[:-2] + filler.encode() + b"}}"

    async def ask() -> InvalidRequestError:
        pool = IntakePool(_settings(tmp_path))
        try:
            with pytest.raises(InvalidRequestError) as caught:
                await pool.examine(_body(tmp_path / "in", data), "", "alpha")
        finally:
            pool.close()
        return caught.value

    fields = {item.field for item in asyncio.run(ask()).errors}
    assert fields == {"problem.rooms[0].capacity", "problem.faculty[0].nmae"}


def test_a_question_waits_so_long_and_no_longer(tmp_path: Path) -> None:
    """Behind one that hangs; and the hanging one ends at its own limit."""

    async def ask() -> None:
        client = AnalysisClient(
            _settings(tmp_path, wait_seconds=1, analysis_timeout_seconds=30)
        )
        question = json.dumps({"problem": PROBLEM}).encode()
        first, second = (
            _body(tmp_path / name, question) for name in ("first", "second")
        )
        try:
            await client.ask("diagnose", first, "", "alpha")
            assert client._process is not None
            with _stopped(client._process.pid):
                slow = asyncio.create_task(client.ask("diagnose", first, "", "alpha"))
                await asyncio.sleep(0)
                with pytest.raises(AnalysisError, match="busy"):
                    await client.ask("diagnose", second, "", "beta")
            answer = json.loads(await slow)
            assert answer["feasible"]
        finally:
            await client.close()

    asyncio.run(ask())


def test_a_question_that_is_given_up_leaves_no_answer_behind(tmp_path: Path) -> None:
    """The next question is answered by a process that owes nobody anything."""

    async def ask() -> None:
        client = AnalysisClient(_settings(tmp_path))
        question = json.dumps({"problem": PROBLEM}).encode()
        body = _body(tmp_path / "in", question)
        try:
            await client.ask("diagnose", body, "", "alpha")
            assert client._process is not None
            with _stopped(client._process.pid):
                slow = asyncio.create_task(client.ask("diagnose", body, "", "alpha"))
                await asyncio.sleep(0.1)
                slow.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await slow
            other = _body(tmp_path / "other", b'{"problem":{}}')
            with pytest.raises(InvalidRequestError):
                await client.ask("diagnose", other, "", "beta")
        finally:
            await client.close()

    asyncio.run(ask())
