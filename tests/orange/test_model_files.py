"""Trained models from files, and the embedders that they need."""

import pickle
import re

import pytest
from Orange.classification import LogisticRegressionLearner, MajorityLearner
from Orange.data import ContinuousVariable, Domain, Table

from orangecontrib.transferlearning import Embedder, to_table
from orangecontrib.transferlearning.errors import ModelError
from orangecontrib.transferlearning.orange.model_files import (
    check_features,
    embedder_for,
    load_model,
    model_fingerprint,
)

from ..samples_models import paint, train_in_orange, without_fingerprint


@pytest.fixture
def model(fake_network, tmp_path):
    return train_in_orange(paint(tmp_path / "images"))


def changed(model, old, new):
    """The same model of features of another fingerprint."""
    for variable in model.original_domain.attributes:
        variable.attributes["_fingerprint"] = variable.attributes["_fingerprint"].replace(old, new)
    return model


def test_model_comes_back_with_or_without_its_ending(model, tmp_path):
    (tmp_path / "m.pkcls").write_bytes(pickle.dumps(model))
    for name in ("m.pkcls", "m"):
        again = load_model(tmp_path / name)
        assert again.original_domain == model.original_domain
        assert model_fingerprint(again) == Embedder("SqueezeNet").fingerprint


@pytest.mark.parametrize("content, words", [
    (None, "There is no model .*m.pkcls: give a .pkcls file that `train` or `network` wrote"),
    (b"", "is not a trained model"),
    (b"cos\nsystem\n(S'touch hacked'\ntR.", "is not a trained model"),
    (pickle.dumps({"a": 1}), "holds no Orange model, but a dict"),
    (pickle.dumps([1] * 99)[:-9], "cannot be opened; it is damaged"),
    (b"\x80\x04cno_such_module\nname\n.", "made with other versions .*no_such_module"),
])  # fmt: skip
def test_what_is_no_model_is_refused(tmp_path, monkeypatch, content, words):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "m.pkcls").write_bytes(content)
    with pytest.raises(ModelError, match=words):
        load_model(tmp_path / "m.pkcls")
    assert not (tmp_path / "hacked").exists()


def test_folder_is_no_model(tmp_path):
    (tmp_path / "m.pkcls").mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / "m.pkcls")


def test_model_of_other_data_is_refused(tmp_path):
    (tmp_path / "m.pkcls").write_bytes(pickle.dumps(MajorityLearner()(Table("zoo"))))
    with pytest.raises(ModelError, match="is a model of other data than features of images"):
        load_model(tmp_path / "m.pkcls")


def test_embedder_is_the_one_of_the_features(model):
    embedder = embedder_for(model, batch_size=3)
    assert embedder.fingerprint == model_fingerprint(model)
    assert embedder.batch_size == 3
    assert check_features(model, embedder) == ""


def test_what_is_the_networks_own_is_left_to_it(model):
    changed(changed(model, "layer=mean", "layer=fire9"), "size=6x8", "size=224x224")
    embedder = embedder_for(model)
    assert (embedder.layer, embedder.image_size) == (None, None)


def test_model_of_orange_knows_its_weights_by_its_features(fake_network, tmp_path):
    embeddings = Embedder("SqueezeNet", weights=None, seed=7).transform(paint(tmp_path / "images"))
    model = pickle.loads(pickle.dumps(LogisticRegressionLearner()(to_table(embeddings))))
    assert not hasattr(model, "weights")
    assert (embedder_for(model).weights, embedder_for(model).seed) == (None, 7)


def test_weights_are_looked_for_where_they_were_found_or_where_the_user_says(model):
    assert embedder_for(model).weights == "imagenet"
    model.weights = "/somewhere/w.h5"
    assert embedder_for(model).weights == "/somewhere/w.h5"
    assert embedder_for(model, weights="mine.h5").weights == "mine.h5"
    model.weights = "random:7"
    assert (embedder_for(model).weights, embedder_for(model).seed) == (None, 7)


@pytest.mark.parametrize("old, new, words", [
    ("0" * 64, "1" * 64, rf"weights=sha256:{'1' * 64}, and these are of weights=sha256:{'0' * 64}: name .* --weights"),
    ("pooling=avg", "pooling=max", r"features of pooling=max, and these are of pooling=avg\.$"),
])  # fmt: skip
def test_other_features_are_refused_with_what_differs(model, old, new, words):
    embedder = embedder_for(model)
    changed(model, old, new)
    with pytest.raises(ModelError, match=words):
        check_features(model, embedder)


def test_another_version_of_keras_is_a_remark(model):
    embedder = embedder_for(model)
    changed(model, "keras=", "keras=0.")
    assert re.fullmatch(
        r"the model's features were computed with keras=0\.\S+, these with keras=\d\S+",
        check_features(model, embedder),
    )


def test_another_backbone_is_refused_at_once(model, fake_network):
    built = len(fake_network.built)
    with pytest.raises(ModelError, match="features of SqueezeNet, not of VGG16"):
        embedder_for(model, backbone="VGG16")
    assert len(fake_network.built) == built


def test_features_that_no_embedder_gives_are_refused(model):
    names = ["left n0", "left n1"]
    variables = [ContinuousVariable(name) for name in names]
    for variable in variables:
        variable.attributes["_fingerprint"] = model_fingerprint(model)
    model.original_domain = Domain(variables, model.domain.class_var)
    with pytest.raises(ModelError, match="left n0, which is not a feature of a single image: use Orange's Predictions"):
        check_features(model, embedder_for(model))
    variables[0].attributes["_fingerprint"] += "other"
    with pytest.raises(ModelError, match="several networks, which a single embedder"):
        embedder_for(model)


def test_model_that_says_nothing_of_its_features_needs_to_be_told(model):
    silent = without_fingerprint(model)
    with pytest.raises(ModelError, match="name the --preset or the --backbone"):
        embedder_for(silent)
    embedder = embedder_for(silent, backbone="VGG16", pooling="max")
    assert (embedder.backbone, embedder.pooling) == ("VGG16", "max")
    assert check_features(silent, embedder) == ""
    silent.original_domain = Domain(silent.original_domain.attributes[:3], silent.domain.class_var)
    with pytest.raises(ModelError, match="takes 3 features, and this network gives 4"):
        check_features(silent, embedder)


def test_text_that_is_no_fingerprint_is_told(model):
    for variable in model.original_domain.attributes:
        variable.attributes["_fingerprint"] = "mine"
    with pytest.raises(ModelError, match="cannot predict images: .* found 'mine'"):
        embedder_for(model)


def test_maps_are_rows_of_features_at_one_size_and_refused_at_the_images_own(model):
    silent = without_fingerprint(model)
    with pytest.raises(ModelError, match="takes 4 features, and this network gives 36"):
        check_features(silent, embedder_for(silent, backbone="VGG16", pooling="none"))
    with pytest.raises(ModelError, match="train on pooled features, or on images of one size"):
        check_features(silent, embedder_for(silent, backbone="VGG16", pooling="none", image_size="own"))
