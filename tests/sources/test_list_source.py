"""Images at hand get keys that are unique and keep their order."""

import os
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orangecontrib.transferlearning.sources.list_source import ListSource

from ..samples import keys, labels, refusal


def test_list_takes_paths_urls_and_arrays():
    array = np.zeros((2, 2), np.uint8)
    locations = ["a.jpg", Path("b/c.png"), array, "data:image/png;base64,AAAA", "https://x.org/a.jpg", "a.jpg"]
    source = ListSource(locations, labels=["u", "v", None, 1, 2.5, ""])
    assert keys(source) == ["a.jpg", os.path.join("b", "c.png"), "2", "3", "https://x.org/a.jpg", "a.jpg (2)"]
    assert labels(source) == ["u", "v", None, 1, 2.5, None]
    assert [item.location for item in source][2] is array
    assert source.label_name == "Class"


def test_list_uses_the_given_keys():
    source = ListSource(["a.jpg", "b.jpg", "c.jpg"], keys=["x", "y", "x"])
    assert (keys(source), source.label_name) == (["x", "y", "x (2)"], None)


def test_list_keeps_what_else_is_known():
    source = ListSource(["a.jpg", "b.jpg"], metas=[{"speed": 1}, {"speed": 2}])
    assert source.meta_names == ("speed",)
    assert [item.metas for item in source] == [{"speed": 1}, {"speed": 2}]
    assert ListSource(["a.jpg"]).meta_names == ()


def test_list_that_does_not_fit_is_refused():
    assert "expected 2 labels, one for each image, found 1" in refusal(ListSource, ["a", "b"], labels=["x"])
    assert "expected 2 keys, one for each image, found 3" in refusal(ListSource, ["a", "b"], keys="xyz")
    assert "expected 2 metas, one for each image, found 1" in refusal(ListSource, ["a", "b"], metas=[{}])
    assert "received a single location: a.jpg" in refusal(ListSource, "a.jpg")


@given(st.lists(st.sampled_from(["a", "a (2)", "a (3)", "b", "b (2)", "b (2) (2)"])))
def test_keys_are_unique_keep_their_order_and_change_only_if_repeated(given_keys):
    unique = keys(ListSource(["x"] * len(given_keys), keys=given_keys))
    assert len(set(unique)) == len(given_keys)
    for position, (key, given_key) in enumerate(zip(unique, given_keys, strict=True)):
        assert key.startswith(given_key)
        assert (key == given_key) == (given_key not in given_keys[:position])
