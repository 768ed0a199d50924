"""Return the results of a training as text."""

import numpy as np
from sklearn.metrics import classification_report

from ..finetuning.fine_tune import FineTuned
from ..plurals import pl
from ..training.grid_search import Candidate
from ..training.head_training import HeadTraining
from ..training.scores import TestedPredictions, score_accuracy, score_target
from ..training.training import Training
from .comparison import score
from .style import shorten

_MAX_NAME = 40


def report(training: Training) -> list[str]:
    """Return the scores of each setting in cross-validation, the best one, and the scores of the test.

    Parameters
    ----------
    training : Training

    Returns
    -------
    list of str
        Lines of text: cross-validation, then the test.
    """
    return [*_cross_validation(training), "", *report_test(training)]


def report_test(tested: TestedPredictions) -> list[str]:
    """Return the scores of the test, for each class and in all, or for numbers.

    Parameters
    ----------
    tested : TestedPredictions

    Returns
    -------
    list of str
        Lines of text.
    """
    return (_classes if tested.classes else _numbers)(tested)


def _cross_validation(training: Training) -> list[str]:
    measure = "R2" if training.is_target else "accuracy"
    best = training.best
    n_folds = len(best.scores)
    lines = [f"{training.title}, {n_folds}-fold cross-validation on {_images(training.n_train)}"]
    title = training.learner.parameter_title
    if title:
        width = max(len(title), *(len(_value(each)) for each in training.candidates))
        lines.append(f"{title:<{width}}  {measure:>8}  spread")
        lines += [
            f"{_value(each):<{width}}  {each.mean:>8.3f}  {each.spread:>6.3f}{'  best' * (each is best)}"
            for each in training.candidates
        ]
        lines.append(f"best {title}: {_value(best)}")
    lines.append(f"cross-validated {measure}: {best.mean:.3f}")
    return lines


def _value(candidate: Candidate) -> str:
    return f"{candidate.value:g}"


def _classes(tested: TestedPredictions) -> list[str]:
    table = classification_report(
        tested.truth,
        tested.predicted,
        labels=np.arange(len(tested.classes)),
        target_names=[shorten(name, _MAX_NAME) for name in tested.classes],
        digits=3,
        zero_division=0,
    )
    return [
        f"test on {_images(len(tested.truth))}",
        *filter(None, table.splitlines()),
        f"test accuracy: {score_accuracy(tested.truth, tested.predicted):.3f}",
    ]


def _numbers(tested: TestedPredictions) -> list[str]:
    score = score_target(tested.truth, tested.predicted)
    return [
        f"test on {_images(len(tested.truth))}",
        f"R2    {score.r2:.3f}",
        f"RMSE  {score.rmse:.4g}",
        f"MAE   {score.mae:.4g}",
    ]


def report_head(training: HeadTraining) -> list[str]:
    """Return the layers of a head, the course of its training, and the scores of the test.

    Parameters
    ----------
    training : HeadTraining

    Returns
    -------
    list of str
        Lines of text.
    """
    return [_layers(training), *_course(training), "", *report_test(training)]


def _layers(training: HeadTraining) -> str:
    settings = training.head.settings
    layers = [f"{settings.hidden} hidden {pl(settings.hidden, 'unit')}"] if settings.hidden else []
    layers += [f"dropout {settings.dropout:g}"] if settings.dropout else []
    layers += [f"softmax of {len(training.classes)} classes" if training.classes else "one linear unit"]
    return f"{training.title}: {', '.join(layers)}; {training.head.n_weights:,} weights"


def _course(training: HeadTraining) -> list[str]:
    history = training.history
    best = history.kept_epoch
    lines = [f"trained on {_images(training.n_train)}: {_n_epochs(len(history.epochs))}"]
    if training.n_validation:
        lines = [
            f"trained on {_images(training.n_train)}, validated on {training.n_validation}: "
            f"{_n_epochs(len(history.epochs))}, number {history.kept + 1} was best ({history.reason})"
        ]
    if best.accuracy is not None:
        lines.append(f"accuracy: {best.accuracy:.3f} in training{_validated(best.val_accuracy)}")
    lines.append(f"loss: {best.loss:.3f} in training{_validated(best.val_loss)}")
    if training.n_validation:
        n_all = training.n_train + training.n_validation
        lines.append(f"then trained again on all {n_all}: {_n_epochs(history.kept + 1)}")
    return lines


def _n_epochs(n: int) -> str:
    return f"{n} {pl(n, 'epoch')}"


def _images(n: int) -> str:
    return f"{n} {pl(n, 'image')}"


def _validated(number: float | None) -> str:
    return "" if number is None else f", {number:.3f} in validation"


def report_tuning(tuned: FineTuned, n_train: int, n_validation: int) -> list[str]:
    """Return the course of both phases, and the scores of the test.

    Parameters
    ----------
    tuned : FineTuned
    n_train, n_validation : int
        Numbers of images.

    Returns
    -------
    list of str
        Lines of text.
    """
    history, n_first = tuned.history, len(tuned.first.epochs)
    validated = f", validated on {n_validation}" if n_validation else ""
    lines = [
        f"{tuned.title}: trained on {_images(n_train)}{validated}",
        f"head: {_n_epochs(n_first)}, {tuned.seconds[0]:.1f} s",
        f"{tuned.n_trained} {pl(tuned.n_trained, 'layer')} with it: {_n_epochs(len(history.epochs) - n_first)}, "
        f"{tuned.seconds[1]:.1f} s",
        f"best: epoch {history.kept + 1} of {len(history.epochs)} ({history.reason}), {history.kept_epoch}",
    ]
    if tuned.retrained:
        epochs = f"{tuned.retrained[0]} and {_n_epochs(tuned.retrained[1])}"
        lines.append(f"then trained again on all {n_train + n_validation}: {epochs}, {tuned.seconds[2]:.1f} s")
    if len(tuned.truth):
        measure = "accuracy" if tuned.classes else "R2"
        lines += [f"test {measure} of the head alone: {score(tuned, tuned.before):.3f}", "", *report_test(tuned)]
    return lines
