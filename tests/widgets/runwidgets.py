"""Tests of every widget that runs a network on all images of a table."""

import shutil
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from AnyQt.QtWidgets import QFileDialog
from Orange.data import Domain, Table
from Orange.widgets.tests.utils import simulate

from orangecontrib.transferlearning.errors import DownloadError, TransferLearningError, WeightsError

from ..samples_tables import Album

ENV = "orangewidget.widget.OWBaseWidget.workflowEnv"


class RunWidgetTests:
    """Tests of `WIDGET`, with the fixtures `networks` and `images`, and `unknown`, settings that name no network."""

    WIDGET = None

    def setUp(self):
        self.widget = self.create_widget(self.WIDGET)

    def tearDown(self):
        self.networks.gate.set()
        super().tearDown()

    def target(self, table):
        """Return the default output for a table."""
        self.send_signal(self.widget.Inputs.images, table)
        self.wait_until_finished(timeout=20_000)
        return self.sent

    @property
    def sent(self):
        return self.get_output(next(each.name for each in self.widget.get_signals("outputs") if each.default))

    @property
    def outputs(self):
        return self.widget.Outputs

    def test_no_data_gives_nothing_and_no_message(self):
        assert self.target(self.images) is not None
        assert self.target(None) is None
        assert not any(group.active for group in self.widget.message_groups)
        assert len(self.widget.column_model) == 0

    def test_empty_table_loads_no_network(self):
        assert self.target(self.images[:0]) is None
        assert self.networks.built == []
        assert not self.widget.Error.active

    def test_table_without_text_metas_is_an_error(self):
        assert self.target(Table("iris")) is None
        assert "make it a meta in File or Select Columns" in str(self.widget.Error.no_image_column)
        self.target(self.images)
        assert not self.widget.Error.no_image_column.is_shown()

    def test_chosen_column_is_remembered_for_the_domain(self):
        self.target(self.images)
        simulate.combobox_activate_item(self.widget.column_combo, "note")
        self.target(Table("zoo"))
        assert self.widget.image_column.name == "name"
        self.target(self.images)
        assert self.widget.image_column.name == "note"

    def test_kind_of_table_and_all_that_it_says_are_kept(self):
        metas = self.images.metas.copy()
        metas[1, self.images.domain.metas.index(self.images.domain["image"])] = "none.png"
        weights = np.arange(1.0, 7)
        album = Album.from_numpy(self.images.domain, self.images.X, self.images.Y, metas, weights)
        album.name, album.attributes, album.owner = "holidays", {"at": "the sea"}, "Ann"
        sent, skipped = self.target(album), self.get_output(self.outputs.skipped_images)
        for table, rows in ((sent, [0, 2, 3, 4, 5]), (skipped, [1])):
            assert type(table) is Album
            assert (table.name, table.attributes, table.owner) == ("holidays", {"at": "the sea"}, "Ann")
            np.testing.assert_array_equal(table.ids, album.ids[rows])
            np.testing.assert_array_equal(table.W, weights[rows])
            np.testing.assert_array_equal(table.Y, album.Y[rows])

    def test_unknown_backbone_in_a_workflow_is_an_error_not_another_network(self):
        self.widget = self.create_widget(self.WIDGET, stored_settings=self.unknown)
        assert "VGG61" in str(self.widget.Error.setting)
        assert self.target(self.images) is None
        assert "VGG61" in str(self.widget.Error.setting)
        assert self.networks.built == []

    def test_each_kind_of_failure_has_its_message(self):
        for error, shown in [
            (WeightsError("no connection"), "weights"),
            (TransferLearningError("eager mode is off"), "failed"),
            (MemoryError(), "memory"),
        ]:
            with self.subTest(shown):
                self.networks.error = error
                assert self.target(self.images) is None
                assert list(self.widget.Error.active) == [getattr(self.widget.Error, shown)]
                assert self.widget.status.button.isHidden()
        assert self.widget.memory_advice in str(self.widget.Error.memory)
        self.networks.error = None
        assert len(self.target(self.images)) == 6
        assert not self.widget.Error.active

    def test_failed_download_is_said_in_full_and_can_be_tried_again(self):
        self.networks.error = DownloadError("no connection. " + "Download it on a connected computer. " * 5)
        assert self.target(self.images) is None
        status = self.widget.status
        assert status.reason.text() == str(self.networks.error)
        assert status.reason.wordWrap() and not status.reason.isHidden()
        assert not status.retry_button.isHidden() and status.retry_button.isEnabled()
        self.networks.error = None
        status.retry_button.click()
        self.wait_until_finished(timeout=20_000)
        assert len(self.sent) == 6
        assert status.retry_button.isHidden() and status.reason.isHidden()
        assert not self.widget.Error.active

    def test_removed_data_takes_the_offer_to_try_again_away(self):
        self.networks.error = DownloadError("no connection")
        self.target(self.images)
        self.send_signal(self.widget.Inputs.images, None)
        assert self.widget.status.retry_button.isHidden()
        assert self.widget.status.reason.isHidden()

    def test_unexpected_exception_goes_to_oranges_error_report(self):
        self.widget.setStatusMessage("Loading ...")
        with pytest.raises(ZeroDivisionError):
            self.widget.on_exception(ZeroDivisionError())
        assert not self.widget.isInvalidated()
        assert self.widget.status.label.text() == ""

    def test_cancel_sends_nothing_and_apply_starts_again(self):
        self.networks.batches.append(0)
        self.networks.gate.clear()
        self.send_signal(self.widget.Inputs.images, self.images)
        self.process_events(lambda: self.networks.built, timeout=20_000)
        assert not self.widget.status.button.isHidden()
        self.widget.status.button.click()
        assert self.widget.status.label.text() == "Cancelled"
        assert self.widget.status.button.isHidden()
        assert self.sent is None
        self.networks.gate.set()
        assert self.widget.apply_box.button.isEnabled()
        assert self.widget.apply_box.button.text() == "Apply"
        self.widget.apply_box.button.click()
        self.wait_until_finished(timeout=20_000)
        assert len(self.sent) == 6
        assert self.widget.apply_box.button.text() == "Apply Automatically"

    def test_without_auto_apply_a_setting_waits_for_the_button(self):
        self.widget.controls.auto_apply.click()
        self.target(self.images)
        simulate.combobox_activate_item(self.backbone_combo, "VGG-16")
        assert len(self.networks.built) == 1
        self.widget.apply_box.button.click()
        self.wait_until_finished(timeout=20_000)
        assert self.networks.built[-1]["backbone"] == "VGG16"

    def test_report_works_without_data(self):
        self.widget.send_report()
        assert "SqueezeNet 1.1" in self.widget.report_html

    def lose_images(self):
        """Return the table of images as from another computer: its folder is not here."""
        column = self.images.domain["image"].copy()
        column.attributes = {"type": "image", "origin": "/no/such/place"}
        domain = self.images.domain
        return self.images.transform(Domain(domain.attributes, domain.class_vars, [domain.metas[0], column]))

    def test_lost_images_are_found_in_a_folder_that_is_chosen(self):
        folder = self.images.domain["image"].attributes["origin"]
        row = self.widget.folder_row
        expected = self.target(self.images)
        assert row.isHidden()
        lost = self.lose_images()
        assert self.target(lost) is None
        assert row.label.text() == "No image was found at its place; choose the folder where they are."
        assert not row.isHidden()
        with patch.object(QFileDialog, "getExistingDirectory", return_value=folder):
            row.button.click()
        self.wait_until_finished(timeout=20_000)
        assert row.label.text() == f"Images were found within {folder}."
        assert not self.widget.Error.active
        np.testing.assert_array_equal(self.sent.X, expected.X)
        assert self.sent.domain["image"].attributes["origin"] == folder
        assert row.path == folder
        self.target(self.images)
        assert row.isHidden()

    def test_chosen_folder_moves_with_the_workflow(self):
        there = Path(self.images.domain["image"].attributes["origin"])
        for name in ("before", "after"):
            (there / name / "images").mkdir(parents=True)
        for place in (".", "images"):
            for path in there.glob("*.png"):
                shutil.copy(path, there / "before" / place)
            with patch(ENV, return_value={}):
                self.widget = self.create_widget(self.WIDGET)
                self.target(self.lose_images())
                with patch.object(QFileDialog, "getExistingDirectory", return_value=str(there / "before" / place)):
                    self.widget.folder_row.button.click()
            with patch(ENV, return_value={"basedir": str(there / "before")}):
                self.widget.workflowEnvChanged("basedir", str(there / "before"), "")
            self.wait_until_finished(timeout=20_000)
            saved = self.widget.settingsHandler.pack_data(self.widget)
            for path in (there / "before" / place).glob("*.png"):
                path.rename(there / "after" / place / path.name)
            with patch(ENV, return_value={"basedir": str(there / "after")}):
                self.widget = self.create_widget(self.WIDGET, stored_settings=saved)
                found = self.target(self.lose_images())
            assert found.domain["image"].attributes["origin"] == str(there / "after" / place)
            assert len(found) == len(self.images)

    def test_lost_images_are_found_beside_the_file_of_the_table(self):
        folder = self.images.domain["image"].attributes["origin"]
        lost = self.lose_images()
        lost.__file__ = f"{folder}/table.tab"
        assert len(self.target(lost)) == len(self.images)
        assert self.widget.folder_row.label.text() == "Images were found beside the table."
