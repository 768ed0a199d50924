"""Why a picture cannot be read, in words."""

import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from orangecontrib.transferlearning import images
from orangecontrib.transferlearning.errors import ImageReadError
from orangecontrib.transferlearning.images import decode_image

from .samples import FILES, encode, reason


@pytest.fixture(params=[False, True], ids=["strict", "LOAD_TRUNCATED_IMAGES"])
def truncation_switch(request, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", request.param)
    return request.param


def test_empty_file_is_refused(tmp_path):
    (tmp_path / "a.jpg").touch()
    assert reason(tmp_path / "a.jpg") == "the file is empty"


@pytest.mark.parametrize("data", [b"hello, world" * 50, b"\0" * 999, b"%PDF-1.4\n...", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_other_content_is_not_a_picture(data):
    with pytest.raises(ImageReadError, match="not a picture that Pillow can open"):
        decode_image(data)


def oversized_png(side):
    data = bytearray(encode(np.zeros((1, 1), np.uint8), "PNG"))
    data[16:24] = struct.pack(">II", side, side)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def test_decompression_bomb_is_refused():
    with pytest.raises(ImageReadError, match=r"too large \(400000000 pixels; the limit is 178956970 pixels\)"):
        decode_image(oversized_png(20000))


def test_oversized_picture_is_refused_even_if_pillow_has_no_limit(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with pytest.raises(ImageReadError, match=r"too large \(20000 x 20000 pixels; the limit is 178956970 pixels\)"):
        decode_image(oversized_png(20000))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FILES)
def test_damaged_file_gives_a_picture_or_a_reason_and_nothing_else(name, truncation_switch, monkeypatch):
    monkeypatch.setattr(images, "MAX_PIXELS", 10**6)  # a damaged header may promise pixels by the gigabyte
    chance = random.Random(name)
    for _ in range(60):
        data = bytearray(FILES[name])
        for _ in range(chance.randint(1, 8)):
            reach = len(data) if chance.random() < 0.5 else min(len(data), 200)
            data[chance.randrange(reach)] = chance.randrange(256)
        del data[chance.choice([len(data), chance.randrange(len(data))]) :]
        try:
            pixels = decode_image(bytes(data), (8, 8))
        except ImageReadError as error:
            assert str(error)
        else:
            assert (pixels.shape, pixels.dtype) == ((8, 8, 3), np.uint8)
