"""Show progress and skipped images in a terminal."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import click

from ..errors import ImageReadError, TransferLearningError
from ..records import Callback, Skipped

if TYPE_CHECKING:
    from ..embedding.embedder import Embedder
    from ..training.history import Epoch


N_SHOWN = 20
"""Skipped images that are listed; `--skipped` writes all of them."""


def load(embedder: "Embedder") -> None:
    """Load a network, showing what is going on on standard error."""
    click.echo(f"Loading {embedder.record.title} ...", err=True)
    with downloads() as callback:
        embedder.load(callback)


def load_quietly(load: Callable[[], object]) -> None:
    """Call what loads Keras (`check_keras`, `check_training`) without TensorFlow's greetings."""
    with _standard_error_held_back():
        load()


@contextmanager
def downloads() -> Iterator[Callback]:
    """Show a bar on standard error once weights are downloaded; gives the callback that moves it."""
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
def _standard_error_held_back() -> Iterator[None]:
    """Keep TensorFlow's greetings, which no setting silences, off the screen, unless it fails without words of ours."""
    sys.stderr.flush()
    screen, told = os.dup(2), False
    with TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
            told = True
        except TransferLearningError:
            told = True
            raise
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
            if not told:
                held.seek(0)
                os.write(2, held.read())


@contextmanager
def progress(title: str, total: int, unit: str) -> Iterator[Callback]:
    """Show a bar with rate and time left on standard error; gives the callback that moves it."""
    from tqdm import tqdm

    with tqdm(total=total, desc=title, unit=unit, file=sys.stderr, dynamic_ncols=True) as bar:

        def callback(fraction: float) -> None:
            bar.update(round(fraction * total) - bar.n)

        yield callback


@contextmanager
def epoch_progress(n_epochs: int) -> Iterator[tuple[Callback, Callable[["Epoch"], None]]]:
    """Show a bar of epochs on standard error, and beside it how good the network is.

    Yields
    ------
    callback : callable
        Moves the bar.
    tell : callable
        Shows an epoch.
    """
    from tqdm import tqdm

    with tqdm(total=n_epochs, desc="Training", unit="epoch", file=sys.stderr, dynamic_ncols=True) as bar:

        def callback(fraction: float) -> None:
            bar.update(int(fraction * n_epochs + 1e-6) - bar.n)

        yield callback, lambda epoch: bar.set_postfix_str(str(epoch), refresh=False)


def tell_above(text: str) -> None:
    """Print on standard error while a bar is shown there."""
    from tqdm import tqdm

    tqdm.write(text, file=sys.stderr)


def tell_left_out(n_files: int) -> None:
    """Print on standard error how many files of a folder are no images."""
    if n_files:
        told = "1 file that is no image was" if n_files == 1 else f"{n_files} files that are no images were"
        click.echo(f"{told} left out", err=True)


def tell_unlabelled(n_images: int) -> None:
    """Print on standard error how many images were not trained on, as they have no label."""
    if n_images:
        told = "1 image" if n_images == 1 else f"{n_images} images"
        click.echo(f"left out, as they have no label: {told}", err=True)


def tell_skipped(problems: list[Skipped], way_out: str = "; --skipped FILE.csv writes them all") -> None:
    """List images that could not be read on standard error, with reasons; where they are many, the first."""
    for problem in problems[:N_SHOWN]:
        click.echo(f"skipped: {problem.key}: {problem.reason}", err=True)
    if len(problems) > N_SHOWN:
        click.echo(f"... and {len(problems) - N_SHOWN} more{way_out}.", err=True)


def none_read(problems: list[Skipped]) -> ImageReadError:
    """Make the error that says that no image could be read, and why the first one could not."""
    first = problems[0]
    return ImageReadError(f"None of the {len(problems)} images could be read; the first: {first.key}: {first.reason}")
