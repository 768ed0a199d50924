"""Write the list of skipped images."""

import csv
import io
from collections.abc import Sequence

from ..atomic_files import AtomicFile
from ..records import Skipped


def write_skipped(file: AtomicFile, skipped: Sequence[Skipped]) -> None:
    """Write skipped images with their reasons as CSV.

    Raises
    ------
    SinkError
        The file cannot be written, for example because the disk is full.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["key", "reason"])
    writer.writerows((each.key, each.reason) for each in skipped)
    with file:
        file.write(text.getvalue().encode())
