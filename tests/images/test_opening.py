"""Which library reads a file, and what is said where it is missing."""

import sys
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from orangecontrib.transferlearning.images import opening
from orangecontrib.transferlearning.images.reading import decode_image, readable_extensions
from orangecontrib.transferlearning.images.steps import read_steps

from ..hostile.corpus import heics
from ..hostile.writers import tiff
from ..samples import FILES, encode, reason, scene


@pytest.fixture
def no_codecs(monkeypatch):
    """What tifffile does without imagecodecs for a compression that it has no decoder for."""

    def asarray(*_, **__):
        raise ValueError("<COMPRESSION.LZW: 5> requires the 'imagecodecs' package")

    monkeypatch.setattr(tifffile.TiffPage, "asarray", asarray)


def test_colors_of_16_bits_are_read_by_pillow_where_a_codec_is_missing(no_codecs):
    deep = tiff(scene().astype(np.uint16) * 257, photometric=2, compression=8)
    np.testing.assert_array_equal(decode_image(deep), scene())
    said = reason(decode_image, deep, steps=read_steps(["percentiles:1,99"]))
    assert said == ("a TIFF image with ADOBE_DEFLATE compression and 3 x 16 bits: pip install imagecodecs reads it")


def test_missing_codec_is_named_where_pillow_cannot_help(no_codecs):
    said = reason(decode_image, tiff(np.zeros((3, 3, 5), np.uint16), extra=[0] * 4, compression=8))
    assert "pip install imagecodecs" in said


def test_missing_pydicom_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "pydicom"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    said = reason(decode_image, bytes(128) + b"DICM" + bytes(40))
    assert said == "a DICOM image: pip install Orange3-TransferLearning[medical] reads it"


def test_missing_pillow_heif_is_named(monkeypatch):
    member = next(iter(heics()), None)
    if member is None:
        pytest.skip("pillow-heif is not installed here")
    monkeypatch.delitem(Image.OPEN, "HEIF")
    monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != "HEIF"])
    monkeypatch.setattr(opening, "_add_heic", lambda: None)
    said = reason(decode_image, member.data)
    assert said == "a HEIC image, which nothing here reads: pip install pillow-heif reads it"


def test_libraries_are_imported_for_their_own_files_only():
    code = (
        "import io, sys, numpy as np; from PIL import Image\n"
        "from orangecontrib.transferlearning.images.reading import decode_image, readable_extensions\n"
        "readable_extensions(); buffer = io.BytesIO()\n"
        "for kind in ('PNG', 'JPEG', 'TIFF'):\n"
        "    buffer.seek(0); Image.new('RGB', (9, 9)).save(buffer, kind); decode_image(buffer.getvalue())\n"
        "print([name for name in ('tifffile', 'pydicom', 'pillow_heif', 'pillow_jxl') if name in sys.modules])"
    )
    import subprocess

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_extensions_have_those_of_other_libraries():
    assert {".heic", ".dcm", ".jxl", ".jpg", ".tif", ".xpm", ".psd", ".psb", ".pam", ".pfm"} <= readable_extensions()
    assert not {".pdf", ".eps", ".txt"} & readable_extensions()


def test_parts_that_a_tiff_lacks_are_not_left_black():
    whole = tiff(scene(), photometric=2, rows_per_strip=8)
    fewer = bytearray(whole)
    at = whole.index((257).to_bytes(2, "little") + b"\4\0\1\0\0\0") + 8
    fewer[at : at + 4] = (480).to_bytes(4, "little")  # a height for which there are not enough strips
    np.testing.assert_array_equal(decode_image(whole), scene())
    assert "ends early" in reason(decode_image, bytes(fewer))


def test_part_that_unpacks_to_more_than_the_image_is_refused():
    bomb = bytearray(tiff(np.zeros((9, 9, 5), np.uint16), extra=[0] * 4, compression=8))
    packed = zlib.compress(bytes(2**26))
    at = bomb.index((273).to_bytes(2, "little") + b"\4\0\1\0\0\0") + 8
    bomb[at : at + 4] = len(bomb).to_bytes(4, "little")
    at = bomb.index((279).to_bytes(2, "little") + b"\4\0\1\0\0\0") + 8
    bomb[at : at + 4] = len(packed).to_bytes(4, "little")
    assert "a part holds more than its pixels" in reason(decode_image, bytes(bomb) + packed)


def test_png_with_much_text_is_read_and_damage_of_its_pixels_is_not_hidden():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "x" * 2**21, zip=True)
    data = encode(scene(), "PNG", pnginfo=info)
    np.testing.assert_array_equal(decode_image(data), scene())
    broken = bytearray(data)
    broken[-200] ^= 1
    assert "damaged" in reason(decode_image, bytes(broken))
    assert decode_image(FILES["png"]).shape == (48, 64, 3)
