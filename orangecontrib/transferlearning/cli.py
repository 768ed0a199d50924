"""The command `orange-transfer`."""

import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import click

from .errors import ImageReadError, TransferLearningError
from .items import Callback, Skipped
from .options import embedder_options, files_read, source_options

if TYPE_CHECKING:
    from .embedder import Embedder
    from .sinks import Sink, SkippedFile
    from .sources import Source

N_DIGITS = 500
"""Pictures in the demonstration."""

N_SHOWN = 20
"""Skipped pictures that are listed; `--skipped` writes all of them."""


class _Group(click.Group):
    """Says the package's own errors in one line, with exit code 2, and ends quietly on Ctrl-C."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (TransferLearningError, MemoryError) as error:
            failure = click.ClickException(" ".join(str(error).split()) or "Out of memory.")
            failure.exit_code = 2
            raise failure from error
        except KeyboardInterrupt as stop:
            click.echo(f"\nStopped{''.join(stop.args)}.", err=True)
            context.exit(130)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="Orange3-TransferLearning")
def main() -> None:
    """Turn pictures into columns that any learner can use, with any Keras network, on this computer."""
    # TensorFlow's start-up messages would bury ours.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.stderr is None:
        # It is closed: the next file that is opened would get its number, and TensorFlow's messages.
        sys.stderr = open(os.devnull, "w")


@main.command()
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
    from .sinks import SkippedFile, open_sink

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
    click.echo(
        f"{n_embedded} pictures in {seconds:.1f} s ({n_embedded / seconds:.1f} pictures/s), {embedder.n_features} "
        f"features each: {embedder.record.title}, layer {embedder.network.layer}, by {embedder.engine_title}"
    )
    if embedder.cache and embedder.cache.problem:
        click.echo(f"no cache: {embedder.cache.problem}", err=True)
    for path in sink.paths:
        click.echo(path)


def _embed_into(sink: "Sink", source: "Source", embedder: "Embedder", problems: list[Skipped]) -> int:
    """Fill the sink, and the list of problems; gives the number of pictures embedded."""
    n_embedded = 0
    try:
        with progress("Embedding", len(source), "picture") as callback, sink:
            for embeddings in embedder.stream(source, callback):
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


def load(embedder: "Embedder") -> None:
    """Load a network, showing what is going on on standard error."""
    click.echo(f"Loading {embedder.record.title} ...", err=True)
    if embedder.needs_keras:
        with _standard_error_held_back():
            import keras  # noqa: F401
    with ExitStack() as stack:
        bars = []

        def downloaded(fraction: float) -> None:
            if not bars:
                bars.append(stack.enter_context(progress("Downloading weights", 100, "%")))
            bars[0](fraction)

        embedder.load(downloaded)


@contextmanager
def _standard_error_held_back() -> Iterator[None]:
    """Keep TensorFlow's greetings, which no setting silences, off the screen unless its import fails."""
    sys.stderr.flush()
    screen, succeeded = os.dup(2), False
    with TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
            succeeded = True
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
            if not succeeded:
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


@main.command()
def backbones() -> None:
    """List the networks: input, features, parameters, weights."""
    from .backbones import BACKBONES

    click.echo(f"{'name':<20}{'input':>10}{'features':>10}{'parameters':>12}{'MB':>6}{'top-1 %':>9}  weights here")
    for backbone in BACKBONES.values():
        height, width = backbone.image_size
        click.echo(
            f"{backbone.name:<20}{f'{height} x {width}':>10}{backbone.n_features:>10}{backbone.parameters:>12,}"
            f"{backbone.megabytes:>6}{backbone.top1 or '':>9}  "
            f"{'yes' if backbone.weights_here(backbone.layer_in_top) else 'no'}"
        )


@main.command()
@click.option("--clear", is_flag=True, help="Forget everything.")
def cache(clear: bool) -> None:
    """Show what is kept of earlier runs: features of pictures, and networks in OpenVINO's form."""
    from .cache import FeatureCache, default_path
    from .converted import ConvertedNetworks

    features, networks = FeatureCache(default_path()), ConvertedNetworks(default_path().parent)
    if clear:
        features.clear()
        networks.clear()
    summary = features.summary()
    click.echo(f"{summary.path}: {summary.n_pictures} pictures, {summary.megabytes:.1f} MB")
    for each in summary.fingerprints:
        click.echo(f"  {each.n_pictures} pictures, {each.megabytes:.1f} MB: {each.fingerprint}")
    click.echo(f"{networks.folder}: {networks.count()} networks, {networks.megabytes():.1f} MB")


@main.command()
@click.argument("folder", default="transferlearning-demo")
def demo(folder: str) -> None:
    """Try everything without a connection: pictures of digits, their features, Orange's learners on them.

    Writes to FOLDER (transferlearning-demo if not given); what an earlier demo wrote there is replaced.
    """
    # scikit-learn's notes to Orange's authors on its learners' settings; nothing that a reader here can act on.
    warnings.filterwarnings("ignore", module="sklearn")
    from .demo import draw_map, score_learners, write_digits
    from .embedder import Embedder
    from .sinks import CsvSink
    from .sources import FolderSource
    from .table import to_table

    home = Path(folder)
    pictures = home / "digits"
    write_digits(pictures, N_DIGITS)
    source = FolderSource(pictures)
    click.echo(f"{len(source)} pictures of handwritten digits in {pictures}")

    embedder = Embedder()
    load(embedder)
    with progress("Embedding", len(source), "picture") as callback:
        embeddings = embedder.transform(source, callback)
    with CsvSink(home / "digits.csv", keys=True, overwrite=True) as sink:
        sink.write(embeddings)

    click.echo("\n5-fold cross-validation on the features   CA     AUC    time")
    for score in score_learners(to_table(embeddings)):
        click.echo(f"{score.learner:<38}{score.accuracy:>8.3f}{score.auc:>8.3f}{score.seconds:>6.1f} s")
    draw_map(embeddings.features, embeddings.labels, [pictures / key for key in embeddings.keys], home / "digits.png")
    click.echo(f"\nFeatures: {home / 'digits.csv'}\nMap:      {home / 'digits.png'}")
