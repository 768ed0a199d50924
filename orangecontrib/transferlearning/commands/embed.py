"""`orange-transfer embed`: pictures to a file of features."""

import time
from typing import TYPE_CHECKING

import click

from ..errors import ImageReadError
from ..items import Skipped
from ..options import embedder_options, files_read, source_options
from ..terminal import load, progress

if TYPE_CHECKING:
    from ..embedder import Embedder
    from ..sinks import Sink, SkippedFile
    from ..sources import Source

N_SHOWN = 20
"""Skipped pictures that are listed; `--skipped` writes all of them."""


@click.command()
@click.argument("source")
@click.argument("out")
@source_options
@embedder_options
@click.option("--keys", is_flag=True, help="Name each picture: a column in CSV, a third array beside an NPY pair.")
@click.option("--skipped", metavar="FILE.csv", help="Write the pictures that could not be read, with reasons, here.")
@click.option("--overwrite", is_flag=True, help="Replace outputs that are there.")
def embed(source: "Source", out: str, embedder: "Embedder", keys: bool, skipped: str | None, overwrite: bool) -> None:
    """Embed the pictures of SOURCE into OUT.

    SOURCE is a folder (classes from its subfolders), a CSV file (label, path; or with a header and --image-column), an
    .npy file of pictures, or one picture.

    OUT is a .csv file, or a name without ending for the pair NAME_data.npy and NAME_labels.npy.
    """
    from ..sinks import SkippedFile, open_sink

    inputs = files_read()
    sink = open_sink(out, source.label_name, keys=keys, overwrite=overwrite, inputs=inputs)
    others = [*inputs, *sink.paths]
    skipped_file = None if skipped is None else SkippedFile(skipped, overwrite=overwrite, inputs=others)
    _tell_left_out(getattr(source, "n_ignored", 0))
    load(embedder)
    start, problems = time.perf_counter(), []
    try:
        n_embedded = _embed_into(sink, source, embedder, problems)
        seconds = time.perf_counter() - start
        _tell_skipped(problems)
    except ImageReadError:
        _write_skipped(problems, skipped_file)
        raise
    _write_skipped(problems, skipped_file)
    n_pictures = n_embedded * (len(source.columns) or 1)
    click.echo(
        f"{_counted(n_embedded, source.columns)} in {seconds:.1f} s ({n_pictures / seconds:.1f} pictures/s), "
        f"{embedder.n_features} features each: {embedder.record.title}, layer {embedder.network.layer}, "
        f"by {embedder.engine_title}"
    )
    if embedder.cache and embedder.cache.problem:
        click.echo(f"no cache: {embedder.cache.problem}", err=True)
    for path in sink.paths:
        click.echo(path)


def _embed_into(sink: "Sink", source: "Source", embedder: "Embedder", problems: list[Skipped]) -> int:
    """Fill the sink, and the list of problems; gives the number of pictures embedded."""
    from ..rows import stream_rows

    n_embedded = 0
    try:
        with progress("Embedding", len(source), "picture") as callback, sink:
            for embeddings in stream_rows(embedder, source, callback):
                sink.write(embeddings)
                n_embedded += len(embeddings)
                problems += embeddings.skipped
            if not n_embedded:
                raise ImageReadError(
                    f"None of the {len(problems)} pictures could be read; the first: {problems[0].key}: "
                    f"{problems[0].reason}"
                )
    except KeyboardInterrupt:
        raise KeyboardInterrupt("; no output was written") from None
    return n_embedded


def _counted(n_rows: int, columns: tuple[str, ...]) -> str:
    return f"{n_rows} rows of {len(columns)} pictures" if columns else f"{n_rows} pictures"


def _tell_left_out(n_files: int) -> None:
    if n_files:
        told = "1 file that is no picture was" if n_files == 1 else f"{n_files} files that are no pictures were"
        click.echo(f"{told} left out", err=True)


def _tell_skipped(problems: list[Skipped]) -> None:
    for problem in problems[:N_SHOWN]:
        click.echo(f"skipped: {problem.key}: {problem.reason}", err=True)
    if len(problems) > N_SHOWN:
        click.echo(f"... and {len(problems) - N_SHOWN} more; --skipped FILE.csv writes them all.", err=True)


def _write_skipped(problems: list[Skipped], skipped_file: "SkippedFile | None") -> None:
    if skipped_file:
        with skipped_file:
            skipped_file.write(problems)
