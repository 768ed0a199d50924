"""Images of arrays as files."""

import os

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import Cancelled, SinkError
from orangecontrib.transferlearning.images.reading import read_image
from orangecontrib.transferlearning.sources.array_files import ArrayImages
from orangecontrib.transferlearning.sources.array_source import NpySource

from ..samples import labels, scene


@pytest.fixture
def array(tmp_path):
    path = tmp_path / "toy_data.npy"
    np.save(path, np.stack([scene(6, 8) + number for number in range(12)]))
    return path


def source(path):
    return NpySource(path, labels=list("abcabcabcabc"))


def test_files_have_the_pixels_and_labels_of_the_array(array, tmp_path):
    files = ArrayImages(tmp_path).keep(array, source(array))
    assert labels(files) == list("abcabcabcabc")
    assert [item.key for item in files][::11] == ["00.png", "11.png"]
    for item, pixels in zip(files, np.load(array), strict=True):
        np.testing.assert_array_equal(read_image(item.location), pixels)


def test_files_are_written_once_for_each_array(array, tmp_path):
    kept = ArrayImages(tmp_path)
    told = []
    first = [item.location for item in kept.keep(array, source(array), told.append)]
    assert told == [place / 12 for place in range(1, 13)]
    assert [
        item.location for item in kept.keep(array, source(array), lambda fraction: pytest.fail("written again"))
    ] == first
    np.save(array, np.load(array)[::-1])
    os.utime(array, (1, 1))
    assert next(iter(kept.keep(array, source(array)))).location.parent != first[0].parent
    assert kept.count() == 2
    assert kept.megabytes() == sum(file.stat().st_size for file in kept.folder.rglob("*.png")) / 1e6
    kept.clear()
    assert kept.count() == 0


def test_cancelled_run_leaves_nothing(array, tmp_path):
    def stop(fraction):
        raise Cancelled("enough")

    kept = ArrayImages(tmp_path)
    with pytest.raises(Cancelled):
        kept.keep(array, source(array), stop)
    assert list(kept.folder.iterdir()) == []


def test_folder_that_cannot_be_written_says_so(array, tmp_path):
    (tmp_path / "home").touch()
    with pytest.raises(SinkError, match="Cannot write"):
        ArrayImages(tmp_path / "home").keep(array, source(array))


def test_array_without_labels_has_none(array, tmp_path):
    assert ArrayImages(tmp_path).keep(array, NpySource(array)).label_name is None
