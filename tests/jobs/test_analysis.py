"""The process that answers short questions: kept warm, and replaced when worn."""

import asyncio
import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sidecar.api.examples import PROBLEM
from sidecar.jobs.errors import InvalidRequestError
from sidecar.questions.analysis_client import SHORT_BYTES, AnalysisClient, Analysts
from sidecar.settings import Settings


def _pids(folder: Path, questions: int, **settings: Any) -> list[int]:
    """Ask for diagnoses; gives the process that answered each."""
    source = folder / "question"
    source.write_text(json.dumps({"problem": PROBLEM}))

    async def ask() -> list[int]:
        client = AnalysisClient(Settings(data_dir=folder, redis_url="", **settings))
        pids = []
        try:
            for _ in range(questions):
                answer = json.loads(
                    await client.ask("diagnose", source, "identity", "demo")
                )
                assert answer["feasible"]
                assert client._process is not None
                pids.append(client._process.pid)
        finally:
            await client.close()
        return pids

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        ({}, [False, False, False]),
        ({"analysis_questions": 2}, [False, True, False]),
        ({"analysis_memory_mb": 16}, [True, True, True]),
    ],
)
def test_one_process_answers_until_it_is_worn(
    tmp_path: Path, settings: dict[str, int], changes: list[bool]
) -> None:
    """By the number of its answers, or by the memory that they left it with."""
    pids = _pids(tmp_path, 4, **settings)
    found = [a != b for a, b in pairwise(pids)]
    assert found == changes


def test_a_short_question_does_not_wait_for_a_long_one(tmp_path: Path) -> None:
    """They have processes of their own; gzip hides no long one among the short."""
    short, long = tmp_path / "short", tmp_path / "long"
    for folder in (short, long):
        folder.mkdir()
    text = json.dumps({"problem": PROBLEM}).encode()
    (short / "body").write_bytes(text)
    # What is long is refused, by the one that takes it, for a field that we know.
    padded = text[:-1] + b',"more":"' + b"x" * SHORT_BYTES + b'"}'
    (long / "body").write_bytes(gzip.compress(padded))

    async def ask() -> None:
        analysts = Analysts(Settings(data_dir=tmp_path, redis_url=""))
        try:
            with pytest.raises(InvalidRequestError) as caught:
                await analysts.ask("diagnose", long / "body", "gzip", "demo")
            assert caught.value.errors[0].field == "more"
            long_turn = analysts._long._turns.take("other", 30)
            adviser_turn = analysts._adviser._turns.take("other", 30)
            async with long_turn, adviser_turn:
                asked = analysts.ask("diagnose", short / "body", "", "demo")
                answer = json.loads(await asyncio.wait_for(asked, 30))
            assert answer["feasible"]
            assert analysts._long._asked == 1
        finally:
            await analysts.close()

    asyncio.run(ask())
