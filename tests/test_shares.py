"""Rows for validation."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SettingError, TrainingError
from orangecontrib.transferlearning.shares import choose_share


def test_share_takes_from_every_class_and_leaves_some():
    places = np.repeat([0.0, 1.0, 2.0], [10, 5, 1])
    chosen = choose_share(places, False, 0.4, 0)
    np.testing.assert_array_equal(np.bincount(places[chosen].astype(int), minlength=3), [4, 2, 0])
    np.testing.assert_array_equal(chosen, choose_share(places, False, 0.4, 0))
    assert len(choose_share(places, True, 0.25, 0)) == 4
    assert len(choose_share(places, False, 0.0, 0)) == 0


def test_share_of_nothing_is_refused():
    with pytest.raises(TrainingError, match="less than one picture"):
        choose_share(np.arange(4.0), False, 0.5, 0)
    with pytest.raises(SettingError, match="not 1"):
        choose_share(np.arange(4.0), False, 1, 0)
