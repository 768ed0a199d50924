"""Damage files at random, and check what reading files gives."""

import random
from pathlib import Path

import numpy as np

from orangecontrib.transferlearning.errors import ImageReadError, SourceError
from orangecontrib.transferlearning.images.reading import decode
from orangecontrib.transferlearning.images.steps import read_steps
from orangecontrib.transferlearning.sources.csv_source import CsvSource

STEPS = tuple(
    read_steps(steps)
    for steps in ((), (), ("percentiles:1,99",), ("frame:2", "channel:2", "range:0,4095", "gamma:0.5"), ("gray",))
)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return a file with some bytes changed, most in its head, moved, repeated or cut off."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        reach = len(changed) if chance.random() < 0.4 else min(len(changed), 300)
        if not reach:
            break
        at, kind = chance.randrange(reach), chance.random()
        if kind < 0.6:
            changed[at] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        elif kind < 0.75:
            changed[at : at + 4] = chance.randbytes(4)
        elif kind < 0.85:
            del changed[at : at + chance.randint(1, 40)]
        elif kind < 0.95:
            changed[at:at] = changed[max(0, at - chance.randint(1, 40)) : at]
        else:
            del changed[at:]
    return bytes(changed)


def check_outcome(data: bytes, steps=()) -> None:
    """Check that bytes give pixels, or a reason of one line, and nothing else."""
    try:
        decoded = decode(data, (8, 8), steps=steps)
    except ImageReadError as error:
        reason = str(error)
        assert reason.strip()
        assert "\n" not in reason
        assert len(reason) < 400
    else:
        assert (decoded.pixels.shape, decoded.pixels.dtype) == ((8, 8, 3), np.uint8)
        assert all(note.text and note.detail for note in decoded.notes)


def check_table(path: Path) -> None:
    """Check that a table is read, without header and by names, or refused in one line."""
    for options in ({}, {"image_column": "column 1"}, {"image_column": "image", "label_column": "b"}):
        try:
            items = list(CsvSource(path, **options))
        except SourceError as error:
            assert len(str(error).splitlines()) == 1
        else:
            assert len({item.key for item in items}) == len(items) > 0
