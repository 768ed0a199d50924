"""Names of files mirror the keys, and never lead out of their folder or to one another."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orangecontrib.transferlearning.features.file_names import FileNames


@pytest.mark.parametrize(
    "key, name",
    [
        ("left/1.jpg", "left/1.npy"),
        ("1", "1.npy"),
        ("/home/me/1.jpg", "home/me/1.npy"),
        ("../../1.jpg", "_/_/1.npy"),
        ("a/./b//1.jpg", "a/b/1.npy"),
        ("C:\\photos\\1.jpg", "C_/photos/1.npy"),
        ("https://a.org/b/1.jpg?size=2", "a.org/b/1.npy"),
        (".part/rows.jsonl", "_part/rows.npy"),
        ("nul/con.jpg", "_nul/_con.npy"),
        ("a/", "a.npy"),
        ("", "_.npy"),
        ("..", "_.npy"),
        ("žába.png", "žába.npy"),
        ("1.jpg (2)", "1.npy"),
    ],
)
def test_key_gives_a_name_within_the_folder(key, name):
    assert str(FileNames().of(key)) == name


@pytest.mark.parametrize(
    "keys, names",
    [
        (["1.jpg", "1.png", "1.PNG"], ["1.npy", "1.png.npy", "1.PNG (2).npy"]),
        (["a:b.jpg", "a?b.jpg", "a*b.jpg"], ["a_b.npy", "a_b.jpg.npy", "a_b.jpg (2).npy"]),
        (["A/1.jpg", "a/1.jpg"], ["A/1.npy", "a/1.jpg.npy"]),
        (["a.jpg", "a.npy/1.jpg"], ["a.npy", "a.npy_/1.npy"]),
    ],
)
def test_keys_do_not_share_a_name(keys, names):
    found = FileNames()
    result = [str(found.of(key)) for key in keys]
    assert result == names


def test_long_names_are_cut_and_stay_different():
    names = FileNames()
    one, other = (names.of("ž" * 300 + end).name for end in ("a.jpg", "b.jpg"))
    assert one != other
    assert max(len(one.encode()), len(other.encode())) < 255


@given(st.lists(st.text(st.sampled_from("aA1./\\:.ž "), max_size=8), unique=True, max_size=30))
def test_any_keys_give_names_of_their_own_that_can_be_written(keys):
    names = FileNames()
    found = [names.of(key) for key in keys]
    files = {str(name).casefold() for name in found}
    assert len(files) == len(keys)
    for name in found:
        assert name.suffix == ".npy"
        assert not name.is_absolute()
        assert not any(part.startswith(".") for part in name.parts)
        assert not files & {str(folder).casefold() for folder in name.parents}
    assert found == [again.of(key) for again in [FileNames()] for key in keys]
    assert all(isinstance(name, PurePosixPath) for name in found)
