"""Tries an installation as its user would: ``python tests/smoke/run.py``, with the Python that it was installed for.

It takes nothing but what was installed, works in a temporary folder with a home of its own, and prints a line a step.
"""

import argparse
import json
import platform
import sys
import time
import traceback
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import canvas_steps
import command_steps
from session import Session

PARTS = {"tensorflow": ("tensorflow",), "openvino": ("openvino",), "qt": ("PyQt6", "PyQt5", "PySide6")}
"""The parts that may be missing, with the packages of each: a part is there if one of its packages is."""

SHOWN = ("Orange3-TransferLearning", "Orange3", "keras", "tensorflow", "openvino", "PyQt6", "PyQt5", "numpy")


def versions() -> dict[str, str]:
    """Versions of what matters, where it is installed."""
    found = {"Python": platform.python_version()}
    for name in SHOWN:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def run_step(step, session: Session) -> dict:
    """Run a step, print how it went, and return that."""
    start = time.monotonic()
    try:
        remark, is_right = step(session), True
    except Exception as error:  # noqa: BLE001 - whatever a step raises is its result
        remark, is_right = str(error) or type(error).__name__, False
        if not isinstance(error, AssertionError):
            remark = traceback.format_exc()
    seconds = time.monotonic() - start
    name = step.__name__.replace("_", " ")
    print(f"{'ok  ' if is_right else 'FAIL'} {name:32} {seconds:6.1f} s  {remark}", flush=True)
    return {"step": name, "is_right": is_right, "seconds": round(seconds, 1), "remark": remark}


def main() -> int:
    """Run all steps; 1 where one has failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without", action="append", default=[], choices=PARTS, help="what is not installed")
    parser.add_argument("--pages", action="store_true", help="the help pages are to be installed")
    parser.add_argument("--all-tutorials", action="store_true", help="open all of them, and quit in the middle")
    parser.add_argument("--only-canvas", action="store_true", help="leave out what takes no window")
    parser.add_argument("--languages", action="store_true", help="try Orange in other languages, too")
    parser.add_argument("--results", type=Path, metavar="FILE.json", help="where to write the results")
    asked = parser.parse_args()

    missing = [part for part, packages in PARTS.items() if not any(map(find_spec, packages))]
    print(", ".join(f"{name} {number}" for name, number in versions().items()), flush=True)
    if sorted(missing) != sorted(asked.without):
        print(f"FAIL missing: {missing or 'nothing'}; expected to be missing: {asked.without or 'nothing'}")
        return 1
    steps = [] if asked.only_canvas else [*command_steps.STEPS]
    steps += [] if "qt" in missing else canvas_steps.STEPS
    steps += canvas_steps.LONG_STEPS if asked.all_tutorials else []
    steps += canvas_steps.LANGUAGE_STEPS if asked.languages else []
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        session = Session(Path(folder), frozenset(missing), asked.pages)
        done = [run_step(step, session) for step in steps]
    if asked.results:
        asked.results.write_text(json.dumps({"versions": versions(), "steps": done}, indent=1), encoding="utf-8")
    failed = [each["step"] for each in done if not each["is_right"]]
    print(
        f"{len(done) - len(failed)} of {len(done)} steps went well" + (f"; failed: {', '.join(failed)}" * bool(failed))
    )
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
