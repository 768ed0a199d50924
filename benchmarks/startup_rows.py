"""Rows that measure start-up times."""

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

N_STARTS = 7
"""Smallest number of starts of Orange, of each kind."""

_ADDON = "Orange3-TransferLearning"
_PACKAGE = "orangecontrib.transferlearning"
_WIDGET = f"{_PACKAGE}.widgets.owkerasembedding"
_LOAD = ["-c", f"from {_PACKAGE} import Embedder; Embedder('SqueezeNet').load()"]
_PROCESSES = {
    "bare Python": ["-c", "pass"],
    "`--help`": ["-m", _PACKAGE, "--help"],
    "Orange widget modules": ["-c", "import Orange.widgets.gui, Orange.widgets.widget, Orange.data"],
    "widget module": ["-c", f"import {_WIDGET}, sys; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"],
    "first load": _LOAD,
    "second load": _LOAD,
}
"""Arguments of Python by name; the two loads follow each other and share a folder of networks."""


def measure_startup(name: str, plan: Plan) -> Row:
    """Measure new processes, in turns."""
    taken = defaultdict(list)
    for n_made in range(min(plan.repeats, 3) + 1):
        with tempfile.TemporaryDirectory(dir=plan.work) as cache:
            for title, arguments in _PROCESSES.items():
                seconds = _seconds(arguments, Path(cache))
                if n_made:  # The first round loads the files into the system's memory.
                    taken[title].append(seconds)
    medians = {title: f"{median(seconds):.2f} s" for title, seconds in taken.items()}
    return Row(
        name,
        f"`orange-transfer --help` {medians['`--help`']}; importing the widget module {medians['widget module']}; "
        f"`Embedder('SqueezeNet').load()` {medians['first load']}, then {medians['second load']}",
        f"bare Python {medians['bare Python']}; importing Orange's own widget modules "
        f"{medians['Orange widget modules']}",
        "whole processes, the command as `python -m`; the widget module loads neither TensorFlow nor Keras; loading "
        "is of SqueezeNet, the second time with the converted network kept",
    )


def measure_canvas_start(name: str, plan: Plan) -> Row:
    """Measure starts of Orange until its window is shown, with and without the add-on, in turns."""
    taken = defaultdict(list)
    n_starts = 1 if plan.quick else max(N_STARTS, plan.repeats)
    for n_made in range(n_starts + 1):
        for addons in ([_ADDON], []) if n_made % 2 else ([], [_ADDON]):
            with tempfile.TemporaryDirectory(dir=plan.work, ignore_cleanup_errors=True) as home:
                for start in ("first", "later"):
                    seconds = _seconds_until_shown(addons, Path(home))
                    if n_made:  # The first round loads the files into the system's memory.
                        taken[start, bool(addons)].append(seconds)
    medians = {kind: median(seconds) for kind, seconds in taken.items()}
    more = {start: medians[start, True] - medians[start, False] for start in ("first", "later")}
    with_it, without = (
        f"first start {medians['first', has_it]:.2f} s, later ones {medians['later', has_it]:.2f} s"
        for has_it in (True, False)
    )
    return Row(
        name,
        with_it,
        f"Orange without the add-on: {without}",
        f"the add-on adds {more['first']:+.2f} s to the first start, {more['later']:+.2f} s to later ones; medians of "
        f"{n_starts} starts of Orange's own canvas until its window is shown, without other add-ons",
    )


def _seconds_until_shown(addons: list[str], home: Path) -> float:
    variables = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA")
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"} | dict.fromkeys(variables, str(home))
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # Modules are compiled when they are installed.
    command = [sys.executable, "-m", "benchmarks.canvas_start", *addons]
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as orange:
        said = orange.stdout.readline()
        seconds = time.perf_counter() - start
    if orange.returncode or not said:
        raise subprocess.CalledProcessError(orange.returncode, command)
    return seconds


def _seconds(arguments: list[str], cache: Path) -> float:
    environment = os.environ | {"XDG_CACHE_HOME": str(cache), "APPDATA": str(cache), "QT_QPA_PLATFORM": "offscreen"}
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
    return time.perf_counter() - start
