"""Drawings to learn from, in folders a class."""

import numpy as np
from PIL import Image

SHAPES = ("disc", "square", "stripes")


def drawing(shape, seed, side=64):
    """A dark or light shape at a place of its own on a noisy ground, uint8 (side, side, 3)."""
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    center, size = chance.integers(side // 3, 2 * side // 3, 2), side // 4
    inside = {
        "disc": (rows - center[0]) ** 2 + (columns - center[1]) ** 2 < size**2,
        "square": (abs(rows - center[0]) < size) & (abs(columns - center[1]) < size),
        "stripes": (rows + center[0]) % 12 < 6,
    }[shape]
    pixels = chance.integers(90, 130, (side, side, 3))
    pixels[inside] += chance.integers(60, 100, 3)
    return pixels.astype(np.uint8)


def write_drawings(root, n_each, first=0):
    """``disc/0.png``, ...; gives the folder."""
    for shape in SHAPES:
        (root / shape).mkdir(parents=True, exist_ok=True)
        for number in range(first, first + n_each):
            Image.fromarray(drawing(shape, 100 * SHAPES.index(shape) + number)).save(root / shape / f"{number}.png")
    return root


def pixels_and_class_indices(n_each):
    """Drawings of all shapes, uint8 (n, 64, 64, 3), and their class indices, float64 (n,)."""
    pixels = [drawing(shape, 100 * index + n) for index, shape in enumerate(SHAPES) for n in range(n_each)]
    return np.stack(pixels), np.repeat(np.arange(len(SHAPES), dtype=float), n_each)
