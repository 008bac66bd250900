"""Structured logs: one JSON object a line, never a secret, never a person."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_SECRETS = re.compile(
    r"(?i)(bearer\s+)\S+|(tnep_)[\w-]+|(redis(?:s)?://)[^@\s/]*@"
    r"|((?:secret|token|password)[\"']?\s*[=:]\s*[\"']?)[^\s\"',}]+"
)
_FIELDS = ("job_id", "tenant", "attempt", "event_id", "status", "seconds", "path")


def redact(text: str) -> str:
    """Put stars in the place of tokens, secrets and passwords."""
    return _SECRETS.sub(
        lambda match: next(group for group in match.groups() if group) + "***", text
    )


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object, with the fields given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        for name in _FIELDS:
            if (value := getattr(record, name, None)) is not None:
                line[name] = value
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_logging(level: str) -> None:
    """Send all logs to standard error; called by entry points only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
    logging.getLogger("httpx").setLevel(logging.WARNING)


def job_fields(job_id: str, tenant: str | None = None) -> Mapping[str, object]:
    """Fields that tie a log line to a job: for ``extra=``."""
    return {"job_id": job_id, "tenant": tenant}
