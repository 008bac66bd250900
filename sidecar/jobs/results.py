"""Results on disk: whole bytes with a digest, plain and packed."""

import contextlib
import gzip
import hashlib
import logging
import zlib
from collections import Counter
from pathlib import Path

import orjson

from ..contract import VariantSummary
from ..contract.catalogue import message
from ..system.files import read_spare, write_all
from .errors import NoResultError
from .record import INCUMBENT, RESULT

logger = logging.getLogger(__name__)

RESULT_GZIP, STAGES = RESULT + ".gz", "stages.json"
_LEVEL = 3


def publish_result(folder: Path, data: bytes) -> tuple[str, list[VariantSummary]]:
    """Write a result durably; gives its digest and the summaries of its variants.

    Raises
    ------
    OSError
        If it cannot be written. The caller must tell: a result is never lost silently.
    """
    result = orjson.loads(data)
    variants = result["variants"]
    stages: Counter[str] = Counter()
    for stage in result.get("stages", ()):
        stages[stage["stage"]] += stage["seconds"]
    packed = gzip.compress(data, compresslevel=_LEVEL, mtime=0)
    write_all(
        folder,
        {STAGES: orjson.dumps(stages), RESULT_GZIP: packed, RESULT: data},
    )
    summaries = [
        VariantSummary.model_validate(
            {
                name: variant[name]
                for name in ("key", "profile", "placed", "total", "score")
            }
        )
        for variant in variants
    ]
    return hashlib.sha256(data).hexdigest(), summaries


def read_result(folder: Path, digest: str) -> tuple[bytes, bytes]:
    """Read a result that has this SHA-256, plain and packed; one file may be damaged.

    Raises
    ------
    NoResultError
        If both are.
    """
    packed = read_spare(folder / RESULT_GZIP)
    with contextlib.suppress(OSError, EOFError, zlib.error):
        plain = gzip.decompress(packed or b"")
        if packed and hashlib.sha256(plain).hexdigest() == digest:
            return plain, packed
    plain = read_spare(folder / RESULT) or b""
    if hashlib.sha256(plain).hexdigest() != digest:
        raise NoResultError(message("result_damaged"))
    return plain, gzip.compress(plain, compresslevel=_LEVEL, mtime=0)


def promote_incumbent(folder: Path) -> tuple[str, list[VariantSummary]] | None:
    """Make the best timetable so far the result, if there is one."""
    data = read_spare(folder / INCUMBENT)
    try:
        return None if data is None else publish_result(folder, data)
    except (KeyError, TypeError, ValueError):
        logger.error("A best timetable so far is damaged: %s.", folder / INCUMBENT)
        return None
