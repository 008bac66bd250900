"""XML from strangers, read in one pass with bounded time and memory.

The parser is expat of the standard library, driven directly: it never opens another
file or address, and here it stops at the first declaration of an entity, so that none
can be expanded. A file is never held as a whole or as a tree. Only elements that the
reader has named are let in, so that depth is bounded too, and each piece between two
signs is measured while it arrives. Compressed files are measured as they unfold.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from .errors import FormatError

MAX_BYTES = 64 * 2**20
"""Unpacked; twice what the largest instances of ITC-2019 need by their counts."""
MAX_PIECE = 2 * 2**20
"""Bytes of one tag or comment."""
_CHUNK = 256 * 2**10
_GZIP = b"\x1f\x8b"
_BITS = re.compile("[01]+")
_NUMBER = re.compile("[0-9]{1,9}")


class Tag:
    """The start of one element, with the line on which it stands."""

    __slots__ = ("attributes", "line", "name")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line

    def fault(self, message: str) -> FormatError:
        return FormatError(self.line, f"<{self.name}> {message}")

    def text(self, key: str, default: str | None = None) -> str:
        """An attribute; without ``default`` it must be there and not be empty."""
        value = self.attributes.get(key, "").strip() or default
        if value is None:
            raise self.fault(f"lacks the attribute '{key}'; add it")
        return value

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from ``low`` to ``high``."""
        if default is not None and key not in self.attributes:
            return default
        text = self.text(key)
        if not _NUMBER.fullmatch(text) or not low <= int(text) <= high:
            raise self.fault(
                f'has {key}="{_short(text)}"; write a whole number from {low:,} to '
                f"{high:,}"
            )
        return int(text)

    def truth(self, key: str, default: bool) -> bool:
        text = self.text(key, str(default)).lower()
        if text not in ("true", "false"):
            raise self.fault(f'has {key}="{_short(text)}"; write "true" or "false"')
        return text == "true"

    def bits(self, key: str, count: int, default: int | None = None) -> int:
        """A string of ``count`` signs 0 and 1, the first as bit 0; not all may be 0."""
        if default is not None and key not in self.attributes:
            return default
        text = self.text(key)
        if len(text) != count or not _BITS.fullmatch(text):
            raise self.fault(
                f'has {key}="{_short(text)}" ({len(text)} signs); write {count} signs, '
                "each 0 or 1"
            )
        if "1" not in text:
            raise self.fault(f"has no 1 in {key}, so it is never; mark at least one")
        return int(text[::-1], 2)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


Handlers = Mapping[tuple[str, ...], Callable[[Tag], None]]
"""By path from the root, what is called at the start of an element."""


def parse(file: Path, handlers: Handlers) -> None:
    """Read a file, plain or gzip, and call the handler of each element.

    Raises
    ------
    FormatError
        If it is no XML, is cut short, declares entities, is too large, or has an
        element where ``handlers`` knows none.
    OSError
        If the file cannot be opened.
    """
    parser = expat.ParserCreate()
    path: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        line = parser.CurrentLineNumber
        path.append(name)
        handler = handlers.get(tuple(path))
        if handler is None:
            known = {keys[len(path) - 1] for keys in handlers if _begins(keys, path)}
            raise FormatError(
                line,
                f"<{_short(name)}> is not expected "
                + (f"inside <{path[-2]}>" if len(path) > 1 else "as the whole file")
                + (f"; known there: {', '.join(sorted(known))}" if known else ""),
            )
        handler(Tag(name, attributes, line))

    def entity(*_: object) -> None:
        raise FormatError(
            parser.CurrentLineNumber,
            "the file declares an entity; entities are never read, so write out what "
            "it stands for",
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: path.pop() and None
    parser.EntityDeclHandler = entity
    fed = 0
    try:
        for chunk in _chunks(file):
            parser.Parse(chunk)
            fed += len(chunk)
            if fed - max(0, parser.CurrentByteIndex) > MAX_PIECE + _CHUNK:
                raise FormatError(
                    parser.CurrentLineNumber,
                    f"a tag or comment of more than {MAX_PIECE // 2**20} MB begins "
                    "here; no instance has one",
                )
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code) or "unknown"
        raise FormatError(
            error.lineno,
            f"this is not well-formed XML ({reason}); the file may be cut short, or "
            "not be of this format",
        ) from None
    except (LookupError, UnicodeError, ValueError) as error:
        if isinstance(error, FormatError):
            raise
        # An encoding that expat does not know is asked of Python, which may refuse.
        raise FormatError(
            1, f"the encoding cannot be read ({error}); save the file as UTF-8"
        ) from None


def _begins(keys: tuple[str, ...], path: list[str]) -> bool:
    return len(keys) == len(path) and keys[:-1] == tuple(path[:-1])


def _chunks(file: Path) -> Iterator[bytes]:
    """The file in pieces, unpacked where it begins as gzip does."""
    with file.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        total = 0
        stream = gzip.GzipFile(fileobj=raw) if packed else raw
        while True:
            try:
                chunk = stream.read(_CHUNK)
            except EOFError:
                raise FormatError(
                    0, "the gzip file is cut short; copy or download it again"
                ) from None
            except (gzip.BadGzipFile, zlib.error) as error:
                raise FormatError(
                    0, f"the gzip file is damaged ({error}); copy or download it again"
                ) from None
            if not chunk:
                return
            total += len(chunk)
            if total > MAX_BYTES:
                raise FormatError(
                    0,
                    f"the file has more than {MAX_BYTES // 2**20} MB unpacked; "
                    "split it, or leave out options that nobody would take",
                )
            yield chunk
