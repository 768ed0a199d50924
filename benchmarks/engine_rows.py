"""Rows that compare engines."""

from collections.abc import Mapping

from orangecontrib.transferlearning.engines.tensorflow_engine import has_bfloat16

from .children import Child, measure
from .plan import Plan
from .table import Row, number

BATCH_SIZES = {
    "VGG16": 16,
    "VGG19": 16,
    "ResNet50": 16,
    "InceptionV3": 16,
    "InceptionResNetV2": 16,
    "Xception": 16,
    "MobileNet": 32,
    "SqueezeNet": 32,
    "MobileNetV2": 32,
    "EfficientNetV2B0": 32,
}
"""Networks that are measured, and images per forward pass."""
PRECISIONS = ("float32", "bfloat16")

_AUTO, _TENSORFLOW = "ours, OpenVINO", "ours, TensorFlow"


def measure_engine(name: str, plan: Plan) -> Row:
    """Measure the row ``engine/<backbone>/<precision>``."""
    _, backbone, precision = name.split("/")
    if precision == "bfloat16" and not has_bfloat16():
        return Row(name, "not run", notes="the processor has no bfloat16")
    batch_size = plan.scaled(BATCH_SIZES[backbone])
    with Child("engines", backbone=backbone, precision=precision, batch_size=batch_size) as child:
        rates = measure([child], plan.repeats, warm=True)
        notes = [_share_of_peak(child.facts["gflop"], rates), f"batch {batch_size}"]
        notes += [f"{other} not run: {reason}" for other, reason in child.not_run.items()]
    ours = {title: rates[title] for title in (_AUTO, _TENSORFLOW) if title in rates}
    return Row(name, _own_rates(ours), "; ".join(_comparisons(ours, rates)), "; ".join(notes))


def _own_rates(ours: Mapping[str, float]) -> str:
    return ", ".join(f"{title.removeprefix('ours, ')} {number(rate)}" for title, rate in ours.items())


def _comparisons(ours: Mapping[str, float], rates: Mapping[str, float]) -> list[str]:
    others = [title for title in rates if title not in ours and not title.startswith("product")]
    ratios = {title: " / ".join(f"{rate / rates[title]:.2f}" for rate in ours.values()) for title in others}
    return [f"{title} {number(rates[title])} ({ratios[title]})" for title in others]


def _share_of_peak(gflop: float, rates: Mapping[str, float]) -> str:
    peak, title = max((rate, title) for title, rate in rates.items() if title.startswith("product"))
    shares = [f"{title.removeprefix('ours, ')} {rates[title] * gflop / peak:.2f}" for title in (_AUTO, _TENSORFLOW)
              if title in rates]  # fmt: skip
    return (
        f"share of the peak: {', '.join(shares)} ({gflop:.3g} GFLOP per image, peak {number(peak)} GFLOP/s by "
        f"{title.removeprefix('product, ')})"
    )
