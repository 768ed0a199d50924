"""Read arrays from files of PyTorch's old format (``.pth`` of PyTorch before 1.6), without PyTorch."""

import io
import math
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np

from ..errors import WeightsError

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
"""The first two numbers of each file of this format; see `torch.serialization`."""

_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
"""Types of the numbers that are read; files are little-endian (`torch.serialization` says so in their third part)."""

_COUNT_BYTES = 8
"""Size of the number before each storage, the number of its values."""


class _Storage:
    """Numbers that tensors are parts of; they come after all tensors in the file."""

    def __init__(self, dtype: np.dtype, n_values: int):
        self.dtype = dtype
        self.n_values = n_values
        self.values: np.ndarray | None = None


class _Tensor:
    """A tensor: a view of a storage."""

    def __init__(self, storage: _Storage, start: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object):
        last = start + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
        if min((start, *shape, *strides)) < 0 or (math.prod(shape) and last >= storage.n_values):
            raise WeightsError("The file of PyTorch's weights is damaged: a tensor is not within its storage.")
        self.storage = storage
        self.start = start
        self.shape = shape
        self.strides = strides

    def array(self) -> np.ndarray:
        """Return the numbers as an array, once the storage has been read."""
        values = self.storage.values
        strides = [stride * values.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(values[self.start :], self.shape, strides, writeable=False)


class _TensorUnpickler(pickle.Unpickler):
    """An unpickler that accepts only ordered dictionaries of tensors."""

    _GLOBALS = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _Tensor,
        ("torch", "FloatStorage"): "FloatStorage",
        ("torch", "LongStorage"): "LongStorage",
    }

    def __init__(self, file: io.BytesIO):
        super().__init__(file, encoding="utf-8")
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._GLOBALS[module, name]
        except KeyError:
            raise WeightsError(f"The weights hold {module}.{name}; only tensors are accepted.") from None

    def persistent_load(self, saved: Any) -> _Storage:
        kind, type_name, key, _, n_values, view = saved
        if kind != "storage" or view is not None:
            raise WeightsError(f"The weights hold a {kind} of an unknown kind; only tensors are accepted.")
        return self.storages.setdefault(key, _Storage(_TYPES[type_name], n_values))


def read_tensors(content: bytes) -> dict[str, np.ndarray]:
    """Read the tensors of a file of PyTorch's old format.

    Parameters
    ----------
    content : bytes
        Content of the file: an ordered dictionary of tensors of float32 and int64, as ``torch.save`` writes it with
        ``_use_new_zipfile_serialization=False``.

    Returns
    -------
    dict of str to ndarray
        The tensors by their names, read-only, float32 or int64.

    Raises
    ------
    WeightsError
        It has another format, holds other objects than tensors, or is damaged.
    """
    file = io.BytesIO(content)
    try:
        head = _TensorUnpickler(file).load(), _TensorUnpickler(file).load()
        if head != (_MAGIC, _PROTOCOL):
            raise WeightsError(f"Expected a file of PyTorch's format {_PROTOCOL}, found one that begins with {head}.")
        _TensorUnpickler(file).load()  # facts about the computer that wrote it
        tensors = _TensorUnpickler(file)
        named = tensors.load()
        for key in _TensorUnpickler(file).load():
            _read_values(file, tensors.storages[key])
        return {name: tensor.array() for name, tensor in named.items()}
    except WeightsError:
        raise
    except Exception as error:  # a damaged file can raise anything
        raise WeightsError(f"The file of PyTorch's weights is damaged: {error}.") from error


def _read_values(file: io.BytesIO, storage: _Storage) -> None:
    n_values = int.from_bytes(file.read(_COUNT_BYTES), "little")
    if n_values != storage.n_values:
        raise WeightsError(f"The file of PyTorch's weights is damaged: {n_values} values, not {storage.n_values}.")
    storage.values = np.frombuffer(file.read(n_values * storage.dtype.itemsize), storage.dtype)
    if len(storage.values) != n_values:
        raise WeightsError("The file of PyTorch's weights is damaged: it ends too early.")
