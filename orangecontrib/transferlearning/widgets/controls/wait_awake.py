"""Keep the window responding while its thread waits for work."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from AnyQt.QtCore import QCoreApplication, QEventLoop, Qt, QThread, QTimer
from AnyQt.QtWidgets import QApplication, QProgressDialog

from ...errors import Cancelled
from ...waiting import Work

TICK = 0.02
"""Seconds between two times at which the window responds."""

PATIENCE = 0.5
"""Seconds before a dialog shows the progress."""

MAX_BUSY_SECONDS = 0.03
"""Seconds of work after which the events of the window are processed."""

_STEPS = 1000

_busy_since: float | None = None
"""Time since which the window has not responded, as seen by `process_events`."""

_FLAGS = QEventLoop.ProcessEventsFlag


def wait_awake(work: Work, title: str) -> Any:
    """Do work in another thread if this is the window's thread, and show its progress.

    Orange's Predictions, for example, computes in the window's thread. While it waits, the window is painted, and other
    threads get answers. The dialog blocks clicks on everything but its button Cancel, as the waiting widget cannot
    handle them.

    Parameters
    ----------
    work : callable
        Function with a callback, which raises `Cancelled` after the button was clicked.
    title : str
        Text in the dialog.

    Returns
    -------
    object
        Result of `work`. Its exceptions are raised here.
    """
    app = _application()
    if app is None:
        return work(None)
    progress = WorkProgress()
    with ThreadPoolExecutor(1, thread_name_prefix="embedding") as thread:
        future = thread.submit(work, progress)
        start, dialog = time.monotonic(), None
        try:
            while not wait([future], TICK).done:
                if dialog is None and time.monotonic() - start > PATIENCE:
                    dialog = _dialog(title)
                    dialog.canceled.connect(progress.cancelled.set)
                if dialog is not None:
                    dialog.setValue(round(_STEPS * progress.fraction))
                # Clicks are only allowed while the dialog blocks them elsewhere.
                is_guarded = dialog is not None and dialog.isVisible()
                app.processEvents(_FLAGS.AllEvents if is_guarded else _FLAGS.ExcludeUserInputEvents)
        finally:
            progress.cancelled.set()
            if dialog is not None:
                dialog.close()
                dialog.deleteLater()
        return future.result()


def process_events() -> None:
    """Let the window respond, if this is its thread and it has been busy for `MAX_BUSY_SECONDS` seconds.

    Orange converts a table column by column, and this is called for each computed column. Clicks wait until the work is
    done.
    """
    global _busy_since
    app = _application()
    if app is None:
        return
    now = time.monotonic()
    if _busy_since is None:
        _busy_since = now
        QTimer.singleShot(0, _note_response)
    elif now - _busy_since > MAX_BUSY_SECONDS:
        app.processEvents(_FLAGS.ExcludeUserInputEvents)


def _note_response() -> None:
    """Note that the window has responded."""
    global _busy_since
    _busy_since = None


def _application() -> QApplication | None:
    """Return the application if this is the thread of its window, else None."""
    app = QCoreApplication.instance()
    return app if isinstance(app, QApplication) and QThread.currentThread() is app.thread() else None


class WorkProgress:
    """Progress of work in a thread, and whether it was cancelled."""

    def __init__(self) -> None:
        self.fraction = 0.0
        self.cancelled = threading.Event()

    def __call__(self, fraction: float) -> None:
        """Note that this fraction is done; raise `Cancelled` if the work was cancelled."""
        if self.cancelled.is_set():
            raise Cancelled("cancelled")
        self.fraction = fraction


def _dialog(title: str) -> QProgressDialog:
    dialog = QProgressDialog(title, "Cancel", 0, _STEPS, QApplication.activeWindow())
    dialog.setWindowTitle("Embedding Images")
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.setAutoReset(False)
    dialog.setAutoClose(False)
    dialog.show()
    return dialog
