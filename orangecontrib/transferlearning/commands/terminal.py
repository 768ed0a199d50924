"""Everything that commands write to the terminal: lines, predictions, progress and skipped images.

Names of files, labels and messages of servers are data: each line goes through `visible`.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import click

from ..backbones.loading import is_saved_model
from ..backbones.preprocessing import AUTO, FRACTIONS, NONE
from ..backbones.registry import find_backbone
from ..errors import ImageReadError, TransferLearningError
from ..plurals import pl
from ..records import MAX_REASONS, Callback, Notes, Skipped, describe_unread
from ..sources.keys import names_in_words, shortened
from ..visible_text import visible
from .interruption import raise_if_interrupted

if TYPE_CHECKING:
    from ..embedding.embedder import Embedder
    from ..records import Source
    from ..training.history import Epoch


N_SHOWN = 20
"""Largest number of skipped images that are listed; `--skipped` writes all."""


def show(*lines: object) -> None:
    """Print lines on standard output. A line break within one is not printed as such."""
    for line in lines:
        click.echo(visible(line))


def tell(*lines: object) -> None:
    """Print lines that are not results, such as warnings, on standard error."""
    for line in lines:
        click.echo(brief(line), err=True)


MAX_MESSAGE = 5000
"""Largest number of characters of a message."""


def brief(message: object) -> str:
    """Return a message that is `visible`, without the middle of one that is too long to read: texts may be of MBs."""
    text, half = str(message), MAX_MESSAGE // 2
    return visible(text if len(text) <= MAX_MESSAGE else f"{text[:half]} ... {text[-half:]}")


def show_piece(piece: str, is_data: bool) -> None:
    """Print a part of the predictions, whole lines, on standard output.

    Parameters
    ----------
    piece : str
    is_data : bool
        Whether a program reads it, which needs every character as it is.
    """
    if is_data:
        # Bytes of a file name that are no text cannot be printed; and click would remove sequences for terminals.
        click.echo(piece.encode(errors="backslashreplace").decode(), nl=False, color=True)
    else:
        click.echo(visible(piece, "\n"), nl=False)


def is_on_screen() -> bool:
    """Return whether standard output is a screen, and not a file, a pipe or closed."""
    return sys.stdout is not None and sys.stdout.isatty()


def load(embedder: "Embedder") -> None:
    """Load a network, and show the progress on standard error."""
    tell(f"Loading {embedder.title} ...")
    with downloads() as callback:
        embedder.load(callback)
    if embedder.preprocessing == AUTO and is_saved_model(embedder.weights):
        tell(_describe_preprocessing(embedder))


def _describe_preprocessing(embedder: "Embedder") -> str:
    """Return a sentence on the preprocessing that was taken for a saved model."""
    name = Path(embedder.weights).name
    if embedder.network.preprocessing == NONE:
        return f"{name} scales pixels itself: it gets them as they are, 0-255"
    taken = embedder.network.preprocessing
    way = "divided by 255" if taken == FRACTIONS else f"prepared as for {find_backbone(taken).title}"
    return f"{name} gets pixels {way}; --preprocessing changes that"


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
            raise_if_interrupted()
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
            raise_if_interrupted()
            bar.update(int(fraction * n_epochs + 1e-6) - bar.n)

        yield callback, lambda epoch: bar.set_postfix_str(str(epoch), refresh=False)


def print_above_bar(text: str) -> None:
    """Print a line on standard error above a bar."""
    from tqdm import tqdm

    tqdm.write(visible(text), file=sys.stderr)


def print_remarks(source: "Source") -> None:
    """Print what the user should know about a source, and which files of a folder were left out, on standard error."""
    from ..sources.left_out import describe_left_out

    left_out = describe_left_out(getattr(source, "left_out", {}))
    tell(*getattr(source, "remarks", ()), *[f"left out: {left_out}"] * bool(left_out))


def print_unlabeled(n_images: int) -> None:
    """Print the number of images without a label on standard error."""
    if n_images:
        tell(f"{n_images} {pl(n_images, 'image')} without a label {pl(n_images, 'was|were')} left out")


def print_rare(rare: Mapping[str, int]) -> None:
    """Print the classes that were left out, with their numbers of images, on standard error."""
    if rare:
        names = names_in_words(f"{shortened(name, 80)} ({n_images})" for name, n_images in rare.items())
        tell(f"{len(rare)} {pl(len(rare), 'class|classes')} left out (--min-images): {names}")


def print_skipped(problems: list[Skipped]) -> None:
    """List skipped images with reasons on standard error; if there are many, the first ones."""
    for problem in problems[:N_SHOWN]:
        tell(f"skipped: {problem.key}: {problem.reason}")
    if len(problems) > N_SHOWN:
        tell(f"... and {len(problems) - N_SHOWN} more{_way_to_all()}.")


def _way_to_all() -> str:
    """Return what lists all skipped images, or where they are, if the running command has an option for it."""
    context = click.get_current_context(silent=True)
    if context is None or "skipped" not in context.params:
        return ""
    file = context.params["skipped"]
    return "; --skipped FILE.csv writes them all" if file is None else f", all in {file}"


def print_notes(notes: Notes) -> None:
    """Print what is to know about images that were read on standard error, a line for each kind."""
    tell(*(f"note: {line}" for line in notes.lines()))


def no_image_error(problems: list[Skipped]) -> ImageReadError:
    """Return an error for the case that no image could be read; list them if it does not have all the reasons."""
    if len({problem.reason for problem in problems}) > MAX_REASONS:
        print_skipped(problems)
    return ImageReadError(describe_unread(problems))
