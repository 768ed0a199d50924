"""Batches of a stream joined: nothing is lost, and maps of different shapes are refused in words."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SettingError
from orangecontrib.transferlearning.records import Embeddings, Skipped, check_shapes, concatenate, describe_unread


def part(*keys, value, skipped=()):
    features = np.full((len(keys), 2), value, np.float32)
    labels, metas = [f"label of {key}" for key in keys], [{"name": key} for key in keys]
    return Embeddings([*keys], features, labels, [*skipped], "fingerprint", metas, ("left",), "imagenet")


def test_everything_of_every_batch_comes_out_in_order():
    lost = [Skipped("c", "damaged"), Skipped("e", "empty")]
    joined = concatenate([part("a", "b", value=1), part(value=2, skipped=lost[:1]), part("d", value=3)], 2)
    last = concatenate([joined, part(value=0, skipped=lost[1:])], 2)
    assert last.keys == ["a", "b", "d"]
    assert last.features.tolist() == [[1, 1], [1, 1], [3, 3]]
    assert last.labels == ["label of a", "label of b", "label of d"]
    assert [each["name"] for each in last.metas] == ["a", "b", "d"]
    assert last.skipped == lost
    assert (last.fingerprint, last.columns, last.weights) == ("fingerprint", ("left",), "imagenet")


@pytest.mark.parametrize("parts", [[], [part(value=0)]])
def test_without_images_there_are_no_rows_of_as_many_features(parts):
    joined = concatenate(parts, 2)
    assert joined.features.shape == (0, 2)
    assert joined.features.dtype == np.float32
    assert joined.keys == joined.labels == joined.metas == joined.skipped == []
    said = (joined.fingerprint, joined.columns, joined.weights)
    assert said == (("fingerprint", ("left",), "imagenet") if parts else ("", (), ""))


def test_maps_of_different_shapes_are_refused_by_their_first_images():
    maps = [
        Embeddings([key, key + "2"], np.zeros((2, side, 3, 8), np.float32), [None] * 2)
        for key, side in (("a", 1), ("b", 2))
    ]
    check_shapes(maps[0], maps[0])
    with pytest.raises(SettingError, match=r"\(1, 3, 8\) for a, \(2, 3, 8\) for b\): use `stream`"):
        check_shapes(*maps)


def skipped(reason, *names):
    return [Skipped(name, reason) for name in names]


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (skipped("no such file", "a"), "The image could not be read: a: no such file"),
        (skipped("empty", "a", "b"), "None of the 2 images could be read: empty (a, b)"),
        (skipped("empty", *"abcd"), "None of the 4 images could be read: empty (a, b, c and 1 other)"),
        (skipped("empty", *"abcdefghijk"), "None of the 11 images could be read: empty (a, b, c and 8 others)"),
        (
            [*skipped("empty", "a"), *skipped("damaged", *"bcdef")],
            "None of the 6 images could be read: 5 (b, c, d and 2 others): damaged; 1 (a): empty",
        ),
        (
            [each for number in range(7) for each in skipped(f"reason {number}", f"{number}.png")],
            "None of the 7 images could be read: 1 (0.png): reason 0; 1 (1.png): reason 1; 1 (2.png): reason 2; "
            "1 (3.png): reason 3; 1 (4.png): reason 4; and 2 for other reasons",
        ),
        (
            skipped("empty", "x" * 500, "b"),
            f"None of the 2 images could be read: empty (...{'x' * 80}, b)",
        ),
    ],
)
def test_all_reasons_are_told_with_their_numbers_and_first_images(lost, expected):
    assert describe_unread(lost) == expected
