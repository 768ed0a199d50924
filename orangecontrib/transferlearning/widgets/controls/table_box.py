"""A box with the choice of columns for a table of images."""

from AnyQt.QtCore import pyqtSignal
from AnyQt.QtWidgets import QComboBox, QFileDialog, QGroupBox, QHBoxLayout, QLineEdit, QPushButton
from Orange.widgets.settings import Setting
from Orange.widgets.utils.filedialogs import RecentPath
from Orange.widgets.widget import OWWidget

from ...sources.preview import TablePreview
from ...sources.source_choice import SourceChoice
from ...visible_text import visible
from .component import Component
from .forms import make_form, show_hint
from .recent_paths import relocated
from .stored_settings import is_path

KINDS = {"class": "Categories", "number": "Numbers to predict"}


class TableBox(QGroupBox, Component):
    """Controls and settings of a table. A setting is None until the user chooses; then it is guessed.

    Parameters
    ----------
    widget : OWWidget
        The widget that declares this box as a `SettingProvider`.
    """

    changed = pyqtSignal()

    image_column: str | None = Setting(None, schema_only=True)
    label_column: str | None = Setting(None, schema_only=True)
    label_kind: str | None = Setting(None, schema_only=True, usable=KINDS.__contains__)
    root: list | None = Setting(None, schema_only=True, usable=is_path)

    def __init__(self, widget: OWWidget) -> None:
        QGroupBox.__init__(self, " Columns ")
        Component.__init__(self, widget)
        self._widget = widget
        self.image_combo, self.label_combo, self.kind_combo = QComboBox(), QComboBox(), QComboBox()
        for name, title in KINDS.items():
            self.kind_combo.addItem(title, name)
        self.image_combo.activated[int].connect(lambda: self._choose("image_column", self.image_combo))
        self.label_combo.activated[int].connect(self._label_chosen)
        self.kind_combo.activated[int].connect(lambda: self._choose("label_kind", self.kind_combo))
        self.root_edit = QLineEdit(readOnly=True)
        show_hint(self.root_edit, "folder of the table")
        self.root_edit.setAccessibleName("Folder")
        self.root_button = QPushButton("Browse...", autoDefault=False, clicked=self._browse)
        self.root_button.setToolTip("Folder that relative names of images start from.")
        form = make_form(self)
        form.addRow("Images:", self.image_combo)
        form.addRow("Labels:", self.label_combo)
        form.addRow("Labels are:", self.kind_combo)
        row = QHBoxLayout()
        row.addWidget(self.root_edit)
        row.addWidget(self.root_button)
        form.addRow("Folder:", row)
        self.relocate()

    def forget(self) -> None:
        """Clear all choices, for a new table."""
        self.image_column = self.label_column = self.label_kind = self.root = None

    def fill(self, choice: SourceChoice) -> SourceChoice:
        """Return the choice with the settings of this box."""
        return SourceChoice(
            choice.path,
            self.image_column,
            self.label_column,
            None if self.label_kind is None else self.label_kind == "number",
            self.root_path,
        )

    def show_preview(self, choice: SourceChoice, preview: TablePreview) -> None:
        """Offer the columns of a table, and show those in use."""
        for combo in (self.image_combo, self.label_combo):
            combo.clear()
            combo.setEnabled(preview.has_header)
        self.label_combo.addItem("(none)", "")
        for name in preview.names:
            self.image_combo.addItem(visible(name), name)
            self.label_combo.addItem(visible(name), name)
        image, label = (choice.image_column, choice.label_column) if preview.has_header else ("image", "label")
        self.image_combo.setCurrentIndex(self.image_combo.findData(image))
        self.label_combo.setCurrentIndex(self.label_combo.findData(label))
        self.kind_combo.setCurrentIndex(self.kind_combo.findData("number" if choice.is_target else "class"))
        self.kind_combo.setEnabled(preview.has_header and bool(label))

    @property
    def root_path(self) -> str:
        """Folder that names of images start from; "" for the folder of the table."""
        return RecentPath.from_list(self.root).abspath if self.root else ""

    def relocate(self) -> None:
        """Find the folder again after the workflow has moved."""
        if self.root:
            self.root = relocated(self.root, self._widget.workflowEnv().get("basedir"))
        self.root_edit.setText(visible(self.root_path))

    def _choose(self, setting: str, combo: QComboBox) -> None:
        if combo.currentData() != getattr(self, setting):
            setattr(self, setting, combo.currentData())
            self.changed.emit()

    def _label_chosen(self) -> None:
        self.label_kind = None  # It is guessed for the new column.
        self._choose("label_column", self.label_combo)

    def _browse(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Folder that names of images start from", self.root_path)
        if path:
            self.root = RecentPath.create(path, []).to_list()
            self.relocate()
            self.changed.emit()
