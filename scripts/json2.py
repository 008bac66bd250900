"""Odoo's external API (JSON-2), as any other program would use it."""

import json
import urllib.error
import urllib.request
from typing import Any

from .paths import StackError


class OdooRefusedError(StackError):
    """Odoo answered with an error; its message is the sentence."""


class Client:
    """Calls as one user, by an API key."""

    def __init__(self, url: str, database: str, key: str, timeout: float = 600) -> None:
        self.url = url.rstrip("/")
        self.database = database
        self.timeout = timeout
        self._key = key

    def call(
        self, model: str, method: str, ids: list[int] | None = None, **values: Any
    ) -> Any:
        """Call a method of a model, with named arguments."""
        body = dict(values)
        if ids is not None:
            body["ids"] = ids
        request = urllib.request.Request(
            f"{self.url}/json/2/{model}/{method}",
            data=json.dumps(body).encode(),
            headers={
                "Authorization": f"bearer {self._key}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.database,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            sentence = message_of(error.read())
            raise OdooRefusedError(
                f"Odoo refused {model}.{method} ({error.code}): {sentence}"
            ) from error
        except OSError as error:
            raise StackError(
                f"Odoo did not answer {model}.{method}: {error}"
            ) from error

    def create(self, model: str, values: dict[str, Any]) -> int:
        """Make one record."""
        return int(self.call(model, "create", vals_list=[values])[0])

    def search_read(
        self, model: str, domain: list[Any], fields: list[str], **options: Any
    ) -> list[dict[str, Any]]:
        """Read records that a domain picks."""
        rows = self.call(model, "search_read", domain=domain, fields=fields, **options)
        return list(rows)

    def read(self, model: str, ids: list[int], fields: list[str]) -> list[Any]:
        """Read records by id."""
        return list(self.call(model, "read", ids, fields=fields))


def message_of(body: bytes) -> str:
    """The message in Odoo's JSON error, else the beginning of the text."""
    try:
        error = json.loads(body)
    except ValueError:
        return body.decode(errors="replace").strip()[:200]
    message = error.get("message") if isinstance(error, dict) else None
    return " ".join(str(message or error).split())[:400]
