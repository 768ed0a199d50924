"""A row that tells where lost images were found, with a button to choose their folder."""

from AnyQt.QtCore import pyqtSignal
from AnyQt.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget
from Orange.data import Table
from Orange.widgets.settings import Setting
from Orange.widgets.utils.filedialogs import RecentPath
from Orange.widgets.widget import OWWidget

from ...orange.relocated_images import relocate_columns
from .component import Component
from .plain_text import PlainLabel, tooltip
from .recent_paths import relocated
from .stored_settings import is_path


class FolderRow(QWidget, Component):
    """A remark about images that are not where the table says, with a button and a setting for their folder.

    Signals
    -------
    chosen
        Sent when another folder is chosen.

    Parameters
    ----------
    widget : OWWidget
        The widget that declares this row as a `SettingProvider`.
    """

    chosen = pyqtSignal()

    image_folder: list | None = Setting(None, schema_only=True, usable=is_path)

    def __init__(self, widget: OWWidget) -> None:
        QWidget.__init__(self, visible=False)
        Component.__init__(self, widget)
        self._widget = widget
        self._is_used = False
        self.label = PlainLabel(wordWrap=True)
        self.button = QPushButton("Folder of Images...", autoDefault=False, clicked=self._choose)
        self.button.setToolTip("Choose the folder in which the images of the table are found by their names.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)
        column.addWidget(self.button)
        self.relocate()

    @property
    def path(self) -> str:
        """Chosen folder; "" for the folder of the table's file."""
        return RecentPath.from_list(self.image_folder).abspath if self.image_folder else ""

    def relocate(self) -> None:
        """Find the folder again after the workflow was saved or moved."""
        if self.image_folder:
            self.image_folder = relocated(self.image_folder, self._widget.workflowEnv().get("basedir"))

    def find_images(self, data: Table | None) -> Table | None:
        """Return the table with its lost images found, and show the remark; without a remark, the row is hidden."""
        found, remark = (None, "") if data is None else relocate_columns(data, self.path)
        self._is_used = found is not data and bool(self.path)
        self.label.setText(f"{remark}." if remark else "")
        self.label.setToolTip(tooltip(remark))
        self.setVisible(bool(remark))
        return found

    def described(self) -> list[tuple[str, str]]:
        """Return the title and path of the chosen folder if images were found in it, for a report."""
        return [("Folder of images", self.path)] if self._is_used else []

    def _choose(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Folder of images", self.path)
        if path:
            self.image_folder = RecentPath.create(path, []).to_list()
            self.relocate()
            self.chosen.emit()
