"""Write the predictions of a command to the screen or a file, and list skipped images."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..atomic_files import AtomicFile
from ..errors import ImageReadError
from ..records import Callback, Notes, Skipped
from .csv_options import check_writes_csv, escape_formulas_option
from .source_options import files_read
from .terminal import is_on_screen, no_image_error, print_notes, print_skipped, progress, show, show_piece

if TYPE_CHECKING:
    from ..embedding.predictions import Prediction


_OPTIONS = [
    click.option(
        "--top", type=click.IntRange(min=1), default=5, show_default=True, help="Number of classes for each image."
    ),
    click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", "csv"]),
        help="Format of the output; by default that of the ending of --out, or text.",
    ),
    click.option("--out", metavar="FILE", help="Write the predictions to this file instead of the screen."),
    click.option("--skipped", metavar="FILE.csv", help="Write the skipped images, with reasons, to this file."),
    escape_formulas_option,
    click.option("--overwrite", is_flag=True, help="Replace existing outputs."),
]


class PredictionOutput:
    """Writes the predictions of a command to the screen or to a file.

    Parameters
    ----------
    out : str or None
        The file; None for the screen.
    form : {"text", "json", "csv", None}
        None for the format of the file's ending, or text.
    skipped : str or None
        File of the skipped images.
    overwrite : bool
        Whether existing files may be replaced.
    escape_formulas : bool
        Whether text in CSV that a spreadsheet would compute begins with an apostrophe.

    Raises
    ------
    SinkError
        A file exists already, or is being read.
    """

    def __init__(
        self, out: str | None, form: str | None, skipped: str | None, overwrite: bool, escape_formulas: bool
    ) -> None:
        inputs = files_read()
        self._file = AtomicFile(out, overwrite=overwrite, inputs=inputs) if out else None
        others = [*inputs, self._file.path] if self._file else inputs
        self._skipped_file = AtomicFile(skipped, overwrite=overwrite, inputs=others) if skipped else None
        ending = Path(out or "").suffix.lower().removeprefix(".")
        self._form = form or (ending if ending in ("json", "csv") else "text")
        self._escape_formulas = escape_formulas
        check_writes_csv(escape_formulas, self._form == "csv" or skipped is not None)

    def write(
        self, stream: "Callable[[Callback | None], Iterator[Prediction | Skipped]]", n_images: int, notes: Notes
    ) -> list[Skipped]:
        """Write predictions batch by batch, and then list the skipped images, and notes.

        Parameters
        ----------
        stream : callable
            Returns the predictions, given a callback for the progress or None.
        n_images : int
            Number of images, including those that will be skipped.
        notes : Notes
            What there is to know about the images after the stream has ended.

        Raises
        ------
        ImageReadError
            No image could be read.
        SinkError
            The output cannot be written, for example because the disk is full.
        """
        problems: list[Skipped] = []
        # A bar and predictions would mix on the same screen.
        silent = self._file is None and is_on_screen()
        try:
            with nullcontext() if silent else progress("Predicting", n_images, "image") as callback:
                self._write_all(_without_skipped(stream(callback), problems))
            print_skipped(problems)
            print_notes(notes)
        except ImageReadError:
            self._write_skipped(problems)
            raise
        self._write_skipped(problems)
        return problems

    def _write_skipped(self, problems: list[Skipped]) -> None:
        from ..features.skipped_images import write_skipped

        if self._skipped_file:
            write_skipped(self._skipped_file, problems, escape_formulas=self._escape_formulas)

    def _write_all(self, predictions: "Iterable[Prediction]") -> None:
        from .prediction_formats import FORMATS

        options = {"escape_formulas": True} if self._form == "csv" and self._escape_formulas else {}
        pieces = FORMATS[self._form](predictions, **options)
        if not self._file:
            for piece in pieces:
                show_piece(piece, is_data=self._form == "csv" and not is_on_screen())
            return
        with self._file:
            for piece in pieces:
                self._file.write(piece.encode(errors="backslashreplace"))
        show(self._file.path)


def _without_skipped(answers: "Iterable[Prediction | Skipped]", problems: list[Skipped]) -> "Iterator[Prediction]":
    n_predicted = 0
    for answer in answers:
        if isinstance(answer, Skipped):
            problems.append(answer)
        else:
            n_predicted += 1
            yield answer
    if not n_predicted:
        raise no_image_error(problems)


def prediction_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the output to a command, which gets `output` and `top`."""

    @wraps(command)
    def with_output(*args: Any, **options: Any) -> Any:
        names = ("out", "form", "skipped", "overwrite", "escape_formulas")
        output = PredictionOutput(**{name: options.pop(name) for name in names})
        return command(*args, output=output, **options)

    for option in reversed(_OPTIONS):
        with_output = option(with_output)
    return with_output
