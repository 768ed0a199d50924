"""`orange-transfer train`: train a learner on a file of features."""

import pickle
from typing import TYPE_CHECKING, Any

import click

from ..plurals import pl
from .embedder_options import SEEDS
from .terminal import print_rare, print_unlabeled, progress, show, tell
from .tuning_options import min_images_option

if TYPE_CHECKING:
    from ..training.training import Training


class Grid(click.ParamType):
    """Numbers between commas: ``0.1,1,10``."""

    name = "N,N,..."

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> tuple[float, ...]:
        """Parse one value of the option."""
        try:
            return tuple(float(each) for each in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not numbers between commas; say 0.1,1,10.", parameter, context)


@click.command()
@click.argument("features")
@click.argument("model")
@click.option(
    "--learner",
    type=click.Choice(["logistic", "svm", "forest", "ridge", "linear"]),
    help="The learner: logistic (default), svm or forest for classes; ridge (default), linear or forest for numbers.",
)
@click.option("--target", is_flag=True, help="The labels are numbers to predict, not classes.")
@click.option(
    "--grid", type=Grid(), help="Values to try: C of logistic and svm, alpha of ridge, smallest leaf of forest."
)
@click.option(
    "--folds",
    "n_folds",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    help="Number of folds of the cross-validation.",
)
@click.option(
    "--test-size",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.25,
    show_default=True,
    help="Share of the images that is kept for the test.",
)
@click.option(
    "--seed", type=SEEDS, default=0, show_default=True, help="Seed of the choice of images, and of the learner."
)
@min_images_option
@click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
def train(
    features: str, model: str, learner: str | None, target: bool, min_images: int, overwrite: bool, **settings: Any
) -> None:
    """Train a learner on the file FEATURES, and write it to MODEL.

    FEATURES is a file, or a folder of arrays, that `embed` wrote, with labels. MODEL is a .pkcls file, which Orange's
    Load Model opens. Charts of the test are written beside it.
    """
    import numpy as np

    from ..features.opening import open_features
    from ..orange.model_files import ENDING
    from ..orange.models import make_model
    from ..reports.files import TRAINING_KINDS, open_model_output, write_training
    from ..reports.text import report
    from ..training.label_encoding import leave_out_rare
    from ..training.memory import check_memory
    from ..training.plan import plan_training
    from ..training.training import train_planned

    file = open_model_output(model, ENDING, TRAINING_KINDS, overwrite=overwrite)
    saved = open_features(features)
    is_target = saved.is_target or target
    labels, rare = (saved.labels, {}) if is_target else leave_out_rare(saved.labels, min_images)
    print_rare(rare)
    plan = plan_training(labels, learner, is_target=is_target, **settings)
    check_memory(*saved.shape, plan.learner)
    matrix = saved.read_into(np.empty(saved.shape, np.float32))
    with progress("Training", plan.n_fits, "fit") as callback:
        training = train_planned(plan, matrix, callback)
    _print_remarks(training, training.n_left_out - sum(rare.values()))
    with file:
        trained = make_model(training, saved.label_name, saved.feature_names, saved.fingerprint, saved.weights)
        pickle.dump(trained, file, protocol=4)
    show(*report(training))
    show(file.path)
    for path in write_training(training, file.path):
        show(path)


def _print_remarks(training: "Training", n_unlabeled: int) -> None:
    print_unlabeled(n_unlabeled)
    if training.n_unfinished:
        tell(
            f"{training.n_unfinished} {pl(training.n_unfinished, 'fit')} stopped before converging: try smaller values "
            f"of {training.learner.parameter_title} (--grid)"
        )
    better = _better_values(training)
    if better:
        tell(f"{better} values of {training.learner.parameter_title} may be better still (--grid)")


def _better_values(training: "Training") -> str:
    """Return "larger" or "smaller" if the best value is at that end of the grid; else ""."""
    means = [candidate.mean for candidate in training.candidates]
    if len(means) > 1 and means[-1] > max(means[:-1]):
        return "larger"
    # A leaf has at least one image.
    is_least = training.learner.name == "forest" and training.best.value == 1
    if len(means) > 1 and means[0] > max(means[1:]) and not is_least:
        return "smaller"
    return ""
