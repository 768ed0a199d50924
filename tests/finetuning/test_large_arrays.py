"""Large arrays go to the disk."""

import numpy as np

from orangecontrib.transferlearning.finetuning import large_arrays as scratch


def test_array_above_the_limit_is_on_the_disk_and_keeps_what_is_written(monkeypatch):
    monkeypatch.setattr(scratch, "MAX_IN_MEMORY", 100)
    small, large = scratch.make_array((25,), np.float32), scratch.make_array((26, 2), np.float32)
    assert type(small) is np.ndarray
    assert isinstance(large, np.memmap)
    large[:] = np.arange(52).reshape(26, 2)
    assert large[[25, 3]].tolist() == [[50, 51], [6, 7]]
