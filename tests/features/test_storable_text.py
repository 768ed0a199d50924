"""Any text that a format accepts comes back equal; what it cannot hold is refused before the first image is read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.features import storable_text
from orangecontrib.transferlearning.features.opening import open_features, open_sink
from orangecontrib.transferlearning.records import Embeddings, ImageItem

NAMES = ["f.h5", "f.npz", "f.parquet", "f.csv", "pair", "f/"]
TEXT = st.text(st.one_of(st.sampled_from("\r\n\",;'\t a=#"), st.characters(exclude_categories=["Cs"])), max_size=8)
"""Text with all that has a meaning in some format, and NUL."""


class Images(list):
    """Images as a source."""

    label_name, is_target, columns = "Class", False, ()

    def __init__(self, keys, labels, metas):
        super().__init__(map(ImageItem, keys, keys, labels, metas))
        self.meta_names = tuple(metas[0])


def sink(folder, name, label_name="Class", **options):
    return open_sink(f"{folder}/{name}", label_name, **{"keys": True} if name in ("f.csv", "pair") else {}, **options)


def features(n_images):
    return np.arange(n_images, dtype=np.float32)[:, None]


@pytest.mark.parametrize("name", NAMES)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4), TEXT)
def test_text_comes_back_equal_or_is_refused_at_once(tmp_path_factory, name, rows, meta_name):
    folder = tmp_path_factory.mktemp("text")
    keys, labels = ([f"k{text}" for text in texts] for texts in zip(*rows, strict=True))
    metas = [{f"m{meta_name}": label} for label in labels]
    if any("\0" in text for text in (*keys, *labels, meta_name)):
        with pytest.raises(SinkError, match="cannot hold a NUL character"), sink(folder, name) as opened:
            opened.write(Embeddings(keys, features(len(keys)), labels, metas=metas))
        assert list(folder.iterdir()) == []
        return
    with sink(folder, name) as opened:
        opened.check(Images(keys, labels, metas))
        opened.write(Embeddings(keys, features(len(keys)), labels, metas=metas))
    found = open_features(folder / name)
    assert (found.keys, found.labels) == (keys, labels)
    assert found.metas == ({} if name == "pair" else {f"m{meta_name}": labels})
    assert found.to_embeddings().features[:, 0].tolist() == list(range(len(keys)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change, words",
    [
        ({"labels": ["fine", "a\0b"]}, r"a NUL character in the label of 'two', 'a\\x00b': remove it"),
        ({"labels": ["fine", "a\ud800b"]}, r"'\\ud800', which is no character, in the label of 'two', 'a"),
        ({"keys": ["a\udfffb", "two"]}, r"'\\udfff', which is no character, in the key of 'a"),
        ({"metas": [{"road": "a\0"}] * 2}, r"a NUL character in the road of 'one', 'a\\x00': remove it"),
        ({"metas": [{"ro\0ad": "a"}] * 2}, r"a NUL character in a name, 'ro\\x00ad': remove it"),
        ({"metas": [{"x" * 10_001: "a"}] * 2}, "The name xxx.* has 10001 characters: shorten it to 10000 at most"),
    ],
)
def test_what_no_format_holds_is_refused_before_the_first_image(tmp_path, name, change, words):
    parts = {"keys": ["one", "two"], "labels": ["a", "b"], "metas": [{"road": "x"}] * 2} | change
    with pytest.raises(SinkError, match=words):
        sink(tmp_path, name).check(Images(**parts))
    with pytest.raises(SinkError, match=words), sink(tmp_path, name) as opened:
        opened.write(Embeddings(parts["keys"], features(2), parts["labels"], metas=parts["metas"]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_image_whose_path_has_a_nul_is_left_to_be_skipped(tmp_path, name):
    sink(tmp_path, name).check(Images(["a\0.png"], ["x"], [{}]))


@pytest.mark.parametrize("name", NAMES)
def test_long_text_comes_back_or_is_refused_by_its_length(tmp_path, name):
    labels = ["x" * 131_073, "y"]
    words = "A cell of CSV can hold 131072 characters, and the label of 'one' has 131073: shorten it, or write an .h5"
    if name in ("f.csv", "f/"):
        with pytest.raises(SinkError, match=words):
            sink(tmp_path, name).check(Images(["one", "two"], labels, [{}, {}]))
        labels[0] = labels[0][1:]
    with sink(tmp_path, name) as opened:
        opened.check(Images(["one", "two"], labels, [{}, {}]))
        opened.write(Embeddings(["one", "two"], features(2), labels))
    assert open_features(tmp_path / name).labels == labels


@pytest.mark.parametrize("name", ["f.npz", "pair"])
def test_text_that_would_fill_the_disk_as_an_array_is_refused(tmp_path, name, monkeypatch):
    monkeypatch.setattr(storable_text, "MAX_ARRAY_BYTES", 4 * 2 * 1000)
    words = "the column label would take 0.0 GB, as each of its 2 texts takes the room of the longest one, of 1001"
    sink(tmp_path, name).check(Images(["one", "two"], ["x" * 1000, "y"], [{}, {}]))
    with pytest.raises(SinkError, match=words):
        sink(tmp_path, name).check(Images(["one", "two"], ["x" * 1001, "y"], [{}, {}]))
    with pytest.raises(SinkError, match="A column of text would take"), sink(tmp_path, name) as opened:
        opened.write(Embeddings(["one", "two"], features(2), ["x" * 1001, "y"]))
    assert not any(path.suffix in (".npz", ".npy") for path in tmp_path.iterdir())


@pytest.mark.parametrize("name", ["f.h5", "f.npz", "f.csv"])
def test_thousands_of_image_columns_come_back(tmp_path, name):
    columns = tuple(f"camera {i}" for i in range(6000))
    part = Embeddings(["a"], np.arange(6000, dtype=np.float32)[None], [None], columns=columns)
    with sink(tmp_path, name, None) as opened:
        opened.write(part)
    found = open_features(tmp_path / name)
    assert found.to_embeddings().features.tolist() == [list(range(6000))]
    assert found.columns == columns
