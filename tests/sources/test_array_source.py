"""Arrays of every shape and type give one image at a time."""

import zipfile

import numpy as np
import pytest

from orangecontrib.transferlearning.images.reading import decode_image
from orangecontrib.transferlearning.sources.array_source import NpySource

from ..samples import keys, labels, refusal


def test_array_file_gives_one_image_at_a_time(tmp_path):
    data = np.arange(5 * 2 * 4 * 3, dtype=np.uint8).reshape(5, -1)
    np.save(tmp_path / "x.npy", data)
    np.save(tmp_path / "y.npy", np.array([2, 0, 1, 0, 2]))
    source = NpySource(tmp_path / "x.npy", tmp_path / "y.npy", height=2, width=4)
    assert isinstance(source._data, np.memmap)
    assert (len(source), source.label_name) == (5, "Class")
    assert keys(source) == ["0", "1", "2", "3", "4"]
    for item, row in zip(source, data, strict=True):
        assert type(item.location) is np.ndarray
        np.testing.assert_array_equal(item.location, row.reshape(2, 4, 3))


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((2, 24), {"height": 2, "width": 4}, (2, 4, 3)),
        ((2, 24), {"height": 4, "width": 6, "channels": 1}, (4, 6, 1)),
        ((2, 24), {"height": 2, "width": 3, "channels": 4}, (2, 3, 4)),
        ((2, 5, 6), {}, (5, 6, 1)),
        ((2, 5, 6), {"height": 5, "width": 6, "channels": 1}, (5, 6, 1)),
        ((2, 20, 3), {"height": 20, "width": 3}, (20, 3, 1)),
        ((2, 5, 6, 1), {}, (5, 6, 1)),
        ((2, 5, 6, 3), {"width": 6}, (5, 6, 3)),
        ((2, 5, 6, 4), {}, (5, 6, 4)),
    ],
)
def test_array_shapes_are_understood(shape, options, expected):
    data = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    for item, values in zip(NpySource(data, **options), data, strict=True):
        np.testing.assert_array_equal(item.location, values.reshape(expected))
        assert decode_image(item.location).shape == (*expected[:2], 3)


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((2, 10800), {"height": 90, "width": 160}, "10800 values per image are not 90 x 160 x 3 = 43200"),
        (
            (2, 10800),
            {"height": 90},
            "a row of 10800 values, which does not tell its shape: give height, width and channels",
        ),
        ((2, 24), {"height": 3, "width": 4, "channels": 2}, "expected 1, 3 or 4 channels"),
        ((2, 24), {"height": -2, "width": -4}, "24 values per image are not -2 x -4 x 3"),
        ((2, 3, 8, 8), {}, "expected 1, 3 or 4 channels in the last dimension, found 8"),
        ((2, 5, 6, 3), {"height": 6, "width": 5}, "expected images of 6 x 5 x 3, found 5 x 6 x 3"),
        ((90, 160, 3), {}, "shape (90, 160, 3) looks like a single image"),
        ((24,), {}, "expected an array of 2, 3 or 4 dimensions"),
        ((2, 2, 2, 2, 3), {}, "expected an array of 2, 3 or 4 dimensions"),
        ((0, 2, 2, 3), {}, "found an empty one"),
        ((), {}, "found an empty one"),
    ],
)
def test_array_of_another_shape_is_refused(shape, options, expected):
    assert expected in refusal(NpySource, np.zeros(shape, np.uint8), **options)


def test_values_of_all_images_are_scaled_alike():
    scaled = [item.location for item in NpySource(np.array([0, 0.1, 1]).reshape(3, 1, 1, 1))]
    assert [pixels.item() for pixels in scaled] == [0, 26, 255]
    assert {pixels.dtype for pixels in scaled} == {np.dtype(np.uint8)}


def test_values_and_labels_that_do_not_fit_are_refused():
    assert "from 0 to 256" in refusal(NpySource, np.array([0, 256]).reshape(2, 1, 1))
    assert "expected 2 labels, one for each image, found 1" in refusal(NpySource, np.zeros((2, 4, 4), np.uint8), ["a"])


def test_array_without_labels_has_none():
    source = NpySource(np.zeros((2, 2, 2), np.uint8))
    assert (labels(source), source.label_name) == ([None, None], None)


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_file_that_is_no_array_is_refused(tmp_path):
    path = tmp_path / "x.npy"
    assert refusal(NpySource, path) == f"{path}: no such file"
    np.save(path, np.array([Trap(), Trap()]), allow_pickle=True)
    assert "found pickled objects, which are never unpickled" in refusal(NpySource, path)
    np.save(path, np.zeros((9, 9, 9)))
    path.write_bytes(path.read_bytes()[:-5])
    assert "damaged or incomplete" in refusal(NpySource, path)
    path.write_bytes(path.read_bytes()[:30])
    assert "damaged or incomplete" in refusal(NpySource, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", b"")
    assert "take one array out of the .npz" in refusal(NpySource, path)
    path.write_bytes(b"")
    assert "expected an array in an .npy file" in refusal(NpySource, path)
