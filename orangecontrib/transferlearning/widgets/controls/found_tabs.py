"""Tabs of the images that were found: thumbnails, classes, the table they came from, and problems."""

from collections.abc import Sequence

import numpy as np
from AnyQt.QtCore import Qt
from AnyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QTabWidget
from Orange.data import Table

from ...orange.image_columns import TableSource
from ...orange.load_images import LoadedImages
from ...sources.preview import TablePreview
from ...visible_text import visible
from .image_list import ImageList
from .plain_text import tooltip

N_SHOWN = 24
"""Number of images that are shown."""
N_LISTED = 1000
"""Number of problems that are listed, at most."""
SIDE = 96


class FoundTabs(QTabWidget):
    """Tabs with images, classes, a table and problems. Empty tabs are left out."""

    def __init__(self) -> None:
        super().__init__(usesScrollButtons=False)
        for each in (self, self.tabBar()):
            each.setAccessibleName("What was found")
        self.images = ImageList(SIDE, side_by_side=True)
        self.images.setAccessibleName("Images")
        self.classes = self._grid("Classes", "Class", "Images")
        self.table = self._grid("Table")
        self.problems = self._grid("Problems", "Where", "Problem")
        self.addTab(self.images, "Images")
        self.show_nothing()

    def show_nothing(self) -> None:
        """Clear all tabs while images are loaded."""
        self.images.images.set_images((), ())
        for tab in (self.classes, self.table, self.problems):
            tab.setRowCount(0)
            self.removeTab(self.indexOf(tab))
            tab.hide()

    def show_table(self, preview: TablePreview) -> None:
        """Show the first rows of the table that names the images."""
        self.table.setColumnCount(len(preview.names))
        self.table.setHorizontalHeaderLabels([visible(name) for name in preview.names])
        _fill(self.table, preview.rows)
        self.addTab(self.table, f"Table ({preview.n_rows:,})")

    def show_images(self, result: LoadedImages) -> None:
        """Show some of the images, the classes, and the problems."""
        self.setTabText(0, "Images")
        images = result.tables.images
        if images is not None:
            some = images[np.unique(np.linspace(0, len(images) - 1, N_SHOWN).astype(int))]
            items = list(TableSource(some, result.tables.column))
            locations = [item.location for item in items]
            self.images.images.set_images(_labels(some), locations, locations)
            self.setTabText(0, f"Images ({len(some)} of {len(images):,})")
        if result.class_counts:
            _fill(self.classes, [(name, f"{n:,}") for name, n in result.class_counts])
            self.addTab(self.classes, f"Classes ({len(result.class_counts):,})")
        if result.problems:
            _fill(self.problems, result.problems[:N_LISTED])
            self.addTab(self.problems, f"Problems ({len(result.problems):,})")

    def close_images(self) -> None:
        """Stop making thumbnails."""
        self.images.images.close()

    def _grid(self, name: str, *columns: str) -> QTableWidget:
        # Its place in the order of Tab is that of the tabs, also before it is one.
        grid = QTableWidget(0, len(columns), self, visible=False, tabKeyNavigation=False)
        grid.setAccessibleName(name)
        grid.setHorizontalHeaderLabels(columns)
        grid.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        grid.verticalHeader().hide()
        grid.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        grid.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        grid.horizontalHeader().setStretchLastSection(True)
        return grid


def _labels(images: Table) -> list[str]:
    """Return the class of each image, or its name if there are no classes."""
    column = images.domain.class_var or images.domain.metas[0]
    return [column.str_val(value) for value in images.get_column(column)]


def _fill(grid: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    grid.setRowCount(len(rows))
    for index, row in enumerate(rows):
        for column, cell in enumerate(row[: grid.columnCount()]):
            item = QTableWidgetItem(visible(cell))
            item.setToolTip(tooltip(cell))
            grid.setItem(index, column, item)
    grid.resizeColumnsToContents()
    for column in range(grid.columnCount()):
        grid.setColumnWidth(column, min(320, grid.columnWidth(column) + 12))
