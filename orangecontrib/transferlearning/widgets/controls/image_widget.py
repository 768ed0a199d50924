"""What widgets have in common that take a table of images, and run a network over them in a thread."""

from AnyQt.QtWidgets import QFormLayout
from Orange.data import Table, Variable
from Orange.widgets import gui
from Orange.widgets.settings import ContextSetting, DomainContextHandler
from Orange.widgets.utils.itemmodels import VariableListModel
from Orange.widgets.utils.localization import pl
from Orange.widgets.widget import Msg, OWWidget

from ...errors import SettingError, TransferLearningError, UnknownBackboneError, WeightsError
from ...orange.image_columns import image_columns
from .forms import boxed_form
from .status import StatusMixin


class ImageWidget(StatusMixin, OWWidget, openclass=True):
    """The choice of the column that names images, and messages of what went wrong.

    Subclasses give `_column_chosen`, `_report_settings` and `_report_result`.
    """

    class Warning(OWWidget.Warning):
        """What may surprise."""

        images_skipped = Msg("{}")

    class Error(OWWidget.Error):
        """Why there is nothing."""

        no_image_column = Msg(
            "No text or categorical meta column could name images: make it a meta in File or Select Columns."
        )
        setting = Msg("{}")
        weights = Msg("{}")
        memory = Msg("Not enough memory: {}.")
        failed = Msg("{}")

    less_memory = "close other programs, or choose SqueezeNet"
    """What to do where there is not enough."""

    settingsHandler = DomainContextHandler()
    image_column: Variable | None = ContextSetting(None)

    def __init__(self) -> None:
        OWWidget.__init__(self)
        StatusMixin.__init__(self)
        self.data: Table | None = None
        self.column_model = VariableListModel()

    def _add_images_box(self) -> QFormLayout:
        """Add the box of the column; returns its form."""
        self.column_combo = gui.comboBox(
            None, self, "image_column", model=self.column_model, callback=self._column_chosen, searchable=True
        )
        form = boxed_form(self.controlArea, "Images")
        form.addRow("Image column:", self.column_combo)
        return form

    def _column_chosen(self) -> None:
        """Take another column of images."""
        raise NotImplementedError

    def take_table(self, data: Table | None) -> None:
        """Take a table, and find its column of images: the one chosen for such tables, else the likeliest."""
        self.closeContext()
        self.data = data
        columns = [] if data is None else image_columns(data.domain)
        self.column_model[:] = columns
        self.image_column = columns[0] if columns else None
        if columns:
            self.openContext(data.domain)
            if self.image_column not in columns:
                self.image_column = columns[0]

    def _show_lack_of_column(self) -> None:
        self.Error.no_image_column(shown=self.data is not None and self.image_column is None)

    def on_exception(self, error: Exception) -> None:
        """Show what went wrong in words; leave what nobody foresaw to Orange's error report."""
        if not isinstance(error, TransferLearningError | MemoryError):
            self.cancel()
            self.status.end()
            raise error
        self._fail(error)

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        """End the run because of an error that has a message."""
        self.status.end()
        self._tell(error)

    def _tell(self, error: TransferLearningError | MemoryError) -> None:
        """Show the message that fits."""
        if isinstance(error, MemoryError):
            self.Error.memory(self.less_memory)
        elif isinstance(error, WeightsError):
            self.Error.weights(error)
        elif isinstance(error, SettingError | UnknownBackboneError):
            self.Error.setting(error)
        else:
            self.Error.failed(error)

    def send_report(self) -> None:
        """Report the settings, the data, and what came of them."""
        self._report_settings()
        if images := self._described_images():
            self.report_items("Images", images)
        if self.data is not None:
            self.report_data("Data", self.data)
        self._report_result()

    def _described_images(self) -> list[tuple[str, str]]:
        """Name the settings of images and their values, for a report."""
        return [] if self.image_column is None else [("Image column", self.image_column.name)]

    def _report_settings(self) -> None:
        """Report what is chosen."""
        raise NotImplementedError

    def _report_result(self) -> None:
        """Report what there is; nothing, where there is nothing."""
        raise NotImplementedError

    def onDeleteWidget(self) -> None:
        """End the run, after the batch in hand."""
        self.shutdown()
        super().onDeleteWidget()


def images_in_words(number: int) -> str:
    """Say how many: "1 image", "3,000 images"."""
    return f"{number:,} {pl(number, 'image')}"


def skipped_in_words(n_skipped: int, name: str, reason: str) -> str:
    """Say how many images could not be read, and of the first what it is called and why."""
    which = "" if n_skipped == 1 else "the first, "
    return f"{images_in_words(n_skipped)} skipped: {which}{name}: {reason}."
