"""Feature Maps, with colors of the images as maps, and without TensorFlow."""

import threading

import numpy as np
import pytest
from AnyQt.QtCore import Qt
from AnyQt.QtTest import QTest
from Orange.data import Table
from Orange.widgets.tests import base
from Orange.widgets.tests.utils import simulate
from PIL import Image

from orangecontrib.transferlearning.errors import DownloadError, SettingError, WeightsError
from orangecontrib.transferlearning.widgets.owfeaturemaps import N_TOP, OWFeatureMaps

from ..samples_tables import with_images

RED, GREEN, BLUE = range(3)


class TestOWFeatureMaps(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, networks, layers, images, tmp_path):
        self.networks = networks
        self.layers = layers
        self.images = images
        self.folder = tmp_path

    def setUp(self):
        self.widget = self.create_widget(OWFeatureMaps)

    def tearDown(self):
        self.networks.gate.set()
        super().tearDown()

    def show(self, table, widget=None):
        widget = widget or self.widget
        self.send_signal(widget.Inputs.images, table, widget=widget)
        self.wait_until_finished(widget=widget, timeout=20_000)

    def choose(self, channel, widget=None):
        """Click the tile of a channel."""
        widget = widget or self.widget
        tiles = widget.tiles
        tiles.setCurrentItem(tiles.item(tiles.channels().index(channel)))
        self.wait_until_finished(widget=widget, timeout=20_000)

    @property
    def ranked(self):
        return self.get_output(self.widget.Outputs.ranked_images)

    def names(self, table):
        return [str(row["image"]) for row in table]

    def test_first_image_is_shown_with_its_strongest_channel_first(self):
        self.show(self.images)
        assert self.widget.tiles.channels() == [RED, GREEN, BLUE]
        assert self.widget.layer_label.text() == "fire9: 4 × 4 × 3"
        assert self.layers.opened == [("SqueezeNet", (), "imagenet")]
        np.testing.assert_array_equal(self.widget.layer_view.image[0, 0], [250, 0, 0])
        assert self.ranked is None
        assert self.networks.built == []

    def test_network_is_opened_once_for_all_images_and_layers(self):
        self.show(self.images)
        self.widget.choose_row(3)
        self.wait_until_finished()
        assert self.widget.tiles.channels()[0] == BLUE
        self.widget.network_box.layer = "conv1"
        self.widget.network_box.changed.emit()
        self.wait_until_finished()
        assert self.layers.computed == ["fire9", "fire9", "conv1"]
        assert len(self.layers.opened) == 1
        simulate.combobox_activate_item(self.widget.network_box.backbone_combo, "VGG-16")
        self.wait_until_finished()
        assert [name for name, _, _ in self.layers.opened] == ["SqueezeNet", "VGG16"]

    def test_what_is_to_know_about_the_shown_image_is_told_until_another_is_shown(self):
        first = Image.new("RGB", (8, 8), (250, 0, 0))
        first.save(self.folder / "stack.tif", save_all=True, append_images=[Image.new("RGB", (8, 8))] * 2)
        self.show(with_images(self.images, ["stack.tif", "3.png"]))
        expected = "only the first frame is read (the step frame:N reads another): stack.tif (3 frames)"
        assert str(self.widget.Information.notes) == expected
        self.widget.network_box.layer = "conv1"
        self.widget.network_box.changed.emit()
        assert not self.widget.Information.notes.is_shown()
        self.wait_until_finished()
        assert self.widget.Information.notes.is_shown()
        self.widget.choose_row(1)
        assert not self.widget.Information.notes.is_shown()
        self.wait_until_finished()
        assert not self.widget.Information.active
        self.widget.choose_row(0)
        self.wait_until_finished()
        assert self.widget.Information.notes.is_shown()
        self.show(None)
        assert not self.widget.Information.active

    def test_chosen_channel_ranks_the_images_of_the_table(self):
        self.show(self.images)
        self.choose(BLUE)
        assert self.names(self.ranked) == ["3.png", "5.png", "4.png", "2.png", "0.png", "1.png"]
        np.testing.assert_array_equal(self.ranked.get_column("activation"), [250, 240, 200, 20, 0, 0])
        assert list(self.ranked.ids) == list(self.images.ids[[3, 5, 4, 2, 0, 1]])
        assert self.widget.top.rows == [3, 5, 4, 2, 0, 1][:N_TOP]
        assert self.widget.view.limits == ("0", "0")

    def test_features_are_computed_once_for_all_channels_and_images(self):
        self.show(self.images)
        self.choose(BLUE)
        self.choose(GREEN)
        assert self.names(self.ranked)[0] == "4.png"
        self.widget.choose_row(4)
        self.wait_until_finished()
        assert self.names(self.ranked)[0] == "4.png"
        assert self.networks.batches == [6]
        assert self.widget.channel == GREEN

    def test_click_on_a_top_image_shows_it(self):
        self.show(self.images)
        self.choose(BLUE)
        self.widget.top.list.clicked.emit(self.widget.top.list.images.index(1))
        self.wait_until_finished()
        assert self.widget.image == "5.png"
        np.testing.assert_array_equal(self.widget.layer_view.image[0, 0], [9, 9, 240])

    def test_tiles_can_be_walked_by_the_keyboard(self):
        self.show(self.images)
        self.choose(RED)
        QTest.keyClick(self.widget.tiles, Qt.Key.Key_Right)
        self.wait_until_finished()
        assert self.widget.channel == GREEN

    def test_another_layer_forgets_the_channel(self):
        self.show(self.images)
        self.choose(BLUE)
        self.widget.network_box.layer = "conv1"
        self.widget.network_box.changed.emit()
        self.wait_until_finished()
        assert self.widget.channel is None
        assert self.ranked is None
        assert self.widget.top.rows == []

    def test_image_channel_and_layer_come_back_with_the_workflow(self):
        self.show(self.images)
        self.widget.network_box.layer = "conv1"
        self.widget.network_box.changed.emit()
        self.widget.choose_row(4)
        self.wait_until_finished()
        self.choose(GREEN)
        settings = self.widget.settingsHandler.pack_data(self.widget)
        assert settings["image"] == "4.png"
        widget = self.create_widget(OWFeatureMaps, stored_settings=settings)
        self.show(self.images, widget)
        assert (widget.row, widget.channel, widget.layer_view.choice.name) == (4, GREEN, "conv1")
        assert self.names(self.get_output(widget.Outputs.ranked_images, widget=widget))[0] == "4.png"

    def test_channel_that_the_layer_does_not_have_is_not_shown(self):
        widget = self.create_widget(OWFeatureMaps, stored_settings={"channel": 99})
        self.show(self.images, widget)
        assert widget.channel is None
        assert self.get_output(widget.Outputs.ranked_images, widget=widget) is None

    def test_vector_has_values_and_no_positions(self):
        widget = self.create_widget(OWFeatureMaps, stored_settings={"network_box": {"layer": "fc"}})
        self.show(self.images, widget)
        self.choose(RED, widget)
        assert widget.channel_label.text() == "Value 0: 250 (no positions)"
        assert widget.view.limits is None
        assert widget.layer_label.text() == "fc: 3"

    def test_layers_are_offered_with_their_shapes(self):
        self.show(self.images)
        combo = self.widget.network_box.layer_combo
        assert [combo.itemText(i) for i in range(combo.count())] == [
            "Before the classifier (fire9)",
            "fire9",
            "conv1",
            "fc",
        ]
        shown = [combo.itemData(i, Qt.ItemDataRole.UserRole + 1) for i in range(combo.count())]
        assert shown == ["4 × 4 × 3", "4 × 4 × 3", "4 × 4 × 3", "3"]

    def test_number_of_tiles_is_chosen(self):
        self.show(self.images)
        simulate.combobox_activate_item(self.widget.tiles_combo, "All")
        assert self.widget.n_tiles == 0
        assert len(self.widget.tiles.channels()) == 3

    def test_image_that_cannot_be_read_is_an_error_with_its_name(self):
        self.show(with_images(self.images, ["none.png", "3.png"]))
        assert str(self.widget.Error.image) == "none.png: no such file"
        assert self.widget.tiles.count() == 0
        self.widget.choose_row(1)
        self.wait_until_finished()
        assert not self.widget.Error.active
        self.choose(BLUE)
        assert self.names(self.ranked) == ["3.png"]
        assert str(self.widget.Warning.images_skipped) == "1 image skipped: none.png: no such file."
        self.show(self.images)
        assert not self.widget.Warning.active

    def test_each_kind_of_failure_has_its_message_and_shows_nothing(self):
        self.show(self.images)
        for error, shown in [
            (WeightsError("no file"), "weights"),
            (MemoryError(), "memory"),
            (SettingError("x"), "setting"),
        ]:
            self.layers.error = error
            self.layers.forget()
            self.show(self.images)
            assert list(self.widget.Error.active) == [getattr(self.widget.Error, shown)]
            assert self.widget.tiles.count() == 0
        self.layers.error = None
        self.show(self.images)
        assert not self.widget.Error.active
        with pytest.raises(ZeroDivisionError):
            self.widget.on_exception(ZeroDivisionError())

    def test_network_that_could_not_be_loaded_is_loaded_on_a_new_try(self):
        self.layers.error = DownloadError("no connection")
        self.show(self.images)
        status = self.widget.status
        assert status.reason.text() == "no connection"
        self.layers.error = None
        assert not status.retry_button.isHidden()
        status.retry_button.click()
        self.wait_until_finished(timeout=20_000)
        assert self.widget.tiles.count() == 3
        assert status.retry_button.isHidden()
        assert not self.widget.Error.active

    def test_unknown_backbone_and_missing_weights_file_are_errors(self):
        for settings, message in (({"backbone": "VGG61"}, "setting"), ({"weights": "file"}, "weights")):
            widget = self.create_widget(OWFeatureMaps, stored_settings={"network_box": settings})
            self.show(self.images, widget)
            assert getattr(widget.Error, message).is_shown()
            assert self.layers.opened == []

    def test_random_weights_are_reported(self):
        widget = self.create_widget(OWFeatureMaps, stored_settings={"network_box": {"weights": "random"}})
        self.show(self.images, widget)
        assert widget.Information.random_weights.is_shown()
        assert self.layers.opened == [("SqueezeNet", (), None)]

    def test_tables_without_images_show_nothing(self):
        self.show(self.images)
        self.choose(BLUE)
        for table in (None, self.images[:0], Table("iris")):
            self.show(table)
            assert self.ranked is None
            assert self.widget.tiles.count() == 0
            assert self.widget.Error.no_image_column.is_shown() == (table is not None and len(table) > 0)

    def test_cancel_ends_the_ranking_and_a_click_goes_on(self):
        self.widget = self.create_widget(OWFeatureMaps, stored_settings={"network_box": {"batch_size": 2}})
        self.show(self.images)
        self.networks.gate.clear()
        self.widget.tiles.setCurrentRow(0)
        self.process_events(lambda: "2 of 6" in self.widget.status.label.text(), timeout=20_000)
        self.widget.status.button.click()
        assert self.widget.status.label.text() == "Cancelled"
        self.networks.gate.set()
        assert self.ranked is None
        self.widget.tiles.itemClicked.emit(self.widget.tiles.currentItem())
        self.wait_until_finished()
        assert len(self.ranked) == 6

    def test_another_image_is_shown_while_images_are_ranked(self):
        self.widget = self.create_widget(OWFeatureMaps, stored_settings={"network_box": {"batch_size": 2}})
        self.show(self.images)
        self.networks.gate.clear()
        self.widget.tiles.setCurrentRow(0)
        self.process_events(lambda: "2 of 6" in self.widget.status.label.text(), timeout=20_000)
        self.widget.choose_row(3)
        threading.Timer(0.1, self.networks.gate.set).start()
        self.wait_until_finished(timeout=20_000)
        np.testing.assert_array_equal(self.widget.layer_view.image[0, 0], [0, 0, 250])
        assert len(self.ranked) == 6

    def test_images_of_any_shape_are_shown(self):
        Image.new("RGB", (30, 4), (1, 2, 3)).save(self.folder / "0.png")
        self.show(self.images)
        self.choose(BLUE)
        self.widget.show()
        assert not self.widget.grab().isNull()
        self.widget.hide()

    def test_report_has_the_image_with_the_channel(self):
        self.widget.send_report()
        self.show(self.images)
        self.choose(BLUE)
        self.widget.report_html = ""
        self.widget.send_report()
        for text in ("SqueezeNet 1.1", "0.png", "4 × 4 × 3", "3.png, 5.png", "data:image/png;base64,"):
            assert text in self.widget.report_html
        assert "Pooling" not in self.widget.report_html
