"""Write the list of skipped images."""

from collections.abc import Sequence

from ..atomic_files import MAX_CELL, AtomicFile, csv_line
from ..records import Skipped
from ..sources.keys import printable


def write_skipped(file: AtomicFile, skipped: Sequence[Skipped], *, escape_formulas: bool = False) -> None:
    """Write skipped images with their reasons as CSV; a character that CSV cannot hold becomes a question mark.

    Parameters
    ----------
    file : AtomicFile
    skipped : sequence of Skipped
    escape_formulas : bool
        As for `csv_line`.

    Raises
    ------
    SinkError
        The file cannot be written, for example because the disk is full.
    """
    with file:
        file.write(csv_line(["key", "reason"]).encode())
        for each in skipped:
            cells = [printable(text).replace("\0", "?")[:MAX_CELL] for text in (each.key, each.reason)]
            file.write(csv_line(cells, escape_formulas=escape_formulas).encode())
