"""Images, classes and groups of an Orange table, for a comparison."""

import numpy as np
import pytest
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table

from orangecontrib.transferlearning.bakeoff.table_images import group_columns, table_images
from orangecontrib.transferlearning.errors import SourceError, TrainingError

IMAGE = StringVariable("image")
IMAGE.attributes = {"type": "image", "origin": "/photos"}
PLATE = StringVariable("plate")
KIND = DiscreteVariable("kind", ("a", "b", "unused", "c"))


def table_of(kinds, plates=None, target=KIND):
    plates = ["p"] * len(kinds) if plates is None else plates
    metas = np.array([[f"{row}.png", plate] for row, plate in enumerate(plates)], object)
    return Table.from_numpy(Domain([], target, [IMAGE, PLATE]), np.empty((len(kinds), 0)), np.array(kinds), metas)


def test_rows_with_a_class_are_taken_with_the_classes_that_are_there():
    images = table_images(table_of([0, np.nan, 3, 0.0]), IMAGE)
    assert [(item.key, item.location) for item in images] == [
        ("row 1 (0.png)", "/photos/0.png"), ("row 3 (2.png)", "/photos/2.png"), ("row 4 (3.png)", "/photos/3.png")
    ]  # fmt: skip
    assert images.classes == ("a", "c")
    assert images.class_indices.tolist() == [0, 1, 0]
    assert images.groups is None
    assert images.n_unlabeled == 1


def test_equal_values_are_a_group():
    images = table_images(table_of([0, np.nan, 1, 0], ["x", "z", "y", "x"]), IMAGE, PLATE)
    assert images.groups.tolist() == [0, 1, 0]


def test_a_missing_group_names_the_image():
    with pytest.raises(SourceError, match=r"^row 3 \(2.png\) has no value in plate: each image needs one"):
        table_images(table_of([0, 1, 0], ["x", "y", ""]), IMAGE, PLATE)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (table_of([0, 0]), "Images of two classes or more are needed; all rows with a class are a."),
        (table_of([np.nan]), "two classes or more are needed; no row has one."),
        (table_of([0.5, 2], target=ContinuousVariable("price")), "The target price is a number, .* with Discretize"),
        (
            table_of([0, 1]).transform(Domain([], None, [IMAGE])),
            "has no class: make one categorical column the target",
        ),
        (
            table_of([0, 1]).transform(Domain([], [KIND, KIND.copy(name="2")], [IMAGE])),
            "This table has several targets",
        ),
    ],
)
def test_tables_without_classes_are_refused_with_advice(table, words):
    with pytest.raises(TrainingError, match=words):
        table_images(table, IMAGE)


def test_columns_of_groups_are_names_categories_and_whole_numbers():
    hidden = ContinuousVariable("n0", number_of_decimals=0)
    hidden.attributes["hidden"] = True
    attributes = [
        ContinuousVariable("weight", number_of_decimals=3), ContinuousVariable("patient", number_of_decimals=0),
        DiscreteVariable("camera", ("x",)), hidden,
    ]  # fmt: skip
    metas = [IMAGE, PLATE, ContinuousVariable("size", number_of_decimals=0)]
    found = group_columns(Domain(attributes, KIND, metas))
    assert [each.name for each in found] == ["image", "plate", "size", "patient", "camera"]
