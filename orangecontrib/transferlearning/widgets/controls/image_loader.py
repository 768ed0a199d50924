"""Read images for the screen in threads, and convert images to `QImage` and HTML."""

import base64
import io
from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock

import numpy as np
from AnyQt.QtCore import QObject, pyqtSignal
from AnyQt.QtGui import QImage
from PIL import Image

from ...errors import ImageReadError
from ...images.thumbnails import read_small
from ...records import Location

N_THREADS = 2
N_WAITING = 100
"""Number of requests that wait, at most. The oldest are dropped, as the user has scrolled past them."""

HTML_SIDE = 480
"""Longer side of an image in HTML in pixels, at most."""


class ImageLoader(QObject):
    """Reads small images in threads, the latest request first.

    Signals
    -------
    made : key, QImage or str
        The image, or the reason why it could not be read.
    """

    made = pyqtSignal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(N_THREADS, thread_name_prefix="images")
        self._lock = Lock()
        self._waiting: OrderedDict[Hashable, tuple[Location, int]] = OrderedDict()
        self._making: set[Hashable] = set()
        self._closed = False

    def ask(self, key: Hashable, location: Location, side: int) -> None:
        """Request an image that fits into a square with this side in pixels; `made` is sent with its key.

        A second request for a waiting image moves it to the front.
        """
        with self._lock:
            if self._closed or key in self._making:
                return
            if self._waiting.pop(key, None) is None:
                self._threads.submit(self._make_newest)
            self._waiting[key] = location, side
            if len(self._waiting) > N_WAITING:
                self._waiting.popitem(last=False)

    def forget(self) -> None:
        """Drop the requests that wait."""
        with self._lock:
            self._waiting.clear()

    def close(self) -> None:
        """Drop all requests, without waiting for an image that is being read."""
        self._closed = True
        self.forget()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _make_newest(self) -> None:
        with self._lock:
            if not self._waiting:
                return  # The request was dropped.
            key, (location, side) = self._waiting.popitem()
            self._making.add(key)
        try:
            made: QImage | str = to_image(read_small(location, side))
        except ImageReadError as error:
            made = str(error)
        with self._lock:
            self._making.discard(key)
        if not self._closed:
            with suppress(RuntimeError):  # The widget was closed meanwhile.
                self.made.emit(key, made)


def to_image(pixels: np.ndarray) -> QImage:
    """Return RGB pixels of shape (height, width, 3), uint8, as a `QImage`."""
    height, width, _ = pixels.shape
    return QImage(np.ascontiguousarray(pixels).tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def image_html(image: Image.Image) -> str:
    """Return an image as HTML, with the data in it."""
    small = image.copy()
    small.thumbnail((HTML_SIDE, HTML_SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return f'<img src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"/>'
