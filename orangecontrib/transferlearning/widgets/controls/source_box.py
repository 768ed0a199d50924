"""A box with the choice of a folder or file of images."""

from AnyQt.QtCore import Qt, pyqtSignal
from AnyQt.QtGui import QIcon
from AnyQt.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGroupBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QVBoxLayout,
)
from Orange.widgets.settings import Setting
from Orange.widgets.utils.filedialogs import RecentPath
from Orange.widgets.widget import OWWidget
from orangewidget.utils.filedialogs import unambiguous_paths

from ...images.reading import readable_extensions
from ...visible_text import visible
from .component import Component
from .forms import MARGINS, show_hint
from .plain_text import tooltip
from .recent_paths import recent_paths, relocated, remember
from .stored_settings import is_path

PLACEHOLDER = "Choose a folder or file, or drop one here"


class SourceBox(QGroupBox, Component):
    """Controls and setting of the folder or file that images come from.

    Signals
    -------
    changed
        Sent when another folder or file is chosen.
    reload
        Sent when the same folder or file is to be read again.

    Parameters
    ----------
    widget : OWWidget
        The widget that declares this box as a `SettingProvider`.
    """

    changed = pyqtSignal()
    reload = pyqtSignal()

    place: list | None = Setting(None, schema_only=True, usable=is_path)

    def __init__(self, widget: OWWidget) -> None:
        QGroupBox.__init__(self, " Source ")
        Component.__init__(self, widget)
        self._widget = widget
        self.combo = QComboBox(sizeAdjustPolicy=QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(28)
        self.combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        show_hint(self.combo, PLACEHOLDER)
        self.combo.activated[int].connect(self._picked)
        self.folder_button = self._button("Folder...", QStyle.StandardPixmap.SP_DirOpenIcon, self._choose_folder)
        self.file_button = self._button("File...", QStyle.StandardPixmap.SP_FileIcon, self._choose_file)
        self.reload_button = self._button("Reload", QStyle.StandardPixmap.SP_BrowserReload, self.reload.emit)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.addWidget(self.combo)
        row = QHBoxLayout()
        for button in (self.folder_button, self.file_button, self.reload_button):
            row.addWidget(button)
        column.addLayout(row)
        self.relocate()

    def _button(self, text: str, image: QStyle.StandardPixmap, clicked: object) -> QPushButton:
        icon: QIcon = self.style().standardIcon(image)
        return QPushButton(icon, text, autoDefault=False, clicked=lambda: clicked())

    @property
    def path(self) -> str:
        """Chosen path; "" for none."""
        return RecentPath.from_list(self.place).abspath if self.place else ""

    def choose(self, path: str) -> None:
        """Choose a folder or file, and send `changed`."""
        self.place = RecentPath.create(path, self._folders()).to_list()
        remember(self.path)
        self._show()
        self.changed.emit()

    def relocate(self) -> None:
        """Find the path again after the workflow was saved or moved."""
        if self.place:
            self.place = relocated(self.place, self._widget.workflowEnv().get("basedir"))
        self._show()

    def _folders(self) -> list[tuple[str, str]]:
        folder = self._widget.workflowEnv().get("basedir")
        return [("basedir", folder)] if folder else []

    def _show(self) -> None:
        paths = recent_paths()
        if self.path and self.path not in paths:
            paths.insert(0, self.path)
        self.combo.clear()
        for path, name in zip(paths, unambiguous_paths(paths), strict=True):
            self.combo.addItem(visible(name), path)
            self.combo.setItemData(self.combo.count() - 1, tooltip(path), Qt.ItemDataRole.ToolTipRole)
        self.combo.setCurrentIndex(self.combo.findData(self.path) if self.path else -1)
        self.combo.setToolTip(tooltip(self.path or PLACEHOLDER))
        self.reload_button.setEnabled(bool(self.path))

    def _picked(self, index: int) -> None:
        if self.combo.itemData(index) != self.path:
            self.choose(self.combo.itemData(index))

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Folder of images", self.path)
        if path:
            self.choose(path)

    def _choose_file(self) -> None:
        images = " ".join(f"*{extension}" for extension in sorted(readable_extensions()))
        kinds = [
            f"Tables, arrays and images (*.csv *.tsv *.txt *.npy {images})",
            "Tables of images (*.csv *.tsv *.txt)",
            "Arrays of images (*.npy)",
            f"Images ({images})",
            "All files (*)",
        ]
        path, _ = QFileDialog.getOpenFileName(self, "Images", self.path, ";;".join(kinds))
        if path:
            self.choose(path)
