"""Damage the cache of features and the kept networks, and compare features with those of the first run."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from orangecontrib.transferlearning import read_features

from .row import Row


def damaged_caches(n_damages: int, folder: Path) -> Iterator[Row]:
    """Damage a random file of the caches so many times, and embed again each time."""
    chance, images, home = random.Random(0), folder / "few", folder / "home"
    images.mkdir()
    for number in range(12):
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (32, 32, 3), np.uint8)).save(
            images / f"{number}.png"
        )
    _embed(images, folder / "first.h5", home)
    first = read_features(folder / "first.h5")
    counts = {"damages": 0, "files": 0, "failed!": 0, "wrong features!": 0}
    damaged = set()
    while counts["damages"] < n_damages:
        files = [each for each in sorted(home.rglob("*")) if each.is_file() and each.stat().st_size]
        path = chance.choice(files)
        data = bytearray(path.read_bytes())
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
        path.write_bytes(data[: chance.choice((None, None, chance.randrange(len(data))))])
        damaged.add(path.suffix)
        counts["damages"] += 1
        counts["failed!"] += bool(_embed(images, folder / "again.h5", home))
        again = read_features(folder / "again.h5")
        counts["wrong features!"] += not (
            again.keys == first.keys and np.allclose(again.features, first.features, rtol=1e-4, atol=1e-5)
        )
    counts["files"] = len(damaged)
    yield Row("damages of the cache of features and of kept networks", counts)


def _embed(images: Path, out: Path, home: Path) -> int:
    words = ["embed", str(images), str(out), "--overwrite"]
    environment = os.environ | {"XDG_CACHE_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "orangecontrib.transferlearning", *words],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    ).returncode  # fmt: skip
