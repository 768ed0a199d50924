"""Choose the folds of cross-validation, which are the same for all networks."""

import warnings

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from ..errors import TrainingError
from ..plurals import pl
from ..sources.keys import names_in_words, shortened


def make_folds(
    class_indices: np.ndarray, classes: tuple[str, ...], n_folds: int, seed: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """Choose folds at random, with nearly the same share of each class.

    Parameters
    ----------
    class_indices : ndarray of shape (n_images,), int
    classes : tuple of str
    n_folds : int
        2 or more.
    seed : int
        Without groups, the folds are those of Orange's `CrossValidation` with this `random_state`.
    groups : ndarray of shape (n_images,), int, optional
        Images with the same number are in one fold.

    Returns
    -------
    ndarray of shape (n_images,), int
        Number of the fold of each image, from 0.

    Raises
    ------
    TrainingError
        A class has too few images for the folds, or there are too few groups.
    """
    _check_classes(np.bincount(class_indices, minlength=len(classes)), classes, n_folds)
    if groups is not None:
        _check_groups(class_indices, classes, n_folds, groups)
    splitter = (StratifiedKFold if groups is None else StratifiedGroupKFold)(n_folds, shuffle=True, random_state=seed)
    fold_of = np.empty(len(class_indices), int)
    with warnings.catch_warnings():
        # A class in fewer groups than folds is in fewer folds.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        for fold, (_, held_out) in enumerate(splitter.split(np.empty((len(fold_of), 0)), class_indices, groups)):
            fold_of[held_out] = fold
    if len(np.unique(fold_of)) < n_folds:
        raise TrainingError(f"The groups are too large to be spread over {n_folds} folds: choose fewer folds.")
    return fold_of


def _check_classes(counts: np.ndarray, classes: tuple[str, ...], n_folds: int) -> None:
    rare = np.flatnonzero(counts < n_folds)
    if not len(rare):
        return
    names = names_in_words(f"{shortened(classes[each], 80)} ({counts[each]})" for each in rare)
    smallest = int(counts.min())
    fewer = f"choose {smallest} folds, or " if smallest >= 2 else ""
    them = "them" if len(rare) > 1 else "it"
    without = f", or leave out classes of fewer than {n_folds} images" if len(classes) - len(rare) > 1 else ""
    found = f"{len(rare)} of {len(classes)} classes {pl(len(rare), 'has|have')} too few images: {names}"
    raise TrainingError(f"{found}. {n_folds} folds need {n_folds} of each: {fewer}add images of {them}{without}.")


def _check_groups(class_indices: np.ndarray, classes: tuple[str, ...], n_folds: int, groups: np.ndarray) -> None:
    n_groups = len(np.unique(groups))
    if n_groups < n_folds:
        fewer = f"choose {n_groups} folds, or " if n_groups >= 2 else ""
        raise TrainingError(
            f"There {pl(n_groups, 'is|are')} {n_groups} {pl(n_groups, 'group')}, and {n_folds} folds need {n_folds}: "
            f"{fewer}add images of other groups."
        )
    for index, name in enumerate(classes):
        if len(np.unique(groups[class_indices == index])) < 2:
            raise TrainingError(
                f"All images of class {shortened(name)} are in one group, so that none is left to learn it from: add "
                "images of it from another group, or leave the class out."
            )
