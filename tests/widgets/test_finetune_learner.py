"""Fine-tuning in Orange's own widgets."""

import pickle

import numpy as np
import pytest
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table
from Orange.widgets.evaluate.owpredictions import OWPredictions
from Orange.widgets.evaluate.owtestandscore import OWTestAndScore
from Orange.widgets.model.owloadmodel import OWLoadModel
from Orange.widgets.tests import base

from orangecontrib.transferlearning import FineTuneLearner, make_recipe

from ..drawings import SHAPES, write_drawings
from ..samples_networks import write_network


class TestFineTuning(base.WidgetTest):
    @pytest.fixture(autouse=True)
    def use_fixtures(self, tmp_path):
        self.folder = tmp_path
        settings = {"unfreeze": 2, "epochs": 20, "head_epochs": 30, "learning_rate": 0.003, "batch_size": 12}
        weights = str(write_network(tmp_path / "small.keras"))
        self.learner = FineTuneLearner(make_recipe(weights=weights, steps=("gray",), **settings), "image")

    def drawings(self, made, targets):
        """Return a table of eight drawings of each shape, with an attribute without information."""
        root = write_drawings(self.folder / "drawings", 8)
        image = StringVariable("image")
        image.attributes = {"type": "image", "origin": str(root)}
        names = [[f"{shape}/{number}.png"] for shape in SHAPES for number in range(8)]
        domain = Domain([ContinuousVariable("nothing")], made, [image])
        return Table.from_numpy(domain, np.zeros((24, 1)), np.repeat(targets, 8), np.array(names, object))

    @pytest.mark.thorough
    def test_test_and_score_cross_validates_classes_and_numbers_in_its_thread(self):
        for made in (DiscreteVariable("shape", SHAPES), ContinuousVariable("size")):
            widget = self.create_widget(OWTestAndScore)
            widget.n_folds = 0
            self.send_signal(widget.Inputs.train_data, self.drawings(made, [0.0, 1.0, 2.0]), widget=widget)
            self.send_signal(widget.Inputs.learner, self.learner, 0, widget=widget)
            results = self.get_output(widget.Outputs.evaluations_results, widget=widget, wait=60000)
            assert not widget.Error.active
            assert results.failed == [False]
            assert np.isfinite(results.predicted).all()
            assert results.learners[0].params == self.learner.params

    def test_saved_model_is_loaded_and_predicts_a_table_without_attributes_whose_column_has_another_name(self):
        table = self.drawings(DiscreteVariable("shape", SHAPES), [0.0, 1.0, 2.0])
        path = self.folder / "model.pkcls"
        path.write_bytes(pickle.dumps(self.learner(table)))
        widget = self.create_widget(OWLoadModel)
        widget.add_path(str(path))
        widget.open_file()
        model = self.get_output(widget.Outputs.model, widget=widget)
        predictions = self.create_widget(OWPredictions)
        photo = table.domain["image"].copy(name="photo")
        raw = Table.from_numpy(Domain([], table.domain.class_var, [photo]), table.X[:, :0], table.Y, table.metas)
        self.send_signal(predictions.Inputs.data, raw, widget=predictions)
        self.send_signal(predictions.Inputs.predictors, model, widget=predictions)
        assert not predictions.Error.predictor_failed.is_shown()
        annotated = self.get_output(predictions.Outputs.annotated, widget=predictions)
        assert (annotated.get_column("Fine-tuned Network") == table.Y).mean() > 0.8
        np.testing.assert_allclose(
            np.column_stack([annotated.get_column(f"Fine-tuned Network ({shape})") for shape in SHAPES]).sum(axis=1),
            1,
            rtol=1e-5,
        )
