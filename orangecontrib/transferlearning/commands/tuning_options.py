"""Options of fine-tuning: which images are for what, and how the network is trained."""

from collections.abc import Callable
from typing import Any

import click

from ..finetuning.settings import TuningSettings
from ..training.head_settings import HeadSettings
from .embedder_options import INTERPOLATION_OPTION, NETWORK_OPTIONS, with_options

_POSITIVE = click.IntRange(min=1)
_SHARE = click.FloatRange(0, 1, max_open=True)
_HEAD, _TUNING = HeadSettings(), TuningSettings()


class LayerOrNumber(click.ParamType):
    """``6`` for a number of layers, or the name of a layer."""

    name = "N|LAYER"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> int | str:
        """Parse one value of the option."""
        return int(value) if str(value).isdecimal() else value


_PARTS = [
    click.option("--validate", metavar="SOURCE", help="Images that tell which epoch is best."),
    click.option("--test", metavar="SOURCE", help="Images that tell how good the result is."),
    click.option(
        "--validation-size", type=_SHARE, default=0.2, show_default=True,
        help="Share of the images, the test taken off, for validation where none are given.",
    ),
    click.option(
        "--test-size", type=_SHARE, default=0.25, show_default=True,
        help="Share of the images for the test where none are given.",
    ),
]  # fmt: skip
_TRAINING = [
    click.option(
        "--unfreeze", type=LayerOrNumber(), default=_TUNING.unfreeze, show_default=True,
        help="How many of the last layers with weights are trained, or the name of the first.",
    ),
    click.option(
        "--epochs", type=_POSITIVE, default=_TUNING.epochs, show_default=True, help="Of fine-tuning, at most."
    ),
    click.option("--learning-rate", default=_TUNING.learning_rate, show_default=True, help="Of fine-tuning."),
    click.option(
        "--batch-size", type=_POSITIVE, default=_TUNING.batch_size, show_default=True, help="Images a step."
    ),
    click.option(
        "--patience", type=_POSITIVE, default=_TUNING.patience, show_default=True,
        help="Epochs that the validation loss may go without getting lower.",
    ),
    click.option("--balanced", is_flag=True, help="Let each class count the same, however many images it has."),
    click.option(
        "--hidden", default=_HEAD.hidden, show_default=True, help="Units of a hidden layer of the head; 0 for none."
    ),
    click.option(
        "--dropout", default=_HEAD.dropout, show_default=True, help="Share of the head's units that a step ignores."
    ),
    click.option(
        "--head-epochs", type=_POSITIVE, default=_HEAD.epochs, show_default=True, help="Of the head alone, at most."
    ),
    click.option("--flip", is_flag=True, help="Mirror images by chance."),
    click.option("--shift", default=0.0, show_default=True, help="Move images by up to this share."),
    click.option("--zoom", default=0.0, show_default=True, help="Zoom in and out by up to this share."),
    click.option("--rotation", default=0.0, show_default=True, help="Turn images by up to so many degrees."),
]  # fmt: skip


def tuning_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add options to a command: of a network, of the parts and of the training."""
    return with_options(command, [*NETWORK_OPTIONS, INTERPOLATION_OPTION, *_PARTS, *_TRAINING])
