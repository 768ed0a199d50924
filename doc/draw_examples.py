"""Draw the images of steps and feature maps in the documentation: ``python doc/draw_examples.py``."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_image

from orangecontrib.transferlearning.explain.feature_maps import draw_maps, read_maps
from orangecontrib.transferlearning.images.contact_sheet import Panel, lay_out
from orangecontrib.transferlearning.images.reading import read_image
from orangecontrib.transferlearning.images.steps import read_steps

WIDTH = 1400
"""Width of an image in pixels, at most."""

IMAGES = Path(__file__).parent / "images"

STEPS = (
    "crop:0,0.35,1,0.9", "square", "pad:black", "resize:60x240", "gray", "brightness:1.5",
    "contrast:2", "saturation:3", "autocontrast", "equalize", "mirror", "rotate:90",
)  # fmt: skip
"""One step of each kind."""

_DETAIL = 4
_SIZE = (240, 180)


def road() -> Image.Image:
    """Draw a road as seen by the camera of a car: sky, hills, the road and the hood."""
    width, height = (side * _DETAIL for side in _SIZE)
    rows = np.linspace(0, 1, height)[:, None, None]
    sky = np.array([112, 150, 190]) + rows * np.array([90, 60, 20]) + np.zeros((height, width, 3))
    sheet = Image.fromarray(sky.clip(40, 215).astype(np.uint8))
    draw = ImageDraw.Draw(sheet)

    def shape(points: list[tuple[float, float]], color: str) -> None:
        draw.polygon([(x * width, y * height) for x, y in points], fill=color)

    shape([(0, 0.5), (0.2, 0.36), (0.45, 0.5), (0.7, 0.4), (1, 0.5), (1, 1), (0, 1)], "#6f8f77")
    shape([(0, 0.5), (1, 0.5), (1, 1), (0, 1)], "#7f9a58")
    shape([(0.46, 0.5), (0.54, 0.5), (0.95, 1), (0.05, 1)], "#77777c")
    for near, far in ((0.56, 0.53), (0.66, 0.6), (0.84, 0.73)):
        half = 0.015 * (near - 0.48) / 0.3
        shape([(0.5 - half * 0.8, far), (0.5 + half * 0.8, far), (0.5 + half, near), (0.5 - half, near)], "#d8d8cf")
    shape([(0.7, 0.6), (0.71, 0.28), (0.73, 0.28), (0.73, 0.6)], "#5b4636")
    draw.ellipse([0.64 * width, 0.1 * height, 0.8 * width, 0.4 * height], fill="#3f7042")
    draw.ellipse([0.12 * width, 0.08 * height, 0.2 * width, 0.187 * height], fill="#dccb7a")
    shape([(0, 1), (0, 0.95), (0.3, 0.9), (0.7, 0.9), (1, 0.95), (1, 1)], "#7a2b2b")
    return sheet.resize(_SIZE, Image.Resampling.LANCZOS)


def draw_steps() -> Image.Image:
    """Draw the road, and the result of each step."""
    image = np.asarray(road())
    panels = [Panel(Image.fromarray(image), "the image")]
    panels += [Panel(Image.fromarray(read_image(image, steps=read_steps([step]))), step) for step in STEPS]
    return lay_out([panels[start : start + 5] for start in range(0, len(panels), 5)])


def draw_flower_maps() -> Image.Image:
    """Draw SqueezeNet's feature maps of scikit-learn's photograph of a flower."""
    flower = load_sample_image("flower.jpg")
    return draw_maps(flower, [read_maps(flower, layers=["maxpool1", "fire9"])], title="flower.jpg", n_tiles=36)


def _save(image: Image.Image, name: str) -> None:
    narrow = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    (narrow if image.width > WIDTH else image).quantize(256).save(IMAGES / name, optimize=True)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    _save(draw_steps(), "steps.png")
    _save(draw_flower_maps(), "feature-maps.png")
