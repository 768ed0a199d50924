"""Boxes with the settings for training a head, and for fine-tuning."""

from Orange.data import Domain, Variable
from Orange.widgets import gui
from Orange.widgets.settings import ContextSetting, Setting, SettingProvider
from Orange.widgets.utils.itemmodels import VariableListModel
from Orange.widgets.widget import OWWidget

from ...backbones.registry import BACKBONES
from ...orange.image_columns import image_columns
from .fields_box import Field, FieldsBox
from .folder_row import FolderRow
from .forms import choice_combo
from .network_box import facts
from .plain_text import PlainLabel
from .steps_row import StepsRow
from .weights_choice import WeightsChoice

_MOST_EPOCHS = 10_000

_PATIENCE = Field("patience", "Patience", "Training ends after this many epochs without a better one.", 1, _MOST_EPOCHS)
BEST_BY = {"loss": "Lowest loss", "accuracy": "Highest accuracy"}
_EPOCHS = "Largest number of passes over the data."
_BATCH = Field("batch_size", "Batch size", "Number of images in each training step.", 1, 4096)
_HIDDEN = Field("hidden", "Hidden units", "Units of the hidden layer; 0 for no hidden layer.", 0, 4096)
_DROPOUT = Field("dropout", "Dropout", "Share of the hidden units, or of the features, that each step leaves out.",
                 0.0, 0.9, 0.1)  # fmt: skip


class HeadBox(FieldsBox):
    """Controls and settings of a head that is trained on features."""

    FIELDS = (
        _HIDDEN,
        _DROPOUT,
        Field("epochs", "Epochs", _EPOCHS, 1, _MOST_EPOCHS),
        _PATIENCE,
        Field("learning_rate", "Learning rate", "Learning rate of the optimizer, Adam.", 1e-6, 1.0),
        _BATCH,
        Field("l2", "Penalty (L2)", "Penalty on the squared weights; a larger one keeps the head simpler.", 0.0, 10.0),
    )

    hidden: int = Setting(0)
    dropout: float = Setting(0.0)
    epochs: int = Setting(100)
    patience: int = Setting(10)
    learning_rate: float = Setting(0.003)
    batch_size: int = Setting(32)
    l2: float = Setting(0.03)


class FineTuningBox(FieldsBox, WeightsChoice):
    """Controls and settings of a network that is fine-tuned on images."""

    FIELDS = (
        Field("unfreeze", "Trained layers", "Number of the last layers with weights that are trained.", 1, 1000),
        _BATCH,
        Field("epochs", "Epochs", _EPOCHS, 1, _MOST_EPOCHS),
        _PATIENCE,
        Field("learning_rate", "Learning rate", "Small, so that the network keeps what it has learned.", 1e-6, 1.0),
        Field("head_epochs", "Head epochs", "Epochs before fine-tuning in which only the head is trained.",
              1, _MOST_EPOCHS),
        _HIDDEN,
        _DROPOUT,
        Field("shift", "Shift", "Images are shifted at random, by at most this share of their size.", 0.0, 0.9, 0.05),
        Field("zoom", "Zoom", "Images are enlarged or reduced at random, by at most this share.", 0.0, 0.9, 0.05),
        Field("rotation", "Rotation", "Images are rotated at random, by at most this many degrees.", 0.0, 180.0, 5.0),
        Field("flip", "Mirrored", "Half of the images, at random, are mirrored left to right."),
    )  # fmt: skip

    image_column: Variable | None = ContextSetting(None, schema_only=True)
    folder_row = SettingProvider(FolderRow)
    steps: str = Setting("", schema_only=True)
    backbone: str = Setting("SqueezeNet")
    unfreeze: int = Setting(3)
    batch_size: int = Setting(16)
    epochs: int = Setting(15)
    patience: int = Setting(5)
    learning_rate: float = Setting(1e-4)
    head_epochs: int = Setting(100)
    hidden: int = Setting(0)
    dropout: float = Setting(0.0)
    shift: float = Setting(0.0)
    zoom: float = Setting(0.0)
    rotation: float = Setting(0.0)
    flip: bool = Setting(False)

    def add_rows(self) -> int:
        """Add the choice of images and network above the fields, and return the number of rows."""
        self.column_model = VariableListModel()
        self.column_combo = gui.comboBox(
            None, self, "image_column", model=self.column_model, callback=self.changed.emit, searchable=True
        )
        self.folder_row = FolderRow(self._widget)
        self.steps_row = StepsRow(self.steps)
        self.steps_row.changed.connect(self._steps_chosen)
        titles = {name: record.title for name, record in BACKBONES.items()}
        self.backbone_combo = choice_combo(self, "backbone", titles, self._backbone_chosen)
        self.facts = PlainLabel(keep="\n")
        self.make_weights_controls(self._widget)
        self.add_row(0, "Image column:", self.column_combo)
        self.grid.addWidget(self.folder_row, 1, 1, 1, 3)
        self.add_row(2, "Steps:", self.steps_row)
        self.add_row(3, "Backbone:", self.backbone_combo)
        self.grid.addWidget(self.facts, 4, 1, 1, 3)
        self.add_row(5, "Weights:", self.weights_combo, 1)
        self.grid.addWidget(self.file_row, 6, 1, 1, 3)
        self._show_facts()
        return 7

    def offer_columns(self, domain: Domain | None) -> list[Variable]:
        """Offer the columns that may name images, choose the first, and return them."""
        columns = [] if domain is None else image_columns(domain)
        self.column_model[:] = columns
        self.image_column = columns[0] if columns else None
        return columns

    @property
    def values(self) -> dict[str, object]:
        """Values of the settings by name."""
        # The only column of another table, as in Test & Score, may have another name.
        chosen = self.image_column
        column = chosen.name if chosen is not None and chosen != self.column_model[0] else None
        network = {
            "backbone": self.backbone,
            "weights": self.chosen_weights,
            "preprocessing": self.chosen_preprocessing,
        }
        return network | {"column": column, "steps": tuple(self.steps.split())} | super().values

    def described(self) -> list[tuple[str, str]]:
        """Return the titles and values of the settings, for a report."""
        record = BACKBONES.get(self.backbone)
        images = self.folder_row.described()
        if self.image_column is not None:
            images.insert(0, ("Image column", self.image_column.name))
        steps = [("Steps", self.steps)] if self.steps else []
        network = [("Backbone", record.title if record else self.backbone), ("Weights", self.weights_title)]
        return [*images, *steps, *network, *super().described()]

    def _steps_chosen(self, steps: str) -> None:
        self.steps = steps
        self.changed.emit()

    def _backbone_chosen(self) -> None:
        self._show_facts()
        self.changed.emit()

    def _show_facts(self) -> None:
        record = BACKBONES.get(self.backbone)
        self.facts.setText(facts(record, "", None) if record else "")


class ValidationBox(FieldsBox):
    """Controls and settings of validation, seed and class weights."""

    FIELDS = (
        Field("validation_size", "Validation", "Share of each class that is kept for validation, to find the best "
              "epoch; with 0, the last epoch is kept.", 0.0, 0.5, 0.05),
        Field("seed", "Seed", "Seed of the random numbers; the same seed gives the same network.", 0, 9999),
        Field("best_by", "Best by", "Keep the epoch with the lowest loss, or with the highest accuracy, on the "
              "validation rows.", choices=BEST_BY),
        Field("balanced", "Balance classes", "All classes have the same weight, however many rows they have."),
    )  # fmt: skip

    validation_size: float = Setting(0.2)
    seed: int = Setting(0)
    best_by: str = Setting("loss")
    balanced: bool = Setting(False)

    def __init__(self, widget: OWWidget) -> None:
        super().__init__(widget, "Rows")
