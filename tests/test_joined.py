"""Several sources as one."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SourceError
from orangecontrib.transferlearning.joined import JoinedSource
from orangecontrib.transferlearning.lists import ListSource
from orangecontrib.transferlearning.sources import open_sources

from .conftest import solid
from .samples import keys


def test_pictures_come_in_order_called_by_where_they_are(photos, tmp_path):
    (photos / "notes.txt").touch()
    one = photos / "a" / "1.png"
    np.save(tmp_path / "d.npy", np.stack([solid(1), solid(2)]))
    source = open_sources([one, f"{photos / 'b'}/", tmp_path / "d.npy", photos])
    a_folder = [f"{photos}/{name}" for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/3.png")]
    first = [str(one), f"{photos}/b/1.png", f"{photos}/b/2.png", f"{photos}/b/3.png"]
    arrays = [f"{tmp_path}/d.npy/0", f"{tmp_path}/d.npy/1"]
    again = [f"{name} (2)" if name in first else name for name in a_folder]
    assert keys(source) == [*first, *arrays, *again]
    assert len(source) == 11
    assert source.n_ignored == 1


def test_keys_are_unique_and_the_same_each_time():
    pictures = [solid(0)] * 2
    source = JoinedSource(
        [("x", ListSource(pictures, keys=["a", "a (2)"])), ("", ListSource(pictures[:1], keys=["x/a"]))]
    )
    assert keys(source) == keys(source) == ["x/a", "x/a (2)", "x/a (3)"]


def test_labels_and_metas_are_left_out(photos):
    source = open_sources([photos])
    assert source.label_name is None
    assert {item.label for item in source} == {None}


def test_a_location_that_is_nothing_is_refused(photos):
    with pytest.raises(SourceError, match="nosuch.jpg: no such file or folder"):
        open_sources([photos, "nosuch.jpg"])
