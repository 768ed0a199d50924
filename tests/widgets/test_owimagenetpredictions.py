"""ImageNet Predictions, with a network for which red images are tench, green goldfish and blue great white shark."""

import pickle
from unittest.mock import patch

import numpy as np
import pytest
from AnyQt.QtCore import QItemSelectionModel
from AnyQt.QtWidgets import QApplication
from Orange.widgets.tests import base
from Orange.widgets.tests.utils import simulate

from orangecontrib.transferlearning.widgets import owimagenetpredictions
from orangecontrib.transferlearning.widgets.controls.prediction_view import percentage
from orangecontrib.transferlearning.widgets.owimagenetpredictions import OWImageNetPredictions

from ..samples_tables import with_images
from .runwidgets import RunWidgetTests


class TestOWImageNetPredictions(RunWidgetTests, base.WidgetTest):
    WIDGET = OWImageNetPredictions
    unknown = {"backbone": "VGG61"}

    @pytest.fixture(autouse=True)
    def use_fixtures(self, networks, images, tmp_path, monkeypatch):
        self.networks = networks
        self.images = images
        self.folder = tmp_path
        monkeypatch.setattr(owimagenetpredictions, "FeatureCache", lambda path: None)

    @property
    def view(self):
        return self.widget.view

    @property
    def backbone_combo(self):
        return self.widget.backbone_combo

    def show(self, row):
        self.view.list.setCurrentIndex(self.view.list.model().index(row))

    def test_classes_and_probabilities_are_appended_and_everything_else_is_kept(self):
        predictions = self.target(self.images)
        assert [v.name for v in predictions.domain.metas][2:] == [
            f"ImageNet {rank}{what}" for rank in (1, 2, 3) for what in ("", " probability")
        ]
        assert [str(row["ImageNet 1"]) for row in predictions] == ["tench"] * 3 + ["great white shark"] * 3
        np.testing.assert_allclose(predictions.get_column("ImageNet 1 probability").astype(float), 0.7)
        assert predictions.domain.class_var == self.images.domain.class_var
        assert list(predictions.ids) == list(self.images.ids)
        assert predictions.name == "colors"
        assert self.get_output(self.outputs.skipped_images) is None
        assert pickle.loads(pickle.dumps(predictions)).domain == predictions.domain

    def test_number_of_classes_changes_the_table_without_a_new_run(self):
        self.target(self.images)
        self.widget.classes_spin.setValue(1)
        assert len(self.get_output(self.outputs.predictions).domain.metas) == 4
        assert len(self.view.bars.classes) == 1
        self.widget.classes_spin.setValue(5)
        assert len(self.get_output(self.outputs.predictions).domain.metas) == 12
        assert self.networks.batches == [6]

    def test_chosen_image_is_shown_with_its_classes(self):
        self.target(self.images)
        assert self.view.name.text() == "0.png"
        self.show(4)
        assert self.view.name.text() == "4.png"
        assert (self.view.bars.classes[0].name, round(self.view.bars.classes[0].probability, 4)) == (
            "great white shark",
            0.7,
        )
        self.process_events(lambda: self.view.image.image is not None, timeout=20_000)
        color = lambda: self.view.image.image.pixelColor(4, 4).getRgb()[:3]  # noqa: E731
        self.process_events(lambda: color() == (0, 20, 200), timeout=20_000)

    def test_list_names_each_image_and_its_first_class(self):
        self.target(self.images)
        model = self.view.list.model()
        assert [model.data(model.index(row)) for row in (0, 5)] == ["0.png\ntench", "5.png\ngreat white shark"]

    def test_selected_images_are_sent(self):
        self.target(self.images)
        assert self.get_output(self.outputs.selected_images) is None
        selection = self.view.list.selectionModel()
        for row in (5, 1):
            selection.select(self.view.list.model().index(row), QItemSelectionModel.SelectionFlag.Select)
        selected = self.get_output(self.outputs.selected_images)
        assert list(selected.ids) == list(self.images.ids[[1, 5]])
        assert "ImageNet 1" in selected.domain
        self.target(self.images[:2])
        assert self.get_output(self.outputs.selected_images) is None

    def test_bad_images_are_sent_with_their_reasons(self):
        predictions = self.target(with_images(self.images, ["0.png", "none.png", "3.png"]))
        skipped = self.get_output(self.outputs.skipped_images)
        assert list(predictions.ids) == [row.id for row in self.widget.data[[0, 2]]]
        assert str(skipped[0, "reason"]) == "no such file"
        assert str(self.widget.Warning.images_skipped) == "1 image skipped: none.png: no such file."
        self.show(1)
        assert self.view.name.text() == "3.png"

    def test_all_images_bad_is_an_error(self):
        assert self.target(with_images(self.images, ["a.png", "b.png"])) is None
        assert str(self.widget.Error.all_skipped) == "2 images skipped: the first, a.png: no such file."
        assert self.view.bars.classes == ()

    def test_settings_are_names_and_come_back(self):
        simulate.combobox_activate_item(self.widget.backbone_combo, "VGG-16")
        self.widget.classes_spin.setValue(2)
        packed = self.widget.settingsHandler.pack_data(self.widget)
        assert (packed["backbone"], packed["n_classes"]) == ("VGG16", 2)
        self.widget = self.create_widget(OWImageNetPredictions, stored_settings=packed)
        assert len(self.target(self.images).domain.metas) == 6
        assert (self.networks.built[-1]["backbone"], self.networks.built[-1]["layer"]) == ("VGG16", "predictions")
        assert "will be downloaded once" in self.widget.facts.text()

    def test_list_is_empty_without_data(self):
        self.target(self.images)
        self.target(None)
        assert self.view.list.model().rowCount() == 0
        assert self.view.name.text() == ""

    def test_network_is_kept_for_the_next_table(self):
        self.target(self.images)
        self.target(self.images[:2])
        assert len(self.networks.built) == 1

    def test_window_can_be_drawn_with_and_without_images(self):
        self.widget.grab()
        self.target(with_images(self.images, ["0.png", "none.png"]))
        self.process_events(lambda: self.view.image.image is not None, timeout=20_000)
        assert not self.widget.grab().isNull()
        self.view.image.set_image("none.png")
        self.process_events(lambda: self.view.image.text == "no such file", timeout=20_000)
        assert not self.widget.grab().isNull()

    def test_report_has_network_and_classes(self):
        self.target(self.images)
        self.widget.send_report()
        for text in ("SqueezeNet 1.1", "tench (3), great white shark (3)"):
            assert text in self.widget.report_html

    def test_nothing_is_drawn_after_the_widget_is_closed(self):
        self.target(self.images)
        self.widget.onDeleteWidget()
        with patch.object(self.view.image, "_show") as shown:
            self.view.image.set_image(str(self.folder / "1.png"))
            QApplication.processEvents()
        assert not shown.called


@pytest.mark.parametrize(
    "probability, text",
    [
        (1, "100.0 %"),
        (0.8734, "87.3 %"),
        (0.0099, "1.0 %"),
        (0.00181, "0.18 %"),
        (0.00005, "< 0.01 %"),
        (0, "< 0.01 %"),
    ],
)
def test_probabilities_are_written_as_percentages(probability, text):
    assert percentage(probability) == text
