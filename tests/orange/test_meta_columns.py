"""What else is known of images becomes metas of Orange's kinds."""

import numpy as np
from Orange.data import ContinuousVariable, Domain, StringVariable

from orangecontrib.transferlearning.orange.meta_columns import meta_columns, numeric_variable
from orangecontrib.transferlearning.records import Embeddings

NOTHING = Domain([])


def embeddings(*metas):
    return Embeddings(
        [f"{i}.png" for i in range(len(metas))], np.zeros((len(metas), 1)), [None] * len(metas), metas=[*metas]
    )


def test_numbers_are_numeric_and_all_else_is_text():
    first = {"speed": 1.5, "index": 0, "camera": "left", "time": 2**60 + 1, "mixed": 1, "empty": None}
    second = {"speed": None, "index": 1, "camera": None, "time": 2**60, "mixed": "x", "empty": None}
    variables, values = meta_columns(embeddings(first, second), NOTHING)
    numeric = [variable.name for variable in variables if isinstance(variable, ContinuousVariable)]
    assert numeric == ["speed", "index"]
    assert all(isinstance(variable, ContinuousVariable | StringVariable) for variable in variables)
    assert [variable.name for variable in variables] == ["key", *first]
    assert values[0].tolist() == ["0.png", 1.5, 0, "left", str(2**60 + 1), "1", ""]
    assert np.isnan(values[1, 1])
    assert values[1, 2:].tolist() == [1, "", str(2**60), "x", ""]


def test_images_of_which_nothing_else_is_known_have_their_key():
    variables, values = meta_columns(Embeddings(["a"], np.zeros((1, 1)), [None]), NOTHING)
    assert ([variable.name for variable in variables], values.tolist()) == (["key"], [["a"]])


def test_name_that_is_taken_gets_a_number_alone():
    taken = Domain([ContinuousVariable("n0")], ContinuousVariable("speed"))
    variables, _ = meta_columns(embeddings({"n0": 1, "speed": 2, "key": 3, "lane": 4}), taken)
    assert [variable.name for variable in variables] == ["key", "n0 (1)", "speed (1)", "key (1)", "lane"]


def test_numbers_keep_their_decimals_when_they_are_shown_and_saved():
    found = [
        numeric_variable("x", values).str_val(values[0])
        for values in ([-122.10812, 1], [3, 10], [3.0], [1 / 7], [1e-12], [np.nan, 0.25])
    ]
    assert found == ["-122.10812", "3", "3", "0.1428571", "1e-12", "?"]
