"""Labels become Python scalars of one type."""

import numpy as np
import pytest

from orangecontrib.transferlearning.sources.labels import is_same, label_cells, label_list, label_text, target_number

from ..samples import refusal


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["0", "2", "-1", "+7"], [0, 2, -1, 7]),
        (["0", "", "2"], [0, None, 2]),
        (["0", "0.5", "1e3", ".5"], [0.0, 0.5, 1000.0, 0.5]),
        (["1.0", "2.0"], [1.0, 2.0]),
        (["0", "two"], ["0", "two"]),
        (["nan", "1"], ["nan", "1"]),
        (["1_0", "2"], ["1_0", "2"]),
        (["01", "1", "10"], ["01", "1", "10"]),
        (["007.5", "1"], ["007.5", "1"]),
        (["123456789012345678901", "123456789012345678902"], ["123456789012345678901", "123456789012345678902"]),
        (["0", "0.0", "-10"], [0.0, 0.0, -10.0]),
        (["", ""], [None, None]),
        # Spellings of programs and of people that are numbers.
        (["0.50", "1.0", "-0.0041", "10", "1e-05"], [0.5, 1.0, -0.0041, 10.0, 1e-05]),
        (["0.50", "0.25", "1.00", "-0.00", "0.00"], [0.5, 0.25, 1.0, -0.0, 0.0]),
        (["10", "10.0", "9.", "9"], [10.0, 10.0, 9.0, 9.0]),
        ([".5", "0.5", "-.5", "-0.5"], [0.5, 0.5, -0.5, -0.5]),
        (["-0", "0", "0.5"], [-0.0, 0.0, 0.5]),
        (["0.1000000000000000055511151231257827", "2"], [0.1, 2.0]),
        (
            ["1479425440.130861", "5e-324", "1.5e308"],
            [1479425440.130861, 5e-324, 1.5e308],
        ),
        # Numbers would say less.
        (["1.1", "1.10", "1.2", "1.20"], ["1.1", "1.10", "1.2", "1.20"]),
        (["3.9", "3.10", "3.11"], [3.9, 3.1, 3.11]),
        (["10", "12.5", "9.90"], [10.0, 12.5, 9.9]),
        (["3.1", "3.10"], ["3.1", "3.10"]),
        (["1e5", "100000.0"], ["1e5", "100000.0"]),
        (["2e400", "3e400"], ["2e400", "3e400"]),
        (["1e999"], ["1e999"]),
        (["1e-999", "1"], ["1e-999", "1"]),
        (["1e99999999999999999999", "1"], ["1e99999999999999999999", "1"]),
        (["+1", "1"], ["+1", "1"]),
        (["-0", "5"], ["-0", "5"]),
        (["1479425440.130861427", "1479425440.130861428"], ["1479425440.130861427", "1479425440.130861428"]),
        (["1479425440.130861427"], ["1479425440.130861427"]),
    ],
)
def test_labels_get_the_type_that_fits_all_rows(cells, expected):
    found = label_cells(cells)
    assert list(map(repr, found)) == list(map(repr, expected))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["10", "10.0"], ["10", "10.0"]),
        (["0.0", "0", "1"], ["0.0", "0", "1"]),
        ([".5", "0.5"], [".5", "0.5"]),
        (["-0.00", "0.00"], ["-0.00", "0.00"]),
        (["1.1", "1.10"], ["1.1", "1.10"]),
        (["0.0", "-0.0", "10.0"], ["0.0", "-0.0", "10.0"]),
        (["1.0", "2.0"], ["1.0", "2.0"]),
        (["1", "0.5"], [1.0, 0.5]),
        (["0.50", "0.25", ""], ["0.50", "0.25", None]),
        (["0.5", "0.25", ""], [0.5, 0.25, None]),
        (["+7", "2"], ["+7", "2"]),
        (["1e5", "2.0"], ["1e5", "2.0"]),
        (["1", "2"], [1, 2]),
    ],
)
def test_classes_are_numbers_only_if_their_names_come_back(cells, expected):
    assert list(map(repr, label_cells(cells, are_classes=True))) == list(map(repr, expected))


@pytest.mark.parametrize(
    ("given_labels", "expected"),
    [
        (np.array(["cat", "", "dog"]), ["cat", None, "dog"]),
        (np.array([b"cat", b"dog", "é".encode()]), ["cat", "dog", "é"]),
        (np.array([[1], [0], [1]], np.uint8), [1, 0, 1]),
        (np.array([0.5, np.nan, 1]), [0.5, None, 1.0]),
        (np.array([True, False, True]), [1, 0, 1]),
        (["cat", None, 3], ["cat", None, 3]),
    ],
)
def test_labels_become_python_scalars(given_labels, expected):
    found = label_list(given_labels, 3)
    assert found == expected
    assert [type(label) for label in found] == [type(label) for label in expected]


@pytest.mark.parametrize(
    ("given_labels", "expected"),
    [
        (np.zeros(4), "expected 3 labels, one for each image, found 4"),
        (["a"], "expected 3 labels, one for each image, found 1"),
        (np.zeros((3, 2)), "expected labels in one column of text or numbers, found float64 of shape (3, 2)"),
        (np.array([{}, {}, {}]), "expected labels in one column of text or numbers, found object"),
    ],
)
def test_labels_that_do_not_fit_are_refused(given_labels, expected):
    assert expected in refusal(label_list, given_labels, 3)


@pytest.mark.parametrize(
    ("cell", "value", "same"),
    [
        ("a", "a", True),
        ("a", "A", False),
        ("10", "10.0", True),
        ("1e1", "10", True),
        ("01", "1", False),
        ("", "0", False),
        ("nan", "nan", True),
        ("12345678901234567", "12345678901234568", False),
        ("1e99999999999999999999", "1", False),
    ],
)
def test_cells_are_the_same_as_text_or_as_numbers(cell, value, same):
    assert is_same(cell, value) is same
    assert is_same(value, cell) is same


def test_target_is_a_finite_number_or_nothing():
    assert [target_number(cell) for cell in ("2", "-0.5", "01", "", "two", "nan", "-inf")] == [
        2.0, -0.5, 1.0, None, None, None, None,
    ]  # fmt: skip


def test_bytes_are_read_as_utf_8_and_what_is_none_is_shown():
    assert label_list(np.array(["ä".encode(), b"a\xff"]), 2) == ["ä", "a\ufffd"]


def test_class_is_called_by_its_label_and_whole_numbers_are_whole():
    assert [label_text(label) for label in (1.0, 1.5, 3, "1.0", -0.0)] == ["1", "1.5", "3", "1.0", "0"]
