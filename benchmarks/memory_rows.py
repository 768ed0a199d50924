"""Rows that compare peak memory for few and for many images."""

from orangecontrib.transferlearning.engines.tensorflow_engine import has_bfloat16

from .children import Child
from .plan import Plan
from .sample_images import write_list
from .table import Row

SIZES = {"memory/SqueezeNet": (300, 3000), "memory/VGG16-flat": (200, 2000)}
"""Numbers of images, by row."""


def measure_memory(name: str, plan: Plan) -> Row:
    """Measure a row of `SIZES`: the command writes a CSV file, or an NPY pair of flattened maps."""
    flat = name.endswith("-flat")
    options = _flat_options(plan) if flat else []
    few, many = (plan.scaled(n) for n in SIZES[name])
    # Other images each time, or the cache would save the work; the first run leaves the converted network in the cache.
    parts = {1: plan.copies[:1], few: plan.copies[:few], many: plan.copies[few : few + many]}
    megabytes = {}
    for n_images, paths in parts.items():
        images = plan.work / f"{name.replace('/', '-')}-{n_images}"
        write_list(paths, images.with_suffix(".csv"))
        out = f"{images}-features" + ("" if flat else ".csv")
        with Child("memory", arguments=["embed", f"{images}.csv", out, *options]) as child:
            megabytes[n_images] = child.facts["megabytes"]
    return Row(
        name,
        f"{many:,} images: {megabytes[many]:,.0f} MB",
        f"{few:,} images: {megabytes[few]:,.0f} MB ({megabytes[many] - megabytes[few]:+.0f} MB)",
        f"to {'an NPY pair, 25,088 features, random weights' if flat else 'CSV, 512 features'}; "
        f"one run each, cache on, network kept from an earlier run{_precision(options)}",
    )


def _flat_options(plan: Plan) -> list[str]:
    weights = plan.work / "vgg16.weights.h5"
    with Child("random_weights", path=str(weights)):
        options = ["--backbone", "VGG16", "--layer", "block5_pool", "--pooling", "flatten", "--weights", str(weights)]
    # It halves the time of this row, which takes the longest.
    return [*options, "--precision", "bfloat16"] if has_bfloat16() else options


def _precision(options: list[str]) -> str:
    return ", bfloat16 to halve the time" if "bfloat16" in options else ""
