"""The pixels that come of files and arrays of all kinds."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageCms

from orangecontrib.transferlearning.errors import ImageReadError
from orangecontrib.transferlearning.images import reading as images
from orangecontrib.transferlearning.images.opening import open_image
from orangecontrib.transferlearning.images.reading import INTERPOLATIONS, decode_image, read_image

from ..samples import FILES, encode, reason, scene

LOSSLESS = ["png", "bmp", "tiff", "tiff-lzw", "webp-lossless", "ppm", "tga"]


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats_give_exactly_the_pixels_that_were_saved(name):
    np.testing.assert_array_equal(decode_image(FILES[name]), scene())


def test_result_is_contiguous_uint8():
    pixels = decode_image(FILES["jpeg"], (20, 30))
    assert (pixels.shape, pixels.dtype) == ((20, 30, 3), np.uint8)
    assert pixels.flags.c_contiguous


def test_size_is_height_then_width():
    wide = np.zeros((10, 20, 3), np.uint8)
    wide[:5] = 255
    pixels = read_image(wide, (4, 2), interpolation="nearest")
    np.testing.assert_array_equal(pixels[:, 0, 0], [255, 255, 0, 0])


@pytest.mark.parametrize("name", ["jpeg", "jpeg-gray", "jpeg-cmyk", "png", "png-palette", "bmp"])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_pixels_are_those_of_keras(tmp_path, name, interpolation):
    keras = pytest.importorskip("keras")
    path = tmp_path / name
    path.write_bytes(FILES[name])
    for size in [None, (48, 64), (31, 37), (100, 90)]:
        expected = np.asarray(keras.utils.load_img(str(path), target_size=size, interpolation=interpolation))
        np.testing.assert_array_equal(read_image(path, size, interpolation=interpolation), expected)


@pytest.mark.parametrize(
    "options",
    [
        {"interpolation": "cubic"},
        *({"size": size} for size in [(0, 5), (5, 2.5), (5,), (5, 5, 3), ("5", 5), 5, ()]),
    ],
)
def test_settings_that_do_not_exist_are_not_blamed_on_the_image(options):
    with pytest.raises(ValueError, match="expected one of nearest|cannot be made") as caught:
        decode_image(FILES["png"], **options)
    assert not isinstance(caught.value, ImageReadError)


def test_first_frame_of_an_animation_counts():
    red, blue = Image.new("RGB", (4, 4), "red"), Image.new("RGB", (4, 4), "blue")
    for file_format in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"lossless": True} if file_format == "WEBP" else {}
        data = encode(red, file_format, save_all=True, append_images=[blue], **options)
        assert decode_image(data)[0, 0].tolist() == [255, 0, 0]


# Orientation


UPRIGHT = np.arange(6, dtype=np.uint8).reshape(2, 3, 1).repeat(3, axis=2) * 40


# How the file stores an upright image whose tag says 1 ... 8.
STORED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.transpose(1, 0, 2),
    6: UPRIGHT.transpose(1, 0, 2)[::-1],
    7: UPRIGHT.transpose(1, 0, 2)[::-1, ::-1],
    8: UPRIGHT.transpose(1, 0, 2)[:, ::-1],
}


def orientation_tag(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("value", range(1, 9))
def test_exif_orientation_is_applied(file_format, value):
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = encode(np.ascontiguousarray(STORED[value]), file_format, exif=orientation_tag(value), **options)
    np.testing.assert_array_equal(decode_image(data), UPRIGHT)


def test_exif_orientation_is_applied_before_resizing():
    data = encode(scene(40, 80), "JPEG", exif=orientation_tag(6))
    turned = np.rot90(decode_image(encode(scene(40, 80), "JPEG")), -1)
    np.testing.assert_array_equal(decode_image(data), turned)
    assert decode_image(data, (80, 40)).tolist() == turned.tolist()


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0" + b"\xff" * 30,
        b"Exif\0\0II*\0",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
        orientation_tag(1).tobytes()[:-6],
        orientation_tag(0).tobytes(),
        orientation_tag(9).tobytes(),
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x04up!\0\0\0\0\0",  # text where a number belongs
    ],
)
def test_broken_exif_is_ignored(exif):
    np.testing.assert_array_equal(decode_image(encode(scene(), "JPEG", exif=exif)), decode_image(FILES["jpeg"]))


# Modes


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("1", 1, [255, 255, 255]),
        ("L", 77, [77, 77, 77]),
        ("LA", (77, 255), [77, 77, 77]),
        ("LA", (77, 0), [77, 77, 77]),
        ("LA", (0, 51), [204, 204, 204]),
        ("RGB", (1, 2, 3), [1, 2, 3]),
        ("RGBA", (1, 2, 3, 255), [1, 2, 3]),
        ("RGBA", (1, 2, 3, 0), [1, 2, 3]),
        ("RGBA", (0, 0, 0, 0), [255, 255, 255]),
        ("RGBA", (255, 0, 0, 51), [255, 204, 204]),
        ("CMYK", (0, 255, 255, 0), [255, 0, 0]),
        ("HSV", (0, 255, 255), [255, 0, 0]),
        ("YCbCr", (128, 128, 128), [128, 128, 128]),
        ("I", 65535, [255, 255, 255]),
        ("I", 257, [1, 1, 1]),
        ("F", 0.2, [51, 51, 51]),
        ("F", 51.4, [51, 51, 51]),
    ],
)
def test_mode_becomes_rgb_with_transparency_on_white(mode, color, expected):
    assert np.asarray(images._to_rgb(Image.new(mode, (2, 2), color))[0])[1, 1].tolist() == expected


def test_lab_becomes_rgb():
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(Image.new("RGB", (2, 2), (200, 60, 40)), to_lab)
    np.testing.assert_allclose(decode_image(encode(lab, "TIFF"))[0, 0], [200, 60, 40], atol=3)


@pytest.mark.parametrize("mode", ["P", "PA"])
def test_palette_colors_become_rgb(mode):
    image = Image.fromarray(scene()).quantize(8)
    np.testing.assert_array_equal(np.asarray(images._to_rgb(image.convert(mode))[0]), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("transparency", [1, b"\xff\x00"])
@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_transparent_palette_entry_is_laid_on_white(file_format, transparency):
    if file_format == "GIF" and isinstance(transparency, bytes):
        pytest.skip("GIF knows one transparent entry only")
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    pixels = decode_image(encode(image, file_format, transparency=transparency))
    assert pixels[0].tolist() == [[10, 20, 30], [255, 255, 255]]


def test_transparent_color_of_a_png_is_laid_on_white():
    image = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8))
    assert decode_image(encode(image, "PNG", transparency=(4, 5, 6)))[0].tolist() == [[1, 2, 3], [255, 255, 255]]


GRAY16 = np.array([[0, 128, 129, 257], [32768, 65278, 65406, 65535]], np.uint16)


GRAY16_AS_8 = [[0, 0, 1, 1], [128, 254, 254, 255]]


@pytest.mark.parametrize(
    "data",
    [encode(GRAY16, "PNG"), encode(GRAY16, "TIFF"), b"P5\n4 2\n65535\n" + GRAY16.astype(">u2").tobytes()],
    ids=["PNG", "TIFF", "PGM"],
)
def test_sixteen_bit_gray_is_scaled_and_not_clipped(data):
    assert decode_image(data)[..., 1].tolist() == GRAY16_AS_8


def test_big_endian_sixteen_bit_gray_is_scaled():
    image = Image.frombytes("I;16B", (4, 2), GRAY16.astype(">u2").tobytes())
    assert np.asarray(images._to_rgb(image)[0])[..., 0].tolist() == GRAY16_AS_8


def test_transparent_sixteen_bit_gray_is_laid_on_white():
    image = Image.fromarray(np.array([[257, 514]], np.uint16))
    image.info["transparency"] = 514
    assert np.asarray(images._to_rgb(image)[0])[0, :, 0].tolist() == [1, 255]


# Arrays


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.full((2, 3), 9, np.uint8), [9, 9, 9]),
        (np.full((2, 3, 1), 9, np.uint8), [9, 9, 9]),
        (np.full((2, 3, 3), [1, 2, 3], np.uint8), [1, 2, 3]),
        (np.full((2, 3, 4), [1, 2, 3, 255], np.uint8), [1, 2, 3]),
        (np.full((2, 3, 4), [1, 2, 3, 0], np.uint8), [1, 2, 3]),
        (np.full((2, 3, 3), 200, np.int64), [200, 200, 200]),
        (np.full((2, 3, 3), 1.0), [255, 255, 255]),
        (np.full((2, 3, 3), 0.2, np.float32), [51, 51, 51]),
        (np.full((2, 3, 3), 99.6, np.float32), [100, 100, 100]),
        (np.full((2, 3), True), [255, 255, 255]),
        (np.full((6, 6, 3), 7, np.uint8)[::2, ::-2], [7, 7, 7]),
    ],
)
def test_array_becomes_rgb(array, expected):
    pixels = decode_image(array)
    assert pixels.shape == (*array.shape[:2], 3)
    assert (pixels == expected).all()


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.zeros((2, 3, 2), np.uint8), "must have shape"),
        (np.zeros((1, 2, 3, 3), np.uint8), "must have shape"),
        (np.zeros((0, 3), np.uint8), "must have shape"),
        (np.full((2, 3), 256), "within 0-255"),
        (np.full((2, 3), -0.5), "from -0.5 to -0.5"),
        (np.full((2, 3), np.nan), "within 0-255"),
        (np.full((2, 3), "a"), "must be numbers"),
        (np.full((2, 3), None), "must be numbers"),
        (np.full((2, 3), 1j), "must be numbers"),
    ],
)
def test_array_that_is_no_image_is_refused(array, expected):
    assert expected in reason(decode_image, array)


# Fast decoding


def smooth(height, width):
    return np.asarray(Image.fromarray(scene(12, 16)).resize((width, height), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("size", [(100, 100), (60, 240), (300, 400), (500, 700)])
def test_fast_decode_is_close_to_exact_and_of_the_right_size(orientation, size):
    data = encode(smooth(480, 640), "JPEG", quality=95, exif=orientation_tag(orientation))
    exact, fast = decode_image(data, size), decode_image(data, size, fast_decode=True)
    assert fast.shape == (*size, 3)
    assert np.abs(exact.astype(int) - fast).mean() < 2


@pytest.mark.parametrize(("orientation", "drafted"), [(1, (160, 120)), (6, (320, 240))])
def test_fast_decode_never_shrinks_below_the_asked_size(orientation, drafted):
    data = encode(smooth(480, 640), "JPEG", exif=orientation_tag(orientation))
    assert open_image(data, size=(110, 160))[0].size == (drafted if orientation == 1 else drafted[::-1])


def test_fast_decode_leaves_other_formats_alone():
    np.testing.assert_array_equal(
        decode_image(FILES["png"], (10, 10), fast_decode=True), decode_image(FILES["png"], (10, 10))
    )


# Neighbors


def test_many_threads_read_the_same_pixels():
    jobs = list(FILES.values()) * 10
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(decode_image, jobs))
    for data, pixels in zip(jobs, results, strict=True):
        np.testing.assert_array_equal(pixels, decode_image(data))
