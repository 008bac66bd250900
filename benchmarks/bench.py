"""All studies one after the other: ``python -m benchmarks.bench [--full]``.

The short form takes less than ten minutes, begins anew each time and prints its tables.
The full form takes hours, unattended; it runs what is missing in
``benchmarks/results`` and writes ``docs/benchmarks.md``. Other options go to the
studies.
"""

import subprocess
import sys
import time

from . import cells, itc2019_table, tables
from .instances import ROOT, find

STUDIES = ("quality", "itc2019", "ablation", "scaling")


def main() -> int:
    """Run the four studies."""
    started = time.monotonic()
    full = "--full" in sys.argv
    rest = [word for word in sys.argv[1:] if word != "--full"]
    rest += [] if full else ["--quick", "--fresh"]
    failed = 0
    for study in STUDIES:
        command = [sys.executable, "-m", f"benchmarks.{study}", *rest]
        failed |= subprocess.run(command, cwd=ROOT, check=False).returncode
    if not full:
        print("\n".join(quick_tables()))
    print(f"{(time.monotonic() - started) / 60:.1f} minutes")
    return failed


def quick_tables() -> list[str]:
    """Tables of the short form."""
    instances = find(None)
    rows = cells.load("quality-quick")
    lines = tables.quality_universities([r for r in rows if r["official"] is None])
    for names, make in (
        (instances.ctt(), tables.quality_ctt),
        (instances.tim(), tables.quality_tim),
    ):
        lines += make([row for row in rows if row["cell"]["instance"] in names])
    lines += itc2019_table.table_of(cells.load("itc2019-quick"))
    lines += tables.ablation(cells.load("ablation-quick"))
    return lines + tables.scaling(cells.load("scaling-quick"))


if __name__ == "__main__":
    sys.exit(main())
