"""`orange-transfer classify`: what a trained model says of new images."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from .embedder_options import given_options
from .prediction_output import PredictionOutput, prediction_options
from .terminal import load, tell_left_out

if TYPE_CHECKING:
    from ..records import Source


@click.command()
@click.argument("model")
@click.argument("images", nargs=-1, required=True)
@given_options
@prediction_options
def classify(model: str, images: tuple[str, ...], settings: dict[str, Any], top: int, output: PredictionOutput) -> None:
    """Tell what the MODEL that `train` or `finetune` has written says of IMAGES.

    It says classes with probabilities, or a number. IMAGES are files, folders and addresses, any number of them. The
    model knows the network that its features are of: options of the network count only where they are given, and their
    defaults do not. Opening a .pkcls model runs code that is in it: give only models that you trust.
    """
    from ..sources.opening import open_sources

    source = open_sources(images)
    classify_by = _by_network if Path(model).suffix == ".keras" else _by_model
    classify_by(model, source, settings, top, output)


def _by_model(model: str, source: "Source", settings: dict[str, Any], top: int, output: PredictionOutput) -> None:
    from ..orange.finetuned_model import FineTunedModel
    from ..orange.model_files import check_features, embedder_for, load_model
    from ..orange.predictions import stream_classes

    trained = load_model(model)
    if isinstance(trained, FineTunedModel):
        with TemporaryDirectory() as folder:
            file = Path(folder, "network.keras")
            file.write_bytes(trained.content)
            _by_network(str(file), source, {"backbone": trained.about["backbone"]} | settings, top, output)
        return
    embedder = embedder_for(trained, **settings)
    tell_left_out(source.n_ignored)
    load(embedder)
    remark = check_features(trained, embedder)
    if remark:
        click.echo(remark, err=True)
    output.write(partial(stream_classes, trained, embedder, source, top), len(source))


def _by_network(model: str, source: "Source", settings: dict[str, Any], top: int, output: PredictionOutput) -> None:
    from ..finetuning.predictions import open_finetuned, stream_finetuned

    embedder, classes = open_finetuned(model, **settings)
    tell_left_out(source.n_ignored)
    load(embedder)
    output.write(partial(stream_finetuned, embedder, classes, source, top), len(source))
