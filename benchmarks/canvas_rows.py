"""The row that measures how long the window of Orange's canvas does not respond."""

from collections.abc import Mapping

from .children import Child
from .plan import Plan
from .sample_images import write_noisy_digits
from .table import Row

N_IMAGES = 3000

_ORANGE = ("Data Table, numbers", "Predictions, numbers")
"""Phases in which only Orange works."""


def measure_canvas(name: str, plan: Plan) -> Row:
    """Measure a workflow of Load Images, Keras Embedding, Data Table and Predictions, once."""
    n_images = plan.scaled(N_IMAGES)
    folder, work = plan.work / "canvas", plan.work / "canvas-files"
    write_noisy_digits(folder, n_images)
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
        f"{n_images:,} images, SqueezeNet, one run, the network converted in it",
    )


def _milliseconds(gaps: Mapping[str, float]) -> str:
    return ", ".join(f"{phase} {1000 * seconds:.0f} ms" for phase, seconds in gaps.items())
