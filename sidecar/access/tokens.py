"""Tenants: bearer tokens, stored hashed, and one signing secret each.

A token has 256 random bits, so that a plain SHA-256 of it is safe to store.
"""

import hashlib
import logging
import re
import secrets
import stat
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, Field

from ..system.clock import now
from ..system.files import locked, private_folder, read_optional, write_atomic

logger = logging.getLogger(__name__)

TENANTS, MACHINES = "tenants", "machines"
"""Who may have tokens, and the folders where they are kept."""
TENANT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
TOKEN_PREFIX = "tnep_"  # noqa: S105
_PRIVATE_BITS = stat.S_IRWXG | stat.S_IRWXO


class Token(BaseModel):
    """What is kept of a token: enough to know it again."""

    model_config = ConfigDict(frozen=True)

    id: str
    tenant: str
    digest: str
    created_at: datetime
    revoked_at: datetime | None = None


class Secret(BaseModel):
    """A tenant's signing secret, and the one before while both are accepted."""

    model_config = ConfigDict(frozen=True)

    current: str = Field(min_length=16)
    previous: str | None = None
    previous_until: datetime | None = None

    def accepted(self, at: datetime) -> list[str]:
        """List the secrets with which a message may be signed now."""
        if self.previous and self.previous_until and at < self.previous_until:
            return [self.current, self.previous]
        return [self.current]


class DamagedSecretError(LookupError):
    """A tenant's secret cannot be read; the text says what to do."""


class DamagedTokensError(ValueError):
    """The file of the tokens cannot be read; the text says what to do."""


class TokenStore:
    """Tokens and secrets below a data folder: of tenants, or of solver machines.

    Each kind has a folder of its own, so that a token of one is none of the other.
    """

    def __init__(self, data_dir: Path, kind: str = TENANTS) -> None:
        self._folder = private_folder(data_dir / kind)
        self._path = self._folder / "tokens.json"
        self._cache: tuple[tuple[int, int], dict[str, Token]] = ((0, 0), {})

    def tokens(self) -> list[Token]:
        """List all tokens, revoked ones too.

        Raises
        ------
        DamagedTokensError
        """
        try:
            return [Token.model_validate(item) for item in self._read()]
        except (ValueError, TypeError) as error:
            raise DamagedTokensError(
                f"The file {self._path} cannot be read. Put it back from a copy; or "
                "remove it and make new tokens."
            ) from error

    def create(self, tenant: str) -> tuple[str, str]:
        """Make a token; gives the token and the tenant's secret.

        Raises
        ------
        ValueError
            If the name has other than lower-case letters, digits, - and _.
        """
        if not TENANT_NAME.fullmatch(tenant):
            raise ValueError(
                "A name has lower-case letters, digits, '-' and '_' only "
                "and begins with a letter or digit."
            )
        token_id = secrets.token_hex(4)
        text = f"{TOKEN_PREFIX}{token_id}_{secrets.token_urlsafe(32)}"
        token = Token(
            id=token_id, tenant=tenant, digest=digest_of(text), created_at=now()
        )
        with locked(self._folder / "lock"):
            if not self._secret_path(tenant).exists():
                self._write_secret(tenant, Secret(current=secrets.token_urlsafe(32)))
            self._write([*self._read(), token.model_dump(mode="json")])
        return text, self.secret(tenant).current

    def revoke(self, token_id: str) -> bool:
        """Make a token useless; False if there is none of this id in use."""
        with locked(self._folder / "lock"):
            rows, found = self._read(), False
            for row in rows:
                if row["id"] == token_id and row["revoked_at"] is None:
                    row["revoked_at"] = now().isoformat()
                    found = True
            if found:
                self._write(rows)
        return found

    def rotate(self, tenant: str, overlap: timedelta) -> str:
        """Give a tenant a new secret; the old one is accepted for ``overlap``."""
        with locked(self._folder / "lock"):
            new = Secret(current=secrets.token_urlsafe(32))
            try:
                previous = self.secret(tenant).current
            except DamagedSecretError:
                previous = None  # nobody can have used it since
            if previous is not None:
                until = now() + overlap
                new = new.model_copy(
                    update={"previous": previous, "previous_until": until}
                )
            self._write_secret(tenant, new)
        return new.current

    def tenant_of(self, token: str) -> str | None:
        """Give the tenant whose token this is; read anew when the file changes."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        stamp = (status.st_ino, status.st_mtime_ns)
        if stamp != self._cache[0]:
            try:
                known = {item.digest: item for item in self.tokens()}
            except DamagedTokensError as error:
                # Whoever was known stays known: a torn file shuts nobody out.
                logger.error("%s", error)
                known = self._cache[1]
            self._cache = (stamp, known)
        found = self._cache[1].get(digest_of(token))
        return None if found is None or found.revoked_at else found.tenant

    def secret(self, tenant: str) -> Secret:
        """Read a tenant's secret.

        Raises
        ------
        LookupError
            If the tenant has none that can be read: messages are then refused, never
            let through.
        """
        data = read_optional(self._secret_path(tenant))
        if data is None:
            raise LookupError(f"The tenant '{tenant}' has no signing secret.")
        try:
            return Secret.model_validate_json(data)
        except ValueError as error:
            raise DamagedSecretError(
                f"The signing secret of '{tenant}' cannot be read; make a new one: "
                f"timetable-nep token rotate-secret --tenant {tenant}"
            ) from error

    def unsafe_files(self) -> list[Path]:
        """List the files here that others than our user may read or write."""
        return [
            path
            for path in [self._folder, *self._folder.iterdir()]
            if path.stat().st_mode & _PRIVATE_BITS
        ]

    def _secret_path(self, tenant: str) -> Path:
        if not TENANT_NAME.fullmatch(tenant):
            raise LookupError("There is no such tenant.")
        return self._folder / f"{tenant}.secret.json"

    def _write_secret(self, tenant: str, secret: Secret) -> None:
        data = orjson.dumps(secret.model_dump(mode="json"))
        write_atomic(self._secret_path(tenant), data)

    def _read(self) -> list[dict[str, str | None]]:
        data = read_optional(self._path)
        rows: list[dict[str, str | None]] = [] if data is None else orjson.loads(data)
        return rows

    def _write(self, rows: list[dict[str, str | None]]) -> None:
        write_atomic(self._path, orjson.dumps(rows))


def digest_of(token: str) -> str:
    """Hash a token as it is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
