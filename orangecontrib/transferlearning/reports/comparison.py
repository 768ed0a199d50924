"""Compare fine-tuned backbones."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np

from ..finetuning.fine_tune import FineTuned
from ..training.scores import score_accuracy, score_target


@dataclass(frozen=True)
class ComparisonLine:
    """A line of the comparison, for one backbone.

    Attributes
    ----------
    backbone : str
    head : float
        Accuracy (0-1; R2 if numbers are predicted) of the test images after the first phase.
    fine_tuned : float
        The same after the second phase.
    parameters : int
        Number of weights of the network with its head.
    seconds : float
        Seconds of the training, without reading images.
    """

    backbone: str
    head: float
    fine_tuned: float
    parameters: int
    seconds: float


def score(tuned: FineTuned, outputs: np.ndarray) -> float:
    """Return the score of predictions of the test images: accuracy 0-1, or R2.

    Parameters
    ----------
    tuned : FineTuned
    outputs : ndarray of shape (n_test, n_classes) or (n_test, 1)
        Predictions, `before` or `after` of `tuned`.
    """
    predicted = tuned.decided(outputs)
    return score_accuracy(tuned.truth, predicted) if tuned.classes else score_target(tuned.truth, predicted).r2


def compare(backbone: str, tuned: FineTuned) -> ComparisonLine:
    """Return the line of a fine-tuned network."""
    scores = (score(tuned, outputs) for outputs in (tuned.before, tuned.after))
    return ComparisonLine(backbone, *scores, tuned.model.count_params(), sum(tuned.seconds))


def comparison_text(lines: Sequence[ComparisonLine], is_target: bool) -> list[str]:
    """Return the lines of an aligned table."""
    width = max(len("backbone"), *(len(line.backbone) for line in lines))
    measure = "R2" if is_target else "accuracy"
    rows = [
        f"{line.backbone:<{width}}  {line.head:>15.3f}  {line.fine_tuned:>19.3f}  {line.parameters:>11,}"
        f"  {line.seconds:>7.1f}"
        for line in lines
    ]
    head, tuned = f"{measure}, head", f"{measure}, fine-tuned"
    return [f"{'backbone':<{width}}  {head:>15}  {tuned:>19}  {'parameters':>11}  {'seconds':>7}", *rows]


def comparison_csv(lines: Sequence[ComparisonLine]) -> str:
    """Return lines as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([each.name for each in fields(ComparisonLine)])
    writer.writerows(astuple(line) for line in lines)
    return text.getvalue()
