"""Write the list of skipped images."""

from collections.abc import Sequence

from ..atomic_files import AtomicFile, csv_line
from ..records import Skipped


def write_skipped(file: AtomicFile, skipped: Sequence[Skipped]) -> None:
    """Write skipped images with their reasons as CSV.

    Raises
    ------
    SinkError
        The file cannot be written, for example because the disk is full.
    """
    lines = [csv_line(["key", "reason"]), *(csv_line([each.key, each.reason]) for each in skipped)]
    with file:
        file.write("".join(lines).encode())
