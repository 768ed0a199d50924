"""Heads on features in Orange's own widgets."""

import pickle

import numpy as np
import pytest
from Orange.data import Table
from Orange.widgets.evaluate.owpredictions import OWPredictions
from Orange.widgets.evaluate.owtestandscore import OWTestAndScore
from Orange.widgets.model.owloadmodel import OWLoadModel
from Orange.widgets.tests import base

from orangecontrib.transferlearning import BottleneckNetworkLearner

from ..orange.test_head_learner import QUICK, angles, flowers


class TestBottleneckNetwork(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, tmp_path):
        self.folder = tmp_path

    def scores(self, table, learner):
        widget = self.create_widget(OWTestAndScore)
        widget.n_folds = 0
        self.send_signal(widget.Inputs.train_data, table, widget=widget)
        self.send_signal(widget.Inputs.learner, learner, 0, widget=widget)
        results = self.get_output(widget.Outputs.evaluations_results, widget=widget, wait=60000)
        assert not widget.Error.active and results.failed == [False]
        return results

    def test_test_and_score_cross_validates_classes_in_its_thread(self):
        results = self.scores(flowers(), BottleneckNetworkLearner(**QUICK))
        np.testing.assert_array_equal(results.predicted[0], results.actual)
        assert results.learners[0].params["epochs"] == QUICK["epochs"]

    def test_test_and_score_cross_validates_numbers(self):
        results = self.scores(angles(), BottleneckNetworkLearner(epochs=100, learning_rate=0.05, l2=0))
        assert np.corrcoef(results.predicted[0], results.actual)[0, 1] > 0.97

    def test_saved_model_is_loaded_and_predicts(self):
        table = flowers()
        path = self.folder / "model.pkcls"
        path.write_bytes(pickle.dumps(BottleneckNetworkLearner(**QUICK)(table)))
        widget = self.create_widget(OWLoadModel)
        widget.add_path(str(path))
        widget.open_file()
        model = self.get_output(widget.Outputs.model, widget=widget)
        predictions = self.create_widget(OWPredictions)
        self.send_signal(predictions.Inputs.data, table, widget=predictions)
        self.send_signal(predictions.Inputs.predictors, model, widget=predictions)
        assert not predictions.Error.predictor_failed.is_shown()
        annotated = self.get_output(predictions.Outputs.annotated, widget=predictions)
        assert isinstance(annotated, Table)
        np.testing.assert_array_equal(annotated.get_column("Bottleneck Network"), table.Y)
        assert annotated.get_column("Bottleneck Network (a)")[:20].min() > 0.6
