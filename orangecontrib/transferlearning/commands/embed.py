"""`orange-transfer embed`: compute the features of images and write them to a file."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..atomic_files import AtomicFile
from ..errors import ImageReadError, TransferLearningError
from ..plurals import pl
from ..records import Embeddings, Skipped
from .csv_options import check_writes_csv, escape_formulas_option
from .embedder_options import embedder_options
from .source_options import files_read, source_options
from .terminal import load, no_image_error, print_notes, print_remarks, print_skipped, progress, show, tell

if TYPE_CHECKING:
    from ..embedding.embedder import Embedder
    from ..features.sink import Sink
    from ..records import Source


@click.command()
@click.argument("source")
@click.argument("out")
@source_options
@embedder_options
@click.option(
    "--keys", is_flag=True, help="Write the names of the images: a column in CSV, a third array in an NPY pair."
)
@click.option("--skipped", metavar="FILE.csv", help="Write the skipped images, with reasons, to this file.")
@click.option("--resume", is_flag=True, help="Continue a run that was stopped.")
@click.option(
    "--buffer-size",
    type=click.IntRange(min=1),
    metavar="ROWS",
    help="Number of rows after which features are saved for --resume, by default 1000.",
)
@click.option("--compression", type=click.Choice(["gzip", "lzf"]), help="Compression of the features in an HDF5 file.")
@escape_formulas_option
@click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
def embed(
    source: "Source", out: str, embedder: "Embedder", skipped: str | None, overwrite: bool, **writing: Any
) -> None:
    """Compute the features of the images of SOURCE, and write them to OUT.

    SOURCE is a folder (classes from its subfolders), a CSV file (label, path; or with a header and --image-column), an
    .npy file of images, or one image.

    OUT is an .h5 (or .hdf5), .npz, .parquet or .csv file; a name without ending for the pair NAME_data.npy and
    NAME_labels.npy; or a folder, FOLDER/, for one .npy file per image.
    """
    from ..features.opening import open_sink

    escape_formulas = writing["escape_formulas"]
    check_writes_csv(escape_formulas, out.lower().endswith(".csv") or skipped is not None)
    inputs = files_read()
    sink = open_sink(out, source.label_name, is_target=source.is_target, overwrite=overwrite, inputs=inputs, **writing)
    others = [*inputs, *sink.paths]
    is_whole = sink.resumable and sink.is_whole
    # The earlier run that completed the output wrote this file.
    is_wanted = skipped is not None and not (is_whole and Path(skipped).expanduser().is_file())
    skipped_file = AtomicFile(skipped, overwrite=overwrite, inputs=others) if is_wanted else None
    print_remarks(source)
    sink.check(source)
    load(embedder)
    start, problems = time.perf_counter(), []
    try:
        n_embedded = _embed_into(sink, source, embedder, problems)
        seconds = time.perf_counter() - start
        print_skipped(problems)
        print_notes(embedder.notes)
    except ImageReadError:
        _write_skipped(problems, skipped_file, escape_formulas)
        raise
    _write_skipped(problems, skipped_file, escape_formulas)
    if is_whole:
        _print_complete(sink, "row" if source.columns and sink.joins_rows else "image")
        return
    _print_result(sink, source, embedder, n_embedded, seconds)


def _print_result(sink: "Sink", source: "Source", embedder: "Embedder", n_embedded: int, seconds: float) -> None:
    columns = source.columns if sink.joins_rows else ()
    n_images = n_embedded * (len(columns) or 1)
    unit = f"{pl(n_embedded, 'row')} of {len(columns)} images" if columns else pl(n_embedded, "image")
    kept = f", {sink.n_kept} kept from before" if sink.resumable and sink.n_kept else ""
    engine = f", by {embedder.engine_title}" if embedder.n_computed else ""
    show(
        f"{n_embedded} {unit} in {seconds:.1f} s ({_describe_work(n_images, embedder.n_computed, seconds)}){kept}, "
        f"{_features_each(embedder.feature_shape, len(columns) or 1)} each: {_describe_networks(embedder)}{engine}"
    )
    if embedder.cache and embedder.cache.remark:
        tell(f"{'no cache' if embedder.cache.problem else 'cache'}: {embedder.cache.remark}")
    for path in sink.paths:
        show(path)


def _describe_networks(embedder: "Embedder") -> str:
    titles = [f"{choice.record.title}, layer" for choice in embedder.choices]
    return " + ".join(f"{title} {network.layer}" for title, network in zip(titles, embedder.networks, strict=True))


def _print_complete(sink: "Sink", unit: str) -> None:
    path = sink.paths[0]
    tell(f"{path} is complete already: {sink.n_kept} {pl(sink.n_kept, unit)}, nothing left to do")
    show(path)


def _describe_work(n_images: int, n_computed: int, seconds: float) -> str:
    """Return the speed of a run, or how many images the cache and repeated images left to compute."""
    if n_computed >= n_images:
        return f"{n_images / seconds:.1f} images/s"
    return f"{n_computed} of them computed" if n_computed else "all from the cache"


def _features_each(shape: tuple[int | None, ...], n_images: int) -> str:
    if len(shape) == 1:
        n_features = n_images * shape[0]
        return f"{n_features} {pl(n_features, 'feature')}"
    if None in shape:
        return f"a map of its own size and {shape[-1]} {pl(shape[-1], 'channel')}"
    return f"a map of {' x '.join(map(str, shape))}"


def _embed_into(sink: "Sink", source: "Source", embedder: "Embedder", problems: list[Skipped]) -> int:
    """Write all features, append the skipped images to `problems`, and return the number of embedded images."""
    n_embedded, n_kept, is_begun = 0, 0, False
    try:
        with sink:
            if sink.resumable:
                source = sink.resume(source, embedder.fingerprint)
                n_kept = sink.n_kept
                problems += sink.skipped
            is_begun = True
            for embeddings in _stream(sink, source, embedder) if len(source) else ():
                sink.write(embeddings)
                n_embedded += len(embeddings)
                problems += embeddings.skipped
            if not n_embedded + n_kept:
                raise no_image_error(problems)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"; {_saved_work(sink) or 'no output was written'}") from None
    except TransferLearningError:
        if is_begun and _saved_work(sink):
            tell(_saved_work(sink))
        raise
    return n_embedded


def _stream(sink: "Sink", source: "Source", embedder: "Embedder") -> Iterator[Embeddings]:
    from ..embedding.rows import stream_rows

    with progress("Embedding", len(source), "image") as callback:
        yield from (stream_rows(embedder, source, callback) if sink.joins_rows else embedder.stream(source, callback))


def _saved_work(sink: "Sink") -> str:
    """Return a message about the work of a stopped run that `--resume` can use; "" if there is none."""
    n_safe = sink.n_safe() if sink.resumable else 0
    return f"{n_safe} {pl(n_safe, 'image is|images are')} done and kept: say --resume to go on" if n_safe else ""


def _write_skipped(problems: list[Skipped], skipped_file: AtomicFile | None, escape_formulas: bool) -> None:
    from ..features.skipped_images import write_skipped

    if skipped_file:
        write_skipped(skipped_file, problems, escape_formulas=escape_formulas)
