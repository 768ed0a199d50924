"""Write TIFF, PNG and BMP files byte by byte, so that what they mean does not depend on any library."""

import struct
import zlib

import numpy as np

_TYPES = {"H": 3, "I": 4, "Q": 16}


def pack_bits(values, bits):
    """Pack rows of unsigned integers of 1-16 bits, the highest bit first, each row from a new byte."""
    shifts = np.arange(bits - 1, -1, -1)
    rows = (values.reshape(len(values), -1, 1) >> shifts & 1).reshape(len(values), -1).astype(np.uint8)
    return np.packbits(rows, axis=1).tobytes()


def tiff(
    values,
    *,
    photometric=1,
    bits=None,
    order="<",
    extra=None,
    planar=1,
    compression=1,
    tile=None,
    rows_per_strip=None,
    big=False,
    colormap=None,
    orientation=None,
    more=(),
    reduced=(),
):
    """Return a TIFF file of values of shape (height, width, n_samples).

    `more` are further images, and `reduced` the numbers, from 0, of those that are marked as reduced copies.
    """
    pages = [values, *more]
    offset_type = "Q" if big else "I"
    head = (b"II" if order == "<" else b"MM") + (
        struct.pack(order + "HHHQ", 43, 8, 0, 16) if big else struct.pack(order + "HI", 42, 8)
    )
    body = head
    for number, page in enumerate(pages):
        height, width, n_samples = page.shape
        n_bits = bits or page.dtype.itemsize * 8
        planes = [page] if planar == 1 else [page[..., index : index + 1] for index in range(n_samples)]
        parts = [part for plane in planes for part in _parts(plane, tile, rows_per_strip or height)]
        data = [_packed(_raw(part, n_bits, order), compression) for part in parts]
        tags = {
            256: ("I", [width]),
            257: ("I", [height]),
            258: ("H", [n_bits] * n_samples),
            259: ("H", [compression]),
            262: ("H", [photometric]),
            277: ("H", [n_samples]),
            284: ("H", [planar]),
            339: ("H", [{"u": 1, "i": 2, "f": 3}[page.dtype.kind]] * n_samples),
        }
        if number in reduced:
            tags[254] = ("I", [1])
        if tile:
            tags |= {322: ("I", [tile]), 323: ("I", [tile])}
        else:
            tags[278] = ("I", [rows_per_strip or height])
        if extra is not None:
            tags[338] = ("H", list(extra))
        if colormap is not None:
            tags[320] = ("H", list(colormap))
        if orientation:
            tags[274] = ("H", [orientation])
        place, sizes = (324, 325) if tile else (273, 279)
        tags |= {
            place: (offset_type, [0] * len(data)),
            sizes: (offset_type, [len(part) for part in data]),
        }
        body += _directory(tags, place, data, len(body), order, offset_type, number == len(pages) - 1)
    return body


def _parts(plane, tile, rows_per_strip):
    height, width, n_samples = plane.shape
    if not tile:
        return [plane[start : start + rows_per_strip] for start in range(0, height, rows_per_strip)]
    padded = np.zeros((-(-height // tile) * tile, -(-width // tile) * tile, n_samples), plane.dtype)
    padded[:height, :width] = plane
    return [
        padded[top : top + tile, left : left + tile] for top in range(0, height, tile) for left in range(0, width, tile)
    ]


def _raw(part, bits, order):
    if bits in (8, 16, 32, 64) and bits == part.dtype.itemsize * 8:
        return part.astype(part.dtype.newbyteorder(order)).tobytes()
    return pack_bits(part, bits)


def _packed(data, compression):
    if compression == 8:
        return zlib.compress(data)
    if compression == 32773:  # PackBits, as literal runs
        runs = [data[start : start + 128] for start in range(0, len(data), 128)]
        return b"".join(bytes([len(run) - 1]) + run for run in runs)
    return data


def _directory(tags, place, data, start, order, offset_type, is_last):
    """Return a directory at `start`, followed by its long values and the data."""
    entry, count = (20, "Q") if offset_type == "Q" else (12, "H")
    inline, size = (8, 8) if offset_type == "Q" else (4, 4)
    position = start + struct.calcsize("<" + count) + entry * len(tags) + size
    long_values = b""
    for key, (kind, items) in sorted(tags.items()):
        if len(items) * struct.calcsize("<" + kind) > inline and key != place:
            long_values += struct.pack(f"{order}{len(items)}{kind}", *items)
    table_size = len(data) * size if len(data) > 1 else 0
    first = position + len(long_values) + table_size
    offsets = [first + sum(map(len, data[:index])) for index in range(len(data))]
    tags[place] = (offset_type, offsets)
    if table_size:
        long_values += struct.pack(f"{order}{len(offsets)}{offset_type}", *offsets)
    written, entries, table_at = 0, b"", position + len(long_values) - table_size
    for key, (kind, items) in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(items)}{kind}", *items)
        entries += struct.pack(f"{order}HH{offset_type}", key, _TYPES[kind], len(items))
        if len(packed) <= inline:
            entries += packed.ljust(inline, b"\0")
        elif key == place:
            entries += struct.pack(order + offset_type, table_at)
        else:
            entries += struct.pack(order + offset_type, position + written)
            written += len(packed)
    end = first + sum(map(len, data))
    following = 0 if is_last else end
    return (
        struct.pack(order + count, len(tags))
        + entries
        + struct.pack(order + offset_type, following)
        + long_values
        + b"".join(data)
    )


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(values, bits, color_type, *, before=(), after=(), interlaced=False):
    """Return a PNG file of values of shape (height, width, n_samples); `before` and `after` the data are chunks."""
    height, width, _ = values.shape
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    parts = [values[top::down, left::right] for left, top, right, down in passes] if interlaced else [values]
    rows = b"".join(b"\0" + pack_bits(row[None], bits) for part in parts if part.size for row in part)
    head = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, interlaced)
    chunks = [(b"IHDR", head), *before, (b"IDAT", zlib.compress(rows)), *after, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def bmp(rows, bits, width, height, *, palette=b"", masks=b""):
    """Return a BMP file of bytes of rows, the lowest row first unless the height is negative."""
    start = 54 + len(palette) + len(masks)
    info = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, bits, 3 if masks else 0, len(rows), 0, 0, len(palette) // 4, 0
    )
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + info + masks + palette + rows
