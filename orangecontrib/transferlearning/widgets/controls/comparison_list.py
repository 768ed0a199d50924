"""A table of compared networks, which can be sorted, and one row of which can be selected."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from AnyQt.QtCore import QAbstractTableModel, QItemSelection, QModelIndex, QSortFilterProxyModel, Qt, pyqtSignal
from AnyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ...bakeoff.comparison import ComparisonRow
from ...reports.networks_table import on_front
from .candidate_list import candidate_title
from .plain_text import tooltip

Key = tuple[str, str]
"""Names of the candidate and the learner of a row."""

_VALUE = Qt.ItemDataRole.UserRole
_TOP_LEFT = QModelIndex()

_PADDING = 8
"""Points above and below the text of a row, together."""


@dataclass(frozen=True)
class _Column:
    title: str
    tip: str
    value: Callable[[ComparisonRow], str | float]
    """What the column is sorted by."""
    text: Callable[[ComparisonRow], str] | None = None
    """Text of a number."""


_COLUMNS = (
    _Column("Network", "Preset or network.", lambda row: candidate_title(row.candidate.name)),
    _Column("Learner", "Learner, with the defaults of its widget.", lambda row: row.learner.title),
    _Column("Accuracy", "Share of the images whose class was predicted correctly, in cross-validation, and the "
            "standard deviation of this share over the folds.", lambda row: row.scores.accuracy,
            lambda row: f"{row.scores.accuracy:.3f} ± {row.scores.spread:.3f}"),
    _Column("AUC", "Area under the ROC curve, of each class against the rest.", lambda row: row.scores.auc,
            lambda row: f"{row.scores.auc:.4f}"),
    _Column("Images/s", "Images a second, from files to features, measured without the cache.",
            lambda row: row.speed.images_per_second, lambda row: f"{row.speed.images_per_second:.1f}"),
    _Column("Features", "Number of features of an image.", lambda row: row.n_features,
            lambda row: f"{row.n_features:,}"),
    _Column("MB", "Size of the weights of all networks, in megabytes.", lambda row: row.candidate.megabytes,
            lambda row: f"{row.candidate.megabytes}"),
)  # fmt: skip
_FRONT = _Column("Front", "No other row is as fast and as accurate, and better in one of both.", lambda row: "")


class ComparisonModel(QAbstractTableModel):
    """A model of the rows of a comparison; the last column marks those on the Pareto front."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[ComparisonRow] = ()
        self._front: Sequence[bool] = ()

    def set_rows(self, rows: Sequence[ComparisonRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows, self._front = rows, on_front(rows) if rows else ()
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = _TOP_LEFT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = _TOP_LEFT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_COLUMNS) + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the title of a column, or what it means."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = (*_COLUMNS, _FRONT)[section]
        return {Qt.ItemDataRole.DisplayRole: column.title, Qt.ItemDataRole.ToolTipRole: tooltip(column.tip)}.get(role)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell, the value that it is sorted by, or its alignment."""
        row, column = index.row(), index.column()
        if column == len(_COLUMNS):
            return "front" if self._front[row] and role in (Qt.ItemDataRole.DisplayRole, _VALUE) else None
        row, column = self.rows[row], _COLUMNS[column]
        if role == _VALUE:
            return column.value(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row) if column.text else column.value(row)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.text:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class ComparisonList(QTableView):
    """Shows the rows of a comparison.

    Signals
    -------
    chosen : object
        `Key` of the row that the user has selected; None if none is selected any longer.
    """

    chosen = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__(showGrid=False, sortingEnabled=True, tabKeyNavigation=False, wordWrap=False)
        self.setAccessibleName("Compared networks")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _PADDING)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setHighlightSections(False)
        self._rows = ComparisonModel()
        self._sorted = QSortFilterProxyModel(sortRole=_VALUE)
        self._sorted.setSourceModel(self._rows)
        self.setModel(self._sorted)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.selectionModel().selectionChanged.connect(self._choose)
        self._is_showing = False
        self.setEnabled(False)

    def show_rows(self, rows: Sequence[ComparisonRow], chosen: Key | None) -> None:
        """Show other rows, and select one of them; this sends no signal."""
        self._is_showing = True
        self._rows.set_rows(rows)
        self.setEnabled(bool(rows))  # Tab passes an empty list by, in which the focus could not be seen.
        self.select_row(chosen)
        self._is_showing = False

    def select_row(self, key: Key | None) -> None:
        """Select a row as the user does; nothing if there is no such row."""
        keys = [row.key for row in self._rows.rows]
        if key in keys:
            self.selectRow(self._sorted.mapFromSource(self._rows.index(keys.index(key), 0)).row())

    def _choose(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        if self._is_showing:
            return
        rows = self.selectionModel().selectedRows()
        self.chosen.emit(self._rows.rows[self._sorted.mapToSource(rows[0]).row()].key if rows else None)
