"""The process that answers short questions: kept warm, and replaced when worn."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sidecar.api.examples import PROBLEM
from sidecar.jobs.analysis_client import AnalysisClient
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
                answer = json.loads(await client.ask("diagnose", source, "identity"))
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
        ({"analysis_memory_mb": 64}, [True, True, True]),
    ],
)
def test_one_process_answers_until_it_is_worn(
    tmp_path: Path, settings: dict[str, int], changes: list[bool]
) -> None:
    """By the number of its answers, or by the memory that they left it with."""
    pids = _pids(tmp_path, 4, **settings)
    found = [a != b for a, b in pairwise(pids)]
    assert found == changes
