"""What each neighbourhood of the search on time patterns is worth.

    python -m benchmarks.patterns_ablation INSTANCE.xml.gz... --moves 3000000

Solves each instance with all operators and with one left out at a time, with the same
number of moves and the same seeds, and prints cost (hard rules first) and processor
time. Moves cost different time, so look at both.
"""

import argparse
import json
import time
from pathlib import Path

from sidecar.engine.pairs import solve as search
from sidecar.formats import itc2019
from sidecar.scoring.patterned import score_patterned


def main() -> None:
    """Print one line of JSON for each instance, operator left out and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="+", type=Path)
    parser.add_argument("--moves", type=int, default=3_000_000)
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    everything = dict(search.SHARES)
    for path in arguments.instances:
        problem = itc2019.read(path)
        for left_out in ["", *everything]:
            search.SHARES.clear()
            search.SHARES.update(
                {name: part for name, part in everything.items() if name != left_out}
            )
            for seed in range(arguments.seeds):
                began = time.process_time()
                solution = search.solve(problem, seed, iterations=arguments.moves)
                score = score_patterned(problem, solution)
                print(
                    json.dumps(
                        {
                            "instance": problem.name,
                            "without": left_out or "(nothing)",
                            "seed": seed,
                            "violations": len(score.violations),
                            "cost": score.total,
                            "seconds": round(time.process_time() - began, 1),
                        }
                    ),
                    flush=True,
                )


if __name__ == "__main__":
    main()
