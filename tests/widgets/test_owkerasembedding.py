"""Keras Embedding, with colors of the images as features, and without TensorFlow."""

import os
import pickle
import re
from unittest.mock import patch

import numpy as np
import pytest
from AnyQt.QtWidgets import QFileDialog
from Orange.data import DiscreteVariable, Domain, Table
from Orange.widgets.tests import base
from Orange.widgets.tests.utils import simulate
from PIL import Image

from orangecontrib.transferlearning.backbones.backbone import Backbone
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.embedding.scaling import ORANGE_LENGTH
from orangecontrib.transferlearning.images.steps import STEPS, read_steps
from orangecontrib.transferlearning.orange.embed_table import embed_table
from orangecontrib.transferlearning.widgets.controls.network_box import facts
from orangecontrib.transferlearning.widgets.controls.progress import Progress, duration
from orangecontrib.transferlearning.widgets.controls.steps_row import SAMPLES
from orangecontrib.transferlearning.widgets.owkerasembedding import OWKerasEmbedding

from ..samples_tables import with_images
from .runwidgets import RunWidgetTests

FINGERPRINT = (
    "SqueezeNet layer=fire5 pooling=avg size=8x8 interpolation=bilinear decode=exact precision=float32 "
    "weights=sha256:0a keras=3.15.1"
)


class TestOWKerasEmbedding(RunWidgetTests, base.WidgetTest):
    WIDGET = OWKerasEmbedding
    unknown = {"network_box": {"backbone": "VGG61"}}

    @pytest.fixture(autouse=True)
    def use_fixtures(self, networks, images, tmp_path):
        self.networks = networks
        self.images = images
        self.folder = tmp_path

    def create_widget(self, cls, stored_settings=None, **options):
        """Create the widget with SqueezeNet, unless the settings name another backbone."""
        if not isinstance(stored_settings, bytes):
            stored_settings = dict(stored_settings or {})
            stored_settings["network_box"] = {"backbone": "SqueezeNet"} | stored_settings.get("network_box", {})
        return super().create_widget(cls, stored_settings, **options)

    def restore(self, **settings):
        self.widget = self.create_widget(OWKerasEmbedding, stored_settings={"network_box": settings})
        return self.widget

    def embed(self, table, widget=None):
        widget = widget or self.widget
        self.send_signal(widget.Inputs.images, table, widget=widget)
        self.wait_until_finished(widget=widget, timeout=20_000)
        return (
            self.get_output(widget.Outputs.embeddings, widget=widget),
            self.get_output(widget.Outputs.skipped_images, widget=widget),
        )

    def type_layer(self, name):
        self.box.layer_combo.setEditText(name)
        self.box.layer_combo.lineEdit().editingFinished.emit()

    @property
    def box(self):
        return self.widget.network_box

    @property
    def backbone_combo(self):
        return self.box.backbone_combo

    def start_and_hold(self, table=None):
        """Start a run of several batches and hold it after the first."""
        self.widget = self.restore(batch_size=2)
        self.networks.gate.clear()
        self.send_signal(self.widget.Inputs.images, table or self.images)
        self.process_events(lambda: "2 of 6" in self.widget.status.label.text(), timeout=20_000)

    def test_features_are_appended_and_everything_else_is_kept(self):
        embeddings, skipped = self.embed(self.images)
        assert [v.name for v in embeddings.domain.attributes] == ["n0", "n1", "n2"]
        np.testing.assert_array_equal(embeddings.X[[0, 3]], [[250, 0, 0], [0, 0, 250]])
        assert embeddings.domain.class_var == self.images.domain.class_var
        assert embeddings.domain.metas == self.images.domain.metas
        assert list(embeddings.ids) == list(self.images.ids)
        assert embeddings.name == "colors"
        assert skipped is None

    def test_columns_begin_with_the_network_when_asked(self):
        with patch.object(Embedder, "fingerprint", FINGERPRINT):
            self.check_columns_begin_with_the_network()

    def check_columns_begin_with_the_network(self):
        self.embed(self.images)
        self.widget.prefix_check.click()
        self.wait_until_finished()
        embeddings = self.get_output(self.outputs.embeddings)
        assert [v.name for v in embeddings.domain.attributes] == [f"SqueezeNet fire5 n{i}" for i in range(3)]
        np.testing.assert_array_equal(embeddings.X[[0, 3]], [[250, 0, 0], [0, 0, 250]])
        preprocessor = self.get_output(self.outputs.preprocessor)
        assert preprocessor(self.images).domain.attributes == embeddings.domain.attributes

    def test_outputs_equal_those_of_the_script(self):
        table = with_images(self.images, ["0.png", "none.png", "5.png"])
        sent = self.embed(table)
        computed = embed_table(table, Embedder("SqueezeNet"), "image")
        for one, other in zip(sent, computed, strict=True):
            self.assert_table_equal(one, other)
            assert list(one.ids) == list(other.ids)

    def test_marked_column_is_chosen_first_and_any_other_on_request(self):
        assert self.widget.image_column is None
        self.embed(self.images)
        assert self.widget.image_column.name == "image"
        simulate.combobox_activate_item(self.widget.column_combo, "note")
        self.wait_until_finished()
        assert self.get_output(self.outputs.embeddings) is None
        assert self.widget.Error.all_skipped.is_shown()

    def test_categorical_column_can_name_images(self):
        image = DiscreteVariable("file", ["0.png", "3.png"])
        image.attributes = {"type": "image", "origin": str(self.folder)}
        table = Table.from_list(Domain([], metas=[image]), [["3.png"], ["0.png"]])
        np.testing.assert_array_equal(self.embed(table)[0].X, [[0, 0, 250], [250, 0, 0]])

    def test_bad_images_are_sent_with_their_ids_and_reasons(self):
        (self.folder / "broken.png").write_bytes(b"no image")
        table = with_images(self.images, ["0.png", "none.png", "broken.png", "3.png"])
        embeddings, skipped = self.embed(table)
        assert list(embeddings.ids) == list(table.ids[[0, 3]])
        assert list(skipped.ids) == list(table.ids[[1, 2]])
        assert str(skipped[0, "reason"]) == "no such file"
        assert str(self.widget.Warning.images_skipped) == "2 images skipped: the first, none.png: no such file."

    def test_one_skipped_image_is_named_in_the_singular(self):
        self.embed(with_images(self.images, ["0.png", "none.png"]))
        assert str(self.widget.Warning.images_skipped) == "1 image skipped: none.png: no such file."
        self.embed(self.images)
        assert not self.widget.Warning.images_skipped.is_shown()

    def test_what_is_to_know_about_images_is_a_warning_once_for_each_kind(self):
        frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
        for name in ("a.tif", "b.tif"):
            frames[0].save(self.folder / name, save_all=True, append_images=frames[1:])
        self.embed(with_images(self.images, ["0.png", "a.tif", "b.tif"]))
        expected = "only the first frame is read (the step frame:N reads another): 2 images, such as a.tif (2 frames)"
        assert str(self.widget.Warning.notes) == expected
        self.embed(self.images)
        assert not self.widget.Warning.notes.is_shown()

    def test_all_images_bad_is_an_error_with_the_rows(self):
        embeddings, skipped = self.embed(with_images(self.images, ["a.png", "b.png"]))
        assert embeddings is None
        assert len(skipped) == 2
        assert self.widget.Error.all_skipped.is_shown()

    def test_embedding_twice_gives_unique_names(self):
        twice, _ = self.embed(self.embed(self.images)[0])
        names = [v.name for v in twice.domain.attributes]
        assert len(names) == len(set(names)) == 6
        np.testing.assert_array_equal(twice.X[:, :3], twice.X[:, 3:])

    def test_embeddings_can_be_pickled(self):
        embeddings, _ = self.embed(self.images)
        self.assert_table_equal(pickle.loads(pickle.dumps(embeddings)), embeddings)

    def test_network_is_kept_while_the_settings_are(self):
        self.embed(self.images)
        self.embed(self.images[:3])
        assert len(self.networks.built) == 1
        simulate.combobox_activate_item(self.box.pooling_combo, "Maximum")
        self.wait_until_finished()
        assert [built["pooling"] for built in self.networks.built] == ["auto", "max"]

    def test_changed_weights_file_is_read_again(self):
        path = self.folder / "own.weights.h5"
        path.write_bytes(b"one")
        self.restore(weights="file", weights_file=[str(path), None, None, "", "", None])
        self.embed(self.images)
        path.write_bytes(b"two")
        os.utime(path, ns=(1, 1))
        self.embed(self.images)
        assert [built["weights"] for built in self.networks.built] == [str(path)] * 2

    def test_settings_are_names(self):
        simulate.combobox_activate_item(self.box.backbone_combo, "VGG-16")
        simulate.combobox_activate_item(self.box.layer_combo, "block5_pool")
        simulate.combobox_activate_item(self.box.pooling_combo, "Flatten (every position)")
        simulate.combobox_activate_item(self.box.weights_combo, "Random")
        packed = self.widget.settingsHandler.pack_data(self.widget)["network_box"]
        assert {**packed, "batch_size": 32, "weights_file": None} == {
            "backbone": "VGG16",
            "layer": "block5_pool",
            "pooling": "flatten",
            "weights": "random",
            "weights_file": None,
            "preprocessing": "auto",
            "batch_size": 32,
        }
        widget = self.create_widget(OWKerasEmbedding, stored_settings={"network_box": packed})
        assert widget.network_box.backbone_combo.currentText() == "VGG-16"
        assert widget.network_box.layer_combo.currentText() == "block5_pool"
        assert widget.network_box.weights_combo.currentText() == "Random"

    def test_settings_reach_the_network(self):
        self.restore(backbone="VGG16", layer="fc1", pooling="avg", weights="random", batch_size=4)
        self.embed(self.images)
        built = self.networks.built[0]
        assert (built["backbone"], built["layer"], built["pooling"], built["weights"]) == ("VGG16", "fc1", "avg", None)
        assert self.networks.batches == [4, 2]
        assert self.widget.Information.random_weights.is_shown()

    def test_another_backbone_can_be_chosen_where_a_workflow_names_an_unknown_one(self):
        self.restore(backbone="VGG61")
        self.embed(self.images)
        assert self.box.backbone_combo.currentText() in ("", "VGG61")
        simulate.combobox_activate_item(self.box.backbone_combo, "VGG-16")
        self.wait_until_finished()
        assert len(self.get_output(self.outputs.embeddings)) == 6
        assert not self.widget.Error.setting.is_shown()

    def test_preprocessor_gives_another_table_these_features_only(self):
        embedded, _ = self.embed(self.images)
        preprocessor = self.get_output(self.outputs.preprocessor)
        table = preprocessor(self.images[:2])
        assert table.domain.attributes == embedded.domain.attributes
        np.testing.assert_array_equal(table.X, embedded.X[:2])
        self.send_signal(self.widget.Inputs.images, None)
        assert self.get_output(self.outputs.preprocessor) is None

    def test_any_layer_can_be_typed_and_a_wrong_one_is_an_error(self):
        self.embed(self.images)
        self.type_layer("nonsense")
        self.wait_until_finished()
        assert "no layer 'nonsense'" in str(self.widget.Error.setting)
        assert self.get_output(self.outputs.embeddings) is None
        self.type_layer(" conv10 ")
        self.wait_until_finished()
        assert self.box.layer == "conv10"
        assert len(self.get_output(self.outputs.embeddings)) == 6
        self.type_layer("")
        assert self.box.layer == ""
        assert self.box.layer_combo.currentText() == "Before the classifier (fire9)"

    def test_layers_of_the_loaded_network_are_offered(self):
        offered = lambda: [self.box.layer_combo.itemText(i) for i in range(self.box.layer_combo.count())]  # noqa: E731
        assert offered() == ["Before the classifier (fire9)", *BACKBONES["SqueezeNet"].stages]
        self.embed(self.images)
        assert offered()[-3:] == ["conv1", "conv10", "wide"]
        assert offered().count("fire9") == 1

    def test_number_of_features_is_shown_only_if_known(self):
        first_line = lambda: self.box.facts.text().splitlines()[0]  # noqa: E731
        assert first_line() == "Reads 224 × 224 pixels, gives 512 features"
        self.type_layer("wide")
        assert first_line() == "Reads 224 × 224 pixels"
        self.embed(self.images)
        assert first_line() == "Reads 224 × 224 pixels, gives 6,000 features"
        self.widget.controls.auto_apply.click()
        simulate.combobox_activate_item(self.box.pooling_combo, "Maximum")
        assert first_line() == "Reads 224 × 224 pixels"
        simulate.combobox_activate_item(self.box.pooling_combo, "Automatic")
        assert first_line() == "Reads 224 × 224 pixels, gives 6,000 features"
        self.type_layer("")
        assert first_line() == "Reads 224 × 224 pixels, gives 512 features"
        simulate.combobox_activate_item(self.box.pooling_combo, "Flatten (every position)")
        assert first_line() == "Reads 224 × 224 pixels"
        simulate.combobox_activate_item(self.box.backbone_combo, "VGG-16")
        simulate.combobox_activate_item(self.box.pooling_combo, "Average")
        assert first_line() == "Reads 224 × 224 pixels, gives 4,096 features"

    def test_preset_stands_for_its_networks_and_has_no_other_choices(self):
        combo = self.box.backbone_combo
        assert [combo.itemText(i) for i in range(4)] == ["Quick", "Balanced", "Best", "SqueezeNet 1.1"]
        simulate.combobox_activate_item(self.box.pooling_combo, "Maximum")
        simulate.combobox_activate_item(self.box.weights_combo, "Random")
        simulate.combobox_activate_item(combo, "Balanced")
        chosen = self.box.layer_combo, self.box.pooling_combo, self.box.weights_combo
        assert not any(each.isEnabled() for each in chosen)
        assert [each.currentText() for each in chosen] == ["The preset's layers", "Automatic", "ImageNet"]
        assert self.box.facts.text().startswith("SqueezeNet 1.1 + EfficientNet-Lite0\nGives 832 features, ")
        embeddings, _ = self.embed(self.images)
        assert [each["backbone"] for each in self.networks.built][-2:] == ["SqueezeNet", "EfficientNetLite0"]
        # Both fake networks give the mean colors.
        assert [v.name for v in embeddings.domain.attributes] == [f"n{i}" for i in range(6)]
        np.testing.assert_allclose(embeddings.X[:, :3], embeddings.X[:, 3:])
        np.testing.assert_allclose(np.linalg.norm(embeddings.X, axis=1), ORANGE_LENGTH, rtol=1e-6)
        assert not self.widget.Information.random_weights.is_shown()
        self.widget.send_report()
        for text in ("Balanced", "SqueezeNet 1.1 + EfficientNet-Lite0 (block7a_project_bn)", "8 × 8 pixels"):
            assert text in self.widget.report_html
        simulate.combobox_activate_item(combo, "SqueezeNet 1.1")
        assert all(each.isEnabled() for each in chosen)
        assert self.box.layer_combo.currentText() == "Before the classifier (fire9)"

    def test_new_widget_has_the_preset_balanced(self):
        self.widget = super().create_widget(OWKerasEmbedding)
        assert self.box.backbone_combo.currentText() == "Balanced"
        embeddings, _ = self.embed(self.images)
        assert [each["backbone"] for each in self.networks.built] == ["SqueezeNet", "EfficientNetLite0"]
        np.testing.assert_allclose(np.linalg.norm(embeddings.X, axis=1), ORANGE_LENGTH, rtol=1e-6)

    def test_preset_of_a_workflow_is_restored(self):
        self.restore(backbone="best")
        assert self.box.backbone_combo.currentText() == "Best"
        assert not self.box.weights_combo.isEnabled()
        assert self.box.facts.text().splitlines()[0] == (
            "SqueezeNet 1.1 + EfficientNet-Lite0 + EfficientNet-Lite2, mirrored"
        )
        self.embed(self.images)
        assert [each["backbone"] for each in self.networks.built] == [
            "SqueezeNet",
            "EfficientNetLite0",
            "EfficientNetLite2",
        ]

    def test_layers_of_a_network_no_longer_chosen_are_not_offered(self):
        self.start_and_hold()
        self.widget.controls.auto_apply.click()
        simulate.combobox_activate_item(self.box.backbone_combo, "VGG-16")
        simulate.combobox_activate_item(self.widget.column_combo, "note")
        self.networks.gate.set()
        self.wait_until_finished()
        assert len(self.get_output(self.outputs.embeddings)) == 6
        assert self.box.layer_combo.findText("conv10") == -1

    def test_another_backbone_keeps_the_layer_only_if_it_has_it(self):
        self.restore(backbone="VGG16", layer="block4_conv3")
        simulate.combobox_activate_item(self.box.backbone_combo, "VGG-19")
        assert self.box.layer == ""
        self.restore(backbone="VGG16", layer="block5_pool")
        simulate.combobox_activate_item(self.box.backbone_combo, "VGG-19")
        assert self.box.layer == "block5_pool"

    def test_steps_change_images_and_a_wrong_one_is_an_error(self):
        widget = self.create_widget(OWKerasEmbedding, stored_settings={"steps": "gray"})
        embeddings, _ = self.embed(self.images, widget)
        # Pillow converts a red of 250 to this gray.
        np.testing.assert_array_equal(embeddings.X[0], [75, 75, 75])
        widget.steps_row.line.setText(" gray   brightness:0 ")
        widget.steps_row.line.editingFinished.emit()
        self.wait_until_finished(widget=widget)
        assert widget.steps == "gray brightness:0"
        assert self.get_output(widget.Outputs.embeddings, widget=widget).X.sum() == 0
        widget.steps_row.line.setText("grey")
        widget.steps_row.line.editingFinished.emit()
        self.wait_until_finished(widget=widget)
        assert "'grey' is not a step" in str(widget.Error.setting)
        assert self.get_output(widget.Outputs.embeddings, widget=widget) is None

    def test_menu_adds_valid_steps(self):
        assert [sample.split(":")[0] for sample in SAMPLES] == [step.split(":")[0].split("[")[0] for step in STEPS]
        row = self.widget.steps_row
        for action in row.button.menu().actions():
            action.trigger()
        assert self.widget.steps.split() == list(SAMPLES)
        assert len(read_steps(self.widget.steps.split())) == len(STEPS)

    def test_many_features_are_a_warning(self):
        self.restore(layer="wide")
        assert self.embed(self.images)[0].X.shape == (6, 6000)
        assert "6,000 features" in str(self.widget.Warning.wide)

    def test_cancel_stops_within_a_batch_and_sends_nothing(self):
        self.start_and_hold()
        assert not self.widget.status.button.isHidden()
        self.widget.status.button.click()
        assert self.widget.status.label.text() == "Cancelled"
        assert self.widget.status.button.isHidden()
        self.networks.gate.set()
        self.widget.shutdown()
        assert len(self.networks.batches) <= 2
        assert self.get_output(self.outputs.embeddings) is None

    def test_new_data_while_running_starts_again(self):
        self.start_and_hold()
        self.send_signal(self.widget.Inputs.images, self.images[3:])
        self.networks.gate.set()
        self.wait_until_finished()
        np.testing.assert_array_equal(self.get_output(self.outputs.embeddings).ids, self.images.ids[3:])

    def test_removed_data_while_running_ends_the_run(self):
        self.start_and_hold()
        self.send_signal(self.widget.Inputs.images, None)
        self.networks.gate.set()
        self.wait_until_finished()
        assert self.get_output(self.outputs.embeddings) is None
        assert self.widget.status.button.isHidden()

    def test_status_shows_the_end_and_the_engine_if_it_ran(self):
        self.box._cache = FeatureCache(self.folder / "features.sqlite")
        self.box.forget()
        self.embed(self.images)
        assert re.fullmatch(r"6 images in .* s, [\d.]+ a second by Fake", self.widget.status.label.text())
        self.embed(self.images[1:4])
        assert re.fullmatch(r"3 images in .* s, all from the cache", self.widget.status.label.text())

    def test_only_the_row_tells_the_time_left(self):
        self.start_and_hold()
        self.process_events(lambda: self.widget.windowTitle() == "Keras Embedding (33%)", timeout=20_000)
        self.networks.gate.set()
        self.wait_until_finished()
        assert self.widget.windowTitle() == "Keras Embedding"

    def test_weights_file_is_chosen_shown_and_used(self):
        self.embed(self.images)
        assert self.box.file_row.isHidden()
        simulate.combobox_activate_item(self.box.weights_combo, "From a file")
        assert "Browse" in str(self.widget.Error.weights)
        assert not self.box.file_row.isHidden()
        file = self.folder / "own.weights.h5"
        file.touch()
        path = str(file)
        with patch.object(QFileDialog, "getOpenFileName", return_value=(path, "")):
            self.box.browse_button.click()
        self.wait_until_finished()
        assert self.networks.built[-1]["weights"] == path
        assert self.box.file_edit.text() == "own.weights.h5"

    def test_preprocessing_of_a_file_is_chosen_and_used(self):
        path = self.folder / "own.keras"
        path.touch()
        self.restore(weights="file", weights_file=[str(path), None, None, "", "", None])
        self.embed(self.images)
        assert self.networks.built[-1]["preprocessing"] == "auto"
        for title, expected in {
            "Divided by 255": "0-1",
            "None, 0–255": "none",
            "As for the backbone": "SqueezeNet",
        }.items():
            simulate.combobox_activate_item(self.box.preprocessing_combo, title)
            self.wait_until_finished()
            assert self.networks.built[-1]["preprocessing"] == expected
            assert title in dict(self.box.described())["Weights"]
        # Other weights are not those of a script of one's own.
        simulate.combobox_activate_item(self.box.weights_combo, "ImageNet")
        self.wait_until_finished()
        assert self.networks.built[-1]["preprocessing"] == "auto"
        assert dict(self.box.described())["Weights"] == "ImageNet"

    def test_saved_model_that_scales_pixels_is_said(self):
        path = self.folder / "own.keras"
        path.touch()
        self.networks.preprocessing = "none"
        self.restore(weights="file", weights_file=[str(path), None, None, "", "", None])
        self.embed(self.images)
        assert "scales pixels itself" in str(self.widget.Information.scales_pixels)
        assert self.widget.Information.scales_pixels.is_shown()
        simulate.combobox_activate_item(self.box.preprocessing_combo, "None, 0–255")
        self.wait_until_finished()
        assert not self.widget.Information.scales_pixels.is_shown()

    def test_weights_file_moves_with_the_workflow(self):
        for name in ("before", "after"):
            (self.folder / name).mkdir()
        env = "orangewidget.widget.OWBaseWidget.workflowEnv"
        with patch(env, return_value={"basedir": str(self.folder / "before")}):
            (self.folder / "before" / "own.h5").touch()
            self.restore(
                weights="file", weights_file=[str(self.folder / "before" / "own.h5"), None, None, "", "", None]
            )
            saved = self.box.weights_file
        (self.folder / "before" / "own.h5").rename(self.folder / "after" / "own.h5")
        with patch(env, return_value={"basedir": str(self.folder / "after")}):
            self.restore(weights="file", weights_file=saved)
        assert self.box.weights_path == str(self.folder / "after" / "own.h5")

    def test_report_has_settings_and_result(self):
        self.embed(with_images(self.images, ["0.png", "none.png"]))
        self.widget.send_report()
        report = self.widget.report_html
        for text in ("SqueezeNet 1.1", "fire9 (before the classifier)", "ImageNet", "Features", "8 × 8 pixels"):
            assert text in report


@pytest.mark.parametrize("backbone", BACKBONES.values(), ids=BACKBONES)
def test_facts_are_three_lines(backbone):
    lines = facts(backbone, "", 25088).splitlines()
    assert len(lines) == 3
    assert lines[0].endswith(" pixels, gives 25,088 features")
    assert facts(backbone, "", None).splitlines() == [lines[0].removesuffix(", gives 25,088 features"), *lines[1:]]


def test_facts_say_where_the_weights_are(monkeypatch):
    assert facts(BACKBONES["SqueezeNet"], "", 1).endswith("installed with this add-on")
    here = set()
    monkeypatch.setattr(Backbone, "has_local_weights", lambda self, top: top in here)
    assert facts(BACKBONES["VGG16"], "", 1).endswith("will be downloaded once: about 528 MB")
    assert facts(BACKBONES["VGG16"], "block5_pool", 1).endswith("will be downloaded once: at most 528 MB")
    here.add(False)
    assert facts(BACKBONES["ResNet50"], "", 1).endswith("on this computer")
    assert facts(BACKBONES["ResNet50"], "conv3_block4_out", 1).endswith("on this computer")
    assert "downloaded" in facts(BACKBONES["ResNet50"], "predictions", 1)


class FakeState:
    def __init__(self):
        self.texts = []
        self.values = []
        self.set_status = self.texts.append
        self.set_progress_value = self.values.append
        self.is_interruption_requested = lambda: False


def test_progress_shows_the_download_then_the_loading():
    state = FakeState()
    progress = Progress(state, "VGG-16", 10)
    for fraction in (0.25, 1):
        progress.downloaded(fraction)
    assert state.texts == ["Loading VGG-16 ...", "Downloading weights: 25%", "Loading VGG-16 ..."]


def test_speed_is_that_after_the_first_batch(monkeypatch):
    times = iter([100, 110, 120])
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    state = FakeState()
    progress = Progress(state, "VGG-16", 340)
    for n_done in (40, 90, 340):
        progress.embedded(n_done / 340)
    assert state.texts[1:] == [
        "40 of 340 images",
        "90 of 340 images, 5.0 a second, 50 s left",
        "340 of 340 images",
    ]
    assert state.values[-1] == 100


def test_durations_are_in_words():
    assert [duration(s) for s in (0.42, 7.2, 59.6, 300, 7500)] == ["0.4 s", "7.2 s", "60 s", "5 min", "2 h 05 min"]
