"""Images with a class and a group are taken, and others are told or refused."""

import pytest

from orangecontrib.transferlearning.bakeoff.images import labeled_images
from orangecontrib.transferlearning.errors import SettingError, SourceError
from orangecontrib.transferlearning.sources.list_source import ListSource
from orangecontrib.transferlearning.sources.opening import open_source

KEYS = ["0.png", "1.png", "2.png", "3.png", "4.png"]


def source(plates=("p", "q", "p", "p", "q")):
    return ListSource(KEYS, ["a", "b", None, "b", "c"], metas=[{"plate": plate} for plate in plates])


def test_classes_and_groups():
    images = labeled_images(source(), group="plate")
    assert [item.key for item in images] == ["0.png", "1.png", "3.png", "4.png"]
    assert (images.classes, images.class_indices.tolist()) == (("a", "b", "c"), [0, 1, 1, 2])
    assert images.groups.tolist() == [0, 1, 0, 1]
    assert images.n_unlabeled == 1
    chosen = images.choose([1, 3])
    assert (chosen.class_indices.tolist(), chosen.groups.tolist()) == ([1, 2], [1, 1])


def test_rare_classes_are_left_out():
    images = labeled_images(ListSource(KEYS, ["a", "b", "a", "b", "c"]), min_images=2)
    assert (len(images), images.rare, images.n_unlabeled) == (4, {"c": 1}, 0)


def test_what_cannot_be_compared_is_refused(table):
    with pytest.raises(SourceError, match="There is no column 'camera' of groups; columns beside the class: plate"):
        labeled_images(source(), group="camera")
    with pytest.raises(SourceError, match=r"3.png has no value in plate"):
        labeled_images(source(["p", "q", "p", "", "q"]), group="plate")
    path = table("left,right,angle\n0.png,1.png,0.5\n")
    with pytest.raises(SettingError, match="one image per row"):
        labeled_images(open_source(path, image_column=["left", "right"]))
    with pytest.raises(SettingError, match="compared on classes"):
        labeled_images(open_source(path, image_column="left", target_column="angle"))
