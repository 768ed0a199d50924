"""Predictions as text, JSON and CSV."""

import csv
import json

import pytest

from orangecontrib.transferlearning.commands.prediction_formats import FORMATS
from orangecontrib.transferlearning.embedding.predictions import ClassProbability, Prediction

PREDICTIONS = [
    Prediction(
        "a.jpg", (ClassProbability("giant panda", 0.89231, "n02510455"), ClassProbability("indri", 0.0086, "n02497673"))
    ),
    Prediction('b, "c".jpg', (ClassProbability("tench", 1.0, "n01440764"),)),
]
OWN = [Prediction("a.jpg", (ClassProbability("čáp", 0.75), ClassProbability("b", 0.25)))]
NUMBERS = [Prediction("a.jpg", number=-0.125), Prediction("b.jpg", number=12345.678)]


def text(form, predictions):
    return "".join(FORMATS[form](iter(predictions)))


def test_text_has_a_line_for_each_class_below_the_image():
    assert text("text", PREDICTIONS) == (
        "a.jpg\n  0.8923  giant panda  n02510455\n  0.0086  indri        n02497673\n\n"
        'b, "c".jpg\n  1.0000  tench  n01440764\n'
    )  # fmt: skip
    assert text("text", OWN) == "a.jpg\n  0.7500  čáp\n  0.2500  b\n"
    assert text("text", NUMBERS) == "a.jpg\n  -0.125\n\nb.jpg\n  12345.7\n"


def test_json_is_a_list_of_images():
    assert json.loads(text("json", PREDICTIONS))[0] == {
        "image": "a.jpg",
        "classes": [
            {"name": "giant panda", "probability": 0.89231, "wordnet_id": "n02510455"},
            {"name": "indri", "probability": 0.0086, "wordnet_id": "n02497673"},
        ],
    }
    assert json.loads(text("json", OWN))[0]["classes"] == [
        {"name": "čáp", "probability": 0.75}, {"name": "b", "probability": 0.25},
    ]  # fmt: skip
    assert json.loads(text("json", NUMBERS)) == [
        {"image": "a.jpg", "number": -0.125}, {"image": "b.jpg", "number": 12345.678},
    ]  # fmt: skip
    assert json.loads(text("json", [])) == []


def test_csv_has_a_row_for_each_class():
    header, *rows = csv.reader(text("csv", PREDICTIONS).splitlines())
    assert header == ["image", "rank", "class", "probability", "wordnet_id"]
    assert rows[1] == ["a.jpg", "2", "indri", "0.0086", "n02497673"]
    assert rows[2][0] == 'b, "c".jpg'
    assert text("csv", OWN).splitlines()[:2] == ["image,rank,class,probability", "a.jpg,1,čáp,0.75"]
    assert text("csv", NUMBERS) == "image,number\na.jpg,-0.125\nb.jpg,12345.678\n"


@pytest.mark.parametrize("form", FORMATS)
def test_pieces_come_as_soon_as_a_prediction_is_there(form):
    def endless():
        while True:
            yield from PREDICTIONS

    assert "a.jpg" in "".join(next(pieces) for pieces in [iter(FORMATS[form](endless()))] for _ in range(2))
