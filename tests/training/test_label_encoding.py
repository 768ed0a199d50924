"""Labels become class indices or numbers."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import TrainingError
from orangecontrib.transferlearning.training.label_encoding import encode_labels, leave_out_rare


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


def test_rare_classes_are_left_out_and_named():
    labels = ["b", None, "a", "b", "c", "c", "c", 7.0]
    kept, rare = leave_out_rare(labels, 2)
    assert kept == ["b", None, None, "b", "c", "c", "c", None]
    assert rare == {"7": 1, "a": 1}
    assert leave_out_rare(labels, 1) == (labels, {})


def test_leaving_out_all_but_one_class_is_refused():
    with pytest.raises(TrainingError, match="1 of 3 classes has 3 images or more"):
        leave_out_rare(["a", "b", "c", "c", "c"], 3)


def test_numbers_to_predict_may_be_text_in_several_spellings():
    values, classes = encode_labels(["10", "10.0", None, "1.10"], True)
    assert (values.tolist()[:2], values[3], classes) == ([10.0, 10.0], 1.1, ())
