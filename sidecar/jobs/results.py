"""Results on disk: whole bytes with a digest, and each variant by itself."""

import gzip
import hashlib
from collections import Counter
from pathlib import Path

import orjson

from ..contract import VariantSummary
from .files import private_folder, write_atomic
from .store import INCUMBENT, RESULT, VARIANTS

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
    write_atomic(folder / STAGES, orjson.dumps(stages), durable=False)
    private_folder(folder / VARIANTS)
    for index, variant in enumerate(variants):
        path = folder / VARIANTS / f"{index}.json"
        write_atomic(path, orjson.dumps(variant), durable=False)
    packed = gzip.compress(data, compresslevel=_LEVEL, mtime=0)
    write_atomic(folder / RESULT_GZIP, packed, durable=False)
    write_atomic(folder / RESULT, data)
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


def promote_incumbent(folder: Path) -> tuple[str, list[VariantSummary]] | None:
    """Make the best timetable so far the result, if there is one."""
    try:
        data = (folder / INCUMBENT).read_bytes()
    except FileNotFoundError:
        return None
    return publish_result(folder, data)
