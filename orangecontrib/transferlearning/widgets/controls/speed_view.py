"""A chart of the accuracy of compared networks over the time that an image takes."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import numpy as np
import pyqtgraph as pg
from AnyQt.QtCore import QEvent, QPointF, QRectF, Qt, pyqtSignal
from AnyQt.QtGui import QColor, QFont, QPalette, QResizeEvent
from Orange.widgets.visualize.utils.plotutils import AxisItem, GraphicsView, PlotItem

from ...bakeoff.comparison import ComparisonRow
from ...reports.networks_table import on_front
from ...reports.style import BLUE, GRAY, GREEN, ORANGE, PURPLE
from .candidate_list import candidate_title
from .comparison_list import Key
from .curve_view import Legend, ShareAxis

_STYLES = ((BLUE, "o", "&#9679;"), (ORANGE, "s", "&#9632;"), (GREEN, "t1", "&#9650;"), (PURPLE, "d", "&#9830;"))
"""Color, marker, and the marker in the legend, of each learner."""

_SIZE, _RING = 10, 18
"""Sizes of markers, and of the rings around those on the front, in points."""

_GAPS = (8, 14, 22, 32, 44)
"""Distances of a name from its point that are tried, in points."""

_SIDES = ((1, -1), (1, 1), (-1, -1), (-1, 1), (0, -1), (0, 1), (1, 0), (-1, 0))
"""Sides of a point that are tried for its name, in this order: above it on the right, below on the right, ..."""

_STEP = 0.014
"""Distance of the points of two learners of one network, as a share of the chart's width."""

_TICKS = ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7), tuple(np.arange(1, 10, 0.2).round(1)))
"""Leading digits of the numbers on the axis of time, ever closer."""


class TimeAxis(AxisItem):
    """An axis of milliseconds, in steps of the same ratio; positions are their decimal logarithms."""

    def tickValues(self, least: float, most: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the ticks on one level: of the rounder numbers, if there are three or more of them."""
        for digits in _TICKS:
            powers = range(int(np.floor(least)), int(np.ceil(most)) + 1)
            places = np.log10([digit * 10.0**power for power, digit in product(powers, digits)])
            inside = [float(place) for place in places if least <= place <= most]
            if len(inside) >= 3:
                break
        return [(1, inside)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Write the milliseconds at some positions."""
        return [f"{round(10**value, 6):g}" for value in values]


class SpeedView(GraphicsView):
    """Shows accuracy, with its spread, over milliseconds per image; those on the Pareto front are marked.

    Signals
    -------
    clicked : object
        `Key` of the row whose point was clicked.
    """

    clicked = pyqtSignal(object)

    _legend: Legend | None = None

    def __init__(self) -> None:
        super().__init__()
        metrics = self.fontMetrics()
        self.setMinimumSize(40 * metrics.averageCharWidth(), 12 * metrics.height())
        for each in (self, self.viewport()):
            each.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Keys select rows in the table.
        self.setAccessibleName("Accuracy and speed")
        self._rows: Sequence[ComparisonRow] = ()
        self._front: Sequence[bool] = ()
        self._chosen: Key | None = None
        self._names: list[tuple[pg.TextItem, ComparisonRow]] = []
        self._make_chart()
        self._legend = Legend()
        layout = pg.GraphicsLayout()
        layout.addItem(self._legend, 0, 0)
        layout.addItem(self.chart, 1, 0)
        self._layout = layout
        self.setCentralItem(layout)
        self.show_rows((), None)

    def _make_chart(self) -> None:
        axes = {"left": ShareAxis("left"), "bottom": TimeAxis("bottom")}
        self.chart = PlotItem(axisItems=axes, enableMenu=False)
        self.chart.hideButtons()
        self.chart.setMouseEnabled(x=False, y=False)
        self.chart.showGrid(x=True, y=True, alpha=0.2)
        axes["left"].enableAutoSIPrefix(False)
        axes["bottom"].enableAutoSIPrefix(False)
        axes["left"].setLabel("Accuracy")
        axes["bottom"].setLabel("Milliseconds per image")
        self.steps = pg.PlotCurveItem(pen=pg.mkPen(GRAY, width=1.5, style=Qt.PenStyle.DashLine))
        self.bars = pg.ErrorBarItem(x=np.zeros(0), y=np.zeros(0), height=np.zeros(0))
        self.rings = pg.ScatterPlotItem(size=_RING, brush=None)
        self.points = pg.ScatterPlotItem(size=_SIZE, hoverable=False)
        self.points.sigClicked.connect(self._point_clicked)
        for item in (self.steps, self.bars, self.rings, self.points):
            self.chart.addItem(item)

    def show_rows(self, rows: Sequence[ComparisonRow], chosen: Key | None) -> None:
        """Show the rows of a comparison, with the name of a chosen one in bold."""
        self._rows, self._chosen = rows, chosen
        self._front = on_front(rows) if rows else ()
        self._make_names()
        self._set_limits()
        self.setAccessibleDescription(self._words())
        self._draw()

    def _make_names(self) -> None:
        """Make a text for each candidate, at its most accurate learner or the one that is chosen."""
        for text, _ in self._names:
            self.chart.removeItem(text)
        best: dict[str, ComparisonRow] = {}
        for row in sorted(self._rows, key=lambda row: (row.key == self._chosen, row.scores.accuracy)):
            best[row.candidate.name] = row
        self._names = [(pg.TextItem(candidate_title(name)), row) for name, row in best.items()]
        for text, row in self._names:
            font = QFont(self.font())
            font.setBold(row.key == self._chosen)
            text.setFont(font)
            self.chart.addItem(text, ignoreBounds=True)

    def _set_limits(self) -> None:
        accuracies = [row.scores.accuracy for row in self._rows] or [0.5]
        spreads = [row.scores.spread for row in self._rows] or [0.5]
        times = [row.speed.milliseconds for row in self._rows] or [10]
        least = min(np.subtract(accuracies, spreads))
        most = min(max(np.add(accuracies, spreads)), 1)
        margin = 0.08 * (most - least) or 0.02
        self.chart.setYRange(least - margin, most + margin, padding=0)
        self._first, self._last = np.log10(min(times) / 1.5), np.log10(max(times) * 1.8)
        self.chart.setXRange(self._first, self._last, padding=0)
        for axis in self.chart.axes.values():
            axis["item"].setStyle(showValues=bool(self._rows))

    def _words(self) -> str:
        """Return the points in words, a line for each."""
        lines = []
        for row, is_on_front in zip(self._rows, self._front, strict=True):
            name, scores = candidate_title(row.candidate.name), row.scores
            numbers = f"accuracy {scores.accuracy:.1%} ± {scores.spread:.1%}, {row.speed.milliseconds:.3g} ms per image"
            lines.append(f"{name}, {row.learner.title}: {numbers}" + (", on the front" if is_on_front else ""))
        return "\n".join(lines) or "Nothing is compared yet"

    @property
    def _titles(self) -> list[str]:
        return list(dict.fromkeys(row.learner.title for row in self._rows))

    def _draw(self) -> None:
        """Draw all in the colors of the theme."""
        palette = self.palette()
        self._text = palette.color(QPalette.ColorRole.Text)
        is_dark = palette.color(QPalette.ColorRole.Base).lightness() < 128
        styles = {
            title: (QColor(color).lighter(165 if is_dark else 100), marker, glyph)
            for title, (color, marker, glyph) in zip(self._titles, _STYLES * len(self._titles), strict=False)
        }
        places = [self._place(row) for row in self._rows]
        self.points.setData(
            [
                {"pos": place, "data": row.key, "brush": styles[row.learner.title][0], "pen": None,
                 "symbol": styles[row.learner.title][1]}
                for row, place in zip(self._rows, places, strict=True)
            ]
        )  # fmt: skip
        spreads = np.array([2 * row.scores.spread for row in self._rows])
        x, y = _columns(places)
        self.bars.setData(x=x, y=y, height=spreads, beam=0.0, pen=pg.mkPen(GRAY, width=1.5))
        front = [place for place, is_on_front in zip(places, self._front, strict=True) if is_on_front]
        self.rings.setData(*_columns(front), pen=pg.mkPen(self._text, width=1.5))
        self._draw_steps(front)
        for text, _ in self._names:
            text.setColor(self._text)
        self._write_legend(styles)
        self._place_names()

    def _place(self, row: ComparisonRow) -> tuple[float, float]:
        """Return where a row is in the chart: those of several learners of a network beside each other."""
        shift = self._titles.index(row.learner.title) - (len(self._titles) - 1) / 2
        time = np.log10(row.speed.milliseconds) + _STEP * shift * (self._last - self._first)
        return float(time), row.scores.accuracy

    def _draw_steps(self, front: Sequence[tuple[float, float]]) -> None:
        """Draw the front as steps: how accurate one can be in a time."""
        x, y = [], []
        ends = [*sorted(front), (self._last, None)] if front else []
        for (left, accuracy), (right, _) in pairwise(ends):
            x += [left, right]
            y += [accuracy, accuracy]
        self.steps.setData(x, y)

    def _write_legend(self, styles: dict[str, tuple[QColor, str, str]]) -> None:
        parts = [
            f'<span style="color: {color.name()}">{glyph}</span>&nbsp;{title}'
            for title, (color, _, glyph) in styles.items()
        ]
        if self._rows:
            parts.append("&#9711;&nbsp;front: none is faster and as accurate")
        self._legend.setText("&nbsp;&nbsp; ".join(parts), color=self._text)
        self._fit_legend()

    def _fit_legend(self) -> None:
        left, _, right, _ = self._layout.layout.getContentsMargins()
        self._legend.fit(self.width() - left - right)

    def _point_clicked(self, scatter: pg.ScatterPlotItem, points: Sequence[pg.SpotItem]) -> None:
        if len(points):
            self.clicked.emit(points[0].data())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the legend use the whole width, and find new places for the names."""
        if self._legend is not None:
            self._fit_legend()
        super().resizeEvent(event)
        if self._legend is not None:
            self._place_names()

    def changeEvent(self, event: QEvent) -> None:
        """Use the colors of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._legend is not None:
            self._draw()

    def _place_names(self) -> None:
        """Move each name to the first place beside its point where it covers nothing, if there is one."""
        self._layout.layout.activate()
        self.chart.layout.activate()
        box = self.chart.vb
        frame = box.mapRectToScene(box.boundingRect())
        taken = [*map(self._covered, self._rows), *self._lines()]
        for text, row in self._names:
            size = text.mapRectToScene(text.boundingRect()).size()
            point = self._pixel(row)
            places = list(_places(point, size.width(), size.height()))
            free = [each for each in places if frame.contains(each) and not any(map(each.intersects, taken))]
            place = (free or places)[0]
            taken.append(place)
            text.setPos(box.mapSceneToView(place.topLeft()))

    def _pixel(self, row: ComparisonRow) -> QPointF:
        return self.chart.vb.mapViewToScene(QPointF(*self._place(row)))

    def _lines(self) -> Iterator[QRectF]:
        """Yield the rectangles of the horizontal lines of the front."""
        x, y = self.steps.getData()
        for left, right, height in zip(x[::2], x[1::2], y[::2], strict=True):
            ends = (self.chart.vb.mapViewToScene(QPointF(place, height)) for place in (left, right))
            yield QRectF(*ends).adjusted(0, -1, 0, 1)

    def _covered(self, row: ComparisonRow) -> QRectF:
        """Return the rectangle of a point with its bar."""
        x, y = self._place(row)
        low, high = (self.chart.vb.mapViewToScene(QPointF(x, y + sign * row.scores.spread)) for sign in (-1, 1))
        half = _RING / 2
        return QRectF(high.x() - half, min(high.y(), self._pixel(row).y() - half), 2 * half, 0).united(
            QRectF(low.x() - half, max(low.y(), self._pixel(row).y() + half), 2 * half, 0)
        )


def _columns(places: Sequence[tuple[float, float]]) -> np.ndarray:
    return np.array(places, float).reshape(-1, 2).T


def _places(point: QPointF, width: float, height: float) -> Iterator[QRectF]:
    """Yield rectangles of a size around a point, near ones first."""
    for gap, (right, down) in product(_GAPS, _SIDES):
        left = point.x() + {-1: -gap - width, 0: -width / 2, 1: gap}[right]
        top = point.y() + {-1: -gap - height, 0: -height / 2, 1: gap}[down]
        yield QRectF(left, top, width, height)
