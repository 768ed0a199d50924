"""All values of an image as its file has them, and their way to 8 bits."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from ..errors import ImageReadError
from ..plurals import pl
from .notes import ImageNote
from .pixels import Scale, compute_in_parts, gray_to_uint8, natural_scale, to_uint8
from .transparency import is_band, lay_on_white

N_COLORS = {"L": 1, "RGB": 3, "CMYK": 4}
"""Number of channels of the colors that channels may be."""

DEEP_MODES = {"I", "I;16", "I;16B", "I;16L", "I;16N", "F"}
"""Pillow's modes of more than 8 bits, whose conversion to 8 bits clips."""

_FEW = 32
_N_SAMPLES = 2**16


@dataclass(frozen=True, eq=False)
class Channels:
    """The values of an image, upright, of any type and number of channels.

    Attributes
    ----------
    values : ndarray of shape (height, width, n_channels)
        Numbers as the file has them.
    colors : {"L", "RGB", "CMYK"}
        What the first channels are: gray, or colors.
    has_alpha : bool
        Whether the channel after these is marked as alpha.
    may_hold_a_band : bool
        Whether what is marked as alpha may be another band, as in aerial images.
    white_is_zero : bool
        Whether 0 is white and larger values are darker.
    top : float or None
        The largest value there can be, if the type does not say so.
    n_left_out : int
        Number of further channels that the file has.
    opaque : ndarray of shape (height, width), bool, or None
        Pixels that are not of the file's transparent color.
    """

    values: np.ndarray
    colors: str = "L"
    has_alpha: bool = False
    may_hold_a_band: bool = False
    white_is_zero: bool = False
    top: float | None = None
    n_left_out: int = 0
    opaque: np.ndarray | None = None

    @property
    def shades(self) -> np.ndarray:
        """The values of gray or of the colors, of shape (height, width, 1, 3 or 4)."""
        return self.values[..., : N_COLORS[self.colors]]

    def with_shades(self, shades: np.ndarray) -> "Channels":
        """Return the same image with other shades, numbers within 0-1 of which 1 is white."""
        rest = self._alpha_of_one()
        values = shades if rest is None else np.concatenate([shades, rest[..., None]], axis=2)
        return replace(self, values=values, white_is_zero=False, top=1.0, n_left_out=self._n_left_out())

    def pick(self, number: int) -> "Channels":
        """Return one channel as gray; the first has the number 1."""
        n_channels = self.values.shape[2]
        if number > n_channels:
            raise ImageReadError(
                f"it has {n_channels} {pl(n_channels, 'channel')}, so the step channel:{number} cannot read it"
            )
        is_shade = number <= N_COLORS[self.colors]
        return Channels(
            self.values[..., number - 1 : number],
            white_is_zero=self.white_is_zero and is_shade,
            top=self.top,
            opaque=self.opaque,
        )

    def without_alpha(self) -> "Channels":
        """Return the same image with all its pixels opaque."""
        alpha_at = N_COLORS[self.colors]
        values = np.delete(self.values, alpha_at, axis=2) if self.has_alpha else self.values
        return replace(self, values=values, has_alpha=False, opaque=None)

    def natural_shades(self) -> np.ndarray:
        """Return the shades as numbers within 0-1, 1 is white, as they are without any step."""
        scale = natural_scale(self.shades, self.top)
        low, factor, is_white = float(scale.low), scale.factor / 255, self.white_is_zero

        def shade(part: np.ndarray) -> np.ndarray:
            return abs(is_white - (np.where(np.isfinite(part), part, np.nan) - low) * factor)

        return compute_in_parts(self.shades, shade)

    def to_rgb(self) -> tuple[Image.Image, list[ImageNote]]:
        """Return the image in 8 bits, mode RGB, on white where it is transparent, with notes about what was lost.

        Pixels with a value that is no finite number are black.
        """
        scale = natural_scale(self.shades, self.top)
        notes = self._notes(scale)
        image = Image.fromarray(_squeezed(self._bytes(scale)), self.colors).convert("RGB")
        missing = self._missing()
        if missing is not None:
            image.paste((0, 0, 0), mask=Image.fromarray(missing))
            notes.append(ImageNote("missing", (float(missing.mean()),)))
        alpha = self._alpha_bytes()
        if alpha is None:
            return image, notes
        image.putalpha(Image.fromarray(alpha))
        image, others = lay_on_white(image, holds_a_band=self.holds_a_band)
        return image, notes + others

    def _bytes(self, scale: Scale) -> np.ndarray:
        shades = gray_to_uint8(self.shades, scale)
        return 255 - shades if self.white_is_zero else shades

    def _notes(self, scale: Scale) -> list[ImageNote]:
        notes = []
        if n_left_out := self._n_left_out():
            n_channels = N_COLORS[self.colors] + self.has_alpha + n_left_out
            notes.append(ImageNote("channels", (n_channels,)))
        if self.values.dtype.itemsize > 1 and scale.lowest < scale.highest:
            is_whole = self.values.dtype.kind in "ui" and not scale.is_stretched
            n_levels = scale.n_levels if is_whole else _count_levels(self.shades, scale)
            if n_levels < _FEW:
                notes.append(ImageNote("levels", (scale.lowest, scale.highest, n_levels)))
        return notes

    def _missing(self) -> np.ndarray | None:
        """Return where a value is no finite number; None if all are."""
        if self.values.dtype.kind != "f":
            return None
        missing = ~np.isfinite(self.shades).all(axis=2)
        return missing if missing.any() else None

    def _n_left_out(self) -> int:
        return self.n_left_out + self.values.shape[2] - N_COLORS[self.colors] - self.has_alpha

    def _top(self) -> float:
        """The value of full alpha, and of white."""
        if self.top is not None:
            return self.top
        return np.iinfo(self.values.dtype).max if self.values.dtype.kind in "ui" else 1.0

    def _alpha(self) -> np.ndarray | None:
        return self.values[..., N_COLORS[self.colors]] if self.has_alpha else None

    def _alpha_of_one(self) -> np.ndarray | None:
        alpha = self._alpha()
        return None if alpha is None else np.clip(alpha / np.float32(self._top()), 0, 1)

    def _alpha_bytes(self) -> np.ndarray | None:
        if self.opaque is not None:
            return self.opaque.astype(np.uint8) * 255
        alpha = self._alpha_of_one()
        return None if alpha is None else to_uint8(np.nan_to_num(alpha), 255)

    @property
    def holds_a_band(self) -> bool:
        """Whether the channel that is marked as alpha looks like a band of its own, such as near infrared."""
        pixels = self.values[..., : N_COLORS[self.colors] + 1]
        return self.has_alpha and self.may_hold_a_band and is_band(pixels, self._top())


def _count_levels(shades: np.ndarray, scale: Scale) -> int:
    """Return the number of levels of a sample; 256 if it has hardly more values than levels, so that none is lost.

    A single mark of missing data, far from all other values, leaves few levels to these.
    """
    sample = shades.reshape(-1)[:: max(1, shades.size // _N_SAMPLES)]
    sample = np.unique(sample[np.isfinite(sample)])
    n_levels = len(np.unique(np.rint((sample.astype(np.float64) - scale.low) * scale.factor)))
    return n_levels if len(sample) >= 2 * n_levels else 256


def no_such_frame(n_frames: int, frame: int) -> ImageReadError:
    """Return the error for a frame that is not there."""
    return ImageReadError(f"it has {n_frames} {pl(n_frames, 'frame')}, so the step frame:{frame} cannot read it")


def _squeezed(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values[..., 0] if values.shape[2] == 1 else values)


def channels_of(image: Image.Image, **facts: bool) -> Channels:
    """Return the channels of a loaded image of Pillow.

    Parameters
    ----------
    image : PIL.Image.Image
    facts : bool
        Attributes of `Channels` that the image does not know.
    """
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode in ("YCbCr", "LAB", "HSV", "RGBX"):
        image = image.convert("RGB")
    elif image.mode in ("La", "RGBa"):
        image = image.convert(image.mode.upper())
    elif image.mode in ("L", "RGB") and image.has_transparency_data:
        image = image.convert("LA" if image.mode == "L" else "RGBA")
    values = np.asarray(image)
    values = values[..., None] if values.ndim == 2 else values
    colors = {"LA": "L", "La": "L", "RGBA": "RGB", "RGBa": "RGB", "RGB": "RGB", "CMYK": "CMYK"}.get(image.mode, "L")
    transparent = image.info.get("transparency")
    opaque = values[..., 0] != transparent if colors == "L" and isinstance(transparent, int) else None
    return Channels(values, colors, has_alpha=image.mode[-1] in "Aa", opaque=opaque, **facts)
