"""Rows that measure the way from image files to features."""

from contextlib import ExitStack

from .children import Child, measure
from .plan import Plan
from .presets import ALONE
from .table import Row, number

N_IMAGES = {"SqueezeNet": 480, "MobileNet": 480, "ResNet50": 192}
"""Networks that are measured, and the number of images for ours."""

_BATCH_SIZE = 32
_PARTS = ("ours", "engine", "decode")


def measure_files(name: str, plan: Plan) -> Row:
    """Measure the row ``files/<backbone>``."""
    backbone = name.split("/")[1]
    images, a_part, few = (plan.some(n) for n in (N_IMAGES[backbone], 64, 32))
    with ExitStack() as stack:
        ours = Child("files", backbone=backbone, paths=images, one_by_one=few, in_batches=a_part,
                     batch_size=_BATCH_SIZE)  # fmt: skip
        children = [stack.enter_context(ours)]
        if backbone == "SqueezeNet":
            children.append(stack.enter_context(Child("image_analytics", paths=a_part)))
        rates = measure(children, plan.repeats)
        not_run = [f"{other} not run: {reason}" for child in children for other, reason in child.not_run.items()]
    rates["bound"] = 1 / (1 / rates["engine"] + 1 / rates["decode"])
    others = [title for title in reversed(rates) if title not in _PARTS]
    notes = [
        f"{ours.facts['engine']}; engine alone {number(rates['engine'])}, decoding alone {number(rates['decode'])}",
        f"ours on {len(images)} images, the loop of batch 1 on {len(few)}, the others on {len(a_part)}",
        *not_run,
    ]
    against = [f"{title} {number(rates[title])} ({rates['ours'] / rates[title]:.2f})" for title in others]
    return Row(name, f"{number(rates['ours'])} images/s", "; ".join(against), "; ".join(notes))


def measure_cache(name: str, plan: Plan) -> Row:
    """Measure the second run, which takes all features from the cache."""
    paths = plan.copies[: plan.scaled(3000)]
    with Child("cached", paths=paths, cache=str(plan.work / "features.sqlite")) as child:
        rate = measure([child], plan.repeats)["from the cache"]
    return Row(name, f"{number(rate)} images/s", notes=f"{len(paths):,} files that all differ, SqueezeNet")


def measure_presets(name: str, plan: Plan) -> Row:
    """Measure the presets, relative to SqueezeNet alone."""
    paths = plan.some(128)
    with Child("presets", paths=paths) as child:
        rates = measure([child], plan.repeats)
    alone = rates.pop(ALONE)
    ours = "; ".join(f"{preset} {number(rate)} images/s ({rate / alone:.2f})" for preset, rate in rates.items())
    return Row(name, ours, f"{ALONE} alone {number(alone)}", f"{len(paths)} images, no cache")
