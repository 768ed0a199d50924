"""Draw the accuracy of compared networks over the time that an image takes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter
from matplotlib.transforms import Bbox

from ..bakeoff.comparison import ComparisonRow, ComparisonSettings
from .name_places import write_names
from .networks_table import describe_validation, on_front
from .style import BLUE, GRAY, GREEN, ORANGE, PURPLE, shorten

_STYLES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PURPLE, "D"))
"""Color and marker of each learner."""

_WIDE = 4
"""Ratio of the slowest to the fastest above which the axis is logarithmic."""

_MAX_NAME = 34

_STEP = 0.012
"""Distance of the points of two learners of one network, as a share of the chart's width."""


def draw_networks(rows: Sequence[ComparisonRow], settings: ComparisonSettings) -> Figure:
    """Draw accuracy over milliseconds per image, with the spread over the folds, names, and the Pareto front.

    Parameters
    ----------
    rows : sequence of ComparisonRow
        At least one.
    settings : ComparisonSettings

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(8.4, 5.6), layout="constrained", dpi=120)
    axes = figure.add_subplot(title=describe_validation(rows[0].n_images, settings))
    _set_axes(axes, rows)
    places = _places(axes, rows)
    accuracies = np.array([row.scores.accuracy for row in rows])
    _draw_front(axes, places, accuracies, np.array(on_front(rows)))
    _draw_learners(axes, rows, places)
    figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9, columnspacing=1.2)
    _write_candidates(axes, rows, places)
    return figure


def _set_axes(axes: Axes, rows: Sequence[ComparisonRow]) -> None:
    times = [row.speed.milliseconds for row in rows]
    if max(times) > _WIDE * min(times):
        axes.set_xscale("log")
        axes.set_xlim(min(times) / 1.6, max(times) * 1.9)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        margin = 0.25 * (max(times) - min(times)) or 0.5 * max(times)
        axes.set_xlim(max(0, min(times) - margin), max(times) + margin)
    axes.set_ylim(*_accuracy_limits(rows))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    axes.set(xlabel="milliseconds per image, from file to features", ylabel="accuracy, with its spread over the folds")
    axes.grid(alpha=0.3)


def _accuracy_limits(rows: Sequence[ComparisonRow]) -> tuple[float, float]:
    lows = [row.scores.accuracy - row.scores.spread for row in rows]
    highs = [row.scores.accuracy + row.scores.spread for row in rows]
    margin = 0.12 * (max(highs) - min(lows)) or 0.02
    return min(lows) - margin, max(highs) + margin


def _places(axes: Axes, rows: Sequence[ComparisonRow]) -> np.ndarray:
    """Return where rows are on the axis of time: those of several learners beside each other."""
    learners = list(dict.fromkeys(row.learner.name for row in rows))
    shifts = [learners.index(row.learner.name) - (len(learners) - 1) / 2 for row in rows]
    to_axes = axes.transScale.transform([(row.speed.milliseconds, 0.5) for row in rows])[:, 0]
    low, high = axes.transScale.transform([(limit, 0.5) for limit in axes.get_xlim()])[:, 0]
    moved = to_axes + _STEP * np.array(shifts) * (high - low)
    return axes.transScale.inverted().transform(np.column_stack([moved, np.full(len(moved), 0.5)]))[:, 0]


def _draw_front(axes: Axes, places: np.ndarray, accuracies: np.ndarray, front: np.ndarray) -> None:
    order = np.argsort(places[front], kind="stable")
    # The most accurate one is as far as any accuracy goes.
    times = [*places[front][order], axes.get_xlim()[1]]
    steps = [*accuracies[front][order], accuracies[front].max()]
    axes.plot(times, steps, drawstyle="steps-post", color=GRAY, linewidth=1.2,
              linestyle="--", zorder=1)  # fmt: skip
    axes.plot(places[front], accuracies[front], "o", markersize=13, markerfacecolor="none", markeredgecolor="black",
              zorder=4, label="front: none is faster and as accurate")  # fmt: skip


def _draw_learners(axes: Axes, rows: Sequence[ComparisonRow], places: np.ndarray) -> None:
    titles = list(dict.fromkeys(row.learner.title for row in rows))
    for number, title in enumerate(titles):
        chosen = [index for index, row in enumerate(rows) if row.learner.title == title]
        color, marker = _STYLES[number % len(_STYLES)]
        axes.errorbar(
            places[chosen], [rows[index].scores.accuracy for index in chosen],
            [rows[index].scores.spread for index in chosen],
            fmt=marker, color=color, markersize=6, capsize=3, elinewidth=1, label=title, zorder=3,
        )  # fmt: skip


def _write_candidates(axes: Axes, rows: Sequence[ComparisonRow], places: np.ndarray) -> None:
    """Write the name of each candidate once, at its most accurate learner."""
    axes.figure.draw_without_rendering()
    best = {}
    for index, row in enumerate(rows):
        name = row.candidate.name
        if name not in best or row.scores.accuracy > rows[best[name]].scores.accuracy:
            best[name] = index
    names = [_on_lines(name) for name in best]
    points = [(float(places[index]), rows[index].scores.accuracy) for index in best.values()]
    write_names(axes, names, points, _bars(axes, rows, places))


def _on_lines(name: str) -> str:
    """Return a name with each of several networks on its own line."""
    first, *others = name.split("+")
    return "\n".join([shorten(first, _MAX_NAME), *(f"+ {shorten(other, _MAX_NAME)}" for other in others)])


def _bars(axes: Axes, rows: Sequence[ComparisonRow], places: np.ndarray) -> list[Bbox]:
    """Return the boxes of points with their error bars, in pixels."""
    half, boxes = 5 * axes.figure.dpi / 72, []
    for row, place in zip(rows, places, strict=True):
        ends = [(place, row.scores.accuracy - row.scores.spread), (place, row.scores.accuracy + row.scores.spread)]
        (left, low), (right, high) = axes.transData.transform(ends)
        boxes.append(Bbox.from_extents(left - half, low, right + half, high))
    return boxes
