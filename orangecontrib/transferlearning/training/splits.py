"""Choose rows for the test, for validation and for folds, and move them to the end."""

from collections.abc import Iterator
from itertools import count

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from ..errors import SettingError, TrainingError
from ..plurals import pl
from ..sources.keys import names_in_words, shortened


def choose_test_rows(
    targets: np.ndarray, classes: tuple[str, ...], test_size: float, n_folds: int, seed: int
) -> np.ndarray:
    """Choose rows for the test at random, the same share of each class.

    Parameters
    ----------
    targets, seed
        As for `choose_share`.
    classes : tuple of str
        Empty if numbers are predicted.
    test_size : float
        Share of the rows, between 0 and 1.
    n_folds : int
        Number of folds of the other rows; 1 without folds.

    Returns
    -------
    ndarray of int
        Row numbers, sorted.

    Raises
    ------
    TrainingError
        There are too few rows, or too few of a class.
    """
    n, n_test = len(targets), int(np.ceil(test_size * len(targets)))
    if not classes:
        _check_test_size(n, n_test, 2, test_size)
        _check_numbers(targets, n - n_test, n_folds)
        return _sample(targets, n_test, seed, None)
    counts = np.bincount(targets.astype(int), minlength=len(classes))
    if counts.min() < 2:
        _refuse_rare_classes(counts, counts * (n - n_test) // n, classes, n_folds, test_size)
    _check_test_size(n, n_test, max(len(classes), 2), test_size)
    _check_rest(n, n - n_test, len(classes), n_folds, test_size)
    test = _sample(targets, n_test, seed, targets)
    n_train = counts - np.bincount(targets[test].astype(int), minlength=len(classes))
    if n_train.min() < n_folds:
        _refuse_rare_classes(counts, n_train, classes, n_folds, test_size)
    return test


def _sample(targets: np.ndarray, n_test: int, seed: int, stratify: np.ndarray | None) -> np.ndarray:
    rows = np.arange(len(targets))
    return np.sort(train_test_split(rows, test_size=n_test, random_state=seed, stratify=stratify)[1])


def _check_test_size(n: int, n_test: int, n_needed: int, test_size: float) -> None:
    if n_test < n_needed:
        raise TrainingError(
            f"A test on {test_size:g} of {n} {pl(n, 'image')} has {n_test}, and {n_needed} are needed: choose a "
            "larger --test-size, or embed more images."
        )


def _check_rest(n: int, n_train: int, n_classes: int, n_folds: int, test_size: float) -> None:
    if n_train < n_classes:
        raise TrainingError(
            f"A test on {test_size:g} of {n} {pl(n, 'image')} leaves {n_train} to train on, and {_folds(n_folds)}"
            f"{n_classes} classes need {n_folds * n_classes}: choose a smaller --test-size, or embed more images."
        )


def _folds(n_folds: int) -> str:
    return f"{n_folds} folds of " if n_folds > 1 else ""


def _check_numbers(targets: np.ndarray, n_train: int, n_folds: int) -> None:
    if n_train < 2 * n_folds:
        folds, fewer = (f" for {n_folds} folds", "fewer --folds, ") if n_folds > 1 else ("", "")
        raise TrainingError(
            f"{n_train} of {len(targets)} {pl(len(targets), 'image')} {pl(n_train, 'is|are')} left to train on, too "
            f"few{folds}: choose {fewer}a smaller --test-size, or embed more images."
        )
    if np.ptp(targets) == 0:
        raise TrainingError(f"All {len(targets)} labels are {targets[0]:g}: there is nothing to predict.")


def _refuse_rare_classes(
    counts: np.ndarray, n_train: np.ndarray, classes: tuple[str, ...], n_folds: int, test_size: float
) -> None:
    rare, smallest = np.flatnonzero(n_train < n_folds), int(np.argmin(n_train))
    n_needed = max(_count_needed(int(counts[each]), int(counts.sum()), n_folds, test_size) for each in rare)
    uses = f"{n_folds} folds" if n_folds > 1 else "Training"
    n_found = int(counts[smallest])
    fewer = f"choose --folds {n_train[smallest]}, or " if 2 <= n_train[smallest] < n_found else ""
    them = "them" if len(rare) > 1 else "it"
    without = f", or leave {them} out with --min-images {n_needed}" if len(classes) - len(rare) > 1 else ""
    if len(rare) > 1:
        names = names_in_words(f"{shortened(classes[each], 80)} ({counts[each]})" for each in rare)
        found = f"{len(rare)} of {len(classes)} classes have too few images: {names}. {uses} and the test together need"
        raise TrainingError(f"{found} {n_needed} of each: {fewer}embed more images of them{without}.")
    found = f"Class {shortened(classes[smallest])} has {n_found} {pl(n_found, 'image')}"
    raise TrainingError(
        f"{found}, and {uses.lower()} and the test together need {n_needed}: {fewer}embed more images of it{without}."
    )


def _count_needed(n_found: int, n: int, n_folds: int, test_size: float) -> int:
    """Return the number of images that a class needs to have one training image in each fold."""
    for n_needed in count(max(n_found + 1, 2)):
        n_all = n - n_found + n_needed
        if n_needed * (n_all - int(np.ceil(test_size * n_all))) // n_all >= n_folds:
            return n_needed


def iterate_folds(targets: np.ndarray, is_target: bool, n_folds: int, seed: int) -> Iterator[np.ndarray]:
    """Split rows into folds at random, with the same share of each class.

    Parameters
    ----------
    targets, is_target, seed
        As for `choose_share`.
    n_folds : int

    Yields
    ------
    ndarray of int
        Row numbers of one fold.
    """
    folds = (KFold if is_target else StratifiedKFold)(n_folds, shuffle=True, random_state=seed)
    for _, held_out in folds.split(np.empty((len(targets), 0)), targets):
        yield held_out


SWAP_ROWS = 256
"""Number of rows that are swapped at a time, to limit the memory that a swap needs."""


def move_last(features: np.ndarray, numbers: np.ndarray, chosen: np.ndarray) -> int:
    """Swap rows in place until the chosen ones come last.

    Parameters
    ----------
    features : ndarray of shape (n, n_features)
        Changed in place.
    numbers : ndarray of shape (n,), int
        Number of each row; changed in place.
    chosen : ndarray of int
        Numbers of the rows to move to the end.

    Returns
    -------
    int
        Number of rows before the chosen ones.
    """
    n_before = len(numbers) - len(chosen)
    is_chosen = np.isin(numbers, chosen)
    early = np.flatnonzero(is_chosen[:n_before])
    late = n_before + np.flatnonzero(~is_chosen[n_before:])
    for start in range(0, len(early), SWAP_ROWS):
        one, other = early[start : start + SWAP_ROWS], late[start : start + SWAP_ROWS]
        features[one], features[other] = features[other], features[one]
        numbers[one], numbers[other] = numbers[other], numbers[one]
    return n_before


def parts(n: int) -> Iterator[slice]:
    """Split `n` rows or columns into slices of up to 1024, so that intermediate results stay small."""
    return (slice(start, min(start + 1024, n)) for start in range(0, n, 1024))


def choose_share(targets: np.ndarray, is_target: bool, share: float, seed: int) -> np.ndarray:
    """Choose rows at random, the same share of each class, rounded down so that every class keeps some rows.

    Parameters
    ----------
    targets : ndarray of shape (n,)
        Class indices, or numbers to predict.
    is_target : bool
        Whether targets are numbers to predict.
    share : float
        Share of the rows, 0 or more and less than 1.
    seed : int

    Returns
    -------
    ndarray of int
        Row numbers, sorted.

    Raises
    ------
    SettingError
        The share is out of range.
    TrainingError
        The share is less than one row of every class.
    """
    if not 0 <= share < 1:
        raise SettingError(f"The share for validation has to be 0 or more and less than 1, not {share}.")
    generator = np.random.default_rng(seed)
    groups = (
        [np.arange(len(targets))] if is_target else [np.flatnonzero(targets == each) for each in np.unique(targets)]
    )
    chosen = [generator.permutation(rows)[: int(share * len(rows))] for rows in groups]
    if share and not any(map(len, chosen)):
        if not is_target and len(groups) == len(targets):
            raise TrainingError(
                "No two images are of the same class, so none can be kept for validation: choose 0 as its share."
            )
        raise TrainingError(
            f"A share of {share:g} for validation is less than one image of any class: choose a larger share, or 0."
        )
    return np.sort(np.concatenate(chosen))
