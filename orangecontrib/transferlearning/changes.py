"""Changes of the shape, size and colour of an RGB picture: each makes a new one."""

from collections.abc import Callable

from PIL import Image

_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def crop_image(image: Image.Image, sides: tuple[float, ...]) -> Image.Image:
    """Keep a part.

    Parameters
    ----------
    image : PIL.Image.Image
    sides : tuple of float
        Left, top, right and bottom edge as fractions of the picture, 0-1; one pixel at least is kept.
    """
    left, right = _whole_pixels(sides[0], sides[2], image.width)
    top, bottom = _whole_pixels(sides[1], sides[3], image.height)
    return image.crop((left, top, right, bottom))


def _whole_pixels(start: float, end: float, length: int) -> tuple[int, int]:
    first = min(round(start * length), length - 1)
    return first, max(round(end * length), first + 1)


def square_image(image: Image.Image) -> Image.Image:
    """Keep the greatest square in the middle."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def pad_image(image: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """Lay the picture on the middle of the least square that holds it, of a colour (red, green, blue; 0-255)."""
    side = max(image.size)
    padded = Image.new("RGB", (side, side), colour)
    padded.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return padded


def resize_image(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize to (height, width) in pixels, by bilinear interpolation over all pixels."""
    return image.resize((size[1], size[0]), Image.Resampling.BILINEAR)


def turn_image(image: Image.Image, clockwise: int) -> Image.Image:
    """Turn by 90, 180 or 270 degrees, clockwise."""
    return image.transpose(_TURNS[clockwise])


def grey_image(image: Image.Image) -> Image.Image:
    """Take the colours away; the result is RGB all the same."""
    return image.convert("L").convert("RGB")


def enhance_image(image: Image.Image, enhancement: Callable, factor: float) -> Image.Image:
    """Apply a class of ``PIL.ImageEnhance``: a factor of 1 changes nothing, 0 leaves nothing."""
    return enhancement(image).enhance(factor)
