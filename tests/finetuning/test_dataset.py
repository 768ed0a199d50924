"""Pictures divided for training, validation and test."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import Cancelled, SettingError, TrainingError
from orangecontrib.transferlearning.finetuning.dataset import PictureSet, make_material, read_pictures, refuse_none
from orangecontrib.transferlearning.sources.folder_source import FolderSource
from orangecontrib.transferlearning.sources.list_source import ListSource

from ..conftest import solid


def pictures(labels, parts=None):
    n = len(labels)
    parts = np.zeros(n, int) if parts is None else np.array(parts)
    return PictureSet(np.zeros((n, 2, 2, 3), np.uint8), list(map(str, range(n))), labels, np.arange(n), parts, [])


def test_each_class_gives_its_share_to_test_and_validation_and_unlabelled_pictures_none():
    material = make_material(pictures(["a"] * 40 + ["b"] * 20 + [None]), validation_size=0.2, test_size=0.25)
    assert material.classes == ("a", "b")
    counts = [np.bincount(material.outcomes[rows].astype(int)).tolist() for rows in
              (material.train, material.validation, material.test)]  # fmt: skip
    assert counts == [[24, 12], [6, 3], [10, 5]]
    everything = np.concatenate([material.train, material.validation, material.test])
    assert sorted(everything) == list(range(60))


def test_same_seed_same_parts():
    labels = ["a", "b"] * 20
    one, same, other = (make_material(pictures(labels), seed=seed) for seed in (1, 1, 2))
    assert one.hash() == same.hash() != other.hash()


def test_parts_that_are_given_are_taken_as_they_are():
    labels, parts = ["a", "b", "a", "b", "b"], [0, 0, 1, 1, 2]
    material = make_material(pictures(labels, parts), ["train", "validation", "test"])
    assert [rows.tolist() for rows in (material.train, material.validation, material.test)] == [[0, 1], [2, 3], [4]]


def test_numbers_have_no_classes():
    material = make_material(pictures([0.5, 1, 2, 3.5, 5, 8]), is_target=True, test_size=0.5, validation_size=0)
    assert material.classes == ()
    assert (len(material.train), len(material.validation), len(material.test)) == (3, 0, 3)
    assert sorted(material.outcomes) == [0.5, 1, 2, 3.5, 5, 8]


@pytest.mark.parametrize("arguments, error, words", [
    ((pictures([*"aaaaaaaab"]),), TrainingError, "Class b has 1 picture, and training and the test together need"),
    ((pictures(["a", "b", "c"], [0, 0, 1]), ["train", "test"]), TrainingError, "Class c has no pictures to train on"),
    ((pictures([None, None]),), TrainingError, "no labels"),
    ((pictures(["a", "b", None], [0, 0, 1]), ["train", "validation"]), TrainingError, "for validation has a label"),
    ((pictures(["a", "b", None], [0, 0, 1]), ["train", "test"]), TrainingError, "for the test has a label"),
])  # fmt: skip
def test_what_cannot_be_learned_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        make_material(*arguments, validation_size=0)


def test_shares_that_cannot_be_are_refused():
    with pytest.raises(SettingError, match="less than 1"):
        make_material(pictures(["a", "b"]), test_size=1.0)


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
