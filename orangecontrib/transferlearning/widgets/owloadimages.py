"""The widget Load Images: make a table that names the images of a folder, a table or an array."""

from AnyQt.QtCore import QSize, QUrl
from Orange.data import Table
from Orange.widgets.settings import SettingProvider
from Orange.widgets.utils.concurrent import TaskState
from Orange.widgets.utils.filedialogs import OWUrlDropBase, RecentPath
from Orange.widgets.utils.localization import pl
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Msg, Output, OWWidget
from orangewidget.workflow.drophandler import SingleFileDropHandler

from ..errors import Cancelled, SourceError, TransferLearningError
from ..orange.load_images import LoadedImages, load_images
from ..sources.preview import ArrayPreview, TablePreview, looks_like_images
from ..sources.source_choice import SourceChoice, complete
from .controls.array_box import ArrayBox
from .controls.found_tabs import FoundTabs
from .controls.keyboard import order_tabs
from .controls.plain_text import PlainLabel, PlainMessages
from .controls.progress import Throttle
from .controls.source_box import SourceBox
from .controls.status import StatusMixin
from .controls.stored_settings import CheckedSettings
from .controls.table_box import TableBox


def load(choice: SourceChoice, state: TaskState) -> LoadedImages:
    """Return loaded images; what was guessed is a partial result. This runs in a thread.

    Raises
    ------
    TransferLearningError
        `Cancelled` if `state` was interrupted; the errors of `load_images`.
    """

    def progress(fraction: float) -> None:
        if state.is_interruption_requested():
            raise Cancelled("Loading was cancelled.")
        state.set_progress_value(100 * fraction)
        state.set_status(f"Looking at images: {fraction:.0%}" if fraction else listing)

    listing = "Listing images ..."
    state.set_status(listing)
    choice, preview = complete(choice)
    state.set_partial_result((choice, preview))
    return load_images(choice, Throttle(progress))


class OWLoadImages(StatusMixin, OWUrlDropBase):
    """A widget that loads images from a folder, a table or an array."""

    name = "Load Images"
    description = "Load images from a folder, a table or an array; subfolders or labels become classes."
    icon = "icons/LoadImages-symbolic.svg"
    priority = 10
    keywords = "load images, import images, images, photographs, folder, csv, log, npy, numpy, open, read"

    buttons_area_orientation = None
    settings_version = 1

    class Outputs:
        """Outputs: a table that names images, and one of the images that cannot be opened."""

        images = Output("Images", Table, default=True, dynamic=False)
        skipped_images = Output("Skipped Images", Table, dynamic=False)

    class Information(PlainMessages, OWWidget.Information):
        """Information messages of the widget."""

        written = Msg("The array's images were written as PNG files to {}")
        remarks = Msg("{}")

    class Warning(PlainMessages, OWWidget.Warning):
        """Warnings of the widget."""

        problems = Msg("{}")

    class Error(PlainMessages, OWWidget.Error):
        """Errors of the widget."""

        source = Msg("{}")
        none_readable = Msg("{}")
        failed = Msg("{}")

    settingsHandler = CheckedSettings()
    source_box = SettingProvider(SourceBox)
    table_box = SettingProvider(TableBox)
    array_box = SettingProvider(ArrayBox)

    def __init__(self) -> None:
        OWUrlDropBase.__init__(self)
        StatusMixin.__init__(self)
        self.result: LoadedImages | None = None
        self.source_box = SourceBox(self)
        self.table_box = TableBox(self)
        self.array_box = ArrayBox(self)
        for box in (self.source_box, self.table_box, self.array_box):
            self.controlArea.layout().addWidget(box)
        self.table_box.hide()
        self.array_box.hide()
        self._add_summary()
        self.controlArea.layout().addWidget(self.status)
        self.found = FoundTabs()
        self.mainArea.layout().addWidget(self.found)
        self.source_box.changed.connect(self._source_chosen)
        for signal in (self.source_box.reload, self.table_box.changed, self.array_box.changed):
            signal.connect(self.reload)
        order_tabs(self)
        self.reload()

    def _add_summary(self) -> None:
        self.summary = PlainLabel(wordWrap=True)
        self.summary.setContentsMargins(4, 4, 4, 4)
        self.controlArea.layout().addWidget(self.summary)
        self.controlArea.layout().addStretch(1)

    def sizeHint(self) -> QSize:
        """Return a size with room for four thumbnails side by side."""
        return QSize(860, 540)

    def _source_chosen(self) -> None:
        self.table_box.forget()
        self.array_box.forget()
        self.reload()

    def reload(self) -> None:
        """Read the chosen folder or file again."""
        self.cancel()
        self.clear_messages()
        self.status.say("")
        self.found.show_nothing()
        self.summary.clear()
        self._send(None)
        choice = SourceChoice(self.source_box.path)
        if not choice.path:
            self.summary.setText("Choose a folder, or a file that names or holds images; or drop it here.")
            return
        try:
            kind = choice.kind
        except SourceError as error:
            self._fail(error)
            return
        self.table_box.setVisible(kind == "a table")
        self.array_box.setVisible(kind == "an array")
        box = {"a table": self.table_box, "an array": self.array_box}.get(kind)
        self.start(load, choice if box is None else box.fill(choice))

    def on_partial_result(self, result: tuple[SourceChoice, TablePreview | ArrayPreview | None]) -> None:
        """Show the guessed settings of a table or an array."""
        choice, preview = result
        if isinstance(preview, TablePreview):
            self.table_box.show_preview(choice, preview)
            self.found.show_table(preview)
        elif isinstance(preview, ArrayPreview):
            self.array_box.show_preview(choice, preview)

    def on_done(self, result: LoadedImages) -> None:
        """Send the tables, and show the images and problems."""
        self.status.end()
        self._send(result)
        self.found.show_images(result)
        self.summary.setText(_summary(result))
        if result.tables.images is None:
            n_images = len(result.tables.skipped)
            none = f"None of {n_images} {pl(n_images, 'image')} can be opened"
            self.Error.none_readable(f"{none}: {_in_words(result.problems)}")
        elif result.problems:
            self.Warning.problems(_in_words(result.problems))
        if result.remarks:
            self.Information.remarks(_capital("; ".join(result.remarks)))
        if result.written_to:
            self.Information.written(result.written_to)

    def on_exception(self, error: Exception) -> None:
        """Show an error as a message; an unexpected one goes to Orange's error report."""
        self.status.end()
        if isinstance(error, MemoryError):
            error = SourceError("Not enough memory: close other programs, or load fewer images.")
        if not isinstance(error, TransferLearningError):
            raise error
        self._fail(error)

    def _fail(self, error: TransferLearningError) -> None:
        (self.Error.source if isinstance(error, SourceError) else self.Error.failed)(_capital(str(error)))

    def _send(self, result: LoadedImages | None) -> None:
        self.result = result
        self.Outputs.images.send(result and result.tables.images)
        self.Outputs.skipped_images.send(result and result.tables.skipped)

    def workflowEnvChanged(self, key: str, value: str, oldvalue: str) -> None:
        """Find files and folders again after the workflow was saved or moved."""
        if key == "basedir":
            for box in (self.source_box, self.table_box, self.array_box):
                box.relocate()

    def canDropUrl(self, url: QUrl) -> bool:
        """Return whether the file or folder that is dragged over the widget is on this computer."""
        return url.isLocalFile()

    def handleDroppedUrl(self, url: QUrl) -> None:
        """Load the folder or file that was dropped."""
        self.source_box.choose(url.toLocalFile())

    def send_report(self) -> None:
        """Report the source of the images, their classes and problems."""
        if self.result is None:
            return
        choice = self.result.choice
        named = [("Images", choice.image_column), ("Labels", choice.label_column or choice.labels)]
        self.report_items("Source", [("Path", choice.path), *((name, value) for name, value in named if value)])
        if self.result.tables.images is not None:
            self.report_data("Images", self.result.tables.images)
        if self.result.class_counts:
            self.report_items("Images of each class", self.result.class_counts)
        if self.result.problems:
            self.report_items("Problems", self.result.problems)

    def onDeleteWidget(self) -> None:
        """Stop loading images, and making thumbnails."""
        self.shutdown()
        self.found.close_images()
        super().onDeleteWidget()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _summary(result: LoadedImages) -> str:
    n_images, counts = len(result.tables.images or ()), result.class_counts
    text = f"{n_images:,} {pl(n_images, 'image')}"
    if counts:
        least, most = min(n for _, n in counts), max(n for _, n in counts)
        sizes = f"{most:,} each" if least == most else f"{least:,} to {most:,} each"
        text += f" in {len(counts)} {pl(len(counts), 'class|classes')}, {sizes}"
    if result.left_out:
        text += f"; left out: {result.left_out}"
    return f"{text}."


def _in_words(problems: list[tuple[str, str]]) -> str:
    where, reason = problems[0]
    more = f" (and {len(problems) - 1} more: see Problems)" if len(problems) > 1 else ""
    return f"{where}: {reason}{more}."


class OWLoadImagesDropHandler(SingleFileDropHandler):
    """Adds the widget when a folder, array or table of images is dropped on the canvas."""

    WIDGET = OWLoadImages

    def canDropFile(self, path: str) -> bool:
        """Return whether a file may hold images; other tables are left to the widget File."""
        return looks_like_images(path)

    def parametersFromFile(self, path: str) -> dict:
        """Return the settings of the new widget."""
        return {"source_box": {"place": RecentPath.create(path, []).to_list()}}


if __name__ == "__main__":  # pragma: no cover
    WidgetPreview(OWLoadImages).run()
