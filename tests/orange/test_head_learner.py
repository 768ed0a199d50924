"""The Orange learner in scripts: cross-validation, progress, pickles, odd tables."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from Orange.classification import LogisticRegressionLearner
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Table
from Orange.data.table import DomainTransformationError
from Orange.evaluation import CA, R2, CrossValidation

from orangecontrib.transferlearning import BottleneckNetworkLearner
from orangecontrib.transferlearning.errors import Cancelled, SettingError
from orangecontrib.transferlearning.orange.embed_table import to_table
from orangecontrib.transferlearning.records import Embeddings

from ..samples_training import clouds, slope

QUICK = {"epochs": 60, "learning_rate": 0.05}
"""Converged on features as simple as these, so that nothing hangs on how a machine rounds."""


def flowers(fingerprint="one", **options):
    features, labels = clouds(**options)
    keys = [str(i) for i in range(len(labels))]
    return to_table(Embeddings(keys, features, labels, fingerprint=fingerprint), "kind")


def angles():
    features, numbers = slope()
    return to_table(Embeddings([str(i) for i in range(80)], features, numbers), "angle", True)


@pytest.fixture(scope="module")
def model():
    return BottleneckNetworkLearner(**QUICK)(flowers())


def test_cross_validation_of_classes_beside_logistic_regression():
    learners = [BottleneckNetworkLearner(**QUICK), LogisticRegressionLearner()]
    results = CrossValidation(k=3, random_state=0)(flowers(), learners)
    assert CA(results).tolist() == [1.0, 1.0]
    assert results.probabilities.shape == (2, 60, 3)


def test_cross_validation_of_numbers():
    learner = BottleneckNetworkLearner(epochs=100, learning_rate=0.05, l2=0)
    assert R2(CrossValidation(k=2, random_state=0)(angles(), [learner]))[0] > 0.95


def test_every_value_has_a_probability_and_those_without_rows_have_none():
    table = flowers()
    wider = DiscreteVariable("kind", ("0", "a", "b", "c", "z"))
    table = table.transform(Domain(table.domain.attributes, wider, table.domain.metas))
    values, probabilities = BottleneckNetworkLearner(**QUICK)(table)(table, 2)
    assert probabilities.shape == (60, 5)
    assert not probabilities[:, [0, 4]].any()
    np.testing.assert_array_equal(values, table.Y)


def test_missing_values_are_handled_in_training_and_in_prediction():
    table = flowers()
    with table.unlocked():
        table.X[3, 0] = np.nan
        table.Y[5] = np.nan
    model = BottleneckNetworkLearner(**QUICK)(table)
    assert np.isfinite(model(table, model.Probs)).all()
    assert model(table)[5] == 0


def test_categories_among_features_become_numbers():
    table = flowers()
    color = DiscreteVariable("color", ("red", "blue"))
    domain = Domain((*table.domain.attributes, color), table.domain.class_var)
    table = Table.from_numpy(domain, np.column_stack([table.X, np.arange(60) % 2]), table.Y)
    model = BottleneckNetworkLearner(**QUICK)(table)
    assert len(model.domain.attributes) == 8
    np.testing.assert_array_equal(model(table), table.Y)


def test_validation_stops_the_training():
    learner = BottleneckNetworkLearner(hidden=16, epochs=200, learning_rate=0.05, validation_size=0.2, patience=2, l2=0)
    history = learner(flowers(noise=3.0)).skl_model.history
    assert len(history.epochs) == history.kept + 3 < 200


def test_parameters_make_an_equal_learner():
    learner = BottleneckNetworkLearner(hidden=3, seed=4, balanced=True)
    assert learner.params["hidden"] == 3
    again = type(learner)(**learner.params)
    assert again.params == learner.params == copy.deepcopy(learner).params == pickle.loads(pickle.dumps(learner)).params
    assert repr(learner) == "BottleneckNetworkLearner(hidden=3, balanced=True, seed=4)"


def test_same_seed_gives_the_same_model(model):
    again = copy.deepcopy(BottleneckNetworkLearner(**QUICK))(flowers())
    np.testing.assert_array_equal(again(flowers(), 1), model(flowers(), 1))


def test_pickle_leaves_the_training_table_out_and_works_in_another_process(model, tmp_path):
    table = flowers()
    model.instances = table
    content = pickle.dumps(model)
    assert not hasattr(pickle.loads(content), "instances")
    assert pickle.loads(content).original_data is None
    larger = BottleneckNetworkLearner(epochs=1)(flowers(n_each=2000))
    assert len(pickle.dumps(larger)) < len(content) + 2000
    (tmp_path / "model.pkcls").write_bytes(content)
    (tmp_path / "table.pkl").write_bytes(pickle.dumps(table))
    code = (
        "import pickle, sys\n"
        "model, table = (pickle.load(open(name, 'rb')) for name in sys.argv[1:])\n"
        "print(model(table, 1)[:, 0].tolist())\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    paths = [str(tmp_path / "model.pkcls"), str(tmp_path / "table.pkl")]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True)
    np.testing.assert_allclose(eval(done.stdout), model(table, 1)[:, 0], atol=1e-6)


def test_progress_is_told_and_training_cancelled():
    told = []

    def tell(fraction, *message):
        told.append(fraction)
        if fraction > 0.5:
            raise Cancelled

    learner = BottleneckNetworkLearner(**QUICK)
    with pytest.raises(Cancelled):
        learner(flowers(), tell)
    assert told == sorted(told)
    assert 0.5 < told[-1] < 0.6
    assert learner.callback is None


def test_callback_that_a_widget_sets_is_called():
    told = []
    learner = copy.copy(BottleneckNetworkLearner(epochs=2))
    learner.callback = told.append
    learner(flowers())
    assert told[-1] == 1.0


def test_each_epoch_is_told_and_one_can_be_the_last():
    told = []
    learner = copy.copy(BottleneckNetworkLearner(epochs=50))
    learner.tell = lambda *epoch: told.append(epoch) or len(told) == 3
    model = learner(flowers())
    assert told == [(1, number, epoch) for number, epoch in enumerate(model.history.epochs, 1)]
    assert len(told) == 3
    assert BottleneckNetworkLearner.tell is None


def test_features_of_another_network_are_refused(model):
    with pytest.raises(DomainTransformationError, match="expected one, found other"):
        model(flowers(fingerprint="other"))


def test_tables_that_cannot_be_learned_from_are_refused():
    table = flowers()
    learner = BottleneckNetworkLearner()
    assert learner.incompatibility_reason(Domain(table.domain.attributes)) == "A class or a numeric target is needed."
    with pytest.raises(ValueError, match="embed the images first"):
        learner(table.transform(Domain([], table.domain.class_var)))
    with pytest.raises(TypeError, match="multiple class"):
        learner(table.transform(Domain(table.domain.attributes, [table.domain.class_var, ContinuousVariable("x")])))
    weighted = table.copy()
    with weighted.unlocked():
        weighted.set_weights(2)
    with pytest.raises(SettingError, match="weights of rows"):
        learner(weighted)
    with pytest.raises(SettingError, match="epochs has to be 1 or more"):
        BottleneckNetworkLearner(epochs=0)(table)
