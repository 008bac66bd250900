"""A small SQLite file that several processes share and that nobody must keep.

What is in it can be done without: if the file is lost or torn, a new one begins. A
crash of one process loses nothing of what another has written.
"""

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .files import PRIVATE_FILE

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Database:
    """One file; safe to use from several threads and processes."""

    def __init__(self, path: Path, tables: str) -> None:
        self._path, self._tables = path, tables
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Work in one transaction; a file that is none is put aside.

        Raises
        ------
        sqlite3.OperationalError
            If it is busy for long, or the disk is full.
        """
        with self._lock:
            for last in (False, True):
                try:
                    connection = self._opened()
                    connection.execute("BEGIN IMMEDIATE")
                    try:
                        result = work(connection)
                    except BaseException:
                        connection.execute("ROLLBACK")
                        raise
                    connection.execute("COMMIT")
                    return result
                except sqlite3.OperationalError:
                    raise
                except sqlite3.DatabaseError:
                    if last:
                        raise
                    self._put_aside()
            raise AssertionError

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.touch(mode=PRIVATE_FILE)
            connection = sqlite3.connect(
                self._path, timeout=10, isolation_level=None, check_same_thread=False
            )
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.executescript(self._tables)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _put_aside(self) -> None:
        logger.error("%s cannot be read; a new one begins.", self._path)
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
        for ending in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
