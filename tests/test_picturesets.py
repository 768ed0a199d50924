"""Pictures that are read once."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import Cancelled, TrainingError
from orangecontrib.transferlearning.folders import FolderSource
from orangecontrib.transferlearning.lists import ListSource
from orangecontrib.transferlearning.picturesets import read_pictures, refuse_none

from .conftest import solid


def test_pictures_of_several_sources_are_read_in_order_and_bad_ones_left_out(photos):
    fractions = []
    more = ListSource([solid((1, 2, 3))], ["a"])
    pictures = read_pictures([FolderSource(photos), more], (4, 6), n_threads=2, callback=fractions.append)
    assert pictures.keys == ["a/1.png", "a/2.png", "b/1.png", "b/3.png", "0"]
    assert pictures.labels == ["a", "a", "b", "b", "a"]
    assert pictures.pixels.shape == (5, 4, 6, 3)
    assert pictures.pixels[:, 0, 0].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [90, 90, 90], [1, 2, 3]]
    assert pictures.places.tolist() == [0, 1, 2, 4, 0]
    assert pictures.parts.tolist() == [0, 0, 0, 0, 1]
    assert [each.key for each in pictures.skipped] == ["b/2.png"]
    assert fractions == pytest.approx(np.arange(1, 7) / 6)


def test_nothing_readable_is_an_error_with_the_first_reason():
    pictures = read_pictures([ListSource(["nowhere.png"])], (4, 6))
    with pytest.raises(TrainingError, match="None of the 1 pictures could be read; the first: nowhere.png: "):
        refuse_none(pictures)


def test_reading_is_cancelled_by_the_callback(photos):
    def cancel(fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        read_pictures([FolderSource(photos)], (4, 6), callback=cancel)
