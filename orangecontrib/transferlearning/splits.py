"""Which rows are trained on, and which are kept for the test or left out of a fold."""

from collections.abc import Iterator
from itertools import count

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from .errors import TrainingError


def choose_test_rows(
    outcomes: np.ndarray, classes: tuple[str, ...], test_size: float, n_folds: int, seed: int
) -> np.ndarray:
    """Choose rows for the test: of each class its share, by chance.

    Parameters
    ----------
    outcomes, seed
        As for `shares.choose_share`.
    classes : tuple of str
        Empty for numbers.
    test_size : float
        Share of the rows, between 0 and 1.
    n_folds : int
        Into which the others will be cut; 1 where they will not.

    Returns
    -------
    ndarray of int
        Row numbers, sorted.

    Raises
    ------
    TrainingError
        Too few rows, or too few of a class.
    """
    n, n_test = len(outcomes), int(np.ceil(test_size * len(outcomes)))
    _refuse_small_test(n, n_test, max(len(classes), 2), test_size)
    if not classes:
        _refuse_few_numbers(outcomes, n - n_test, n_folds)
        return _draw(outcomes, n_test, seed, None)
    _refuse_few_left(n, n - n_test, len(classes), n_folds, test_size)
    counts = np.bincount(outcomes.astype(int), minlength=len(classes))
    if counts.min() < 2:
        _refuse_small_class(counts, counts, classes, n_folds, test_size)
    test = _draw(outcomes, n_test, seed, outcomes)
    n_train = counts - np.bincount(outcomes[test].astype(int), minlength=len(classes))
    if n_train.min() < n_folds:
        _refuse_small_class(counts, n_train, classes, n_folds, test_size)
    return test


def _draw(outcomes: np.ndarray, n_test: int, seed: int, stratify: np.ndarray | None) -> np.ndarray:
    rows = np.arange(len(outcomes))
    return np.sort(train_test_split(rows, test_size=n_test, random_state=seed, stratify=stratify)[1])


def _refuse_small_test(n: int, n_test: int, n_needed: int, test_size: float) -> None:
    if n_test < n_needed:
        raise TrainingError(
            f"A test on {test_size:g} of {n} pictures has {n_test}, and {n_needed} are needed: say a larger "
            "--test-size, or embed more pictures."
        )


def _refuse_few_left(n: int, n_train: int, n_classes: int, n_folds: int, test_size: float) -> None:
    if n_train < n_classes:
        raise TrainingError(
            f"A test on {test_size:g} of {n} pictures leaves {n_train} to train on, and {_folds(n_folds)}{n_classes} "
            f"classes need {n_folds * n_classes}: say a smaller --test-size, or embed more pictures."
        )


def _folds(n_folds: int) -> str:
    return f"{n_folds} folds of " if n_folds > 1 else ""


def _refuse_few_numbers(outcomes: np.ndarray, n_train: int, n_folds: int) -> None:
    if n_train < 2 * n_folds:
        folds, fewer = (f" for {n_folds} folds", "fewer --folds, ") if n_folds > 1 else ("", "")
        raise TrainingError(
            f"{n_train} of {len(outcomes)} pictures are left to train on, too few{folds}: say {fewer}a smaller "
            "--test-size, or embed more pictures."
        )
    if np.ptp(outcomes) == 0:
        raise TrainingError(f"All {len(outcomes)} labels are {outcomes[0]:g}: there is nothing to predict.")


def _refuse_small_class(
    counts: np.ndarray, n_train: np.ndarray, classes: tuple[str, ...], n_folds: int, test_size: float
) -> None:
    smallest = int(np.argmin(n_train))
    n_there = int(counts[smallest])
    n_needed = _count_needed(n_there, int(counts.sum()), n_folds, test_size)
    fewer = f"say --folds {n_train[smallest]}, or " if 2 <= n_train[smallest] < n_there else ""
    takers = f"{n_folds} folds" if n_folds > 1 else "training"
    raise TrainingError(
        f"Class {classes[smallest]} has {n_there} picture{'s' * (n_there != 1)}, and {takers} and the test "
        f"together need {n_needed}: {fewer}embed more pictures of it, or leave it out."
    )


def _count_needed(n_there: int, n: int, n_folds: int, test_size: float) -> int:
    """Count the pictures that a class needs, so that its share of those to train on is one for each fold at least."""
    for n_needed in count(max(n_there + 1, 2)):
        n_all = n - n_there + n_needed
        if n_needed * (n_all - int(np.ceil(test_size * n_all))) // n_all >= n_folds:
            return n_needed


def iterate_folds(outcomes: np.ndarray, is_target: bool, n_folds: int, seed: int) -> Iterator[np.ndarray]:
    """Cut rows into folds by chance, each with its share of every class.

    Parameters
    ----------
    outcomes, is_target, seed
        As for `shares.choose_share`.
    n_folds : int

    Yields
    ------
    ndarray of int
        Numbers of the rows of one fold.
    """
    folds = (KFold if is_target else StratifiedKFold)(n_folds, shuffle=True, random_state=seed)
    for _, held_out in folds.split(np.empty((len(outcomes), 0)), outcomes):
        yield held_out
