"""A box with the choice of a network: backbone, layer, pooling, weights and batch size."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from AnyQt.QtCore import QModelIndex, Qt, pyqtSignal
from AnyQt.QtWidgets import (
    QComboBox,
    QCompleter,
    QGroupBox,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)
from Orange.widgets.settings import Setting
from Orange.widgets.widget import OWWidget

from ...backbones.backbone import Backbone
from ...backbones.registry import BACKBONES, find_backbone
from ...embedding.cache import FeatureCache, default_path
from ...embedding.choices import read_choices
from ...embedding.embedder import Embedder
from ...embedding.presets import DEFAULT_PRESET, PRESETS, Preset
from ...errors import WeightsError
from .component import Component
from .forms import choice_combo, make_form
from .plain_text import PlainLabel
from .stored_settings import between
from .weights_choice import WeightsChoice


def facts(backbone: Backbone, layer: str, n_features: int | None) -> str:
    """Return three lines on a network: input and output, size and accuracy, and where its weights are.

    Parameters
    ----------
    backbone : Backbone
    layer : str
        Name of the layer; "" for the default.
    n_features : int or None
        Number of features of the layer; None if unknown.
    """
    height, width = backbone.image_size
    gives = "" if n_features is None else f", gives {n_features:,} features"
    accuracy = f", {backbone.top1:.1f} % top-1 on ImageNet" if backbone.top1 else ""
    return (
        f"Reads {width} × {height} pixels{gives}\n"
        f"{backbone.parameters / 1e6:.1f} million parameters{accuracy}\n"
        f"Weights {_weights_location(backbone, layer)}"
    )


def _weights_location(backbone: Backbone, layer: str) -> str:
    if backbone.package:
        if backbone.has_local_weights(False):
            return "are installed with this add-on"
        return f"are missing: install package {backbone.package}"
    is_default = layer in ("", backbone.layer)
    tops = {backbone.layer_in_top} if is_default else {False, backbone.layer_in_top or layer not in backbone.stages}
    if all(map(backbone.has_local_weights, tops)):
        return "are on this computer"
    return f"will be downloaded once: {'about' if is_default else 'at most'} {backbone.megabytes} MB"


Shape = tuple[int | None, ...]

_SHAPE = Qt.ItemDataRole.UserRole + 1


def shape_in_words(shape: Shape) -> str:
    """Return a shape as text: "13 × 13 × 512", with "?" for a side that depends on the image."""
    return " × ".join("?" if side is None else f"{side}" for side in shape)


def show_shapes(combo: QComboBox, shapes: Mapping[str, Shape], default: str) -> None:
    """Show the shapes of layers in the list of a combo box.

    Parameters
    ----------
    combo : QComboBox
        Combo box of layer names. Its first entry stands for the default layer.
    shapes : mapping of str to tuple
        Shapes by layer.
    default : str
        Default layer.
    """
    for index in range(combo.count()):
        name = combo.itemText(index) if index else default
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


MOST_IN_BATCH = 1024
POOLINGS = {"auto": "Automatic", "avg": "Average", "max": "Maximum", "flatten": "Flatten (every position)"}


PRESET_TITLES = {"quick": "Quick", "balanced": "Balanced", "best": "Best"}


def networks_in_words(preset: Preset) -> str:
    """Return the networks of a preset with their layers: "SqueezeNet 1.1 + EfficientNet-Lite0 (block7a_project_bn)"."""
    return " + ".join(
        f"{choice.record.title} ({choice.layer})" if choice.layer else choice.record.title
        for choice in read_choices(preset.backbone)
    )


def preset_facts(preset: Preset) -> str:
    """Describe a preset in three lines: networks; features and speed; accuracy and weights."""
    titles = " + ".join(choice.record.title for choice in read_choices(preset.backbone))
    views = ", mirrored" if preset.mirrored else ""
    return (
        f"{titles}{views}\n"
        f"Gives {preset.n_features:,} features, {preset.speed:.1f} × the speed of SqueezeNet\n"
        f"{100 * preset.flowers_accuracy:.1f} % of 17 kinds of flowers; weights are installed"
    )


class NetworkBox(QGroupBox, Component, WeightsChoice):
    """Controls and settings of a network, and the embedder for them.

    Settings hold names instead of indices, so that workflows remain valid when lists change.

    Parameters
    ----------
    widget : OWWidget
        The widget that declares this box as a `SettingProvider`.
    """

    for_maps: ClassVar[bool] = False
    changed = pyqtSignal()

    backbone: str = Setting(DEFAULT_PRESET)
    layer: str = Setting("", schema_only=True)
    pooling: str = Setting("auto")
    batch_size: int = Setting(32, usable=between(1, MOST_IN_BATCH))

    def __init__(self, widget: OWWidget) -> None:
        QGroupBox.__init__(self, " Network ")  # Spaces as in the boxes that Orange makes.
        Component.__init__(self, widget)
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
        presets = {} if self.for_maps else {name: PRESET_TITLES[name] for name in PRESETS}
        titles = presets | {name: record.title for name, record in BACKBONES.items()}
        self.backbone_combo = choice_combo(self, "backbone", titles, self._backbone_chosen)
        self.facts = PlainLabel(keep="\n")
        self.layer_combo = self._layer_choice()
        self.pooling_combo = choice_combo(self, "pooling", POOLINGS, self.changed.emit)
        self.pooling_combo.setToolTip("How each map of a layer becomes one number; Automatic averages.")
        self.batch_spin = QSpinBox(minimum=1, maximum=MOST_IN_BATCH, value=self.batch_size, keyboardTracking=False)
        self.batch_spin.setToolTip("Number of images computed at once; it changes speed and memory, not the features.")
        self.batch_spin.valueChanged[int].connect(self._batch_size_chosen)

    def _fill_form(self) -> None:
        form = make_form(self)
        form.addRow("Backbone:", self.backbone_combo)
        form.addRow("", self.facts)
        form.addRow("Layer:", self.layer_combo)
        if not self.for_maps:
            form.addRow("Pooling:", self.pooling_combo)
        form.addRow("Weights:", self.weights_combo)
        form.addRow("", self.file_row)
        if not self.for_maps:
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
        """Record of the chosen backbone; None for a preset, or if a saved workflow names an unknown one."""
        return BACKBONES.get(self.backbone)

    @property
    def preset(self) -> Preset | None:
        """The chosen preset, which has its own layers, pooling and weights; None for a single backbone."""
        return None if self.for_maps else PRESETS.get(self.backbone)

    def embedder(self, steps: tuple[str, ...] = ()) -> Embedder:
        """Return the embedder for the settings; the previous one, with its network loaded, if none has changed.

        Parameters
        ----------
        steps : tuple of str
            Steps that change images before the network reads them, as in `steps.STEPS`.

        Raises
        ------
        UnknownBackboneError
            A saved workflow names an unknown backbone.
        WeightsError
            No weights file is chosen.
        """
        described = (steps, self.batch_size, *self._network)
        if self._embedder is None or described != self._described:
            embedder = Embedder(**self._network_settings(), batch_size=self.batch_size, steps=steps, cache=self._cache)
            self._described, self._embedder = described, embedder
        return self._embedder

    def _network_settings(self) -> dict[str, Any]:
        if self.preset:
            return {"backbone": self.preset.name}
        name = find_backbone(self.backbone).name
        if self.weights_problem:
            raise WeightsError(self.weights_problem)
        return {
            "backbone": name,
            "layer": self.layer or None,
            "pooling": self.pooling,
            "weights": self.chosen_weights,
            "preprocessing": self.chosen_preprocessing,
        }

    @property
    def whole_network(self) -> tuple:
        """Values that determine the network, whatever its layer and pooling."""
        backbone, _, _, *weights = self._network
        return backbone, *weights

    @property
    def _network(self) -> tuple:
        """Values that determine the features."""
        weights = self.chosen_weights
        version = Path(weights).stat().st_mtime_ns if weights and Path(weights).is_file() else None
        return self.backbone, self.layer or None, self.pooling, weights, version, self.chosen_preprocessing

    def forget(self) -> None:
        """Forget the loaded network."""
        self._embedder = None

    def learn_from_run(self, backbone: str, layers: tuple[str, ...], n_features: int) -> None:
        """Offer every layer of the network that was run, and show its number of features.

        Nothing is shown if another network has been chosen since.
        """
        self._counted = self._described[2:], n_features
        self._show_facts()
        if backbone == self.backbone:
            stages = self.record.stages
            self._offer_layers((*stages, *(name for name in layers if name not in stages)))

    def learn_shapes(self, backbone: str, shapes: Mapping[str, tuple[int | None, ...]]) -> None:
        """Offer every layer of a network with its shape, unless another has been chosen since."""
        if backbone == self.backbone:
            stages = [name for name in self.record.stages if name in shapes]
            self._offer_layers((*stages, *(name for name in shapes if name not in stages)))
            show_shapes(self.layer_combo, shapes, self.record.layer)

    def described(self) -> list[tuple[str, str]]:
        """Return the titles and values of the settings, for a report."""
        if self.preset:
            return [("Preset", PRESET_TITLES[self.preset.name]), ("Networks", networks_in_words(self.preset))]
        default = f"{self.record.layer} (before the classifier)" if self.record else ""
        return [
            ("Backbone", self.record.title if self.record else self.backbone),
            ("Layer", self.layer or default),
            *([] if self.for_maps else [("Pooling", POOLINGS.get(self.pooling, self.pooling))]),
            ("Weights", self.weights_title),
        ]

    def _show_backbone(self) -> None:
        for control in (self.layer_combo, self.pooling_combo, self.weights_combo):
            control.setEnabled(self.preset is None)
        self._offer_layers(self.record.stages if self.record else ())

    def _offer_layers(self, names: tuple[str, ...]) -> None:
        combo = self.layer_combo
        combo.clear()
        if self.preset:
            combo.addItem("The preset's layers")
        else:
            combo.addItem(f"Before the classifier ({self.record.layer})" if self.record else "Before the classifier")
        combo.addItems(names)
        combo.setCurrentIndex(max(0, combo.findText(self.layer)) if self.layer else 0)
        combo.setEditText(self.layer or combo.itemText(0))

    def _show_facts(self) -> None:
        if self.preset:
            self.facts.setText(preset_facts(self.preset))
        else:
            self.facts.setText(facts(self.record, self.layer, self._n_features) if self.record else "")

    @property
    def _n_features(self) -> int | None:
        """Number of features that a run found, or the record has for the default layer; else None."""
        if self.for_maps:
            return None
        if self._counted and self._counted[0] == self._network:
            return self._counted[1]
        is_default = self.layer in ("", self.record.layer) and self.pooling != "flatten" and self.weights != "file"
        return self.record.n_features if is_default else None

    def _backbone_chosen(self) -> None:
        if self.preset:
            self._reset_choices()
        elif self.layer not in self.record.stages:
            self.layer = ""
        self._show_backbone()
        self.changed.emit()

    def _reset_choices(self) -> None:
        """Set what a preset has of its own to the defaults, which apply again to the next backbone."""
        self.layer, self.pooling, self.weights = "", "auto", "imagenet"
        self.pooling_combo.setCurrentIndex(self.pooling_combo.findData(self.pooling))
        self.weights_combo.setCurrentIndex(self.weights_combo.findData(self.weights))
        self._show_weights()

    def _layer_chosen(self) -> None:
        combo = self.layer_combo
        if combo.completer().popup().isVisible():
            return  # The text is incomplete while a name is being picked.
        text = combo.currentText().strip()
        layer = "" if text == combo.itemText(0) else text
        combo.setEditText(layer or combo.itemText(0))
        if layer != self.layer:
            self.layer = layer
            self.changed.emit()

    def _batch_size_chosen(self, batch_size: int) -> None:
        self.batch_size = batch_size
        self.changed.emit()


class MapNetworkBox(NetworkBox):
    """Controls of a network whose maps are shown, not its features: no presets, pooling and batch size."""

    for_maps = True

    backbone: str = Setting("SqueezeNet")
