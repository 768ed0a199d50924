"""Keras Network, with learners that train without Keras, and with a real training in each mode."""

import pickle
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pytest
from AnyQt.QtGui import QColor, QPalette
from AnyQt.QtWidgets import QFileDialog
from Orange.classification import MajorityLearner
from Orange.data import DiscreteVariable, Domain, StringVariable, Table
from Orange.preprocess import RemoveNaNColumns
from Orange.regression import MeanLearner
from Orange.widgets.tests import base
from Orange.widgets.tests.base import ParameterMapping, WidgetLearnerTestMixin
from Orange.widgets.tests.utils import simulate

from orangecontrib.transferlearning import BottleneckNetworkLearner, FineTuneLearner, make_recipe
from orangecontrib.transferlearning.errors import DownloadError, TrainingError, WeightsError
from orangecontrib.transferlearning.records import Skipped
from orangecontrib.transferlearning.training.history import Epoch, History, best_epoch_index
from orangecontrib.transferlearning.widgets.controls.curve_view import CurveView
from orangecontrib.transferlearning.widgets.owkerasnetwork import OWKerasNetwork

from ..drawings import SHAPES, write_drawings
from ..orange.test_head_learner import angles, flowers
from ..samples_networks import write_network

LIMIT = 600_000
"""Milliseconds for a real training, which loads TensorFlow first, on a busy machine."""


class FakeTraining:
    """A stand-in for Keras: the first epochs get better, later ones worse.

    Attributes
    ----------
    gate : threading.Event
        While it is clear, all epochs but the first two wait, so that a test can click.
    trained : list of learners
        Learners in the order of their trainings.
    seen : list of Table
        Table of each training.
    error : Exception or None
        Error that is raised in training.
    skipped : list of Skipped
        Skipped images of the fine-tuned model.
    """

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.trained, self.seen, self.error, self.skipped = [], [], None, []

    def fit(self, learner, data):
        self.trained.append(learner)
        self.seen.append(data)
        if self.error:
            raise self.error
        epochs, second_phase = [], None
        for phase, n_epochs in enumerate(learner.n_epochs, 1):
            for number in range(1, min(n_epochs, 8) + 1):
                assert self.gate.wait(20 if len(epochs) > 1 else 0) or len(epochs) < 2
                learner.callback(len(epochs) / 16)
                loss = 1 + abs(len(epochs) - 4) / 4
                is_class = data.domain.class_var.is_discrete
                numbers = [0.5, loss, 0.75] if is_class else [None, loss, None]
                epochs.append(Epoch(loss / 2, *(numbers if learner.validation_size else numbers[:1])))
                if phase == 2 and second_phase is None:
                    second_phase = len(epochs) - 1
                if learner.tell(phase, number, epochs[-1]):
                    return self.model(data, epochs, second_phase)
        return self.model(data, epochs, second_phase)

    def model(self, data, epochs, second_phase):
        model = (MajorityLearner if data.domain.class_var.is_discrete else MeanLearner)()(data)
        model.history = History(tuple(epochs), best_epoch_index(epochs), second_phase)
        model.skipped = self.skipped
        return model


@pytest.fixture
def training(monkeypatch):
    """Replace the training of learners with `FakeTraining`, and return it."""
    fake = FakeTraining()
    for learner in (BottleneckNetworkLearner, FineTuneLearner):
        monkeypatch.setattr(learner, "fit_storage", lambda learner, data: fake.fit(learner, data))
    return fake


@pytest.fixture
def drawings(tmp_path):
    """Return a table of drawings, with names and classes and without attributes."""
    root = write_drawings(tmp_path / "drawings", 6)
    image = StringVariable("image")
    image.attributes = {"type": "image", "origin": str(root)}
    names = [[f"{shape}/{number}.png"] for shape in SHAPES for number in range(6)]
    domain = Domain([], DiscreteVariable("shape", SHAPES), [image])
    return Table.from_numpy(domain, np.empty((18, 0)), np.repeat(range(3), 6).astype(float), np.array(names, object))


class TestOWKerasNetworkAsLearner(WidgetLearnerTestMixin, base.WidgetTest):
    """Orange's tests of the widget of any learner."""

    @pytest.fixture(autouse=True)
    def use_fixtures(self, training):
        self.training = training

    def setUp(self):
        self.widget = self.create_widget(OWKerasNetwork)
        self.init()
        self.valid_datasets = (flowers()[:40], angles()[:20])
        self.data, self.inadequate_dataset = self.valid_datasets[0], ()
        spins = self.widget.head_box.fields | self.widget.validation_box.fields
        self.parameters = [ParameterMapping(name, spins[name]) for name in ("hidden", "epochs", "seed")]
        from Orange.base import Learner, Model

        self.learner_class, self.model_class = Learner, Model

    def wait_until_stop_blocking(self, widget=None, wait=20_000):
        self.wait_until_finished(widget=widget, timeout=wait)

    def test_output_model_name(self):
        self.send_signal(self.widget.Inputs.data, self.data)
        self.wait_until_finished()
        assert self.get_output(self.widget.Outputs.model).name == "Keras Network"
        self.widget.name_line_edit.setText("Mine")
        self.click_apply()
        self.wait_until_finished()
        assert self.get_output(self.widget.Outputs.model).name == "Mine"


class TestOWKerasNetwork(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, training, drawings):
        self.training = training
        self.drawings = drawings

    def setUp(self):
        self.widget = self.create_widget(OWKerasNetwork)

    def tearDown(self):
        self.training.gate.set()
        super().tearDown()

    def train(self, table):
        self.send_signal(self.widget.Inputs.data, table)
        self.wait_until_finished(timeout=20_000)
        return self.get_output(self.widget.Outputs.model), self.get_output(self.widget.Outputs.history)

    def hold(self, table):
        """Start a training and hold it after two epochs."""
        self.training.gate.clear()
        self.send_signal(self.widget.Inputs.data, table)
        self.process_events(lambda: len(self.widget._epochs) == 2, timeout=20_000)

    def choose(self, title):
        simulate.combobox_activate_item(self.widget.mode_combo, title)

    def messages(self):
        return [str(message) for group in self.widget.message_groups for message in group.active]

    def test_small_network_gives_a_model_and_its_history(self):
        model, history = self.train(flowers())
        assert model.name == "Keras Network"
        assert len(history) == 8
        assert [str(row["kept"]) for row in history].index("yes") == 4
        assert history[4]["val_loss"] == 1
        assert self.widget.status.label.text() == "Epoch 5 of 8 kept: accuracy 75.0%, loss 1.000 in validation"
        learner = self.get_output(self.widget.Outputs.learner)
        assert isinstance(learner, BottleneckNetworkLearner)
        assert (learner.tell, learner.callback, learner.validation_size) == (None, None, 0.2)

    def test_fine_tuning_takes_images_without_attributes_and_shows_both_phases(self):
        self.choose("Fine-tune the network on images")
        model, history = self.train(self.drawings)
        assert isinstance(self.get_output(self.widget.Outputs.learner), FineTuneLearner)
        assert model is not None
        assert [str(row["phase"]) for row in history] == ["head"] * 8 + ["fine-tuning"] * 8
        for chart in self.widget.view.charts.values():
            assert chart.border.isVisible()
            assert chart.border.value() == 8.5
        assert not self.messages()

    def test_settings_reach_the_learner(self):
        self.widget.head_box.fields["hidden"].setValue(7)
        self.widget.head_box.fields["learning_rate"].setValue(0.02)
        self.widget.validation_box.fields["validation_size"].setValue(0.4)
        self.widget.validation_box.fields["balanced"].setChecked(True)
        learner = self.get_output(self.widget.Outputs.learner)
        assert (learner.hidden, learner.learning_rate) == (7, 0.02)
        assert (learner.validation_size, learner.balanced) == (0.4, True)
        self.choose("Fine-tune the network on images")
        simulate.combobox_activate_item(self.widget.tuning_box.backbone_combo, "MobileNet")
        self.widget.tuning_box.fields["rotation"].setValue(10)
        self.widget.tuning_box.fields["flip"].setChecked(True)
        learner = self.get_output(self.widget.Outputs.learner)
        recipe, augmentation = learner.recipe, learner.recipe.tuning.augmentation
        assert (recipe.backbone, augmentation.rotation, augmentation.flip) == ("MobileNet", 10, True)
        assert (recipe.head.hidden, recipe.head.balanced, recipe.tuning.balanced) == (0, True, True)
        assert learner.validation_size == 0.4

    def test_default_settings_are_those_of_the_learners(self):
        box, learner = self.widget.head_box, BottleneckNetworkLearner()
        assert box.values == {name: learner.params[name] for name in box.values}
        values = self.widget.tuning_box.values
        assert values.pop("column") is FineTuneLearner().column
        assert make_recipe(**values) == FineTuneLearner().recipe

    def test_settings_are_names_and_are_restored(self):
        self.choose("Fine-tune the network on images")
        simulate.combobox_activate_item(self.widget.tuning_box.backbone_combo, "MobileNet")
        self.widget.head_box.fields["epochs"].setValue(12)
        packed = self.widget.settingsHandler.pack_data(self.widget)
        assert (packed["mode"], packed["tuning_box"]["backbone"]) == ("fine-tune", "MobileNet")
        widget = self.create_widget(OWKerasNetwork, stored_settings=packed)
        assert widget.mode_combo.currentText() == "Fine-tune the network on images"
        assert widget.tuning_box.backbone_combo.currentText() == "MobileNet"
        assert widget.head_box.fields["epochs"].value() == 12
        assert widget.tuning_box.isVisibleTo(widget)
        assert not widget.head_box.isVisibleTo(widget)

    def two_columns(self):
        """Return the drawings with another text column before the image column."""
        domain = self.drawings.domain
        metas = (StringVariable("note"), *domain.metas)
        table = self.drawings.transform(Domain([], domain.class_var, metas))
        with table.unlocked(table.metas):
            table.metas[:, 0] = [f"{shape}/0.png" for shape in SHAPES for _ in range(6)]
        return table

    def test_image_column_is_chosen_and_remembered_for_the_domain(self):
        self.choose("Fine-tune the network on images")
        box, table = self.widget.tuning_box, self.two_columns()
        assert box.image_column is None
        self.train(table)
        assert box.image_column.name == "image"
        assert self.training.trained[-1].column is None  # The first column, whatever its name in another table.
        simulate.combobox_activate_item(box.column_combo, "note")
        self.wait_until_finished(timeout=20_000)
        assert self.training.trained[-1].column == "note"
        assert self.get_output(self.widget.Outputs.learner).column == "note"
        self.train(self.drawings)
        assert box.image_column.name == "image"
        assert self.get_output(self.widget.Outputs.learner).column is None
        self.train(table)
        assert (box.image_column.name, self.training.trained[-1].column) == ("note", "note")
        packed = self.widget.settingsHandler.pack_data(self.widget)
        widget = self.create_widget(OWKerasNetwork, stored_settings=packed)
        self.send_signal(widget.Inputs.data, table, widget=widget)
        self.wait_until_finished(widget=widget, timeout=20_000)
        assert widget.tuning_box.column_combo.currentText() == "note"
        self.train(None)
        assert box.image_column is None
        assert not self.messages()

    def test_steps_and_weights_reach_the_learner_as_plain_values(self):
        self.choose("Fine-tune the network on images")
        box = self.widget.tuning_box
        box.steps_row.add("gray")
        box.steps_row.add("mirror")
        learner = self.get_output(self.widget.Outputs.learner)
        assert (learner.recipe.steps, learner.recipe.weights) == (("gray", "mirror"), "imagenet")
        simulate.combobox_activate_item(box.weights_combo, "Random")
        assert self.get_output(self.widget.Outputs.learner).recipe.weights is None
        assert self.widget.Information.random_weights.is_shown()
        self.choose("Small network (head) on features")
        assert not self.widget.Information.random_weights.is_shown()
        self.choose("Fine-tune the network on images")
        self.widget.send_report()
        for words in ("gray mirror", "Random"):
            assert words in self.widget.report_html

    def test_weights_file_is_chosen_shown_and_used(self):
        self.choose("Fine-tune the network on images")
        box = self.widget.tuning_box
        assert box.file_row.isHidden()
        simulate.combobox_activate_item(box.weights_combo, "From a file")
        assert not box.file_row.isHidden()
        assert self.get_output(self.widget.Outputs.learner) is None
        assert self.train(self.drawings) == (None, None)
        assert str(self.widget.Error.weights) == "No weights file is chosen: press Browse."
        with patch.object(QFileDialog, "getOpenFileName", return_value=("/somewhere/own.weights.h5", "")):
            box.browse_button.click()
        self.wait_until_finished(timeout=20_000)
        assert not self.messages()
        assert self.training.trained[-1].recipe.weights == "/somewhere/own.weights.h5"
        assert box.file_edit.text() == "own.weights.h5"
        simulate.combobox_activate_item(box.weights_combo, "ImageNet")
        assert self.get_output(self.widget.Outputs.learner).recipe.weights == "imagenet"

    def lose_images(self):
        """Return the drawings and their folder, with another place in the table."""
        column = self.drawings.domain["image"].copy()
        origin = column.attributes["origin"]
        column.attributes = {"type": "image", "origin": "/no/such/place"}
        return self.drawings.transform(Domain([], self.drawings.domain.class_var, [column])), origin

    def test_lost_images_are_found_in_a_folder_that_is_chosen_when_they_are_needed(self):
        row = self.widget.tuning_box.folder_row
        lost, folder = self.lose_images()
        self.send_signal(self.widget.Inputs.data, lost)
        assert row.isHidden()
        simulate.combobox_activate_item(self.widget.mode_combo, "Fine-tune the network on images")
        self.wait_until_finished()
        assert row.label.text() == "No image was found at its place; choose the folder where they are."
        with patch.object(QFileDialog, "getExistingDirectory", return_value=folder):
            row.button.click()
        self.wait_until_finished()
        assert row.label.text() == f"Images were found within {folder}."
        data = self.training.seen[-1]
        assert data.domain["image"].attributes["origin"] == folder
        assert self.widget.tuning_box.image_column is data.domain["image"]
        self.widget.send_report()
        assert folder in self.widget.report_html
        simulate.combobox_activate_item(self.widget.mode_combo, "Small network (head) on features")
        assert self.widget.data is lost
        self.wait_until_finished()
        saved = self.widget.settingsHandler.pack_data(self.widget) | {"mode": "fine-tune"}
        self.widget = self.create_widget(OWKerasNetwork, stored_settings=saved)
        self.train(lost)
        assert self.training.seen[-1].domain["image"].attributes["origin"] == folder

    def test_folder_of_images_moves_with_the_workflow(self):
        saved = {"tuning_box": {"folder_row": {"image_folder": ["/before/shots", "basedir", "shots", "", "", None]}}}
        with TemporaryDirectory() as folder:
            Path(folder, "shots").mkdir()
            with patch("orangewidget.widget.OWBaseWidget.workflowEnv", return_value={"basedir": folder}):
                widget = self.create_widget(OWKerasNetwork, stored_settings=saved)
                assert widget.tuning_box.folder_row.path == str(Path(folder, "shots"))
            Path(folder, "shots").rename(Path(folder, "later"))
            with patch.object(widget, "workflowEnv", return_value={"basedir": str(Path(folder, "later"))}):
                widget.workflowEnvChanged("basedir", str(Path(folder, "later")), folder)
            assert widget.tuning_box.folder_row.image_folder[1:3] == ["basedir", "shots"]

    def test_weights_file_moves_with_the_workflow(self):
        path = ["/before/own.h5", "basedir", "own.h5", "", "", None]
        settings = {"mode": "fine-tune", "tuning_box": {"weights": "file", "weights_file": path}}
        with TemporaryDirectory() as folder:
            Path(folder, "own.h5").touch()
            with patch("orangewidget.widget.OWBaseWidget.workflowEnv", return_value={"basedir": folder}):
                widget = self.create_widget(OWKerasNetwork, stored_settings=settings)
            assert widget.tuning_box.weights_path == str(Path(folder, "own.h5"))

    def test_settings_of_an_earlier_version_are_taken(self):
        settings = {"mode": "fine-tune", "tuning_box": {"backbone": "MobileNet", "epochs": 7}, "__version__": 1}
        widget = self.create_widget(OWKerasNetwork, stored_settings=settings)
        learner = self.get_output(widget.Outputs.learner, widget=widget)
        assert (learner.recipe.backbone, learner.recipe.tuning.epochs) == ("MobileNet", 7)
        assert (learner.recipe.weights, learner.recipe.steps, learner.column) == ("imagenet", (), None)

    def test_unknown_backbone_in_a_workflow_is_shown(self):
        widget = self.create_widget(
            OWKerasNetwork, stored_settings={"mode": "fine-tune", "tuning_box": {"backbone": "VGG61"}}
        )
        assert widget.tuning_box.backbone_combo.currentIndex() == -1
        assert self.get_output(widget.Outputs.learner, widget=widget).recipe.backbone == "VGG61"

    def test_curves_grow_while_it_trains_and_the_best_is_marked(self):
        self.hold(flowers())
        assert self.widget.model is None
        charts = self.widget.view.charts
        self.process_events(lambda: "epoch 2" in self.widget.view._legend.text, timeout=20_000)
        np.testing.assert_array_equal(charts["loss"].training.getData(), [[1, 2], [1, 0.875]])
        np.testing.assert_array_equal(charts["loss"].validation.getData(), [[1, 2], [2, 1.75]])
        np.testing.assert_array_equal(charts["accuracy"].validation.getData(), [[1, 2], [0.75, 0.75]])
        assert "best so far: epoch 2" in self.widget.view._legend.text
        self.process_events(lambda: self.widget.status.label.text() == "Epoch 2 of at most 100", timeout=20_000)
        self.training.gate.set()
        self.wait_until_finished(timeout=20_000)
        assert len(charts["loss"].training.getData()[0]) == 8
        assert "kept: epoch 5 (lowest validation loss)" in self.widget.view._legend.text

    def test_stop_keeps_the_best_so_far(self):
        self.hold(flowers())
        assert not self.widget.stop_button.isHidden()
        self.widget.stop_button.click()
        assert not self.widget.stop_button.isEnabled()
        self.training.gate.set()
        self.wait_until_finished(timeout=20_000)
        assert len(self.get_output(self.widget.Outputs.history)) == 3
        assert self.get_output(self.widget.Outputs.model) is not None
        assert self.widget.stop_button.isHidden() and self.widget.status.button.isHidden()
        assert len(self.train(flowers())[1]) == 8

    def test_cancel_gives_nothing_and_apply_trains_again(self):
        self.hold(flowers())
        self.widget.status.button.click()
        assert self.widget.task is None
        assert self.widget.status.label.text() == "Cancelled"
        assert self.get_output(self.widget.Outputs.model, wait=0) is None
        assert self.widget.stop_button.isHidden()
        self.training.gate.set()
        self.widget.apply_button.button.click()
        self.wait_until_finished(timeout=20_000)
        assert self.get_output(self.widget.Outputs.model) is not None
        assert not self.widget.apply_button.button.isEnabled()

    def test_new_data_and_new_settings_end_a_training(self):
        self.hold(flowers())
        self.widget.head_box.fields["epochs"].setValue(3)
        self.training.gate.set()
        self.wait_until_finished(timeout=20_000)
        assert len(self.get_output(self.widget.Outputs.history)) == 3
        self.hold(flowers())
        assert self.train(None) == (None, None)
        assert self.widget._epochs == []

    def test_settings_wait_for_apply_without_auto_apply(self):
        self.widget.controls.auto_apply.click()
        self.train(flowers())
        self.widget.head_box.fields["epochs"].setValue(3)
        assert self.widget.Warning.outdated_learner.is_shown()
        assert len(self.training.trained) == 1
        self.widget.apply_button.button.click()
        self.wait_until_finished(timeout=20_000)
        assert len(self.get_output(self.widget.Outputs.history)) == 3

    def test_name_is_given_without_another_training(self):
        self.train(flowers())
        self.widget.learner_name = "Mine"
        self.widget.learner_name_changed()
        assert self.get_output(self.widget.Outputs.model).name == "Mine"
        assert self.get_output(self.widget.Outputs.learner).name == "Mine"
        assert len(self.training.trained) == 1

    def test_data_that_cannot_be_learned_from_is_an_error(self):
        table = flowers()
        domain = table.domain
        for odd, words in (
            (table.transform(Domain(domain.attributes)), "no target variable"),
            (table[:0], "no rows"),
            (table[:5], "nothing to learn"),
            (self.drawings, "embed the images first"),
        ):
            assert self.train(odd) == (None, None)
            assert words in self.messages()[0]
        self.choose("Fine-tune the network on images")
        assert not self.messages()
        self.wait_until_finished(timeout=20_000)
        self.train(Table("iris"))
        assert "column of images" in self.messages()[0]
        self.train(None)
        assert not self.messages()
        assert len(self.training.trained) == 1  # The drawings, after their mode was chosen.

    def test_errors_of_training_are_shown(self):
        for error, words in (
            (TrainingError("too few"), "too few"),
            (WeightsError("no weights"), "no weights"),
            (MemoryError(), "memory"),
        ):
            self.training.error = error
            assert self.train(flowers()) == (None, None)
            assert words in self.messages()[0]
            assert self.widget.stop_button.isHidden()
        self.training.error = None
        assert self.train(flowers())[0] is not None
        assert not self.messages()

    def test_failed_download_can_be_tried_again(self):
        self.training.error = DownloadError("no connection")
        self.train(flowers())
        assert self.widget.status.reason.text() == "no connection"
        assert not self.widget.status.retry_button.isHidden()
        self.training.error = None
        self.widget.controls.auto_apply.setChecked(False)
        self.widget.head_box.fields["hidden"].setValue(7)
        self.widget.status.retry_button.click()
        self.wait_until_finished(timeout=20_000)
        assert self.get_output(self.widget.Outputs.model) is not None
        assert self.training.trained[-1].hidden == 7
        assert self.widget.status.retry_button.isHidden()
        assert not self.messages()

    def test_unexpected_error_is_left_to_orange(self):
        self.training.error = KeyError("odd")
        with patch("sys.excepthook") as hook:
            self.train(flowers())
            self.process_events(lambda: hook.called, timeout=20_000)
        assert hook.call_args[0][0] is KeyError
        assert not self.widget.isInvalidated()

    def test_images_that_could_not_be_read_are_a_warning(self):
        self.choose("Fine-tune the network on images")
        self.training.skipped = [Skipped(f"row {row} (disk/{row}.png)", "no such file") for row in (3, 5)]
        self.train(self.drawings)
        assert str(self.widget.Warning.images_skipped) == (
            "2 images not read; the first is in row 3 (disk/3.png): no such file."
        )
        self.training.skipped = []
        self.train(self.drawings[:10])
        assert not self.messages()

    def test_numbers_have_a_loss_only(self):
        model, history = self.train(angles())
        assert model is not None
        assert np.isnan(history.get_column("accuracy")).all()
        assert not self.widget.view.charts["accuracy"].isVisible()
        assert self.widget.status.label.text() == "Epoch 5 of 8 kept: loss 1.000 in validation"
        self.train(flowers())
        assert self.widget.view.charts["accuracy"].isVisible()

    def test_without_validation_the_last_epoch_is_kept(self):
        self.widget.validation_box.fields["validation_size"].setValue(0)
        self.train(flowers())
        assert self.widget.status.label.text() == "Epoch 8 of 8 kept: accuracy 50.0%, loss 0.875 in training"
        assert "kept: epoch 8 (last epoch)" in self.widget.view._legend.text
        assert "validation" not in self.widget.view._legend.text

    def test_best_epoch_can_be_chosen_by_accuracy(self):
        combo = self.widget.validation_box.fields["best_by"]
        assert [combo.itemText(index) for index in range(combo.count())] == ["Lowest loss", "Highest accuracy"]
        simulate.combobox_activate_item(combo, "Highest accuracy")
        assert ("Best by", "Highest accuracy") in self.widget.get_learner_parameters()
        self.train(flowers())
        assert self.get_output(self.widget.Outputs.learner).best_by == "accuracy"
        self.choose("Fine-tune the network on images")
        self.train(self.drawings)
        recipe = self.get_output(self.widget.Outputs.learner).recipe
        assert (recipe.head.best_by, recipe.tuning.best_by) == ("accuracy", "accuracy")

    def test_preprocessor_is_used(self):
        preprocessor = RemoveNaNColumns()
        self.send_signal(self.widget.Inputs.preprocessor, preprocessor)
        assert self.get_output(self.widget.Outputs.learner).preprocessors == (preprocessor,)
        assert self.widget.Information.ignored_preprocessors.is_shown()

    def test_report_names_settings_and_result(self):
        self.widget.send_report()
        self.train(flowers())
        self.widget.report_html = ""
        self.widget.send_report()
        for words in ("(head) on features", "Learning rate", "0.003", "Validation", "Epoch 5 of 8", "<img"):
            assert words in self.widget.report_html


class TestCurveView(base.GuiTest):
    def test_colors_follow_the_theme(self):
        view = CurveView()
        light = view.charts["loss"].training.opts["pen"].color()
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Base, QColor("#202020"))
        view.setPalette(palette)
        dark = view.charts["loss"].training.opts["pen"].color()
        assert dark.lightness() > light.lightness() + 20

    def test_ticks_are_whole_epochs_and_percentages(self):
        view = CurveView()
        bottom, left = view.charts["loss"].getAxis("bottom"), view.charts["accuracy"].getAxis("left")
        assert bottom.tickValues(0.5, 2.5, 300) == []
        view.show_epochs([Epoch(1 / n) for n in (1, 2)])
        assert bottom.tickValues(0.5, 2.5, 300) == [(1, [1, 2])]
        assert left.tickStrings([0.5, 0.75], 1, 0.25) == ["50%", "75%"]
        assert left.tickStrings([0.992], 1, 0.002) == ["99.2%"]

    def test_spins_show_no_zeros_at_the_end(self):
        widget = OWKerasNetwork()
        assert widget.head_box.fields["learning_rate"].text() == "0.003"
        assert widget.tuning_box.fields["learning_rate"].text() == "0.0001"
        assert widget.head_box.fields["dropout"].text() == "0"
        widget.onDeleteWidget()


class TestRealTraining(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, drawings, tmp_path):
        self.drawings = drawings
        self.path = write_network(tmp_path / "small.keras")

    def train(self, table, **settings):
        widget = self.create_widget(OWKerasNetwork, stored_settings=settings)
        self.send_signal(widget.Inputs.data, table, widget=widget)
        self.wait_until_finished(widget=widget, timeout=LIMIT)
        assert not widget.Error.active
        outputs = widget.Outputs
        return self.get_output(outputs.model, widget=widget), self.get_output(outputs.history, widget=widget), widget

    def test_small_network_learns_classes(self):
        table = flowers()
        model, history, widget = self.train(table, head_box={"epochs": 30, "learning_rate": 0.05})
        np.testing.assert_array_equal(model(table), table.Y)
        assert len(history) == len(widget._epochs) > 5
        assert history[-1]["loss"] < history[0]["loss"]
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(model))(table), table.Y)

    def test_network_of_a_file_is_fine_tuned_on_changed_images(self):
        settings = {"epochs": 3, "head_epochs": 15, "unfreeze": 2, "learning_rate": 0.001, "steps": "mirror"}
        settings |= {"weights": "file", "weights_file": [str(self.path), None, None, "", "", None]}
        model, history, _ = self.train(self.drawings, mode="fine-tune", tuning_box=settings)
        assert (model(self.drawings) == self.drawings.Y).mean() > 0.7
        assert history.get_column("phase").tolist() == [0] * 15 + [1] * 3
        assert history.get_column("kept").sum() == 1
        assert "steps=mirror" in model.fingerprint
        assert model.params["recipe"].weights == str(self.path)
