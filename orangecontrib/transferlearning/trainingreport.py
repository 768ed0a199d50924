"""What a training found, as aligned text."""

from collections.abc import Sequence

from .gridsearch import Candidate
from .scores import ClassScore, score_accuracy, score_classes, score_target
from .training import Training

_MAX_NAME = 40


def report(training: Training) -> str:
    """Write down what a training found: the scores of each setting, the best, and those of the test.

    Parameters
    ----------
    training : Training

    Returns
    -------
    str
        Lines of text: cross-validation, then the test.
    """
    return "\n".join([*_cross_validation(training), "", *(_numbers if training.is_target else _classes)(training)])


def _cross_validation(training: Training) -> list[str]:
    measure = "R2" if training.is_target else "accuracy"
    best = training.best
    n_folds = len(best.scores)
    lines = [f"{training.learner.title}, {n_folds}-fold cross-validation on {training.n_train} pictures"]
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


def _classes(training: Training) -> list[str]:
    scores = score_classes(training.truth, training.predicted, training.classes)
    accuracy = score_accuracy(training.truth, training.predicted)
    title = f"test on {len(training.truth)} pictures"
    width = max(len(title), *(min(len(score.name), _MAX_NAME) for score in scores))
    return [
        f"{title:<{width}}  precision  recall     F1  pictures",
        *_rows(scores, width),
        f"test accuracy: {accuracy:.3f}",
    ]


def _rows(scores: Sequence[ClassScore], width: int) -> list[str]:
    return [
        f"{_short(score.name):<{width}}  {score.precision:>9.3f}  {score.recall:>6.3f}  {score.f1:>5.3f}"
        f"  {score.support:>8}"
        for score in scores
    ]


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}\u2026"


def _numbers(training: Training) -> list[str]:
    score = score_target(training.truth, training.predicted)
    return [
        f"test on {len(training.truth)} pictures",
        f"R2    {score.r2:.3f}",
        f"RMSE  {score.rmse:.4g}",
        f"MAE   {score.mae:.4g}",
    ]
