"""Read DICOM images, with pydicom."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ImageReadError
from .channels import Channels, no_such_frame
from .pixels import MAX_PIXELS

if TYPE_CHECKING:
    from pydicom import FileDataset

_WAY = "pip install Orange3-TransferLearning[medical] reads it"


def is_dicom(data: bytes) -> bool:
    """Return whether the first 132 bytes are those of a DICOM file."""
    return data[128:132] == b"DICM"


def read_dicom(data: bytes, frame: int = 1, *, as_stored: bool = False) -> tuple[Channels, int]:
    """Read one image of a DICOM file.

    Parameters
    ----------
    data : bytes
        The content of the file.
    frame : int
        Number of the image, from 1.
    as_stored : bool
        Do not apply the window of gray that the file names, so that steps see all values. The rescale slope and
        intercept are applied always: values are Hounsfield units in computed tomography.

    Returns
    -------
    channels : Channels
    n_frames : int
        Number of images in the file.

    Raises
    ------
    ImageReadError
        The image cannot be read; the message is the reason. Other errors of pydicom are not converted.
    """
    with _errors_in_words():
        return _read(_open(io.BytesIO(data)), frame, as_stored)


def _read(dataset: "FileDataset", frame: int, as_stored: bool) -> tuple[Channels, int]:
    from pydicom.pixels import apply_modality_lut, apply_voi_lut, pixel_array

    n_frames = int(dataset.get("NumberOfFrames") or 1)
    if frame > n_frames:
        raise no_such_frame(n_frames, frame)
    if dataset.Rows * dataset.Columns > MAX_PIXELS:
        found = f"{dataset.Columns} x {dataset.Rows} pixels"
        raise ImageReadError(f"the image is too large ({found}; the limit is {MAX_PIXELS} pixels)")
    try:
        values = pixel_array(dataset, index=frame - 1)  # colors are RGB
    except (RuntimeError, NotImplementedError) as error:
        transfer = dataset.file_meta.TransferSyntaxUID.name
        raise ImageReadError(
            f"a DICOM image with a compression that needs another library ({transfer}): "
            "pip install pylibjpeg[all] reads it"
        ) from error
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        from pydicom.pixels import apply_color_lut

        return Channels(apply_color_lut(values, dataset), "RGB"), n_frames
    if values.ndim == 3:
        return Channels(values, "RGB"), n_frames
    values = apply_modality_lut(values, dataset)
    white_is_zero = dataset.PhotometricInterpretation == "MONOCHROME1"
    if as_stored or not ("WindowWidth" in dataset or "VOILUTSequence" in dataset):
        top = 2.0 ** int(dataset.BitsStored) - 1
        return Channels(_plain(values)[..., None], white_is_zero=white_is_zero, top=top), n_frames
    return Channels(_windowed(apply_voi_lut, values, dataset)[..., None], white_is_zero=white_is_zero), n_frames


def measure_dicom(file: io.BufferedIOBase) -> tuple[int, int]:
    """Return width and height in pixels."""
    with _errors_in_words():
        dataset = _open(file, stop_before_pixels=True)
        return int(dataset.Columns), int(dataset.Rows)


@contextmanager
def _errors_in_words() -> Iterator[None]:
    try:
        from pydicom.errors import BytesLengthException, InvalidDicomError
    except ImportError as error:
        raise ImageReadError(f"a DICOM image: {_WAY}") from error
    try:
        yield
    except (BytesLengthException, InvalidDicomError) as error:
        raise ImageReadError("the file is damaged or ends early (a DICOM element has a wrong length)") from error


def _open(file: io.BufferedIOBase, *, stop_before_pixels: bool = False) -> "FileDataset":
    import pydicom

    warnings.filterwarnings("ignore", module=r"pydicom\.")  # about tags that pixels do not need
    dataset = pydicom.dcmread(file, stop_before_pixels=stop_before_pixels)
    missing = [name for name in ("Rows", "Columns", "PhotometricInterpretation", "BitsStored") if name not in dataset]
    if missing:
        raise ImageReadError(f"a DICOM file without an image, or damaged (it has no {', '.join(missing)})")
    return dataset


def _windowed(apply_voi_lut: object, values: np.ndarray, dataset: "FileDataset") -> np.ndarray:
    """Return values within 0-1 for the file's first window, or its table."""
    result = apply_voi_lut(values, dataset).astype(np.float64)
    if "VOILUTSequence" in dataset:
        low, high = 0, 2.0 ** int(dataset.VOILUTSequence[0].LUTDescriptor[2]) - 1
    else:  # pydicom spreads the window over the range of all values there can be, which a constant image shows
        ends = apply_voi_lut(np.array([[-1e9, 1e9]]), dataset)[0]
        low, high = float(ends[0]), float(ends[1])
    return np.clip((result - low) / (high - low), 0, 1) if high != low else np.zeros_like(result)


def _plain(values: np.ndarray) -> np.ndarray:
    """Return whole numbers as integers, as they are without a slope that is a fraction."""
    whole = values.astype(np.int32) if values.dtype.kind == "f" and np.abs(values).max() < 2**31 else values
    return whole if (whole == values).all() else values
