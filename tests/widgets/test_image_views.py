"""Thumbnails and large images, made in threads."""

import threading
import time

import numpy as np
import pytest
from AnyQt.QtCore import Qt
from AnyQt.QtTest import QTest
from Orange.widgets.tests.base import GuiTest

from orangecontrib.transferlearning.errors import ImageReadError
from orangecontrib.transferlearning.widgets.controls import image_list as imagelist
from orangecontrib.transferlearning.widgets.controls import image_loader as imageloader
from orangecontrib.transferlearning.widgets.controls.image_list import ImageList
from orangecontrib.transferlearning.widgets.controls.image_loader import ImageLoader, to_image

SECONDS = 20


def wait_until(done):
    end = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < end
        QTest.qWait(2)


class TestImages(GuiTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, monkeypatch):
        self.monkeypatch = monkeypatch

    def setUp(self):
        self.read, self.gate = [], threading.Event()
        self.gate.set()

        def read(location, side):
            assert self.gate.wait(SECONDS)
            self.read.append((location, side))
            if location == "bad":
                raise ImageReadError("no such file")
            return np.full((side // 2, side, 3), 200, np.uint8)

        self.monkeypatch.setattr(imageloader, "read_small", read)

    def loader(self, n_threads=1):
        self.monkeypatch.setattr(imageloader, "N_THREADS", n_threads)
        loader, made = ImageLoader(), []
        loader.made.connect(lambda key, image: made.append((key, image)))
        self.addCleanup(loader.close)
        return loader, made

    def hold_first(self, loader):
        """Start reading one image while others are requested."""
        self.gate.clear()
        loader.ask("first", "first", 8)
        wait_until(lambda: not loader._waiting)

    def test_images_come_with_their_keys_or_the_reason(self):
        loader, made = self.loader()
        loader.ask(1, "good", 8)
        loader.ask(2, "bad", 8)
        wait_until(lambda: len(made) == 2)
        images = dict(made)
        assert images[2] == "no such file"
        assert (images[1].width(), images[1].height()) == (8, 4)
        assert images[1].pixelColor(3, 3).getRgb()[:3] == (200, 200, 200)

    def test_latest_request_comes_first_and_once(self):
        loader, made = self.loader()
        self.hold_first(loader)
        for key in ("a", "b", "c", "a", "first"):
            loader.ask(key, key, 8)
        self.gate.set()
        wait_until(lambda: len(made) == 4)
        assert [key for key, _ in made] == ["first", "a", "c", "b"]

    def test_oldest_requests_are_dropped_and_can_be_made_again(self):
        self.monkeypatch.setattr(imageloader, "N_WAITING", 2)
        loader, made = self.loader()
        self.hold_first(loader)
        for key in ("a", "b", "c"):
            loader.ask(key, key, 8)
        self.gate.set()
        wait_until(lambda: len(made) == 3)
        assert [key for key, _ in made] == ["first", "c", "b"]
        loader.ask("a", "a", 8)
        wait_until(lambda: len(made) == 4)

    def test_closed_loader_gives_nothing_more(self):
        loader, made = self.loader()
        self.hold_first(loader)
        loader.ask("a", "a", 8)
        loader.close()
        loader.ask("b", "b", 8)
        self.gate.set()
        loader._threads.shutdown(wait=True)
        QTest.qWait(0)
        assert made == []
        assert self.read == [("first", 8)]

    def test_thumbnails_are_made_only_for_requests_and_kept(self):
        self.monkeypatch.setattr(imagelist, "N_KEPT", 2)
        view = ImageList(16)
        self.addCleanup(view.images.close)
        model = view.images
        model.set_images([f"{n}" for n in range(50_000)], [f"{n}" for n in range(50_000)])
        assert model.rowCount() == 50_000
        thumbnail = lambda row: model.data(model.index(row), Qt.ItemDataRole.DecorationRole)  # noqa: E731
        middle = lambda row: thumbnail(row).toImage().pixelColor(8, 8).red()  # noqa: E731
        wait_until(lambda: middle(7) == 200)
        assert thumbnail(7).toImage().pixelColor(8, 1).alpha() == 0
        assert {location for location, _ in self.read} == {"7"}
        n_read = len(self.read)
        assert middle(7) == 200
        assert len(self.read) == n_read
        for row in (8, 9):
            wait_until(lambda row=row: middle(row) == 200)
        assert list(model._thumbnails) == [8, 9]

    def test_earlier_images_do_not_appear_among_later_ones(self):
        view = ImageList(16)
        self.addCleanup(view.images.close)
        model = view.images
        self.gate.clear()
        model.set_images(["old"], ["old"])
        model.data(model.index(0), Qt.ItemDataRole.DecorationRole)
        wait_until(lambda: not model._loader._waiting)
        model.set_images(["new"], ["bad"])
        self.gate.set()
        wait_until(lambda: self.read)
        QTest.qWait(0)
        assert model._thumbnails == {}


def test_image_has_the_pixels_of_the_array():
    pixels = np.arange(5 * 3 * 3, dtype=np.uint8).reshape(5, 3, 3)
    image = to_image(pixels[:, ::-1])
    assert image.pixelColor(0, 4).getRgb()[:3] == tuple(pixels[4, 2])
