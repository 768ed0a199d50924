"""Find the images of a TIFF file that are not reduced copies of others, such as thumbnails and overviews."""

import struct
from typing import BinaryIO

_SUBFILE, _OLD_SUBFILE = 254, 255
_IS_REDUCED, _IS_OLD_REDUCED = 1, 2
_MOST_PAGES = 2**20


def full_pages(file: BinaryIO) -> list[int]:
    """Return the numbers, from 1, of the images that are not marked as reduced; in damaged files, of some.

    Parameters
    ----------
    file : binary file
        A file that begins with a signature of TIFF; its position changes.
    """
    file.seek(0)
    head = file.read(16)
    order = "<" if head.startswith(b"II") else ">"
    is_big = head[2:4] in (b"+\0", b"\0+")
    count_type, entry_size, offset_type = ("Q", 20, "Q") if is_big else ("H", 12, "I")
    numbers, seen = [], set()
    try:
        (offset,) = struct.unpack_from(order + offset_type, head, 8 if is_big else 4)
        while offset and offset not in seen and len(seen) < _MOST_PAGES:
            seen.add(offset)
            file.seek(offset)
            (n_entries,) = struct.unpack(order + count_type, file.read(struct.calcsize(count_type)))
            entries = file.read(entry_size * min(n_entries, 2**16))
            if not _is_reduced(entries, order, entry_size):
                numbers.append(len(seen))
            (offset,) = struct.unpack(order + offset_type, file.read(struct.calcsize(offset_type)))
    except (struct.error, OverflowError, ValueError):
        pass  # the file is cut off; what can be read is up to its readers
    return numbers


def first_full_page(file: BinaryIO) -> int:
    """Return the number of the first such image; 1 if there is none."""
    return next(iter(full_pages(file)), 1)


def _is_reduced(entries: bytes, order: str, entry_size: int) -> bool:
    for start in range(0, len(entries) - entry_size + 1, entry_size):
        tag, kind = struct.unpack_from(order + "HH", entries, start)
        if tag > _OLD_SUBFILE:
            break  # tags are in order
        if tag in (_SUBFILE, _OLD_SUBFILE):
            (value,) = struct.unpack_from(order + ("H" if kind == 3 else "I"), entries, start + entry_size // 2 + 2)
            if (value & _IS_REDUCED) if tag == _SUBFILE else value == _IS_OLD_REDUCED:
                return True
    return False
