"""What an array of pictures looks like before it is opened."""

import numpy as np
import pytest

from orangecontrib.transferlearning.arraylook import ArrayLook, labels_beside, look_at_array

from .samples import refusal


@pytest.mark.parametrize("shape, n_values", [((2, 12), 12), ((2, 4, 4), None), ((2, 4, 4, 3), None)])
def test_shape_is_asked_only_where_pictures_are_rows(tmp_path, shape, n_values):
    np.save(tmp_path / "a.npy", np.zeros(shape, np.uint8))
    assert look_at_array(tmp_path / "a.npy") == ArrayLook(n_values)


def test_what_is_no_array_is_refused(table):
    assert "expected an array" in refusal(look_at_array, table("x", "a.npy"))


@pytest.mark.parametrize(
    "n_values, height, width, channels, shape",
    [
        (10800, 45, None, 3, (45, 80, 3)),
        (10800, None, 80, 3, (45, 80, 3)),
        (784, 28, None, 3, (28, 28, 1)),
        (3072, 32, None, 3, (32, 32, 3)),
        (64, 4, None, 4, (4, 4, 4)),
        (10800, 77, None, 3, None),
        (10800, None, None, 3, None),
        (None, 4, None, 3, None),
    ],
)
def test_one_side_gives_the_other(n_values, height, width, channels, shape):
    assert ArrayLook(n_values).fitting(height, width, channels) == shape


def test_labels_are_found_beside_the_array_by_their_name(tmp_path):
    for name in ("toy_data.npy", "toy_labels.npy", "alone.npy", "x.npy", "x_labels.npy"):
        (tmp_path / name).touch()
    assert labels_beside(tmp_path / "toy_data.npy") == tmp_path / "toy_labels.npy"
    assert labels_beside(tmp_path / "x.npy") == tmp_path / "x_labels.npy"
    assert labels_beside(tmp_path / "alone.npy") is None
    assert labels_beside(tmp_path / "toy_labels.npy") is None
