"""A box with the choice of labels and shape for an array of images."""

from AnyQt.QtCore import QSignalBlocker, pyqtSignal
from AnyQt.QtWidgets import QComboBox, QFileDialog, QGroupBox, QSpinBox
from Orange.widgets.settings import Setting
from Orange.widgets.utils.filedialogs import RecentPath
from Orange.widgets.widget import OWWidget
from orangewidget.utils.filedialogs import unambiguous_paths

from ...sources.preview import ArrayPreview
from ...sources.source_choice import SourceChoice
from ...visible_text import visible
from .component import Component
from .forms import make_form
from .recent_paths import relocated
from .stored_settings import is_path

_BROWSE = "Another file..."


_MOST = (99_999, 99_999, 4)
"""Greatest height, width and number of channels."""


def _is_shape(value: tuple) -> bool:
    return len(value) == 3 and all(type(n) is int and 0 <= n <= most for n, most in zip(value, _MOST, strict=True))


class ArrayBox(QGroupBox, Component):
    """Controls and settings of an array. A setting is None until the user chooses; then it is guessed.

    Parameters
    ----------
    widget : OWWidget
        The widget that declares this box as a `SettingProvider`.
    """

    changed = pyqtSignal()

    with_labels: bool | None = Setting(None, schema_only=True)
    labels: list | None = Setting(None, schema_only=True, usable=is_path)
    shape: tuple | None = Setting(None, schema_only=True, usable=_is_shape)

    def __init__(self, widget: OWWidget) -> None:
        QGroupBox.__init__(self, " Array ")
        Component.__init__(self, widget)
        self._widget = widget
        self._shown = ""
        self.labels_combo = QComboBox(sizeAdjustPolicy=QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.labels_combo.activated[int].connect(self._labels_chosen)
        self._preview = ArrayPreview(None)
        self.height_spin, self.width_spin, self.channels_spin = self.spins = [self._spin(side) for side in range(3)]
        form = make_form(self)
        form.addRow("Labels:", self.labels_combo)
        form.addRow("Height:", self.height_spin)
        form.addRow("Width:", self.width_spin)
        form.addRow("Channels:", self.channels_spin)
        self.relocate()

    def _spin(self, side: int) -> QSpinBox:
        spin = QSpinBox(minimum=0, maximum=_MOST[side], keyboardTracking=False)
        spin.setSpecialValueText("?")
        spin.setToolTip("Shape of images that are stored as rows of values. Height and width follow from each other.")
        spin.valueChanged[int].connect(lambda: self._shape_chosen(side))
        return spin

    def forget(self) -> None:
        """Clear all choices, for a new array."""
        self.with_labels = self.labels = self.shape = None

    def fill(self, choice: SourceChoice) -> SourceChoice:
        """Return the choice with the settings of this box."""
        labels = None if self.with_labels is None else self.labels_path if self.with_labels else ""
        return SourceChoice(choice.path, labels=labels, shape=self.shape and tuple(self.shape))

    def show_preview(self, choice: SourceChoice, preview: ArrayPreview) -> None:
        """Show the labels in use, and the shape if the images are rows of values."""
        self._preview = preview
        self._shown = choice.labels or ""
        self.labels_combo.clear()
        self.labels_combo.addItem("(none)", "")
        if choice.labels:
            self.labels_combo.addItem(visible(unambiguous_paths([choice.labels])[0]), choice.labels)
        self.labels_combo.addItem(_BROWSE)
        self.labels_combo.setCurrentIndex(1 if choice.labels else 0)
        for spin in self.spins:
            spin.setVisible(preview.n_values is not None)
            self.layout().labelForField(spin).setVisible(preview.n_values is not None)
        self._show_shape(choice.shape or (0, 0, 3))

    @property
    def labels_path(self) -> str:
        """Path of the file of labels; "" if none is chosen."""
        return RecentPath.from_list(self.labels).abspath if self.labels else ""

    def relocate(self) -> None:
        """Find the labels again after the workflow has moved."""
        if self.labels:
            self.labels = relocated(self.labels, self._widget.workflowEnv().get("basedir"))

    def _labels_chosen(self, index: int) -> None:
        if self.labels_combo.itemText(index) != _BROWSE:
            self._take_labels(self.labels_combo.itemData(index))
            return
        path, _ = QFileDialog.getOpenFileName(self, "Labels of the images", self.labels_path, "Arrays (*.npy)")
        if path:
            self._take_labels(path)
        else:
            self.labels_combo.setCurrentIndex(self.labels_combo.findData(self._shown))

    def _take_labels(self, path: str) -> None:
        self.with_labels = bool(path)
        self.labels = RecentPath.create(path, []).to_list() if path else None
        self.relocate()
        self.changed.emit()

    def _show_shape(self, shape: tuple[int, int, int]) -> None:
        for spin, side in zip(self.spins, shape, strict=True):
            with QSignalBlocker(spin):
                spin.setValue(side)

    def _shape_chosen(self, side: int) -> None:
        height, width, channels = (spin.value() for spin in self.spins)
        known = (None, width) if side == 1 else (height, None)
        self.shape = self._preview.fitting(*known, channels) or (height, width, channels)
        self._show_shape(self.shape)
        self.changed.emit()
