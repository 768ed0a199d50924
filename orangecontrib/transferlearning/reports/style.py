"""Colors, ticks and names in charts and reports."""

from ..visible_text import visible

BLUE, ORANGE, GREEN, PURPLE, GRAY = "#1f5fa8", "#d95f02", "#1b9e77", "#7b3fa0", "#8a8a8a"
"""Colors of the charts, which the color-blind can distinguish."""


def epoch_ticks(n_epochs: int, n_most: int = 7) -> list[int]:
    """Return the epochs that an axis numbers: the first, the last, and round numbers between them.

    Parameters
    ----------
    n_epochs : int
        Number of the last epoch.
    n_most : int
        Number of ticks, at most; 2 or more.
    """
    steps = (digit * 10**zeros for zeros in range(7) for digit in (1, 2, 5))
    step = next(step for step in steps if n_epochs / step <= n_most - 1)
    inner = (number for number in range(step, n_epochs, step) if number > 1 and n_epochs - number >= step / 2)
    return sorted({1, *inner, n_epochs})


def shorten(name: str, n_characters: int) -> str:
    """Return a name that is `visible`, with at most `n_characters` characters; a longer one ends with an ellipsis."""
    name = visible(name)
    return name if len(name) <= n_characters else f"{name[: n_characters - 1]}\u2026"
