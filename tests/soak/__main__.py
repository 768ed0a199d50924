"""Print a table of long runs: ``python -m tests.soak --scale 1``, with the faults that were found; 0 is expected."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from .row import Row

N_DAMAGED, N_KILLS, N_DAMAGES, N_RUNS = 2000, 40, 40, 200


def parts(scale: float) -> dict[str, Callable[[Path], Iterator[Row]]]:
    """Return the parts of the table by name, with as many tries as the scale says."""

    def many(number: int) -> int:
        return max(1, round(scale * number))

    def inputs(folder: Path) -> Iterator[Row]:
        from .bad_inputs import bad_inputs

        return bad_inputs(many(N_DAMAGED), folder)

    def kills(folder: Path) -> Iterator[Row]:
        from .kills import kills

        return kills(many(N_KILLS), folder)

    def caches(folder: Path) -> Iterator[Row]:
        from .damaged_caches import damaged_caches

        return damaged_caches(many(N_DAMAGES), folder)

    def widgets(folder: Path) -> Iterator[Row]:
        from .widget_runs import widget_runs

        return widget_runs(max(2, many(N_RUNS)), folder)

    return {"inputs": inputs, "kills": kills, "caches": caches, "widgets": widgets}


def main() -> int:
    """Print the table, and return 1 if there were faults."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("parts", nargs="*", help="inputs, kills, caches, widgets; by default all")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the tries, by default 1")
    given = parser.parse_args()
    n_faults = 0
    print("| tried | counts |\n| --- | --- |", flush=True)
    for name, run in parts(given.scale).items():
        if given.parts and name not in given.parts:
            continue
        with tempfile.TemporaryDirectory() as folder:
            # Neither the settings of the user's Orange nor the caches take part.
            os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_DATA_HOME"] = folder
            if name != "caches":  # Its runs have a cache folder of their own.
                os.environ["XDG_CACHE_HOME"] = folder
            (Path(folder) / "work").mkdir()
            for row in run(Path(folder) / "work"):
                n_faults += row.n_faults
                print(row, flush=True)
    print(f"\n{n_faults} faults")
    return bool(n_faults)


if __name__ == "__main__":
    sys.exit(main())
