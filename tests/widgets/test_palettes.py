"""Text and images that widgets paint are legible in light and dark windows, and sharp on dense screens."""

import time

import numpy as np
import pytest
from AnyQt.QtCore import QRect, Qt
from AnyQt.QtGui import QColor, QIcon, QPalette
from AnyQt.QtTest import QTest
from AnyQt.QtWidgets import QComboBox, QLineEdit, QStyleOptionViewItem
from Orange.widgets.tests import base
from orangecanvas.styles import colorthemes
from PIL import Image

from orangecontrib.transferlearning.bakeoff.candidates import preset_candidate
from orangecontrib.transferlearning.bakeoff.comparison import ComparisonRow
from orangecontrib.transferlearning.bakeoff.learners import LEARNERS
from orangecontrib.transferlearning.bakeoff.scoring import Scores
from orangecontrib.transferlearning.bakeoff.speed import Speed
from orangecontrib.transferlearning.embedding.predictions import ClassProbability
from orangecontrib.transferlearning.training.history import Epoch, History
from orangecontrib.transferlearning.widgets.controls.curve_view import CurveView
from orangecontrib.transferlearning.widgets.controls.forms import show_hint
from orangecontrib.transferlearning.widgets.controls.heat_view import HeatView
from orangecontrib.transferlearning.widgets.controls.image_list import ImageList
from orangecontrib.transferlearning.widgets.controls.image_view import ImageView
from orangecontrib.transferlearning.widgets.controls.prediction_view import ClassBars
from orangecontrib.transferlearning.widgets.controls.speed_view import SpeedView

LEGIBLE = 4.5
"""Contrast of text in the Web Content Accessibility Guidelines (level AA)."""


def luminance(color):
    """Return the relative luminance of (red, green, blue), 0-255, as the guidelines define it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in np.asarray(color[:3]) / 255]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def painted_contrast(widget, room=None):
    """Return the largest contrast of a color with the most frequent color."""
    image = widget.grab(room or widget.rect()).toImage()
    pixels = [image.pixelColor(x, y).getRgb()[:3] for x in range(image.width()) for y in range(image.height())]
    colors, counts = np.unique(pixels, axis=0, return_counts=True)
    background = colors[counts.argmax()]
    return max(contrast(color, background) for color in colors)


def test_contrast_is_that_of_the_guidelines():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.fixture(autouse=True, scope="module")
def application():
    base.GuiTest.setUpClass()
    yield
    base.GuiTest.tearDownClass()


@pytest.fixture(params=colorthemes)
def palette(request):
    """Return each palette of Orange."""
    return colorthemes[request.param]()


@pytest.fixture
def painted(palette):
    """Return a function that sets the palette and size of a widget."""
    made = []

    def make(widget, width=320, height=240):
        widget.setPalette(palette)
        widget.resize(width, height)
        made.append(widget)
        return widget

    yield make
    for widget in made:
        widget.deleteLater()


def test_names_of_classes_are_legible(painted):
    bars = painted(ClassBars())
    bars.set_classes([ClassProbability("bell cote", 0.3)])
    assert painted_contrast(bars, QRect(0, 0, 320, bars.fontMetrics().height())) >= LEGIBLE


def test_reason_why_there_is_no_image_is_legible(painted):
    view = painted(ImageView())
    view._show(0, "not an image that Pillow can open")
    assert painted_contrast(view) >= LEGIBLE
    heat = painted(HeatView())
    heat.show_text("Connect a model")
    assert painted_contrast(heat) >= LEGIBLE


def test_ends_of_the_scale_are_legible(painted):
    view = painted(HeatView())
    view.show_image(np.zeros((20, 20, 3), np.uint8))
    view.show_values(np.linspace(0, 1, 9).reshape(3, 3))
    left_of_the_scale = QRect(0, 240 - view.fontMetrics().height() - 4, 110, view.fontMetrics().height())
    assert painted_contrast(view, left_of_the_scale) >= LEGIBLE


def test_mark_of_an_unreadable_image_is_legible(painted):
    images = painted(ImageList(48)).images
    image = images._framed(None, "?").toImage()
    middle = [image.pixelColor(x, y) for x in range(16, 32) for y in range(12, 36)]
    base_color = images._widget.palette().color(QPalette.ColorRole.Base)
    shades = [_over(color, base_color) for color in middle]
    assert max(contrast(one, shades[0]) for one in shades) >= LEGIBLE
    images.close()


def _over(color, background):
    """Return the color of a transparent color on a background."""
    share = color.alphaF()
    return [share * over + (1 - share) * under for over, under in zip(color.getRgb(), background.getRgb(), strict=True)]


def test_text_of_the_curves_is_legible(painted):
    view = painted(CurveView(), 480, 360)
    epochs = [Epoch(1 / n, n / 9, 2 / n, n / 10) for n in range(1, 9)]
    view.show_history(History(tuple(epochs), 7, 4))
    background = view.palette().color(QPalette.ColorRole.Base).getRgb()
    chart = view.charts["loss"]
    words = [chart.border.label.color, chart.getAxis("left").textPen().color(), QColor(view._legend.opts["color"])]
    assert min(contrast(color.getRgb(), background) for color in words) >= LEGIBLE
    curves = [chart.training.opts["pen"].color(), chart.validation.opts["pen"].color()]
    assert min(contrast(color.getRgb(), background) for color in curves) >= 3
    assert contrast(*(color.getRgb() for color in curves)) != 1


def test_text_of_the_compared_networks_is_legible(painted):
    view = painted(SpeedView(), 480, 360)
    scores = Scores((0.9, 0.8), 0.85, 0.9)
    rows = [
        ComparisonRow(preset_candidate(name), learner, scores, Speed(10, 1 + number), 512, 10)
        for number, learner in enumerate(LEARNERS.values())
        for name in ("quick", "best")
    ]
    view.show_rows(rows, rows[0].key)
    background = view.palette().color(QPalette.ColorRole.Base).getRgb()
    words = [text.color for text, _ in view._names]
    words += [view.chart.getAxis("left").textPen().color(), QColor(view._legend.opts["color"])]
    assert len(words) == 4
    assert min(contrast(color.getRgb(), background) for color in words) >= LEGIBLE
    colors = {point.brush().color().name() for point in view.points.points()}
    assert len(colors) == len({point.symbol() for point in view.points.points()}) == 4
    assert min(contrast(QColor(color).getRgb(), background) for color in colors) >= 3


def test_selected_thumbnail_has_its_own_colors(painted, tmp_path):
    Image.new("RGB", (32, 32), (200, 40, 10)).save(tmp_path / "red.png")
    images = painted(ImageList(32))
    images.images.set_images(["red"], [str(tmp_path / "red.png")])
    index = images.images.index(0)
    images.images.data(index, Qt.ItemDataRole.DecorationRole)
    end = time.monotonic() + 20
    while not images.images._thumbnails:
        assert time.monotonic() < end
        QTest.qWait(10)
    option = QStyleOptionViewItem()
    images.itemDelegate().initStyleOption(option, index)
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        pixel = option.icon.pixmap(32, 32, mode).toImage().pixelColor(16, 16)
        assert pixel.getRgb()[:3] == (200, 40, 10)
    images.images.close()


def test_thumbnails_have_as_many_pixels_as_the_screen(monkeypatch):
    monkeypatch.setattr(ImageList, "devicePixelRatioF", lambda self: 2.0)
    images = ImageList(48).images
    thumbnail = images._framed(None)
    assert (thumbnail.width(), thumbnail.height(), thumbnail.devicePixelRatio()) == (96, 96, 2.0)
    images.close()


@pytest.mark.parametrize("kind", [QLineEdit, QComboBox])
def test_hints_are_legible(palette, kind):
    # A field takes the colors of the application when it is made.
    field = kind()
    field.setPalette(palette)
    show_hint(field, "none chosen")
    assert field.placeholderText() == "none chosen"
    colors = field.palette()
    background = colors.color(QPalette.ColorRole.Base)
    foreground = _over(colors.color(QPalette.ColorRole.PlaceholderText), background)
    assert contrast(foreground, background.getRgb()) >= LEGIBLE
    field.deleteLater()
