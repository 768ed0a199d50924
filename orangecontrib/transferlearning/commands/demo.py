"""`orange-transfer demo`: try the add-on without a network connection."""

import warnings
from pathlib import Path

import click

from .terminal import load, progress, show

N_DIGITS = 500
"""Number of images."""


@click.command()
@click.argument("folder", default="transferlearning-demo")
def demo(folder: str) -> None:
    """Try everything without a connection: images of digits, their features, Orange's learners on them.

    Writes to FOLDER (by default transferlearning-demo), and replaces the files of an earlier demo.
    """
    # Warnings of scikit-learn about settings of Orange's learners, which a user cannot change.
    warnings.filterwarnings("ignore", module="sklearn")
    from ..embedding.embedder import Embedder
    from ..features.csv_file import CsvSink
    from ..orange.embed_table import to_table
    from ..sources.folder_source import FolderSource
    from .demonstration import check_demo_folder, draw_map, score_learners, write_digits

    home = Path(folder).expanduser()
    images = home / "digits"
    check_demo_folder(home)
    write_digits(images, N_DIGITS)
    source = FolderSource(images)
    show(f"{len(source)} images of handwritten digits in {images}")

    embedder = Embedder()
    load(embedder)
    with progress("Embedding", len(source), "image") as callback:
        embeddings = embedder.transform(source, callback)
    with CsvSink(home / "digits.csv", keys=True, overwrite=True) as sink:
        sink.write(embeddings)

    show("", "5-fold cross-validation on the features   CA     AUC    time")
    for score in score_learners(to_table(embeddings)):
        show(f"{score.learner:<38}{score.accuracy:>8.3f}{score.auc:>8.3f}{score.seconds:>6.1f} s")
    draw_map(embeddings.features, embeddings.labels, [images / key for key in embeddings.keys], home / "digits.png")
    show("", f"Features: {home / 'digits.csv'}", f"Map:      {home / 'digits.png'}")
