"""Options that several commands share: which network embeds images, and how."""

from collections.abc import Callable
from functools import reduce, wraps
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]

POSITIVE = click.IntRange(min=1)
"""Whole numbers from 1."""

SEEDS = click.IntRange(0, 2**32 - 1)
"""Seeds that scikit-learn accepts."""


class ImageSize(click.ParamType):
    """``224`` for a square, ``240x320`` for height x width, in pixels; ``own`` for the images' own sizes."""

    name = "N|HxW|own"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> tuple[int, int] | str:
        """Parse one value of the option."""
        if value.lower() == "own":
            return "own"
        sides = value.lower().split("x")
        if len(sides) > 2 or not all(side.isdecimal() and int(side) for side in sides):
            self.fail(f"{value!r} is not a size; say 224, 240x320 for height x width, or own.", parameter, context)
        return int(sides[0]), int(sides[-1])


_BACKBONE_OPTION = click.option(
    "--backbone", default="SqueezeNet", show_default=True, metavar="NAME", help="The network."
)
_LAYER_OPTIONS = [
    click.option("--layer", metavar="NAME", help="The layer to read, instead of the one that its classifier reads."),
    click.option(
        "--pooling",
        type=click.Choice(["auto", "avg", "max", "flatten", "none"]),
        default="auto",
        show_default=True,
        help="What makes a vector of a map; auto averages, none keeps the map.",
    ),
]
NETWORK_OPTIONS = [
    click.option(
        "--weights",
        default="imagenet",
        show_default=True,
        metavar="imagenet|none|FILE",
        help="Pretrained weights, random ones, a weights file, or a saved .keras model.",
    ),
    click.option("--seed", type=SEEDS, default=0, show_default=True, help="Seed of random weights."),
    click.option(
        "--image-size",
        type=ImageSize(),
        help="Size that images are resized to, instead of the network's; own leaves each at its own size.",
    ),
    click.option(
        "--step",
        "steps",
        multiple=True,
        metavar="STEP",
        help="Change images before they are resized: crop:0,0.35,1,0.9, square, gray, ...; repeatable, in order.",
    ),
]
"""Options of every command that builds a network: weights, seed, image_size, steps."""

INTERPOLATION_OPTION = click.option(
    "--interpolation",
    type=click.Choice(["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"]),
    default="bilinear",
    show_default=True,
    help="How images are resized.",
)

_READING_OPTIONS = [
    *NETWORK_OPTIONS,
    INTERPOLATION_OPTION,
    click.option("--fast-decode", is_flag=True, help="Read JPEGs at a reduced size: faster, approximate."),
    click.option(
        "--precision",
        type=click.Choice(["float32", "bfloat16", "float16"]),
        default="float32",
        show_default=True,
        help="Of the arithmetic inside the network, where the hardware has it: lower is faster, approximate.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["auto", "tensorflow", "openvino"]),
        default="auto",
        show_default=True,
        help="What runs the network; auto is OpenVINO where it is installed.",
    ),
    click.option("--threads", "n_threads", type=POSITIVE, help="Threads that open images, instead of one a core."),
    click.option("--cache/--no-cache", default=True, show_default=True, help="Keep features for the next run."),
    click.option("--batch-size", type=POSITIVE, default=32, show_default=True, help="Images a forward pass."),
]
_EMBEDDER_NAMES = (
    "backbone", "weights", "seed", "image_size", "steps", "interpolation", "fast_decode", "precision", "engine",
    "n_threads", "cache", "batch_size",
)  # fmt: skip
_LAYER_NAMES = ("layer", "pooling")


def with_options(command: Command, options: list[Callable]) -> Command:
    """Add options to a command, in this order in its help."""
    return reduce(lambda decorated, option: option(decorated), reversed(options), command)


def weights_of(text: str) -> str | Path | None:
    """Read the option ``--weights``: "imagenet", "none" for random ones, or a path."""
    return {"imagenet": "imagenet", "none": None}.get(text.lower(), Path(text))


def embedder_options(command: Command) -> Command:
    """Add the options of an embedder to a command, and the embedder, its network not yet loaded."""

    @wraps(command)
    def with_embedder(*args: Any, **options: Any) -> Any:
        from ..embedding.embedder import Embedder

        settings = _settings({name: options.pop(name) for name in (*_EMBEDDER_NAMES, *_LAYER_NAMES)})
        return command(*args, embedder=Embedder(**settings), **options)

    return with_options(with_embedder, [_BACKBONE_OPTION, *_LAYER_OPTIONS, *_READING_OPTIONS])


def classifier_options(command: Command) -> Command:
    """Do as `given_options` does, but for the layer, which is the network's last one, and pooling."""
    return _with_given(command, [], ())


def given_options(command: Command) -> Command:
    """Add the options of an embedder to a command, which gets those that are given as `settings`, and the cache."""
    return _with_given(command, _LAYER_OPTIONS, _LAYER_NAMES)


def _with_given(command: Command, layer_options: list[Callable], layer_names: tuple[str, ...]) -> Command:
    @wraps(command)
    def with_settings(*args: Any, **options: Any) -> Any:
        source_of = click.get_current_context().get_parameter_source
        settings = _settings({name: options.pop(name) for name in (*_EMBEDDER_NAMES, *layer_names)})
        given = {
            name: value
            for name, value in settings.items()
            if name == "cache" or source_of(name) is not click.core.ParameterSource.DEFAULT
        }
        return command(*args, settings=given, **options)

    return with_options(with_settings, [_BACKBONE_OPTION, *layer_options, *_READING_OPTIONS])


def _settings(chosen: dict[str, Any]) -> dict[str, Any]:
    """Turn the options of an embedder into its arguments."""
    from ..backbones.registry import find_backbone
    from ..cache_folder import default_path
    from ..embedding.cache import FeatureCache

    return chosen | {
        "backbone": find_backbone(chosen["backbone"]).name,
        "cache": FeatureCache(default_path()) if chosen["cache"] else None,
        "weights": weights_of(chosen["weights"]),
    }
