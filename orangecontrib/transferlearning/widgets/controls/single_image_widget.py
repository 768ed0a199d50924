"""A base of widgets that show one image of a table at a time."""

from collections.abc import Sequence

from AnyQt.QtCore import Qt
from AnyQt.QtWidgets import QFormLayout, QSizePolicy
from Orange.data import Table
from Orange.widgets import gui
from Orange.widgets.settings import Setting
from Orange.widgets.widget import Msg, OWWidget

from ...errors import ImageReadError, TransferLearningError
from ...images.notes import ImageNote
from ...orange.image_columns import TableSource
from ...records import Location, Notes, Skipped
from .heat_view import HeatView
from .image_list import ImageList
from .image_widget import ImageWidget, skipped_in_words
from .plain_text import PlainMessages
from .stored_settings import between

THUMBNAIL = 48


class SingleImageWidget(ImageWidget, openclass=True):
    """A widget with a list of images, and the chosen one with a heat map that is computed in a thread.

    Subclasses also implement `_forget_table`, `_forget_image` and `_run`.
    """

    class Information(PlainMessages, OWWidget.Information):
        """Information messages of the widget."""

        notes = Msg("{}")

    class Error(ImageWidget.Error):
        """Errors of the widget."""

        image = Msg("{}")

    memory_advice = "close other programs, or choose a later layer"

    image: str = Setting("", schema_only=True)
    opacity: int = Setting(50, usable=between(0, 100))

    def __init__(self) -> None:
        super().__init__()
        self.locations: list[Location] = []
        self.names: list[str] = []
        self._is_listing = False
        self.list = ImageList(THUMBNAIL)
        self.list.setAccessibleName("Images")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.selectionModel().currentChanged.connect(self._row_chosen)
        self.list.clicked.connect(self._row_clicked)
        self.list.activated.connect(self._row_clicked)
        self.view = HeatView()
        self.view.set_opacity(self.opacity / 100)

    def _add_images_box(self) -> QFormLayout:
        form = super()._add_images_box()
        form.parentWidget().setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        form.addRow(self.list)
        return form

    def _add_opacity_slider(self, box: object) -> None:
        slider = gui.hSlider(
            box, self, "opacity", label="Heat map:", maxValue=100, createLabel=False, callback=self._opacity_chosen
        )
        slider.setAccessibleName("Opacity of the heat map in percent")
        slider.setToolTip("Opacity of the heat map over the image.")

    def take_table(self, data: Table | None) -> None:
        """Take a table, choose its image column, and list the images."""
        super().take_table(data)
        self._show_table()

    def _show_table(self) -> None:
        self.locations, self.names = [], []
        if self.image_column is not None:
            source = TableSource(self.data, self.data.domain[self.image_column])
            self.locations = [item.location for item in source]
            self.names = [self.image_column.str_val(value) for value in self.data.get_column(self.image_column)]
        self._list_images()
        self._check_image_column()
        self._forget_table()

    def _column_chosen(self) -> None:
        self._show_table()
        self._run()

    def _list_images(self) -> None:
        """List the images, and select the chosen one, or else the first."""
        self._is_listing = True
        self.list.images.set_images(self.list_names, self.locations, self.names)
        self.choose_row(self.names.index(self.image) if self.image in self.names else 0)
        self._is_listing = False

    @property
    def list_names(self) -> list[str]:
        """Names of the images in the list, without their folders."""
        return [name.replace("\\", "/").rpartition("/")[2] for name in self.names]

    @property
    def row(self) -> int | None:
        """Row of the image that is shown; None if there is none."""
        row = self.list.currentIndex().row()
        return row if 0 <= row < len(self.locations) else None

    def choose_row(self, row: int) -> None:
        """Show another image."""
        self.list.setCurrentIndex(self.list.images.index(row))

    def _row_chosen(self) -> None:
        if self.row is not None and not self._is_listing:
            self.image = self.names[self.row]
            self._forget_image()
            self._run()

    def _row_clicked(self) -> None:
        if self.task is None:
            self._run()  # A cancelled run goes on.

    def _forget_table(self) -> None:
        """Forget the results of the previous table."""
        raise NotImplementedError

    def _forget_image(self) -> None:
        """Forget the results of the previous image."""
        raise NotImplementedError

    def _run(self) -> None:
        """Compute the results that are missing, and show them."""
        raise NotImplementedError

    def _run_again(self) -> None:
        self._run()

    def _clear_run(self) -> None:
        """Stop the run, and clear its messages."""
        self.cancel()
        self.status.say("")
        error = self.Error
        for message in (error.image, error.setting, error.weights, error.memory, error.failed):
            message.clear()

    def _opacity_chosen(self) -> None:
        self.view.set_opacity(self.opacity / 100)

    def _show_error(self, error: TransferLearningError | MemoryError) -> None:
        if isinstance(error, ImageReadError):
            self.Error.image(f"{self.image_name}: {error}")
        else:
            super()._show_error(error)

    @property
    def image_name(self) -> str:
        """Name of the shown image in the table."""
        return "" if self.row is None else self.names[self.row]

    def _show_notes(self, notes: Sequence[ImageNote]) -> None:
        """Show what is to know about the shown image, a line for each note."""
        found = Notes()
        for note in notes:
            found.add(self.image_name, note.text, note.detail)
        self.Information.notes("\n".join(found.lines()), shown=bool(notes))

    def _warn_of_skipped(self, skipped: Sequence[Skipped]) -> None:
        """Show a warning if images of the table could not be read."""
        if not skipped:
            self.Warning.images_skipped.clear()
            return
        name = self.names[int(skipped[0].key)]
        self.Warning.images_skipped(skipped_in_words(len(skipped), name, skipped[0].reason))

    def onDeleteWidget(self) -> None:
        """Stop the run after the current batch, and stop making thumbnails."""
        super().onDeleteWidget()
        self.list.images.close()
