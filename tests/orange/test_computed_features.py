"""Features that compute themselves: how often, for whom, and on what."""

import gc
import pickle
import threading
import weakref

import numpy as np
import pytest
from Orange import classification
from Orange.base import Model
from Orange.classification import (
    GBClassifier,
    KNNLearner,
    LogisticRegressionLearner,
    NaiveBayesLearner,
    NNClassificationLearner,
    RandomForestLearner,
    SGDClassificationLearner,
    SVMLearner,
    TreeLearner,
)
from Orange.data import Domain, StringVariable, Table
from Orange.data.io import TabReader
from Orange.data.table import DomainTransformationError
from Orange.evaluation import CrossValidation, TestOnTestData
from Orange.preprocess import Impute, Normalize
from Orange.projection import PCA

from orangecontrib.transferlearning import Embedder, embed_table, to_table, waiting
from orangecontrib.transferlearning.embedding import known_embedders
from orangecontrib.transferlearning.errors import Cancelled
from orangecontrib.transferlearning.orange import weak_cache
from orangecontrib.transferlearning.orange.computed_features import feature_of, features_there
from orangecontrib.transferlearning.orange.feature_columns import feature_variables

from ..conftest import forget_embedders
from ..samples_tables import image_table, without_class


@pytest.fixture
def training(tmp_path):
    return image_table(tmp_path / "training")


@pytest.fixture
def new(tmp_path):
    """Other images of the same names, in another folder."""
    return image_table(tmp_path / "new", n=6, shift=11)


@pytest.fixture
def embedder(fake_network):
    return Embedder("SqueezeNet")


def embed(table, embedder):
    embedded, _ = embed_table(table, embedder)
    return embedded


LEARNERS = {
    "logistic": LogisticRegressionLearner(),
    "knn": KNNLearner(n_neighbors=2),
    "forest": RandomForestLearner(n_estimators=3, random_state=0),
    "tree": TreeLearner(),
    "boosting": GBClassifier(n_estimators=3, random_state=0),
    "bayes": NaiveBayesLearner(),
    "svm": SVMLearner(probability=True),
    "network": NNClassificationLearner(hidden_layer_sizes=(4,), max_iter=20, random_state=0),
    "sgd": SGDClassificationLearner(random_state=0),
    "logistic, normalized": LogisticRegressionLearner(preprocessors=[Normalize()]),
    "logistic, imputed and normalized": LogisticRegressionLearner(preprocessors=[Impute(), Normalize()]),
}
# Orange has these where their libraries are installed.
OPTIONAL = {
    "XGBClassifier": {"n_estimators": 3, "n_jobs": 1},
    "XGBRFClassifier": {"n_estimators": 3, "n_jobs": 1},
    "CatGBClassifier": {"iterations": 3, "random_state": 0},
}
for _name, _settings in OPTIONAL.items():
    if hasattr(classification, _name):
        LEARNERS[_name] = getattr(classification, _name)(**_settings)

BEFORE = {
    "features": lambda table: table,
    "normalized": lambda table: Normalize()(table),
    "PCA": lambda table: PCA(n_components=3)(table)(table),
    "PCA of normalized": lambda table: PCA(n_components=3)(Normalize()(table))(Normalize()(table)),
}


@pytest.mark.parametrize("numeric", [False, True], ids=["no number", "a number"])
@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("learner", LEARNERS)
def test_every_chain_embeds_a_raw_table_in_one_run(tmp_path, embedder, fake_network, learner, before, numeric):
    training = image_table(tmp_path / "training", numeric=numeric)
    raw = without_class(image_table(tmp_path / "new", n=6, shift=11, numeric=numeric))
    model = LEARNERS[learner](BEFORE[before](embed(training, embedder)))
    expected = model(without_class(embed(raw, embedder)), Model.Probs)
    fake_network.engine.calls.clear()
    np.testing.assert_allclose(model(raw, Model.Probs), expected)
    assert fake_network.engine.calls == [6]
    assert len(np.unique(expected, axis=0)) > 1


@pytest.mark.parametrize("learner", LEARNERS)
def test_features_that_are_there_are_not_computed(training, embedder, fake_network, learner):
    embedded = embed(training, embedder)
    model = LEARNERS[learner](embedded)
    again = embed(training, Embedder("SqueezeNet"))
    fake_network.engine.calls.clear()
    model(embedded)
    model(again)
    CrossValidation(k=2)(embedded, [LEARNERS[learner]])
    assert fake_network.engine.calls == []


def test_several_models_of_one_table_share_the_run(training, new, embedder, fake_network):
    embedded = embed(training, embedder)
    models = [LEARNERS[name](embedded) for name in ("logistic", "svm", "network")]
    raw = without_class(new)
    fake_network.engine.calls.clear()
    for model in models:
        model(raw)
    model(raw[2:5])
    assert fake_network.engine.calls == [6]


def test_slices_are_computed_once_and_only_what_is_missing(training, new, embedder, fake_network):
    model = LEARNERS["svm"](embed(training, embedder))
    fake_network.engine.calls.clear()
    first, whole = model(new[:4]), model(new)
    np.testing.assert_array_equal(first, whole[:4])
    assert fake_network.engine.calls == [4, 2]


def test_tables_of_many_rows_are_computed_once_a_part(training, embedder, fake_network, monkeypatch):
    from Orange.data.table import _FromTableConversion

    monkeypatch.setattr(_FromTableConversion, "max_rows_at_once", 5)
    model = LEARNERS["svm"](BEFORE["PCA of normalized"](embed(training, embedder)))
    raw = without_class(training)
    fake_network.engine.calls.clear()
    model(raw)
    assert fake_network.engine.calls == [5, 5, 2]


def test_test_data_may_be_raw(training, new, embedder, fake_network):
    embedded = embed(training, embedder)
    fake_network.engine.calls.clear()
    learners = [LEARNERS[name] for name in ("logistic", "svm")]
    results = TestOnTestData()(embedded, new, learners)
    same = TestOnTestData()(embedded, embed(new, embedder), learners)
    np.testing.assert_array_equal(results.predicted, same.predicted)
    assert fake_network.engine.calls == [6, 6]


def test_names_start_from_where_the_new_table_is(training, new, embedder):
    embedded = embed(training, embedder)
    raw = new.transform(embedded.domain)
    np.testing.assert_array_equal(raw.X, embed(new, embedder).X)
    assert not np.array_equal(raw.X, embedded.X[:6])


def test_image_that_cannot_be_read_is_a_row_of_missing_values(training, new, embedder, tmp_path):
    embedded = embed(training, embedder)
    (tmp_path / "new" / "1.png").write_bytes(b"broken")
    (tmp_path / "new" / "4.png").unlink()
    with new.unlocked(new.metas):
        new.metas[5, 1] = ""
    X = new.transform(embedded.domain).X
    assert np.isnan(X).all(axis=1).tolist() == [False, True, False, False, True, True]
    assert not np.isnan(X[[0, 2, 3]]).any()


def test_table_of_no_image_loads_no_network(training, new, embedder, fake_network, monkeypatch):
    embedded = embed(training, embedder)
    del embedder
    forget_embedders(monkeypatch)
    built = len(fake_network.built)
    with new.unlocked(new.metas):
        new.metas[:, 1] = ""
    assert new[:0].transform(embedded.domain).X.shape == (0, 4)
    assert np.isnan(new.transform(embedded.domain).X).all()
    assert len(fake_network.built) == built


def test_renamed_column_is_found_where_it_is_the_only_one_that_is_marked(training, embedder, tmp_path):
    embedded = embed(training, embedder)
    other = image_table(tmp_path / "other", n=4, column="photo")
    np.testing.assert_array_equal(other.transform(embedded.domain).X, embed(other, embedder).X)
    other.domain["photo"].attributes.pop("type")
    with pytest.warns(UserWarning, match="the table has no column 'image' that names images"):
        assert np.isnan(other.transform(embedded.domain).X).all()


def test_column_of_the_same_name_needs_no_mark(training, new, embedder):
    embedded = embed(training, embedder)
    expected = embed(new, embedder).X
    new.domain["image"].attributes.pop("type")
    np.testing.assert_array_equal(new.transform(embedded.domain).X, expected)


def two_columns(table, folder):
    """The table with its images once more, in opposite order, in a column "back"."""
    back = StringVariable("back")
    back.attributes = {"type": "image", "origin": str(folder)}
    domain = Domain(table.domain.attributes, table.domain.class_vars, (*table.domain.metas, back))
    both = table.transform(domain)
    with both.unlocked(both.metas):
        both.metas[:, 2] = both.metas[::-1, 1]
    return both


def test_two_columns_are_two_embeddings_and_neither_stands_for_the_other(training, new, embedder, tmp_path):
    both = two_columns(training, tmp_path / "training")
    twice, _ = embed_table(embed(both, embedder), embedder, "back")
    assert len(set(twice.domain.attributes)) == 8
    X = two_columns(new, tmp_path / "new").transform(twice.domain).X
    np.testing.assert_array_equal(X[:, 4:], X[::-1, :4])
    with pytest.warns(UserWarning, match="no column 'back'"):
        alone = new.transform(twice.domain).X
    np.testing.assert_array_equal(alone[:, :4], X[:, :4])
    assert np.isnan(alone[:, 4:]).all()


def test_two_networks_in_a_row_are_both_computed(training, new, fake_network):
    first, second = Embedder("SqueezeNet"), Embedder("SqueezeNet", pooling="max")
    twice = embed(embed(training, first), second)
    assert [v.name for v in twice.domain.attributes[3:5]] == ["n3", "n0 (1)"]
    model = LEARNERS["svm"](BEFORE["PCA of normalized"](twice))
    expected = model(embed(embed(new, first), second))
    raw = without_class(new)
    fake_network.engine.calls.clear()
    np.testing.assert_array_equal(model(raw), expected)
    assert fake_network.engine.calls == [6, 6]


def test_embeddings_are_equal_where_fingerprint_and_column_are(training, new, fake_network, tmp_path):
    one, same = embed(training, Embedder("SqueezeNet")), embed(new, Embedder("SqueezeNet", batch_size=2))
    assert one.domain == same.domain
    assert hash(one.domain) == hash(same.domain)
    assert Table.concatenate([one, same]).X.shape == (18, 4)
    other = embed(training, Embedder("SqueezeNet", pooling="max"))
    elsewhere = embed(image_table(tmp_path / "x", n=2, column="photo"), Embedder("SqueezeNet"))
    for table in (other, elsewhere):
        assert [v.name for v in table.domain.attributes] == [v.name for v in one.domain.attributes]
        assert not set(table.domain.attributes) & set(one.domain.attributes)


def test_features_under_other_names_or_from_elsewhere_are_taken_as_they_are(training, embedder, fake_network, tmp_path):
    embedded = embed(training, embedder)
    model = LEARNERS["svm"](embedded)
    expected = model(embedded)
    listed = to_table(embedder.transform([str(tmp_path / "training" / f"{i}.png") for i in range(12)]))
    assert feature_of(listed.domain["n1"]) != feature_of(embedded.domain["n1"])
    second = embed(embed(training, Embedder("SqueezeNet", pooling="max")), Embedder("SqueezeNet"))
    second = second[:, [v for v in second.domain if v.name.endswith(" (1)")]]
    embedded.save(str(tmp_path / "saved.tab"))
    stripped = TabReader(str(tmp_path / "saved.tab")).read()
    assert stripped.domain["n0"].compute_value is None
    fake_network.engine.calls.clear()
    for table in (listed, second, stripped):
        np.testing.assert_array_equal(model(table), expected)
    assert fake_network.engine.calls == []


def test_a_part_of_the_features_is_taken_and_the_rest_computed(training, embedder, fake_network):
    embedded = embed(training, embedder)
    model = LEARNERS["logistic"](embedded)
    part = embedded[:, [embedded.domain["n1"], *embedded.domain.metas]].copy()
    fake_network.engine.calls.clear()
    np.testing.assert_array_equal(model(part), model(embedded))
    assert fake_network.engine.calls == [12]


def test_features_of_one_camera_are_not_those_of_another():
    fingerprint = "net 1"
    left, right = feature_variables(Domain([]), ["left n0", "right n0"], fingerprint)
    (one,) = feature_variables(Domain([]), ["n0"], fingerprint)
    assert features_there(Domain([left, right]), feature_of(right).embedding) == {0: right}
    assert features_there(Domain([left]), feature_of(right).embedding) == {}
    assert features_there(Domain([left]), feature_of(one).embedding) == {}
    assert feature_of(left).embedding.column == "left"


def test_sparse_tables_are_computed_too(training, new, embedder):
    embedded = embed(training, embedder)
    raw = new.to_sparse()
    np.testing.assert_array_equal(raw.transform(embedded.domain).X, embed(new, embedder).X)


def test_new_process_finds_the_embedder_by_the_fingerprint(training, new, fake_network, monkeypatch, tmp_path):
    monkeypatch.setattr(known_embedders, "default_path", lambda: tmp_path / "cache.sqlite")
    embedder = Embedder("SqueezeNet", pooling="max", weights=None, seed=7)
    model = LEARNERS["svm"](embed(training, embedder))
    file, expected = pickle.dumps(model), model(embed(new, embedder))
    forget_embedders(monkeypatch)
    fake_network.built.clear()
    fake_network.engine.calls.clear()
    model = pickle.loads(file)
    np.testing.assert_array_equal(model(new.copy()), expected)
    assert len(fake_network.built) == 1
    assert {"pooling": "max", "weights": None, "seed": 7}.items() <= fake_network.built[0][1].items()
    assert fake_network.engine.calls == [6]
    model(new.copy())
    assert fake_network.engine.calls == [6]  # From the cache.


def test_pickle_holds_no_network(training, embedder):
    file = pickle.dumps(embed(training, embedder).domain)
    assert b"FakeEngine" not in file and len(file) < 5000
    domain = pickle.loads(file)
    assert len({id(feature_of(v).embedding) for v in domain.attributes}) == 1


def test_other_weights_in_another_process_are_an_error(training, new, fake_network, monkeypatch):
    model = LEARNERS["logistic"](embed(training, Embedder("SqueezeNet")))
    forget_embedders(monkeypatch)
    build = fake_network.build
    monkeypatch.setattr(
        "orangecontrib.transferlearning.engines.opening.build_network",
        lambda *args, **settings: vars(build(*args, **settings)) and changed(build(*args, **settings)),
    )
    with pytest.raises(
        DomainTransformationError, match="computed with weights=sha256:0{64}, .* imagenet has weights=sha256:1{64}"
    ):
        model(new)


def changed(network):
    from dataclasses import replace

    return replace(network, weights_sha256="1" * 64)


def test_step_of_the_users_own_is_known_only_in_its_process(training, new, fake_network, monkeypatch):
    def own(image):
        return image

    own.name = "own:mine"
    embedder = Embedder("SqueezeNet", steps=[own])
    model = LEARNERS["logistic"](embed(training, embedder))
    np.testing.assert_array_equal(model(new), model(embed(new, embedder)))
    forget_embedders(monkeypatch)
    with pytest.raises(DomainTransformationError, match="a step of your own"):
        model(new.copy())


def test_cancelled_computation_is_an_error_that_orange_knows_and_leaves_nothing(training, new, embedder, monkeypatch):
    model = LEARNERS["svm"](embed(training, embedder))

    def cancel(fraction):
        raise Cancelled("enough")

    with monkeypatch.context() as patch:
        patch.setattr(waiting, "_waiter", lambda work, title: work(cancel))
        with pytest.raises(DomainTransformationError, match="cancelled"):
            model(new)
    assert len(model(new)) == 6


def test_nothing_keeps_a_table_alive(training, new, embedder):
    model = LEARNERS["svm"](BEFORE["PCA of normalized"](embed(training, embedder)))
    raw = without_class(new)
    model(raw)
    gone = weakref.ref(raw), weakref.ref(raw.metas)
    gc.disable()
    try:
        del raw
        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()


def test_images_that_changed_are_embedded_anew_after_a_while(training, new, embedder, monkeypatch, tmp_path):
    embedded = embed(training, embedder)
    before = new.transform(embedded.domain).X
    image_table(tmp_path / "new", n=6, shift=50)
    clock = weak_cache.time.monotonic() + weak_cache.KEPT_SECONDS + 1
    monkeypatch.setattr(weak_cache.time, "monotonic", lambda: clock)
    assert not np.array_equal(new.transform(embedded.domain).X, before)


def test_threads_get_the_same(training, new, embedder):
    model = LEARNERS["svm"](embed(training, embedder))
    expected, found = model(embed(new, embedder)), []
    threads = [threading.Thread(target=lambda: found.append(model(without_class(new)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for each in found:
        np.testing.assert_array_equal(each, expected)
