"""Where a model finds evidence: exactly of linear ones, by value, and by covering parts of the image of others."""

import pickle

import numpy as np
import pytest
from Orange.classification import (
    LinearSVMLearner,
    LogisticRegressionLearner,
    NaiveBayesLearner,
    RandomForestLearner,
    SGDClassificationLearner,
    SVMLearner,
)
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, Table
from Orange.preprocess import Continuize, Discretize, Impute, Normalize, Scale
from Orange.projection import PCA
from Orange.regression import LinearRegressionLearner, RandomForestRegressionLearner, RidgeRegressionLearner
from PIL import Image

from orangecontrib.transferlearning import Embedder, to_table
from orangecontrib.transferlearning.errors import Cancelled, ModelError
from orangecontrib.transferlearning.explain.evidence import (
    Evidence,
    EvidenceFinder,
    evidence_in_words,
    find_evidence,
    score_in_words,
)
from orangecontrib.transferlearning.orange.feature_columns import feature_variables

from ..conftest import solid
from ..samples_models import paint, without_fingerprint

COLORS = {"red": (230, 30, 30), "green": (30, 200, 40), "blue": (40, 40, 220)}


def images(names):
    """Images of noise around a color, and what they are called."""
    rng = np.random.default_rng(0)
    labels = [name for name in names for _ in range(10)]
    pixels = [
        np.clip(rng.normal(COLORS[name], 40, (16, 16, 3)), 0, 255).astype(np.uint8).repeat(2, 0) for name in labels
    ]
    return pixels, labels


def features(names=COLORS, backbone="SqueezeNet", **settings):
    pixels, labels = images(names)
    embeddings = Embedder(backbone, **settings).transform(pixels)
    embeddings.labels[:] = labels
    return to_table(embeddings)


def halves():
    """An image whose left half is red and whose right half is blue."""
    return np.concatenate([solid(COLORS["red"], (40, 20)), solid(COLORS["blue"], (40, 20))], axis=1)


def assert_adds_up(model, finder, seen, name):
    evidence = finder.find(seen, name)
    assert evidence.is_exact
    assert evidence.values.shape == seen.maps[0].shape[:2]
    (expected,) = finder.model.decide(seen.features[None])[:, finder.model.names.index(evidence.name)]
    assert evidence.values.mean() + evidence.intercept == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert evidence.score == pytest.approx(expected, rel=1e-5, abs=1e-6)
    return evidence


@pytest.mark.parametrize(
    "learner",
    [
        LogisticRegressionLearner(),
        LogisticRegressionLearner(preprocessors=[Impute(), Normalize()]),
        LogisticRegressionLearner(preprocessors=[Scale(center=Scale.Mean, scale=Scale.Std)]),
        LinearSVMLearner(),
        SVMLearner(kernel="linear"),
        SGDClassificationLearner(random_state=0),
    ],
    ids=["logistic", "normalized", "scaled", "linear-svm", "svm", "sgd"],
)
@pytest.mark.parametrize("names", [("red", "blue"), tuple(COLORS)], ids=["two", "three"])
def test_parts_of_a_linear_classifier_add_up_to_its_decision(learner, names, map_networks):
    model = learner(features(names))
    finder = EvidenceFinder(model)
    seen = finder.network.compute(halves())
    for name in names:
        evidence = assert_adds_up(model, finder, seen, name)
        assert evidence.unit == "decision value"
        if name != "green":
            left, right = evidence.values[:, :4].mean(), evidence.values[:, 4:].mean()
            assert (left > right) == (name == "red")


JOINED = [
    {"backbone": "SqueezeNet", "scaling": "orange"},
    {"backbone": "SqueezeNet", "mirrored": True},
    {"backbone": "MobileNet+SqueezeNet"},
    {"backbone": "SqueezeNet+MobileNet+VGG16:vector", "scaling": "l2"},
    {"backbone": "SqueezeNet+MobileNet:vector", "scaling": "orange", "mirrored": True, "steps": ("gray",)},
]


@pytest.mark.parametrize("settings", JOINED, ids=str)
def test_parts_of_joined_and_scaled_features_add_up_to_the_decision(settings, map_networks):
    table = features(("red", "blue"), **settings)
    model = LogisticRegressionLearner()(table)
    finder = EvidenceFinder(model)
    seen = finder.network.compute(halves())
    np.testing.assert_allclose(
        seen.features, Embedder(**settings).transform([halves()]).features[0], rtol=1e-5, atol=1e-5
    )
    for name in ("red", "blue"):
        evidence = finder.find(seen, name)
        assert evidence.is_exact
        assert evidence.values.shape == (8, 8)
        (expected,) = finder.model.decide(seen.features[None])[:, finder.model.names.index(name)]
        assert evidence.values.mean() + evidence.intercept == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_other_models_of_joined_features_are_asked_with_the_same_part_covered_for_each_network(map_networks):
    settings = {"backbone": "SqueezeNet+MobileNet", "scaling": "orange"}
    model = SVMLearner(kernel="rbf")(features(("red", "blue"), **settings))
    evidence = EvidenceFinder(model)
    found = evidence.find(evidence.network.compute(halves()), "red")
    assert not found.is_exact
    assert found.values[:, :4].mean() > found.values[:, 4:].mean()


def test_decisions_are_those_of_scikit_learn_with_a_row_a_class(map_networks):
    table = features(("red", "blue"))
    model = LogisticRegressionLearner(preprocessors=[Normalize()])(table)
    finder = EvidenceFinder(model)
    own = model.skl_model.decision_function(table.transform(model.domain).X)
    np.testing.assert_allclose(finder.model.decide(table.X), np.column_stack([-own, own]), rtol=1e-9)
    linear = EvidenceFinder(LinearSVMLearner(preprocessors=[Impute()])(features()))
    seen, weights = linear.network.compute(halves()), linear.model.model.skl_model
    found = linear.find(seen, "green")
    place = linear.model.names.index("green")
    np.testing.assert_allclose(found.values, seen.maps[0] @ weights.coef_[place], rtol=1e-4, atol=1e-4)
    assert found.intercept == pytest.approx(weights.intercept_[place], abs=1e-6)


def test_features_that_were_scaled_chosen_or_projected_before_are_followed_back(map_networks):
    table = features()
    chosen = table.transform(Domain(table.domain.attributes[4:1:-1], table.domain.class_var))
    for data in (
        Normalize()(table),
        PCA(n_components=3)(table)(table),
        PCA(n_components=2)(Normalize()(chosen))(table),
    ):
        model = LogisticRegressionLearner()(data)
        finder = EvidenceFinder(model)
        seen = finder.network.compute(halves())
        (expected,) = model.skl_model.decision_function(
            table_of(seen, table).transform(data.domain).transform(model.domain).X
        )
        for name, decision in zip(finder.model.names, expected, strict=True):
            assert assert_adds_up(model, finder, seen, name).score == pytest.approx(decision, rel=1e-4, abs=1e-5)


def test_network_s_weights_are_known_after_a_projection_too(map_networks):
    table = features(weights=None, seed=3)
    model = LogisticRegressionLearner()(PCA(n_components=3)(table)(table))
    assert EvidenceFinder(model).weights == "random:3"
    assert EvidenceFinder(model, "imagenet").weights == "imagenet"


def table_of(seen, like):
    return Table.from_numpy(Domain(like.domain.attributes), seen.features[None].astype(float))


@pytest.mark.parametrize("learner", [LinearRegressionLearner(), RidgeRegressionLearner(alpha=0.1)])
def test_parts_of_a_linear_regression_add_up_to_the_number(learner, map_networks):
    table = features()
    target = ContinuousVariable("shade")
    numbers = Table.from_numpy(Domain(table.domain.attributes, target), table.X, table.X[:, 0] / 100)
    model = learner(numbers)
    finder = EvidenceFinder(model)
    seen = finder.network.compute(halves())
    evidence = assert_adds_up(model, finder, seen, None)
    assert (evidence.name, evidence.unit) == ("shade", "")
    assert evidence.score == pytest.approx(float(model(table_of(seen, table))[0]), rel=1e-4)


@pytest.mark.parametrize(
    "learner, unit",
    [
        (RandomForestLearner(n_estimators=20, random_state=0), "probability"),
        (NaiveBayesLearner(), "probability"),
        (SVMLearner(kernel="rbf"), "decision value"),
        (LogisticRegressionLearner(preprocessors=[Discretize(), Continuize()]), "decision value"),
    ],
)
def test_others_are_asked_what_changes_when_parts_are_covered(learner, unit, map_networks):
    model = learner(features(("red", "blue")))
    finder = EvidenceFinder(model)
    image = solid((128, 128, 128), (16, 16))
    image[2:6, 2:6] = COLORS["red"]
    seen = finder.network.compute(image)
    told = []
    evidence = finder.find(seen, "red", told.append)
    assert (evidence.is_exact, evidence.unit, evidence.intercept) == (False, unit, 0)
    assert told[-1] == 1
    scores = finder.model.decide(seen.features[None]) if unit != "probability" else model(table_of(seen, features()), 1)
    assert evidence.score == pytest.approx(scores[0, finder.model.names.index("red")])
    assert evidence.values.shape == (8, 8)
    np.testing.assert_allclose(evidence.values[5:, 5:], 0, atol=1e-9)


def test_what_is_covered_is_where_the_evidence_is(map_networks):
    shades = np.random.default_rng(0).integers(0, 255, (80, 3))
    table = to_table(Embedder("SqueezeNet").transform([solid(shade) for shade in shades]))
    target = ContinuousVariable("shade")
    numbers = Table.from_numpy(Domain(table.domain.attributes, target), table.X, table.X[:, 0])
    finder = EvidenceFinder(RandomForestRegressionLearner(n_estimators=30, random_state=0)(numbers))
    image = np.zeros((16, 16, 3), np.uint8)
    image[:] = 128
    image[:, :6, 0] = 255
    evidence = finder.find(finder.network.compute(image))
    assert not evidence.is_exact
    assert evidence.values[:, :2].mean() > 1
    assert evidence.values[:, :2].min() > evidence.values[:, 5:].max()


def test_predicted_class_is_explained_if_none_is_named(map_networks):
    finder = EvidenceFinder(LogisticRegressionLearner()(features()))
    for name in COLORS:
        assert finder.find(finder.network.compute(solid(COLORS[name]))).name == name
    with pytest.raises(ModelError, match="knows no class 'pink'; it has: blue, green, red"):
        finder.find(finder.network.compute(halves()), "pink")


def test_cancelled_while_parts_are_covered(map_networks):
    def cancel(fraction):
        raise Cancelled("enough")

    model = RandomForestLearner(n_estimators=3)(features())
    with pytest.raises(Cancelled):
        find_evidence(model, halves(), callback=cancel)
    assert sum(map_networks.calls[-2:]) == 1 + 8


def test_class_without_an_image_has_no_evidence(map_networks):
    table = features(("red", "blue", "green"))
    few = table[table.Y != table.domain.class_var.to_val("green")]
    for learner in (LinearSVMLearner(), SVMLearner(kernel="rbf")):
        model = learner(few)
        assert find_evidence(model, halves(), "red").name == "red"
        with pytest.raises(ModelError, match="never seen an image of the class green"):
            find_evidence(model, halves(), "green")


def test_image_is_seen_as_the_model_s_were(map_networks, tmp_path):
    model = LogisticRegressionLearner()(features(steps=["crop:0,0,0.5,1"]))
    finder = EvidenceFinder(model)
    Image.fromarray(halves()).save(tmp_path / "halves.png")
    seen = finder.network.compute(tmp_path / "halves.png")
    assert seen.image.shape == (40, 20, 3)
    assert seen.pixels[0].shape == (16, 16, 3)
    assert (seen.pixels[0] == COLORS["red"]).all()
    assert finder.find(seen).name == "red"


def refusal(model, **settings):
    with pytest.raises(ModelError) as caught:
        find_evidence(model, halves(), **settings)
    return str(caught.value)


def test_models_of_other_features_are_refused_with_the_reason(map_networks):
    learner = LogisticRegressionLearner()
    table = features()
    assert "pooling 'max', and only averages" in refusal(learner(features(pooling="max")))
    assert "was not trained on features with a fingerprint" in refusal(without_fingerprint(learner(table)))
    assert "was not trained on features with a fingerprint" in refusal(learner(Table("iris")))
    width = ContinuousVariable("width")
    beside = table.transform(Domain((*table.domain.attributes, width), table.domain.class_var))
    with beside.unlocked(beside.X):
        beside.X[:, -1] = np.arange(len(beside))
    assert "takes width beside features of images" in refusal(learner(beside))
    fingerprint = table.domain.attributes[0].attributes["_fingerprint"]
    cameras = feature_variables(Domain([]), ["left n0", "right n0"], fingerprint)
    rows = Table.from_numpy(Domain(cameras, table.domain.class_var), table.X[:, :2], table.Y)
    assert "several images a row (left, right), not of one" in refusal(learner(rows))
    strange = table.domain.attributes[0].copy(name="redness", compute_value=None)
    rows = Table.from_numpy(Domain([strange], table.domain.class_var), table.X[:, :1], table.Y)
    assert "takes redness, which is not a feature of an image" in refusal(learner(rows))
    map_networks.vector = True
    assert "gives a vector without positions" in refusal(learner(table))


def test_other_weights_are_refused_and_keras_version_is_not(map_networks):
    model = LogisticRegressionLearner()(features())
    map_networks.hash = "1" * 64
    assert "features of weights=sha256:000" in refusal(model)
    assert "found by imagenet has weights=sha256:111" in refusal(model)
    map_networks.hash = "0" * 64
    for domain in (model.domain, model.original_domain):
        for variable in domain.attributes:
            known = variable.attributes["_fingerprint"].rpartition(" keras=")[0]
            variable.attributes["_fingerprint"] = f"{known} keras=3.0.0"
    assert find_evidence(model, halves(), "red").is_exact


def test_more_features_than_the_network_gives_are_refused(map_networks):
    table = features()
    fingerprint = table.domain.attributes[0].attributes["_fingerprint"]
    renamed = feature_variables(Domain([]), [f"n{i + 2}" for i in range(6)], fingerprint)
    model = LogisticRegressionLearner()(
        Table.from_numpy(Domain(renamed, DiscreteVariable("c", COLORS)), table.X, table.Y)
    )
    assert "more features than the 6" in refusal(model)


def test_saved_model_and_real_network_agree_with_keras_embedding(tmp_path):
    embeddings = Embedder("SqueezeNet").transform(paint(tmp_path / "images", 4))
    (tmp_path / "m.pkcls").write_bytes(pickle.dumps(LogisticRegressionLearner()(to_table(embeddings))))
    evidence = find_evidence(tmp_path / "m.pkcls", tmp_path / "images" / "red" / "00.png")
    assert (evidence.name, evidence.values.shape, evidence.is_exact) == ("red", (13, 13), True)
    finder = EvidenceFinder(pickle.loads((tmp_path / "m.pkcls").read_bytes()))
    seen = finder.network.compute(tmp_path / "images" / "blue" / "00.png")
    (place,) = [i for i, key in enumerate(embeddings.keys) if key == "blue/00.png"]
    np.testing.assert_allclose(seen.features, embeddings.features[place], rtol=1e-4, atol=1e-4)


def evidence(unit, is_exact):
    return Evidence("fish", np.zeros((2, 2)), 0.0, 0.9312, unit, is_exact)


def test_score_has_its_unit_if_there_is_one():
    assert score_in_words(evidence("probability", False)) == "probability 0.931"
    assert score_in_words(evidence("", True)) == "0.931"


def test_words_tell_how_evidence_was_found():
    exactly = evidence_in_words(evidence("decision value", True), "logistic regression")
    assert exactly == (
        "Evidence for fish, exactly as in the logistic regression: its mean over the image is the decision value, "
        "0.931."
    )
    covered = evidence_in_words(evidence("", False), "random forest")
    assert covered == (
        "Evidence for fish, found by covering parts of the image in gray: the decrease of the prediction (0.931) of "
        "the random forest."
    )
