"""Files of PyTorch's old format, written here as PyTorch 1.5 writes them."""

import io
import pickle
import struct
import sys
from collections import OrderedDict
from types import ModuleType

import numpy as np
import pytest

from orangecontrib.transferlearning.backbones.torch_weights import read_tensors
from orangecontrib.transferlearning.errors import WeightsError

FLOATS = np.arange(24, dtype=np.float32) / 8
COUNTS = np.array([7, 2**40], np.int64)


@pytest.fixture
def torch(monkeypatch):
    """Names of PyTorch that the files contain."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")

    def _rebuild_tensor_v2(*arguments):
        raise AssertionError("written, never called")

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    for name in ("FloatStorage", "LongStorage", "HalfStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    torch.rebuild = _rebuild_tensor_v2
    return torch


class Storage:
    def __init__(self, type_, key, values):
        self.saved = ("storage", type_, key, "cpu", len(values), None)
        self.values = values


class Tensor:
    def __init__(self, torch, storage, start, shape, strides):
        self.reduced = torch.rebuild, (storage, start, shape, strides, False, OrderedDict())

    def __reduce__(self):
        return self.reduced


def write(named, storages, head=(0x1950A86A20F9469CFC6C, 1001), n_more=0):
    file = io.BytesIO()

    class Pickler(pickle.Pickler):
        def persistent_id(self, each):
            return each.saved if isinstance(each, Storage) else None

    for part in (*head, {"little_endian": True}):
        pickle.dump(part, file, protocol=2)
    Pickler(file, protocol=2).dump(named)
    pickle.dump([storage.saved[2] for storage in storages], file, protocol=2)
    for storage in storages:
        file.write(struct.pack("<q", len(storage.values) + n_more) + storage.values.tobytes())
    return file.getvalue()


@pytest.fixture
def parts(torch):
    floats, counts = Storage(torch.FloatStorage, "1", FLOATS), Storage(torch.LongStorage, "2", COUNTS)
    named = OrderedDict(
        rows=Tensor(torch, floats, 0, (2, 3), (3, 1)),
        columns=Tensor(torch, floats, 4, (2, 3), (1, 2)),
        number=Tensor(torch, counts, 1, (), ()),
        empty=Tensor(torch, floats, 24, (0, 3), (3, 1)),
    )
    return named, [counts, floats]


def test_tensors_are_views_of_storages_in_any_order_of_axes(parts):
    found = read_tensors(write(*parts))
    assert list(found) == ["rows", "columns", "number", "empty"]
    np.testing.assert_array_equal(found["rows"], [[0, 0.125, 0.25], [0.375, 0.5, 0.625]])
    np.testing.assert_array_equal(found["columns"], [[0.5, 0.75, 1], [0.625, 0.875, 1.125]])
    assert (found["number"].dtype, int(found["number"])) == (np.int64, 2**40)
    assert (found["empty"].shape, found["rows"].dtype) == ((0, 3), np.float32)
    with pytest.raises(ValueError, match="read-only"):
        found["rows"][0, 0] = 1


def test_other_objects_than_tensors_are_not_loaded(torch, parts):
    named, storages = parts
    with pytest.raises(WeightsError, match=r"hold .*\.system; only tensors are accepted"):
        read_tensors(write(named | {"code": pickle.loads(b"cos\nsystem\n.")}, storages))
    half = Storage(torch.HalfStorage, "3", np.zeros(2, np.float16))
    with pytest.raises(WeightsError, match=r"hold torch\.HalfStorage"):
        read_tensors(write(OrderedDict(a=Tensor(torch, half, 0, (2,), (1,))), [half]))
    with pytest.raises(WeightsError, match=r"Expected a file of PyTorch's format 1001, found one .*, 1002\)"):
        read_tensors(write(*parts, head=(0x1950A86A20F9469CFC6C, 1002)))


@pytest.mark.parametrize("start, shape, strides", [(20, (2, 3), (3, 1)), (-1, (2,), (1,)), (0, (2,), (-1,))])
def test_tensor_outside_of_its_storage_is_refused(torch, start, shape, strides):
    storage = Storage(torch.FloatStorage, "1", FLOATS)
    with pytest.raises(WeightsError, match="a tensor is not within its storage"):
        read_tensors(write(OrderedDict(a=Tensor(torch, storage, start, shape, strides)), [storage]))


def test_damaged_files_are_refused(parts):
    whole = write(*parts)
    for n_bytes in (0, 10, 200, len(whole) - 1):
        with pytest.raises(WeightsError, match="damaged"):
            read_tensors(whole[:n_bytes])
    with pytest.raises(WeightsError, match="damaged: 3 values, not 2"):
        read_tensors(write(*parts, n_more=1))
