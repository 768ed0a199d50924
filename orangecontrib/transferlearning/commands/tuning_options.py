"""Options of fine-tuning: images for validation and test, and settings of the training."""

from collections.abc import Callable
from typing import Any, get_args

import click

from ..finetuning.settings import TuningSettings
from ..training.head_settings import HeadSettings
from ..training.history import Measure
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


best_by_option = click.option(
    "--best-by", type=click.Choice(get_args(Measure)), default=_TUNING.best_by, show_default=True,
    help="Measure in validation that decides which epoch is best.",
)  # fmt: skip
"""The option of the best epoch, of both commands that train with Keras."""

min_images_option = click.option(
    "--min-images", type=_POSITIVE, default=1, show_default=True, metavar="N",
    help="Leave out classes with fewer images than N.",
)  # fmt: skip
"""The option of all commands that train on classes."""

_PARTS = [
    min_images_option,
    click.option("--validate", metavar="SOURCE", help="Images for validation, to find the best epoch."),
    click.option("--test", metavar="SOURCE", help="Images for the test."),
    click.option(
        "--validation-size", type=_SHARE, default=0.2, show_default=True,
        help="Share of the images without the test that is for validation if --validate is not given.",
    ),
    click.option(
        "--test-size", type=_SHARE, default=0.25, show_default=True,
        help="Share of the images that is for the test if --test is not given.",
    ),
]  # fmt: skip
_TRAINING = [
    click.option(
        "--unfreeze", type=LayerOrNumber(), default=_TUNING.unfreeze, show_default=True,
        help="Number of the last layers with weights that are trained, or the name of the first.",
    ),
    click.option(
        "--epochs", type=_POSITIVE, default=_TUNING.epochs, show_default=True,
        help="Largest number of epochs of fine-tuning.",
    ),
    click.option(
        "--learning-rate", default=_TUNING.learning_rate, show_default=True, help="Learning rate of fine-tuning."
    ),
    click.option(
        "--batch-size", type=_POSITIVE, default=_TUNING.batch_size, show_default=True, help="Images in each step."
    ),
    click.option(
        "--patience", type=_POSITIVE, default=_TUNING.patience, show_default=True,
        help="Epochs without a better one after which training ends.",
    ),
    best_by_option,
    click.option("--balanced", is_flag=True, help="Each class counts the same, however many images it has."),
    click.option(
        "--hidden", default=_HEAD.hidden, show_default=True, help="Units of a hidden layer in the head; 0 for none."
    ),
    click.option(
        "--dropout", default=_HEAD.dropout, show_default=True, help="Share of the head's units that each step ignores."
    ),
    click.option(
        "--head-epochs", type=_POSITIVE, default=_HEAD.epochs, show_default=True,
        help="Largest number of epochs of the head alone.",
    ),
    click.option("--flip", is_flag=True, help="Mirror images at random."),
    click.option("--shift", default=0.0, show_default=True, help="Shift images at random by up to this share."),
    click.option("--zoom", default=0.0, show_default=True, help="Zoom images at random by up to this share."),
    click.option("--rotation", default=0.0, show_default=True, help="Rotate images at random by up to these degrees."),
]  # fmt: skip


def tuning_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the network, the parts of the images, and the training to a command."""
    return with_options(command, [*NETWORK_OPTIONS, INTERPOLATION_OPTION, *_PARTS, *_TRAINING])
