"""What widgets have in common that run a network over all images of a table, once "Apply" says so."""

from typing import Any

from AnyQt.QtWidgets import QFormLayout, QLabel
from Orange.data import Table
from Orange.widgets import gui
from Orange.widgets.settings import Setting
from Orange.widgets.widget import Input, Msg

from ...embedding.embedder import Embedder
from ...errors import TransferLearningError
from .image_widget import ImageWidget, skipped_in_words


class RunWidget(ImageWidget, openclass=True):
    """A table of images in, and what a network makes of all of them out.

    Subclasses give `_choose_embedder`, `_forget_network`, `_start_run` and `_show_result`, and end `on_done` with the
    latter.
    """

    class Inputs:
        """A table that names images."""

        images = Input("Images", Table)

    class Error(ImageWidget.Error):
        """Why nothing was sent."""

        all_skipped = Msg("{}")

    auto_apply: bool = Setting(True)

    def _add_images_box(self) -> QFormLayout:
        form = super()._add_images_box()
        privacy = QLabel("Images stay on this computer.")
        privacy.setToolTip("Images that the table names by a URL are fetched from there.")
        form.addRow("", privacy)
        return form

    def _add_run_row(self) -> None:
        """Add the words about a run, and the button that starts it."""
        self.controlArea.layout().addWidget(self.status)
        self.apply_box = gui.auto_apply(self.buttonsArea, self)

    @Inputs.images
    def set_images(self, data: Table | None) -> None:
        """Take a table, and find its column of images."""
        self.take_table(data)
        self._show_result(None)
        self.commit.now()

    def _column_chosen(self) -> None:
        self.commit.deferred()

    @gui.deferred
    def commit(self) -> None:
        """Run anew, with the settings as they are."""
        self.cancel()
        self.clear_messages()
        self.status.say("")
        self.apply_box.button.setText("Apply Automatically" if self.auto_apply else "Apply")
        self._show_lack_of_column()
        try:
            embedder = self._choose_embedder()
        except TransferLearningError as error:
            self._fail(error)
            return
        if self.image_column is None or len(self.data) == 0:
            self._show_result(None)
            return
        self._start_run(embedder)

    def cancel_clicked(self) -> None:
        """Stop the run; "Apply" starts it anew."""
        self.cancel()
        self.commit.dirty = True
        self.apply_box.button.setText("Apply")
        self.apply_box.button.setEnabled(True)

    def on_partial_result(self, result: object) -> None:
        """Do nothing: no result comes before the end of a run."""

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        if isinstance(error, MemoryError):
            self._forget_network()
        self._show_result(None)
        super()._fail(error)

    def _tell_skipped(self, n_skipped: int, name: str, reason: str, are_all: bool) -> None:
        message = self.Error.all_skipped if are_all else self.Warning.images_skipped
        message(skipped_in_words(n_skipped, name, reason))

    def _choose_embedder(self) -> Embedder:
        """Give the embedder that the settings describe; that of the last time, with its network, if it still fits."""
        raise NotImplementedError

    def _forget_network(self) -> None:
        """Let the loaded network go."""
        raise NotImplementedError

    def _start_run(self, embedder: Embedder) -> None:
        """Start the run in a thread."""
        raise NotImplementedError

    def _show_result(self, result: Any) -> None:
        """Keep, show and send what a run gave; None for nothing."""
        raise NotImplementedError
