"""Messages of each widget if the settings of Keras are wrong, or TensorFlow is not installed."""

import sys

import pytest
from Orange.data import Table
from Orange.widgets.tests import base

from orangecontrib.transferlearning.explain import layer_view
from orangecontrib.transferlearning.widgets.owcomparenetworks import OWCompareNetworks
from orangecontrib.transferlearning.widgets.owfeaturemaps import OWFeatureMaps
from orangecontrib.transferlearning.widgets.owimagenetpredictions import OWImageNetPredictions
from orangecontrib.transferlearning.widgets.owkerasembedding import OWKerasEmbedding
from orangecontrib.transferlearning.widgets.owkerasnetwork import OWKerasNetwork

from ..conftest import forget_embedders

SETTINGS = {
    "unknown": (
        "theano",
        "",
        "The environment variable KERAS_BACKEND is 'theano', not one of tensorflow, jax, torch, openvino: name one of "
        "these, or unset it.",
    ),
    "not installed": (
        "jax",
        "",
        "The environment variable KERAS_BACKEND is 'jax', which is not installed: `pip install jax`, or unset it.",
    ),
    "broken file": ("", "{", "The settings of Keras cannot be read from {path} (Expecting property name enclosed in"),
}


class TestMessages(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, images, tmp_path, monkeypatch):
        forget_embedders(monkeypatch)
        monkeypatch.setattr(layer_view._NetworkCache, "networks", {})
        self.images = images
        self.monkeypatch = monkeypatch
        self.home = tmp_path

    def set_keras(self, backend, text):
        self.monkeypatch.setenv("KERAS_BACKEND", backend)
        self.monkeypatch.setenv("KERAS_HOME", str(self.home))
        self.monkeypatch.setitem(sys.modules, "jax", None)  # As if it was not installed.
        (self.home / "keras.json").write_text(text or "{}")

    def last_line_of(self, kind):
        """Send data to a widget, wait, and return the last line of its one error."""
        stored = {"cross_validation_box": {"n_folds": 3}} if kind is OWCompareNetworks else None
        widget = self.create_widget(kind, stored_settings=stored)
        name, data = ("Data", Table("iris")) if kind is OWKerasNetwork else ("Images", self.images)
        self.send_signal(name, data, widget=widget)
        self.wait_until_finished(widget=widget, timeout=20_000)
        (error,) = map(str, widget.Error.active)
        *title, line = error.splitlines()
        assert title == (["Fitting failed."] if kind is OWKerasNetwork else [])
        return line

    def test_wrong_settings_of_keras_are_reported_in_one_line(self):
        for backend, text, message in SETTINGS.values():
            self.set_keras(backend, text)
            message = message.replace("{path}", str(self.home / "keras.json"))
            for kind in (OWKerasEmbedding, OWImageNetPredictions, OWFeatureMaps, OWKerasNetwork, OWCompareNetworks):
                with self.subTest(kind=kind.__name__, backend=backend):
                    assert self.last_line_of(kind).startswith(message)

    def test_widgets_that_need_tensorflow_ask_for_it(self):
        self.monkeypatch.setitem(sys.modules, "tensorflow", None)
        self.set_keras("", "")
        for kind in (OWFeatureMaps, OWKerasNetwork):
            with self.subTest(kind=kind.__name__):
                assert self.last_line_of(kind).startswith("This needs TensorFlow, which is not installed: `pip install")
