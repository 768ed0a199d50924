"""A damaged file of features is refused, or gives the same features: never other ones."""

import random
import shutil
from collections import Counter

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SinkError, SourceError
from orangecontrib.transferlearning.features.opening import open_features, open_sink
from orangecontrib.transferlearning.records import Embeddings, ImageItem

CHECKED = ["f.h5", "f.npz", "f.parquet", "f/"]
"""Formats with checksums."""

N = 60


class Images(list):
    """Images as a source."""

    label_name, is_target, columns, meta_names = "Class", False, (), ("speed", "road")

    def __init__(self):
        metas = [{"speed": i / 4, "road": f"r{i % 5}"} for i in range(N)]
        super().__init__(ImageItem(f"a/{i}.png", "", f"class {i % 3}", meta) for i, meta in enumerate(metas))


def parts(start=0):
    features = np.random.default_rng(0).random((N, 30), np.float32)
    for i in range(start, N, 20):
        images = Images()[i : i + 20]
        keys, labels, metas = ([getattr(each, of) for each in images] for of in ("key", "label", "metas"))
        yield Embeddings(keys, features[i : i + 20], labels, [], "Net layer=x", metas, weights="imagenet")


def write(path):
    with open_sink(path, "Class", **{"keys": True} if path.endswith((".csv", "pair")) else {}) as sink:
        for part in parts():
            sink.write(part)


def content(path):
    saved = open_features(path)
    values = {name: value for name, value in vars(saved).items() if name != "read_blocks"}
    return values, saved.read_into(np.empty(saved.shape, np.float32)).tobytes()


def damage(folder, seed):
    """Overwrite 1 to 20 bytes of one of the files in a folder, together or apart."""
    chance = random.Random(seed)
    path = chance.choice(sorted(each for each in folder.rglob("*") if each.is_file()))
    data, n_bytes = bytearray(path.read_bytes()), chance.randint(1, 20)
    start = chance.randrange(len(data))
    together = seed % 2
    for i in range(n_bytes):
        data[min(start + i, len(data) - 1) if together else chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data)


def outcomes(tmp_path, name, seeds):
    (tmp_path / "good").mkdir()
    write(f"{tmp_path}/good/{name}")
    expected, found = content(f"{tmp_path}/good/{name}"), Counter()
    for seed in seeds:
        shutil.rmtree(tmp_path / "bad", ignore_errors=True)
        shutil.copytree(tmp_path / "good", tmp_path / "bad")
        damage(tmp_path / "bad", seed)
        try:
            found["same" if content(f"{tmp_path}/bad/{name}") == expected else f"other, seed {seed}"] += 1
        except SourceError:
            found["refused"] += 1
    return found


@pytest.mark.parametrize("name", CHECKED)
def test_overwritten_bytes_never_give_other_features(tmp_path, name):
    found = outcomes(tmp_path, name, range(30))
    assert found.keys() <= {"refused", "same"}
    assert found["refused"] > 20


@pytest.mark.thorough
@pytest.mark.parametrize("name", CHECKED)
def test_many_overwritten_bytes_never_give_other_features(tmp_path, name):
    assert outcomes(tmp_path, name, range(30, 400)).keys() <= {"refused", "same"}


@pytest.mark.parametrize("name", ["f.csv", "pair"])
def test_formats_without_checksums_raise_no_other_error_than_ours(tmp_path, name):
    assert outcomes(tmp_path, name, range(40))["refused"] > 5


@pytest.mark.parametrize("name", [*CHECKED, "pair"])
@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_torn_file_is_refused(tmp_path, name, share):
    write(f"{tmp_path}/{name}")
    path = max((each for each in tmp_path.rglob("*") if each.is_file()), key=lambda each: each.stat().st_size)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(SourceError, match="cannot be read|damaged|expected 5 cells"):
        content(f"{tmp_path}/{name}")


@pytest.mark.parametrize("name", CHECKED)
@pytest.mark.parametrize("start", [40, 60])
def test_features_of_a_stopped_run_that_were_damaged_since_are_refused(tmp_path, name, start):
    with pytest.raises(RuntimeError), open_sink(f"{tmp_path}/{name}", "Class", buffer_size=20) as sink:
        for part in list(parts())[: start // 20]:
            sink.write(part)
        raise RuntimeError
    path = tmp_path / "f/.part/arrays/a/7.npy" if name == "f/" else tmp_path / f".{name}.part" / "features.f4"
    data = bytearray(path.read_bytes())
    data[-200 if name == "f/" else 777] ^= 1
    path.write_bytes(data)
    with pytest.raises((SinkError, SourceError), match="damaged"):
        with open_sink(f"{tmp_path}/{name}", "Class", resume=True) as sink:
            sink.resume(Images(), "Net layer=x")
            for part in parts(start):
                sink.write(part)
        content(f"{tmp_path}/{name}")


def test_damaged_name_of_the_trailer_is_no_file_of_others(tmp_path):
    write(f"{tmp_path}/f.h5")
    path = tmp_path / "f.h5"
    path.write_bytes(path.read_bytes().replace(b"orange-transfer checksums", b"nrange-transfer checksums"))
    with pytest.raises(SourceError, match="f.h5: the HDF5 file is damaged or incomplete: its checksums are not"):
        open_features(path)


def test_text_array_with_an_impossible_letter_is_damaged(tmp_path):
    np.save(tmp_path / "X_data.npy", np.zeros((2, 3), np.float32))
    np.save(tmp_path / "X_labels.npy", np.array(["a", "b"]))
    content = bytearray((tmp_path / "X_labels.npy").read_bytes())
    content[-1] = 0xFF
    (tmp_path / "X_labels.npy").write_bytes(content)
    with pytest.raises(SourceError, match="cannot be read; it is damaged or incomplete"):
        open_features(tmp_path / "X_data.npy")
