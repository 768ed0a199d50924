"""Rows of several images: each comes out once and in order, with any batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.rows import MAX_PARTS, stream_rows, transform_rows
from orangecontrib.transferlearning.errors import ImageReadError, SettingError
from orangecontrib.transferlearning.records import Embeddings, concatenate
from orangecontrib.transferlearning.sources.combined import select_rows
from orangecontrib.transferlearning.sources.list_source import ListSource

from ..conftest import solid

pytestmark = pytest.mark.usefixtures("fake_network")


def cameras(bad, columns=("left", "right")):
    """Return a source with rows of gray images, whose shade is their number; those that are `bad` cannot be read."""
    n_each = len(columns)
    images = ["absent.png" if broken else solid(number) for number, broken in enumerate(bad)]
    numbers = range(len(bad))
    source = ListSource(
        images,
        labels=[number // n_each / 2 for number in numbers],
        keys=[f"{columns[number % n_each]}/{number // n_each}.png" for number in numbers],
        metas=[{"row": number // n_each} for number in numbers],
    )
    source.columns = columns
    return source


def test_features_of_a_row_stand_side_by_side():
    done = transform_rows(Embedder("SqueezeNet", batch_size=4), cameras([False] * 6, ("left", "center", "right")))
    assert done.keys == ["left/0.png", "left/1.png"]
    np.testing.assert_array_equal(done.features, [[0] * 4 + [1] * 4 + [2] * 4, [3] * 4 + [4] * 4 + [5] * 4])
    assert done.features.dtype == np.float32
    assert (done.labels, done.metas) == ([0.0, 0.5], [{"row": 0}, {"row": 1}])
    assert done.feature_names[3:5] == ["left n3", "center n0"]
    assert done.fingerprint == Embedder("SqueezeNet").fingerprint


def test_row_with_an_unreadable_image_is_skipped_with_its_columns_and_reasons():
    (part,) = stream_rows(Embedder("SqueezeNet"), cameras([False, True, False, False, True, True]))
    assert part.keys == ["left/1.png"]
    assert [skipped.key for skipped in part.skipped] == ["left/0.png", "left/2.png"]
    assert part.skipped[0].reason == "right: right/0.png: no such file"
    assert part.skipped[1].reason == "left: left/2.png: no such file; right: right/2.png: no such file"
    np.testing.assert_array_equal(part.features, [[2, 2, 2, 2, 3, 3, 3, 3]])


@given(
    bad=st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=12),
    batch_size=st.integers(1, 9),
)
def test_every_row_comes_out_once_in_order_whatever_the_batch_size(bad, batch_size):
    source = cameras([broken for row in bad for broken in row], ("left", "center", "right"))
    heard = []
    parts = list(stream_rows(Embedder("SqueezeNet", batch_size=batch_size), source, heard.append))
    good = [row for row, broken in enumerate(bad) if not any(broken)]

    done = concatenate(parts, 12)
    assert done.keys == [f"left/{row}.png" for row in good]
    assert [skipped.key for skipped in done.skipped] == [
        f"left/{row}.png" for row in range(len(bad)) if row not in good
    ]
    np.testing.assert_array_equal(
        done.features[:, [0, 4, 8]], [[3 * row, 3 * row + 1, 3 * row + 2] for row in good] or np.empty((0, 3))
    )
    assert done.labels == [row / 2 for row in good]
    assert done.metas == [{"row": row} for row in good]
    assert heard[-1:] == [1.0] * bool(bad)


def test_images_of_all_rows_fill_whole_batches(fake_network):
    list(stream_rows(Embedder("SqueezeNet", batch_size=4), cameras([False] * 10)))
    assert fake_network.engine.calls == [4, 4, 2]


def test_parts_end_with_batches_so_that_a_resumed_run_has_the_same_ones():
    source = cameras([False] * 21, ("left", "center", "right"))
    assert [len(part) for part in stream_rows(Embedder("SqueezeNet", batch_size=4), source)] == [4, 3]


def test_rows_do_not_wait_for_ever_for_a_batch_that_ends_with_a_row():
    # The skipped image shifts all images after it by one.
    parts = stream_rows(Embedder("SqueezeNet", batch_size=2), cameras([True] + [False] * 99))
    n_images = 1 + 2 * MAX_PARTS * 2
    assert len(next(parts)) == n_images // 2 - 1
    assert sum(map(len, parts)) == 50 - n_images // 2


def test_source_of_single_images_and_part_of_a_source_are_rows_too():
    single = transform_rows(Embedder("SqueezeNet"), [solid(1), solid(2)])
    assert (single.features.shape, single.columns) == ((2, 4), ())
    part = transform_rows(Embedder("SqueezeNet"), select_rows(cameras([False] * 6), 2, 1))
    np.testing.assert_array_equal(part.features, [[2, 2, 2, 2, 3, 3, 3, 3]])


def test_transform_refuses_an_unreadable_image_by_row_and_column():
    with pytest.raises(ImageReadError, match=r"left/1\.png: right: right/1\.png: no such file"):
        transform_rows(Embedder("SqueezeNet"), cameras([False, False, False, True]))


def test_no_rows_give_features_of_the_width_of_a_row():
    assert transform_rows(Embedder("SqueezeNet"), cameras([])).features.shape == (0, 8)


def test_maps_are_refused(monkeypatch):
    maps = Embeddings(["a", "b"], np.zeros((2, 3, 4, 5), np.float32), [None, None])
    monkeypatch.setattr(Embedder, "stream", lambda *arguments: iter([maps]))
    with pytest.raises(SettingError, match="not 3 x 4 x 5 values: pool or flatten"):
        list(stream_rows(Embedder("SqueezeNet"), cameras([False, False])))
