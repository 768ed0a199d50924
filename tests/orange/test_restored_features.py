"""Features that Orange's own file formats keep by name and fingerprint only."""

import numpy as np
import pytest
from Orange.classification import LogisticRegressionLearner
from Orange.data import ContinuousVariable, Domain, StringVariable, Table

from orangecontrib.transferlearning import Embedder, embed_table
from orangecontrib.transferlearning.orange import features_format  # noqa: F401 - registers the reader
from orangecontrib.transferlearning.orange.computed_features import feature_of
from orangecontrib.transferlearning.orange.restored_features import restore_features

pytestmark = pytest.mark.usefixtures("fake_network")


@pytest.fixture
def images(photos):
    """Five images of two classes, with their colors."""
    image = StringVariable("image")
    image.attributes = {"type": "image", "origin": str(photos)}
    names = [[f"{name}.png"] for name in ("a/1", "a/2", "b/1", "b/3")]
    domain = Domain([], ContinuousVariable("size", number_of_decimals=1), [image])
    return Table.from_numpy(domain, np.empty((4, 0)), [1.5, 2.5, 3.5, 4.5], np.array(names, object))


@pytest.mark.parametrize("has_prefix", [False, True], ids=["n0", "SqueezeNet n0"])
@pytest.mark.parametrize("ending", ["tab", "tsv"])
def test_features_of_a_tab_file_are_computed_for_new_images(images, tmp_path, ending, has_prefix):
    embedded, _ = embed_table(images, Embedder("SqueezeNet"), has_prefix=has_prefix)
    embedded.save(str(tmp_path / f"saved.{ending}"))
    opened = Table(str(tmp_path / f"saved.{ending}"))
    assert opened.domain == embedded.domain
    assert list(map(feature_of, opened.domain.attributes)) == list(map(feature_of, embedded.domain.attributes))
    np.testing.assert_allclose(opened.X, embedded.X, rtol=1e-5)
    assert opened.domain.class_var.number_of_decimals == 1
    np.testing.assert_allclose(images.transform(opened.domain).X, embedded.X, rtol=1e-5)


def test_model_of_a_tab_file_predicts_raw_images_as_the_original_does(images, tmp_path):
    from Orange.data import DiscreteVariable

    classes = DiscreteVariable("kind", ("a", "b"))
    labeled = Table.from_numpy(Domain([], classes, images.domain.metas), images.X, [0, 0, 1, 1], images.metas)
    embedded, _ = embed_table(labeled, Embedder("SqueezeNet"))
    embedded.save(str(tmp_path / "saved.tab"))
    expected = LogisticRegressionLearner()(embedded)(labeled, 1)
    np.testing.assert_allclose(
        LogisticRegressionLearner()(Table(str(tmp_path / "saved.tab")))(labeled, 1), expected, atol=1e-4
    )


def test_weights_file_is_named_and_other_tables_stay_as_they_are(images, tmp_path):
    features = embed_table(images, Embedder("SqueezeNet", weights=None, seed=3))[0]
    assert {each.attributes["_weights"] for each in features.domain.attributes} == {"random:3"}
    features.save(str(tmp_path / "saved.tab"))
    opened = Table(str(tmp_path / "saved.tab"))
    assert {feature_of(each).embedding.weights for each in opened.domain.attributes} == {"random:3"}
    iris = Table("iris")
    assert restore_features(iris) is iris
    assert restore_features(features) is features


def test_column_called_like_the_network_is_no_prefix(images, tmp_path):
    other = images.domain["image"].copy(name="SqueezeNet mean")
    both = images.transform(Domain([], images.domain.class_var, (*images.domain.metas, other)))
    with both.unlocked(both.metas):
        both.metas[:, 1] = both.metas[::-1, 0]
    names = [f"SqueezeNet mean n{i}" for i in range(4)]
    embedded, _ = embed_table(both, Embedder("SqueezeNet"), "SqueezeNet mean")
    variables = [each.copy(name=name) for each, name in zip(embedded.domain.attributes, names, strict=True)]
    domain = Domain(variables, embedded.domain.class_var, embedded.domain.metas)
    Table.from_numpy(domain, embedded.X, embedded.Y, embedded.metas).save(str(tmp_path / "saved.tab"))
    opened = Table(str(tmp_path / "saved.tab"))
    assert {feature_of(each).embedding.column for each in opened.domain.attributes} == {"SqueezeNet mean"}
    np.testing.assert_allclose(both.transform(opened.domain).X, embedded.X, rtol=1e-5)


def test_prefix_is_no_column_where_the_table_has_several(images, tmp_path):
    other = images.domain["image"].copy(name="other")
    both = images.transform(Domain([], images.domain.class_var, (*images.domain.metas, other)))
    with both.unlocked(both.metas):
        both.metas[:, 1] = both.metas[:, 0]
    embedded, _ = embed_table(both, Embedder("SqueezeNet"), "other", has_prefix=True)
    embedded.save(str(tmp_path / "saved.tab"))
    opened = Table(str(tmp_path / "saved.tab"))
    assert [each.name for each in opened.domain.attributes] == [f"SqueezeNet mean n{i}" for i in range(4)]
    assert {feature_of(each).embedding.column for each in opened.domain.attributes} == {""}
