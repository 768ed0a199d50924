"""Options that several commands share: which pictures, and which network embeds them."""

import os
from collections.abc import Callable
from functools import reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from .sources import Source

_Command = Callable[..., Any]

_POSITIVE = click.IntRange(min=1)

SEEDS = click.IntRange(0, 2**32 - 1)
"""What scikit-learn takes for a seed."""


class ImageSize(click.ParamType):
    """``224`` for a square, ``240x320`` for height x width, in pixels; ``own`` for the pictures' own sizes."""

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


class Condition(click.ParamType):
    """``COLUMN=VALUE``: a column, and what it must hold."""

    name = "COLUMN=VALUE"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> tuple[str, str]:
        """Parse one value of the option."""
        column, equals, wanted = (part.strip() for part in value.partition("="))
        if not column or not equals:
            self.fail(f"{value!r} is not a condition; say COLUMN=VALUE.", parameter, context)
        return column, wanted


_SOURCE_OPTIONS = [
    click.option("--root", metavar="FOLDER", help="Where a CSV file's relative paths start, instead of its folder."),
    click.option(
        "--image-column",
        multiple=True,
        metavar="NAME",
        help="The CSV file has a header, and this column names pictures; once for each column of several.",
    ),
    click.option("--label-column", metavar="NAME", help="The column of classes in a CSV file with a header."),
    click.option("--target-column", metavar="NAME", help="The column of numbers to predict, instead of classes."),
    click.option("--where", multiple=True, type=Condition(), help="Take only rows that say this; all, if several."),
    click.option("--start-row", type=_POSITIVE, default=1, show_default=True, help="The first row or picture to take."),
    click.option("--limit", metavar="N", type=_POSITIVE, help="Take N rows or pictures at most."),
    click.option("--labels", metavar="FILE.npy", help="Labels of the pictures in an .npy file."),
    click.option("--height", type=_POSITIVE, help="Height of pictures in a flat .npy file, in pixels."),
    click.option("--width", type=_POSITIVE, help="Width of pictures in a flat .npy file, in pixels."),
    click.option("--channels", type=_POSITIVE, help="Channels of pictures in a flat .npy file (3 if not given)."),
]

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
        help="Size that pictures are resized to, instead of the network's; own leaves each at its own size.",
    ),
    click.option(
        "--step",
        "steps",
        multiple=True,
        metavar="STEP",
        help="Change pictures before they are resized: crop:0,0.35,1,0.9, square, grey, ...; repeatable, in order.",
    ),
]
"""Those of every command that builds a network: weights, seed, image_size, steps."""

_READING_OPTIONS = [
    *NETWORK_OPTIONS,
    click.option(
        "--interpolation",
        type=click.Choice(["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"]),
        default="bilinear",
        show_default=True,
        help="How pictures are resized.",
    ),
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
    click.option("--threads", "n_threads", type=_POSITIVE, help="Threads that open pictures, instead of one a core."),
    click.option("--cache/--no-cache", default=True, show_default=True, help="Keep features for the next run."),
    click.option("--batch-size", type=_POSITIVE, default=32, show_default=True, help="Pictures a forward pass."),
]
_EMBEDDER_NAMES = (
    "backbone", "weights", "seed", "image_size", "steps", "interpolation", "fast_decode", "precision", "engine",
    "n_threads", "cache", "batch_size",
)  # fmt: skip
_LAYER_NAMES = ("layer", "pooling")
_SOURCE_NAMES = (
    "root", "image_column", "label_column", "target_column", "where", "start_row", "limit", "labels", "height", "width",
    "channels",
)  # fmt: skip


def with_options(command: _Command, options: list[Callable]) -> _Command:
    """Give a command options, in this order in its help."""
    return reduce(lambda decorated, option: option(decorated), reversed(options), command)


def source_options(command: _Command) -> _Command:
    """Give a command with an argument ``source`` the options of a source, and the opened source."""

    @wraps(command)
    def with_source(*args: Any, source: str, **options: Any) -> Any:
        from .sources import open_source

        chosen = {name: options.pop(name) for name in _SOURCE_NAMES}
        chosen["image_column"] = chosen["image_column"] or None
        chosen["where"] = _conditions(chosen["where"])
        return command(*args, source=open_source(source, **chosen), **options)

    return with_options(with_source, _SOURCE_OPTIONS)


def open_alike(location: str) -> "Source":
    """Open another source beside the running command's own; a table has the same columns.

    Raises
    ------
    SourceError
    """
    from .sources import open_source

    given = click.get_current_context().params
    if given["where"]:
        raise click.UsageError("--where chooses rows of SOURCE only: leave it out, or --validate and --test.")
    names = () if os.path.isdir(location) else ("root", "image_column", "label_column", "target_column")
    return open_source(location, **{name: given[name] for name in names if given[name]})


def _conditions(pairs: tuple[tuple[str, str], ...]) -> dict[str, str] | None:
    conditions = dict(pairs)
    if len(conditions) < len(pairs):
        raise click.UsageError("A column is named by --where twice, which no row can fulfil; name each once.")
    return conditions or None


def files_read() -> list[str]:
    """List what the running command has been given to read: its sources, and files that its options name."""
    given = click.get_current_context().params
    files = [given[name] for name in ("source", "labels", "weights", "model") if given.get(name)]
    return [*files, *given.get("pictures", ())]


def weights_of(text: str) -> str | Path | None:
    """Read the option ``--weights``: "imagenet", "none" for random ones, or a path."""
    return {"imagenet": "imagenet", "none": None}.get(text.lower(), Path(text))


def embedder_options(command: _Command) -> _Command:
    """Give a command the options of an embedder, and the embedder they make, its network not yet loaded."""

    @wraps(command)
    def with_embedder(*args: Any, **options: Any) -> Any:
        from .embedder import Embedder

        settings = _settings({name: options.pop(name) for name in (*_EMBEDDER_NAMES, *_LAYER_NAMES)})
        return command(*args, embedder=Embedder(**settings), **options)

    return with_options(with_embedder, [_BACKBONE_OPTION, *_LAYER_OPTIONS, *_READING_OPTIONS])


def classifier_options(command: _Command) -> _Command:
    """Do as `given_options` does, but for the layer, which is the network's last one, and pooling."""
    return _with_given(command, [], ())


def given_options(command: _Command) -> _Command:
    """Give a command the options of an embedder, and as `settings` those that the user has given, and the cache."""
    return _with_given(command, _LAYER_OPTIONS, _LAYER_NAMES)


def _with_given(command: _Command, layer_options: list[Callable], layer_names: tuple[str, ...]) -> _Command:
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
    from .backbones import find_backbone
    from .cache import FeatureCache, default_path

    return chosen | {
        "backbone": find_backbone(chosen["backbone"]).name,
        "cache": FeatureCache(default_path()) if chosen["cache"] else None,
        "weights": weights_of(chosen["weights"]),
    }
