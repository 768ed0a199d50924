"""A base of widgets that take a table of images, and run a network on them in a thread."""

from AnyQt.QtWidgets import QFormLayout
from Orange.data import Domain, Table, Variable
from Orange.widgets import gui
from Orange.widgets.settings import ContextSetting, SettingProvider
from Orange.widgets.utils.itemmodels import VariableListModel
from Orange.widgets.utils.localization import pl
from Orange.widgets.widget import Msg, OWWidget

from ...errors import DownloadError, SettingError, TransferLearningError, UnknownBackboneError, WeightsError
from ...orange.image_columns import image_columns
from .folder_row import FolderRow
from .forms import boxed_form
from .plain_text import PlainMessages
from .status import StatusMixin
from .stored_settings import CheckedContexts


class ImageWidget(StatusMixin, OWWidget, openclass=True):
    """A widget with a choice of the image column, and with messages for errors.

    Subclasses implement `_column_chosen`, `_run_again`, `_report_settings` and `_report_result`.
    """

    class Warning(PlainMessages, OWWidget.Warning):
        """Warnings of the widget."""

        images_skipped = Msg("{}")

    class Error(PlainMessages, OWWidget.Error):
        """Errors of the widget."""

        no_image_column = Msg(
            "No text or categorical meta column names images. If one does, make it a meta in File or Select Columns."
        )
        setting = Msg("{}")
        weights = Msg("{}")
        memory = Msg("Not enough memory: {}.")
        failed = Msg("{}")

    memory_advice = "close other programs, or choose SqueezeNet"
    """Advice that is shown when memory does not suffice."""

    settingsHandler = CheckedContexts()
    image_column: Variable | None = ContextSetting(None, schema_only=True)
    folder_row = SettingProvider(FolderRow)

    def __init__(self) -> None:
        OWWidget.__init__(self)
        StatusMixin.__init__(self)
        self.data: Table | None = None
        self._received: Table | None = None
        self.folder_row = FolderRow(self)
        self.folder_row.chosen.connect(self._folder_chosen)
        self.column_model = VariableListModel()

    def _add_images_box(self) -> QFormLayout:
        """Add the box with the image column, and return its form."""
        self.column_combo = gui.comboBox(
            None, self, "image_column", model=self.column_model, callback=self._column_chosen, searchable=True
        )
        form = boxed_form(self.controlArea, "Images")
        form.addRow("Image column:", self.column_combo)
        form.addRow(self.folder_row)
        return form

    def _folder_chosen(self) -> None:
        self.take_table(self._received)
        self._column_chosen()

    def _column_chosen(self) -> None:
        """Use another image column."""
        raise NotImplementedError

    def take_table(self, data: Table | None) -> None:
        """Take a table, and choose its image column: the one chosen before for such tables, else the likeliest.

        Images that are not where the table says are found in the chosen folder, or beside the table's file.
        """
        self.closeContext()
        self._received = data
        self.data = data = self.folder_row.find_images(data)
        columns = self._offer_columns(None if data is None else data.domain)
        if columns:
            self.openContext(data.domain)
            if self.image_column not in columns:
                self.image_column = columns[0]

    def _offer_columns(self, domain: Domain | None) -> list[Variable]:
        """Offer the columns that may name images, choose the first, and return them."""
        columns = [] if domain is None else image_columns(domain)
        self.column_model[:] = columns
        self.image_column = columns[0] if columns else None
        return columns

    def workflowEnvChanged(self, key: str, value: str, oldvalue: str) -> None:
        """Find the chosen folders and files again after the workflow was saved or moved."""
        if key == "basedir":
            self._relocate()

    def _relocate(self) -> None:
        self.folder_row.relocate()

    def _check_image_column(self) -> None:
        self.Error.no_image_column(shown=self.data is not None and self.image_column is None)

    def on_exception(self, error: Exception) -> None:
        """Show an error as a message; an unexpected one goes to Orange's error report."""
        if not isinstance(error, TransferLearningError | MemoryError):
            self.cancel()
            self.status.end()
            raise error
        self._fail(error)
        if isinstance(error, DownloadError):
            self.status.offer_retry(str(error), self._run_again)

    def _run_again(self) -> None:
        """Start the run that has failed again."""
        raise NotImplementedError

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        """End the run, and show the error."""
        self.status.end()
        self._show_error(error)

    def _show_error(self, error: TransferLearningError | MemoryError) -> None:
        """Show the message for an error."""
        if isinstance(error, MemoryError):
            self.Error.memory(self.memory_advice)
        elif isinstance(error, WeightsError):
            self.Error.weights(error)
        elif isinstance(error, SettingError | UnknownBackboneError):
            self.Error.setting(error)
        else:
            self.Error.failed(error)

    def send_report(self) -> None:
        """Report the settings, the data and the result."""
        self._report_settings()
        if images := self._described_images():
            self.report_items("Images", images)
        if self.data is not None:
            self.report_data("Data", self.data)
        self._report_result()

    def _described_images(self) -> list[tuple[str, str]]:
        """Return the settings for images and their values, for a report."""
        if self.image_column is None:
            return []
        return [("Image column", self.image_column.name), *self.folder_row.described()]

    def _report_settings(self) -> None:
        """Report the settings."""
        raise NotImplementedError

    def _report_result(self) -> None:
        """Report the result, if there is one."""
        raise NotImplementedError

    def onDeleteWidget(self) -> None:
        """Stop the run after the current batch."""
        self.shutdown()
        super().onDeleteWidget()


def images_in_words(number: int) -> str:
    """Return a number of images in words: "1 image", "3,000 images"."""
    return f"{number:,} {pl(number, 'image')}"


def skipped_in_words(n_skipped: int, name: str, reason: str) -> str:
    """Return in words how many images were skipped, with the name of the first and the reason."""
    which = "" if n_skipped == 1 else "the first, "
    return f"{images_in_words(n_skipped)} skipped: {which}{name}: {reason}."
