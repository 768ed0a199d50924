"""Which pictures have the same content."""

import numpy as np
import pytest

from orangecontrib.transferlearning.contenthash import content_hash
from orangecontrib.transferlearning.errors import ImageReadError


def test_content_hash_tells_bytes_types_shapes_and_values_apart():
    array = np.arange(24, dtype=np.uint8).reshape(4, 6)
    contents = [
        b"",
        b"a",
        array.tobytes(),
        array,
        array.reshape(6, 4),
        array.astype(np.int8),
        array.astype(np.uint16),
        array.T,
        array + np.uint8(1),
        array[:0],
        array[:, :0],
        np.float32(1) * array,
        np.array(1.0),
        np.array([1.0]),
    ]
    assert len({content_hash(content) for content in contents}) == len(contents)
    assert {len(content_hash(content)) for content in contents} == {16}


def test_content_hash_depends_on_values_and_not_on_their_place_in_memory():
    array = np.arange(240, dtype=np.float64).reshape(4, 6, 10)
    for view in (array[::-1, ::2], array.T, array[:, 3]):
        assert content_hash(view) == content_hash(view.copy())
    assert content_hash(np.asfortranarray(array)) == content_hash(array)
    assert content_hash(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223"


def test_an_array_of_objects_is_no_picture():
    with pytest.raises(ImageReadError, match="must be numbers"):
        content_hash(np.array([None]))
