"""Explain Image, with colors of the images as maps, and without TensorFlow."""

from unittest.mock import patch

import numpy as np
import pytest
from AnyQt.QtWidgets import QFileDialog
from Orange.classification import LinearSVMLearner, LogisticRegressionLearner, RandomForestLearner
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Table
from Orange.regression import LinearRegressionLearner
from Orange.widgets.tests import base
from Orange.widgets.tests.utils import simulate
from PIL import Image

from orangecontrib.transferlearning import Embedder, embed_table
from orangecontrib.transferlearning.embedding import known_embedders
from orangecontrib.transferlearning.errors import WeightsError
from orangecontrib.transferlearning.widgets.owexplainimage import OWExplainImage

from ..samples_tables import with_images


class TestOWExplainImage(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, map_networks, images, tmp_path, monkeypatch):
        self.networks = map_networks
        monkeypatch.setattr(known_embedders, "FeatureCache", lambda path: None)
        self.images = images
        self.folder = tmp_path
        self.embedded, _ = embed_table(images, Embedder("SqueezeNet"))

    def setUp(self):
        self.widget = self.create_widget(OWExplainImage)

    def tearDown(self):
        self.networks.gate.set()
        super().tearDown()

    def explain(self, model, table, widget=None):
        widget = widget or self.widget
        self.send_signals([(widget.Inputs.model, model), (widget.Inputs.images, table)], widget=widget)
        self.wait_until_finished(widget=widget, timeout=20_000)

    def logistic(self, table=None):
        return LogisticRegressionLearner()(self.embedded if table is None else table)

    @property
    def predictions(self):
        return self.get_output(self.widget.Outputs.predictions)

    @property
    def evidence(self):
        return self.widget.shown.evidence

    def test_evidence_for_the_predicted_class_is_shown_exactly(self):
        model = self.logistic()
        self.explain(model, self.images)
        assert self.evidence.name == "red"
        assert self.evidence.is_exact
        decision = model.skl_model.decision_function(self.embedded.transform(model.domain).X)
        sign = 1 if model.domain.class_var.values[1] == "red" else -1
        assert self.evidence.score == pytest.approx(sign * decision[0], rel=1e-4)
        assert "exactly as in the logistic regression" in self.widget.summary.text()
        assert f"{self.evidence.score:.3g}" in self.widget.summary.text()

    def test_mean_of_the_heat_map_is_the_decision_value(self):
        split = np.zeros((8, 8, 3), np.uint8)
        split[:, :4, 0], split[:, 4:, 2] = 250, 250
        Image.fromarray(split).save(self.folder / "0.png")
        self.explain(self.logistic(), self.images)
        values = self.evidence.values + self.evidence.intercept
        assert self.widget.view.limits == (f"{values.min():.3g}", f"{values.max():.3g}")
        assert values[:, :4].min() > 0 > values[:, 4:].max()

    def test_what_is_to_know_about_the_shown_image_is_told_until_another_is_shown(self):
        gray = np.linspace(1000, 1500, 64).reshape(8, 8).astype(np.uint16)
        Image.fromarray(gray).save(self.folder / "deep.png")
        Image.new("RGBA", (8, 8), (250, 0, 0, 0)).save(self.folder / "clear.png")
        self.explain(self.logistic(), with_images(self.images, ["deep.png", "clear.png", "3.png"]))
        assert str(self.widget.Information.notes).startswith("most gray levels are lost")
        assert "deep.png (" in str(self.widget.Information.notes)
        simulate.combobox_activate_item(self.widget.class_combo, "blue")
        self.wait_until_finished()
        assert self.widget.Information.notes.is_shown()
        self.widget.choose_row(1)
        assert not self.widget.Information.notes.is_shown()
        self.wait_until_finished()
        assert str(self.widget.Information.notes).startswith("all is marked as transparent; the colors are kept: clear")
        self.widget.choose_row(2)
        self.wait_until_finished()
        assert not self.widget.Information.notes.is_shown()
        self.widget.choose_row(0)
        self.wait_until_finished()
        self.explain(None, self.images)
        assert not self.widget.Information.notes.is_shown()

    def test_images_of_the_column_that_the_model_was_trained_on_are_shown_first(self):
        other = self.images.domain["image"].copy(name="other")
        metas = [*self.images.domain.metas, other]
        two = self.images.transform(Domain([], self.images.domain.class_vars, metas)).copy()
        with two.unlocked(two.metas):
            two.metas[:, 2] = two.metas[::-1, 1]
        embedded, _ = embed_table(two, Embedder("SqueezeNet"), two.domain["other"])
        model = self.logistic(embedded)
        self.explain(model, two)
        assert self.widget.image_column.name == "other"
        assert self.widget.image_name == "5.png"
        np.testing.assert_array_equal(self.predictions.get_column("predicted"), model(embedded))
        simulate.combobox_activate_item(self.widget.column_combo, "image")
        self.wait_until_finished()
        assert self.widget.image_name == "0.png"
        self.explain(self.logistic(), two)
        assert self.widget.image_column.name == "image"

    def test_predictions_are_sent_with_all_rows(self):
        model = self.logistic()
        self.explain(model, self.images)
        assert list(self.predictions.ids) == list(self.images.ids)
        np.testing.assert_array_equal(self.predictions.get_column("predicted"), model(self.embedded))
        np.testing.assert_allclose(
            self.predictions.get_column("probability"), model(self.embedded, 1).max(1), rtol=1e-5
        )

    def test_list_shows_the_predicted_and_the_true_class(self):
        model = self.logistic()
        wrong = self.images.copy()
        with wrong.unlocked(wrong.Y):
            wrong.Y[1] = 1
        self.explain(model, with_images(wrong, ["0.png", "1.png", "none.png", "3.png"]))
        names = [self.widget.list.images.index(row).data() for row in range(4)]
        assert names == ["0.png\nred", "1.png\nred, not blue", "none.png\nskipped", "3.png\nblue"]
        assert str(self.widget.Warning.images_skipped) == "1 image skipped: none.png: no such file."

    def test_another_image_and_class_take_one_forward_pass(self):
        self.explain(self.logistic(), self.images)
        before = len(self.networks.calls)
        self.widget.choose_row(3)
        self.wait_until_finished()
        assert self.evidence.name == "blue"
        score = self.evidence.score
        simulate.combobox_activate_item(self.widget.class_combo, "red")
        self.wait_until_finished()
        assert self.evidence.name == "red"
        assert self.evidence.score == pytest.approx(-score)
        assert self.networks.calls[before:] == [1]
        assert self.widget.image == "3.png"

    def test_class_and_image_come_back_with_the_workflow(self):
        self.explain(self.logistic(), self.images)
        self.widget.choose_row(4)
        simulate.combobox_activate_item(self.widget.class_combo, "red")
        self.wait_until_finished()
        settings = self.widget.settingsHandler.pack_data(self.widget)
        assert (settings["image"], settings["name_chosen"]) == ("4.png", "red")
        self.widget = self.create_widget(OWExplainImage, stored_settings=settings)
        self.explain(self.logistic(), self.images)
        assert (self.widget.row, self.evidence.name, self.widget.class_combo.currentText()) == (4, "red", "red")

    def test_unknown_class_of_another_model_becomes_the_predicted_one(self):
        self.widget = self.create_widget(OWExplainImage, stored_settings={"name_chosen": "pink"})
        self.explain(self.logistic(), self.images)
        assert self.evidence.name == "red"
        assert self.widget.class_combo.currentText() == "Predicted class"

    def test_other_models_are_explained_by_covering(self):
        self.explain(RandomForestLearner(n_estimators=10, random_state=0)(self.embedded), self.images)
        assert not self.evidence.is_exact
        assert "found by covering parts of the image in gray" in self.widget.summary.text()
        assert "of the random forest" in self.widget.summary.text()
        assert sum(self.networks.calls) >= 49

    def test_number_that_is_predicted_has_evidence_and_no_classes(self):
        target = ContinuousVariable("redness")
        numbers = Table.from_numpy(
            Domain(self.embedded.domain.attributes, target), self.embedded.X, self.embedded.X[:, 0]
        )
        self.explain(LinearRegressionLearner()(numbers), self.images)
        assert not self.widget.class_combo.isEnabled()
        assert self.widget.class_combo.currentText() == "redness"
        assert self.widget.summary.text().startswith("redness: 250")
        np.testing.assert_allclose(self.predictions.get_column("predicted"), self.embedded.X[:, 0], rtol=1e-3, atol=1)

    def test_model_of_something_else_is_an_error_until_another_comes(self):
        for model, message in (
            (LogisticRegressionLearner()(Table("iris")), "was not trained on features with a fingerprint"),
            (self.logistic(embed_table(self.images, Embedder("SqueezeNet", pooling="max"))[0]), "only averages"),
        ):
            self.explain(model, self.images)
            assert message in str(self.widget.Error.model)
            assert self.predictions is None
            assert self.widget.shown is None
        self.explain(self.logistic(), self.images)
        assert not self.widget.Error.active
        assert self.evidence.name == "red"

    def test_layer_of_vectors_and_other_weights_are_errors_of_the_model(self):
        model = self.logistic()
        self.networks.vector = True
        self.explain(model, self.images)
        assert "gives a vector without positions" in str(self.widget.Error.model)
        self.networks.vector, self.networks.hash = False, "1" * 64
        self.explain(model, self.images)
        assert "put the right weights there" in str(self.widget.Error.model)
        assert not self.widget.save_button.isEnabled()

    def test_missing_weights_file_is_an_error(self):
        model = self.logistic()
        model.weights = str(self.folder / "gone.h5")
        self.networks.error = WeightsError("There is no weights file gone.h5")
        self.explain(model, self.images)
        assert "gone.h5" in str(self.widget.Error.weights)

    def test_image_that_cannot_be_read_is_an_error_and_the_others_are_shown(self):
        self.explain(self.logistic(), with_images(self.images, ["none.png", "3.png"]))
        assert str(self.widget.Error.image) == "none.png: no such file"
        assert not self.widget.save_button.isEnabled()
        assert len(self.predictions) == 1
        self.widget.choose_row(1)
        self.wait_until_finished()
        assert self.evidence.name == "blue"
        assert len(self.predictions) == 1
        assert not self.widget.Error.active

    def test_failed_predictions_leave_the_evidence_that_is_there(self):
        with patch.object(known_embedders.KnownEmbedders, "find", side_effect=WeightsError("gone")):
            self.explain(self.logistic(), self.images)
        assert str(self.widget.Error.weights) == "gone"
        assert self.evidence.name == "red"
        assert self.predictions is None

    def test_class_that_the_model_has_never_seen_is_an_error(self):
        three = DiscreteVariable("color", ["red", "blue", "pink"])
        table = Table.from_numpy(Domain(self.embedded.domain.attributes, three), self.embedded.X, self.embedded.Y)
        self.explain(LinearSVMLearner()(table), self.images)
        assert self.evidence.name == "red"
        simulate.combobox_activate_item(self.widget.class_combo, "pink")
        self.wait_until_finished()
        assert "never seen an image of the class pink" in str(self.widget.Error.model)
        assert not self.widget.save_button.isEnabled()
        simulate.combobox_activate_item(self.widget.class_combo, "blue")
        self.wait_until_finished()
        assert self.evidence.name == "blue"
        assert not self.widget.Error.active

    def test_missing_inputs_are_named(self):
        assert self.widget.view.text == "Connect a model and a table of images"
        self.explain(None, self.images)
        assert self.widget.view.text == "Connect a model"
        self.explain(self.logistic(), None)
        assert self.widget.view.text == "Connect a table of images"
        self.explain(self.logistic(), Table("iris"))
        assert self.widget.Error.no_image_column.is_shown()
        self.explain(self.logistic(), self.images[:0])
        assert self.predictions is None

    def test_removed_model_clears_everything(self):
        self.explain(self.logistic(), self.images)
        self.explain(None, self.images)
        assert self.predictions is None
        assert self.widget.shown is None
        assert self.widget.list.images.index(0).data() == "0.png"

    def test_cancel_keeps_what_is_shown_and_a_click_goes_on(self):
        self.explain(self.logistic(), self.images)
        self.networks.gate.clear()
        self.widget.choose_row(3)
        self.widget.status.button.click()
        assert self.widget.status.label.text() == "Cancelled"
        self.networks.gate.set()
        self.widget.list.clicked.emit(self.widget.list.currentIndex())
        self.wait_until_finished(timeout=20_000)
        assert self.evidence.name == "blue"

    def test_image_is_saved_as_it_is_seen(self):
        self.explain(self.logistic(), self.images)
        self.widget.opacity = 0
        path = self.folder / "seen"
        with patch.object(QFileDialog, "getSaveFileName", return_value=(str(path), "")):
            self.widget.save_button.click()
        with Image.open(self.folder / "seen.png") as image:
            assert image.getpixel((image.width // 2, image.height // 2)) == (250, 0, 0)
        with patch.object(QFileDialog, "getSaveFileName", return_value=(str(self.folder / "no" / "a.png"), "")):
            self.widget.save_button.click()
        assert self.widget.Error.not_saved.is_shown()
        with patch.object(QFileDialog, "getSaveFileName", return_value=("", "")):
            self.widget.save_button.click()

    def test_opacity_changes_the_view_and_computes_nothing(self):
        self.explain(self.logistic(), self.images)
        before = len(self.networks.calls)
        self.widget.controls.opacity.setValue(80)
        assert self.widget.view.opacity == 0.8
        assert len(self.networks.calls) == before

    def test_classes_of_the_table_may_be_others_than_the_model_s(self):
        other = DiscreteVariable("color", ["pink", "gray"])
        table = Table.from_numpy(
            Domain([], other, self.images.domain.metas), np.empty((6, 0)), np.zeros(6), self.images.metas
        )
        self.explain(self.logistic(), table)
        assert self.widget.list.images.index(0).data() == "0.png\nred"

    def test_report_has_the_image(self):
        self.widget.send_report()
        self.explain(self.logistic(), self.images)
        self.widget.report_html = ""
        self.widget.send_report()
        for text in ("logistic regression", "SqueezeNet 1.1, fire9", "0.png", "data:image/png;base64,"):
            assert text in self.widget.report_html
