"""Show progress and skipped images in a terminal."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import click

from ..errors import ImageReadError, TransferLearningError
from ..records import Callback, Skipped, describe_unread

if TYPE_CHECKING:
    from ..embedding.embedder import Embedder
    from ..training.history import Epoch


N_SHOWN = 20
"""Largest number of skipped images that are listed; `--skipped` writes all."""


def load(embedder: "Embedder") -> None:
    """Load a network, and show the progress on standard error."""
    click.echo(f"Loading {embedder.record.title} ...", err=True)
    with downloads() as callback:
        embedder.load(callback)


def load_quietly(load: Callable[[], object]) -> None:
    """Call a function that loads Keras (`check_keras`, `check_training`), and hide TensorFlow's messages."""
    with _hide_standard_error():
        load()


@contextmanager
def downloads() -> Iterator[Callback]:
    """Yield a callback that shows a bar on standard error while weights are downloaded."""
    with ExitStack() as stack:
        bars = []

        def downloaded(fraction: float) -> None:
            if not bars:
                if fraction == 1:
                    return  # Nothing is downloaded.
                bars.append(stack.enter_context(progress("Downloading weights", 100, "%")))
            bars[0](fraction)

        yield downloaded


@contextmanager
def _hide_standard_error() -> Iterator[None]:
    """Hide standard error, as no setting hides TensorFlow's messages; show it after an unexpected error."""
    sys.stderr.flush()
    screen, is_expected = os.dup(2), False
    with TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
            is_expected = True
        except (TransferLearningError, KeyboardInterrupt):
            is_expected = True
            raise
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
            if not is_expected:
                held.seek(0)
                os.write(2, held.read())


@contextmanager
def progress(title: str, total: int, unit: str) -> Iterator[Callback]:
    """Show a bar with rate and remaining time on standard error, and yield a callback for it."""
    from tqdm import tqdm

    with tqdm(total=total, desc=title, unit=unit, file=sys.stderr, dynamic_ncols=True) as bar:

        def callback(fraction: float) -> None:
            bar.update(round(fraction * total) - bar.n)

        yield callback


@contextmanager
def epoch_progress(n_epochs: int) -> Iterator[tuple[Callback, Callable[["Epoch"], None]]]:
    """Show a bar of epochs on standard error, with the results of the last epoch.

    Yields
    ------
    callback : callable
        Called with the fraction done, 0-1.
    tell : callable
        Called with each epoch.
    """
    from tqdm import tqdm

    with tqdm(total=n_epochs, desc="Training", unit="epoch", file=sys.stderr, dynamic_ncols=True) as bar:

        def callback(fraction: float) -> None:
            bar.update(int(fraction * n_epochs + 1e-6) - bar.n)

        yield callback, lambda epoch: bar.set_postfix_str(str(epoch), refresh=False)


def print_above_bar(text: str) -> None:
    """Print a line on standard error above a bar."""
    from tqdm import tqdm

    tqdm.write(text, file=sys.stderr)


def print_ignored(n_files: int) -> None:
    """Print the number of files that are not images on standard error."""
    if n_files:
        text = "1 file that is not an image was" if n_files == 1 else f"{n_files} files that are not images were"
        click.echo(f"{text} left out", err=True)


def print_unlabeled(n_images: int) -> None:
    """Print the number of images without a label on standard error."""
    if n_images:
        text = "1 image without a label was" if n_images == 1 else f"{n_images} images without a label were"
        click.echo(f"{text} left out", err=True)


def print_skipped(problems: list[Skipped], way_out: str = "; --skipped FILE.csv writes them all") -> None:
    """List skipped images with reasons on standard error; if there are many, the first ones."""
    for problem in problems[:N_SHOWN]:
        click.echo(f"skipped: {problem.key}: {problem.reason}", err=True)
    if len(problems) > N_SHOWN:
        click.echo(f"... and {len(problems) - N_SHOWN} more{way_out}.", err=True)


def no_image_error(problems: list[Skipped]) -> ImageReadError:
    """Return an error for the case that no image could be read, with the first reason."""
    return ImageReadError(describe_unread(problems))
