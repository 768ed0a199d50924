"""Steps that change an image before it is resized for the network, such as crop, pad or gray."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PIL import Image, ImageColor, ImageEnhance, ImageOps

from ..errors import SettingError
from .full_range_steps import FULL_RANGE_STEPS, FullRangeStep, check_order, read_full_range_step
from .pixels import MAX_PIXELS

_ROTATIONS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def crop_image(image: Image.Image, sides: tuple[float, ...]) -> Image.Image:
    """Return a part of an image.

    Parameters
    ----------
    image : PIL.Image.Image
    sides : tuple of float
        Left, top, right and bottom edge as fractions of the image, 0-1; the result has at least one pixel.
    """
    left, right = _whole_pixels(sides[0], sides[2], image.width)
    top, bottom = _whole_pixels(sides[1], sides[3], image.height)
    return image.crop((left, top, right, bottom))


def _whole_pixels(start: float, end: float, length: int) -> tuple[int, int]:
    first = min(round(start * length), length - 1)
    return first, max(round(end * length), first + 1)


def square_image(image: Image.Image) -> Image.Image:
    """Return the largest square in the middle of an image."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def pad_image(image: Image.Image, color: tuple[int, int, int]) -> Image.Image:
    """Return an image in the middle of a square of a color (red, green, blue; 0-255)."""
    side = max(image.size)
    padded = Image.new("RGB", (side, side), color)
    padded.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return padded


def resize_image(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize an image to (height, width) in pixels with bilinear interpolation."""
    return image.resize((size[1], size[0]), Image.Resampling.BILINEAR)


def rotate_image(image: Image.Image, clockwise: int) -> Image.Image:
    """Rotate an image clockwise by 90, 180 or 270 degrees."""
    return image.transpose(_ROTATIONS[clockwise])


def gray_image(image: Image.Image) -> Image.Image:
    """Convert an image to gray; the result is still RGB."""
    return image.convert("L").convert("RGB")


def enhance_image(image: Image.Image, enhancement: Callable, factor: float) -> Image.Image:
    """Apply a class of ``PIL.ImageEnhance``: a factor of 1 changes nothing, 0 leaves nothing."""
    return enhancement(image).enhance(factor)


STEPS = (
    *FULL_RANGE_STEPS,
    "crop:LEFT,TOP,RIGHT,BOTTOM",
    "square",
    "pad[:COLOR]",
    "resize:HxW",
    "gray",
    "brightness:F",
    "contrast:F",
    "saturation:F",
    "autocontrast",
    "equalize",
    "mirror",
    "rotate:90|180|270",
)
"""Texts of the steps that have a text."""


class Step(Protocol):
    """A function that changes an image, with an attribute ``name``.

    It is called from several threads, with an RGB image that it must not change in place.

    Attributes
    ----------
    name : str
        Name of the step in the fingerprint, without spaces and ``+``; different steps need different names.
    """

    name: str

    def __call__(self, image: Image.Image) -> Image.Image:
        """Return the changed image, in any mode of Pillow."""


@dataclass(frozen=True)
class KnownStep:
    """One of `STEPS`, with its values.

    Attributes
    ----------
    name : str
        Text of the step in a standard form, so that "crop:0,.35,1,.9" and "crop:0,0.35,1,0.90" have the same name.
    change : callable
        Function from an RGB image to another.
    allows_shrinking : bool
        Whether its result is nearly the same for an image that the JPEG decoder has shrunk.
    """

    name: str
    change: Callable[[Image.Image], Image.Image]
    allows_shrinking: bool = False

    def __call__(self, image: Image.Image) -> Image.Image:
        """Return the changed RGB image."""
        return self.change(image)


def read_steps(steps: Iterable[str | Step]) -> tuple[Step, ...]:
    """Convert texts to steps; the user's own functions stay as they are.

    Parameters
    ----------
    steps : iterable of str or Step
        Text as `STEPS` shows it, such as "crop:0,0.35,1,0.9" or "gray".

    Returns
    -------
    tuple of Step
        Steps in the same order.

    Raises
    ------
    SettingError
        There is no such step, its values are not valid, or it stands where it cannot work.
    """
    if isinstance(steps, str):
        raise SettingError(f"Steps are a list, such as ({steps!r},), not one text.")
    read = tuple(_read(step) if isinstance(step, str) else _own(step) for step in steps)
    check_order(read)
    return read


def has_own(steps: Iterable[Step]) -> bool:
    """Return whether some steps are the user's own functions, which may change without a change of their names."""
    return any(not isinstance(step, KnownStep | FullRangeStep) for step in steps)


def name_steps(steps: Iterable[Step]) -> str:
    """Return the names of steps for the fingerprint: "crop:0,0.35,1,0.9+gray"; own functions begin with "own:"."""
    return "+".join(step.name if isinstance(step, KnownStep | FullRangeStep) else f"own:{step.name}" for step in steps)


def _own(step: Step) -> Step:
    if isinstance(step, KnownStep | FullRangeStep):
        return step
    name = getattr(step, "name", None)
    if not callable(step):
        raise SettingError(f"A step is text or a function, not {step!r}.")
    if not isinstance(name, str) or not name or set(name) & set(" \t\n+"):
        raise SettingError(
            f"The step {getattr(step, '__name__', step)} needs an attribute `name` for the fingerprint, text without "
            f"spaces and +, not {name!r}."
        )
    return step


def _read(text: str) -> KnownStep | FullRangeStep:
    name, _, rest = text.strip().partition(":")
    name, values = name.lower(), [value.strip() for value in rest.split(",")] if rest else []
    try:
        step = read_full_range_step(name, values)
        if step is not None:
            return step
        if name in _PLAIN:
            if values:
                raise ValueError("it takes no values")
            return KnownStep(name, *_PLAIN[name])
        if name in _FACTORS:
            return _factor(name, values)
        if name in _OTHERS:
            return _OTHERS[name](values)
        raise ValueError("there is none with that name")
    except ValueError as error:
        raise SettingError(f"{text!r} is not a step ({error}). Steps are {', '.join(STEPS)}.") from None


def _crop(values: list[str]) -> KnownStep:
    sides = _numbers(values, 4, "four fractions: of the left, top, right and bottom edge")
    left, top, right, bottom = sides
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError("fractions are within 0-1, left before right and top before bottom")
    return KnownStep(f"crop:{','.join(map(_shortest, sides))}", partial(crop_image, sides=sides))


def _pad(values: list[str]) -> KnownStep:
    color = ImageColor.getrgb(",".join(values) or "white")[:3]
    return KnownStep("pad:#{:02x}{:02x}{:02x}".format(*color), partial(pad_image, color=color))


def _resize(values: list[str]) -> KnownStep:
    sides = values[0].lower().split("x") if len(values) == 1 else []
    if len(sides) != 2 or not all(side.isdecimal() and int(side) for side in sides):
        raise ValueError("it takes a height and a width in pixels, such as resize:240x320")
    height, width = map(int, sides)
    if height * width > MAX_PIXELS:
        raise ValueError(f"these are more than {MAX_PIXELS} pixels")
    return KnownStep(f"resize:{height}x{width}", partial(resize_image, size=(height, width)))


def _rotate(values: list[str]) -> KnownStep:
    if values not in (["90"], ["180"], ["270"]):
        raise ValueError("it takes 90, 180 or 270 degrees, clockwise")
    degrees = int(values[0])
    return KnownStep(f"rotate:{degrees}", partial(rotate_image, clockwise=degrees))


def _factor(name: str, values: list[str]) -> KnownStep:
    (factor,) = _numbers(values, 1, "one factor")
    if not 0 <= factor < math.inf:
        raise ValueError("a factor is 0 or more, and 1 changes nothing")
    change = partial(enhance_image, enhancement=_FACTORS[name], factor=factor)
    return KnownStep(f"{name}:{_shortest(factor)}", change, allows_shrinking=True)


def _numbers(values: list[str], n_values: int, expected: str) -> tuple[float, ...]:
    try:
        numbers = tuple(map(float, values))
    except ValueError:
        numbers = ()
    if len(numbers) != n_values:
        raise ValueError(f"it takes {expected}")
    return numbers


def _shortest(number: float) -> str:
    return f"{number:.15g}"


_PLAIN = {
    "square": (square_image, False),
    "gray": (gray_image, True),
    "autocontrast": (ImageOps.autocontrast, False),
    "equalize": (ImageOps.equalize, False),
    "mirror": (ImageOps.mirror, True),
}
_FACTORS = {
    "brightness": ImageEnhance.Brightness,
    "contrast": ImageEnhance.Contrast,
    "saturation": ImageEnhance.Color,
}
_OTHERS = {"crop": _crop, "pad": _pad, "resize": _resize, "rotate": _rotate}
