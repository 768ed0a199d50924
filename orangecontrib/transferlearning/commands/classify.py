"""`orange-transfer classify`: what a trained model says of new pictures."""

from functools import partial
from typing import Any

import click

from ..options import given_options
from ..predictionoutput import PredictionOutput, prediction_options
from ..terminal import load, tell_left_out


@click.command()
@click.argument("model")
@click.argument("pictures", nargs=-1, required=True)
@given_options
@prediction_options
def classify(
    model: str, pictures: tuple[str, ...], settings: dict[str, Any], top: int, output: PredictionOutput
) -> None:
    """Tell what the MODEL that `train` has written says of PICTURES: classes with probabilities, or a number.

    PICTURES are files, folders and addresses, any number of them. The model knows the network that its features are
    of: options of the network count only where they are given, and their defaults do not. Opening a model runs code
    that is in it: give only models that you trust.
    """
    from ..classification import stream_classes
    from ..modelfiles import embedder_for, load_model, refuse_other_features
    from ..sources import open_sources

    source = open_sources(pictures)
    trained = load_model(model)
    embedder = embedder_for(trained, **settings)
    tell_left_out(source.n_ignored)
    load(embedder)
    remark = refuse_other_features(trained, embedder)
    if remark:
        click.echo(remark, err=True)
    output.write(partial(stream_classes, trained, embedder, source, top), len(source))
