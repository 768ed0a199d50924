"""What widgets have in common that show one picture of a table at a time."""

from AnyQt.QtCore import Qt
from AnyQt.QtWidgets import QFormLayout, QSizePolicy
from Orange.data import Table, Variable
from Orange.widgets import gui
from Orange.widgets.settings import ContextSetting, DomainContextHandler, Setting
from Orange.widgets.utils.concurrent import ConcurrentWidgetMixin
from Orange.widgets.utils.itemmodels import VariableListModel
from Orange.widgets.utils.localization import pl
from Orange.widgets.widget import Msg, OWWidget

from ...errors import ImageReadError, SettingError, TransferLearningError, UnknownBackboneError, WeightsError
from ...imagecolumns import TableSource, image_columns
from ...items import Location
from ...rowfeatures import RowFeatures
from .heatview import HeatView
from .network import MARGINS
from .picturelist import PictureList
from .status import StatusRow

THUMBNAIL = 48


class PictureWidget(OWWidget, ConcurrentWidgetMixin, openclass=True):
    """A list of a table's pictures, one of which is shown, with numbers over it that a thread computes.

    Subclasses give `_forget_table`, `_forget_picture` and `_run`.
    """

    class Warning(OWWidget.Warning):
        """What may surprise."""

        images_skipped = Msg("{}")

    class Error(OWWidget.Error):
        """Why nothing is shown."""

        no_image_column = Msg(
            "No text or categorical meta column could name pictures: make it a meta in File or Select Columns."
        )
        picture = Msg("{}")
        setting = Msg("{}")
        weights = Msg("{}")
        memory = Msg("Not enough memory: close other programs, or choose a later layer.")
        failed = Msg("{}")

    settingsHandler = DomainContextHandler()
    image_column: Variable | None = ContextSetting(None)
    picture: str = Setting("", schema_only=True)
    opacity: int = Setting(50)

    def __init__(self) -> None:
        OWWidget.__init__(self)
        ConcurrentWidgetMixin.__init__(self)
        self.data: Table | None = None
        self.locations: list[Location] = []
        self.names: list[str] = []
        self._is_listing = False
        self.column_model = VariableListModel()
        self.list = PictureList(THUMBNAIL)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.selectionModel().currentChanged.connect(self._row_chosen)
        self.list.clicked.connect(self._row_clicked)
        self.view = HeatView()
        self.view.set_opacity(self.opacity / 100)
        self.status = StatusRow(self.cancel)

    def _add_pictures_box(self) -> None:
        self.column_combo = gui.comboBox(
            None, self, "image_column", model=self.column_model, callback=self._column_chosen, searchable=True
        )
        form = QFormLayout(fieldGrowthPolicy=QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        box = gui.widgetBox(self.controlArea, "Pictures", orientation=form)
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        form.setContentsMargins(*MARGINS)
        form.addRow("Image column:", self.column_combo)
        form.addRow(self.list)

    def _add_opacity_slider(self, box: object) -> None:
        slider = gui.hSlider(
            box, self, "opacity", label="Heat map:", maxValue=100, createLabel=False, callback=self._opacity_chosen
        )
        slider.setToolTip("How opaque the heat map is over the picture.")

    def take_table(self, data: Table | None) -> None:
        """Take a table, find its column of pictures, and list them."""
        self.closeContext()
        self.data = data
        columns = [] if data is None else image_columns(data.domain)
        self.column_model[:] = columns
        self.image_column = columns[0] if columns else None
        if columns:
            self.openContext(data.domain)
            if self.image_column not in columns:
                self.image_column = columns[0]
        self._show_table()

    def _show_table(self) -> None:
        self.locations, self.names = [], []
        if self.image_column is not None:
            source = TableSource(self.data, self.data.domain[self.image_column])
            self.locations = [item.location for item in source]
            self.names = [self.image_column.str_val(value) for value in self.data.get_column(self.image_column)]
        self._list_pictures()
        self.Error.no_image_column(shown=self.data is not None and self.image_column is None)
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

    def cancel(self) -> None:
        """Stop the run, if there is one, within a batch."""
        super().cancel()
        self.status.button.hide()

    def setStatusMessage(self, text: str) -> None:
        """Show a run's progress here too; the canvas forgets it when the run ends, the widget does not."""
        super().setStatusMessage(text)
        if text:
            self.status.say(text)

    def on_exception(self, error: Exception) -> None:
        """Show what went wrong in words; leave what nobody foresaw to Orange's error report."""
        if not isinstance(error, TransferLearningError | MemoryError):
            self.cancel()
            raise error
        self._fail(error)

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        self.status.button.hide()
        self.status.say("")
        self._tell(error)

    def _tell(self, error: TransferLearningError | MemoryError) -> None:
        """Show the message that fits."""
        if isinstance(error, MemoryError):
            self.Error.memory()
        elif isinstance(error, WeightsError):
            self.Error.weights(error)
        elif isinstance(error, ImageReadError):
            self.Error.picture(f"{self.picture_name}: {error}")
        elif isinstance(error, SettingError | UnknownBackboneError):
            self.Error.setting(error)
        else:
            self.Error.failed(error)

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
        n_skipped = len(found.reasons)
        which = "" if n_skipped == 1 else "the first, "
        pictures = f"{n_skipped} {pl(n_skipped, 'picture')}"
        self.Warning.images_skipped(f"{pictures} skipped: {which}{self.names[row]}: {reason}.")

    def onDeleteWidget(self) -> None:
        """End the run, after the batch in hand."""
        self.shutdown()
        self.list.pictures.close()
        super().onDeleteWidget()
