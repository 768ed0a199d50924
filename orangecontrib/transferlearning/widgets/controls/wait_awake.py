"""Keeps the window awake during work in its thread."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from AnyQt.QtCore import QCoreApplication, QEventLoop, Qt, QThread, QTimer
from AnyQt.QtWidgets import QApplication, QProgressDialog

from ...errors import Cancelled
from ...waiting import Work

TICK = 0.02
"""Seconds for which the window does not answer."""

PATIENCE = 0.5
"""Seconds before a dialog says what is going on."""

BREATH = 0.03
"""Seconds of work between two looks at what the window wants."""

_STEPS = 1000

_began: float | None = None
"""Since when the window has not answered, as far as `breathe` knows."""

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
    app = _application()
    if app is None:
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


def breathe() -> None:
    """Have the window painted, and other threads answered, if this is its thread and has worked for long.

    Orange converts a table column by column: this is called at each that is computed here. Clicks wait until the work
    is done.
    """
    global _began
    app = _application()
    if app is None:
        return
    now = time.monotonic()
    if _began is None:
        _began = now
        QTimer.singleShot(0, _answer)
    elif now - _began > BREATH:
        app.processEvents(_FLAGS.ExcludeUserInputEvents)


def _answer() -> None:
    """Note that the window answers."""
    global _began
    _began = None


def _application() -> QApplication | None:
    """The application, where this thread is that of its window."""
    app = QCoreApplication.instance()
    return app if isinstance(app, QApplication) and QThread.currentThread() is app.thread() else None


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
    dialog.setWindowTitle("Embedding Images")
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.setAutoReset(False)
    dialog.setAutoClose(False)
    dialog.show()
    return dialog
