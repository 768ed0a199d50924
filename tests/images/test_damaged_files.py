"""Incomplete files are refused, whatever Pillow's switch says."""

import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from orangecontrib.transferlearning.errors import ImageReadError
from orangecontrib.transferlearning.images import channels, opening
from orangecontrib.transferlearning.images import reading as images
from orangecontrib.transferlearning.images.reading import decode_image

from ..samples import FILES, PLAIN_PPM, encode, reason


@pytest.fixture(params=[False, True], ids=["strict", "LOAD_TRUNCATED_IMAGES"])
def truncation_switch(request, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", request.param)
    return request.param


@pytest.mark.parametrize("name", FILES)
def test_whole_file_reads_the_same_whatever_the_switch_says(name, monkeypatch):
    expected = decode_image(FILES[name])
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    np.testing.assert_array_equal(decode_image(FILES[name]), expected)


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9, 0.98])
@pytest.mark.parametrize("name", [name for name in FILES if name != "ppm-plain"])
def test_truncated_file_is_refused(name, part, truncation_switch):
    data = FILES[name][: int(len(FILES[name]) * part)]
    with pytest.raises(ImageReadError, match=r"ends early|not an image"):
        decode_image(data)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is truncation_switch


@pytest.mark.parametrize("name", ["jpeg", "jpeg-progressive", "png", "bmp", "tiff", "ppm"])
def test_half_an_image_is_called_truncated(name, truncation_switch):
    with pytest.raises(ImageReadError, match=r"^the file ends early \(truncated\)$"):
        decode_image(FILES[name][: len(FILES[name]) // 2])


def test_truncated_plain_ppm_is_refused(truncation_switch):
    with pytest.raises(ImageReadError, match="ends early"):
        decode_image(PLAIN_PPM[:-8])


def test_image_without_its_last_byte_is_refused(truncation_switch):
    for name in ("jpeg", "png", "bmp", "tiff", "webp", "ppm"):
        with pytest.raises(ImageReadError):
            decode_image(FILES[name][:-1])


def test_damaged_middle_of_a_png_is_refused(truncation_switch):
    data = bytearray(FILES["png"])
    data[len(data) // 2] ^= 1
    with pytest.raises(ImageReadError, match="damaged"):
        decode_image(bytes(data))


def test_damaged_png_with_right_checksums_is_refused(truncation_switch):
    start = FILES["png"].index(b"IDAT")
    length = struct.unpack_from(">I", FILES["png"], start - 4)[0]
    body = bytearray(FILES["png"][start : start + 4 + length])
    body[len(body) // 2] ^= 0xFF
    data = FILES["png"][:start] + body + struct.pack(">I", zlib.crc32(body)) + FILES["png"][start + 8 + length :]
    with pytest.raises(ImageReadError, match="damaged|ends early"):
        decode_image(data)


def test_damaged_gif_is_refused_whatever_the_switch_says(truncation_switch):
    data = bytearray(FILES["gif"])
    data[len(data) // 2 : len(data) // 2 + 20] = b"\xff" * 20
    with pytest.raises(ImageReadError, match="damaged"):
        decode_image(bytes(data))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FILES)
def test_damaged_file_gives_an_image_or_a_reason_and_nothing_else(name, truncation_switch, monkeypatch):
    monkeypatch.setattr(opening, "MAX_PIXELS", 10**6)  # a damaged header may promise pixels by the gigabyte
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


def test_switches_of_pillow_are_left_as_they_were(truncation_switch):
    limit = Image.MAX_IMAGE_PIXELS
    for data in (FILES["png"], FILES["jpeg"][:500]):
        try:
            decode_image(data)
        except ImageReadError:
            continue
    assert ImageFile.LOAD_TRUNCATED_IMAGES is truncation_switch
    assert limit == Image.MAX_IMAGE_PIXELS


def test_empty_file_is_refused():
    assert reason(decode_image, b"") == "the file is empty"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello, world" * 50, "not an image, but text"),
        (b"\0" * 999, "not an image, but zeros only"),
        (b"%PDF-1.4\n...", "not an image, but a PDF document: save its pages as images"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not an image, but a PostScript drawing: export it as PNG"),
        (b"\1\2\3\4" * 9, "not an image that Pillow can open"),
    ],
)
def test_other_content_is_not_an_image(data, said):
    assert reason(decode_image, data) == said


@pytest.mark.parametrize("start", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n\0\0", b"GIF89a\1"])
def test_beginning_of_an_image_is_called_that(start):
    assert reason(decode_image, start).startswith("the file ends early")


def oversized_png(side):
    data = bytearray(encode(np.zeros((1, 1), np.uint8), "PNG"))
    data[16:24] = struct.pack(">II", side, side)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def test_decompression_bomb_is_refused():
    expected = "the image is too large (400000000 pixels; the limit is 178956970 pixels)"
    assert reason(decode_image, oversized_png(20000)) == expected


def test_oversized_image_is_refused_even_if_pillow_has_no_limit(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    expected = "the image is too large (20000 x 20000 pixels; the limit is 178956970 pixels)"
    assert reason(decode_image, oversized_png(20000)) == expected


@pytest.mark.parametrize("error", [TypeError, AttributeError, KeyError, RuntimeError])
def test_mistake_of_our_own_is_no_fault_of_the_image(monkeypatch, error):
    def mistake(*arguments):
        raise error("ours")

    monkeypatch.setattr(channels, "gray_to_uint8", mistake)
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
