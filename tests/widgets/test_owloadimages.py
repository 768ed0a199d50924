"""Load Images: folders, tables and arrays, chosen and dropped."""

import shutil
import threading
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from AnyQt.QtCore import QMimeData, QSettings, Qt, QUrl
from AnyQt.QtWidgets import QFileDialog
from Orange.widgets.tests import base
from Orange.widgets.tests.utils import simulate
from Orange.widgets.utils.filedialogs import RecentPath
from PIL import Image

from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.widgets import owloadimages
from orangecontrib.transferlearning.widgets.controls import progress as pulse
from orangecontrib.transferlearning.widgets.controls import recent_paths as recent
from orangecontrib.transferlearning.widgets.owloadimages import OWLoadImages, OWLoadImagesDropHandler

LOG = "center,left,steering,kind\na/1.png,a/2.png,0.25,x\nb/1.png,b/3.png,-1,y\n"


@pytest.fixture(autouse=True)
def recent_places(tmp_path, monkeypatch):
    """Keep the recent paths of the user out of the tests."""
    store = QSettings(str(tmp_path / "recent.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr(recent, "_settings", lambda: store)


class TestOWLoadImages(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, photos, tmp_path, monkeypatch):
        self.photos = photos
        self.folder = tmp_path
        self.monkeypatch = monkeypatch

    def setUp(self):
        self.widget = self.create_widget(OWLoadImages)

    def load(self, path):
        self.widget.source_box.choose(str(path))
        return self.loaded()

    def loaded(self, widget=None):
        widget = widget or self.widget
        self.wait_until_finished(widget=widget, timeout=20_000)
        return self.get_output(widget.Outputs.images, widget=widget)

    def log(self, content=LOG):
        path = self.photos / "log.csv"
        path.write_text(content)
        return path

    def array(self):
        path = self.folder / "toy_data.npy"
        np.save(path, np.arange(3 * 24, dtype=np.uint8).reshape(3, 24))
        np.save(self.folder / "toy_labels.npy", [1, 0, 1])
        return path

    def restore(self, **settings):
        self.widget = self.create_widget(OWLoadImages, stored_settings=settings)
        return self.loaded()

    @property
    def shown(self):
        found = self.widget.found
        return [found.tabText(tab) for tab in range(found.count())]

    def test_nothing_is_sent_and_no_error_shown_before_a_choice(self):
        assert self.loaded() is None
        assert not any(group.active for group in self.widget.message_groups)
        assert not self.widget.source_box.reload_button.isEnabled()

    def test_folder_is_sent_with_its_classes(self):
        (self.photos / "b" / "2.png").unlink()
        images = self.load(self.photos)
        assert images.metas[:, 1].tolist() == ["a/1.png", "a/2.png", "b/1.png", "b/3.png"]
        assert images.domain["image"].attributes == {"type": "image", "origin": str(self.photos)}
        assert images.domain.class_var.name == "category"
        assert images.Y.tolist() == [0, 0, 1, 1]
        assert self.widget.summary.text() == "4 images in 2 classes, 2 each."
        assert self.shown == ["Images (4 of 4)", "Classes (2)"]
        assert not self.widget.Warning.active
        assert self.get_output(self.widget.Outputs.skipped_images) is None

    def test_problems_are_listed_and_sent(self):
        (self.photos / "empty").mkdir()
        self.load(self.photos)
        assert self.shown[-1] == "Problems (2)"
        skipped = self.get_output(self.widget.Outputs.skipped_images)
        assert str(skipped[0, "reason"]) == "not an image, but text"
        assert str(self.widget.Warning.problems) == ("b/2.png: not an image, but text (and 1 more: see Problems).")
        problems = self.widget.found.problems
        cells = [[problems.item(row, column).text() for column in range(2)] for row in range(2)]
        assert cells[1] == ["empty", "there is no image in this folder"]

    def test_no_readable_image_is_an_error_with_the_rows(self):
        for name in ("a/1.png", "a/2.png", "b/1.png", "b/3.png"):
            (self.photos / name).unlink()
        assert self.load(self.photos) is None
        assert len(self.get_output(self.widget.Outputs.skipped_images)) == 1
        assert str(self.widget.Error.none_readable).startswith("None of 1 image can be opened: b/2.png: ")

    def test_thumbnails_are_made_with_their_labels(self):
        self.load(self.photos)
        model = self.widget.found.images.images
        assert [model.data(model.index(row)) for row in range(4)] == ["a", "a", "b", "b"]
        red = lambda: model.data(model.index(0), Qt.ItemDataRole.DecorationRole).toImage()  # noqa: E731
        center = lambda: red().pixelColor(red().width() // 2, red().height() // 2).getRgb()[:3]  # noqa: E731
        self.process_events(lambda: center() == (255, 0, 0), timeout=20_000)
        assert model.data(model.index(0), Qt.ItemDataRole.ToolTipRole) == str(self.photos / "a" / "1.png")

    def test_columns_of_a_log_are_guessed_shown_and_can_be_changed(self):
        images = self.load(self.log())
        box = self.widget.table_box
        assert not box.isHidden()
        assert self.widget.array_box.isHidden()
        assert [combo.currentText() for combo in (box.image_combo, box.label_combo)] == ["center", "kind"]
        assert images.domain.class_var.values == ("x", "y")
        assert "Table (2)" in self.shown
        assert self.widget.found.table.item(1, 2).text() == "-1"
        simulate.combobox_activate_item(box.label_combo, "steering")
        images = self.loaded()
        assert images.domain.class_var.is_continuous
        assert images.Y.tolist() == [0.25, -1]
        assert box.kind_combo.currentText() == "Numbers to predict"
        simulate.combobox_activate_item(box.kind_combo, "Categories")
        assert self.loaded().domain.class_var.values == ("-1", "0.25")
        simulate.combobox_activate_item(box.label_combo, "(none)")
        assert self.loaded().domain.class_var is None
        assert not box.kind_combo.isEnabled()
        simulate.combobox_activate_item(box.image_combo, "left")
        assert self.loaded().get_column("left").tolist() == ["a/2.png", "b/3.png"]

    def test_choices_of_one_table_are_not_taken_for_another(self):
        self.load(self.log())
        simulate.combobox_activate_item(self.widget.table_box.image_combo, "left")
        self.loaded()
        other = self.folder / "other.csv"
        other.write_text(f"file,class\n{self.photos}/a/1.png,z\n")
        assert self.load(other).domain.class_var.values == ("z",)

    def test_names_of_images_can_start_elsewhere(self):
        path = self.folder / "logs" / "log.csv"
        path.parent.mkdir()
        path.write_text(LOG)
        assert self.load(path) is None
        assert f"2 images were not found in {path.parent} and its folders" in str(self.widget.Information.remarks)
        with patch.object(QFileDialog, "getExistingDirectory", return_value=str(self.photos)):
            self.widget.table_box.root_button.click()
        assert len(self.loaded()) == 2
        assert self.widget.table_box.root_edit.text() == str(self.photos)

    def test_images_of_another_computer_are_found_and_told(self):
        path = self.folder / "log.csv"
        path.write_text("center,left,y\n" + "".join(f"C:\\x\\a\\{n}.png,a\\{3 - n}.png,0.5\n" for n in (1, 2)))
        images = self.load(path)
        assert images.get_column("center").tolist() == ["photos/a/1.png", "photos/a/2.png"]
        assert images.get_column("image name").tolist() == ["1", "2"]
        assert images.get_column("left").tolist() == ["photos/a/2.png", "photos/a/1.png"]
        assert images.domain["left"].attributes == {"type": "image", "origin": str(self.folder)}
        assert str(self.widget.Information.remarks) == (
            "2 of 2 images were found by file name in photos/a beside the table"
        )
        assert not self.widget.Warning.active

    def test_splits_are_told_and_a_column(self):
        shutil.copytree(self.photos, self.folder / "data" / "train")
        shutil.copytree(self.photos, self.folder / "data" / "val")
        (self.folder / "data" / "val" / "notes.json").touch()
        images = self.load(self.folder / "data")
        assert images.domain.class_var.values == ("a", "b")
        assert images.get_column("split").tolist() == ["train"] * 4 + ["val"] * 4
        assert str(self.widget.Information.remarks) == (
            "Taken as splits: train (5), val (5); classes are the folders in them"
        )
        assert self.widget.summary.text().endswith("; left out: 1 .json.")

    def test_columns_without_a_header_can_be_chosen(self):
        path = self.folder / "log.csv"
        path.write_text("photos/a/1.png,photos/b/1.png,0.5\nphotos/a/2.png,photos/b/3.png,0.25\n")
        images = self.load(path)
        assert images.get_column("column 1").tolist() == ["photos/a/1.png", "photos/a/2.png"]
        box = self.widget.table_box
        simulate.combobox_activate_item(box.image_combo, "column 2")
        simulate.combobox_activate_item(box.label_combo, "column 3")
        images = self.loaded()
        assert images.get_column("column 2").tolist() == ["photos/b/1.png", "photos/b/3.png"]
        assert images.Y.tolist() == [0.5, 0.25]

    def test_shape_of_rows_is_asked_and_one_side_gives_the_other(self):
        assert self.load(self.array()) is None
        assert "does not tell its shape" in str(self.widget.Error.source)
        box = self.widget.array_box
        assert not box.height_spin.isHidden()
        box.height_spin.setValue(2)
        images = self.loaded()
        assert (box.width_spin.value(), box.channels_spin.value()) == (4, 3)
        assert images.get_column("width").tolist() == [4, 4, 4]
        assert images.Y.tolist() == [1, 0, 1]
        first = Path(images.domain["image"].attributes["origin"], str(images[0, "image"]))
        np.testing.assert_array_equal(np.asarray(Image.open(first)).ravel(), np.arange(24))
        assert str(first.parent) in str(self.widget.Information.written)

    def test_labels_of_an_array_can_be_another_file_or_none(self):
        path = self.array()
        np.save(self.folder / "others.npy", ["p", "q", "p"])
        self.load(path)
        self.widget.array_box.height_spin.setValue(2)
        self.loaded()
        combo = self.widget.array_box.labels_combo
        assert combo.currentText() == "toy_labels.npy"
        with patch.object(QFileDialog, "getOpenFileName", return_value=(str(self.folder / "others.npy"), "")):
            simulate.combobox_activate_item(combo, "Another file...")
        assert self.loaded().domain.class_var.values == ("p", "q")
        with patch.object(QFileDialog, "getOpenFileName", return_value=("", "")):
            simulate.combobox_activate_item(combo, "Another file...")
        assert combo.currentText() == "others.npy"
        simulate.combobox_activate_item(combo, "(none)")
        assert self.loaded().domain.class_var is None

    def test_folder_and_file_are_chosen_in_dialogs(self):
        box = self.widget.source_box
        with patch.object(QFileDialog, "getExistingDirectory", return_value=str(self.photos)):
            box.folder_button.click()
        assert len(self.loaded()) == 4
        with patch.object(QFileDialog, "getOpenFileName", return_value=(str(self.photos / "a" / "1.png"), "")):
            box.file_button.click()
        assert len(self.loaded()) == 1
        with patch.object(QFileDialog, "getOpenFileName", return_value=("", "")):
            box.file_button.click()
        assert box.path == str(self.photos / "a" / "1.png")

    def test_recent_paths_are_offered_to_other_widgets_the_latest_first(self):
        self.load(self.photos / "a")
        self.load(self.photos / "b")
        other = self.create_widget(OWLoadImages)
        combo = other.source_box.combo
        assert [combo.itemData(row) for row in range(combo.count())] == [
            str(self.photos / "b"), str(self.photos / "a"),
        ]  # fmt: skip
        assert combo.currentIndex() == -1
        simulate.combobox_activate_index(combo, 1)
        assert len(self.loaded(other)) == 2

    def test_missing_paths_are_not_offered(self):
        self.load(self.log())
        self.log().unlink()
        assert self.create_widget(OWLoadImages).source_box.combo.count() == 0

    def test_recent_paths_are_not_in_the_workflow(self):
        self.load(self.photos / "a")
        self.load(self.photos / "b")
        assert str(self.photos / "a") not in str(self.widget.settingsHandler.pack_data(self.widget))

    def test_settings_restore_the_choices(self):
        self.load(self.log())
        simulate.combobox_activate_item(self.widget.table_box.image_combo, "left")
        simulate.combobox_activate_item(self.widget.table_box.label_combo, "(none)")
        self.loaded()
        images = self.restore(**self.widget.settingsHandler.pack_data(self.widget))
        assert images.get_column("left").tolist() == ["a/2.png", "b/3.png"]
        assert images.domain.class_var is None
        assert self.widget.source_box.combo.currentText() == "log.csv"

    def test_path_moves_with_the_workflow(self):
        env = "orangewidget.widget.OWBaseWidget.workflowEnv"
        with patch(env, return_value={"basedir": str(self.folder)}):
            self.load(self.photos)
            saved = self.widget.settingsHandler.pack_data(self.widget)
        (self.folder / "after").mkdir()
        self.photos.rename(self.folder / "after" / "photos")
        with patch(env, return_value={"basedir": str(self.folder / "after")}):
            assert len(self.restore(**saved)) == 4
        assert self.widget.source_box.path == str(self.folder / "after" / "photos")

    def test_path_is_relative_to_a_workflow_that_is_saved_later(self):
        self.load(self.photos)
        with patch.object(self.widget, "workflowEnv", return_value={"basedir": str(self.folder)}):
            self.widget.workflowEnvChanged("basedir", str(self.folder), "")
        assert RecentPath.from_list(self.widget.source_box.place).relpath == "photos"

    def test_missing_path_is_an_error_and_can_be_reloaded(self):
        self.photos.rename(self.folder / "away")
        self.restore(source_box={"place": RecentPath.create(str(self.photos), []).to_list()})
        assert "no such file or folder" in str(self.widget.Error.source)
        (self.folder / "away").rename(self.photos)
        self.widget.source_box.reload_button.click()
        assert len(self.loaded()) == 4
        assert not self.widget.Error.active

    def test_reload_sees_what_has_changed(self):
        self.load(self.photos)
        (self.photos / "a" / "1.png").unlink()
        self.widget.source_box.reload_button.click()
        assert len(self.loaded()) == 3

    def test_unwritable_copies_are_an_error(self):
        self.monkeypatch.setattr(owloadimages, "load_images", self.fail_with(SinkError("Cannot write x: full.")))
        self.load(self.photos)
        assert str(self.widget.Error.failed) == "Cannot write x: full."
        assert self.widget.status.button.isHidden()

    def fail_with(self, error):
        def fail(*_):
            raise error

        return fail

    def test_unexpected_exception_goes_to_oranges_error_report(self):
        with pytest.raises(ZeroDivisionError):
            self.widget.on_exception(ZeroDivisionError())

    def test_cancel_stops_and_sends_nothing(self):
        self.monkeypatch.setattr(pulse, "SECONDS", 0)
        gate, fractions = threading.Event(), []
        real = owloadimages.load_images

        def held(choice, callback):
            def callback_later(fraction):
                fractions.append(fraction)
                assert gate.wait(20)
                callback(fraction)

            return real(choice, callback_later)

        self.monkeypatch.setattr(owloadimages, "load_images", held)
        self.widget.source_box.choose(str(self.photos))
        self.process_events(lambda: fractions, timeout=20_000)
        assert not self.widget.status.button.isHidden()
        self.widget.status.button.click()
        assert self.widget.status.label.text() == "Cancelled"
        gate.set()
        self.widget.shutdown()
        assert fractions == [0]
        assert self.get_output(self.widget.Outputs.images) is None
        assert self.widget.status.button.isHidden()

    def test_folder_dropped_on_the_widget_is_loaded(self):
        assert self.widget.canDropUrl(QUrl.fromLocalFile(str(self.photos)))
        assert not self.widget.canDropUrl(QUrl("http://a.org/photos"))
        self.widget.handleDroppedUrl(QUrl.fromLocalFile(str(self.photos)))
        assert len(self.loaded()) == 4

    def test_folder_dropped_on_the_canvas_becomes_a_widget(self):
        handler, data = OWLoadImagesDropHandler(), QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self.photos))])
        assert handler.canDropMimeData(None, data)
        assert handler.qualifiedName() == f"{OWLoadImages.__module__}.OWLoadImages"
        assert len(self.restore(**handler.parametersFromMimeData(None, data))) == 4

    def test_tables_without_images_are_left_to_the_widget_file(self):
        iris = self.folder / "iris.csv"
        iris.write_text("sepal,petal\n1,2\n")
        assert not OWLoadImagesDropHandler().canDropFile(str(iris))
        assert OWLoadImagesDropHandler().canDropFile(str(self.log()))

    def test_report_has_source_and_problems(self):
        self.load(self.photos)
        self.widget.send_report()
        for text in (str(self.photos), "Images of each class", "not an image, but text"):
            assert text in self.widget.report_html

    def test_report_works_without_images(self):
        self.widget.send_report()
        assert self.widget.report_html is not None


def test_entry_point_names_the_drop_handler():
    setup = Path(__file__).parents[2] / "setup.py"
    assert f"{OWLoadImagesDropHandler.__module__}:{OWLoadImagesDropHandler.__name__}" in setup.read_text()
