"""Which rows are kept for validation."""

import numpy as np

from .errors import SettingError, TrainingError


def choose_share(outcomes: np.ndarray, is_target: bool, share: float, seed: int) -> np.ndarray:
    """Choose rows by chance, of each class its share rounded down, so that every class keeps some.

    Parameters
    ----------
    outcomes : ndarray of shape (n,)
        Places of classes, or numbers to predict.
    is_target : bool
        Whether they are numbers to predict.
    share : float
        Of the rows, 0 or more, and less than 1.
    seed : int

    Returns
    -------
    ndarray of int
        Row numbers, sorted.

    Raises
    ------
    SettingError
        A share that cannot be.
    TrainingError
        It is less than a row of any class.
    """
    if not 0 <= share < 1:
        raise SettingError(f"A share for validation is 0 or more, and less than 1, not {share}.")
    chance = np.random.default_rng(seed)
    groups = (
        [np.arange(len(outcomes))] if is_target else [np.flatnonzero(outcomes == each) for each in np.unique(outcomes)]
    )
    chosen = [chance.permutation(rows)[: int(share * len(rows))] for rows in groups]
    if share and not any(map(len, chosen)):
        raise TrainingError(
            f"A share of {share:g} is less than one picture of any class: take a larger one for validation, or 0."
        )
    return np.sort(np.concatenate(chosen))
