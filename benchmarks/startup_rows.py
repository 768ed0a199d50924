"""The row of start-up times."""

import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

from .plan import Plan
from .table import Row

_PACKAGE = "orangecontrib.transferlearning"
_WIDGET = f"{_PACKAGE}.widgets.owkerasembedding"
_LOAD = ["-c", f"from {_PACKAGE} import Embedder; Embedder().load()"]
_PROCESSES = {
    "bare Python": ["-c", "pass"],
    "`--help`": ["-m", _PACKAGE, "--help"],
    "Orange widget modules": ["-c", "import Orange.widgets.gui, Orange.widgets.widget, Orange.data"],
    "widget module": ["-c", f"import {_WIDGET}, sys; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"],
    "first load": _LOAD,
    "second load": _LOAD,
}
"""By what each is called; those of loading follow each other, with the same folder of networks."""


def measure_startup(name: str, plan: Plan) -> Row:
    """Measure fresh processes, in turns."""
    taken = defaultdict(list)
    for n_made in range(min(plan.repeats, 3) + 1):
        with tempfile.TemporaryDirectory(dir=plan.work) as cache:
            for title, arguments in _PROCESSES.items():
                seconds = _seconds(arguments, Path(cache))
                if n_made:  # The first round brings the files into the system's memory.
                    taken[title].append(seconds)
    medians = {title: f"{median(seconds):.2f} s" for title, seconds in taken.items()}
    return Row(
        name,
        f"`orange-transfer --help` {medians['`--help`']}; importing the widget module {medians['widget module']}; "
        f"`Embedder().load()` {medians['first load']}, then {medians['second load']}",
        f"bare Python {medians['bare Python']}; importing Orange's own widget modules "
        f"{medians['Orange widget modules']}",
        "whole processes, the command as `python -m`; the widget module brings neither TensorFlow nor Keras; loading "
        "is SqueezeNet's, the second time with the converted network kept",
    )


def _seconds(arguments: list[str], cache: Path) -> float:
    environment = os.environ | {"XDG_CACHE_HOME": str(cache), "APPDATA": str(cache), "QT_QPA_PLATFORM": "offscreen"}
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
    return time.perf_counter() - start
