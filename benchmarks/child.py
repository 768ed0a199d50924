"""A child process for the contenders of a module: ``python -m benchmarks.child MODULE``.

The first line on standard input holds the arguments of the module's ``open_contenders`` as JSON. The first line on
standard output lists the contenders. Every further line on standard input is the name of one to run; the answer is the
amount of work and the seconds that it took.
"""

import importlib
import json
import os
import sys
import time


def main(module: str) -> None:
    """Open the contenders, and run them as the parent asks."""
    # Libraries write to standard output too: they get standard error instead.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    contenders = importlib.import_module(module).open_contenders(**json.loads(sys.stdin.readline()))
    opened = {"names": list(contenders.runs), "facts": contenders.facts, "not_run": contenders.not_run}
    print(json.dumps(opened), file=answers)
    for line in sys.stdin:
        name = line.strip()
        contenders.warm_ups.get(name, lambda: None)()
        start = time.perf_counter()
        amount = contenders.runs[name]()
        print(json.dumps([amount, time.perf_counter() - start]), file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
