"""Controls with the choice of a network's weights."""

from pathlib import Path

from AnyQt.QtWidgets import QFileDialog, QGridLayout, QLineEdit, QPushButton, QWidget
from Orange.widgets.settings import Setting
from Orange.widgets.utils.filedialogs import RecentPath
from Orange.widgets.widget import OWWidget

from ...backbones.preprocessing import AUTO, FRACTIONS, NONE
from ...visible_text import visible
from .forms import choice_combo, show_hint
from .plain_text import PlainLabel, tooltip
from .recent_paths import relocated
from .stored_settings import is_path

PREPROCESSING = {
    AUTO: "Automatic",
    NONE: "None, 0–255",
    FRACTIONS: "Divided by 255",
    "backbone": "As for the backbone",
}

WEIGHTS = {"imagenet": "ImageNet", "file": "From a file", "random": "Random"}


class WeightsChoice:
    """Controls and settings of weights, for a box with a backbone, that adds the controls to its layout.

    The box has a setting `backbone` and a signal `changed`.

    Attributes
    ----------
    weights_combo : QComboBox
    file_row : QWidget
        Name of the file, a button, and the choice of preprocessing; hidden if weights do not come from a file.
    """

    weights: str = Setting("imagenet", schema_only=True)
    weights_file: list | None = Setting(None, schema_only=True, usable=is_path)
    preprocessing: str = Setting(AUTO, schema_only=True)

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
        self.preprocessing_combo = choice_combo(self, "preprocessing", PREPROCESSING, self.changed.emit)
        self.preprocessing_combo.setToolTip(
            "What is done with pixels before the network. Automatic: as for the backbone, unless a saved .keras model "
            "scales pixels itself."
        )
        row = QGridLayout(self.file_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.file_edit, 0, 0, 1, 2)
        row.addWidget(self.browse_button, 0, 2)
        label = PlainLabel("Preprocessing:")
        label.setBuddy(self.preprocessing_combo)
        row.addWidget(label, 1, 0)
        row.addWidget(self.preprocessing_combo, 1, 1, 1, 2)
        row.setColumnStretch(1, 1)
        self._show_weights()

    @property
    def chosen_weights(self) -> str | None:
        """Chosen weights, as an `Embedder` takes them; "" if no file is chosen yet."""
        return {"file": self.weights_path, "random": None}.get(self.weights, self.weights)

    @property
    def chosen_preprocessing(self) -> str:
        """Chosen preprocessing, as an `Embedder` takes it."""
        if self.weights != "file":
            return AUTO
        return self.backbone if self.preprocessing == "backbone" else self.preprocessing

    @property
    def weights_problem(self) -> str:
        """Reason why there are no weights; "" if there is none."""
        return "No weights file is chosen: press Browse." if self.chosen_weights == "" else ""

    @property
    def weights_title(self) -> str:
        """Title of the choice, for a report."""
        if self.weights != "file":
            return WEIGHTS.get(self.weights, self.weights)
        taken = PREPROCESSING.get(self.preprocessing, self.preprocessing)
        return self.weights_path if self.preprocessing == AUTO else f"{self.weights_path}; preprocessing: {taken}"

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
        self.file_edit.setText(visible(Path(self.weights_path).name))
        self.file_edit.setCursorPosition(0)
        self.file_edit.setToolTip(tooltip(self.weights_path))

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
