"""`orange-transfer train`: a learner trained on a file of features."""

from typing import TYPE_CHECKING, Any

import click

from .embedder_options import SEEDS
from .terminal import progress, tell_unlabelled

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
    help="What learns: logistic (if not given), svm or forest for classes; ridge (if not given), linear or forest for "
    "numbers.",
)
@click.option("--target", is_flag=True, help="The labels are numbers to predict, not classes.")
@click.option(
    "--grid", type=Grid(), help="What to try: C of logistic and svm, alpha of ridge, smallest leaf of forest."
)
@click.option(
    "--folds", "n_folds", type=click.IntRange(min=2), default=5, show_default=True, help="Of cross-validation."
)
@click.option(
    "--test-size",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.25,
    show_default=True,
    help="Share of the images that is kept for the test.",
)
@click.option("--seed", type=SEEDS, default=0, show_default=True, help="Of the choice of rows and of the learner.")
@click.option("--overwrite", is_flag=True, help="Replace outputs that are there.")
def train(features: str, model: str, learner: str | None, target: bool, overwrite: bool, **settings: Any) -> None:
    """Train a learner on the file FEATURES, and write it to MODEL.

    FEATURES is a file, or a folder of arrays, that `embed` wrote, with labels. MODEL is a .pkcls file, which Orange's
    Load Model opens. Images of how good it is are written beside it.
    """
    import numpy as np

    from ..features.opening import open_features
    from ..orange.models import make_model
    from ..reports.files import ModelFile, draw_charts
    from ..reports.text import report
    from ..training.memory import check_memory
    from ..training.plan import plan_training
    from ..training.training import train_planned

    file = ModelFile(model, overwrite=overwrite)
    saved = open_features(features)
    plan = plan_training(saved.labels, learner, is_target=saved.is_target or target, **settings)
    check_memory(*saved.shape, plan.learner)
    matrix = saved.read_into(np.empty(saved.shape, np.float32))
    with progress("Training", plan.n_fits, "fit") as callback:
        training = train_planned(plan, matrix, callback)
    _tell_remarks(training)
    with file:
        file.write(make_model(training, saved.label_name, saved.feature_names, saved.fingerprint, saved.weights))
    click.echo(report(training))
    click.echo(file.paths[0])
    for path in draw_charts(training, file.paths[0]):
        click.echo(path)


def _tell_remarks(training: "Training") -> None:
    tell_unlabelled(training.n_left_out)
    if training.n_unfinished:
        click.echo(
            f"{training.n_unfinished} fits stopped before they had converged: try smaller values of "
            f"{training.learner.parameter_title} (--grid)",
            err=True,
        )
    better = _better_values(training)
    if better:
        click.echo(f"{better} values of {training.learner.parameter_title} may be better still (--grid)", err=True)


def _better_values(training: "Training") -> str:
    """Return on which side of the grid better values may lie: "" where the best one is not alone at an end."""
    means = [candidate.mean for candidate in training.candidates]
    if len(means) > 1 and means[-1] > max(means[:-1]):
        return "larger"
    # Leaves of one image cannot be smaller.
    is_least = training.learner.name == "forest" and training.best.value == 1
    if len(means) > 1 and means[0] > max(means[1:]) and not is_least:
        return "smaller"
    return ""
