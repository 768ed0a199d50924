"""Images divided for training, validation and test."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import Cancelled, SettingError, TrainingError
from orangecontrib.transferlearning.finetuning.dataset import ImageSet, check_not_empty, make_tuning_data, read_images
from orangecontrib.transferlearning.sources.folder_source import FolderSource
from orangecontrib.transferlearning.sources.list_source import ListSource

from ..conftest import solid


def images(labels, parts=None):
    n = len(labels)
    parts = np.zeros(n, int) if parts is None else np.array(parts)
    return ImageSet(np.zeros((n, 2, 2, 3), np.uint8), list(map(str, range(n))), labels, np.arange(n), parts, [])


def test_each_class_gives_its_share_to_test_and_validation_and_unlabelled_images_none():
    data = make_tuning_data(images(["a"] * 40 + ["b"] * 20 + [None]), validation_size=0.2, test_size=0.25)
    assert data.classes == ("a", "b")
    counts = [np.bincount(data.targets[rows].astype(int)).tolist() for rows in
              (data.train, data.validation, data.test)]  # fmt: skip
    assert counts == [[24, 12], [6, 3], [10, 5]]
    everything = np.concatenate([data.train, data.validation, data.test])
    assert sorted(everything) == list(range(60))


def test_same_seed_same_parts():
    labels = ["a", "b"] * 20
    one, same, other = (make_tuning_data(images(labels), seed=seed) for seed in (1, 1, 2))
    assert one.hash() == same.hash() != other.hash()


def test_parts_that_are_given_are_taken_as_they_are():
    labels, parts = ["a", "b", "a", "b", "b"], [0, 0, 1, 1, 2]
    data = make_tuning_data(images(labels, parts), ["train", "validation", "test"])
    assert [rows.tolist() for rows in (data.train, data.validation, data.test)] == [
        [0, 1],
        [2, 3],
        [4],
    ]


def test_numbers_have_no_classes():
    data = make_tuning_data(images([0.5, 1, 2, 3.5, 5, 8]), is_target=True, test_size=0.5, validation_size=0)
    assert data.classes == ()
    assert (len(data.train), len(data.validation), len(data.test)) == (3, 0, 3)
    assert sorted(data.targets) == [0.5, 1, 2, 3.5, 5, 8]


@pytest.mark.parametrize("arguments, error, words", [
    ((images([*"aaaaaaaab"]),), TrainingError, "Class b has 1 image, and training and the test together need"),
    ((images(["a", "b", "c"], [0, 0, 1]), ["train", "test"]), TrainingError, "Class c has no images to train on"),
    ((images([None, None]),), TrainingError, "no labels"),
    ((images(["a", "b", None], [0, 0, 1]), ["train", "validation"]), TrainingError, "for validation has a label"),
    ((images(["a", "b", None], [0, 0, 1]), ["train", "test"]), TrainingError, "for the test has a label"),
])  # fmt: skip
def test_what_cannot_be_learned_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        make_tuning_data(*arguments, validation_size=0)


def test_shares_that_cannot_be_are_refused():
    with pytest.raises(SettingError, match="less than 1"):
        make_tuning_data(images(["a", "b"]), test_size=1.0)


def test_images_of_several_sources_are_read_in_order_and_bad_ones_left_out(photos):
    fractions = []
    more = ListSource([solid((1, 2, 3))], ["a"])
    images = read_images([FolderSource(photos), more], (4, 6), n_threads=2, callback=fractions.append)
    assert images.keys == ["a/1.png", "a/2.png", "b/1.png", "b/3.png", "0"]
    assert images.labels == ["a", "a", "b", "b", "a"]
    assert images.pixels.shape == (5, 4, 6, 3)
    assert images.pixels[:, 0, 0].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [90, 90, 90], [1, 2, 3]]
    assert images.positions.tolist() == [0, 1, 2, 4, 0]
    assert images.source_numbers.tolist() == [0, 0, 0, 0, 1]
    assert [each.key for each in images.skipped] == ["b/2.png"]
    assert fractions == pytest.approx(np.arange(1, 7) / 6)


def test_nothing_readable_is_an_error_with_the_first_reason():
    images = read_images([ListSource(["nowhere.png"])], (4, 6))
    with pytest.raises(TrainingError, match="The image could not be read: nowhere.png: "):
        check_not_empty(images)


def test_reading_is_cancelled_by_the_callback(photos):
    def cancel(fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        read_images([FolderSource(photos)], (4, 6), callback=cancel)
