"""Colors and names in charts and reports."""

BLUE, ORANGE, GRAY = "#1f5fa8", "#d95f02", "#8a8a8a"
"""Colors of the charts, which the color-blind can distinguish."""


def shorten(name: str, n_characters: int) -> str:
    """Return a name with at most `n_characters` characters; a longer one ends with an ellipsis."""
    return name if len(name) <= n_characters else f"{name[: n_characters - 1]}\u2026"
