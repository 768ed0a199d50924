"""What a training found, as aligned text."""

from collections.abc import Sequence

from .gridsearch import Candidate
from .scores import ClassScore, Tested, score_accuracy, score_classes, score_target
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
    return "\n".join([*_cross_validation(training), "", report_test(training)])


def report_test(tested: Tested) -> str:
    """Write down how good predictions of the test are: of each class and on the whole, or of numbers.

    Parameters
    ----------
    tested : Tested

    Returns
    -------
    str
        Lines of text.
    """
    return "\n".join((_classes if tested.classes else _numbers)(tested))


def _cross_validation(training: Training) -> list[str]:
    measure = "R2" if training.is_target else "accuracy"
    best = training.best
    n_folds = len(best.scores)
    lines = [f"{training.title}, {n_folds}-fold cross-validation on {training.n_train} pictures"]
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


def _classes(tested: Tested) -> list[str]:
    scores = score_classes(tested.truth, tested.predicted, tested.classes)
    accuracy = score_accuracy(tested.truth, tested.predicted)
    title = f"test on {len(tested.truth)} pictures"
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


def _numbers(tested: Tested) -> list[str]:
    score = score_target(tested.truth, tested.predicted)
    return [
        f"test on {len(tested.truth)} pictures",
        f"R2    {score.r2:.3f}",
        f"RMSE  {score.rmse:.4g}",
        f"MAE   {score.mae:.4g}",
    ]
