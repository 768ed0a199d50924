"""`orange-transfer predict`: which of ImageNet's classes pictures show."""

from functools import partial
from typing import TYPE_CHECKING

import click

from ..options import classifier_options
from ..predictionoutput import PredictionOutput, prediction_options
from ..terminal import load, tell_left_out

if TYPE_CHECKING:
    from ..embedder import Embedder


@click.command()
@click.argument("pictures", nargs=-1, required=True)
@classifier_options
@prediction_options
def predict(pictures: tuple[str, ...], embedder: "Embedder", top: int, output: PredictionOutput) -> None:
    """Tell which of ImageNet's 1000 classes PICTURES show, with probabilities.

    PICTURES are files, folders and addresses, any number of them.
    """
    from ..predictions import classes_layer, stream_predictions
    from ..sources import open_sources

    source = open_sources(pictures)
    tell_left_out(source.n_ignored)
    embedder.layer = classes_layer(embedder.backbone, embedder.weights)
    load(embedder)
    output.write(partial(stream_predictions, embedder, source, top), len(source))
