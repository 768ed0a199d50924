"""Tables of features that compute themselves, in Orange's own widgets for data."""

import numpy as np
import pytest
from Orange.classification import LogisticRegressionLearner, SVMLearner
from Orange.widgets.data.owconcatenate import OWConcatenate
from Orange.widgets.data.owmergedata import OWMergeData
from Orange.widgets.evaluate.owtestandscore import OWTestAndScore
from Orange.widgets.tests import base

from orangecontrib.transferlearning import Embedder, embed_table

from ..samples_tables import image_table


class TestEmbeddedTables(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, fake_network, tmp_path):
        self.engine = fake_network.engine
        self.folder = tmp_path

    def setUp(self):
        self.images = image_table(self.folder / "images", 20)
        self.embedders = Embedder("SqueezeNet"), Embedder("SqueezeNet", pooling="max")
        self.one, self.other = (embed_table(self.images, embedder)[0] for embedder in self.embedders)
        self.engine.calls.clear()

    def concatenated(self, *tables):
        widget = self.create_widget(OWConcatenate)
        for number, table in enumerate(tables):
            self.send_signal(widget.Inputs.additional_data, table, number, widget=widget)
        return self.get_output(widget.Outputs.data, widget=widget)

    def test_concatenate_puts_equal_embeddings_under_each_other(self):
        again, _ = embed_table(self.images[3:], Embedder("SqueezeNet"))
        self.engine.calls.clear()
        table = self.concatenated(self.one[:3], again)
        assert table.domain.attributes == self.one.domain.attributes
        np.testing.assert_array_equal(table.X, self.one.X)
        assert self.engine.calls == []

    def test_concatenate_computes_the_features_of_a_raw_table(self):
        new = image_table(self.folder / "new", 6, shift=3)
        table = self.concatenated(self.one, new)
        assert self.engine.calls == [6]
        np.testing.assert_array_equal(table.X[20:], embed_table(new, self.embedders[0])[0].X)

    def test_concatenate_keeps_other_embeddings_apart(self):
        table = self.concatenated(self.one, self.other)
        assert table.X.shape == (40, 8)
        np.testing.assert_array_equal(table.X[:20, :4], self.one.X)

    def test_merge_data_takes_equal_embeddings_for_one(self):
        for extra, n_features in ((self.one.copy(), 4), (self.other, 8)):
            widget = self.create_widget(OWMergeData)
            self.send_signal(widget.Inputs.data, self.one, widget=widget)
            self.send_signal(widget.Inputs.extra_data, extra, widget=widget)
            merged = self.get_output(widget.Outputs.data, widget=widget)
            assert merged.X.shape == (20, n_features)
            np.testing.assert_array_equal(merged.X[:, -4:], extra.X)
        assert self.engine.calls == []

    def test_test_and_score_computes_nothing_and_embeds_raw_test_data_once(self):
        widget = self.create_widget(OWTestAndScore)
        self.send_signal(widget.Inputs.train_data, self.one, widget=widget)
        for number, learner in enumerate((SVMLearner(), LogisticRegressionLearner())):
            self.send_signal(widget.Inputs.learner, learner, number, widget=widget)
        assert self.get_output(widget.Outputs.evaluations_results, widget=widget, wait=30_000) is not None
        assert self.engine.calls == []
        self.send_signal(widget.Inputs.test_data, image_table(self.folder / "new", 6, shift=3), widget=widget)
        widget.controls.resampling.buttons[OWTestAndScore.TestOnTest].click()
        results = self.get_output(widget.Outputs.evaluations_results, widget=widget, wait=30_000)
        assert len(results.actual) == 6
        assert self.engine.calls == [6]
