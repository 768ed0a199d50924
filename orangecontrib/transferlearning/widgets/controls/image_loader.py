"""Images for the screen, made in threads as they are asked for."""

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
"""Images that wait at most: who has scrolled on no longer wants the first ones."""


class ImageLoader(QObject):
    """Makes small images, those asked for last first.

    Signals
    -------
    made : key, QImage or str
        The image, or the reason why there is none.
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
        """Ask for an image that fits into a square of so many pixels a side; `made` gives it with its key.

        Who asks again for an image that is not made yet gets it sooner.
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
        """Make none of those that wait."""
        with self._lock:
            self._waiting.clear()

    def close(self) -> None:
        """Make no more; an image that is being fetched from afar is not waited for."""
        self._closed = True
        self.forget()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _make_newest(self) -> None:
        with self._lock:
            if not self._waiting:
                return  # It was forgotten meanwhile.
            key, (location, side) = self._waiting.popitem()
            self._making.add(key)
        try:
            made: QImage | str = to_image(read_small(location, side))
        except ImageReadError as error:
            made = str(error)
        with self._lock:
            self._making.discard(key)
        if not self._closed:
            with suppress(RuntimeError):  # The widget was closed this very moment.
                self.made.emit(key, made)


def to_image(pixels: np.ndarray) -> QImage:
    """Make a `QImage` of RGB pixels of shape (height, width, 3), uint8."""
    height, width, _ = pixels.shape
    return QImage(np.ascontiguousarray(pixels).tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


SIDE = 480
"""In pixels, at most."""


def image_html(image: Image.Image) -> str:
    """Write an image as HTML that needs no file."""
    small = image.copy()
    small.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return f'<img src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"/>'
