"""Features, labels and metas come back from every format as they were written."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SinkError, SourceError
from orangecontrib.transferlearning.features.opening import open_features, open_sink, read_features
from orangecontrib.transferlearning.features.saved_features import (
    SavedFeatures,
    columns_of,
    n_block_rows,
    row_blocks,
    sorted_labels,
)
from orangecontrib.transferlearning.records import Embeddings, Skipped

FIRST = Embeddings(
    ["x/1.png", "ž/2.png"],
    np.array([[0.1, 2, -3], [1 / 3, 1e-20, 3e38]], np.float32),
    ["a, b", None],
    [Skipped("bad.png", "no such file")],
    "Network layer=last",
    [{"speed": 1.5, "road/no.": "A1"}, {"speed": None, "road/no.": None}],
)
SECOND = Embeddings(
    ["3"], np.array([[5, 6, 7]], np.float32), ["ž"], [], "Network layer=last", [{"speed": 2.0, "road/no.": "ö"}]
)
FEATURES = np.concatenate([FIRST.features, SECOND.features])
ENDINGS = [".h5", ".hdf5", ".npz", ".parquet", ".csv", ""]
FULL = [".h5", ".npz", ".parquet"]


def saved(path, *parts, label_name="Kind", **options):
    with open_sink(path, label_name, keys=True, **options) as sink:
        for part in parts:
            sink.write(part)
    return open_features(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_features_keys_and_labels_come_back_as_they_were(tmp_path, ending):
    found = saved(tmp_path / f"f{ending}", FIRST, SECOND).to_embeddings()
    np.testing.assert_array_equal(found.features, FEATURES)
    assert found.features.dtype == np.float32
    assert found.keys == ["x/1.png", "ž/2.png", "3"]
    assert found.labels == ["a, b", None, "ž"]


@pytest.mark.parametrize("ending", [*FULL, ".csv"])
def test_other_columns_come_back_numbers_as_numbers_and_gaps_as_gaps(tmp_path, ending):
    found = saved(tmp_path / f"f{ending}", FIRST, SECOND)
    assert found.metas == {"speed": [1.5, None, 2.0], "road/no.": ["A1", None, "ö"]}
    assert found.to_embeddings().metas[2] == {"speed": 2.0, "road/no.": "ö"}
    assert (found.label_name, found.classes) == ("Kind", ("a, b", "ž"))


@pytest.mark.parametrize("ending", FULL)
def test_fingerprint_comes_back(tmp_path, ending):
    assert saved(tmp_path / f"f{ending}", FIRST).to_embeddings().fingerprint == "Network layer=last"


@pytest.mark.parametrize("ending", FULL)
def test_target_is_a_number_with_gaps_and_has_no_classes(tmp_path, ending):
    part = Embeddings(["a", "b", "c"], np.zeros((3, 2), np.float32), [1, None, 2.5])
    found = saved(tmp_path / f"f{ending}", part, is_target=True)
    assert found.is_target
    assert found.labels == [1.0, None, 2.5]
    assert found.classes == ()


@pytest.mark.parametrize("ending", [*FULL, ".csv"])
def test_classes_that_are_numbers_stay_numbers_in_their_order(tmp_path, ending):
    part = Embeddings(["a", "b", "c"], np.zeros((3, 2), np.float32), [10, 9, 10])
    found = saved(tmp_path / f"f{ending}", part)
    assert (found.labels, found.classes, found.is_target) == ([10, 9, 10], (9, 10), False)


@pytest.mark.parametrize("ending", [*FULL, ".csv"])
def test_several_images_a_row_keep_their_columns(tmp_path, ending):
    part = Embeddings(["r"], np.arange(6, dtype=np.float32)[None], [None], columns=("left", "right eye"))
    found = saved(tmp_path / f"f{ending}", part)
    assert found.columns == ("left", "right eye")
    assert found.feature_names[3] == "right eye n0"
    assert found.to_embeddings().feature_names == part.feature_names


@pytest.mark.parametrize("ending", ENDINGS)
def test_without_labels_there_are_none(tmp_path, ending):
    found = saved(tmp_path / f"f{ending}", FIRST, label_name=None)
    assert found.label_name is None
    assert found.to_embeddings().labels == [None, None]


@pytest.mark.parametrize("ending", FULL)
def test_many_rows_in_many_blocks_come_back_whole(tmp_path, ending, monkeypatch):
    monkeypatch.setattr("orangecontrib.transferlearning.features.saved_features.BLOCK_BYTES", 1000)
    monkeypatch.setattr("orangecontrib.transferlearning.features.hdf5_writing.CHUNK_BYTES", 600)
    monkeypatch.setattr("orangecontrib.transferlearning.features.parquet_file.GROUP_ROWS", 100)
    rows = np.random.default_rng(0).normal(size=(1000, 7)).astype(np.float32)
    parts = [
        Embeddings([str(i) for i in range(at, min(at + 13, 1000))], rows[at : at + 13], [0] * len(rows[at : at + 13]))
        for at in range(0, 1000, 13)
    ]
    found = saved(tmp_path / f"f{ending}", *parts, buffer_size=50)
    assert len(list(found.read_blocks())) > 5
    assert found.read_into(np.empty((1000, 7), np.float32)).tobytes() == rows.tobytes()
    assert found.keys == [str(i) for i in range(1000)]
    assert [path.name for path in tmp_path.iterdir()] == [f"f{ending}"]


@pytest.mark.parametrize("ending", FULL)
def test_nothing_written_is_a_file_of_no_rows(tmp_path, ending):
    assert saved(tmp_path / f"f{ending}").shape == (0, 0)


@pytest.mark.parametrize("ending", [".h5", ".npz", ".parquet", ".csv", ".npy"])
def test_file_that_is_absent_or_of_something_else_is_refused(tmp_path, ending):
    with pytest.raises(SourceError, match="no such file|found none"):
        open_features(tmp_path / f"f{ending}")
    for content in (b"something else", b""):
        (tmp_path / f"f{ending}").write_bytes(content)
        with pytest.raises(SourceError, match=f"f{ending}: "):
            open_features(tmp_path / f"f{ending}")


@pytest.mark.parametrize("ending", FULL)
def test_file_that_was_cut_is_refused(tmp_path, ending):
    saved(tmp_path / f"f{ending}", FIRST, SECOND)
    whole = (tmp_path / f"f{ending}").read_bytes()
    (tmp_path / f"f{ending}").write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(SourceError, match="damaged or incomplete"):
        read_features(tmp_path / f"f{ending}")


def test_unknown_ending_or_folder_is_refused(tmp_path):
    for path in (tmp_path / "f.xyz", tmp_path):
        with pytest.raises(SourceError, match="expected features in an .h5"):
            open_features(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_maps_are_refused_by_tables(tmp_path, ending):
    maps = Embeddings(["a"], np.zeros((1, 2, 3, 4), np.float32), [None])
    with pytest.raises(SinkError, match=r"not 2 x 3 x 4 values: average or flatten"):
        saved(tmp_path / f"f{ending}", maps)
    assert list(tmp_path.iterdir()) == []


def test_labels_are_sorted_by_size_or_alphabet():
    assert sorted_labels([10, None, 9, 10.5]) == [9, 10, 10.5]
    assert sorted_labels(["b", None, "a", "b"]) == ["a", "b"]
    assert sorted_labels([2, "10"]) == ["10", 2]


def test_columns_of_metas_have_a_value_per_image():
    assert columns_of([{"a": 1}, {"b": "x"}], 2) == {"a": [1, None], "b": [None, "x"]}
    assert columns_of([], 2) == {}


def test_blocks_cover_all_rows_once_and_have_their_size():
    found = list(row_blocks((1001, 25_088)))
    assert n_block_rows(25_088) == 167
    assert [found[0].start, found[-1].stop] == [0, 1001]
    assert all(one.stop == other.start for one, other in zip(found, found[1:], strict=False))


def test_features_have_default_names_unless_names_are_given():
    assert SavedFeatures((0, 2), list).feature_names == ["n0", "n1"]
    assert SavedFeatures((0, 2), list, names=["width", "n0"]).feature_names == ["width", "n0"]


@pytest.mark.parametrize("ending", [*FULL, ".csv"])
def test_column_called_like_a_feature_gets_a_number_and_features_stay(tmp_path, ending):
    part = Embeddings(["a"], np.array([[1, 2]], np.float32), [7], metas=[{"n0": 3, "key": "x"}])
    found = saved(tmp_path / f"f{ending}", part, label_name="n1")
    assert found.feature_names == ["n0", "n1"]
    assert found.read_into(np.empty((1, 2))).tolist() == [[1, 2]]
    assert (found.keys, found.labels, list(found.metas.values())) == (["a"], [7], [[3], ["x"]])
    if ending == ".csv":
        assert (tmp_path / "f.csv").read_text().splitlines()[0] == "n1 (2),key,n0 (2),key (2),n0,n1"


@pytest.mark.parametrize("keys", [False, True])
@pytest.mark.parametrize("label_name", [None, "Kind"])
@pytest.mark.parametrize("metas", [[], [{"index": 5, "speed": 2}]])
def test_csv_never_takes_another_column_for_the_labels(tmp_path, keys, label_name, metas):
    with open_sink(tmp_path / "f.csv", label_name, keys=keys) as sink:
        sink.write(Embeddings(["a"], np.zeros((1, 2), np.float32), ["x"], metas=metas))
    found = open_features(tmp_path / "f.csv")
    assert (found.label_name, found.labels) == (label_name, ["x"] if label_name else [])
    assert found.metas == ({"index": [5], "speed": [2]} if metas else {})
    assert found.keys == (["a"] if keys or metas else [])


def test_columns_of_a_csv_file_without_a_known_meaning_are_no_labels(tmp_path):
    (tmp_path / "f.csv").write_text("index,speed,n0,n1\n5,2,0,0\n")
    found = open_features(tmp_path / "f.csv")
    assert (found.label_name, found.metas) == (None, {"index": [5], "speed": [2]})


@pytest.mark.parametrize("ending", FULL)
def test_whole_numbers_with_a_gap_stay_numbers_where_they_can(tmp_path, ending):
    metas = [{"lane": 1, "time": 2**60 + 1}, {"lane": None, "time": None}, {"lane": 3, "time": 4}]
    part = Embeddings(["a", "b", "c"], np.zeros((3, 1), np.float32), [None] * 3, metas=metas)
    found = saved(tmp_path / f"f{ending}", part, label_name=None).metas
    assert found["lane"] == [1, None, 3]
    assert list(map(str, found["time"])) == [str(2**60 + 1), "None", "4"]


def test_one_long_text_does_not_cost_its_length_for_each_row(tmp_path):
    import tracemalloc

    from orangecontrib.transferlearning.features.hdf5_writing import write_hdf5

    long = SavedFeatures(
        (2000, 1), lambda: [np.zeros((2000, 1), np.float32)], metas={"note": ["x" * 20_000] + ["y"] * 1999}
    )
    tracemalloc.start()
    write_hdf5(tmp_path / "f.h5", long)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
    assert open_features(tmp_path / "f.h5").metas["note"][0] == "x" * 20_000


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("labels", [["1.1", "1.10", "1"], ["10", "10.0", "9"], ["+1", "1", "2"], ["1.10", "1.25", "2"]])
def test_classes_in_several_spellings_of_a_number_are_the_same_in_every_format(tmp_path, ending, labels):
    part = Embeddings(["a", "b", "c"], np.zeros((3, 2), np.float32), labels)
    found = saved(tmp_path / f"f{ending}", part)
    assert (found.labels, set(found.classes)) == (labels, set(labels))
