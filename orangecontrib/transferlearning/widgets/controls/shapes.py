"""Shapes of what layers give, beside their names in a list to choose from."""

from collections.abc import Mapping

from AnyQt.QtCore import QModelIndex, Qt
from AnyQt.QtWidgets import QComboBox, QStyledItemDelegate, QStyleOptionViewItem

Shape = tuple[int | None, ...]

_SHAPE = Qt.ItemDataRole.UserRole + 1


def shape_in_words(shape: Shape) -> str:
    """Write a shape: "13 × 13 × 512", with "?" for what depends on the picture."""
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
