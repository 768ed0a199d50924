"""Options of the commands that embed images: the network, and its settings."""

from collections.abc import Callable, Sequence
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


class NetworkName(click.ParamType):
    """The name of one network, for what presets and joined networks cannot do."""

    name = "NAME"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:
        """Return the name as the registry spells it."""
        from ..backbones.registry import find_backbone
        from ..embedding.presets import find_preset

        if find_preset(value) or "+" in value:
            kind = "a preset" if find_preset(value) else "several networks"
            self.fail(f"this takes one network, such as SqueezeNet, and {value!r} is {kind}.", parameter, context)
        return find_backbone(value).name


_CLASSIFIER_OPTION = click.option(
    "--backbone", type=NetworkName(), default="SqueezeNet", show_default=True, metavar="NAME", help="The network."
)
_CHOICE_OPTIONS = [
    click.option(
        "--preset",
        type=click.Choice(["quick", "balanced", "best"]),
        help="Networks, layers and scaling by name, all offline; balanced if there is no --backbone. `backbones` "
        "describes them.",
    ),
    click.option(
        "--backbone",
        metavar="NAME[:LAYER][+...]",
        help="The network, with its layer if it is not its own; with + between several, their features are joined.",
    ),
]
VIEW_OPTIONS = [
    click.option(
        "--mirrored",
        is_flag=True,
        default=None,
        help="Take the mean of the features of each image and of its mirror image.",
    ),
    click.option(
        "--scaling",
        type=click.Choice(["none", "l2", "orange"]),
        help="Scale vectors: that of each network to length 1 (l2), and all of them together to the length that suits "
        "the defaults of Orange's learners (orange); by default as the preset, or not at all.",
    ),
]
"""Options of what is done with the vectors of a network: mirrored, scaling."""

_LAYER_OPTIONS = [
    click.option(
        "--layer", metavar="NAME", help="The layer that gives the features; by default the one before the classifier."
    ),
    click.option(
        "--pooling",
        type=click.Choice(["auto", "avg", "max", "flatten", "none"]),
        default="auto",
        show_default=True,
        help="The way to turn a map into a vector; auto averages, none keeps the map.",
    ),
    *VIEW_OPTIONS,
]
STEP_OPTION = click.option(
    "--step",
    "steps",
    multiple=True,
    metavar="STEP",
    help="A step that changes images before they are resized: crop:0,0.35,1,0.9, square, gray, ...; repeatable.",
)

NETWORK_OPTIONS = [
    click.option(
        "--weights",
        default="imagenet",
        show_default=True,
        metavar="imagenet|none|FILE",
        help="Pretrained weights, random weights, a weights file, or a saved .keras model.",
    ),
    click.option(
        "--seed", type=SEEDS, default=0, show_default=True, help="Seed of random weights, and of random choices."
    ),
    click.option(
        "--image-size",
        type=ImageSize(),
        help="Size that images are resized to; by default the network's; own keeps the size of each image.",
    ),
    click.option(
        "--preprocessing",
        default="auto",
        show_default=True,
        metavar="auto|none|0-1|NAME",
        help="What is done with pixels before the network: nothing, divided by 255, or as for the network NAME; auto "
        "is as for the backbone, unless a saved .keras model scales pixels itself.",
    ),
    STEP_OPTION,
]
"""Options of all commands with a network: weights, seed, image_size, preprocessing, steps."""

INTERPOLATION_OPTION = click.option(
    "--interpolation",
    type=click.Choice(["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"]),
    default="bilinear",
    show_default=True,
    help="Interpolation when images are resized.",
)

ENGINE_OPTIONS = [
    click.option(
        "--engine",
        type=click.Choice(["auto", "tensorflow", "openvino"]),
        default="auto",
        show_default=True,
        help="The engine that runs the network; auto chooses the fastest one.",
    ),
    click.option(
        "--threads", "n_threads", type=POSITIVE, help="Number of threads that open images; by default one per core."
    ),
    click.option("--cache/--no-cache", default=True, show_default=True, help="Cache features for the next run."),
    click.option("--batch-size", type=POSITIVE, default=32, show_default=True, help="Images per forward pass."),
]
"""Options of what runs a network: engine, n_threads, cache, batch_size."""

_READING_OPTIONS = [
    *NETWORK_OPTIONS,
    INTERPOLATION_OPTION,
    click.option("--fast-decode", is_flag=True, help="Decode JPEG files at a reduced size: faster, but approximate."),
    click.option(
        "--precision",
        type=click.Choice(["float32", "bfloat16", "float16"]),
        default="float32",
        show_default=True,
        help="Precision inside the network, if the hardware has it: lower is faster, but approximate.",
    ),
    *ENGINE_OPTIONS,
]
_EMBEDDER_NAMES = (
    "backbone", "weights", "seed", "image_size", "preprocessing", "steps", "interpolation", "fast_decode", "precision",
    "engine", "n_threads", "cache", "batch_size",
)  # fmt: skip
_LAYER_NAMES = ("layer", "pooling", "mirrored", "scaling")


def presets_and_networks(presets: Sequence[str], backbones: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names of presets, also those that are given as backbones, and the other backbones."""
    from ..embedding.presets import find_preset

    found = [preset.name for preset in map(find_preset, backbones) if preset]
    return [*presets, *found], [each for each in backbones if not find_preset(each)]


def with_options(command: Command, options: list[Callable]) -> Command:
    """Add options to a command, in this order in its help."""
    return reduce(lambda decorated, option: option(decorated), reversed(options), command)


def weights_of(text: str) -> str | Path | None:
    """Read the option ``--weights``: "imagenet", "none" for random ones, or a path."""
    return {"imagenet": "imagenet", "none": None}.get(text.lower(), Path(text))


def embedder_options(command: Command) -> Command:
    """Add the options of an embedder to a command, which gets `embedder`; its network is not loaded yet."""

    @wraps(command)
    def with_embedder(*args: Any, **options: Any) -> Any:
        from ..embedding.embedder import Embedder

        settings = _settings(_pop_chosen(options, (*_EMBEDDER_NAMES, *_LAYER_NAMES)))
        return command(*args, embedder=Embedder(**settings), **options)

    return with_options(with_embedder, [*_CHOICE_OPTIONS, *_LAYER_OPTIONS, *_READING_OPTIONS])


def _pop_chosen(options: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Take the options of an embedder from all options; without any choice of networks, that of the default preset."""
    from ..embedding.presets import DEFAULT_PRESET

    preset = options.pop("preset", None)
    if preset:
        _check_replaced(preset)
    chosen = {name: options.pop(name) for name in names}
    given = preset or chosen["backbone"]
    chosen["backbone"] = DEFAULT_PRESET if given is None else given
    return chosen


def _check_replaced(preset: str) -> None:
    """Check that no option is given that a preset replaces."""
    for replaced in ("backbone", "layer", "weights", "mirrored", "scaling"):
        if is_given(replaced):
            raise click.UsageError(f"--preset {preset} has its own {replaced}: leave --{replaced} or --preset out.")


def is_given(name: str) -> bool:
    """Return whether an option of the running command was given, by its parameter's name."""
    source = click.get_current_context().get_parameter_source(name)
    return source not in (None, click.core.ParameterSource.DEFAULT)


def classifier_options(command: Command) -> Command:
    """Add the options of `given_options` except for presets and layers, as a classifier reads the last layer."""
    return _with_given(command, [_CLASSIFIER_OPTION], ())


def given_options(command: Command) -> Command:
    """Add the options of an embedder to a command, which gets `settings`: the given options, and the cache."""
    decorated = _with_given(command, [*_CHOICE_OPTIONS, *_LAYER_OPTIONS], _LAYER_NAMES)
    for option in decorated.__click_params__:
        # Without the option, the setting is that of the model.
        option.show_default = option.show_default and option.name not in (*_EMBEDDER_NAMES, *_LAYER_NAMES)
    return decorated


def _with_given(command: Command, network_options: list[Callable], layer_names: tuple[str, ...]) -> Command:
    @wraps(command)
    def with_settings(*args: Any, **options: Any) -> Any:
        given = {name for name in options if is_given(name)} | {"cache"}
        if "preset" in given:
            given.add("backbone")
        settings = _settings(_pop_chosen(options, (*_EMBEDDER_NAMES, *layer_names)))
        return command(*args, settings={name: settings[name] for name in settings if name in given}, **options)

    return with_options(with_settings, [*network_options, *_READING_OPTIONS])


def _settings(chosen: dict[str, Any]) -> dict[str, Any]:
    """Convert the options of an embedder to its arguments."""
    from ..embedding.cache import FeatureCache, default_path
    from ..embedding.choices import check_alone, read_choices, write_choices
    from ..embedding.presets import find_preset

    backbone = chosen["backbone"]
    if chosen.get("layer") and not find_preset(backbone):
        check_alone(backbone, chosen["layer"])
    return chosen | {
        "backbone": backbone if find_preset(backbone) else write_choices(read_choices(backbone)),
        "cache": FeatureCache(default_path()) if chosen["cache"] else None,
        "weights": weights_of(chosen["weights"]),
    }
