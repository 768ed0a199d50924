"""Live curves of accuracy and loss over the epochs of a training."""

from collections.abc import Sequence

import pyqtgraph as pg
from AnyQt.QtCore import QEvent, Qt
from AnyQt.QtGui import QColor, QFontMetrics, QPalette, QPen, QResizeEvent, QTextOption
from AnyQt.QtWidgets import QApplication
from Orange.widgets.utils.localization import pl
from Orange.widgets.visualize.utils.plotutils import AxisItem, GraphicsView, PlotItem

from ...reports.style import BLUE, GRAY, ORANGE, epoch_ticks
from ...training.history import Epoch, History, Measure, best_epoch_index

_MAX_MARKED = 40

_TITLES = {"accuracy": "Accuracy", "loss": "Loss"}

_TICK = 14
"""Points beside the numbers of an axis, for ticks and gaps."""

_MARGIN = 0.04
"""Share of the axis before the first epoch and after the last, so that marks are whole."""

_TEXT_POSITION = {"accuracy": 0.07, "loss": 0.92}
"""Vertical position of text in each chart, 0-1, where curves of late epochs are rare."""


class EpochAxis(AxisItem):
    """An axis that numbers the first epoch, the last and round numbers between them.

    Attributes
    ----------
    n_epochs : int
    """

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.n_epochs = 0
        self._metrics = QFontMetrics(QApplication.font())
        # Numbers of the first and last epoch extend beyond the chart.
        self.setStyle(hideOverlappingLabels=self._metrics.horizontalAdvance("00000"))

    def tickValues(self, least: float, most: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the ticks on one level, as many as there is room for."""
        if not self.n_epochs:
            return []
        room = 2.5 * self._metrics.horizontalAdvance(f"{self.n_epochs}")
        return [(1, epoch_ticks(self.n_epochs, max(2, min(7, int(size // room)))))]


class ShareAxis(AxisItem):
    """An axis of percentages."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Write shares as percentages."""
        decimals = 0 if spacing >= 0.01 else 1
        return [f"{value:.{decimals}%}" for value in values]


class Chart(PlotItem):
    """A chart of accuracy or loss over the epochs, in training and in validation.

    Parameters
    ----------
    kind : {"accuracy", "loss"}
    """

    def __init__(self, kind: str) -> None:
        left = ShareAxis("left") if kind == "accuracy" else AxisItem("left")
        super().__init__(axisItems={"left": left, "bottom": EpochAxis("bottom")}, enableMenu=False)
        self.kind = kind
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        self.setLabel("left", _TITLES[kind])
        self.showGrid(y=True, alpha=0.2)
        left.enableAutoSIPrefix(False)
        # The same width in both charts, so that epochs are aligned.
        metrics = QFontMetrics(QApplication.font())
        left.setWidth(metrics.height() + metrics.horizontalAdvance("0.00005") + _TICK)
        self.training, self.validation = self.plot(), self.plot()
        self.mark = pg.ScatterPlotItem(size=13, brush=None)
        self.border = pg.InfiniteLine(
            angle=90, pen=pg.mkPen(GRAY), label="fine-tuning →",
            labelOpts={"position": _TEXT_POSITION[kind], "anchors": [(0, 0.5), (1, 0.5)]},
        )  # fmt: skip
        self.addItem(self.mark)
        self.addItem(self.border, ignoreBounds=True)

    def color(self, training: QColor, validation: QColor, text: QColor) -> None:
        """Set the colors of both curves, and of the mark and the text."""
        for curve, color, style in (
            (self.training, training, Qt.PenStyle.SolidLine),
            (self.validation, validation, Qt.PenStyle.DashLine),
        ):
            curve.setPen(pg.mkPen(color, width=2, style=style))
            curve.setSymbolPen(QPen(Qt.PenStyle.NoPen))
            curve.setSymbolBrush(color)
            curve.setSymbolSize(5)
        self.mark.setPen(pg.mkPen(text, width=1.5))
        self.border.label.setColor(text)

    def draw(self, epochs: Sequence[Epoch], second_phase: int | None, marked: int | None) -> None:
        """Draw these epochs, and mark one."""
        symbol = "o" if len(epochs) <= _MAX_MARKED else None
        self.getAxis("bottom").n_epochs = len(epochs)
        values = {}
        for curve, name in ((self.training, self.kind), (self.validation, f"val_{self.kind}")):
            points = [(number, getattr(epoch, name)) for number, epoch in enumerate(epochs, 1)]
            values[name] = [(number, value) for number, value in points if value is not None]
            curve.setData(*zip(*values[name], strict=True) if values[name] else ([], []), symbol=symbol)
        shown = values[f"val_{self.kind}"] or values[self.kind]
        self.mark.setData(pos=[shown[marked]] if marked is not None and shown else [])
        self.border.setVisible(second_phase is not None)
        self.border.setValue((second_phase or 0) + 0.5)


class Legend(pg.LabelItem):
    """A legend that takes as many lines as its text needs."""

    def __init__(self) -> None:
        super().__init__(justify="right")
        self.item.document().setDefaultTextOption(QTextOption(Qt.AlignmentFlag.AlignRight))

    def fit(self, width: float) -> None:
        """Wrap the text at a width."""
        self.item.setTextWidth(width)
        self.resizeEvent(None)


class CurveView(GraphicsView):
    """A view of accuracy and loss in each epoch, in training and in validation."""

    _legend: Legend | None = None

    def __init__(self) -> None:
        super().__init__()
        metrics = self.fontMetrics()
        self.setMinimumSize(45 * metrics.averageCharWidth(), 20 * metrics.height())
        for each in (self, self.viewport()):
            each.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Keys do nothing in it.
        self.setAccessibleName("Curves of the training")
        self.charts = {kind: Chart(kind) for kind in _TEXT_POSITION}
        self._layout = pg.GraphicsLayout()
        left, top, right, bottom = self._layout.layout.getContentsMargins()
        # The number of the last epoch is wider than the chart.
        self._layout.layout.setContentsMargins(left, top, right + metrics.horizontalAdvance("00"), bottom)
        self._legend = Legend()
        self._layout.addItem(self._legend, 0, 0)
        for row, chart in enumerate(self.charts.values(), 1):
            self._layout.addItem(chart, row, 0)
        self.charts["accuracy"].setXLink(self.charts["loss"])
        self.charts["loss"].setLabel("bottom", "Epoch")
        self.setCentralItem(self._layout)
        self._is_validated, self._mark = True, ""
        self.show_epochs([])

    def show_epochs(self, epochs: Sequence[Epoch], second_phase: int | None = None, best_by: Measure = "loss") -> None:
        """Show a training that is running.

        Parameters
        ----------
        epochs : sequence of Epoch
            Without accuracies, only the loss is shown. With validation, the best epoch is marked.
        second_phase : int, optional
            Index of the first epoch of fine-tuning.
        best_by : {"loss", "accuracy"}
            What the best epoch is chosen by.
        """
        best = best_epoch_index(epochs, best_by) if epochs and epochs[-1].val_loss is not None else None
        self._show(epochs, second_phase, best, "best so far")

    def show_history(self, history: History) -> None:
        """Show a finished training, and mark the epoch that was kept."""
        self._show(history.epochs, history.second_phase, history.kept, "kept", history.reason)

    def _show(
        self, epochs: Sequence[Epoch], second_phase: int | None, marked: int | None, words: str, reason: str = ""
    ) -> None:
        self._is_validated = not epochs or epochs[-1].val_loss is not None
        self._mark = "" if marked is None else f"{words}: epoch {marked + 1}" + (reason and f" ({reason})")
        self.charts["accuracy"].setVisible(not epochs or epochs[0].accuracy is not None)
        for chart in self.charts.values():
            chart.draw(epochs, second_phase, marked)
        margin = _MARGIN * (len(epochs) - 1) if len(epochs) > 1 else 0.5
        self.charts["loss"].setXRange(1 - margin, max(len(epochs), 1) + margin, padding=0)
        self.setAccessibleDescription(self._words(epochs))
        self._color()

    def _words(self, epochs: Sequence[Epoch]) -> str:
        """Return the numbers of the last epoch in words, and the epoch that is marked."""
        if not epochs:
            return "No epochs yet"
        parts = [f"{len(epochs)} {pl(len(epochs), 'epoch')}"]
        for kind, form in (("accuracy", ".1%"), ("loss", ".3g")):
            for name, place in ((kind, "training"), (f"val_{kind}", "validation")):
                value = getattr(epochs[-1], name)
                parts += [] if value is None else [f"{_TITLES[kind]} {value:{form}} in {place}"]
        return ", ".join(parts) + (self._mark and f"; {self._mark}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the charts and the legend use the whole width."""
        if self._legend is not None:
            self._fit_legend()  # At first, as the charts are not narrower than it.
        super().resizeEvent(event)

    def _fit_legend(self) -> None:
        left, _, right, _ = self._layout.layout.getContentsMargins()
        self._legend.fit(self.width() - left - right)

    def changeEvent(self, event: QEvent) -> None:
        """Use the colors of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._legend is not None:
            self._color()

    def _color(self) -> None:
        palette = self.palette()
        is_dark = palette.color(QPalette.ColorRole.Base).lightness() < 128
        training, validation = (QColor(name).lighter(165 if is_dark else 100) for name in (BLUE, ORANGE))
        text = palette.color(QPalette.ColorRole.Text)
        for chart in self.charts.values():
            chart.color(training, validation, text)
        parts = [(training, "&#8212;", "training")]
        if self._is_validated:
            parts.append((validation, "-&nbsp;-", "validation"))
        if self._mark:
            parts.append((text, "&#9675;", self._mark))
        # Text in the colors of the curves would be too faint.
        spans = (
            f'<span style="color: {color.name()}"><b>{line}</b></span>&nbsp;{words}' for color, line, words in parts
        )
        self._legend.setText("&nbsp;&nbsp; ".join(spans), color=text)
        self._fit_legend()
