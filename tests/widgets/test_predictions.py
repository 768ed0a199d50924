"""Raw tables of images in Orange's Predictions, with models trained on features."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from AnyQt.QtCore import QCoreApplication, QTimer
from AnyQt.QtWidgets import QApplication, QProgressDialog, QPushButton
from Orange.base import Model
from Orange.classification import LogisticRegressionLearner
from Orange.widgets.evaluate.owpredictions import OWPredictions
from Orange.widgets.model.owsavemodel import OWSaveModel
from Orange.widgets.tests import base
from PIL import Image

from orangecontrib.transferlearning import Embedder, embed_table
from orangecontrib.transferlearning.orange.models import make_model
from orangecontrib.transferlearning.training.training import train
from orangecontrib.transferlearning.waiting import process_events, wait_for
from orangecontrib.transferlearning.widgets.controls import wait_awake as waiting

from ..samples_tables import image_table

IN_ANOTHER_PROCESS = """
import sys
import numpy as np
from AnyQt.QtWidgets import QApplication
from Orange.base import Model
from Orange.data import Table
from Orange.widgets.evaluate.owpredictions import OWPredictions
from Orange.widgets.model.owloadmodel import OWLoadModel
from Orange.widgets.tests.base import WidgetTest

import orangecontrib.transferlearning.widgets  # The canvas imports it when it starts.

class Run(WidgetTest):
    def runTest(self):
        model_file, table_file, out = sys.argv[1:4]
        load = self.create_widget(OWLoadModel)
        load.add_path(model_file)
        load.open_file()
        widget = self.create_widget(OWPredictions)
        self.send_signal(widget.Inputs.data, Table(table_file), widget=widget)
        self.send_signal(widget.Inputs.predictors, self.get_output(load.Outputs.model, widget=load), widget=widget)
        assert not widget.Error.predictor_failed.is_shown(), str(widget.Error.predictor_failed)
        found = self.get_output(widget.Outputs.annotated, widget=widget)
        model = widget.predictors[0]
        np.save(out, model.results.unmapped_probabilities)
        print(*sorted({"keras", "tensorflow"} & set(sys.modules)))

Run.setUpClass()
run = Run()
run.setUp()
run.runTest()
"""


def draw_stripes(folder, n_each, seed):
    """Return a table of images with horizontal and vertical stripes, with noise."""
    random = np.random.default_rng(seed)
    table = image_table(folder, 2 * n_each)
    for number in range(2 * n_each):
        wave = 127 + 80 * np.sin(np.arange(96) / random.uniform(2, 6) + random.uniform(0, 6))
        gray = np.broadcast_to(wave[:, None] if number % 2 else wave[None, :], (96, 96))
        noisy = np.clip(gray + random.normal(0, 25, (96, 96)), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{number}.png")
    return table


class TestSavedModel(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, tmp_path, cache_folder):
        self.folder = tmp_path
        # The converted network is in this folder, as for a user who has embedded images before.
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "Orange").symlink_to(cache_folder, target_is_directory=True)

    def save(self, model):
        widget = self.create_widget(OWSaveModel)
        widget.auto_save = False
        self.send_signal(widget.Inputs.model, model, widget=widget)
        widget.filename = str(self.folder / "model.pkcls")
        widget.do_save()
        return widget.filename

    @pytest.mark.thorough
    def test_raw_images_in_a_new_process_get_the_probabilities_of_embedded_ones(self):
        embedder = Embedder("SqueezeNet")
        trained, _ = embed_table(draw_stripes(self.folder / "training", 8, 0), embedder)
        new = draw_stripes(self.folder / "new", 4, 1)
        model = LogisticRegressionLearner()(trained)
        expected = model(embed_table(new, embedder)[0], Model.Probs)
        raw, found = self.folder / "new.tab", self.folder / "found.npy"
        new.save(str(raw))
        done = subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS, self.save(model), raw, found],
            env=os.environ | {"XDG_CACHE_HOME": str(self.folder / "home")},
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        np.testing.assert_allclose(np.load(found), expected, atol=1e-4)
        assert (expected.argmax(axis=1) == new.Y).mean() > 0.7
        assert os.path.getsize(self.folder / "model.pkcls") < 2_000_000


@pytest.mark.usefixtures("networks")
class TestPredictions(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, networks, tmp_path, monkeypatch):
        self.networks = networks
        self.folder = tmp_path
        self.monkeypatch = monkeypatch

    def setUp(self):
        self.embedder = Embedder("SqueezeNet", batch_size=2)  # It is known while this reference exists.
        self.training, _ = embed_table(image_table(self.folder / "training"), self.embedder)
        self.predictions = self.create_widget(OWPredictions)

    def predict(self, table, model):
        self.send_signal(self.predictions.Inputs.data, table, widget=self.predictions)
        self.send_signal(self.predictions.Inputs.predictors, model, widget=self.predictions)
        return self.get_output(self.predictions.Outputs.annotated, widget=self.predictions)

    def own_model(self):
        labels = ["dark" if value == 0 else "light" for value in self.training.Y]
        names = [v.name for v in self.training.domain.attributes]
        training = train(self.training.X.astype(np.float32), labels, n_folds=2)
        return make_model(training, "kind", names, "fake")

    def test_own_model_takes_raw_images(self):
        table = image_table(self.folder / "new", 6, shift=5)
        predictions = self.predict(table, self.own_model())
        np.testing.assert_array_equal(predictions.get_column("Logistic regression"), table.Y)

    def test_own_model_shows_an_error_for_a_table_without_images(self):
        table = image_table(self.folder / "new", 6)
        table.domain["image"].attributes.pop("type")
        self.predict(table, self.own_model())
        error = str(self.predictions.Error.predictor_failed)
        assert "neither the model's features nor images" in error
        assert "marked as images (type=image); text columns are: note, image" in error

    def test_own_model_shows_an_error_if_no_image_can_be_read(self):
        table = image_table(self.folder / "new", 6)
        for path in (self.folder / "new").iterdir():
            path.unlink()
        self.predict(table, self.own_model())
        assert "0.png: no such file" in str(self.predictions.Error.predictor_failed)

    def test_window_responds_while_images_are_embedded(self):
        self.monkeypatch.setattr(waiting, "PATIENCE", 0.05)
        model = LogisticRegressionLearner()(self.training)
        seen = []

        def look():
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, QProgressDialog):
                seen.append((dialog.labelText(), dialog.isVisible()))
                self.networks.gate.set()

        timer = QTimer()
        timer.timeout.connect(look)
        timer.start(5)
        self.networks.gate.clear()
        table = image_table(self.folder / "new", 6, shift=5)
        predictions = self.predict(table, model)
        timer.stop()
        assert seen
        assert seen[0][1]
        assert "Embedding the images of" in seen[0][0]
        assert len(predictions) == 6
        assert QApplication.activeModalWidget() is None

    def test_cancel_is_an_error_of_the_widget_and_not_a_crash(self):
        self.monkeypatch.setattr(waiting, "PATIENCE", 0.05)
        model = LogisticRegressionLearner()(self.training)

        def click():
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, QProgressDialog):
                dialog.findChild(QPushButton).click()
                self.networks.gate.set()

        timer = QTimer()
        timer.timeout.connect(click)
        timer.start(5)
        self.networks.gate.clear()
        n_before = len(self.networks.batches)
        self.predict(image_table(self.folder / "new", 12, shift=5), model)
        timer.stop()
        assert "cancelled" in str(self.predictions.Error.predictor_failed)
        assert len(self.networks.batches) - n_before < 6


class TestWaiting(base.GuiTest):
    def test_work_is_done_in_another_thread_and_its_result_and_errors_return(self):
        here = threading.get_ident()
        assert wait_for(lambda callback: threading.get_ident(), "work") != here
        with pytest.raises(ZeroDivisionError):
            wait_for(lambda callback: 1 / 0, "work")

    def test_in_another_thread_work_is_done_at_once(self):
        found = []

        def work():
            here = threading.get_ident()
            found.append(wait_for(lambda callback: (callback, threading.get_ident()), "work") == (None, here))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert found == [True]

    def test_quick_work_shows_no_dialog_and_is_not_waited_for_longer(self):
        start = time.monotonic()
        assert wait_for(lambda callback: QApplication.activeModalWidget(), "work") is None
        assert time.monotonic() - start < waiting.PATIENCE


class TestProcessEvents(base.GuiTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, monkeypatch):
        self.monkeypatch = monkeypatch

    def setUp(self):
        QCoreApplication.processEvents()
        self.timer, self.ticks = QTimer(interval=0), []
        self.timer.timeout.connect(lambda: self.ticks.append(1))
        self.timer.start()

    def tearDown(self):
        self.timer.stop()

    def test_long_work_lets_the_window_respond(self):
        self.monkeypatch.setattr(waiting, "MAX_BUSY_SECONDS", -1)
        for _ in range(6):
            process_events()
        assert len(self.ticks) == 3  # At every other call, as the time starts again after the window has responded.

    def test_quick_work_is_not_interrupted(self):
        self.monkeypatch.setattr(waiting, "MAX_BUSY_SECONDS", 1000)
        for _ in range(6):
            process_events()
        assert self.ticks == []

    def test_other_threads_do_not_affect_the_window(self):
        self.monkeypatch.setattr(waiting, "MAX_BUSY_SECONDS", -1)
        thread = threading.Thread(target=lambda: [process_events() for _ in range(6)])
        thread.start()
        thread.join()
        assert self.ticks == []
