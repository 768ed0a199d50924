"""Every widget can be used by keyboard and by screen reader, and with text of one and a half times the size."""

import itertools

import numpy as np
import pytest
from AnyQt.QtCore import QPoint, QRect, QSize, Qt, QTimer
from AnyQt.QtGui import QImage, QPalette
from AnyQt.QtTest import QTest
from AnyQt.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListView,
    QSplitter,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStyleOptionGroupBox,
    QTabBar,
    QWidget,
)
from Orange.widgets.tests.utils import simulate

from orangecontrib.transferlearning.embedding.predictions import ClassProbability
from orangecontrib.transferlearning.reports.style import epoch_ticks
from orangecontrib.transferlearning.training.history import Epoch, History
from orangecontrib.transferlearning.widgets.controls.curve_view import CurveView
from orangecontrib.transferlearning.widgets.controls.heat_view import HeatView
from orangecontrib.transferlearning.widgets.controls.image_view import ImageView
from orangecontrib.transferlearning.widgets.controls.prediction_view import ClassBars
from orangecontrib.transferlearning.widgets.controls.steps_row import StepsRow
from orangecontrib.transferlearning.widgets.controls.tile_list import TileList
from orangecontrib.transferlearning.widgets.owexplainimage import OWExplainImage
from orangecontrib.transferlearning.widgets.owfeaturemaps import OWFeatureMaps
from orangecontrib.transferlearning.widgets.owimagenetpredictions import OWImageNetPredictions

from .test_every_widget import every_widget, filled, send_images  # noqa: F401 - fixtures
from .test_owkerasnetwork import training  # noqa: F401 - a fixture

SCREEN = QSize(1366, 768)
SIZES = {"150 % font": (1.5, SCREEN), "150 % scale": (1.0, SCREEN / 1.5)}
"""Factor of the font, and the screen in points: with a scale, the same pixels are fewer points."""

REASON = "The weights could not be fetched from https://example.org/weights: no connection. " * 3


def all_controls(widget):
    """Show the controls that are hidden at first, as after a failed download."""
    widget.status.begin()
    widget.status.offer_retry(REASON, lambda: None)
    widget.status.button.show()
    for name in ("table_box", "array_box", "stop_button"):
        if hasattr(widget, name):
            getattr(widget, name).show()
    if hasattr(widget, "mode_combo"):
        simulate.combobox_activate_index(widget.mode_combo, 1)
    for combo in widget.findChildren(QComboBox):
        if combo.isVisibleTo(widget) and combo.findText("From a file") >= 0:
            simulate.combobox_activate_item(combo, "From a file")


@pytest.fixture(params=["empty", "filled", "all controls"])
def state(request):
    return request.param


@pytest.fixture
def show(case, filled):  # noqa: F811 - fixtures
    """Return a function that shows a widget in a state, at its first size on a screen."""
    shown = []

    def make(cls, state="filled", screen=SCREEN):
        widget = case.create_widget(cls) if state == "empty" else filled(cls)
        if state == "all controls":
            all_controls(widget)
        widget.ensurePolished()
        # Qt makes the first size of a window two thirds of the screen, at most.
        widget.resize(widget.sizeHint().boundedTo(screen * 2 / 3).expandedTo(widget.minimumSizeHint()))
        widget.show()
        widget.activateWindow()
        assert QTest.qWaitForWindowActive(widget)
        shown.append(widget)
        return widget

    yield make
    for widget in shown:
        widget.hide()


def controls(widget, kind=QWidget):
    """Return what is visible of a kind, without the parts of controls."""
    parts = QComboBox, QAbstractSpinBox, QTabBar
    return [each for each in widget.findChildren(kind) if each.isVisible() and not isinstance(each.parent(), parts)]


def stops(widget):
    """Return the controls that can be used."""
    found = [each for each in controls(widget) if each.isEnabled() and each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    return [each for each in found if each.focusProxy() is None]


def visited(widget):
    """Press Tab until a control comes again, and yield each control while it has the focus."""
    seen = []
    QTest.keyClick(widget.focusWidget() or widget, Qt.Key.Key_Tab)
    while (control := widget.focusWidget()) not in seen:
        seen.append(control)
        yield control
        QTest.keyClick(control, Qt.Key.Key_Tab)


def place(control, widget):
    """Return where a control is in the order of reading: panes from left to right, lines, places in a line."""
    panes, each = [], control
    while each is not widget:
        parent = each.parentWidget()
        if isinstance(parent, QSplitter):
            panes.insert(0, parent.indexOf(each))
        each = parent
    middle = control.mapTo(widget, control.rect().center())
    is_below = widget.statusBar().isAncestorOf(control)
    return is_below, panes, middle


def is_before(one, other):
    """Return whether a place is read before another; centers within half a line are on the same line."""
    if one[:2] != other[:2]:
        return one[:2] < other[:2]
    distance = other[2].y() - one[2].y()
    return one[2].x() < other[2].x() if abs(distance) < 8 else distance > 0


def spoken_name(control):
    """Return the name that Qt gives to screen readers, as PyQt has no `QAccessible` to ask.

    It is the title of the box around a control only if this is a choice, which is alone there. On Linux, Qt gives a
    choice no other name than that of its label.
    """
    if control.accessibleName() and not isinstance(control, QComboBox):
        return control.accessibleName()
    if isinstance(control, QAbstractButton | QLabel):
        return control.text()
    box = control.parentWidget()
    labels = box.findChildren(QLabel, options=Qt.FindChildOption.FindDirectChildrenOnly)
    title = box.title() if isinstance(control, QComboBox) and isinstance(box, QGroupBox) else ""
    return next((label.text() for label in labels if label.buddy() is control), title)


def described(control):
    """Return a control in words, for the message of a test that fails."""
    return f"{type(control).__name__} {spoken_name(control)}"


@every_widget
def test_tab_visits_every_control_once_as_it_is_read(cls, show, state):
    widget = show(cls, state)
    found = list(visited(widget))
    assert sorted(map(described, found)) == sorted(map(described, stops(widget)))
    steps = itertools.pairwise((place(control, widget), described(control)) for control in found)
    assert [(one, other) for one, other in steps if not is_before(one[0], other[0])] == []


@every_widget
def test_every_control_has_a_name(cls, show, state):
    found = [each for each in controls(show(cls, state)) if each.focusPolicy() != Qt.FocusPolicy.NoFocus]
    assert len(found) > 3
    assert [type(control) for control in found if not spoken_name(control).strip()] == []


@every_widget
def test_images_and_charts_say_what_they_show(cls, show):
    views = [each for each in controls(show(cls)) if isinstance(each, HeatView | ImageView | ClassBars | CurveView)]
    for view in views:
        assert view.accessibleName()
        if not isinstance(view, ImageView):  # An image is described by its name.
            assert view.accessibleDescription()


@every_widget
def test_focus_can_be_seen(cls, show):
    widget = show(cls, "all controls")
    before = {control: control.grab().toImage() for control in stops(widget)}
    assert [described(control) for control in visited(widget) if control.grab().toImage() == before[control]] == []


@every_widget
def test_escape_closes_lists_of_choices_and_not_the_window(cls, show):
    widget = show(cls, "all controls")
    for combo in controls(widget, QComboBox):
        if combo.count() and combo.isEnabled():
            combo.setFocus()
            QTest.keyClick(combo, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
            popup = QApplication.activePopupWidget()
            assert popup is not None
            QTest.keyClick(popup, Qt.Key.Key_Escape)
            assert QApplication.activePopupWidget() is None
    assert widget.isVisible()


@pytest.fixture(params=SIZES)
def screen_size(request, case):
    """Set the font of a size, and return the screen."""
    factor, screen = SIZES[request.param]
    before = QApplication.font()
    font = QApplication.font()
    font.setPointSizeF(before.pointSizeF() * factor)
    QApplication.setFont(font)
    yield screen
    QApplication.setFont(before)


def room_and_text(control):
    """Return the rectangle that a control has for text, with the text, or None for a control without text."""
    style = control.style()
    if isinstance(control, QLabel):
        return control.contentsRect(), control.text()
    if isinstance(control, QGroupBox):
        option = QStyleOptionGroupBox()
        control.initStyleOption(option)
        part = QStyle.SubControl.SC_GroupBoxLabel
        return style.subControlRect(QStyle.ComplexControl.CC_GroupBox, option, part, control), control.title()
    if isinstance(control, QComboBox):
        option = QStyleOptionComboBox()
        control.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = style.subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, control)
        icon = 0 if option.currentIcon.isNull() else option.iconSize.width() + 4
        return room.adjusted(icon, 0, 0, 0), control.currentText() or control.placeholderText()
    if isinstance(control, QAbstractSpinBox):
        return control.lineEdit().rect().adjusted(2, 0, -2, 0), control.text()
    if isinstance(control, QLineEdit):
        return control.rect().adjusted(4, 0, -4, 0), control.placeholderText()
    if isinstance(control, QAbstractButton):
        kind = QStyle.SubElement.SE_CheckBoxContents if isinstance(control, QCheckBox) else None
        option = QStyleOptionButton()
        option.initFrom(control)
        icon = 0 if control.icon().isNull() else control.iconSize().width() + 4
        room = style.subElementRect(kind or QStyle.SubElement.SE_PushButtonContents, option, control)
        return room.adjusted(icon, 0, 0, 0), control.text().replace("&", "")
    return None


def is_cut(control):
    """Return whether the text of a control is wider or higher than its room."""
    room, text = room_and_text(control) or (None, "")
    if not text.strip():
        return False
    flags = Qt.TextFlag.TextWordWrap if isinstance(control, QLabel) and control.wordWrap() else 0
    needed = control.fontMetrics().boundingRect(QRect(0, 0, room.width(), 10_000), int(flags), text.strip())
    return (
        needed.width() > room.width()
        or control.fontMetrics().height() > room.height() + 2
        or (isinstance(control, QLabel) and needed.height() > room.height())
    )


def is_outside(control, widget):
    """Return whether a control extends beyond a widget around it; lists and areas can be scrolled up and down."""
    rect, each = control.rect(), control
    while each is not widget:
        rect, each = rect.translated(each.pos()), each.parentWidget()
        if isinstance(each.parentWidget(), QAbstractScrollArea):
            rect = QRect(rect.x(), 0, rect.width(), 1)
        if not each.rect().contains(rect):
            return True
    return False


def overlapping(widget):
    """Return the pairs of controls of one layout that overlap."""
    return [
        pair
        for parent in (widget, *controls(widget))
        if parent.layout() is not None
        for pair in itertools.combinations(
            [each for each in parent.children() if isinstance(each, QWidget) and each.isVisible()], 2
        )
        if all(parent.layout().indexOf(each) >= 0 for each in pair)
        and pair[0].geometry().intersects(pair[1].geometry())
    ]


@every_widget
def test_nothing_is_cut_off_in_large_text(cls, screen_size, show, state):
    widget = show(cls, state, screen_size)
    assert widget.width() <= screen_size.width()
    assert widget.height() <= screen_size.height()
    shown = [each for each in controls(widget) if room_and_text(each) and not widget.statusBar().isAncestorOf(each)]
    assert len(shown) > 5
    assert [described(each) for each in shown if is_cut(each)] == []
    assert [described(each) for each in shown if is_outside(each, widget)] == []
    assert overlapping(widget) == []
    for bar in controls(widget, QTabBar):
        assert bar.tabRect(bar.count() - 1).right() < bar.width()
    for names in filter(QListView.isEnabled, controls(widget, QListView)):
        room = names.visualRect(names.model().index(0, 0)).width() - names.iconSize().width()
        texts = [names.model().index(row, 0).data() for row in range(names.model().rowCount())]
        if names.viewMode() == QListView.ViewMode.IconMode:
            room = names.gridSize().width()
        for line in "\n".join(texts).split("\n"):
            assert names.fontMetrics().horizontalAdvance(line) < room


def border(widget):
    """Return the colors of the outermost pixels of a widget, except above."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.bits().asstring(image.sizeInBytes()), np.uint32)
    pixels = pixels.reshape(image.height(), image.bytesPerLine() // 4)[:, : image.width()]
    return {*pixels[-1], *pixels[:, 0], *pixels[:, -1]}


def test_painted_text_does_not_touch_the_edges(screen_size):
    long = "the file holds no image that can be opened, or one that is cut off " * 2
    image, heat, scale = ImageView(), HeatView(), HeatView()
    image._show(0, long)
    heat.show_text(long)
    scale.show_image(np.zeros((20, 4, 3), np.uint8))
    scale.show_values(np.array([[-1.23e-05, -1.11e-05]]))
    for view in (image, heat, scale):
        view.resize(view.minimumSize())
        assert len(border(view)) == 1
        view.deleteLater()
    image.close_images()


def test_bars_have_room_for_names_and_numbers(screen_size):
    bars = ClassBars()
    bars.set_classes([ClassProbability("bell cote", 0.3), ClassProbability("stupa", 0.00001)])
    assert bars.sizeHint().height() >= 2 * (bars.fontMetrics().height() + 8)
    assert bars.accessibleDescription() == "bell cote: 30.0 %\nstupa: < 0.01 %"
    assert bars.toolTip() == bars.accessibleDescription()
    bars.deleteLater()


@pytest.fixture
def curves(screen_size):
    """Return a function that shows a finished training of some epochs in a view that shrinks to its smallest size."""
    view = CurveView()

    def make(n_epochs):
        epochs = [Epoch(1 / n, n / (n + 1), 2 / n, n / (n + 2)) for n in range(1, n_epochs + 1)]
        view.resize(900, 700)
        view.show()
        view.show_history(History(tuple(epochs), n_epochs - 1, None))
        for size in (view.size(), view.minimumSize()):
            view.resize(size)
            QApplication.processEvents()
            view.grab()
        return view

    yield make
    view.hide()
    view.deleteLater()


def scene_rect(item):
    return item.mapRectToScene(item.boundingRect())


@pytest.mark.parametrize("n_epochs", [1, 2, 15, 100, 2345])
def test_axes_start_at_the_first_epoch_and_end_at_the_last(curves, n_epochs):
    view = curves(n_epochs)
    for chart in view.charts.values():
        least, most = chart.viewRange()[0]
        assert most - n_epochs == pytest.approx(1 - least)
        assert most - n_epochs <= max(0.5, 0.04 * n_epochs)
        [(_, ticks)] = chart.getAxis("bottom").tickValues(least, most, chart.getAxis("bottom").width())
        assert (ticks[0], ticks[-1]) == (1, n_epochs)
        assert ticks == sorted(set(ticks))


def test_text_of_the_curves_is_whole_and_apart(curves):
    view = curves(100)
    inside = view.mapToScene(view.viewport().rect()).boundingRect()
    for item in (view._legend.item, *(chart.vb for chart in view.charts.values())):
        assert inside.contains(scene_rect(item))
    assert scene_rect(view._legend.item).bottom() <= scene_rect(view.charts["accuracy"].vb).top()
    for chart in view.charts.values():
        axis = chart.getAxis("left")
        label = scene_rect(axis.label)
        numbers = scene_rect(axis).right() - axis.textWidth - axis.style["tickTextOffset"][0]
        assert label.right() - 4 <= numbers  # The rectangle of the label has a margin of 4 on each side.
        assert label.height() <= scene_rect(axis).height()


def test_round_numbers_are_between_the_first_epoch_and_the_last():
    assert epoch_ticks(1) == [1]
    assert epoch_ticks(8) == [1, 2, 4, 6, 8]
    assert epoch_ticks(15) == [1, 5, 10, 15]
    assert epoch_ticks(100) == [1, 20, 40, 60, 80, 100]
    assert epoch_ticks(35) == [1, 10, 20, 30, 35]
    assert epoch_ticks(101, n_most=3) == [1, 101]


def test_curves_differ_in_more_than_color(curves):
    view = curves(12)
    for chart in view.charts.values():
        styles = [curve.opts["pen"].style() for curve in (chart.training, chart.validation)]
        assert styles == [Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine]
    legend = view._legend.item.toPlainText().replace("\xa0", " ")
    assert legend.startswith("— training   - - validation")
    assert "kept: epoch 12" in legend
    assert view.accessibleDescription() == (
        "12 epochs, Accuracy 92.3% in training, Accuracy 85.7% in validation, Loss 0.0833 in training, "
        "Loss 0.167 in validation; kept: epoch 12 (lowest validation loss)"
    )


def test_selected_tile_differs_in_more_than_color(case):
    tiles = TileList()
    tiles.show_tiles([7, 8], np.full((2, 72, 72, 3), 120, np.uint8), None)
    tiles.resize(200, 200)
    tiles.show()
    palette = tiles.palette()
    palette.setColor(QPalette.ColorRole.Highlight, palette.color(QPalette.ColorRole.Base))
    palette.setColor(QPalette.ColorRole.HighlightedText, palette.color(QPalette.ColorRole.Text))
    tiles.setPalette(palette)
    QApplication.processEvents()
    before = tiles.grab().toImage()
    tiles.item(1).setSelected(True)
    rect = tiles.visualItemRect(tiles.item(1))
    middle_of_frame = tiles.viewport().mapTo(tiles, QPoint(rect.left() + 1, rect.center().y()))
    middle_of_frame *= tiles.devicePixelRatioF()
    assert before.pixelColor(middle_of_frame).rgb() == palette.color(QPalette.ColorRole.Base).rgb()
    assert tiles.grab().toImage().pixelColor(middle_of_frame).rgb() == palette.color(QPalette.ColorRole.Text).rgb()
    tiles.deleteLater()


def press(control, *keys):
    for key in keys:
        QTest.keyClick(control, getattr(Qt.Key, f"Key_{key}"))


@pytest.fixture
def maps(case, request, show):
    """Return Feature Maps with tiles, and none of them chosen."""
    for name in ("networks", "layers"):
        request.getfixturevalue(name)
    widget = case.create_widget(OWFeatureMaps)
    send_images(case, widget, request)
    case.wait_until_finished(widget=widget, timeout=20_000)
    widget.show()
    widget.activateWindow()
    assert QTest.qWaitForWindowActive(widget)
    yield widget
    widget.hide()


def test_tab_into_the_tiles_chooses_none(maps):
    maps.tiles.setFocus(Qt.FocusReason.TabFocusReason)
    assert maps.tiles.currentItem() is not None
    assert maps.channel is None


@pytest.mark.parametrize("key", ["Space", "Return"])
def test_keys_choose_tiles_and_images(maps, case, key):
    maps.tiles.setFocus(Qt.FocusReason.TabFocusReason)
    press(maps.tiles, key)
    first, second = maps.tiles.channels()[:2]
    assert maps.channel == first
    press(maps.tiles, "Right")
    assert maps.channel == second
    case.wait_until_finished(widget=maps, timeout=20_000)
    assert maps.row == 0
    images = maps.top.list
    images.setFocus(Qt.FocusReason.TabFocusReason)
    press(images, "Home", "Right")
    assert maps.row == 0
    press(images, key)
    assert maps.row == maps.top.rows[1]
    assert maps.isVisible()


def test_arrow_keys_move_among_images(show):
    widget = show(OWExplainImage)
    widget.list.setFocus(Qt.FocusReason.TabFocusReason)
    press(widget.list, "Down", "Down", "Up")
    assert widget.image == "1.png"


def test_space_selects_predicted_images(show, case):
    widget = show(OWImageNetPredictions)
    images = widget.view.list
    images.setFocus(Qt.FocusReason.TabFocusReason)
    selected = lambda: case.get_output("Selected Images", widget=widget)  # noqa: E731
    assert selected() is None
    press(images, "Space")
    assert [str(row["image"]) for row in selected()] == ["0.png"]
    press(images, "Down")
    QTest.keyClick(images, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert [str(row["image"]) for row in selected()] == ["1.png", "2.png"]


def test_steps_are_added_and_the_menu_is_closed_by_keyboard(case):
    row = StepsRow()
    row.show()
    row.button.setFocus(Qt.FocusReason.TabFocusReason)
    for keys, text in ((("Escape",), ""), (("Down", "Down", "Return"), "channel:1")):
        QTimer.singleShot(0, lambda keys=keys: press(row.button.menu(), *keys))
        press(row.button, "Space")
        assert row.line.text() == text
    row.deleteLater()
