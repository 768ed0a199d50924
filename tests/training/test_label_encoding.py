"""Labels become class indices or numbers."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import TrainingError
from orangecontrib.transferlearning.training.label_encoding import encode_labels


def test_classes_are_sorted_and_a_missing_label_is_nan():
    values, classes = encode_labels(["b", None, "a", "b"], is_target=False)
    assert classes == ("a", "b")
    np.testing.assert_array_equal(values, [1, np.nan, 0, 1])


def test_numbers_as_classes_are_sorted_by_size():
    values, classes = encode_labels([10, 2, 2.0, 1], is_target=False)
    assert classes == ("1", "2", "10")
    assert values.tolist() == [2, 1, 1, 0]


def test_numbers_to_predict_stay_numbers():
    values, classes = encode_labels([0.5, None, -2], is_target=True)
    assert classes == ()
    np.testing.assert_array_equal(values, [0.5, np.nan, -2])


@pytest.mark.parametrize(
    "labels, is_target, message",
    [
        ([None, None], False, "have no labels"),
        ([], False, "have no labels"),
        (["a", "a", None], False, "All labels are a"),
        ([1.5, "two"], True, "'two' is not a number"),
    ],
)
def test_labels_that_teach_nothing_are_refused(labels, is_target, message):
    with pytest.raises(TrainingError, match=message):
        encode_labels(labels, is_target)
