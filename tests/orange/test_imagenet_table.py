"""ImageNet's classes as columns of a table."""

import numpy as np
import pytest
from Orange.data import Domain, StringVariable, Table

from orangecontrib.transferlearning.embedding.predictions import ClassProbability, Prediction
from orangecontrib.transferlearning.errors import SourceError
from orangecontrib.transferlearning.orange import imagenet_table as predictiontable
from orangecontrib.transferlearning.orange.imagenet_table import N_RANKED, predict_table
from orangecontrib.transferlearning.records import Skipped


class Album(Table):
    """A kind of table that ought to stay what it is."""


@pytest.fixture
def album():
    image = StringVariable("image")
    image.attributes = {"type": "image", "origin": "/photos"}
    return Album.from_list(Domain([], None, [image]), [["a.png"], ["b.png"], ["c.png"]])


@pytest.fixture
def answers(monkeypatch):
    """Stands for the network: notes what was asked, and says that only the first and last can be read."""
    asked = []

    def stream(embedder, source, top, callback):
        asked.append([item.location for item in source])
        callback(1)
        yield Prediction("0", tuple(ClassProbability(f"class {place}", 0.5**place) for place in range(1, top + 1)))
        yield Prediction(
            str(len(source) - 1), tuple(ClassProbability(f"class {place}", 0.25) for place in range(top, 0, -1))
        )
        yield from (Skipped(str(row), "no such file") for row in range(1, len(source) - 1))

    monkeypatch.setattr(predictiontable, "stream_imagenet_classes", stream)
    return asked


def test_classes_and_probabilities_become_metas(album, answers):
    told = []
    predictions = predict_table(album, None, callback=told.append)
    assert answers == [["/photos/a.png", "/photos/b.png", "/photos/c.png"]]
    assert told == [1]
    table = predictions.with_classes(2)
    names = ["image", "ImageNet 1", "ImageNet 1 probability", "ImageNet 2", "ImageNet 2 probability"]
    assert [variable.name for variable in table.domain.metas] == names
    assert table.domain["ImageNet 1"].values == ("class 1", "class 10")
    assert [list(map(str, row.metas)) for row in table] == [
        ["a.png", "0.0", "0.5", "0.0", "0.25"],
        ["c.png", "1.0", "0.25", "1.0", "0.25"],
    ]
    assert [str(row["ImageNet 2"]) for row in table] == ["class 2", "class 9"]
    assert table.ids.tolist() == album.ids[[0, 2]].tolist()
    assert type(table) is Album


def test_skipped_rows_have_their_reasons(album, answers):
    skipped = predict_table(album, None, callback=print).skipped
    assert skipped.ids.tolist() == album.ids[[1]].tolist()
    assert str(skipped[0, "reason"]) == "no such file"


def test_number_of_classes_changes_without_a_new_prediction(album, answers):
    predictions = predict_table(album, None, callback=print)
    assert len(predictions.with_classes(N_RANKED).domain.metas) == 1 + 2 * N_RANKED
    assert len(predictions.with_classes(1).domain.metas) == 3
    assert len(answers) == 1


def test_names_that_are_taken_get_numbers(album, answers):
    twice = predict_table(
        predict_table(album, None, callback=print).with_classes(1), None, callback=print
    ).with_classes(1)
    assert [variable.name for variable in twice.domain.metas][3:] == ["ImageNet 1 (1)", "ImageNet 1 probability (1)"]


def test_table_of_numbers_only_keeps_its_values(answers, album):
    table = predict_table(album, None, callback=print).with_classes(1)
    assert table.metas.dtype == object
    np.testing.assert_array_equal(table.get_column("ImageNet 1 probability"), [0.5, 0.25])


def test_no_image_gives_no_table(album, monkeypatch):
    monkeypatch.setattr(predictiontable, "stream_imagenet_classes", lambda *_: iter([Skipped("0", "x")]))
    assert predict_table(album[:1], None).with_classes(3) is None


def test_table_that_names_no_images_is_refused():
    with pytest.raises(SourceError, match="no text column"):
        predict_table(Table("iris"), None)
