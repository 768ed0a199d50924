"""Pictures of accuracy and loss over the epochs of a training."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .colours import BLUE, GREY, ORANGE
from .history import History

HALO = withStroke(linewidth=3, foreground="white")
"""Around numbers, so that they can be read over lines."""

_MAX_MARKED = 40


def draw_curves(history: History, title: str = "") -> Figure:
    """Draw accuracy and loss over the epochs, the one that was kept marked.

    Parameters
    ----------
    history : History
        Without accuracies, loss only is drawn. Where a second phase begins, a line is drawn and both phases are named.
    title : str
        Over everything.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = [name for name in ("accuracy", "loss") if getattr(history.epochs[0], name) is not None]
    figure = Figure(figsize=(0.8 + 4.8 * len(names), 4.2), layout="constrained", dpi=120)
    figure.suptitle(title, parse_math=False)
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        _draw_one(axes, history, name)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def _draw_one(axes: Axes, history: History, name: str) -> None:
    trained = [getattr(epoch, name) for epoch in history.epochs]
    validated = [getattr(epoch, f"val_{name}") for epoch in history.epochs]
    numbers = range(1, len(trained) + 1)
    marked = len(trained) <= _MAX_MARKED
    axes.plot(numbers, trained, "-o" if marked else "-", color=BLUE, markersize=3, label="training")
    shown = trained
    if None not in validated:
        axes.plot(numbers, validated, "--s" if marked else "--", color=ORANGE, markersize=3, label="validation")
        shown = validated
    _mark_kept(axes, history, shown, name)
    axes.margins(y=0.12)
    axes.set(xlabel="epoch", ylabel=name, xlim=(0.5, len(trained) + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(axis="y", alpha=0.3)
    if name == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    if history.second_phase is not None:
        _mark_phases(axes, history.second_phase, len(trained))


def _mark_kept(axes: Axes, history: History, shown: Sequence[float], name: str) -> None:
    value = shown[history.kept]
    text = f"{value:.1%}" if name == "accuracy" else f"{value:.3g}"
    label = f"kept: epoch {history.kept + 1}"
    axes.plot(history.kept + 1, value, "o", markersize=10, markerfacecolor="none", markeredgecolor="black",
              clip_on=False, label=label)  # fmt: skip
    # Away from the curve: accuracies rise to where they are kept, losses fall.
    below = name == "accuracy"
    place = history.kept / max(len(shown) - 1, 1)
    side = "center" if len(shown) < 4 or 0.1 < place < 0.9 else "right" if place > 0.5 else "left"
    axes.annotate(text, (history.kept + 1, value), (0, -11 if below else 11), textcoords="offset points",
                  ha=side, va="top" if below else "bottom", fontweight="bold", path_effects=[HALO])  # fmt: skip


def _mark_phases(axes: Axes, second_phase: int, n_epochs: int) -> None:
    border = second_phase + 0.5
    axes.axvline(border, color=GREY, linewidth=1.2)
    for middle, text in ((second_phase / 2 + 0.5, "head"), ((second_phase + n_epochs) / 2 + 0.5, "fine-tuning")):
        axes.annotate(text, (middle, 1.01), xycoords=("data", "axes fraction"), ha="center", va="bottom", color=GREY)
