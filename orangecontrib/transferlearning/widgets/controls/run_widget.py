"""A base of widgets that run a network on all images of a table when "Apply" is pressed."""

from typing import Any

from AnyQt.QtWidgets import QFormLayout
from Orange.data import Table
from Orange.widgets import gui
from Orange.widgets.settings import Setting
from Orange.widgets.widget import Input, Msg

from ...embedding.embedder import Embedder
from ...errors import TransferLearningError
from ...records import Notes
from .image_widget import ImageWidget, skipped_in_words
from .plain_text import PlainLabel


class RunWidget(ImageWidget, openclass=True):
    """A widget that takes a table of images, and sends the result of a network for all of them.

    Subclasses implement `_forget_network`, `_start_run` and `_show_result`, and call the latter at the end of
    `on_done`; also `_choose_embedder`, unless their run is of another kind (`_prepare_run`).
    """

    class Inputs:
        """Input: a table that names images."""

        images = Input("Images", Table)

    class Error(ImageWidget.Error):
        """Errors of the widget."""

        all_skipped = Msg("{}")

    class Warning(ImageWidget.Warning):
        """Warnings of the widget."""

        notes = Msg("{}")

    _notes: Notes
    """What is to know about the images of the last run."""

    auto_apply: bool = Setting(True)

    def _add_images_box(self) -> QFormLayout:
        form = super()._add_images_box()
        privacy = PlainLabel("Images stay on this computer.")
        privacy.setToolTip("Images that the table names by a URL are fetched from there.")
        form.addRow("", privacy)
        return form

    def _add_run_row(self) -> None:
        """Add the status of a run, and the button that starts it."""
        self.controlArea.layout().addWidget(self.status)
        self.apply_box = gui.auto_apply(self.buttonsArea, self)

    @Inputs.images
    def set_images(self, data: Table | None) -> None:
        """Take a table, and run the network on its images."""
        self.take_table(data)
        self._show_result(None)
        self.commit.now()

    def _column_chosen(self) -> None:
        self.commit.deferred()

    @gui.deferred
    def commit(self) -> None:
        """Start a run with the current settings."""
        self.cancel()
        self.clear_messages()
        self.status.say("")
        self.apply_box.button.setText("Apply Automatically" if self.auto_apply else "Apply")
        self._check_image_column()
        try:
            run = self._prepare_run()
        except TransferLearningError as error:
            self._fail(error)
            return
        if self.image_column is None or len(self.data) == 0:
            self._show_result(None)
            return
        self._start_run(run)

    def _run_again(self) -> None:
        self.commit.now()

    def cancel_clicked(self) -> None:
        """Stop the run; "Apply" starts it again."""
        self.cancel()
        self.commit.dirty = True
        self.apply_box.button.setText("Apply")
        self.apply_box.button.setEnabled(True)

    def on_partial_result(self, result: object) -> None:
        """Do nothing, as there are no results before the end of a run."""

    def _fail(self, error: TransferLearningError | MemoryError) -> None:
        if isinstance(error, MemoryError):
            self._forget_network()
        self._show_result(None)
        super()._fail(error)

    def _warn_of_skipped(self, n_skipped: int, name: str, reason: str, are_all: bool) -> None:
        message = self.Error.all_skipped if are_all else self.Warning.images_skipped
        message(skipped_in_words(n_skipped, name, reason))

    def _warn_of_notes(self) -> None:
        """Show what is to know about the images, a line for each kind."""
        lines = self._notes.lines(lambda key: str(self.data[int(key), self.image_column]))
        if lines:
            self.Warning.notes("\n".join(lines))

    def _prepare_run(self) -> Any:
        """Return what runs with the settings, for `_start_run`."""
        embedder = self._choose_embedder()
        embedder.notes.clear()
        self._notes = embedder.notes
        return embedder

    def _choose_embedder(self) -> Embedder:
        """Return the embedder for the settings; the previous one, with its network, if none has changed."""
        raise NotImplementedError

    def _forget_network(self) -> None:
        """Forget the loaded network."""
        raise NotImplementedError

    def _start_run(self, run: Any) -> None:
        """Start the run in a thread."""
        raise NotImplementedError

    def _show_result(self, result: Any) -> None:
        """Keep, show and send the result of a run; None clears it."""
        raise NotImplementedError
