"""`orange-transfer network`: a small network trained on a file of features."""

from typing import TYPE_CHECKING, Any

import click

from ..backbones.libraries import check_training
from ..training.head_settings import HeadSettings
from .embedder_options import SEEDS
from .terminal import epoch_progress, load_quietly, tell_unlabelled

if TYPE_CHECKING:
    from ..features.saved_features import SavedFeatures
    from ..training.head_training import HeadPlan, HeadTraining


_USUAL = HeadSettings()


@click.command()
@click.argument("features")
@click.argument("model")
@click.option("--target", is_flag=True, help="The labels are numbers to predict, not classes.")
@click.option("--hidden", default=_USUAL.hidden, show_default=True, help="Units of a hidden layer; 0 for none.")
@click.option("--dropout", default=_USUAL.dropout, show_default=True, help="Share of units that each step ignores.")
@click.option("--epochs", default=_USUAL.epochs, show_default=True, help="Passes over the images, at most.")
@click.option("--batch-size", default=_USUAL.batch_size, show_default=True, help="Images a step.")
@click.option("--learning-rate", default=_USUAL.learning_rate, show_default=True, help="Of Adam.")
@click.option("--l2", default=_USUAL.l2, show_default=True, help="Penalty on the squared weights.")
@click.option(
    "--patience",
    default=_USUAL.patience,
    show_default=True,
    help="Epochs without a lower validation loss before the end.",
)
@click.option("--balanced", is_flag=True, help="Each class counts the same, however many images it has.")
@click.option(
    "--test-size",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.25,
    show_default=True,
    help="Share of the images that is kept for the test.",
)
@click.option(
    "--validation-size",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of the others that tells how many epochs to train.",
)
@click.option(
    "--seed", type=SEEDS, default=_USUAL.seed, show_default=True, help="Of the choice of images and of the network."
)
@click.option("--images", metavar="FOLDER", help="Where the images are, for a sheet of nine of the test.")
@click.option("--overwrite", is_flag=True, help="Replace outputs that are there.")
def network(
    features: str,
    model: str,
    target: bool,
    test_size: float,
    validation_size: float,
    images: str | None,
    overwrite: bool,
    **settings: Any,
) -> None:
    """Train a small network on the file FEATURES, and write it to MODEL.

    FEATURES is a file, or a folder of arrays, that `embed` wrote, with labels. MODEL is a .pkcls file, which
    `classify` and Orange's Load Model open. Curves of the training and images of how good it is are written beside
    it.
    """
    from ..features.opening import open_features
    from ..orange.models import make_network_model
    from ..reports.files import ModelFile, draw_network
    from ..reports.tested_images import choose_shown
    from ..reports.text import report_network
    from ..training.head_training import plan_head

    file = ModelFile(model, overwrite=overwrite)
    head = HeadSettings(**settings)
    saved = open_features(features)
    shares = {"test_size": test_size, "validation_size": validation_size}
    plan = plan_head(saved.labels, head, is_target=saved.is_target or target, **shares)
    shown = choose_shown(saved.keys, plan.test, images, head.seed)
    training = _train(saved, plan)
    tell_unlabelled(training.n_left_out)
    about = (saved.label_name, training.classes, saved.feature_names, saved.fingerprint, saved.weights)
    with file:
        file.write(make_network_model(training.head, *about))
    click.echo(report_network(training))
    click.echo(file.paths[0])
    for path in draw_network(training, file.paths[0], shown):
        click.echo(path)


def _train(saved: "SavedFeatures", plan: "HeadPlan") -> "HeadTraining":
    import numpy as np

    from ..training.head_training import train_planned_head
    from ..training.memory import check_memory

    check_memory(*saved.shape, plan)
    matrix = saved.read_into(np.empty(saved.shape, np.float32))
    load_quietly(check_training)
    with epoch_progress(plan.n_epochs) as (callback, tell):
        return train_planned_head(plan, matrix, callback, tell)
