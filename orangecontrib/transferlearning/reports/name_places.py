"""Write names beside points of a chart so that none covers another."""

from collections.abc import Iterator, Sequence
from itertools import product

from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from .charts import HALO

_DISTANCES = (8, 12, 18, 25, 33, 42, 52, 64, 80)
"""Distances from the point that are tried, in points of 1/72 inch."""

_SIDES = ((1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (1, 3), (1, -3), (-1, 3), (-1, -3))
"""Sides of the point that are tried, in this order."""

_ALIGN = {-1: "right", 1: "left"}, {-1: "top", 0: "center", 1: "bottom"}

_MARKER = 6
"""Half the side of the square around a point that names leave free, in points of 1/72 inch."""


def write_names(
    axes: Axes, names: Sequence[str], points: Sequence[tuple[float, float]], taken: Sequence[Bbox] = ()
) -> list[Annotation]:
    """Write a name beside each point; a line leads to it if it is not close.

    A name stays where it is if all places are taken.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes with everything else drawn, as names keep away from their borders.
    names : sequence of str
    points : sequence of (float, float)
        In units of the data.
    taken : sequence of Bbox
        Places on the figure that names may not cover, in pixels.

    Returns
    -------
    list of Annotation
        The texts, in the order of the points.
    """
    axes.figure.draw_without_rendering()
    scale = axes.figure.dpi / 72
    marks = [_square(axes.transData.transform(point), _MARKER * scale) for point in points]
    covered, frame, written = [*marks, *taken], axes.get_window_extent(), []
    for name, point in zip(names, points, strict=True):
        text = axes.annotate(
            name, point, (0, 0), textcoords="offset points", fontsize=8, multialignment="left",
            path_effects=[HALO], parse_math=False,
            arrowprops={"arrowstyle": "-", "color": "0.6", "linewidth": 0.7, "shrinkA": 0, "shrinkB": 4},
        )  # fmt: skip
        covered.append(_place(text, covered, frame))
        written.append(text)
    return written


def _place(text: Annotation, covered: Sequence[Bbox], frame: Bbox) -> Bbox:
    """Move a text to the first place that is free, and return its box."""
    for _ in _moves(text):
        box = _box(text)
        inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
        if inside and not box.count_overlaps(covered):
            return box
    return _box(text)


def _box(text: Annotation) -> Bbox:
    # This moves the text; the box that it returns has the line, too.
    text.get_window_extent()
    return Text.get_window_extent(text).padded(2)


def _moves(text: Annotation) -> Iterator[None]:
    """Move a text from place to place around its point; it ends at the first one."""
    places = [*product(_DISTANCES, _SIDES), (_DISTANCES[0], _SIDES[0])]
    for distance, (right, up) in places:
        text.set_position((distance * right, distance * up))
        text.set(ha=_ALIGN[0][right], va=_ALIGN[1][(up > 0) - (up < 0)])
        text.arrow_patch.set_visible(distance > _DISTANCES[0] or abs(up) > 1)
        yield


def _square(center: Sequence[float], half: float) -> Bbox:
    return Bbox.from_extents(center[0] - half, center[1] - half, center[0] + half, center[1] + half)
