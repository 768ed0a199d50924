"""Draw the images of the tutorial workflows, always the same ones: ``python doc/draw_tutorial_images.py``."""

import math
import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

N_IMAGES = 24
"""Number of images of each kind."""

SIDE = 96
"""Side of an image in pixels."""

N_MOMENTS = 80
"""Number of images of the drive."""

ROAD = (96, 64)
"""Width and height of an image of the drive, in pixels."""

_DETAIL = 4
_COLORS = 24
_CRAYONS = ("#c0392b", "#d98024", "#c9a50c", "#3d8b4f", "#2a7f9e", "#34508f", "#7d4796", "#6d5140", "#3c3c3c")
_PAPERS = ("#fbf7ec", "#f3efe6", "#eef3f7", "#f6eef0", "#eef4ea", "#e6e0d2")

Point = tuple[float, float]


class Sheet:
    """A sheet of paper with one drawing of random position, size and slant, and with unsteady lines.

    Parameters
    ----------
    rng : random.Random
        Random numbers of the drawing.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.image = Image.new("RGB", (SIDE * _DETAIL, SIDE * _DETAIL), rng.choice(_PAPERS))
        self._draw = ImageDraw.Draw(self.image)
        self._angle = math.radians(rng.uniform(-28, 28))
        self._scale = SIDE * _DETAIL * rng.uniform(0.25, 0.42)
        self._center = [SIDE * _DETAIL * rng.uniform(0.36, 0.64) for _ in "xy"]

    def crayon(self) -> str:
        """Return a random color."""
        return self.rng.choice(_CRAYONS)

    def line(self, points: list[Point], color: str, width: float = 0.05, fill: str | None = None) -> None:
        """Draw a line through points with coordinates from -1 to 1, y downwards; a filled line is closed."""
        path = self._wobble(points + points[:1] if fill else points)
        if fill:
            self._draw.polygon(path, fill=fill)
        self._draw.line(path, fill=color, width=round(width * self._scale) + _DETAIL, joint="curve")

    def oval(self, center: Point, radii: Point, color: str, fill: str | None = None) -> None:
        """Draw an ellipse."""
        angles = [math.tau * step / 14 for step in range(15)]
        self.line(
            [(center[0] + radii[0] * math.cos(a), center[1] + radii[1] * math.sin(a)) for a in angles],
            color,
            fill=fill,
        )

    def scribble(self) -> None:
        """Draw a random stroke."""
        start = self._spot()
        points = [start]
        for _ in range(self.rng.randint(2, 6)):
            points.append(tuple(c + self.rng.gauss(0, 0.1) * SIDE * _DETAIL for c in points[-1]))
        self._draw.line(points, fill=self.crayon(), width=self.rng.randint(1, 3) * _DETAIL, joint="curve")

    def finish(self) -> Image.Image:
        """Return the image, with few colors so that its file is small."""
        small = self.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        return small.quantize(_COLORS, dither=Image.Dither.NONE)

    def _spot(self) -> Point:
        return tuple(self.rng.uniform(0, SIDE * _DETAIL) for _ in "xy")

    def _wobble(self, points: list[Point]) -> list[Point]:
        """Return the positions of points on the paper, with others between them, all slightly shifted."""
        steps = [
            (a[0] + (b[0] - a[0]) * t / 4, a[1] + (b[1] - a[1]) * t / 4)
            for a, b in zip(points, points[1:], strict=False)
            for t in range(4)
        ]
        cos, sin = math.cos(self._angle) * self._scale, math.sin(self._angle) * self._scale
        off = [(x + self.rng.gauss(0, 0.03), y + self.rng.gauss(0, 0.03)) for x, y in [*steps, points[-1]]]
        return [(self._center[0] + x * cos - y * sin, self._center[1] + x * sin + y * cos) for x, y in off]


def boat(sheet: Sheet) -> None:
    """Draw a sailing boat."""
    pen = sheet.crayon()
    sheet.line([(-0.9, 0.4), (0.9, 0.4), (0.55, 0.85), (-0.6, 0.85)], pen, fill=sheet.crayon())
    sheet.line([(0, 0.4), (0, -0.95)], pen)
    sheet.line([(0.08, -0.9), (0.75, 0.25), (0.08, 0.25)], pen, fill=sheet.crayon())
    if sheet.rng.random() < 0.6:
        sheet.line([(-0.08, -0.7), (-0.6, 0.25), (-0.08, 0.25)], pen, fill=sheet.crayon())


def fish(sheet: Sheet) -> None:
    """Draw a fish."""
    pen, skin = sheet.crayon(), sheet.crayon()
    sheet.line([(0.45, 0), (0.95, -0.45), (0.85, 0), (0.95, 0.45)], pen, fill=skin)
    sheet.oval((-0.15, 0), (0.7, sheet.rng.uniform(0.3, 0.5)), pen, fill=skin)
    sheet.oval((-0.55, -0.1), (0.07, 0.07), pen, fill="#ffffff")
    sheet.line([(-0.25, -0.25), (-0.15, 0), (-0.25, 0.25)], pen)
    if sheet.rng.random() < 0.5:
        sheet.line([(-0.2, -0.4), (0.1, -0.75), (0.3, -0.35)], pen, fill=skin)


def house(sheet: Sheet) -> None:
    """Draw a house."""
    pen = sheet.crayon()
    sheet.line([(-0.65, -0.1), (0.65, -0.1), (0.65, 0.85), (-0.65, 0.85)], pen, fill=sheet.crayon())
    sheet.line([(-0.85, -0.1), (0, -0.9), (0.85, -0.1)], pen, fill=sheet.crayon())
    sheet.line([(-0.15, 0.85), (-0.15, 0.35), (0.2, 0.35), (0.2, 0.85)], pen, fill=sheet.crayon())
    if sheet.rng.random() < 0.6:
        sheet.line([(0.35, 0.1), (0.55, 0.1), (0.55, 0.35), (0.35, 0.35)], pen, fill="#ffffff")


def tree(sheet: Sheet) -> None:
    """Draw a tree, leafy or fir."""
    pen, leaf = sheet.crayon(), sheet.crayon()
    sheet.line([(-0.12, 0.9), (-0.08, 0.1), (0.08, 0.1), (0.12, 0.9)], pen, fill=sheet.crayon())
    if sheet.rng.random() < 0.5:
        for top in (-0.1, -0.45, -0.8):
            half = 0.45 + (top + 0.8) * 0.35
            sheet.line([(-half, top + 0.5), (0, top - 0.1), (half, top + 0.5)], pen, fill=leaf)
    else:
        for x, y, radius in ((-0.35, -0.15, 0.4), (0.35, -0.15, 0.4), (0, -0.5, 0.45)):
            sheet.oval((x, y), (radius, radius), pen, fill=leaf)


KINDS: dict[str, Callable[[Sheet], None]] = {"boat": boat, "fish": fish, "house": house, "tree": tree}
"""Functions that draw, by kind."""


def draw(kind: str, number: int) -> Image.Image:
    """Draw one image.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    number : int
        Number of the image; the same number gives the same image.

    Returns
    -------
    PIL.Image.Image
    """
    sheet = Sheet(random.Random(f"{kind} {number}"))
    KINDS[kind](sheet)
    for _ in range(sheet.rng.randint(1, 5)):
        sheet.scribble()
    return sheet.finish()


def write_images(folder: Path) -> None:
    """Write all images into ``drawings`` in a folder, and ``drawings.tab``, which names them, beside that.

    Parameters
    ----------
    folder : Path
    """
    (folder / "drawings").mkdir(exist_ok=True)
    # Orange looks for the folder in `origin` beside the table.
    rows = ["image\tkind", f"string\t{' '.join(KINDS)}", "meta type=image origin=tutorials/drawings\tclass"]
    for kind in KINDS:
        for number in range(1, N_IMAGES + 1):
            name = f"{kind}-{number:02}.png"
            draw(kind, number).save(folder / "drawings" / name, optimize=True)
            rows.append(f"{name}\t{kind}")
    (folder / "drawings.tab").write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_folders(folder: Path) -> Path:
    """Write the drawings to a folder with a subfolder for each kind, and return the folder."""
    for kind in KINDS:
        (folder / kind).mkdir(parents=True)
        for number in range(1, N_IMAGES + 1):
            draw(kind, number).save(folder / kind / f"{kind}-{number:02}.png", optimize=True)
    return folder


def angle(number: int) -> float:
    """Return the angle of the steering wheel at a time of the drive: -25 (left) to 25 (right) degrees."""
    return round(random.Random(f"angle {number}").uniform(-25, 25), 1)


def draw_moment(number: int) -> Image.Image:
    """Draw the view of a camera behind the windscreen at a time of the drive: a road that bends with the wheel.

    Parameters
    ----------
    number : int
        Number of the image; the same number gives the same image.

    Returns
    -------
    PIL.Image.Image
    """
    rng = random.Random(f"moment {number}")
    width, height = (side * _DETAIL for side in ROAD)
    image = Image.new("RGB", (width, height), rng.choice(("#a9c9e6", "#c7d3dc", "#e3c9a8", "#8fa6bf")))
    sheet = ImageDraw.Draw(image)
    horizon, bend, aside = rng.uniform(0.36, 0.46), angle(number) / 25, rng.gauss(0, 0.04)

    def at(depth: float, across: float) -> Point:
        """Return the position of a point at a depth, 0 (far) to 1, and across the road, -1 to 1 for its edges."""
        middle = 0.5 + aside * depth + 0.42 * bend * (1 - depth) ** 2
        return (middle + across * (0.02 + 0.45 * depth)) * width, (horizon + (1 - horizon) * depth) * height

    hills = [(x / 6 * width, (horizon - rng.uniform(0.02, 0.12)) * height) for x in range(7)]
    sheet.polygon([(0, horizon * height), *hills, (width, horizon * height)], fill="#7f9a8b")
    sheet.rectangle([0, horizon * height, width, height], fill=rng.choice(("#7f9a58", "#94a35a", "#a89b66")))
    depths = [step / 24 for step in range(25)]
    sheet.polygon([at(d, -1) for d in depths] + [at(d, 1) for d in reversed(depths)], fill="#74747a")
    start = rng.uniform(0, 0.1)
    for far, near in ((start + 0.1 * n, start + 0.05 + 0.1 * n) for n in range(9)):
        sheet.polygon([at(far, -0.04), at(far, 0.04), at(near, 0.04), at(near, -0.04)], fill="#e4e4da")
    for depth in sorted(rng.uniform(0.05, 0.6) for _ in range(rng.randint(2, 6))):
        (x, y), size = at(depth, rng.choice((-1, 1)) * rng.uniform(1.4, 3)), (0.06 + 0.3 * depth) * height
        sheet.line([(x, y), (x, y - size)], fill="#5b4636", width=round(0.1 * size) + 1)
        sheet.ellipse([x - 0.4 * size, y - 1.7 * size, x + 0.4 * size, y - 0.6 * size], fill="#46704a")
    return image.resize(ROAD, Image.Resampling.LANCZOS).quantize(_COLORS, dither=Image.Dither.NONE)


def write_drive(folder: Path) -> None:
    """Write the images of the drive into ``drive`` in a folder, and ``drive.csv``, its log, beside that.

    Parameters
    ----------
    folder : Path
    """
    (folder / "drive").mkdir(exist_ok=True)
    rows = ["image,angle"]
    for number in range(1, N_MOMENTS + 1):
        draw_moment(number).save(folder / "drive" / f"{number:02}.png", optimize=True)
        rows.append(f"drive/{number:02}.png,{angle(number)}")
    (folder / "drive.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    TUTORIALS = Path(__file__).parents[1] / "orangecontrib" / "transferlearning" / "tutorials"
    write_images(TUTORIALS)
    write_drive(TUTORIALS)
