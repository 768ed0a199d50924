"""Images of colors that the fake network tells apart."""

import numpy as np
from PIL import Image

COLORS = {"blue": (20, 20, 200), "green": (20, 200, 20), "red": (200, 20, 20)}


def paint(root, n_each=6, side=40):
    """Write ``blue/0.png``, ... in shades that differ, and return the folder."""
    for number, (name, color) in enumerate(COLORS.items()):
        (root / name).mkdir(parents=True)
        for shade in range(n_each):
            generator = np.random.default_rng(100 * number + shade)
            pixels = np.clip(np.array(color) + generator.integers(-20, 20, 3), 0, 255)
            Image.fromarray(np.full((side, side, 3), pixels, np.uint8)).save(root / name / f"{shade}.png")
    return root
