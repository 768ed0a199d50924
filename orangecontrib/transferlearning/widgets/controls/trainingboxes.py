"""The boxes in which the training of a network is set."""

from AnyQt.QtWidgets import QComboBox, QLabel
from Orange.widgets.settings import Setting
from Orange.widgets.widget import OWWidget

from ...backbones import BACKBONES
from .facts import facts
from .fieldsbox import Field, FieldsBox

_MOST_EPOCHS = 10_000

_PATIENCE = Field(
    "patience", "Patience", "Epochs that the validation loss may go without getting lower.", 1, _MOST_EPOCHS
)
_EPOCHS = "Passes over the pictures, at most."
_BATCH = Field("batch_size", "Batch size", "Pictures a step.", 1, 4096)
_HIDDEN = Field("hidden", "Hidden units", "Units of a hidden layer; 0 for no such layer.", 0, 4096)
_DROPOUT = Field("dropout", "Dropout", "Share of the hidden units, or of the features, that each step ignores.",
                 0.0, 0.9, 0.1)  # fmt: skip


class SmallNetworkBox(FieldsBox):
    """Controls and settings of a small network on features."""

    FIELDS = (
        _HIDDEN,
        _DROPOUT,
        Field("epochs", "Epochs", _EPOCHS, 1, _MOST_EPOCHS),
        _PATIENCE,
        Field("learning_rate", "Learning rate", "Of the optimiser, Adam.", 1e-6, 1.0),
        _BATCH,
        Field("l2", "Penalty (L2)", "On the squared weights: more keeps the network simpler.", 0.0, 10.0),
    )

    hidden: int = Setting(0)
    dropout: float = Setting(0.0)
    epochs: int = Setting(100)
    patience: int = Setting(10)
    learning_rate: float = Setting(0.003)
    batch_size: int = Setting(32)
    l2: float = Setting(0.03)


class FineTuningBox(FieldsBox):
    """Controls and settings of a network that is trained further on pictures."""

    FIELDS = (
        Field("unfreeze", "Trained layers", "How many of the last layers with weights are trained.", 1, 1000),
        _BATCH,
        Field("epochs", "Epochs", _EPOCHS, 1, _MOST_EPOCHS),
        _PATIENCE,
        Field("learning_rate", "Learning rate", "Small, so that what the network knows is kept.", 1e-6, 1.0),
        Field("head_epochs", "Head epochs", "Passes before fine-tuning, in which the new last layer is trained alone.",
              1, _MOST_EPOCHS),
        _HIDDEN,
        _DROPOUT,
        Field("shift", "Shift", "Pictures move by chance, at most by this share of their size.", 0.0, 0.9, 0.05),
        Field("zoom", "Zoom", "Pictures grow or shrink by chance, at most by this share.", 0.0, 0.9, 0.05),
        Field("rotation", "Rotation", "Pictures turn by chance, at most by so many degrees.", 0.0, 180.0, 5.0),
        Field("flip", "Mirrored", "Pictures are mirrored left to right, every other time."),
    )  # fmt: skip

    backbone: str = Setting("SqueezeNet")
    unfreeze: int = Setting(3)
    batch_size: int = Setting(16)
    epochs: int = Setting(10)
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
        """Put the choice of a backbone, and its facts, over the fields."""
        self.backbone_combo = QComboBox()
        for name, record in BACKBONES.items():
            self.backbone_combo.addItem(record.title, name)
        self.backbone_combo.setPlaceholderText(self.backbone)
        self.backbone_combo.setCurrentIndex(self.backbone_combo.findData(self.backbone))
        self.backbone_combo.activated[int].connect(self._backbone_chosen)
        self.facts = QLabel()
        self.grid.addWidget(QLabel("Backbone:"), 0, 0)
        self.grid.addWidget(self.backbone_combo, 0, 1, 1, 3)
        self.grid.addWidget(self.facts, 1, 1, 1, 3)
        self._show_facts()
        return 2

    @property
    def values(self) -> dict[str, float | bool | str]:
        """What is set, by names."""
        return {"backbone": self.backbone} | super().values

    def described(self) -> list[tuple[str, str]]:
        """Name the settings and their values, for a report."""
        record = BACKBONES.get(self.backbone)
        return [("Backbone", record.title if record else self.backbone), *super().described()]

    def _backbone_chosen(self, index: int) -> None:
        if self.backbone_combo.itemData(index) != self.backbone:
            self.backbone = self.backbone_combo.itemData(index)
            self._show_facts()
            self.changed.emit()

    def _show_facts(self) -> None:
        record = BACKBONES.get(self.backbone)
        self.facts.setText(facts(record, "", None) if record else "")


class ValidationBox(FieldsBox):
    """Controls and settings of what is learned from, in either way of training."""

    FIELDS = (
        Field("validation_size", "Validation", "Share of each class that is not learned from, and tells which epoch is "
              "best; with 0 the last is kept.", 0.0, 0.5, 0.05),
        Field("seed", "Seed", "Of all that chance decides: the same seed gives the same network.", 0, 9999),
        Field("balanced", "Balance classes", "Each class counts the same, however many rows it has."),
    )  # fmt: skip

    validation_size: float = Setting(0.2)
    seed: int = Setting(0)
    balanced: bool = Setting(False)

    def __init__(self, widget: OWWidget) -> None:
        super().__init__(widget, "Rows")
