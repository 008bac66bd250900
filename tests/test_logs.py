"""Logs: one JSON object a line, without secrets."""

import json
import logging

import pytest

from sidecar.logs import JsonFormatter, job_fields, redact


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hush-hush",
        "token tnep_ab12_hush-hush was used",
        "redis://:hush-hush@127.0.0.1:6379/0 is down",
        "redis://user:hush-hush@host/0",
        'secret="hush-hush"',
        "password = hush-hush",
        "{'token': 'hush-hush'}",
    ],
)
def test_secrets_are_starred(text: str) -> None:
    """Whatever a library may put into a message."""
    assert "hush" not in redact(text)
    assert "***" in redact(text)


def test_a_line_is_json_with_job_and_tenant() -> None:
    """Fields that are given as extra stand beside the message."""
    logger = logging.getLogger("test")
    record = logger.makeRecord(
        "test",
        logging.INFO,
        "",
        0,
        "Two\nlines",
        (),
        None,
        extra=dict(job_fields("j1", "demo")),
    )
    text = JsonFormatter().format(record)
    line = json.loads(text)
    assert "\n" not in text
    assert (line["message"], line["job_id"], line["tenant"]) == (
        "Two\nlines",
        "j1",
        "demo",
    )
