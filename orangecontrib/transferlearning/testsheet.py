"""Pictures of a test, chosen by chance, on a sheet."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from .errors import SourceError
from .items import Location
from .locations import is_address
from .networktraining import NetworkTraining
from .sheets import Judged, draw_sheet

N_SHOWN = 9


def choose_shown(
    keys: Sequence[str], test: np.ndarray, folder: str | None = None, seed: int = 0
) -> dict[int, Location]:
    """Choose pictures of the test, and find them.

    Parameters
    ----------
    keys : sequence of str
        Names of all pictures, in the order of the features; empty where nobody knows them.
    test : ndarray of int
        Rows of the test.
    folder : str, optional
        Where relative names start from; the current folder if not given.
    seed : int
        Of the choice.

    Returns
    -------
    dict of int to Location
        Of `N_SHOWN` rows, or of as many as there are. Empty where no folder is given and one is not to be found.

    Raises
    ------
    SourceError
        A folder is given and one is not in it, or nobody knows the names.
    """
    if not keys:
        if folder is None:
            return {}
        raise SourceError("The features do not name their pictures: leave --pictures out, or embed to an .h5 file.")
    rows = np.random.default_rng(seed).permutation(test)[:N_SHOWN].tolist()
    shown = {row: _locate(keys[row], folder) for row in rows}
    for row, place in shown.items():
        if not is_address(place) and not Path(place).is_file():
            if folder is None:
                return {}
            raise SourceError(f"There is no picture {keys[row]} in {folder}: name the folder that was embedded.")
    return shown


def _locate(key: str, folder: str | None) -> str:
    return key if folder is None or is_address(key) else str(Path(folder).expanduser() / key)


def draw_test(training: NetworkTraining, shown: Mapping[int, Location]) -> Image.Image:
    """Draw pictures of the test with what they are and what they were taken for.

    Parameters
    ----------
    training : NetworkTraining
    shown : mapping of int to Location
        Pictures by their rows.

    Returns
    -------
    PIL.Image.Image
        RGB; pictures in three columns.

    Raises
    ------
    ImageReadError
        One of them cannot be read.
    """
    places = {int(row): place for place, row in enumerate(training.test)}
    return draw_sheet([_judge(training, places[row], location) for row, location in shown.items()])


def _judge(training: NetworkTraining, place: int, location: Location) -> Judged:
    truth, predicted = training.truth[place], training.predicted[place]
    if not training.classes:
        return Judged(location, f"{truth:.4g}", f"{predicted:.4g}")
    return Judged(location, training.classes[int(truth)], training.classes[int(predicted)], bool(truth == predicted))
