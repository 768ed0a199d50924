"""Steps that use all values of an image's file, before these become 8 bits."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from ..errors import SettingError
from .channels import Channels
from .pixels import compute_in_parts, finite_values

FULL_RANGE_STEPS = ("frame:N", "channel:N", "opaque", "range:LOW,HIGH", "percentiles:LOW,HIGH", "gamma:F")
"""Texts of these steps, in the order in which they work."""

_NAMES = [step.partition(":")[0] for step in FULL_RANGE_STEPS]


@dataclass(frozen=True)
class FullRangeStep:
    """One of `FULL_RANGE_STEPS`, with its values.

    Attributes
    ----------
    name : str
        Text of the step in a standard form.
    change : callable
        Function from channels to others.
    frame : int or None
        The frame that is read, the first is 1; None if another step says so.
    stretches : bool
        Whether it says which values become black and white, so that what the file says about this does not count.
    """

    name: str
    change: Callable[[Channels], Channels] = lambda channels: channels
    frame: int | None = None
    stretches: bool = False


def read_full_range_step(name: str, values: list[str]) -> FullRangeStep | None:
    """Return a step by its name and values; None if it is not one of `FULL_RANGE_STEPS`.

    Raises
    ------
    ValueError
        The values are not valid; the message is the reason.
    """
    if name not in _NAMES:
        return None
    if name in ("frame", "channel"):
        if len(values) != 1 or not values[0].isdecimal() or not 1 <= int(values[0]) <= 10**6:
            raise ValueError(f"it takes the number of a {name}; the first is 1")
        number = int(values[0])
        text = f"{name}:{number}"
        return FullRangeStep(text, frame=number) if name == "frame" else FullRangeStep(text, partial(_pick, number))
    if name == "opaque":
        if values:
            raise ValueError("it takes no values")
        return FullRangeStep(name, Channels.without_alpha)
    numbers = [_number(value) for value in values]
    text = f"{name}:{','.join(f'{number:.15g}' for number in numbers if number is not None)}"
    if name == "gamma":
        if len(numbers) != 1 or numbers[0] is None or not 0 < numbers[0] <= 100:
            raise ValueError("it takes one number above 0: less than 1 makes dark parts brighter, 1 changes nothing")
        return FullRangeStep(text, partial(raise_shades, numbers[0]))
    if len(numbers) != 2 or None in numbers or not numbers[0] < numbers[1]:
        raise ValueError("it takes two numbers, the smaller one first")
    if name == "range":
        return FullRangeStep(text, partial(stretch_range, *numbers), stretches=True)
    if not 0 <= numbers[0] < numbers[1] <= 100:
        raise ValueError("percentiles are within 0-100")
    return FullRangeStep(text, partial(stretch_percentiles, *numbers), stretches=True)


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _pick(number: int, channels: Channels) -> Channels:
    return channels.pick(number)


def stretch_range(low: float, high: float, channels: Channels) -> Channels:
    """Map the values `low`-`high` to black-white (or white-black, if 0 is white in the file); others are clipped."""
    is_white = channels.white_is_zero

    def stretch(part: np.ndarray) -> np.ndarray:
        shades = abs(is_white - np.clip((part - low) / (high - low), 0, 1))
        return np.where(np.isfinite(part), shades, np.nan)  # missing data stays so

    return channels.with_shades(compute_in_parts(channels.shades, stretch))


def stretch_percentiles(low: float, high: float, channels: Channels) -> Channels:
    """Map the values between two percentiles of the image, of all its colors together, to black-white."""
    shades = finite_values(channels.shades)
    ends = np.percentile(shades.astype(np.float64) if shades.dtype.itemsize == 2 else shades, (low, high))
    if not ends[0] < ends[1]:
        ends[1] = ends[0] + 1
    return stretch_range(*ends, channels)


def raise_shades(exponent: float, channels: Channels) -> Channels:
    """Raise shades, 0-1, to a power."""
    return channels.with_shades(channels.natural_shades() ** np.float32(exponent))


_S = TypeVar("_S")


def split_steps(steps: Sequence[_S]) -> tuple[list[FullRangeStep], list[_S]]:
    """Return the steps that need all values, and those that follow."""
    first = [step for step in steps if isinstance(step, FullRangeStep)]
    return first, [step for step in steps if not isinstance(step, FullRangeStep)]


def place_of_step(text: str) -> int:
    """Return the place of a step in the order in which steps work; all that take 8 bits have the last one."""
    name = text.partition(":")[0].lower()
    return _NAMES.index(name) if name in _NAMES else len(_NAMES)


def check_order(steps: Sequence[object]) -> None:
    """Raise `SettingError` if steps that need all values do not stand first, in their order, each once."""
    first, _ = split_steps(steps)
    if list(steps[: len(first)]) != first:
        late = next(step for step in steps[len(first) :] if isinstance(step, FullRangeStep))
        other = next(step for step in steps if not isinstance(step, FullRangeStep))
        raise SettingError(
            f"The step {late.name} needs the values of the file, which are 8-bit colors after the step {other.name}: "
            f"put {late.name} first."
        )
    for one, other in zip(first, first[1:], strict=False):
        if place_of_step(one.name) >= place_of_step(other.name):
            raise SettingError(
                f"The step {other.name} cannot follow {one.name}: the order is {', '.join(_NAMES)}, each at most once."
            )
