"""Kill `orange-transfer embed` at random moments, let it resume, and compare the rows with those of a quiet run."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from orangecontrib.transferlearning import read_features

from .row import Row

N_IMAGES = 300
OUTPUTS = ("out.h5", "out.npz", "out.parquet", "out/")


def kills(n_kills: int, folder: Path) -> Iterator[Row]:
    """Kill runs that write each kind of output that can be resumed, so many times in all for each."""
    images = folder / "images"
    for number in range(N_IMAGES):
        path = images / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (48, 48, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    _run(images, folder / "whole.h5").wait()
    whole = read_features(folder / "whole.h5")
    for output in OUTPUTS:
        yield Row(f"kills of a run that writes {output}", _kill(images, folder / "killed", output, n_kills, whole))


def _run(images: Path, out: object) -> subprocess.Popen:
    words = ["embed", images, out, "--resume", "--no-cache", "--buffer-size", 16, "--batch-size", 8]
    return subprocess.Popen(
        [sys.executable, "-m", "orangecontrib.transferlearning", *map(str, words)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _kill(images: Path, folder: Path, output: str, n_kills: int, whole: object) -> dict[str, int]:
    chance, seconds, n_killed, counts = random.Random(0), 0.0, 0, {"lost!": 0, "doubled!": 0, "other features!": 0}
    round_number = 0
    while n_killed < n_kills:
        round_number += 1
        folder.joinpath(str(round_number)).mkdir(parents=True, exist_ok=True)
        out = f"{folder / str(round_number) / output}{'/' * output.endswith('/')}"
        while True:
            start, process = time.monotonic(), _run(images, out)
            try:
                # The last run tells how long one takes.
                process.wait(chance.uniform(0.3, seconds) if seconds and n_killed < n_kills else None)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                n_killed += 1
                continue
            seconds = max(seconds, time.monotonic() - start)
            break
        found = read_features(out)
        counts["lost!"] += len(set(whole.keys) - set(found.keys))
        counts["doubled!"] += len(found.keys) - len(set(found.keys))
        rows = dict(zip(found.keys, found.features, strict=True))
        counts["other features!"] += sum(
            not np.allclose(rows.get(key, np.nan), row, rtol=1e-4, atol=1e-5)
            for key, row in zip(whole.keys, whole.features, strict=True)
        )
        if round_number == 1 and n_kills:
            continue  # It was not killed, to tell how long a run takes.
    return {"kills": n_killed, "rounds": round_number} | counts
