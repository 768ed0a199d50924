"""`orange-transfer predict`: predict the ImageNet classes of images."""

from functools import partial
from typing import Any

import click

from .embedder_options import classifier_options
from .prediction_output import PredictionOutput, prediction_options
from .source_options import local_addresses_option
from .terminal import load, print_remarks


@click.command()
@click.argument("images", nargs=-1, required=True)
@classifier_options
@local_addresses_option
@prediction_options
def predict(
    images: tuple[str, ...], local_addresses: bool, settings: dict[str, Any], top: int, output: PredictionOutput
) -> None:
    """Predict which of ImageNet's 1000 classes IMAGES show, with probabilities.

    If --weights is a network that `finetune` wrote, its own classes are predicted.

    IMAGES are files, folders and addresses, any number of them.
    """
    from ..embedding.embedder import Embedder
    from ..embedding.imagenet_predictions import classes_layer, stream_imagenet_classes
    from ..embedding.predictions import stream_predictions
    from ..finetuning.open_finetuned import is_finetuned, open_finetuned
    from ..sources.opening import open_sources

    source = open_sources(images, local_addresses=local_addresses)
    print_remarks(source)
    weights = settings.pop("weights", "imagenet")
    if is_finetuned(weights):
        embedder, classes = open_finetuned(weights, **settings)
        stream = partial(stream_predictions, embedder, source, classes, top)
    else:
        embedder = Embedder(settings.pop("backbone", "SqueezeNet"), weights=weights, **settings)
        embedder.layer = classes_layer(embedder.backbone, weights)
        stream = partial(stream_imagenet_classes, embedder, source, top)
    load(embedder)
    output.write(stream, len(source), embedder.notes)
