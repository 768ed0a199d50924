"""The row of how long the window of Orange's canvas does not answer."""

from collections.abc import Mapping

from .children import Child
from .pictures import write_noisy_digits
from .plan import Plan
from .table import Row

N_PICTURES = 3000

_ORANGE = ("Data Table, numbers", "Predictions, numbers")
"""Phases in which Orange alone is at work."""


def measure_canvas(name: str, plan: Plan) -> Row:
    """Measure a workflow of Load Images, Keras Embedding, Data Table and Predictions, once."""
    n_pictures = plan.scaled(N_PICTURES)
    folder, work = plan.work / "canvas", plan.work / "canvas-files"
    write_noisy_digits(folder, n_pictures)
    work.mkdir()
    with Child("canvas_script", folder=str(folder), work=str(work)) as child:
        facts = child.facts
    gaps = facts["gaps"]
    ours = {phase: seconds for phase, seconds in gaps.items() if phase not in _ORANGE}
    return Row(
        name,
        f"{_milliseconds(ours)}; Cancel took {facts['cancel']:.1f} s, the second run {facts['second run']:.1f} s, "
        f"Predictions {facts['Predictions']:.1f} s",
        _milliseconds({phase: seconds for phase, seconds in gaps.items() if phase in _ORANGE}),
        f"{n_pictures:,} pictures, SqueezeNet, one run, the network converted in it",
    )


def _milliseconds(gaps: Mapping[str, float]) -> str:
    return ", ".join(f"{phase} {1000 * seconds:.0f} ms" for phase, seconds in gaps.items())
