"""The command `orange-transfer`."""

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from ..errors import SourceError, TransferLearningError
from .backbones import backbones
from .cache import cache
from .classify import classify
from .compare import compare
from .demo import demo
from .embed import embed
from .finetune import finetune
from .interruption import EXIT_CODE, is_interrupted
from .maps import maps
from .network import network
from .pack import pack
from .predict import predict
from .terminal import brief, tell
from .train import train
from .unpack import unpack


class _Group(click.Group):
    """Shows warnings and expected errors in one line, and ends without a traceback on Ctrl-C."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _visible_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, context: click.Context) -> Any:
        try:
            with warnings.catch_warnings(), _visible_errors():
                warnings.showwarning = _show_warning
                _check_current_folder()
                return super().invoke(context)
        except KeyboardInterrupt as stop:
            _stop(context, "".join(stop.args))
        except Exception as error:
            # A module that was being loaded makes another error of an interruption.
            if is_interrupted() and not isinstance(error, click.exceptions.Exit):
                _stop(context)
            raise


def _stop(context: click.Context, remark: str = "") -> NoReturn:
    tell("", f"Stopped{remark}.")
    context.exit(EXIT_CODE)


@contextmanager
def _visible_errors() -> Iterator[None]:
    """Make errors that the user can mend an error of `click` with one line, in which every character is visible."""
    try:
        yield
    except click.ClickException as error:
        error.message = brief(error.message)
        raise
    except BrokenPipeError:
        # The program that reads the output has ended; click handles this.
        raise
    except (TransferLearningError, MemoryError, OSError) as error:
        raise _failure(_in_words(error)) from error
    except (ImportError, RuntimeError) as error:
        if not any(words in str(error) for words in _OUT_OF_MEMORY):
            raise
        raise _failure(f"Out of memory: {error}.") from error


_OUT_OF_MEMORY = ("failed to map segment", "annot allocate memory", "can't start new thread")
"""What loading a module, or starting a thread, says when memory does not suffice."""


def _in_words(error: Exception) -> str:
    """Return what an error says, without the number that an error of the system begins with."""
    if isinstance(error, TransferLearningError) or not getattr(error, "strerror", None):
        return str(error)
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    return f"Cannot write the output: {error.strerror}." if error.errno in _FULL else f"{error.strerror}."


_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Numbers of errors of a full disk. That of standard output has no file name."""


def _failure(text: str) -> click.ClickException:
    # Remove what is meant for scripts.
    words = text.replace(" (overwrite=True)", "")
    failure = click.ClickException(brief(" ".join(words.split())) or "Out of memory.")
    failure.exit_code = 2
    return failure


def _check_current_folder() -> None:
    try:
        os.getcwd()
    except OSError:
        raise SourceError("The current folder does not exist any more: change to another one.") from None


def _show_warning(message: Warning, *_: object, **__: object) -> None:
    tell(f"warning: {' '.join(str(message).split())}")


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="Orange3-TransferLearning")
def main() -> None:
    """Turn images into columns that any learner can use, with any Keras network, on this computer."""
    # Hide TensorFlow's messages at start.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.stderr is None:
        # If it is closed, the next file that is opened gets its number, and then TensorFlow's messages.
        sys.stderr = open(os.devnull, "w")


_COMMANDS = (
    embed, predict, train, network, finetune, classify, compare, maps, pack, unpack, backbones, cache, demo,
)  # fmt: skip
for _command in _COMMANDS:
    main.add_command(_command)
