"""`orange-transfer classify`: predict new images with a trained model."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .embedder_options import given_options
from .prediction_output import PredictionOutput, prediction_options
from .source_options import local_addresses_option
from .terminal import load, print_remarks, tell

if TYPE_CHECKING:
    from ..embedding.embedder import Embedder
    from ..records import Source


@click.command()
@click.argument("model")
@click.argument("images", nargs=-1, required=True)
@given_options
@local_addresses_option
@prediction_options
def classify(
    model: str,
    images: tuple[str, ...],
    local_addresses: bool,
    settings: dict[str, Any],
    top: int,
    output: PredictionOutput,
) -> None:
    """Predict IMAGES with a MODEL that `train`, `network` or `finetune` wrote.

    The output has classes with probabilities, or a number. IMAGES are files, folders and addresses, any number of them.
    The model knows the network of its features; options of the network replace what the model says. A .pkcls file can
    run code when it is opened: use only models that you trust.
    """
    from ..finetuning.open_finetuned import open_finetuned
    from ..sources.opening import open_sources

    source = open_sources(images, local_addresses=local_addresses)
    if Path(model).suffix == ".keras":
        _by_network(open_finetuned(model, **settings), source, top, output)
    else:
        _by_model(model, source, settings, top, output)


def _by_model(model: str, source: "Source", settings: dict[str, Any], top: int, output: PredictionOutput) -> None:
    from ..finetuning.open_finetuned import open_content
    from ..orange.finetuned_model import FineTunedModel
    from ..orange.model_files import check_features, embedder_for, load_model
    from ..orange.predictions import stream_classes

    trained = load_model(model)
    if isinstance(trained, FineTunedModel):
        _by_network(open_content(trained.content, **settings), source, top, output)
        return
    embedder = embedder_for(trained, **settings)
    print_remarks(source)
    load(embedder)
    remark = check_features(trained, embedder)
    if remark:
        tell(remark)
    output.write(partial(stream_classes, trained, embedder, source, top), len(source), embedder.notes)


def _by_network(
    network: "tuple[Embedder, tuple[str, ...]]", source: "Source", top: int, output: PredictionOutput
) -> None:
    from ..embedding.predictions import stream_predictions

    embedder, classes = network
    print_remarks(source)
    load(embedder)
    output.write(partial(stream_predictions, embedder, source, classes, top), len(source), embedder.notes)
