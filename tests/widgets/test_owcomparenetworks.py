"""Compare Networks, with colors of the images as features, and without TensorFlow."""

import numpy as np
import pytest
from AnyQt.QtCore import Qt
from AnyQt.QtTest import QTest
from Orange.classification import LogisticRegressionLearner
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table
from Orange.evaluation import CA, CrossValidation
from Orange.widgets.tests import base
from Orange.widgets.tests.utils import simulate
from PIL import Image

from orangecontrib.transferlearning.bakeoff import duplicates
from orangecontrib.transferlearning.bakeoff.candidates import preset_candidate
from orangecontrib.transferlearning.errors import DownloadError, WeightsError
from orangecontrib.transferlearning.orange.embed_table import embed_table
from orangecontrib.transferlearning.widgets import owcomparenetworks
from orangecontrib.transferlearning.widgets.controls.speed_view import TimeAxis
from orangecontrib.transferlearning.widgets.owcomparenetworks import OWCompareNetworks
from orangecontrib.transferlearning.widgets.owkerasembedding import OWKerasEmbedding


def color_table(folder, n_each=8):
    """Return a table of images of two similar colors, with a column of plates; some colors are of the other class."""
    generator = np.random.default_rng(3)
    rows = []
    for number in range(2 * n_each):
        red = number % 2
        color = np.array([140, 90, 60] if red else [110, 90, 100]) + generator.integers(-30, 30, 3)
        Image.new("RGB", (8, 8), tuple(map(int, color))).save(folder / f"c{number}.png")
        rows.append([["red", "blue"][number % 2], f"plate {number // 4}", f"c{number}.png"])
    image = StringVariable("image")
    image.attributes = {"type": "image", "origin": str(folder)}
    domain = Domain([], DiscreteVariable("color", ["red", "blue"]), [StringVariable("plate"), image])
    return Table.from_list(domain, rows)


class TestOWCompareNetworks(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, networks, tmp_path, monkeypatch):
        self.networks = networks
        self.folder = tmp_path
        self.images = color_table(tmp_path)
        monkeypatch.setattr(owcomparenetworks, "FeatureCache", lambda path: None)
        # Colors are few features, and those of different images are alike.
        monkeypatch.setattr(duplicates, "ALIKE", 0.9999999)

    def setUp(self):
        self.widget = self.make(candidates=["quick", "MobileNet"])

    def tearDown(self):
        self.networks.gate.set()
        super().tearDown()

    def make(self, **settings):
        self.widget = self.create_widget(OWCompareNetworks, stored_settings=settings)
        return self.widget

    @property
    def box(self):
        return self.widget.cross_validation_box

    def compare(self, table):
        """Send a table, and return the rows of the comparison."""
        self.send_signal(self.widget.Inputs.images, table)
        return self.compared()

    def compared(self):
        self.wait_until_finished(timeout=20_000)
        return self.get_output(self.widget.Outputs.comparison)

    def embedded(self):
        self.process_events(lambda: self.widget._row_embedding.task is None, timeout=20_000)
        return self.get_output(self.widget.Outputs.embeddings)

    def check(self, name, checked=True):
        """Check a network in the list."""
        items = self.widget.candidate_list
        item = next(
            each for each in map(items.item, range(items.count())) if each.data(Qt.ItemDataRole.UserRole) == name
        )
        item.setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)

    def cells(self, column):
        """Return the texts in a column of the list, as they are sorted."""
        model = self.widget.list.model()
        return [model.index(row, column).data() for row in range(model.rowCount())]

    def test_accuracies_are_those_of_orange_with_the_same_folds(self):
        rows = self.compare(self.images)
        data, _ = embed_table(self.images, preset_candidate("quick").embedder())
        learner = LogisticRegressionLearner(penalty="l2", C=1, max_iter=10_000, random_state=0)
        expected = CA(CrossValidation(k=5, random_state=0)(data, [learner]))[0]
        assert 0.5 < expected < 1
        assert [str(row["candidate"]) for row in rows] == ["quick", "MobileNet"]
        assert rows[0, "accuracy"] == pytest.approx(expected)
        assert (rows[0, "features"], rows[0, "MB"], rows[0, "images"]) == (3, 5, 16)
        folds = [float(rows[0, f"fold {number}"]) for number in range(1, 6)]
        assert rows[0, "spread"] == pytest.approx(np.std(folds))
        assert rows[0, "ms/image"] == pytest.approx(1000 / rows[0, "images/s"])
        assert self.cells(0) == ["Quick", "MobileNet"]
        assert self.cells(2)[0] == f"{expected:.3f} ± {np.std(folds):.3f}"
        assert self.widget.status.label.text() == "5-fold cross-validation on 16 images"

    def test_front_is_marked_in_list_table_and_chart(self):
        rows = self.compare(self.images)
        front = [str(row["front"]) == "yes" for row in rows]
        assert any(front)
        assert self.cells(7) == ["front" if each else None for each in front]
        lines = self.widget.view.accessibleDescription().splitlines()
        assert [line.endswith(", on the front") for line in lines] == front
        assert lines[0].startswith(f"Quick, Logistic Regression: accuracy {float(rows[0, 'accuracy']):.1%} ± ")
        assert len(self.widget.view.rings.data) == sum(front)
        places = [(point.pos().x(), point.pos().y()) for point in self.widget.view.points.points()]
        assert places == [
            (pytest.approx(np.log10(row["ms/image"])), pytest.approx(float(row["accuracy"]))) for row in rows
        ]

    def test_selected_row_sends_the_table_of_keras_embedding(self):
        assert self.compare(self.images) is not None
        assert self.get_output(self.widget.Outputs.embeddings) is None
        assert self.widget.sent_label.text() == "Select a row to send its embeddings."
        self.widget.list.selectRow(0)
        sent = self.embedded()
        other = self.create_widget(OWKerasEmbedding, stored_settings={"network_box": {"backbone": "quick"}})
        self.send_signal(other.Inputs.images, self.images, widget=other)
        self.wait_until_finished(widget=other, timeout=20_000)
        expected = self.get_output(other.Outputs.embeddings, widget=other)
        assert sent.domain == expected.domain
        np.testing.assert_array_equal(sent.X, expected.X)
        np.testing.assert_array_equal(sent.ids, self.images.ids)
        np.testing.assert_allclose(self.images[3:5].transform(sent.domain).X, sent.X[3:5], rtol=1e-6)
        assert self.widget.sent_label.text() == "Sent: embeddings by Quick, 3 features"

    def test_another_row_or_none_replaces_what_was_sent(self):
        self.box.learner_checks["knn"].setChecked(True)
        self.compare(self.images)
        self.widget.list.selectRow(1)
        first = self.embedded()
        self.widget.list.selectRow(0)
        assert self.embedded() is first  # Another learner of the same network.
        self.widget.list.selectRow(2)
        second = self.embedded()
        assert second.X.shape == first.X.shape
        assert not np.allclose(second.X, first.X)  # A preset scales its features.
        self.widget.list.clearSelection()
        assert self.embedded() is None

    def test_a_row_can_be_selected_before_the_comparison_ends(self):
        self.networks.gate.clear()
        self.send_signal(self.widget.Inputs.images, self.images)
        self.networks.batches.clear()
        self.networks.gate.set()
        self.process_events(lambda: self.widget.rows, timeout=20_000)
        self.networks.gate.clear()
        self.widget.list.selectRow(0)
        self.networks.gate.set()
        assert len(self.embedded()) == 16
        assert len(self.compared()) == 2
        assert len(self.embedded()) == 16

    def test_point_that_is_clicked_selects_its_row(self):
        self.compare(self.images)
        view = self.widget.view
        view.points.sigClicked.emit(view.points, [view.points.points()[1]], None)
        assert (self.widget.chosen_candidate, self.widget.chosen_learner) == ("MobileNet", "logistic")
        assert self.embedded() is not None
        bold = [text.textItem.toPlainText() for text, _ in view._names if text.textItem.font().bold()]
        assert bold == ["MobileNet"]

    def test_rows_can_be_sorted_and_the_right_one_is_sent(self):
        self.box.learner_checks["knn"].setChecked(True)
        self.compare(self.images)
        self.widget.list.sortByColumn(1, Qt.SortOrder.AscendingOrder)
        assert self.cells(1) == ["Logistic Regression"] * 2 + ["kNN"] * 2
        row = self.cells(0).index("MobileNet")
        self.widget.list.selectRow(row)
        assert self.widget.chosen_candidate == "MobileNet"
        numbers = [float(text.split()[0]) for text in self.cells(2)]
        self.widget.list.sortByColumn(2, Qt.SortOrder.DescendingOrder)
        assert [float(text.split()[0]) for text in self.cells(2)] == sorted(numbers, reverse=True)
        assert self.widget.chosen_candidate == "MobileNet"

    def test_settings_come_back_and_the_chosen_row_is_sent_again(self):
        self.check("quick", checked=False)
        self.box.learner_checks["knn"].setChecked(True)
        self.box.learner_checks["logistic"].setChecked(False)
        self.box.folds_spin.setValue(2)
        self.box.alike_check.setChecked(True)
        self.compare(self.images)
        simulate.combobox_activate_item(self.box.group_combo, "plate")
        self.compared()
        self.widget.list.selectRow(0)
        self.embedded()
        packed = self.widget.settingsHandler.pack_data(self.widget)
        assert (packed["candidates"], packed["chosen_candidate"]) == (["MobileNet"], "MobileNet")
        self.make(**packed)
        assert self.widget.candidate_list.checked() == ["MobileNet"]
        assert self.box.learners == ["knn"] and self.box.alike_check.isChecked()
        rows = self.compare(self.images)
        assert self.box.group_column.name == "plate"
        assert [str(row["learner"]) for row in rows] == ["kNN"]
        assert "fold 2" in rows.domain and "fold 3" not in rows.domain
        assert len(self.embedded()) == 16
        assert self.widget.list.selectionModel().selectedRows()[0].row() == 0

    def test_group_is_chosen_anew_for_a_table_of_another_kind(self):
        self.compare(self.images)
        simulate.combobox_activate_item(self.box.group_combo, "plate")
        self.compared()
        self.compare(self.images.transform(Domain([], self.images.domain.class_var, [self.images.domain["image"]])))
        assert self.box.group_column is None
        self.compare(self.images)
        assert self.box.group_column.name == "plate"

    def test_images_of_a_group_are_in_one_fold(self):
        self.compare(self.images)
        plates = np.repeat(np.arange(4), 4)
        split = lambda: [len(np.unique(self.widget._known._foldings[0][plates == plate])) for plate in range(4)]  # noqa: E731
        assert max(split()) > 1
        self.box.folds_spin.setValue(2)
        simulate.combobox_activate_item(self.box.group_combo, "plate")
        assert len(self.compared()) == 2
        assert split() == [1, 1, 1, 1]

    def test_cancelled_comparison_keeps_its_rows_and_goes_on(self):
        self.networks.batches.append(0)
        self.send_signal(self.widget.Inputs.images, self.images)
        self.process_events(lambda: self.widget.rows, timeout=20_000)
        self.widget.status.button.click()
        n_rows = len(self.widget.rows)
        assert self.widget.status.label.text() == "Cancelled"
        assert len(self.get_output(self.widget.Outputs.comparison)) == n_rows
        first = self.widget.rows["quick", "logistic"]
        assert self.widget.apply_box.button.text() == "Apply"
        self.widget.apply_box.button.click()
        assert len(self.compared()) == 2
        assert self.widget.rows["quick", "logistic"] is first
        assert [built["backbone"] for built in self.networks.built].count("SqueezeNet") == 1

    def test_added_networks_and_folds_compute_no_features_again(self):
        self.compare(self.images)
        first = self.widget.rows["quick", "logistic"]
        self.check("balanced")
        rows = self.compared()
        assert [str(row["candidate"]) for row in rows] == ["quick", "balanced", "MobileNet"]
        assert self.widget.rows["quick", "logistic"] is first
        n_computed = sum(self.networks.batches)
        self.box.folds_spin.setValue(4)
        assert "fold 5" not in self.compared().domain
        assert sum(self.networks.batches) == n_computed

    def test_another_table_starts_anew(self):
        self.compare(self.images)
        first = self.widget.rows["quick", "logistic"]
        assert float(self.compare(self.images[:12])[0, "images"]) == 12
        assert self.widget.rows["quick", "logistic"] is not first
        assert self.compare(None) is None
        assert self.cells(0) == []

    def test_nothing_of_an_earlier_table_is_sent_while_another_is_compared(self):
        self.compare(self.images)
        self.widget.list.selectRow(0)
        assert self.embedded() is not None
        self.send_signal(self.widget.Inputs.images, self.images[:12])
        sent = [self.signal_manager.outputs[self.widget, name] for name in ("Embeddings", "Comparison")]
        assert sent == [None, None]
        self.compared()
        assert len(self.embedded()) == 12
        self.send_signal(self.widget.Inputs.images, self.images)
        self.send_signal(self.widget.Inputs.images, None)
        assert (self.compared(), self.embedded()) == (None, None)

    def test_arrow_keys_select_rows_and_tab_does_not(self):
        self.compare(self.images)
        self.widget.list.setFocus(Qt.FocusReason.TabFocusReason)
        assert self.widget.chosen_candidate == ""
        QTest.keyClick(self.widget.list, Qt.Key.Key_Down)
        QTest.keyClick(self.widget.list, Qt.Key.Key_Down)
        assert self.widget.chosen_candidate == "MobileNet"
        QTest.keyClick(self.widget.list, Qt.Key.Key_Up)
        assert self.widget.chosen_candidate == "quick"
        assert len(self.embedded()) == 16

    def test_duplicates_are_told_and_kept_together_on_demand(self):
        alike = self.images.copy()
        with alike.unlocked(alike.metas):
            alike[:4, "image"] = np.array([["c0.png"], ["c1.png"], ["c0.png"], ["c1.png"]], object)
        self.compare(alike)
        found = self.widget._known.duplicates
        assert found.n_pairs == 2
        assert found.n_split > 0
        one, other = (self.widget._known.images.items[row].key for row in found.first[0])
        assert str(self.widget.Warning.alike) == (
            f"{found.n_pairs} pairs of images look like the same photograph, {found.n_split} in different folds, such "
            f"as {one} and {other}, so that accuracies may be too high: remove one of each, or keep them together."
        )

    def test_duplicates_that_are_together_are_only_mentioned(
        self,
    ):
        self.box.alike_check.setChecked(True)
        self.box.folds_spin.setValue(2)
        alike = self.images.copy()
        with alike.unlocked(alike.metas):
            alike[2, "image"] = "c0.png"
        self.compare(alike)
        assert str(self.widget.Information.alike) == "1 pair of images looks like the same photograph, in one fold."
        assert not self.widget.Warning.alike.is_shown()

    def test_rows_without_class_are_embedded_but_not_compared(self):
        partly = self.images.copy()
        with partly.unlocked(partly.Y):
            partly.Y[0] = np.nan
        assert float(self.compare(partly)[0, "images"]) == 15
        assert str(self.widget.Information.unlabeled) == "1 image without a class left out of the comparison."
        self.widget.list.selectRow(0)
        assert len(self.embedded()) == 16

    def test_images_that_cannot_be_read_are_told(self):
        broken = self.images.copy()
        with broken.unlocked(broken.metas):
            broken[2, "image"] = "none.png"
        assert float(self.compare(broken)[0, "images"]) == 15
        assert str(self.widget.Warning.images_skipped) == "1 image skipped: row 3 (none.png): no such file."
        self.widget.list.selectRow(0)
        assert len(self.embedded()) == 15

    def test_tables_that_cannot_be_compared_are_told_with_advice(self):
        metas = self.images.domain.metas
        price = ContinuousVariable("price")
        for domain, words in [
            (Domain([], None, metas), "no class: make one categorical column the target in Select Columns"),
            (Domain([], price, metas), "The target price is a number"),
        ]:
            with self.subTest(words):
                assert self.compare(self.images.transform(domain)) is None
                assert words in str(self.widget.Error.failed)
        assert self.compare(Table("iris")) is None
        assert "make it a meta" in str(self.widget.Error.no_image_column)
        assert self.compare(self.images[:6]) is None
        assert str(self.widget.Error.failed) == (
            "2 of 2 classes have too few images: red (3), blue (3). 5 folds need 5 of each: choose 3 folds, or add "
            "images of them."
        )
        self.box.folds_spin.setValue(3)
        assert len(self.compared()) == 2
        assert not self.widget.Error.active

    def test_without_network_or_learner_it_says_what_to_check(self):
        self.compare(self.images)
        self.box.learner_checks["logistic"].setChecked(False)
        assert str(self.widget.Error.setting) == "No learner is chosen: check one."
        self.box.learner_checks["logistic"].setChecked(True)
        assert len(self.compared()) == 2
        self.check("quick", checked=False)
        self.check("MobileNet", checked=False)
        assert str(self.widget.Error.setting) == "Nothing is chosen to be compared: check a preset or a network."

    def test_unknown_network_of_a_workflow_is_an_error_and_can_be_unchecked(self):
        self.make(candidates=["VGG61", "quick"])
        assert "VGG61" in str(self.widget.Error.setting)
        assert self.compare(self.images) is None
        assert self.networks.built == []
        self.check("VGG61", checked=False)
        assert len(self.compared()) == 1

    def test_rows_remain_when_a_later_network_fails(self):
        self.compare(self.images)
        for error in (WeightsError("no connection"), DownloadError("no connection"), MemoryError()):
            with self.subTest(type(error).__name__):
                self.networks.error = error
                self.check("VGG16")
                assert len(self.compared()) == (1 if isinstance(error, MemoryError) else 2)
                assert (
                    self.widget.Error.memory if isinstance(error, MemoryError) else self.widget.Error.weights
                ).is_shown()
                self.networks.error = None
                self.check("VGG16", checked=False)
                assert len(self.compared()) == 2
                assert not self.widget.Error.active

    def test_failed_download_can_be_tried_again(self):
        self.networks.error = DownloadError("no connection")
        assert self.compare(self.images) is None
        self.networks.error = None
        self.widget.status.retry_button.click()
        assert len(self.compared()) == 2

    def test_unexpected_exception_goes_to_oranges_error_report(self):
        with pytest.raises(ZeroDivisionError):
            self.widget._row_failed(ZeroDivisionError())

    def test_presets_come_first_and_downloads_are_named(self):
        items = self.widget.candidate_list
        texts = [items.item(row).text() for row in range(items.count())]
        assert texts[:4] == ["Quick", "Balanced", "Best", "SqueezeNet 1.1"]
        assert "VGG-16 (download: 528 MB)" in texts
        fresh = self.create_widget(OWCompareNetworks)
        assert fresh.candidates == ["quick", "balanced", "best"]

    def test_report_has_settings_rows_and_chart(self):
        self.compare(self.images)
        self.widget.list.selectRow(1)
        self.embedded()
        self.widget.send_report()
        for words in ("Quick, MobileNet", "Logistic Regression", "Folds", "Computed by", "<img"):
            assert words in self.widget.report_html

    def test_window_can_be_drawn_with_and_without_rows(self):
        assert not self.widget.grab().isNull()
        self.compare(self.images)
        assert not self.widget.grab().isNull()


@pytest.mark.parametrize(
    ("least", "most", "ticks"),
    [(10, 300, [10, 100]), (9, 1200, [10, 100, 1000]), (10, 60, [10, 20, 50]), (11, 16, [12, 14, 16])],
)
def test_axis_of_time_has_round_numbers(least, most, ticks):
    axis = TimeAxis("bottom")
    [(_, places)] = axis.tickValues(np.log10(least), np.log10(most), 400)
    shown = axis.tickStrings(places, 1, 1)
    assert set(map(str, ticks)) <= set(shown)
    assert 3 <= len(shown) <= 10
