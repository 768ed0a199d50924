"""Images to measure with."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from orangecontrib.transferlearning.sources.opening import open_source

SIDE = 500
"""Height and width of an enlarged digit, in pixels."""

SMALL_SIDE = 128
"""Of one with noise; a multiple of 8."""


def write_digits(folder: Path, n_images: int) -> None:
    """Write scikit-learn's handwritten digits as color JPEGs, a folder a digit."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    for i, (image, digit) in enumerate(zip(digits.images[:n_images], digits.target, strict=False)):
        path = folder / str(digit) / f"{i:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        gray = Image.fromarray((image * (255 / 16)).astype(np.uint8))
        gray.resize((SIDE, SIDE), Image.Resampling.BICUBIC).convert("RGB").save(path, quality=90)


def write_noisy_digits(folder: Path, n_images: int) -> None:
    """Write small JPEGs of scikit-learn's digits with noise, a folder a digit; no two are equal."""
    from sklearn.datasets import load_digits

    digits, random = load_digits(), np.random.default_rng(0)
    for i in range(n_images):
        place = i % len(digits.images)
        path = folder / str(digits.target[place]) / f"{i:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        large = np.kron(digits.images[place], np.ones((SMALL_SIDE // 8, SMALL_SIDE // 8)))
        noisy = large[..., None] * (255 / 16) + random.normal(0, 20, (*large.shape, 3))
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=85)


def list_images(folder: Path) -> list[str]:
    """Paths of all images in a folder."""
    return [str(item.location) for item in open_source(folder)]


def some_of(paths: Sequence[str], n_images: int) -> list[str]:
    """Take images from all over a list, as many as there are at most."""
    chosen = np.linspace(0, len(paths) - 1, min(n_images, len(paths))).astype(int)
    return [paths[i] for i in chosen]


def write_copies(paths: Sequence[str], folder: Path, n_images: int) -> list[str]:
    """Copy images over and over, each with bytes of its own behind its end, so that no two files are equal."""
    folder.mkdir()
    copies = []
    for i in range(n_images):
        original = Path(paths[i % len(paths)])
        copy = folder / f"{i:05}{original.suffix}"
        copy.write_bytes(original.read_bytes() + i.to_bytes(8, "big"))
        copies.append(str(copy))
    return copies


def write_list(paths: Sequence[str], path: Path) -> None:
    """Write a CSV file of labels and paths, as the command reads it; the labels are the last digits of the names."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([Path(image).stem[-1], image] for image in paths)
