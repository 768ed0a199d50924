"""`orange-transfer embed`: images to a file of features."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ImageReadError, TransferLearningError
from ..records import Embeddings, Skipped
from .embedder_options import embedder_options
from .source_options import files_read, source_options
from .terminal import load, none_read, progress, tell_left_out, tell_skipped

if TYPE_CHECKING:
    from ..embedding.embedder import Embedder
    from ..features.sink import Sink, SkippedFile
    from ..records import Source


@click.command()
@click.argument("source")
@click.argument("out")
@source_options
@embedder_options
@click.option("--keys", is_flag=True, help="Name each image: a column in CSV, a third array beside an NPY pair.")
@click.option("--skipped", metavar="FILE.csv", help="Write the images that could not be read, with reasons, here.")
@click.option("--resume", is_flag=True, help="Go on where a run that was stopped or killed has left off.")
@click.option(
    "--buffer-size",
    type=click.IntRange(min=1),
    metavar="ROWS",
    show_default="1000",
    help="Images whose features are made safe at a time, for --resume.",
)
@click.option("--compression", type=click.Choice(["gzip", "lzf"]), help="Of the features in an HDF5 file.")
@click.option("--overwrite", is_flag=True, help="Replace outputs that are there.")
def embed(
    source: "Source", out: str, embedder: "Embedder", skipped: str | None, overwrite: bool, **writing: Any
) -> None:
    """Embed the images of SOURCE into OUT.

    SOURCE is a folder (classes from its subfolders), a CSV file (label, path; or with a header and --image-column), an
    .npy file of images, or one image.

    OUT is an .h5 (or .hdf5), .npz, .parquet or .csv file; a name without ending for the pair NAME_data.npy and
    NAME_labels.npy; or a folder, FOLDER/, for one .npy file an image.
    """
    from ..features.opening import open_sink
    from ..features.sink import SkippedFile

    inputs = files_read()
    sink = open_sink(out, source.label_name, is_target=source.is_target, overwrite=overwrite, inputs=inputs, **writing)
    others = [*inputs, *sink.paths]
    is_whole = sink.resumable and sink.is_whole
    # What the run wrote that made a whole output is not in the way.
    is_asked = skipped is not None and not (is_whole and Path(skipped).expanduser().is_file())
    skipped_file = SkippedFile(skipped, overwrite=overwrite, inputs=others) if is_asked else None
    tell_left_out(getattr(source, "n_ignored", 0))
    load(embedder)
    start, problems = time.perf_counter(), []
    try:
        n_embedded = _embed_into(sink, source, embedder, problems)
        seconds = time.perf_counter() - start
        tell_skipped(problems)
    except ImageReadError:
        _write_skipped(problems, skipped_file)
        raise
    _write_skipped(problems, skipped_file)
    if is_whole:
        _tell_whole(sink, "rows" if source.columns and sink.joins_rows else "images")
        return
    columns = source.columns if sink.joins_rows else ()
    n_images = n_embedded * (len(columns) or 1)
    kept = f", {sink.n_kept} kept from before" if sink.resumable and sink.n_kept else ""
    click.echo(
        f"{_counted(n_embedded, columns)} in {seconds:.1f} s ({n_images / seconds:.1f} images/s){kept}, "
        f"{_features_each(embedder.feature_shape)} each: {embedder.record.title}, layer {embedder.network.layer}, "
        f"by {embedder.engine_title}"
    )
    if embedder.cache and embedder.cache.problem:
        click.echo(f"no cache: {embedder.cache.problem}", err=True)
    for path in sink.paths:
        click.echo(path)


def _tell_whole(sink: "Sink", unit: str) -> None:
    path = sink.paths[0]
    click.echo(f"{path} is whole already: {sink.n_kept} {unit}, nothing left to do", err=True)
    click.echo(path)


def _features_each(shape: tuple[int | None, ...]) -> str:
    if len(shape) == 1:
        return f"{shape[0]} features"
    if None in shape:
        return f"a map of its own size and {shape[-1]} channels"
    return f"a map of {' x '.join(map(str, shape))}"


def _embed_into(sink: "Sink", source: "Source", embedder: "Embedder", problems: list[Skipped]) -> int:
    """Fill the sink, and the list of problems; gives the number of images embedded."""
    n_embedded, n_kept, goes_on = 0, 0, False
    try:
        with sink:
            if sink.resumable:
                source = sink.resume(source, embedder.fingerprint)
                n_kept = sink.n_kept
                problems += sink.skipped
            goes_on = True
            for embeddings in _stream(sink, source, embedder) if len(source) else ():
                sink.write(embeddings)
                n_embedded += len(embeddings)
                problems += embeddings.skipped
            if not n_embedded + n_kept:
                raise none_read(problems)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"; {_left(sink) or 'no output was written'}") from None
    except TransferLearningError:
        if goes_on and _left(sink):
            click.echo(_left(sink), err=True)
        raise
    return n_embedded


def _stream(sink: "Sink", source: "Source", embedder: "Embedder") -> Iterator[Embeddings]:
    from ..embedding.rows import stream_rows

    with progress("Embedding", len(source), "image") as callback:
        yield from (stream_rows(embedder, source, callback) if sink.joins_rows else embedder.stream(source, callback))


def _counted(n_rows: int, columns: tuple[str, ...]) -> str:
    return f"{n_rows} rows of {len(columns)} images" if columns else f"{n_rows} images"


def _left(sink: "Sink") -> str:
    """Describe what a run that stopped has left."""
    n_safe = sink.n_safe() if sink.resumable else 0
    return f"{n_safe} images are done and kept: say --resume to go on" if n_safe else ""


def _write_skipped(problems: list[Skipped], skipped_file: "SkippedFile | None") -> None:
    if skipped_file:
        with skipped_file:
            skipped_file.write(problems)
