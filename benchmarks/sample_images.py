"""Sample images for the measurements."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from orangecontrib.transferlearning.sources.opening import open_source

SIDE = 500
"""Height and width of an enlarged digit, in pixels."""

SMALL_SIDE = 128
"""Height and width of a digit with noise, in pixels; a multiple of 8."""


def write_digits(folder: Path, n_images: int) -> None:
    """Write scikit-learn's handwritten digits as color JPEGs, one folder per digit."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    for i, (image, digit) in enumerate(zip(digits.images[:n_images], digits.target, strict=False)):
        path = folder / str(digit) / f"{i:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        gray = Image.fromarray((image * (255 / 16)).astype(np.uint8))
        gray.resize((SIDE, SIDE), Image.Resampling.BICUBIC).convert("RGB").save(path, quality=90)


def write_noisy_digits(folder: Path, n_images: int) -> None:
    """Write small JPEGs of scikit-learn's digits with noise, one folder per digit; no two are equal."""
    from sklearn.datasets import load_digits

    digits, random = load_digits(), np.random.default_rng(0)
    for i in range(n_images):
        index = i % len(digits.images)
        path = folder / str(digits.target[index]) / f"{i:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        large = np.kron(digits.images[index], np.ones((SMALL_SIDE // 8, SMALL_SIDE // 8)))
        noisy = large[..., None] * (255 / 16) + random.normal(0, 20, (*large.shape, 3))
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=85)


def list_images(folder: Path) -> list[str]:
    """Return the paths of all images in a folder."""
    return [str(item.location) for item in open_source(folder)]


def some_of(paths: Sequence[str], n_images: int) -> list[str]:
    """Return up to `n_images` paths, spread over the list."""
    chosen = np.linspace(0, len(paths) - 1, min(n_images, len(paths))).astype(int)
    return [paths[i] for i in chosen]


def write_copies(paths: Sequence[str], folder: Path, n_images: int) -> list[str]:
    """Copy images repeatedly, with different bytes added at the end, so that no two files are equal."""
    folder.mkdir()
    copies = []
    for i in range(n_images):
        original = Path(paths[i % len(paths)])
        copy = folder / f"{i:05}{original.suffix}"
        copy.write_bytes(original.read_bytes() + i.to_bytes(8, "big"))
        copies.append(str(copy))
    return copies


def write_list(paths: Sequence[str], path: Path) -> None:
    """Write a CSV file of labels and paths for the command; a label is the last character of the name."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([Path(image).stem[-1], image] for image in paths)
