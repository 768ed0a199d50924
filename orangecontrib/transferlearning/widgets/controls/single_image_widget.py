"""What widgets have in common that show one picture of a table at a time."""

from AnyQt.QtCore import Qt
from AnyQt.QtWidgets import QFormLayout, QSizePolicy
from Orange.data import Table
from Orange.widgets import gui
from Orange.widgets.settings import Setting
from Orange.widgets.widget import Msg

from ...errors import ImageReadError, TransferLearningError
from ...explain.picked_rows import RowFeatures
from ...orange.image_columns import TableSource
from ...records import Location
from .heat_view import HeatView
from .image_list import PictureList
from .image_widget import ImageWidget, skipped_in_words

THUMBNAIL = 48


class PictureWidget(ImageWidget, openclass=True):
    """A list of a table's pictures, one of which is shown, with numbers over it that a thread computes.

    Subclasses give `_forget_table`, `_forget_picture` and `_run`, too.
    """

    class Error(ImageWidget.Error):
        """Why nothing is shown."""

        picture = Msg("{}")

    less_memory = "close other programs, or choose a later layer"

    picture: str = Setting("", schema_only=True)
    opacity: int = Setting(50)

    def __init__(self) -> None:
        super().__init__()
        self.locations: list[Location] = []
        self.names: list[str] = []
        self._is_listing = False
        self.list = PictureList(THUMBNAIL)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.selectionModel().currentChanged.connect(self._row_chosen)
        self.list.clicked.connect(self._row_clicked)
        self.view = HeatView()
        self.view.set_opacity(self.opacity / 100)

    def _add_pictures_box(self) -> QFormLayout:
        form = super()._add_pictures_box()
        form.parentWidget().setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        form.addRow(self.list)
        return form

    def _add_opacity_slider(self, box: object) -> None:
        slider = gui.hSlider(
            box, self, "opacity", label="Heat map:", maxValue=100, createLabel=False, callback=self._opacity_chosen
        )
        slider.setToolTip("How opaque the heat map is over the picture.")

    def take_table(self, data: Table | None) -> None:
        """Take a table, find its column of pictures, and list them."""
        super().take_table(data)
        self._show_table()

    def _show_table(self) -> None:
        self.locations, self.names = [], []
        if self.image_column is not None:
            source = TableSource(self.data, self.data.domain[self.image_column])
            self.locations = [item.location for item in source]
            self.names = [self.image_column.str_val(value) for value in self.data.get_column(self.image_column)]
        self._list_pictures()
        self._show_lack_of_column()
        self._forget_table()

    def _column_chosen(self) -> None:
        self._show_table()
        self._run()

    def _list_pictures(self) -> None:
        """List the pictures, the chosen one, or else the first, as the current one."""
        self._is_listing = True
        self.list.pictures.set_pictures(self.list_names, self.locations, self.names)
        self.choose_row(self.names.index(self.picture) if self.picture in self.names else 0)
        self._is_listing = False

    @property
    def list_names(self) -> list[str]:
        """What the pictures are called in the list: without their folders."""
        return [name.replace("\\", "/").rpartition("/")[2] for name in self.names]

    @property
    def row(self) -> int | None:
        """The row of the picture that is shown; None where there is none."""
        row = self.list.currentIndex().row()
        return row if 0 <= row < len(self.locations) else None

    def choose_row(self, row: int) -> None:
        """Show another picture."""
        self.list.setCurrentIndex(self.list.pictures.index(row))

    def _row_chosen(self) -> None:
        if self.row is not None and not self._is_listing:
            self.picture = self.names[self.row]
            self._forget_picture()
            self._run()

    def _row_clicked(self) -> None:
        if self.task is None:
            self._run()  # What was cancelled goes on.

    def _forget_table(self) -> None:
        """Forget what was computed of another table."""
        raise NotImplementedError

    def _forget_picture(self) -> None:
        """Forget what was computed of another picture."""
        raise NotImplementedError

    def _run(self) -> None:
        """Compute what is not computed yet of what is to be seen, and show it."""
        raise NotImplementedError

    def _clear_run(self) -> None:
        """End the run, and take back what it said."""
        self.cancel()
        self.status.say("")
        error = self.Error
        for message in (error.picture, error.setting, error.weights, error.memory, error.failed):
            message.clear()

    def _opacity_chosen(self) -> None:
        self.view.set_opacity(self.opacity / 100)

    def _tell(self, error: TransferLearningError | MemoryError) -> None:
        if isinstance(error, ImageReadError):
            self.Error.picture(f"{self.picture_name}: {error}")
        else:
            super()._tell(error)

    @property
    def picture_name(self) -> str:
        """What the table calls the picture that is shown."""
        return "" if self.row is None else self.names[self.row]

    def warn_of_skipped(self, found: RowFeatures) -> None:
        """Tell which pictures of the table could not be read."""
        if not found.reasons:
            self.Warning.images_skipped.clear()
            return
        row, reason = next(iter(found.reasons.items()))
        self.Warning.images_skipped(skipped_in_words(len(found.reasons), self.names[row], reason))

    def onDeleteWidget(self) -> None:
        """End the run, after the batch in hand."""
        super().onDeleteWidget()
        self.list.pictures.close()
