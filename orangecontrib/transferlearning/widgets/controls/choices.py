"""A combo box of names with titles, which is bound to a setting."""

from collections.abc import Callable, Mapping

from AnyQt.QtWidgets import QComboBox

from .hints import show_hint


def choice_combo(owner: object, setting: str, titles: Mapping[str, str], chosen: Callable[[], object]) -> QComboBox:
    """Make a combo box for a setting that holds a name, never a place in the list, which may change.

    Parameters
    ----------
    owner : OWWidget or OWComponent
        Whose setting it is. A name of an older workflow that is not in the list stays set, and is shown in grey.
    setting : str
    titles : mapping of str to str
        What is shown for each name.
    chosen : callable
        Called once another name is set.
    """
    combo = QComboBox()
    for name, title in titles.items():
        combo.addItem(title, name)
    show_hint(combo, getattr(owner, setting))
    combo.setCurrentIndex(combo.findData(getattr(owner, setting)))

    def choose(index: int) -> None:
        if combo.itemData(index) != getattr(owner, setting):
            setattr(owner, setting, combo.itemData(index))
            chosen()

    combo.activated[int].connect(choose)
    return combo
