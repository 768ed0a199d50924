"""A window with a folder that can be dragged, as in a file manager.

``python -m tour.files_window FOLDER X Y PLACE.json`` writes where on the screen the folder is, once it can be dragged.
"""

import json
import sys
from pathlib import Path

from AnyQt.QtCore import QDir, QSize, QTimer
from AnyQt.QtGui import QFileSystemModel
from AnyQt.QtWidgets import QApplication, QFileIconProvider, QListView

SIZE = (220, 120)
"""Width and height of the window in pixels."""

PERIOD = 100
"""Milliseconds between two looks at whether the folder is shown."""


class FilesWindow(QListView):
    """A window with one folder.

    Parameters
    ----------
    folder : Path
    place : Path
        The file that says where it is.
    """

    def __init__(self, folder: Path, place: Path) -> None:
        super().__init__(windowTitle="Files", viewMode=QListView.ViewMode.IconMode, dragEnabled=True)
        self._place = place
        self._icons = QFileIconProvider()
        files = QFileSystemModel(self)
        files.setIconProvider(self._icons)
        # Names of folders are filtered only without AllDirs.
        files.setFilter(QDir.Filter.Dirs | QDir.Filter.NoDotAndDotDot)
        files.setNameFilters([folder.name])
        files.setNameFilterDisables(False)
        self.setModel(files)
        self.setRootIndex(files.setRootPath(str(folder.parent)))
        self._index = files.index(str(folder))
        self.setIconSize(QSize(48, 48))
        self._timer = QTimer(self, interval=PERIOD)
        self._timer.timeout.connect(self._tell)
        self._timer.start()

    def _tell(self) -> None:
        place = self.visualRect(self._index).center()
        if not self.windowHandle().isExposed() or self.indexAt(place) != self._index:
            return
        self._timer.stop()
        place = self.viewport().mapToGlobal(place)
        self._place.write_text(json.dumps([place.x(), place.y()]), encoding="utf-8")


def main(folder: str, x: str, y: str, place: str) -> None:
    """Show a folder at a position of the screen."""
    application = QApplication(["Files"])
    window = FilesWindow(Path(folder), Path(place))
    window.setGeometry(int(x), int(y), *SIZE)
    window.show()
    application.exec()


if __name__ == "__main__":
    main(*sys.argv[1:])
