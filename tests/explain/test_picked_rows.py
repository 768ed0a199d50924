"""Features of rows, and rows picked by them."""

import numpy as np
import pytest
from Orange.classification import LogisticRegressionLearner
from Orange.data import DiscreteVariable, Domain, StringVariable, Table
from Orange.regression import LinearRegressionLearner

from orangecontrib.transferlearning import Embedder, embed_table
from orangecontrib.transferlearning.explain.map_model import MapModel
from orangecontrib.transferlearning.explain.picked_rows import predict_rows, rank_rows, rank_table, rows_of
from orangecontrib.transferlearning.orange.image_columns import TableSource

pytestmark = pytest.mark.usefixtures("fake_network")

GREEN = 1


@pytest.fixture
def images(photos):
    image, activation = StringVariable("image"), StringVariable("activation")
    image.attributes = {"type": "image", "origin": str(photos)}
    rows = [[f"{name}.png", "taken"] for name in ("a/1", "b/2", "a/2", "b/1", "b/3")]
    return Table.from_list(Domain([], None, [image, activation]), rows)


@pytest.fixture
def found(images):
    return Embedder("SqueezeNet").embed(TableSource(images, images.domain["image"]))


def test_rows_keep_their_places_when_an_image_cannot_be_read(found):
    assert rows_of(found) == [0, 2, 3, 4]
    np.testing.assert_array_equal(found.features[:, 2], [0, 0, 255, 90])
    assert [(each.key, "image" in each.reason) for each in found.skipped] == [("1", True)]
    rows, values = rank_rows(found, 2)
    assert (rows.tolist(), values.tolist()) == ([3, 4, 0, 2], [255, 90, 0, 0])


def test_images_are_ranked_by_a_channel_with_its_values(images, found):
    ranked = rank_table(images, found, GREEN)
    assert [str(row["image"]) for row in ranked] == ["a/2.png", "b/3.png", "a/1.png", "b/1.png"]
    assert list(ranked.ids) == list(images.ids[[2, 4, 0, 3]])
    assert [variable.name for variable in ranked.domain.metas] == ["image", "activation", "activation (1)"]
    np.testing.assert_array_equal(ranked.get_column("activation (1)"), [255, 90, 0, 0])


def test_predictions_are_those_of_the_model(images, found):
    embedded, _ = embed_table(images, Embedder("SqueezeNet"))
    taken, predicted = embedded.domain.attributes[:2], embedded.domain.attributes[2]
    target = Table.from_numpy(Domain(taken, predicted), embedded.X[:, :2], embedded.X[:, 2])
    numbers = predict_rows(images, found, MapModel(LinearRegressionLearner()(target)))
    np.testing.assert_allclose(
        numbers.get_column("predicted"), LinearRegressionLearner()(target)(target), rtol=1e-5, atol=1e-5
    )
    assert numbers.domain.metas[-1].name == "predicted"


def test_predicted_classes_come_with_their_probabilities(images, found):
    embedded, _ = embed_table(images, Embedder("SqueezeNet"))
    bright = DiscreteVariable("bright", ["no", "yes"])
    table = Table.from_numpy(Domain(embedded.domain.attributes, bright), embedded.X, [0, 1, 0, 1])
    model = LogisticRegressionLearner()(table)
    predicted = predict_rows(images, found, MapModel(model))
    assert predicted.domain["predicted"].values == ("no", "yes")
    np.testing.assert_array_equal(predicted.get_column("predicted"), model(table))
    np.testing.assert_allclose(predicted.get_column("probability"), model(table, 1).max(1))
