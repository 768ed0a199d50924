"""One rule for numbers of every type."""

import numpy as np
import pytest

from orangecontrib.transferlearning.images import pixels
from orangecontrib.transferlearning.images.pixels import gray_to_uint8, pixel_scale, to_uint8

from ..samples import reason


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 7, 255], np.uint8), [0, 7, 255]),
        (np.array([0, 7, 255], np.int64), [0, 7, 255]),
        (np.array([0, 7, 255], ">u2"), [0, 7, 255]),
        (np.array([False, True, True]), [0, 255, 255]),
        (np.array([0, 0.1, 1]), [0, 26, 255]),
        (np.array([0, 1, 1.01], np.float32), [0, 1, 1]),
        (np.array([0, 7.6, 255], np.float16), [0, 8, 255]),
    ],
)
def test_values_become_uint8_by_one_rule_for_the_whole_array(values, expected, monkeypatch):
    monkeypatch.setattr(pixels, "_CHUNK_BYTES", 1)
    scaled = to_uint8(values, pixel_scale(values))
    assert (scaled.tolist(), scaled.dtype) == (expected, np.uint8)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 256, 3], "from 0 to 256"),
        ([0, -1, 3], "from -1 to 3"),
        ([0.0, 300.0, 3.0], "from 0.0 to 300.0"),
        ([0.0, np.nan, 3.0], "within 0-255"),
        ([np.nan, 0.0, 3.0], "within 0-255"),
        ([0.0, np.inf, 3.0], "from 0.0 to inf"),
        (["a", "b", "c"], "must be numbers"),
        ([1j, 2j, 3j], "must be numbers"),
    ],
)
def test_values_that_are_no_pixels_are_refused(values, expected, monkeypatch):
    monkeypatch.setattr(pixels, "_CHUNK_BYTES", 1)
    assert expected in reason(pixel_scale, np.array(values))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 257, 65535]], np.uint16), [0, 1, 255]),
        (np.array([[0, 257, 65535]], np.int32), [0, 1, 255]),
        (np.array([[-100, 0, 300]], np.int32), [0, 64, 255]),
        (np.array([[0, 500000, 1000000]], np.int32), [0, 128, 255]),
        (np.array([[0, 0.5, 1]], np.float32), [0, 128, 255]),
        (np.array([[0, 7.4, 255]], np.float32), [0, 7, 255]),
        (np.array([[-1, 0, 3]], np.float32), [0, 64, 255]),
        (np.array([[1000, 1000]], np.float32), [0, 0]),
    ],
)
def test_gray_follows_the_documented_rule(values, expected):
    assert gray_to_uint8(values)[0].tolist() == expected


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_gray_that_is_no_number_is_black_and_does_not_count(value):
    assert gray_to_uint8(np.array([[40, value, 900, 1000]])).tolist() == [[0, 0, 228, 255]]
    expected = "the image holds only values that are not finite numbers"
    assert reason(gray_to_uint8, np.array([[value, value]])) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 255.5]]), [[0, 255]]),  # beyond 255: stretched
        (np.array([[0.0, 1.5, 255]]), [[0, 2, 255]]),
        (np.array([[0, 65536]], np.int64), [[0, 255]]),
        (np.array([[0, 65535]], np.int64), [[0, 255]]),
        (np.array([[0, 257, 128]], np.int64), [[0, 1, 0]]),
        (np.array([[-3, -3]], np.int64), [[0, 0]]),
        (np.array([[0.0, 0.5, 1]]), [[0, 128, 255]]),
        (np.array([[0.0, 1.9]]), [[0, 2]]),
    ],
)
def test_gray_at_the_edges_of_its_ranges(values, expected):
    assert gray_to_uint8(values).tolist() == expected


def test_one_image_has_a_scale_and_nothing_is_computed_in_half_precision():
    assert pixel_scale(np.full((1, 2, 2, 3), 0.5, np.float32)) == 255
    # In half precision this is 127.5, and so 128.
    assert to_uint8(np.array([2047.0], np.float16), 127.47 / 2047).tolist() == [127]
    same = np.zeros((2, 2), np.uint8)
    assert to_uint8(same, 1) is same
    assert to_uint8(np.array([1], np.uint8), 2).tolist() == [2]
