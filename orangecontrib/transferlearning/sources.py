"""Where pictures come from: folder, CSV file, NPY pair, list.

A label that is a number names a class here (0, 1, 2 ...), just as text does; that a column of numbers is a quantity to
predict, only its user can know.
"""

import csv
import io
import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from .errors import ImageReadError, SourceError
from .images import is_address, pixel_scale, readable_extensions, to_uint8
from .items import ImageItem, Label, Location

CLASS_NAME = "Class"
"""What labels are called where nobody named them."""

_HEADER_WORDS = {"image", "images", "path", "file", "filename", "file name", "picture", "label", "labels", "class"}
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NPY_SIGNATURE = b"\x93NUMPY"
_CHUNK_BYTES = 2**24


class Source(Protocol):
    """Pictures that can be counted, and gone through again and again in the same order.

    Attributes
    ----------
    label_name : str or None
        What the labels are called; None when nobody said what the pictures show.
    """

    label_name: str | None

    def __len__(self) -> int:
        """Count the pictures, those included that will turn out unreadable."""

    def __iter__(self) -> Iterator[ImageItem]:
        """Go through the pictures; their keys are unique."""


class _ListedSource:
    """A source that knows all its items from the start (where they are, not what their pixels are)."""

    def __init__(self, items: Iterable[ImageItem], label_name: str | None) -> None:
        items = list(items)
        keys = _unique([item.key for item in items])
        self._items = [ImageItem(key, item.location, item.label) for key, item in zip(keys, items, strict=True)]
        self.label_name = label_name

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[ImageItem]:
        return iter(self._items)


class FolderSource(_ListedSource):
    """All pictures in a folder and its subfolders, sorted by key.

    The key of a picture is its path within `root`, with forward slashes; its label is the subfolder that it is in, such
    as "cats" or "cats/siamese", and None directly in `root`. Files count as pictures by their extension. Hidden files
    and folders are left out. Links are followed, but each folder is read only once.

    Parameters
    ----------
    root : str or PathLike

    Attributes
    ----------
    n_ignored : int
        Number of files that are not pictures, hidden ones not counted.

    Raises
    ------
    SourceError
        There is no such folder, it may not be read, or there are no pictures in it.
    """

    def __init__(self, root: str | os.PathLike) -> None:
        root = _existing_folder(root)
        extensions = readable_extensions()
        files = list(_visible_files(root))
        pictures = sorted(name for name in files if Path(name).suffix.lower() in extensions)
        self.n_ignored = len(files) - len(pictures)
        if not pictures:
            found = f"{self.n_ignored} other files" if self.n_ignored else "no files at all"
            raise SourceError(f"{root}: expected pictures, found {found}; choose the folder above or around them")
        items = [ImageItem(_printable(name), root / name, _folder_label(name)) for name in pictures]
        super().__init__(items, CLASS_NAME if any(item.label is not None for item in items) else None)


class CsvSource(_ListedSource):
    """Pictures listed in a text table: comma, semicolon or tab separated, UTF-8.

    Without `image_column` there is no header, and each row is a label and a path. Labels that are whole numbers in all
    rows become int, other numbers float, all else stays text; an empty cell is no label. Whether the pictures exist is
    not looked at.

    Parameters
    ----------
    path : str or PathLike
    root : str or PathLike, optional
        Folder that relative paths start from; that of the table if not given.
    image_column : str, optional
        Header of the column with paths or URLs. The table must then have a header.
    label_column : str, optional
        Header of the column with labels, only together with `image_column`. Without it there are no labels.

    Raises
    ------
    SourceError
        The table cannot be read, is empty, lacks a column, or has a row that is too short.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        root: str | os.PathLike | None = None,
        image_column: str | None = None,
        label_column: str | None = None,
    ) -> None:
        path = Path(path)
        folder = path.parent if root is None else _existing_folder(root)
        rows = _csv_rows(path)
        if image_column is not None:
            at_image, at_label = _columns(path, rows.pop(0)[1], image_column, label_column)
        elif label_column is not None:
            raise SourceError(f"{path}: a label column was named, but no image column; name both")
        else:
            _refuse_header(path, rows[0][1], folder)
            at_image, at_label = 1, 0
        if not rows:
            raise SourceError(f"{path}: expected pictures, found only a header")
        _refuse_short_rows(path, rows, max(at_image, -1 if at_label is None else at_label) + 1)
        labels = [None] * len(rows) if at_label is None else _typed([row[at_label] for _, row in rows])
        items = (
            ImageItem(_text_key(row[at_image], f"line {line}"), _resolved(row[at_image], folder), label)
            for (line, row), label in zip(rows, labels, strict=True)
        )
        super().__init__(items, None if at_label is None else label_column or CLASS_NAME)


class ListSource(_ListedSource):
    """Pictures whose locations are at hand.

    Parameters
    ----------
    locations : sequence of Location
        Paths, URLs, or arrays of pixels.
    labels : sequence of Label, optional
        One a picture.
    keys : sequence of str, optional
        One a picture; by default its path or URL, or its position where it has none ("0", "1", ...).

    Raises
    ------
    SourceError
        There are not as many labels or keys as locations.
    """

    def __init__(
        self,
        locations: Sequence[Location],
        labels: Sequence[Label] | np.ndarray | None = None,
        keys: Sequence[str] | None = None,
    ) -> None:
        if isinstance(locations, str | os.PathLike):
            raise SourceError(f"expected a list of pictures, received a single location: {locations}")
        locations = list(locations)
        if keys is None:
            keys = [_location_key(location, str(position)) for position, location in enumerate(locations)]
        _require_count(len(locations), len(keys), "keys")
        given = [None] * len(keys) if labels is None else _label_list(labels, len(keys))
        items = (ImageItem(str(key), *rest) for key, *rest in zip(keys, locations, given, strict=True))
        super().__init__(items, None if labels is None else CLASS_NAME)


class NpySource:
    """Pictures in one array, read one at a time.

    Parameters
    ----------
    data : str, PathLike or ndarray
        An ``.npy`` file or array of shape (n, height, width, channels), (n, height, width), or
        (n, height * width * channels). uint8; other integers within 0-255; bool; or floats, all within 0-1 (multiplied
        by 255 and rounded to the nearest) or else all within 0-255 (rounded to the nearest).
    labels : str, PathLike, ndarray or sequence, optional
        An ``.npy`` file, array or list of n labels: text, whole numbers, floats (NaN is no label) or bool.
    height, width : int, optional
        Of each picture in pixels; needed where each is a row of values.
    channels : int, optional
        1 (grey), 3 (RGB) or 4 (RGB and transparency). 3 if not given, where each picture is a row of values.

    Raises
    ------
    SourceError
        The file is not an array of numbers (pickled objects are never unpickled), or shapes, values or counts do not
        fit.
    """

    def __init__(
        self,
        data: str | os.PathLike | np.ndarray,
        labels: str | os.PathLike | np.ndarray | Sequence[Label] | None = None,
        height: int | None = None,
        width: int | None = None,
        channels: int | None = None,
    ) -> None:
        self._data = data if isinstance(data, np.ndarray) else _load_npy(data)
        self._shape = _picture_shape(self._data.shape, height, width, channels)
        self._scale = _whole_scale(self._data)
        self._labels = None if labels is None else _label_list(labels, len(self))
        self.label_name = None if labels is None else CLASS_NAME

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[ImageItem]:
        for position, values in enumerate(self._data):
            pixels = to_uint8(np.array(values), self._scale).reshape(self._shape)
            yield ImageItem(str(position), pixels, None if self._labels is None else self._labels[position])


_KINDS = {
    "a folder": (FolderSource, set()),
    "a table": (CsvSource, {"root", "image_column", "label_column"}),
    "an array": (NpySource, {"labels", "height", "width", "channels"}),
    "a single picture": (lambda location: ListSource([location]), set()),
}


def open_source(
    location: str | os.PathLike,
    *,
    labels: str | os.PathLike | np.ndarray | Sequence[Label] | None = None,
    root: str | os.PathLike | None = None,
    image_column: str | None = None,
    label_column: str | None = None,
    height: int | None = None,
    width: int | None = None,
    channels: int | None = None,
) -> Source:
    """Open a folder, a table (``.csv``, ``.tsv``, ``.txt``), an array (``.npy``) or a single picture, whichever it is.

    Parameters
    ----------
    location : str or PathLike
        Its path; for a single picture also its URL.
    labels, height, width, channels
        As for `NpySource`.
    root, image_column, label_column
        As for `CsvSource`.

    Raises
    ------
    SourceError
        It is none of these, it cannot be used, or an option does not fit it.
    """
    table_options = {"root": root, "image_column": image_column, "label_column": label_column}
    array_options = {"labels": labels, "height": height, "width": width, "channels": channels}
    given = {name: value for name, value in (table_options | array_options).items() if value is not None}
    kind = _kind(location)
    opened, fit = _KINDS[kind]
    if not given.keys() <= fit:
        raise SourceError(
            f"{location} is {kind}, which takes no {', '.join(sorted(given.keys() - fit))}; leave that out"
        )
    return opened(location, **given)


def _kind(location: str | os.PathLike) -> str:
    if is_address(location):
        return "a single picture"
    path = Path(location)
    if os.path.isdir(path):
        return "a folder"
    if not os.path.exists(path):
        raise SourceError(f"{path}: no such file or folder")
    extension = path.suffix.lower()
    if extension in (".csv", ".tsv", ".txt"):
        return "a table"
    if extension == ".npy":
        return "an array"
    if extension in readable_extensions():
        return "a single picture"
    raise SourceError(f"{path}: expected a folder, a .csv, .tsv or .txt table, an .npy array or a picture")


def _unique(keys: list[str]) -> Iterator[str]:
    taken, times = set(keys), Counter()
    for key in keys:
        times[key] += 1
        name = key
        if times[key] > 1:
            while (name := f"{key} ({times[key]})") in taken:
                times[key] += 1
            taken.add(name)
        yield name


def _printable(text: str) -> str:
    """Replace what is not Unicode in a file name, as it could not be written to any output."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _text_key(text: str, otherwise: str) -> str:
    return otherwise if not text or text[:5].lower() == "data:" else _printable(text)


def _location_key(location: Location, otherwise: str) -> str:
    return _text_key(os.fsdecode(location), otherwise) if isinstance(location, str | os.PathLike) else otherwise


def _existing_folder(path: str | os.PathLike) -> Path:
    path = Path(path)
    if not os.path.isdir(path):
        raise SourceError(f"{path}: expected a folder, found {'a file' if os.path.exists(path) else 'nothing there'}")
    return path


def _visible_files(root: Path) -> Iterator[str]:
    """Yield paths within the folder, with forward slashes, in no particular order."""

    def refuse(error: OSError) -> None:
        raise SourceError(f"{error.filename}: the folder cannot be read ({error.strerror})") from error

    seen = {os.path.realpath(root)}
    for folder, subfolders, files in os.walk(root, followlinks=True, onerror=refuse):
        subfolders.sort()
        subfolders[:] = [name for name in subfolders if _is_visible(name) and _is_new(os.path.join(folder, name), seen)]
        within = Path(folder).relative_to(root)
        yield from ((within / name).as_posix() for name in files if _is_visible(name))


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"


def _is_new(folder: str, seen: set[str]) -> bool:
    folder = os.path.realpath(folder)
    new = folder not in seen
    seen.add(folder)
    return new


def _folder_label(name: str) -> str | None:
    folder = name.rpartition("/")[0]
    return _printable(folder) if folder else None


def _csv_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Read the rows that are not blank, each with the number of its (last) line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except OSError as error:
        raise SourceError(f"{path}: the file cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: expected text in UTF-8, found something else; save it as CSV in UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise SourceError(f"{path}, line {reader.line_num}: {error}") from error
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows:
        raise SourceError(f"{path}: expected a row for each picture, found an empty file")
    return rows


def _delimiter(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "")
    counts = Counter(re.sub(r'"[^"]*"', "", line))
    return "\t" if counts["\t"] else max(";,", key=counts.__getitem__)


def _columns(path: Path, header: list[str], image: str, label: str | None) -> tuple[int, int | None]:
    for name in (image, label):
        if name is not None and name not in header:
            raise SourceError(f"{path}: expected a column {name!r}, found {', '.join(map(repr, header))}")
    return header.index(image), None if label is None else header.index(label)


def _refuse_header(path: Path, row: list[str], folder: Path) -> None:
    words = {cell.lower() for cell in row[:2]}
    if len(row) < 2 or not words & _HEADER_WORDS or is_address(row[1]):
        return
    if Path(row[1]).suffix.lower() not in readable_extensions() and not os.path.isfile(folder / row[1]):
        raise SourceError(
            f"{path}: the first row looks like a header ({', '.join(row)}); name the image column and the label column"
        )


def _refuse_short_rows(path: Path, rows: list[tuple[int, list[str]]], n_cells: int) -> None:
    for line, row in rows:
        if len(row) < n_cells:
            raise SourceError(f"{path}, line {line}: expected {n_cells} cells or more, found {len(row)}")


def _resolved(text: str, folder: Path) -> Location:
    return text if not text or is_address(text) else folder / text


def _typed(cells: list[str]) -> list[Label]:
    present = [cell for cell in cells if cell]
    kind = str
    if all(map(_WHOLE_NUMBER.fullmatch, present)):
        kind = int
    elif all(map(_NUMBER.fullmatch, present)):
        kind = float
    return [kind(cell) if cell else None for cell in cells]


def _load_npy(path: str | os.PathLike, mmap_mode: str | None = "r") -> np.ndarray:
    try:
        with open(path, "rb") as file:
            signature = file.read(len(_NPY_SIGNATURE))
        if signature != _NPY_SIGNATURE:
            hint = "; take one array out of the .npz and save it alone" if signature.startswith(b"PK") else ""
            raise SourceError(f"{path}: expected an array in an .npy file, found something else{hint}")
        return np.load(path, mmap_mode=mmap_mode, allow_pickle=False)
    except SourceError:
        raise
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except (OSError, ValueError, EOFError, SyntaxError, TypeError, OverflowError, MemoryError) as error:
        if "object" in str(error).lower():
            raise SourceError(
                f"{path}: expected numbers or text, found pickled objects, which are never unpickled"
            ) from error
        raise SourceError(f"{path}: the array cannot be read; the file is damaged or incomplete ({error})") from error


def _picture_shape(
    shape: tuple[int, ...], height: int | None, width: int | None, channels: int | None
) -> tuple[int, int, int]:
    if not shape or 0 in shape:
        raise SourceError(f"expected an array of pictures, found an empty one of shape {shape}")
    if len(shape) == 2:
        found = _row_shape(shape[1], height, width, channels)
    elif len(shape) == 3 and shape[2] in (3, 4) and shape[1] >= 16 and height is None and width is None:
        raise SourceError(
            f"shape {shape} looks like a single picture; expected the number of pictures as first dimension"
        )
    elif len(shape) in (3, 4):
        found = (*shape[1:], 1)[:3]
        wanted = tuple(
            there if asked is None else asked for asked, there in zip((height, width, channels), found, strict=True)
        )
        if wanted != found:
            raise SourceError(
                f"expected pictures of {_times(wanted)}, found {_times(found)}; leave out what does not fit"
            )
    else:
        raise SourceError(
            f"expected an array of 2, 3 or 4 dimensions (the first counts the pictures), found shape {shape}"
        )
    if found[2] not in (1, 3, 4):
        raise SourceError(f"expected 1, 3 or 4 channels in the last dimension, found {found[2]} (shape {shape})")
    return found


def _row_shape(n_values: int, height: int | None, width: int | None, channels: int | None) -> tuple[int, int, int]:
    advice = "give height, width and channels"
    if height is None or width is None:
        raise SourceError(f"each picture is a row of {n_values} values, which does not tell its shape: {advice}")
    found = (height, width, 3 if channels is None else channels)
    if min(found) < 1 or math.prod(found) != n_values:
        raise SourceError(f"{n_values} values a picture are not {_times(found)} = {math.prod(found)}: {advice}")
    return found


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _whole_scale(data: np.ndarray) -> float:
    """Decide what brings the values to 0-255, from all pictures together but with few in memory at a time."""
    if data.dtype == np.uint8:
        return 1.0
    try:
        if data.dtype.kind not in "buif":
            return pixel_scale(data.dtype, 0, 0)
        step = max(1, _CHUNK_BYTES // data[0].nbytes)
        chunks = (data[start : start + step] for start in range(0, len(data), step))
        lows, highs = zip(*((chunk.min(), chunk.max()) for chunk in chunks), strict=True)
        return pixel_scale(data.dtype, np.min(lows).item(), np.max(highs).item())
    except ImageReadError as error:
        raise SourceError(str(error)) from error


def _label_list(labels: str | os.PathLike | np.ndarray | Sequence[Label], n_pictures: int) -> list[Label]:
    if isinstance(labels, str | os.PathLike):
        labels = _load_npy(labels, mmap_mode=None)
    if isinstance(labels, np.ndarray):
        if labels.dtype.kind not in "USbiuf" or labels.ndim not in (1, 2) or labels.shape[1:] not in ((), (1,)):
            raise SourceError(
                f"expected labels in one column of text or numbers, found {labels.dtype} of shape {labels.shape}"
            )
        labels = labels.ravel()
    _require_count(n_pictures, len(labels), "labels")
    return [_label(value) for value in labels]


def _label(value: object) -> Label:
    """Make it a Python scalar; empty text and NaN are no label."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, bool):
        return int(value)
    return None if value == "" or value != value else value


def _require_count(n_pictures: int, n_found: int, what: str) -> None:
    if n_pictures != n_found:
        raise SourceError(f"expected one of the {what} for each of {n_pictures} pictures, found {n_found} {what}")
