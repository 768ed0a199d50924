"""Tells pictures apart by their content."""

from hashlib import sha256

import numpy as np

from .errors import ImageReadError


def content_hash(data: bytes | np.ndarray) -> bytes:
    """Digest of a file's bytes, or of an array's type, shape and values.

    Parameters
    ----------
    data : bytes or ndarray
        The content of a file; or numbers of any shape and strides.

    Returns
    -------
    bytes of length 16

    Raises
    ------
    ImageReadError
        An array of objects: these are not pixels.
    """
    if not isinstance(data, np.ndarray):
        return sha256(data).digest()[:16]  # processors have instructions for it: twice as fast as BLAKE2
    if data.dtype.hasobject:
        raise ImageReadError(f"pixels must be numbers (uint8, 0-255), not {data.dtype}")
    digest = sha256(f"array {data.dtype.str} {data.shape} ".encode())
    digest.update(np.ascontiguousarray(data).tobytes() if data.dtype.kind in "mM" else np.ascontiguousarray(data))
    return digest.digest()[:16]
