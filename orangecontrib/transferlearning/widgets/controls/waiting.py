"""Waits for work in the thread of the window without freezing it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from AnyQt.QtCore import QCoreApplication, QEventLoop, Qt, QThread
from AnyQt.QtWidgets import QApplication, QProgressDialog

from ...errors import Cancelled
from ...waiting import Work

TICK = 0.02
"""Seconds for which the window does not answer."""

PATIENCE = 0.5
"""Seconds before a dialog says what is going on."""

_STEPS = 1000

_FLAGS = QEventLoop.ProcessEventsFlag


def wait_awake(work: Work, title: str) -> Any:
    """Do work in a thread of its own, if this one is the window's, and show how far it is.

    Orange's Predictions, say, computes in the window's thread. While it waits, the window is painted, and other threads
    get answers; the dialog keeps clicks from everything but its button Cancel, as the widget that waits is not ready
    for them.

    Parameters
    ----------
    work : callable
        Its callback raises `Cancelled` once the button was clicked.
    title : str
        What is done, for the dialog.

    Returns
    -------
    object
        What `work` returns; what it raises is raised.
    """
    app = QCoreApplication.instance()
    if not isinstance(app, QApplication) or QThread.currentThread() is not app.thread():
        return work(None)
    told = Told()
    with ThreadPoolExecutor(1, thread_name_prefix="embedding") as thread:
        future = thread.submit(work, told)
        start, dialog = time.monotonic(), None
        try:
            while not wait([future], TICK).done:
                if dialog is None and time.monotonic() - start > PATIENCE:
                    dialog = _dialog(title)
                    dialog.canceled.connect(told.cancelled.set)
                if dialog is not None:
                    dialog.setValue(round(_STEPS * told.fraction))
                # Clicks may come only where the dialog keeps them from everything else.
                is_guarded = dialog is not None and dialog.isVisible()
                app.processEvents(_FLAGS.AllEvents if is_guarded else _FLAGS.ExcludeUserInputEvents)
        finally:
            told.cancelled.set()
            if dialog is not None:
                dialog.close()
                dialog.deleteLater()
        return future.result()


class Told:
    """What a thread tells of its work, and is told."""

    def __init__(self) -> None:
        self.fraction = 0.0
        self.cancelled = threading.Event()

    def __call__(self, fraction: float) -> None:
        """Note that this fraction is done; raises `Cancelled` where that was asked for."""
        if self.cancelled.is_set():
            raise Cancelled("cancelled")
        self.fraction = fraction


def _dialog(title: str) -> QProgressDialog:
    dialog = QProgressDialog(title, "Cancel", 0, _STEPS, QApplication.activeWindow())
    dialog.setWindowTitle("Embedding Pictures")
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.setAutoReset(False)
    dialog.setAutoClose(False)
    dialog.show()
    return dialog
