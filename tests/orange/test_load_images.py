"""What a person points at, as a table."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import Cancelled
from orangecontrib.transferlearning.images.reading import read_image
from orangecontrib.transferlearning.orange.image_columns import TableSource
from orangecontrib.transferlearning.orange.load_images import load_images
from orangecontrib.transferlearning.sources.source_choice import SourceChoice, complete

from ..samples import scene


def load(path, callback=None, **choice):
    return load_images(complete(SourceChoice(str(path), **choice))[0], callback)


def test_folder_with_its_classes_and_what_is_wrong(photos):
    (photos / "none").mkdir()
    (photos / "notes.txt").touch()
    (photos / "bad").mkdir()
    (photos / "bad" / "x.jpg").touch()
    loaded = load(photos)
    assert loaded.tables.images.domain.class_var.name == "category"
    assert loaded.tables.images.name == "photos"
    assert loaded.class_counts == [("a", 2), ("b", 2), ("bad", 0)]
    assert loaded.left_out == "1 .txt"
    assert loaded.problems == [
        ("b/2.png", "not an image, but text"),
        ("bad/x.jpg", "the file is empty"),
        ("none", "there is no image in this folder"),
        ("bad", "no image of this class can be opened"),
    ]


def test_images_in_a_single_folder_have_no_class(photos):
    assert load(photos / "a").tables.images.domain.class_var is None
    (photos / "b" / "1.png").unlink()
    (photos / "b" / "2.png").unlink()
    (photos / "b" / "3.png").unlink()
    assert load(photos).tables.images.domain.class_var is None


def test_images_beside_folders_have_a_missing_class(photos):
    (photos / "a" / "1.png").rename(photos / "0.png")
    images = load(photos).tables.images
    assert np.isnan(images.Y).tolist() == [True, False, False, False]
    assert images.domain.class_var.values == ("a", "b")


def test_single_image_is_a_table_of_one_row(photos):
    images = load(photos / "a" / "1.png").tables.images
    assert len(images) == 1
    assert str(images[0, "image"]) == "1.png"


def test_table_starts_from_its_folder_or_another(photos, tmp_path):
    (tmp_path / "log").mkdir()
    path = tmp_path / "log" / "log.csv"
    path.write_text("file,class\na/1.png,x\nb/1.png,y\n")
    assert load(path).tables.images is None
    assert load(path).problems[0] == ("a/1.png", "no such file")
    images = load(path, root=str(photos)).tables.images
    assert images.domain["file"].attributes == {"type": "image", "origin": str(photos)}
    assert images.name == "log"
    assert load(path, root=str(photos)).class_counts == [("x", 1), ("y", 1)]


def test_array_becomes_files_that_read_as_its_images(tmp_path, cache_folder):
    pixels = np.stack([scene(6, 8), scene(6, 8) // 2])
    np.save(tmp_path / "toy_data.npy", pixels)
    np.save(tmp_path / "toy_labels.npy", [1, 0])
    told = []
    loaded = load(tmp_path / "toy_data.npy", told.append)
    assert told == [0.25, 0.5, 0.75, 1]
    assert loaded.written_to.parent.parent == cache_folder
    images = loaded.tables.images
    assert images.name == "toy_data"
    assert (images.domain.class_var.name, images.Y.tolist()) == ("Class", [1, 0])
    for item, expected in zip(TableSource(images, loaded.tables.column), pixels, strict=True):
        np.testing.assert_array_equal(read_image(item.location), expected)


def test_loading_can_be_stopped(photos):
    def stop(fraction):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        load(photos, stop)
