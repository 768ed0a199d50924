"""A list of presets and backbones, each with a check box."""

from collections.abc import Iterable

from AnyQt.QtCore import Qt, pyqtSignal
from AnyQt.QtWidgets import QListWidget, QListWidgetItem

from ...backbones.backbone import Backbone
from ...backbones.registry import BACKBONES
from ...embedding.presets import PRESETS
from ...visible_text import visible
from .network_box import PRESET_TITLES, facts, preset_facts
from .plain_text import tooltip

_N_LINES = 6
"""Number of lines that are visible, at least."""


def candidate_title(name: str) -> str:
    """Return the title of a preset or backbone; a name that is unknown, as from a later version, as it is."""
    return PRESET_TITLES.get(name) or (BACKBONES[name].title if name in BACKBONES else visible(name))


class CandidateList(QListWidget):
    """Shows presets first, then the backbones whose weights are on this computer, then the others.

    Signals
    -------
    changed
        Sent when the user has checked or unchecked one.

    Parameters
    ----------
    checked : iterable of str
        Names that are checked at first. Unknown ones are shown at the end, to be unchecked.
    """

    changed = pyqtSignal()

    def __init__(self, checked: Iterable[str]) -> None:
        super().__init__(uniformItemSizes=True)
        self.setAccessibleName("Presets and networks")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(_N_LINES * self.fontMetrics().height())
        chosen = list(checked)
        records = sorted(BACKBONES.values(), key=_needs_download)
        for name in PRESETS:
            self._add(name, candidate_title(name), preset_facts(PRESETS[name]), name in chosen)
        for record in records:
            self._add(record.name, _title(record), facts(record, "", record.n_features), record.name in chosen)
        for name in chosen:
            if name not in PRESETS and name not in BACKBONES:
                self._add(name, candidate_title(name), "This version does not know it.", True)
        self.setMinimumWidth(self.sizeHintForColumn(0) + 3 * self.fontMetrics().averageCharWidth())
        self.itemChanged.connect(lambda _: self.changed.emit())

    def _add(self, name: str, title: str, tip: str, checked: bool) -> None:
        item = QListWidgetItem(title)
        item.setData(Qt.ItemDataRole.UserRole, name)
        item.setToolTip(tooltip(tip, "\n"))
        item.setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
        self.addItem(item)

    def checked(self) -> list[str]:
        """Return the names that are checked, in the order of the list."""
        items = map(self.item, range(self.count()))
        return [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked]


def _needs_download(record: Backbone) -> bool:
    return not record.package and not record.has_local_weights(record.layer_in_top)


def _title(record: Backbone) -> str:
    return f"{record.title} (download: {record.megabytes} MB)" if _needs_download(record) else record.title
