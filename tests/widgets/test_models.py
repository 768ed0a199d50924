"""Models of `orange-transfer train` in Orange's own widgets."""

import pickle

import numpy as np
import pytest
from Orange.data import Table
from Orange.widgets.evaluate.owpredictions import OWPredictions
from Orange.widgets.model.owloadmodel import OWLoadModel
from Orange.widgets.tests import base

from orangecontrib.transferlearning.orange.embed_table import to_table
from orangecontrib.transferlearning.orange.models import make_model
from orangecontrib.transferlearning.records import Embeddings
from orangecontrib.transferlearning.reports.files import TRAINING_KINDS, open_model_output
from orangecontrib.transferlearning.training.training import train

from ..samples_training import clouds, slope


class TestTrainedModel(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, tmp_path, few_trees):
        self.folder = tmp_path

    def load(self, training, n_features):
        names = [f"n{i}" for i in range(n_features)]
        with open_model_output(self.folder / "m", ".pkcls", TRAINING_KINDS) as file:
            pickle.dump(make_model(training, "kind", names, "one"), file)
        widget = self.create_widget(OWLoadModel)
        widget.add_path(str(file.path))
        widget.open_file()
        assert not widget.Error.load_error.is_shown()
        return self.get_output(widget.Outputs.model, widget=widget)

    def predict(self, model, table):
        widget = self.create_widget(OWPredictions)
        self.send_signal(widget.Inputs.data, table, widget=widget)
        self.send_signal(widget.Inputs.predictors, model, widget=widget)
        assert not widget.Error.predictor_failed.is_shown(), str(widget.Error.predictor_failed)
        return self.get_output(widget.Outputs.annotated, widget=widget)

    def test_classes_are_predicted_as_the_estimator_predicts_them(self):
        features, labels = clouds(noise=2.0)
        table = to_table(Embeddings([str(i) for i in range(60)], features, labels, fingerprint="one"), "kind")
        for learner in ("logistic", "svm", "forest"):
            training = train(features.copy(), labels, learner)
            predictions = self.predict(self.load(training, 6), table)
            assert isinstance(predictions, Table)
            found = predictions.get_column(training.learner.title)
            np.testing.assert_array_equal(found, training.estimator.predict(table.X))
            for path in self.folder.iterdir():
                path.unlink()

    def test_numbers_are_predicted_as_the_estimator_predicts_them(self):
        features, numbers = slope()
        table = to_table(Embeddings([str(i) for i in range(80)], features, numbers, fingerprint="one"), "kind", True)
        training = train(features.copy(), numbers, is_target=True)
        predictions = self.predict(self.load(training, 5), table)
        np.testing.assert_allclose(predictions.get_column("Ridge regression"), numbers, atol=0.05)

    def test_features_of_another_network_are_an_error(self):
        features, labels = clouds()
        table = to_table(Embeddings([str(i) for i in range(60)], features, labels, fingerprint="other"), "kind")
        widget = self.create_widget(OWPredictions)
        self.send_signal(widget.Inputs.data, table, widget=widget)
        self.send_signal(widget.Inputs.predictors, self.load(train(features, labels), 6), widget=widget)
        assert "expected one, found other" in str(widget.Error.predictor_failed)
