"""Writes the contract down for others: ``python -m sidecar.api.export FOLDER``.

JSON Schema of every message, and the API's OpenAPI description.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel

from ..contract import (
    AllotAnswer,
    AllotRequest,
    Diagnosis,
    JobRequest,
    JobStatus,
    Problem,
    ProblemDetails,
    Progress,
    Result,
    Suggestions,
    SuggestRequest,
    Variant,
    WebhookEvent,
)
from ..questions.requests import EvaluateRequest
from ..settings import Settings
from .app import create_app

MODELS: dict[str, type[BaseModel]] = {
    "problem": Problem,
    "job-request": JobRequest,
    "job-status": JobStatus,
    "progress": Progress,
    "result": Result,
    "variant": Variant,
    "diagnosis": Diagnosis,
    "evaluate-request": EvaluateRequest,
    "suggest-request": SuggestRequest,
    "suggestions": Suggestions,
    "allot-request": AllotRequest,
    "allot-answer": AllotAnswer,
    "webhook-event": WebhookEvent,
    "problem-details": ProblemDetails,
}


def documents() -> dict[str, str]:
    """Give each file's name and text."""
    made: dict[str, Any] = {
        f"{name}.schema.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **model.model_json_schema(),
        }
        for name, model in MODELS.items()
    }
    with TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder), redis_url=""))
        made["openapi.json"] = app.openapi()
    return {
        name: json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        for name, value in made.items()
    }


def main(argv: list[str]) -> int:
    """Write all documents to a folder."""
    folder = Path(argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
