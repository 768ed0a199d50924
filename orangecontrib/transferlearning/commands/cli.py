"""The command `orange-transfer`."""

import os
import sys
import warnings
from typing import Any

import click

from ..errors import TransferLearningError
from .backbones import backbones
from .cache import cache
from .classify import classify
from .demo import demo
from .embed import embed
from .finetune import finetune
from .maps import maps
from .network import network
from .predict import predict
from .train import train


class _Group(click.Group):
    """Shows warnings and expected errors in one line, and ends without a traceback on Ctrl-C."""

    def invoke(self, context: click.Context) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _show_warning
                return super().invoke(context)
        except (TransferLearningError, MemoryError) as error:
            # Remove what is meant for scripts.
            words = str(error).replace(" (overwrite=True)", "")
            failure = click.ClickException(" ".join(words.split()) or "Out of memory.")
            failure.exit_code = 2
            raise failure from error
        except KeyboardInterrupt as stop:
            click.echo(f"\nStopped{''.join(stop.args)}.", err=True)
            context.exit(130)


def _show_warning(message: Warning, *_: object, **__: object) -> None:
    click.echo(f"warning: {' '.join(str(message).split())}", err=True)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="Orange3-TransferLearning")
def main() -> None:
    """Turn images into columns that any learner can use, with any Keras network, on this computer."""
    # Hide TensorFlow's messages at start.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.stderr is None:
        # If it is closed, the next file that is opened gets its number, and then TensorFlow's messages.
        sys.stderr = open(os.devnull, "w")


for _command in (embed, predict, train, network, finetune, classify, maps, backbones, cache, demo):
    main.add_command(_command)
