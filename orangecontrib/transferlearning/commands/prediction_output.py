"""Write a command's predictions to the screen or a file, and list the images that were skipped."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..atomic_files import AtomicFiles, PathLike, as_sink_error
from ..errors import ImageReadError
from ..records import Callback, Skipped
from .source_options import files_read
from .terminal import none_read, progress, tell_skipped

if TYPE_CHECKING:
    from ..embedding.predictions import Prediction


class PredictionFile(AtomicFiles):
    """A text file of predictions.

    Parameters
    ----------
    path : path
    overwrite : bool
        Whether a file that is there may be replaced.
    inputs : sequence of path
        Files that are being read, which are never replaced.
    """

    opening = {"mode": "w", "encoding": "utf-8", "newline": ""}

    def __init__(self, path: PathLike, *, overwrite: bool = False, inputs: Sequence[PathLike] = ()):
        super().__init__((Path(path).expanduser(),), overwrite, inputs)

    def write(self, text: str) -> None:
        """Append some text.

        Raises
        ------
        SinkError
            The disk is full, say.
        """
        with as_sink_error(self.paths[0]):
            self._files[0].write(text)


_OPTIONS = [
    click.option(
        "--top", type=click.IntRange(min=1), default=5, show_default=True, help="Classes to show of each image."
    ),
    click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", "csv"]),
        help="Of the output, instead of what --out ends with, or text.",
    ),
    click.option("--out", metavar="FILE", help="Write the predictions here instead of to the screen."),
    click.option("--skipped", metavar="FILE.csv", help="Write the images that could not be read, with reasons, here."),
    click.option("--overwrite", is_flag=True, help="Replace outputs that are there."),
]


class PredictionOutput:
    """Writes a command's predictions to the screen or to a file.

    Parameters
    ----------
    out : str or None
        The file; None for the screen.
    form : {"text", "json", "csv", None}
        None for what the file's ending says, or text.
    skipped : str or None
        File of the images that could not be read.
    overwrite : bool
        Whether files that are there may be replaced.

    Raises
    ------
    SinkError
        A file is there already, or is being read.
    """

    def __init__(self, out: str | None, form: str | None, skipped: str | None, overwrite: bool) -> None:
        from ..features.sink import SkippedFile

        inputs = files_read()
        self._file = out and PredictionFile(out, overwrite=overwrite, inputs=inputs)
        others = [*inputs, *self._file.paths] if self._file else inputs
        self._skipped_file = skipped and SkippedFile(skipped, overwrite=overwrite, inputs=others)
        ending = Path(out or "").suffix.lower().removeprefix(".")
        self._form = form or (ending if ending in ("json", "csv") else "text")

    def write(
        self, stream: "Callable[[Callback | None], Iterator[Prediction | Skipped]]", n_images: int
    ) -> list[Skipped]:
        """Write predictions as they come, and at the end list the images that were skipped.

        Parameters
        ----------
        stream : callable
            Given a callback for its progress or None, gives the predictions.
        n_images : int
            How many there will be, those skipped included.

        Raises
        ------
        ImageReadError
            No image could be read.
        SinkError
            The disk is full, say.
        """
        problems: list[Skipped] = []
        # A bar would run through what is written to the same screen.
        silent = self._file is None and sys.stdout.isatty()
        try:
            with nullcontext() if silent else progress("Predicting", n_images, "image") as callback:
                self._write_all(_without_skipped(stream(callback), problems))
            tell_skipped(problems)
        except ImageReadError:
            self._write_skipped(problems)
            raise
        self._write_skipped(problems)
        return problems

    def _write_skipped(self, problems: list[Skipped]) -> None:
        if self._skipped_file:
            with self._skipped_file:
                self._skipped_file.write(problems)

    def _write_all(self, predictions: "Iterable[Prediction]") -> None:
        from .prediction_formats import FORMATS

        pieces = FORMATS[self._form](predictions)
        if not self._file:
            for piece in pieces:
                click.echo(piece, nl=False)
            return
        with self._file:
            for piece in pieces:
                self._file.write(piece)
        click.echo(self._file.paths[0])


def _without_skipped(answers: "Iterable[Prediction | Skipped]", problems: list[Skipped]) -> "Iterator[Prediction]":
    n_predicted = 0
    for answer in answers:
        if isinstance(answer, Skipped):
            problems.append(answer)
        else:
            n_predicted += 1
            yield answer
    if not n_predicted:
        raise none_read(problems)


def prediction_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of its output to a command, which gets them as `output` and `top`."""

    @wraps(command)
    def with_output(
        *args: Any, out: str | None, form: str | None, skipped: str | None, overwrite: bool, **options: Any
    ) -> Any:
        return command(*args, output=PredictionOutput(out, form, skipped, overwrite), **options)

    for option in reversed(_OPTIONS):
        with_output = option(with_output)
    return with_output
