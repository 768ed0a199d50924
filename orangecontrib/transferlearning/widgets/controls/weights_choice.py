"""Controls with the choice of a network's weights."""

from pathlib import Path

from AnyQt.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget
from Orange.widgets.settings import Setting
from Orange.widgets.utils.filedialogs import RecentPath
from Orange.widgets.widget import OWWidget

from .forms import choice_combo, show_hint
from .recent_paths import relocated

WEIGHTS = {"imagenet": "ImageNet", "file": "From a file", "random": "Random"}


class WeightsChoice:
    """Controls and settings of weights, for a box with a signal `changed` that adds the controls to its layout.

    Attributes
    ----------
    weights_combo : QComboBox
    file_row : QWidget
        Name of the file and a button; hidden if weights do not come from a file.
    """

    weights: str = Setting("imagenet", schema_only=True)
    weights_file: list | None = Setting(None, schema_only=True)

    def make_weights_controls(self, widget: OWWidget) -> None:
        """Make `weights_combo` and `file_row`; paths are relative to the workflow of `widget`."""
        self._workflow = widget
        self.relocate()
        self.weights_combo = choice_combo(self, "weights", WEIGHTS, self._weights_chosen)
        self.file_edit = QLineEdit(readOnly=True)
        show_hint(self.file_edit, "none chosen")
        self.file_edit.setAccessibleName("Weights file")
        self.browse_button = QPushButton("Browse...", autoDefault=False, clicked=self._browse)
        self.file_row = QWidget(self)
        row = QHBoxLayout(self.file_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.file_edit)
        row.addWidget(self.browse_button)
        self._show_weights()

    @property
    def chosen_weights(self) -> str | None:
        """Chosen weights, as an `Embedder` takes them; "" if no file is chosen yet."""
        return {"file": self.weights_path, "random": None}.get(self.weights, self.weights)

    @property
    def weights_problem(self) -> str:
        """Reason why there are no weights; "" if there is none."""
        return "No weights file is chosen: press Browse." if self.chosen_weights == "" else ""

    @property
    def weights_title(self) -> str:
        """Title of the choice, for a report."""
        return self.weights_path if self.weights == "file" else WEIGHTS.get(self.weights, self.weights)

    @property
    def weights_path(self) -> str:
        """Path of the weights file; "" if none is chosen."""
        return RecentPath.from_list(self.weights_file).abspath if self.weights_file else ""

    def relocate(self) -> None:
        """Find the weights again after the workflow was saved or moved."""
        if self.weights_file:
            self.weights_file = relocated(self.weights_file, self._workflow.workflowEnv().get("basedir"))

    def _show_weights(self) -> None:
        self.file_row.setVisible(self.weights == "file")
        self.file_edit.setText(Path(self.weights_path).name)
        self.file_edit.setCursorPosition(0)
        self.file_edit.setToolTip(self.weights_path)

    def _weights_chosen(self) -> None:
        self._show_weights()
        self.changed.emit()

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Weights of a Keras network", self.weights_path, "Keras weights (*.h5 *.keras);;All files (*)"
        )
        if path:
            self.weights_file = RecentPath.create(path, []).to_list()
            self.relocate()
            self._weights_chosen()
