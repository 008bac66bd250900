"""Who runs what: a lease for each attempt that was handed out, and the machines.

One SQLite file between the API, to which machines speak, and the supervisor, which
decides. It is no truth: if it is lost, attempts end as if their machines were lost, and
jobs go on from their checkpoints.

A lease goes ``waiting`` → ``offered`` (to a machine that asked) → ``held`` (the machine
said that it has it) → ``ended``. The attempt's number is what fences: whoever has no
lease on this very attempt can neither read nor write a file of the job.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..jobs.errors import GoneError
from ..system.clock import boot_id, since_boot
from ..system.database import Database
from .wire import AttemptName, Ended, Report, Turn

LEASES, ARRIVED = "leases.db", "arrived"
"""In the data folder: the file, and what machines have sent and nobody took yet."""
ALIVE_SECONDS = 5.0
"""A machine that has said nothing for so long gets nothing more."""
_TABLES = """
CREATE TABLE IF NOT EXISTS machines (
    instance TEXT PRIMARY KEY, name TEXT, boot TEXT, seen REAL, room INTEGER,
    available_mb REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS leases (
    job_id TEXT PRIMARY KEY, attempt INTEGER, state TEXT, name TEXT, instance TEXT,
    turns INTEGER, kill INTEGER, rest INTEGER, report TEXT, available_mb REAL,
    ended TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS api (id INTEGER PRIMARY KEY, boot TEXT, seen REAL);
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """One attempt that was handed out."""

    job_id: str
    attempt: int
    state: str
    name: str
    """Of the machine that has it."""
    turns: int
    """Grows each time the machine speaks of it."""
    available_mb: float
    report: Report | None
    ended: Ended | None
    kill: bool = False
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that asks for work."""

    name: str
    room: int


class Leases:
    """The leases below a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._database = Database(data_dir / LEASES, _TABLES)
        self._arrived = data_dir / ARRIVED
        self._boot = boot_id()

    def arrived(self, name: AttemptName) -> Path:
        """Give the folder of what a machine sends of an attempt."""
        return self._arrived / f"{name.job_id}.{name.attempt}"

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    # ---- for the API

    def alive(self) -> None:
        """Note that the API can be spoken to."""

        def note(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO api VALUES (1, ?, ?)",
                (self._boot, since_boot()),
            )

        self._database.do(note)

    def turn(self, name: str, turn: Turn) -> tuple[list[Lease], AttemptName | None]:
        """Take what a machine tells.

        Returns
        -------
        tuple
            The leases that it has, of those it told of, and one that it is offered.
        """

        def take(
            connection: sqlite3.Connection,
        ) -> tuple[list[Lease], AttemptName | None]:
            connection.execute(
                "INSERT OR REPLACE INTO machines VALUES (?, ?, ?, ?, ?, ?)",
                (
                    turn.instance,
                    name,
                    self._boot,
                    since_boot(),
                    turn.room,
                    turn.available_mb,
                ),
            )
            mine = {
                lease.job_id: lease
                for lease in _read(
                    connection,
                    "WHERE name = ? AND instance = ? AND state IN ('offered', 'held')",
                    (name, turn.instance),
                )
            }
            kept = []
            for report in turn.attempts:
                lease = mine.get(report.job_id)
                if lease is None or lease.attempt != report.attempt:
                    continue
                del mine[report.job_id]
                kept.append(lease)
                before = lease.report
                if report.progress is None and before is not None:
                    report = report.model_copy(update={"progress": before.progress})
                connection.execute(
                    "UPDATE leases SET state = 'held', turns = turns + 1, report = ?, "
                    "available_mb = ? WHERE job_id = ?",
                    (report.model_dump_json(), turn.available_mb, report.job_id),
                )
            offer: Lease | None = None
            for lease in mine.values():
                if lease.state == "offered":
                    offer = lease  # it may not have heard
                else:  # it was started anew, or lost its folder
                    _end(connection, lease.job_id, Ended(code=None))
            if offer is None and turn.room > 0 and self._is_next(connection, turn):
                waiting = _read(connection, "WHERE state = 'waiting' LIMIT 1", ())
                if waiting:
                    offer = waiting[0]
                    connection.execute(
                        "UPDATE leases SET state = 'offered', name = ?, instance = ?, "
                        "turns = turns + 1 WHERE job_id = ?",
                        (name, turn.instance, offer.job_id),
                    )
            if offer is None:
                return kept, None
            return kept, AttemptName(job_id=offer.job_id, attempt=offer.attempt)

        return self._database.do(take)

    def _is_next(self, connection: sqlite3.Connection, turn: Turn) -> bool:
        """Whether no machine that has room, and will ask within a moment, has less."""
        counted = dict(
            connection.execute(
                "SELECT instance, count(*) FROM leases WHERE state IN ('offered', "
                "'held') GROUP BY instance"
            ).fetchall()
        )
        others = connection.execute(
            "SELECT instance FROM machines WHERE boot = ? AND seen > ? AND room > 0",
            (self._boot, since_boot() - ALIVE_SECONDS),
        )
        mine = counted.get(turn.instance, 0)
        return all(counted.get(other, 0) >= mine for (other,) in others)

    def check(self, machine: str, name: AttemptName) -> None:
        """See that a machine has an attempt.

        Raises
        ------
        GoneError
        """
        self._database.do(lambda connection: _check(connection, machine, name))

    def end(self, machine: str, name: AttemptName, ended: Ended) -> None:
        """Note that an attempt has ended and that all its files are here.

        Raises
        ------
        GoneError
        """

        def note(connection: sqlite3.Connection) -> None:
            _check(connection, machine, name)
            _end(connection, name.job_id, ended)

        self._database.do(note)

    # ---- for the supervisor

    def offer(self, name: AttemptName) -> None:
        """Hand an attempt out to whoever asks first."""

        def note(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO leases (job_id, attempt, state, turns, kill, "
                "rest) VALUES (?, ?, 'waiting', 0, 0, 0)",
                (name.job_id, name.attempt),
            )

        self._database.do(note)

    def all(self) -> tuple[dict[str, Lease], float]:
        """Give the leases by job, and when the API said last that it can be spoken to.

        That is in seconds since the machine's start, or 0 if it has not since then.
        """

        def look(connection: sqlite3.Connection) -> tuple[dict[str, Lease], float]:
            row = connection.execute(
                "SELECT seen FROM api WHERE boot = ?", (self._boot,)
            ).fetchone()
            found = {lease.job_id: lease for lease in _read(connection, "", ())}
            return found, 0.0 if row is None else float(row[0])

        return self._database.do(look)

    def machines(self) -> list[Machine]:
        """List the machines that ask for work."""

        def look(connection: sqlite3.Connection) -> list[Machine]:
            rows = connection.execute(
                "SELECT name, room FROM machines WHERE boot = ? AND seen > ?",
                (self._boot, since_boot() - ALIVE_SECONDS),
            )
            return [Machine(*row) for row in rows]

        return self._database.do(look)

    def ask(self, job_id: str, *, kill: bool = False, rest: bool = False) -> None:
        """Have an attempt killed, or write its best down and end."""

        def note(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE leases SET kill = kill OR ?, rest = rest OR ? WHERE job_id = ?",
                (kill, rest, job_id),
            )

        self._database.do(note)

    def take_back(self, job_id: str) -> None:
        """Have a lease no more; its machine hears that at its next turn."""

        def note(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM leases WHERE job_id = ?", (job_id,))

        self._database.do(note)


def _read(
    connection: sqlite3.Connection, where: str, words: tuple[Any, ...]
) -> list[Lease]:
    columns = "job_id, attempt, state, name, turns, available_mb, report, ended"
    query = f"SELECT {columns}, kill, rest FROM leases {where}"  # noqa: S608
    rows = connection.execute(query, words)
    return [
        Lease(
            job_id=row[0],
            attempt=row[1],
            state=row[2],
            name=row[3] or "",
            turns=row[4],
            available_mb=row[5] or 0.0,
            report=None if row[6] is None else Report.model_validate_json(row[6]),
            ended=None if row[7] is None else Ended.model_validate_json(row[7]),
            kill=bool(row[8]),
            rest=bool(row[9]),
        )
        for row in rows
    ]


def _check(connection: sqlite3.Connection, machine: str, name: AttemptName) -> None:
    row = connection.execute(
        "SELECT 1 FROM leases WHERE job_id = ? AND attempt = ? AND name = ? AND state "
        "IN ('offered', 'held')",
        (name.job_id, name.attempt, machine),
    ).fetchone()
    if row is None:
        raise GoneError("This attempt is not yours any more; end it.")


def _end(connection: sqlite3.Connection, job_id: str, ended: Ended) -> None:
    connection.execute(
        "UPDATE leases SET state = 'ended', ended = ?, turns = turns + 1 WHERE "
        "job_id = ?",
        (ended.model_dump_json(), job_id),
    )
