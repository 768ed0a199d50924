"""The widget Keras Network: train a head on features, or fine-tune a network on images, with live curves."""

import threading
from copy import copy
from functools import partial

import numpy as np
from AnyQt.QtCore import QSize, QTimer
from AnyQt.QtWidgets import QPushButton
from Orange.base import Model
from Orange.data import Table
from Orange.widgets.settings import Setting, SettingProvider
from Orange.widgets.utils.concurrent import TaskState
from Orange.widgets.utils.localization import pl
from Orange.widgets.utils.owlearnerwidget import OWBaseLearner
from Orange.widgets.utils.widgetpreview import WidgetPreview
from Orange.widgets.widget import Msg, Output

from ..errors import Cancelled, DownloadError, TransferLearningError, WeightsError
from ..finetuning.recipe import make_recipe
from ..orange.finetune_learner import FineTuneLearner
from ..orange.head_learner import BottleneckNetworkLearner
from ..orange.live_learner import LiveLearner, history_table
from ..training.history import Epoch, Measure
from .controls.curve_view import CurveView
from .controls.forms import boxed_form, choice_combo, make_column, show_hint
from .controls.keyboard import order_tabs
from .controls.plain_text import PlainMessages
from .controls.status import StatusMixin
from .controls.stored_settings import CheckedContexts
from .controls.training_boxes import FineTuningBox, HeadBox, ValidationBox

MODES = {"head": "Small network (head) on features", "fine-tune": "Fine-tune the network on images"}

PHASE_TITLES = ("Head, epoch", "Fine-tuning, epoch")
"""Titles of the phases, which have other names in the table of the history."""

_MIN_LINES = 24
"""Height of the main area in lines of text, at least."""

REDRAW = 50
"""Milliseconds between two drawings of the curves, at least."""


def train(learner: LiveLearner, data: Table, stop: threading.Event, state: TaskState) -> Model:
    """Train until the learner ends or `stop` is set, and report each epoch. This runs in a thread.

    Raises
    ------
    Cancelled
        If `state` was interrupted.
    ValueError, OSError, MemoryError
        Errors of the learner.
    """

    def callback(fraction: float, *_: str) -> None:
        if state.is_interruption_requested():
            raise Cancelled("The training was cancelled.")
        state.set_progress_value(100 * fraction)

    def tell(phase: int, number: int, epoch: Epoch) -> bool:
        state.set_partial_result((phase, epoch))
        title = PHASE_TITLES[phase - 1] if len(learner.n_epochs) > 1 else "Epoch"
        state.set_status(f"{title} {number} of at most {learner.n_epochs[phase - 1]}")
        return stop.is_set()

    state.set_status("Loading Keras ...")
    learner = copy(learner)
    learner.tell = tell
    return learner(data, callback)


class OWKerasNetwork(StatusMixin, OWBaseLearner):
    """A widget that trains a head or fine-tunes a network, and shows the curves."""

    name = "Keras Network"
    description = "Train a head on features, or fine-tune a pretrained network on images."
    icon = "icons/KerasNetwork-symbolic.svg"
    priority = 105
    keywords = (
        "keras network, neural network, fine-tuning, bottleneck, "
        "transfer learning, deep learning, train, softmax"
    )  # fmt: skip

    LEARNER = LiveLearner

    want_main_area = True
    resizing_enabled = True
    graph_name = "view"
    settings_version = 1

    class Outputs(OWBaseLearner.Outputs):
        """Outputs: a learner, its model of the data, and the history of the training."""

        history = Output("History", Table, dynamic=False)

    class Information(PlainMessages, OWBaseLearner.Information):
        """Information messages of the widget."""

        random_weights = Msg("Random weights: the network has learned nothing.")

    class Warning(PlainMessages, OWBaseLearner.Warning):
        """Warnings of the widget."""

        images_skipped = Msg("{} not read; the first is in {}: {}.")
        notes = Msg("{}")

    class Error(PlainMessages, OWBaseLearner.Error):
        """Errors of the widget."""

        no_rows = Msg("The table has no rows.")
        one_class = Msg("All rows with a known target have the same value: there is nothing to learn.")
        weights = Msg("{}")

    settingsHandler = CheckedContexts()
    mode: str = Setting("head", usable=MODES.__contains__)
    head_box = SettingProvider(HeadBox)
    tuning_box = SettingProvider(FineTuningBox)
    validation_box = SettingProvider(ValidationBox)

    def __init__(self) -> None:
        StatusMixin.__init__(self)
        self._received: Table | None = None
        self._stop = threading.Event()
        self._epochs: list[Epoch] = []
        self._second_phase: int | None = None
        self._best_by: Measure = "loss"
        OWBaseLearner.__init__(self)
        self.name_line_edit.setAccessibleName("Name")
        show_hint(self.name_line_edit, self.name_line_edit.placeholderText())
        order_tabs(self)

    def sizeHint(self) -> QSize:
        """Return a size with room for both curves."""
        return QSize(920, 660)

    def add_main_layout(self) -> None:
        """Add the settings, and the curves beside them."""
        self._redraw = QTimer(self, singleShot=True, interval=REDRAW, timeout=self._draw)
        self.mode_combo = choice_combo(self, "mode", MODES, self._mode_chosen)
        boxed_form(self.controlArea, "Training").addRow(self.mode_combo)
        self.head_box = HeadBox(self, "Head")
        self.tuning_box = FineTuningBox(self, "Fine-Tuning")
        self.validation_box = ValidationBox(self)
        for box in (self.head_box, self.tuning_box, self.validation_box):
            box.changed.connect(self.settings_changed)
            self.controlArea.layout().addWidget(box)
        self.tuning_box.folder_row.chosen.connect(self._folder_chosen)
        self.head_box.align(self.tuning_box, self.validation_box)
        self.controlArea.layout().addStretch(1)
        self._show_mode()
        self._add_curves()

    def _add_curves(self) -> None:
        self.view = CurveView()
        self.stop_button = QPushButton("Stop and Keep Best", autoDefault=False, clicked=self._stop_clicked)
        self.stop_button.setToolTip("End the training after this epoch, with the best network so far.")
        self.stop_button.hide()
        self.status.row.insertWidget(1, self.stop_button)
        column = make_column(_MIN_LINES)
        column.layout().addWidget(self.view, 1)
        column.layout().addWidget(self.status)
        self.mainArea.layout().addWidget(column)

    def _mode_chosen(self) -> None:
        self._show_mode()
        self._take_table()
        self.settings_changed()

    def _folder_chosen(self) -> None:
        self._take_table()
        self.settings_changed()

    def _show_mode(self) -> None:
        self.head_box.setVisible(self.mode == "head")
        self.tuning_box.setVisible(self.mode == "fine-tune")

    @property
    def _box(self) -> HeadBox | FineTuningBox:
        return self.head_box if self.mode == "head" else self.tuning_box

    @OWBaseLearner.Inputs.data
    def set_data(self, data: Table | None) -> None:
        """Take a table, and choose its image column."""
        self._received = data
        self._take_table()

    def _take_table(self) -> None:
        """Use the table, with its lost images found if they are needed."""
        self.closeContext()
        data = self._received
        super().set_data(self.tuning_box.folder_row.find_images(data) if self.mode == "fine-tune" else data)
        columns = self.tuning_box.offer_columns(None if self.data is None else self.data.domain)
        if columns:
            self.openContext(self.data.domain)
            if self.tuning_box.image_column not in columns:
                self.tuning_box.image_column = columns[0]
        if isinstance(self.learner, FineTuneLearner) and self.learner.column != self.tuning_box.values["column"]:
            self.learner = None  # A new learner is made for the new column.

    def workflowEnvChanged(self, key: str, value: str, oldvalue: str) -> None:
        """Find the weights file and the folder of images again after the workflow was saved or moved."""
        if key == "basedir":
            self.tuning_box.relocate()
            self.tuning_box.folder_row.relocate()

    @property
    def _weights_problem(self) -> str:
        return self.tuning_box.weights_problem if self.mode == "fine-tune" else ""

    def create_learner(self) -> LiveLearner | None:
        """Return a learner for the settings; None if no weights file is chosen."""
        if self._weights_problem:
            return None
        settings = self._box.values | self.validation_box.values
        if self.mode == "head":
            return BottleneckNetworkLearner(preprocessors=self.preprocessors, **settings)
        column, share = settings.pop("column"), settings.pop("validation_size")
        return FineTuneLearner(make_recipe(**settings), column, share, self.preprocessors)

    def get_learner_parameters(self) -> list[tuple[str, str]]:
        """Return the titles and values of the settings, for a report."""
        return [("Training", MODES[self.mode]), *self._box.described(), *self.validation_box.described()]

    def check_data(self) -> bool:
        """Return whether the data can be learned from; if not, show why. Fine-tuning needs no attributes."""
        self.valid_data = False
        if self.data is None or self.learner is None:
            return False
        self.Error.data_error.clear()
        reason = self.learner.incompatibility_reason(self.data.domain)
        if reason is not None:
            self.Error.data_error(reason)
        elif len(self.data) == 0:
            self.Error.no_rows()
        elif len(np.unique(self.data.Y[~np.isnan(self.data.Y)])) < 2:
            self.Error.one_class()
        else:
            self.valid_data = True
        return self.valid_data

    def update_model(self) -> None:
        """Start a training in a thread."""
        self.cancel()
        self.apply_button.button.setText("Apply Automatically" if self.auto_apply else "Apply")
        self.show_fitting_failed(None)
        self.Warning.images_skipped.clear()
        self.Warning.notes.clear()
        self.Error.weights(self._weights_problem, shown=bool(self._weights_problem))
        self.Information.random_weights(shown=self.mode == "fine-tune" and self.tuning_box.weights == "random")
        self.model = None
        self._epochs, self._second_phase, self._best_by = [], None, self.validation_box.best_by
        self._draw()
        self._send_model()
        if self.check_data():
            self._stop = threading.Event()
            self.stop_button.setEnabled(True)
            self.start(train, self.learner, self.data, self._stop)
            self.stop_button.show()

    def _send_model(self) -> None:
        super()._send_model()
        self.Outputs.history.send(None if self.model is None else history_table(self.model.history))

    def show_fitting_failed(self, exc: Exception | None) -> None:
        """Show why there is no model; None clears the message."""
        for message in (
            self.Error.fitting_failed, self.Error.out_of_memory, self.Error.weights, self.Error.no_rows,
            self.Error.one_class,
        ):  # fmt: skip
            message.clear()
        if isinstance(exc, MemoryError):
            self.Error.out_of_memory()
        elif isinstance(exc, WeightsError):
            self.Error.weights(exc)
        elif exc is not None:
            self.Error.fitting_failed(exc)

    def cancel(self) -> None:
        """Stop the training after the current batch; it sends nothing."""
        super().cancel()
        self._end()

    def _end(self, text: str = "") -> None:
        self._redraw.stop()
        self.stop_button.hide()
        self.status.end(text)

    def cancel_clicked(self) -> None:
        """Stop the training; "Apply" starts it again."""
        self.cancel()
        self.apply_button.button.setText("Apply")
        self.apply_button.button.setEnabled(True)

    def _stop_clicked(self) -> None:
        self._stop.set()
        self.stop_button.setEnabled(False)

    def on_partial_result(self, result: tuple[int, Epoch]) -> None:
        """Add an epoch to the curves."""
        phase, epoch = result
        if phase == 2 and self._second_phase is None:
            self._second_phase = len(self._epochs)
        self._epochs.append(epoch)
        if not self._redraw.isActive():
            self._redraw.start()

    def _draw(self) -> None:
        self.view.show_epochs(self._epochs, self._second_phase, self._best_by)

    def on_done(self, result: Model) -> None:
        """Send and show the result of a training."""
        self.model = result
        self.model.name = self.effective_learner_name()
        self.model.instances = self.data
        self.view.show_history(result.history)
        self._end(self._outcome())
        self._send_model()
        skipped = getattr(result, "skipped", ())
        if skipped:
            n, first = len(skipped), skipped[0]
            self.Warning.images_skipped(f"{n} {pl(n, 'image')}", first.key, first.reason)
        notes = getattr(result, "notes", None)
        if notes and notes.lines():
            self.Warning.notes("\n".join(notes.lines()))

    def _outcome(self) -> str:
        history = self.model.history
        n, kept = len(history.epochs), history.kept_epoch
        part = "training" if kept.val_loss is None else "validation"
        loss, accuracy = (kept.loss, kept.accuracy) if kept.val_loss is None else (kept.val_loss, kept.val_accuracy)
        accuracy_text = "" if accuracy is None else f"accuracy {accuracy:.1%}, "
        return f"Epoch {history.kept + 1} of {n} kept: {accuracy_text}loss {loss:.3f} in {part}"

    def on_exception(self, ex: Exception) -> None:
        """Show an error as a message; an unexpected one goes to Orange's error report."""
        self.cancel()
        if not isinstance(ex, TransferLearningError | ValueError | MemoryError):
            raise ex
        self.show_fitting_failed(ex)
        if isinstance(ex, DownloadError):
            self.status.offer_retry(str(ex), partial(self.apply_as, self._UPDATE, unconditional=True))

    def send_report(self) -> None:
        """Report the settings, the result and the curves."""
        super().send_report()
        if self.model is not None:
            self.report_items("Training", [("Result", self._outcome())])
            self.report_plot("Epochs", self.view)

    def onDeleteWidget(self) -> None:
        """Stop the training after the current batch."""
        self.shutdown()
        super().onDeleteWidget()


if __name__ == "__main__":  # pragma: no cover
    WidgetPreview(OWKerasNetwork).run(Table("iris"))
