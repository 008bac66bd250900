"""What must be remembered for a while, by all API processes together.

Nonces of signed requests, so that none counts twice, and what each tenant has had of
the service lately. SQLite in the data folder: several processes may use it, a crash of
one loses nothing. It is no truth: if it is lost or torn, a new one begins.
"""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..system.clock import boot_id, since_boot
from ..system.database import Database

T = TypeVar("T")
LEDGER = "ledger.db"
_KEPT_SECONDS = 7200.0
"""Of nonces; longer than their time counts, should the clock be set back."""
_LONGEST_WINDOW = 3600.0
_SWEEP_EVERY = 200
_TABLES = """
CREATE TABLE IF NOT EXISTS nonces (
    tenant TEXT, nonce TEXT, created INTEGER, PRIMARY KEY (tenant, nonce)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nonces_by_age ON nonces (created);
CREATE TABLE IF NOT EXISTS spent (
    id INTEGER PRIMARY KEY, tenant TEXT, kind TEXT, boot TEXT, at REAL
);
CREATE INDEX IF NOT EXISTS spent_by_tenant ON spent (tenant, kind, at);
"""


class Ledger:
    """The ledger below a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._database = Database(data_dir / LEDGER, _TABLES)
        self._writes = 0
        # Since the machine's start, the same for all processes; no clock that is set.
        self._boot = boot_id()

    def is_new(self, tenant: str, nonce: str, created: int) -> bool:
        """Note a nonce; False if the tenant has used it before."""

        def note(connection: sqlite3.Connection) -> bool:
            row = connection.execute(
                "INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)",
                (tenant, nonce, created),
            )
            return row.rowcount == 1

        return self._do(note)

    def spend(self, tenant: str, kind: str, most: int, seconds: float) -> float:
        """Take one of ``most`` within the last ``seconds`` (an hour at the most).

        Returns
        -------
        float
            0 if it was taken, else how many seconds to wait for the next.
        """

        def take(connection: sqlite3.Connection) -> float:
            at = since_boot()
            wait = self._wait(connection, tenant, kind, most, seconds, at)
            if not wait:
                connection.execute(
                    "INSERT INTO spent (tenant, kind, boot, at) VALUES (?, ?, ?, ?)",
                    (tenant, kind, self._boot, at),
                )
            return wait

        return self._do(take)

    def wait(self, tenant: str, kind: str, most: int, seconds: float) -> float:
        """Give what :meth:`spend` would, without taking any."""
        at = since_boot()
        return self._do(
            lambda connection: self._wait(connection, tenant, kind, most, seconds, at)
        )

    def give_back(self, tenant: str, kind: str) -> None:
        """Undo the tenant's last taking of a kind: nothing came of it."""
        self._do(
            lambda connection: connection.execute(
                "DELETE FROM spent WHERE id = (SELECT max(id) FROM spent "
                "WHERE tenant = ? AND kind = ?)",
                (tenant, kind),
            )
        )

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _wait(
        self,
        connection: sqlite3.Connection,
        tenant: str,
        kind: str,
        most: int,
        seconds: float,
        at: float,
    ) -> float:
        # The one that must be older than the window before there is room again.
        row = connection.execute(
            "SELECT at FROM spent WHERE tenant = ? AND kind = ? AND boot = ? AND at > ?"
            " ORDER BY at DESC LIMIT 1 OFFSET ?",
            (tenant, kind, self._boot, at - seconds, most - 1),
        ).fetchone()
        return 0.0 if row is None else float(max(row[0] + seconds - at, 0.001))

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def counted(connection: sqlite3.Connection) -> T:
            result = work(connection)
            self._sweep(connection)
            return result

        return self._database.do(counted)

    def _sweep(self, connection: sqlite3.Connection) -> None:
        self._writes += 1
        if self._writes % _SWEEP_EVERY == 1:
            connection.execute(
                "DELETE FROM nonces WHERE created < ?", (time.time() - _KEPT_SECONDS,)
            )
            connection.execute(
                "DELETE FROM spent WHERE boot != ? OR at < ?",
                (self._boot, since_boot() - _LONGEST_WINDOW),
            )
