"""Read images of the formats PAM and PFM in color, which Pillow does not read: several channels, or fractions."""

import re

import numpy as np

from .channels import Channels, no_such_frame
from .file_kinds import N_FIRST_BYTES, is_image_content

_FRACTIONS = re.compile(rb"PF\s+(\d+)\s+(\d+)\s+([-+\d.eE]+)\s")
_END = b"\nENDHDR\n"


def is_netpbm(head: bytes) -> bool:
    """Return whether a file is of these formats, as `file_kinds` recognizes them."""
    return head.startswith((b"P7\n", b"PF")) and is_image_content(head[:N_FIRST_BYTES])


def measure_netpbm(head: bytes) -> tuple[int, int]:
    """Return width and height in pixels, from the first bytes.

    Raises
    ------
    ValueError
        The header is damaged.
    """
    if head.startswith(b"P7"):
        return _field(head, b"WIDTH"), _field(head, b"HEIGHT")
    width, height, _ = _fraction_header(head).groups()
    return int(width), int(height)


def read_netpbm(data: bytes, frame: int = 1) -> tuple[Channels, int]:
    """Return the channels of a file, and the number of images, which is 1.

    Raises
    ------
    ImageReadError
        There is no such frame; the message is the reason.
    ValueError
        The file is damaged, or ends early.
    """
    if frame > 1:
        raise no_such_frame(1, frame)
    width, height = measure_netpbm(data)
    if data.startswith(b"PF"):
        header = _fraction_header(data)
        kind = "<f4" if float(header[3]) < 0 else ">f4"
        values = _values(data, header.end(), kind, (height, width, 3))
        return Channels(values[::-1], "RGB"), 1  # the lowest row is the first
    end = data.index(_END)
    head, start = data[:end], end + len(_END)
    depth, top = _field(head, b"DEPTH"), _field(head, b"MAXVAL")
    if not (depth and 0 < top < 65536):
        raise ValueError("its header is damaged")
    values = _values(data, start, "u1" if top < 256 else ">u2", (height, width, depth))
    colors = "RGB" if depth >= 3 else "L"
    has_alpha = bool(re.search(rb"\nTUPLTYPE +\S+_ALPHA\s*(\n|$)", head)) and depth in (2, 4)
    return Channels(np.minimum(values, top), colors, has_alpha=has_alpha, top=None if top in (255, 65535) else top), 1


def _field(head: bytes, name: bytes) -> int:
    found = re.search(rb"\n%s +(\d{1,9})\s" % name, head + b"\n")
    if not found:
        raise ValueError(f"its header has no {name.decode()}")
    return int(found[1])


def _fraction_header(head: bytes) -> re.Match[bytes]:
    header = _FRACTIONS.match(head)
    if not header:
        raise ValueError("its header is damaged")
    return header


def _values(data: bytes, start: int, kind: str, shape: tuple[int, int, int]) -> np.ndarray:
    n_values = shape[0] * shape[1] * shape[2]
    if start + n_values * np.dtype(kind).itemsize > len(data):
        raise ValueError("truncated")
    values = np.frombuffer(data, kind, n_values, start).reshape(shape)
    return values.astype(values.dtype.newbyteorder("="))
