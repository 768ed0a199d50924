"""Images in many formats, and helpers to write files and to read keys, labels and error messages."""

import io
import signal

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning.errors import ImageReadError, SourceError


def scene(height=48, width=64):
    """Return an image with a smooth and a noisy half, in which every row and column differs."""
    rows, columns = np.mgrid[:height, :width]
    pixels = np.stack([rows * 255 // height, columns * 255 // width, (rows + columns) % 256], axis=-1).astype(np.uint8)
    pixels[height // 2 :] ^= np.random.default_rng(0).integers(0, 64, (height - height // 2, width, 3), dtype=np.uint8)
    return pixels


def encode(image, file_format, **options):
    """Return the bytes of an image file."""
    buffer = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(buffer, file_format, **options)
    return buffer.getvalue()


PLAIN_PPM = b"P3\n# plain text\n2 1\n255\n1 2 3  250 251 252"


FILES = {
    "jpeg": encode(scene(), "JPEG"),
    "jpeg-progressive": encode(scene(), "JPEG", progressive=True),
    "jpeg-gray": encode(scene()[..., 0], "JPEG"),
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


def reason(read, *args, **options):
    """Return the reason why an image cannot be read."""
    with pytest.raises(ImageReadError) as caught:
        read(*args, **options)
    return str(caught.value)


def refusal(call, *args, **kwargs):
    """Return the message of the `SourceError` that a call raises."""
    with pytest.raises(SourceError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def fill(folder, *names):
    """Create empty files in a folder, and return the folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def keys(source):
    return [item.key for item in source]


def labels(source):
    return [item.label for item in source]


def hear_interrupts():
    """Let a new process react to Ctrl-C, which processes in the background of a shell ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
