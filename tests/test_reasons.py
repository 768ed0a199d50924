"""Why a picture cannot be read, in words."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning import images
from orangecontrib.transferlearning.images import decode_image

from .samples import encode, reason


def test_empty_file_is_refused():
    assert reason(decode_image, b"") == "the file is empty"


@pytest.mark.parametrize("data", [b"hello, world" * 50, b"\0" * 999, b"%PDF-1.4\n...", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_other_content_is_not_a_picture(data):
    assert reason(decode_image, data) == "not a picture that Pillow can open"


@pytest.mark.parametrize("start", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n\0\0", b"GIF89a\1"])
def test_beginning_of_a_picture_is_called_that(start):
    assert reason(decode_image, start).startswith("the file ends early")


def oversized_png(side):
    data = bytearray(encode(np.zeros((1, 1), np.uint8), "PNG"))
    data[16:24] = struct.pack(">II", side, side)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def test_decompression_bomb_is_refused():
    expected = "the picture is too large (400000000 pixels; the limit is 178956970 pixels)"
    assert reason(decode_image, oversized_png(20000)) == expected


def test_oversized_picture_is_refused_even_if_pillow_has_no_limit(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    expected = "the picture is too large (20000 x 20000 pixels; the limit is 178956970 pixels)"
    assert reason(decode_image, oversized_png(20000)) == expected


@pytest.mark.parametrize("error", [TypeError, AttributeError, KeyError, RuntimeError])
def test_mistake_of_our_own_is_no_fault_of_the_picture(monkeypatch, error):
    def mistake(*arguments):
        raise error("ours")

    monkeypatch.setattr(images, "grey_to_uint8", mistake)
    with pytest.raises(error, match="ours"):
        decode_image(encode(np.zeros((4, 4), np.uint16), "PNG"))
    monkeypatch.setattr(images, "to_uint8", mistake)
    with pytest.raises(error, match="ours"):
        decode_image(np.zeros((4, 4), np.uint8))


def test_lack_of_memory_is_said_in_words(monkeypatch):
    def full(*arguments):
        raise MemoryError

    monkeypatch.setattr(images, "to_uint8", full)
    assert reason(decode_image, np.zeros((4, 4), np.uint8)) == "there is not enough memory for it"
