"""The API's description: bodies that are read as a stream are described by hand."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ..contract import (
    Diagnosis,
    JobRequest,
    Problem,
    ProblemDetails,
    Result,
    Suggestions,
    SuggestRequest,
    Variant,
)
from ..contract.webhook import WebhookEvent
from ..questions.requests import DiagnoseRequest, EvaluateRequest

_MODELS: list[type[BaseModel]] = [
    JobRequest,
    DiagnoseRequest,
    EvaluateRequest,
    SuggestRequest,
    Suggestions,
    Problem,
    ProblemDetails,
    Result,
    Variant,
    Diagnosis,
    WebhookEvent,
]
_TEMPLATE = "#/components/schemas/{model}"

Described = dict[int | str, dict[str, Any]]


def json_body(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """Describe a JSON body for ``openapi_extra``."""
    schema = {"$ref": _TEMPLATE.format(model=model.__name__)}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def json_answer(model: type[BaseModel], description: str) -> dict[str, Any]:
    """Describe a JSON answer that is not made by FastAPI."""
    schema = {"$ref": _TEMPLATE.format(model=model.__name__)}
    return {
        "description": description,
        "content": {"application/json": {"schema": schema}},
    }


def errors(*codes: int) -> Described:
    """Describe the errors of a route."""
    titles = {
        400: "The message is broken",
        401: "Token or signature are missing or wrong",
        404: "You have no such job",
        409: "The job's state does not allow this",
        413: "The body is too large",
        422: "A field is not in order; it is named",
        429: "Too many jobs or questions; see Retry-After",
        503: "Not ready, or no answer from the engine",
        507: "The disk is full",
    }
    schema = {"$ref": _TEMPLATE.format(model="ProblemDetails")}
    content = {"application/problem+json": {"schema": schema}}
    return {code: {"description": titles[code], "content": content} for code in codes}


def install(app: FastAPI) -> None:
    """Give the app its description, made once."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
    )
    _, definitions = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template=_TEMPLATE
    )
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name, definition in definitions["$defs"].items():
        schemas.setdefault(name, definition)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
    }
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if not path.startswith("/v1"):
                continue
            operation["security"] = [{"bearer": []}]
            if method in ("post", "delete"):
                operation.setdefault("parameters", []).extend(_signature_headers())
    return schema


def _signature_headers() -> list[dict[str, Any]]:
    described = {
        "Content-Digest": "`sha-256=:…:` of the body as sent (RFC 9530).",
        "Signature-Input": "What is signed, when, with which nonce (RFC 9421).",
        "Signature": "The HMAC-SHA256 of that.",
    }
    return [
        {
            "name": name,
            "in": "header",
            "required": True,
            "description": text,
            "schema": {"type": "string"},
        }
        for name, text in described.items()
    ]
