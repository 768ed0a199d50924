"""`orange-transfer network`: train a small network, a head, on a file of features."""

import pickle
from typing import TYPE_CHECKING, Any

import click

from ..backbones.libraries import check_training
from ..training.head_settings import HeadSettings
from .embedder_options import SEEDS
from .terminal import epoch_progress, load_quietly, print_rare, print_unlabeled, show
from .tuning_options import best_by_option, min_images_option

if TYPE_CHECKING:
    from ..features.saved_features import SavedFeatures
    from ..training.head_training import HeadPlan, HeadTraining


_DEFAULTS = HeadSettings()


@click.command()
@click.argument("features")
@click.argument("model")
@click.option("--target", is_flag=True, help="The labels are numbers to predict, not classes.")
@click.option("--hidden", default=_DEFAULTS.hidden, show_default=True, help="Units of a hidden layer; 0 for none.")
@click.option(
    "--dropout", default=_DEFAULTS.dropout, show_default=True, help="Share of the units that each step ignores."
)
@click.option("--epochs", default=_DEFAULTS.epochs, show_default=True, help="Largest number of passes over the images.")
@click.option("--batch-size", default=_DEFAULTS.batch_size, show_default=True, help="Images in each step.")
@click.option("--learning-rate", default=_DEFAULTS.learning_rate, show_default=True, help="Learning rate of Adam.")
@click.option("--l2", default=_DEFAULTS.l2, show_default=True, help="Penalty on the squared weights.")
@click.option(
    "--patience",
    default=_DEFAULTS.patience,
    show_default=True,
    help="Epochs without a better one after which the training ends.",
)
@best_by_option
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
    help="Share of the other images that finds the best number of epochs.",
)
@click.option(
    "--seed",
    type=SEEDS,
    default=_DEFAULTS.seed,
    show_default=True,
    help="Seed of the choice of images, and of the training.",
)
@click.option("--images", metavar="FOLDER", help="Folder of the images, to draw nine test images on a sheet.")
@min_images_option
@click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
def network(
    features: str,
    model: str,
    target: bool,
    test_size: float,
    validation_size: float,
    images: str | None,
    min_images: int,
    overwrite: bool,
    **settings: Any,
) -> None:
    """Train a small network (a head) on the file FEATURES, and write it to MODEL.

    FEATURES is a file, or a folder of arrays, that `embed` wrote, with labels. MODEL is a .pkcls file, which
    `classify` and Orange's Load Model open. Charts of the training and the test are written beside it.
    """
    from ..features.opening import open_features
    from ..orange.model_files import ENDING
    from ..orange.models import make_head_model
    from ..reports.files import HEAD_KINDS, open_model_output, write_head_training
    from ..reports.tested_images import choose_shown
    from ..reports.text import report_head
    from ..training.head_training import plan_head
    from ..training.label_encoding import leave_out_rare

    file = open_model_output(model, ENDING, HEAD_KINDS, overwrite=overwrite)
    head = HeadSettings(**settings)
    saved = open_features(features)
    shares = {"test_size": test_size, "validation_size": validation_size}
    is_target = saved.is_target or target
    labels, rare = (saved.labels, {}) if is_target else leave_out_rare(saved.labels, min_images)
    print_rare(rare)
    plan = plan_head(labels, head, is_target=is_target, **shares)
    shown = choose_shown(saved.keys, plan.test, images, head.seed)
    training = _train(saved, plan)
    print_unlabeled(training.n_left_out - sum(rare.values()))
    about = (saved.label_name, training.classes, saved.feature_names, saved.fingerprint, saved.weights)
    with file:
        pickle.dump(make_head_model(training.head, *about), file, protocol=4)
    show(*report_head(training))
    show(file.path)
    for path in write_head_training(training, file.path, shown):
        show(path)


def _train(saved: "SavedFeatures", plan: "HeadPlan") -> "HeadTraining":
    import numpy as np

    from ..training.head_training import train_planned_head
    from ..training.memory import check_memory

    check_memory(*saved.shape, plan)
    matrix = saved.read_into(np.empty(saved.shape, np.float32))
    load_quietly(check_training)
    with epoch_progress(plan.n_epochs) as (callback, tell):
        return train_planned_head(plan, matrix, callback, tell)
