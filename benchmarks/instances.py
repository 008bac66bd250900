"""What is measured: synthetic universities, and public instances where at hand.

Public instances are looked for in a folder with ``itc2007-ctt``, ``itc2007-tim`` and
``itc2019``:
``--instances``, else ``TIMETABLE_BENCH``, else ``../shared/bench``. Without them the
benchmarks run on the synthetic universities and say what they left out.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .planted import SHAPES

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".state" / "bench"

BEST_KNOWN = {
    "comp01": 5,
    "comp02": 24,
    "comp03": 62,
    "comp04": 35,
    "comp05": 284,
    "comp06": 27,
    "comp07": 6,
}
"""Best published costs of CB-CTT; an instance that is not here has no gap."""

TRACK_WINNER = {
    "comp-2007-2-1": 571,
    "comp-2007-2-2": 993,
    "comp-2007-2-5": 5,
    "comp-2007-2-8": 0,
    "comp-2007-2-11": 178,
}
"""Cambazard et al., winner of track 2: published best of ten runs."""

BEST_KNOWN_2019 = {
    "lums-sum17": 4,
    "pu-cs-fal07": 200,
    "wbg-fal10": 36,
    "mary-spr17": 14_910,
    "muni-fi-spr16": 3_752,
    "muni-fsps-spr17": 868,
    "tg-fal17": 4_215,
    "lums-spr18": 95,
    "yach-fal17": 1_074,
    "pu-d5-spr17": 15_184,
}
"""Best published costs of ITC-2019 (spring 2026; test instances 2022); 4 is proven."""

UNITIME = {
    "lums-sum17": 4,
    "bet-sum18": 1_927,
    "pu-cs-fal07": 206,
    "wbg-fal10": 36,
    "mary-spr17": 16_461,
    "muni-fi-spr16": 5_009,
    "muni-fsps-spr17": 964,
    "tg-fal17": 6_931,
    "lums-spr18": 162,
    "yach-fal17": 3_756,
    "pu-d5-spr17": 18_011,
}
"""UniTime's CPSolver, one core, about 290 s on a machine like ours; measured once."""

SYNTHETIC = {
    "campus": ("--preset", "campus"),
    "bhu": ("--preset", "bhu"),
    "bhu groups": ("--preset", "bhu", "--components", "60/30/20"),
    "bhu weeks": (
        *("--preset", "bhu", "--components", "60/30/20"),
        *("--weeks", "16", "--joint", "40"),
    ),
    "bhu tight": ("--preset", "bhu", "--days", "5", "--room-use", "0.75"),
    "bhu x2": ("--preset", "bhu", "--scale", "2"),
    "bhu x5": ("--preset", "bhu", "--scale", "5"),
    "bhu x10": ("--preset", "bhu", "--scale", "10"),
}
"""Arguments of ``timetable-nep generate``; always with ``--seed 1``."""

REPAIRS = {"bhu tight, repair": ("bhu tight", 3_000_000)}
"""From which university, and how many moves the timetable in force was searched for.

Another engine leads to another timetable in force: compare runs on one file only.
"""


@dataclass(frozen=True)
class Instances:
    """Where instances are; ``folder`` None where there are no public ones."""

    folder: Path | None

    def ctt(self) -> list[str]:
        return self._names("itc2007-ctt", "ctt")

    def tim(self) -> list[str]:
        return self._names("itc2007-tim", "tim")

    def itc2019(self) -> list[str]:
        return self._names("itc2019", "xml.gz")

    def _names(self, part: str, ending: str) -> list[str]:
        if self.folder is None:
            return []
        found = (self.folder / part).glob(f"*.{ending}")
        names = [path.name.removesuffix(f".{ending}") for path in found]
        return sorted(names, key=lambda name: (len(name), name))

    def has(self, name: str) -> bool:
        own = name in SYNTHETIC or name in REPAIRS or name in SHAPES
        return own or name in [*self.ctt(), *self.tim(), *self.itc2019()]

    def file(self, name: str) -> Path:
        """The problem's file; one of our own is made where it is missing."""
        if name in REPAIRS:
            return self._kept(name, self._repair(*REPAIRS[name]))
        if name in SHAPES:
            return self._kept(name, [("benchmarks.planted", name)], "tim")
        if name in SYNTHETIC:
            return self._kept(name, [("sidecar", "generate", *SYNTHETIC[name])])
        assert self.folder is not None
        if name in self.itc2019():
            return self.folder / "itc2019" / f"{name}.xml.gz"
        kind = "ctt" if name in self.ctt() else "tim"
        return self.folder / f"itc2007-{kind}" / f"{name}.{kind}"

    def _repair(self, university: str, moves: int) -> list[tuple[str, ...]]:
        """How a repair is made: its timetable in force, then what has changed since."""
        problem = str(self.file(university))
        result = str(CACHE / "in-force.json")
        budget = ("--iterations", str(moves), "--threads", "1")
        return [
            ("sidecar", "solve", problem, *budget, "-o", result),
            ("benchmarks.disruption", problem, result),
        ]

    def _kept(
        self, name: str, steps: list[tuple[str, ...]], ending: str = "json"
    ) -> Path:
        """The file of an instance of our own; made by the steps where it is missing."""
        path = CACHE / f"{name.replace(',', '').replace(' ', '-')}.{ending}"
        if not path.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            *before, last = steps
            for module, *arguments in (*before, (*last, "-o", str(part))):
                subprocess.run(
                    [sys.executable, "-m", module, *arguments, "--seed", "1"],
                    check=True,
                    cwd=ROOT,
                    stdout=subprocess.DEVNULL,
                )
            part.rename(path)
        return path


def find(folder: Path | None) -> Instances:
    """The folder asked for, else the usual ones."""
    told = os.environ.get("TIMETABLE_BENCH")
    places = [folder, Path(told) if told else None, ROOT.parent / "shared" / "bench"]
    for place in places:
        if place is not None and (place / "itc2007-ctt").is_dir():
            return Instances(place)
    return Instances(None)
