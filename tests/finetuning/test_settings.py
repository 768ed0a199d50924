"""Chance changes of images in training."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SettingError
from orangecontrib.transferlearning.finetuning.settings import Augmentation


def test_everything_is_off_unless_it_is_asked_for():
    assert not Augmentation()
    assert Augmentation().layers(0) == []
    assert [type(each).__name__ for each in Augmentation(True, 0.1, 0.2, 30).layers(0)] == [
        "RandomFlip", "RandomTranslation", "RandomZoom", "RandomRotation",
    ]  # fmt: skip


def test_flip_gives_images_or_their_mirror_images_in_training_only():
    images = np.random.default_rng(0).random((20, 4, 5, 3), np.float32)
    (flip,) = Augmentation(flip=True).layers(0)
    changed = np.asarray(flip(images, training=True))
    mirrored = [np.array_equal(one, other[:, ::-1]) for one, other in zip(changed, images, strict=True)]
    same = [np.array_equal(one, other) for one, other in zip(changed, images, strict=True)]
    assert all(np.logical_xor(mirrored, same))
    assert 0 < sum(mirrored) < 20
    np.testing.assert_array_equal(flip(images, training=False), images)


def test_shift_moves_the_image_and_fills_with_its_mirror_image():
    image = np.arange(10, dtype=np.float32)[None, None, :, None] * np.ones((1, 10, 1, 3), np.float32)
    (shift,) = Augmentation(shift=0.3).layers(3)
    row = np.asarray(shift(image, training=True))[0, 5, :, 0]
    assert not np.array_equal(row, image[0, 5, :, 0])
    assert (row.min(), row.max()) >= (0, 0)
    assert row.max() <= 9


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"shift": 1.0}, "shift has to be at least 0 and less than 1, not 1"),
        ({"zoom": -0.1}, "zoom has to be at least 0 and less than 1, not -0.1"),
        ({"rotation": 200.0}, "rotated by 0 to 180 degrees, not by 200"),
    ],
)
def test_shares_and_angles_that_cannot_be_are_refused(wrong, words):
    with pytest.raises(SettingError, match=words):
        Augmentation(**wrong)
