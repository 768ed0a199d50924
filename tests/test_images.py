import base64
import io
import os
import random
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile

from orangecontrib.transferlearning import images
from orangecontrib.transferlearning.errors import ImageReadError
from orangecontrib.transferlearning.images import INTERPOLATIONS, decode_image, read_bytes, read_image


def scene(height=48, width=64):
    """A picture with a smooth and a noisy half, in which every row and column differs."""
    rows, columns = np.mgrid[:height, :width]
    pixels = np.stack([rows * 255 // height, columns * 255 // width, (rows + columns) % 256], axis=-1).astype(np.uint8)
    pixels[height // 2 :] ^= np.random.default_rng(0).integers(0, 64, (height - height // 2, width, 3), dtype=np.uint8)
    return pixels


def encode(image, file_format, **options):
    buffer = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(buffer, file_format, **options)
    return buffer.getvalue()


def reason(location, **options):
    with pytest.raises(ImageReadError) as caught:
        read_image(location, **options)
    return str(caught.value)


PLAIN_PPM = b"P3\n# plain text\n2 1\n255\n1 2 3  250 251 252"
FILES = {
    "jpeg": encode(scene(), "JPEG"),
    "jpeg-progressive": encode(scene(), "JPEG", progressive=True),
    "jpeg-grey": encode(scene()[..., 0], "JPEG"),
    "jpeg-cmyk": encode(Image.fromarray(scene()).convert("CMYK"), "JPEG"),
    "png": encode(scene(), "PNG"),
    "png-palette": encode(Image.fromarray(scene()).quantize(16), "PNG"),
    "gif": encode(Image.fromarray(scene()).quantize(16), "GIF"),
    "bmp": encode(scene(), "BMP"),
    "tiff": encode(scene(), "TIFF"),
    "tiff-lzw": encode(scene(), "TIFF", compression="tiff_lzw"),
    "tiff-jpeg": encode(scene(), "TIFF", compression="jpeg"),
    "webp": encode(scene(), "WEBP"),
    "webp-lossless": encode(scene(), "WEBP", lossless=True),
    "ppm": encode(scene(), "PPM"),
    "pgm": encode(scene()[..., 0], "PPM"),
    "ppm-plain": PLAIN_PPM,
    "tga": encode(scene(), "TGA"),
    "jpeg2000": encode(scene(), "JPEG2000"),
    "ico": encode(scene(), "ICO", sizes=[(32, 32)]),
    "ico-bmp": encode(scene(), "ICO", sizes=[(32, 32)], bitmap_format="bmp"),
}
LOSSLESS = ["png", "bmp", "tiff", "tiff-lzw", "webp-lossless", "ppm", "tga"]


@pytest.fixture(params=[False, True], ids=["strict", "LOAD_TRUNCATED_IMAGES"])
def truncation_switch(request, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", request.param)
    return request.param


# Formats and pixels


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


@pytest.mark.parametrize("name", ["jpeg", "jpeg-grey", "jpeg-cmyk", "png", "png-palette", "bmp"])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_pixels_are_those_of_keras(tmp_path, name, interpolation):
    keras = pytest.importorskip("keras")
    path = tmp_path / name
    path.write_bytes(FILES[name])
    for size in [None, (48, 64), (31, 37), (100, 90)]:
        expected = np.asarray(keras.utils.load_img(str(path), target_size=size, interpolation=interpolation))
        np.testing.assert_array_equal(read_image(path, size, interpolation=interpolation), expected)


@pytest.mark.parametrize("options", [{"interpolation": "cubic"}, {"size": (0, 5)}])
def test_settings_that_do_not_exist_are_not_blamed_on_the_picture(options):
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
# How the file stores an upright picture whose tag says 1 ... 8.
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
        ("LA", (77, 0), [255, 255, 255]),
        ("LA", (0, 51), [204, 204, 204]),
        ("RGB", (1, 2, 3), [1, 2, 3]),
        ("RGBA", (1, 2, 3, 255), [1, 2, 3]),
        ("RGBA", (1, 2, 3, 0), [255, 255, 255]),
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
    assert np.asarray(images._to_rgb(Image.new(mode, (2, 2), color)))[1, 1].tolist() == expected


def test_lab_becomes_rgb():
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(Image.new("RGB", (2, 2), (200, 60, 40)), to_lab)
    np.testing.assert_allclose(decode_image(encode(lab, "TIFF"))[0, 0], [200, 60, 40], atol=3)


@pytest.mark.parametrize("mode", ["P", "PA"])
def test_palette_colors_become_rgb(mode):
    image = Image.fromarray(scene()).quantize(8)
    np.testing.assert_array_equal(np.asarray(images._to_rgb(image.convert(mode))), np.asarray(image.convert("RGB")))


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


GREY16 = np.array([[0, 128, 129, 257], [32768, 65278, 65406, 65535]], np.uint16)
GREY16_AS_8 = [[0, 0, 1, 1], [128, 254, 254, 255]]


@pytest.mark.parametrize(
    "data",
    [encode(GREY16, "PNG"), encode(GREY16, "TIFF"), b"P5\n4 2\n65535\n" + GREY16.astype(">u2").tobytes()],
    ids=["PNG", "TIFF", "PGM"],
)
def test_sixteen_bit_grey_is_scaled_and_not_clipped(data):
    assert decode_image(data)[..., 1].tolist() == GREY16_AS_8


def test_big_endian_sixteen_bit_grey_is_scaled():
    image = Image.frombytes("I;16B", (4, 2), GREY16.astype(">u2").tobytes())
    assert np.asarray(images._to_rgb(image))[..., 0].tolist() == GREY16_AS_8


def test_transparent_sixteen_bit_grey_is_laid_on_white():
    image = Image.fromarray(np.array([[257, 514]], np.uint16))
    image.info["transparency"] = 514
    assert np.asarray(images._to_rgb(image))[0, :, 0].tolist() == [1, 255]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 257, 65535]], np.int32), [0, 1, 255]),
        (np.array([[-100, 0, 300]], np.int32), [0, 64, 255]),
        (np.array([[0, 500000, 1000000]], np.int32), [0, 128, 255]),
        (np.array([[0, 0.5, 1]], np.float32), [0, 128, 255]),
        (np.array([[0, 7.4, 255]], np.float32), [0, 7, 255]),
        (np.array([[-1, 0, 3]], np.float32), [0, 64, 255]),
        (np.array([[1000, 1000]], np.float32), [0, 0]),
    ],
)
def test_thirty_two_bit_grey_follows_the_documented_rule(values, expected):
    assert decode_image(encode(values, "TIFF"))[0, :, 2].tolist() == expected


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_grey_that_is_no_number_is_refused(tmp_path, value):
    path = tmp_path / "a.tif"
    path.write_bytes(encode(np.array([[0, value]], np.float32), "TIFF"))
    assert reason(path) == "the picture holds values that are not finite numbers"


# Arrays


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.full((2, 3), 9, np.uint8), [9, 9, 9]),
        (np.full((2, 3, 1), 9, np.uint8), [9, 9, 9]),
        (np.full((2, 3, 3), [1, 2, 3], np.uint8), [1, 2, 3]),
        (np.full((2, 3, 4), [1, 2, 3, 255], np.uint8), [1, 2, 3]),
        (np.full((2, 3, 4), [1, 2, 3, 0], np.uint8), [255, 255, 255]),
        (np.full((2, 3, 3), 200, np.int64), [200, 200, 200]),
        (np.full((2, 3, 3), 1.0), [255, 255, 255]),
        (np.full((2, 3, 3), 0.2, np.float32), [51, 51, 51]),
        (np.full((2, 3, 3), 99.6, np.float32), [100, 100, 100]),
        (np.full((2, 3), True), [255, 255, 255]),
        (np.full((6, 6, 3), 7, np.uint8)[::2, ::-2], [7, 7, 7]),
    ],
)
def test_array_becomes_rgb(array, expected):
    pixels = read_image(array)
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
def test_array_that_is_no_picture_is_refused(array, expected):
    assert expected in reason(array)


# Locations


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "søer på 馬 & 100% #1.png"
    path.write_bytes(FILES["png"])
    return path


def test_path_file_url_and_data_urls_give_the_same_pixels(picture, monkeypatch):
    monkeypatch.chdir(picture.parent)
    encoded = base64.b64encode(FILES["png"]).decode()
    locations = [
        picture,
        str(picture),
        picture.name,
        picture.as_uri(),
        picture.as_uri().replace("file:///", "file:/"),
        picture.as_uri().replace("file:///", "FILE://localhost/"),
        f"data:image/png;base64,{encoded}",
        f"data:;base64,{encoded[:50]}%0A {encoded[50:]}",
        "data:image/png," + "".join(f"%{byte:02x}" for byte in FILES["png"]),
    ]
    for location in locations:
        np.testing.assert_array_equal(read_image(location), scene())
        assert read_bytes(location) == FILES["png"]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("", "no file is named"),
        ("missing.jpg", "no such file"),
        ("C:/missing.jpg", "no such file"),
        ("photo:1.jpg", "no such file"),
        (Path("http://a/b.jpg"), "no such file"),
        ("file:///missing.jpg", "no such file"),
        ("file:missing.jpg", "no such file"),
        (".", "it is a folder"),
        ("a\0b.jpg", "not a valid path (embedded null byte)"),
        ("ftp://host/a.jpg", "addresses of the kind ftp: are not supported; use file:, http:, https: or data:"),
        ("data:image/png", "a data: address needs a comma before its content"),
        ("data:image/png;base64,", "the file is empty"),
        ("data:,hello", "not a picture that Pillow can open"),
        (7, "a path, an address or an array was expected, not int"),
        (None, "a path, an address or an array was expected, not NoneType"),
    ],
)
def test_location_without_a_picture_is_refused_with_its_reason(location, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert reason(location) == expected


def test_damaged_base64_is_refused():
    assert reason("data:image/png;base64,%%%").startswith("the base64 text of a data: address is damaged")


@pytest.mark.skipif(os.name == "nt" or getattr(os, "getuid", int)() == 0, reason="needs a user whom permissions bind")
def test_forbidden_file_is_refused(picture):
    picture.chmod(0)
    assert reason(picture) == "permission denied"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reason(tmp_path / "pipe.jpg") == "it is not an ordinary file"


def test_file_of_too_many_bytes_is_refused(picture, monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 10)
    assert reason(picture).startswith(f"the picture is too large ({len(FILES['png'])} bytes; the limit is 10 bytes")


# The network


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/picture.png":
            self.answer(200, FILES["png"])
        elif self.path == "/moved":
            self.answer(302, b"", Location="/picture.png")
        elif self.path == "/round":
            self.answer(302, b"", Location="/round")
        elif self.path == "/to-file":
            self.answer(302, b"", Location="file:///etc/hostname")
        elif self.path == "/short":
            self.answer(200, FILES["png"][:100], length=5000)
        elif self.path == "/silent":
            self.server.let_go.wait(10)
        else:
            self.answer(404, b"not here")

    def answer(self, status, body, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.let_go = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.let_go.set()
        server.shutdown()


@pytest.mark.parametrize("path", ["/picture.png", "/moved"])
def test_picture_is_downloaded(server, path):
    np.testing.assert_array_equal(read_image(server + path), scene())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/missing", "the server answered 404 (Not Found)"),
        ("/round", "the address leads on to others more than 5 times"),
        ("/to-file", "the address leads on to one that is neither http: nor https:"),
        ("/short", "the connection broke off"),
    ],
)
def test_failed_download_is_refused_with_its_reason(server, path, expected):
    assert reason(server + path) == expected


def test_silent_server_is_given_up(server, monkeypatch):
    monkeypatch.setattr(images, "READ_SECONDS", 0.2)
    assert reason(server + "/silent") == "no answer within 0.2 s"


def test_download_of_too_many_bytes_is_refused(server, monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 100)
    assert reason(server + "/picture.png") == "the picture is too large (download; the limit is 100 bytes)"


def test_server_that_is_not_there_is_named_as_the_reason(server, monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as gone:
        port = gone.server_port
    assert reason(f"http://127.0.0.1:{port}/a.png") == "the server cannot be reached"


@pytest.mark.parametrize("url", ["http://", "http://[::1/a.png"])
def test_malformed_address_is_refused(url):
    assert reason(url).startswith("not a valid address")


# Broken files


@pytest.mark.parametrize("name", FILES)
def test_whole_file_reads_the_same_whatever_the_switch_says(name, monkeypatch):
    expected = decode_image(FILES[name])
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    np.testing.assert_array_equal(decode_image(FILES[name]), expected)


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9, 0.98])
@pytest.mark.parametrize("name", [name for name in FILES if name != "ppm-plain"])
def test_truncated_file_is_refused(name, part, truncation_switch):
    data = FILES[name][: int(len(FILES[name]) * part)]
    with pytest.raises(ImageReadError, match=r"ends early|not a picture"):
        decode_image(data)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is truncation_switch


@pytest.mark.parametrize("name", ["jpeg", "jpeg-progressive", "png", "bmp", "tiff", "ppm"])
def test_half_a_picture_is_called_truncated(name, truncation_switch):
    with pytest.raises(ImageReadError, match=r"^the file ends early \(truncated\)$"):
        decode_image(FILES[name][: len(FILES[name]) // 2])


def test_truncated_plain_ppm_is_refused(truncation_switch):
    with pytest.raises(ImageReadError, match="ends early"):
        decode_image(PLAIN_PPM[:-8])


def test_picture_without_its_last_byte_is_refused(truncation_switch):
    for name in ("jpeg", "png", "bmp", "tiff", "webp", "ppm"):
        with pytest.raises(ImageReadError):
            decode_image(FILES[name][:-1])


def test_empty_file_is_refused(tmp_path):
    (tmp_path / "a.jpg").touch()
    assert reason(tmp_path / "a.jpg") == "the file is empty"


@pytest.mark.parametrize("data", [b"hello, world" * 50, b"\0" * 999, b"%PDF-1.4\n...", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_other_content_is_not_a_picture(data):
    with pytest.raises(ImageReadError, match="not a picture that Pillow can open"):
        decode_image(data)


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
    with pytest.raises(ImageReadError, match="damaged|ends early"):
        decode_image(bytes(data))


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
    assert images._load(data, (110, 160)).size == drafted


def test_fast_decode_leaves_other_formats_alone():
    np.testing.assert_array_equal(
        decode_image(FILES["png"], (10, 10), fast_decode=True), decode_image(FILES["png"], (10, 10))
    )


# Neighbours


def test_many_threads_read_the_same_pixels():
    jobs = list(FILES.values()) * 10
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(decode_image, jobs))
    for data, pixels in zip(jobs, results, strict=True):
        np.testing.assert_array_equal(pixels, decode_image(data))


def test_switches_of_pillow_are_left_as_they_were(truncation_switch):
    limit = Image.MAX_IMAGE_PIXELS
    for data in (FILES["png"], FILES["jpeg"][:500], oversized_png(20000)):
        try:
            decode_image(data)
        except ImageReadError:
            continue
    assert ImageFile.LOAD_TRUNCATED_IMAGES is truncation_switch
    assert limit == Image.MAX_IMAGE_PIXELS
