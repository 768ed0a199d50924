"""A source of images in one array, in memory or in an ``.npy`` file."""

import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ..errors import ImageReadError, SourceError
from ..images.pixels import pixel_scale, to_uint8
from ..plurals import pl
from ..records import ImageItem, Label
from .labels import CLASS_NAME, label_list

_NPY_SIGNATURE = b"\x93NUMPY"


class NpySource:
    """A source of images in one array, which are read one at a time.

    Parameters
    ----------
    data : str, PathLike or ndarray
        An ``.npy`` file or array of shape (n, height, width, channels), (n, height, width), or
        (n, height * width * channels). uint8; other integers within 0-255; bool; or floats, all within 0-1 (multiplied
        by 255 and rounded to the nearest) or else all within 0-255 (rounded to the nearest).
    labels : str, PathLike, ndarray or sequence, optional
        An ``.npy`` file, array or list of n labels: text, whole numbers, floats (NaN for no label) or bool.
    height, width : int, optional
        Size of each image in pixels; needed if each image is a row of values.
    channels : int, optional
        1 (gray), 3 (RGB) or 4 (RGB and transparency); by default 3 if each image is a row of values.

    Attributes
    ----------
    labels : list of Label or None
        One label per image; None if there are no labels.
    image_shape : tuple of int
        (height, width, channels) of each image.

    Raises
    ------
    SourceError
        The file is not an array of numbers (pickled objects are refused), or the shape, the values or the number of
        labels is wrong.
    """

    meta_names: tuple[str, ...] = ()
    is_target = False
    columns: tuple[str, ...] = ()

    def __init__(
        self,
        data: str | os.PathLike | np.ndarray,
        labels: str | os.PathLike | np.ndarray | Sequence[Label] | None = None,
        height: int | None = None,
        width: int | None = None,
        channels: int | None = None,
    ) -> None:
        self._data = data if isinstance(data, np.ndarray) else load_array(data)
        self.image_shape = _image_shape(self._data.shape, height, width, channels)
        try:
            self._scale = pixel_scale(self._data)
        except ImageReadError as error:
            raise SourceError(str(error)) from error
        labels = load_array(labels) if isinstance(labels, str | os.PathLike) else labels
        self.labels = None if labels is None else label_list(labels, len(self))
        self.label_name = None if labels is None else CLASS_NAME

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[ImageItem]:
        labels = [None] * len(self) if self.labels is None else self.labels
        for position, (values, label) in enumerate(zip(self._data, labels, strict=True)):
            yield ImageItem(str(position), to_uint8(np.array(values), self._scale).reshape(self.image_shape), label)


def load_array(path: str | os.PathLike) -> np.ndarray:
    """Open an ``.npy`` file; its values are read when they are used.

    Raises
    ------
    SourceError
        The file is not an array of numbers or text; pickled objects are refused.
    """
    path = Path(path).expanduser()
    try:
        with open(path, "rb") as file:
            signature = file.read(len(_NPY_SIGNATURE))
        if signature == _NPY_SIGNATURE:
            return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except (OSError, ValueError, EOFError, SyntaxError, TypeError, OverflowError, MemoryError) as error:
        if "object" in str(error).lower():
            found = "found pickled objects, which are never unpickled"
            raise SourceError(f"{path}: expected numbers or text, {found}") from error
        raise SourceError(f"{path}: the array cannot be read; the file is damaged or incomplete ({error})") from error
    hint = "; take one array out of the .npz and save it alone" if signature.startswith(b"PK") else ""
    raise SourceError(f"{path}: expected an array in an .npy file, found something else{hint}")


def _image_shape(
    shape: tuple[int, ...], height: int | None, width: int | None, channels: int | None
) -> tuple[int, int, int]:
    """Return (height, width, channels) of an image from the shape of the array and the settings of the user."""
    if not shape or 0 in shape:
        raise SourceError(f"expected an array of images, found an empty one of shape {shape}")
    if len(shape) not in (2, 3, 4):
        raise SourceError(
            f"expected an array of 2, 3 or 4 dimensions (the first counts the images), found shape {shape}"
        )
    if len(shape) == 2:
        found = _row_shape(shape[1], height, width, channels)
    else:
        found = _whole_shape(shape, height, width, channels)
    if found[2] not in (1, 3, 4):
        raise SourceError(f"expected 1, 3 or 4 channels in the last dimension, found {found[2]} (shape {shape})")
    return found


def _row_shape(n_values: int, height: int | None, width: int | None, channels: int | None) -> tuple[int, int, int]:
    advice = "give height, width and channels"
    if height is None or width is None:
        raise SourceError(
            f"each image is a row of {n_values} {pl(n_values, 'value')}, which does not tell its shape: {advice}"
        )
    found = (height, width, 3 if channels is None else channels)
    if min(found) < 1 or math.prod(found) != n_values:
        raise SourceError(
            f"{n_values} {pl(n_values, 'value')} per image {pl(n_values, 'is|are')} not {_times(found)} = "
            f"{math.prod(found)} values: {advice}"
        )
    return found


def _whole_shape(
    shape: tuple[int, ...], height: int | None, width: int | None, channels: int | None
) -> tuple[int, int, int]:
    if len(shape) == 3 and shape[2] in (3, 4) and shape[1] >= 16 and height is None and width is None:
        raise SourceError(f"shape {shape} looks like a single image; expected the number of images as first dimension")
    found = (*shape[1:], 1)[:3]
    pairs = zip((height, width, channels), found, strict=True)
    wanted = tuple(there if asked is None else asked for asked, there in pairs)
    if wanted != found:
        raise SourceError(f"expected images of {_times(wanted)}, found {_times(found)}; leave out what does not fit")
    return found


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
