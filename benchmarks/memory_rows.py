"""Rows of peak memory against the number of pictures."""

from orangecontrib.transferlearning.engines.tensorflow_engine import has_bfloat16

from .children import Child
from .pictures import write_list
from .plan import Plan
from .table import Row

SIZES = {"memory/SqueezeNet": (300, 3000), "memory/VGG16-flat": (200, 2000)}
"""Numbers of pictures by row."""


def measure_memory(name: str, plan: Plan) -> Row:
    """Measure a row of `SIZES`: the command writes a CSV file, or an NPY pair of flattened maps."""
    flat = name.endswith("-flat")
    options = _flat_options(plan) if flat else []
    few, many = (plan.scaled(n) for n in SIZES[name])
    # Other pictures each time, or else the cache would spare the work; the first run leaves the network behind.
    parts = {1: plan.copies[:1], few: plan.copies[:few], many: plan.copies[few : few + many]}
    megabytes = {}
    for n_pictures, paths in parts.items():
        pictures = plan.work / f"{name.replace('/', '-')}-{n_pictures}"
        write_list(paths, pictures.with_suffix(".csv"))
        out = f"{pictures}-features" + ("" if flat else ".csv")
        with Child("memory", arguments=["embed", f"{pictures}.csv", out, *options]) as child:
            megabytes[n_pictures] = child.facts["megabytes"]
    return Row(
        name,
        f"{many:,} pictures: {megabytes[many]:,.0f} MB",
        f"{few:,} pictures: {megabytes[few]:,.0f} MB ({megabytes[many] - megabytes[few]:+.0f} MB)",
        f"to {'an NPY pair, 25,088 features, random weights' if flat else 'CSV, 512 features'}; "
        f"one run each, cache on, network kept from a run before{_precision(options)}",
    )


def _flat_options(plan: Plan) -> list[str]:
    weights = plan.work / "vgg16.weights.h5"
    with Child("random_weights", path=str(weights)):
        options = ["--backbone", "VGG16", "--layer", "block5_pool", "--pooling", "flatten", "--weights", str(weights)]
    # It halves the time, which is by far the longest here.
    return [*options, "--precision", "bfloat16"] if has_bfloat16() else options


def _precision(options: list[str]) -> str:
    return ", bfloat16 to take half the time" if "bfloat16" in options else ""
