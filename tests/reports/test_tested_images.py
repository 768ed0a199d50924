"""Images of the test are found and judged."""

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import SourceError
from orangecontrib.transferlearning.reports import tested_images as testsheet
from orangecontrib.transferlearning.reports.tested_images import TestedImage, draw_sheet
from orangecontrib.transferlearning.training.head_training import HeadTraining

from ..conftest import solid

ALL = np.arange(2)


def training_of(classes, test, truth, predicted):
    return HeadTraining(None, None, classes, 1, 1, test, truth, predicted, 0)


def test_images_are_found_in_their_folder_or_under_their_own_names(photos, monkeypatch):
    keys = ["a/1.png", "b/1.png"]
    assert testsheet.choose_shown(keys, ALL, str(photos)) == {row: str(photos / keys[row]) for row in (0, 1)}
    assert testsheet.choose_shown(keys, ALL) == {}
    monkeypatch.chdir(photos)
    assert testsheet.choose_shown(keys, ALL[1:]) == {1: "b/1.png"}
    address = "https://example.org/1.png"
    assert testsheet.choose_shown([address], ALL[:1], str(photos)) == {0: address}


def test_nine_are_chosen_by_chance():
    keys = [f"data:,{row}" for row in range(99)]
    one, same, other = (testsheet.choose_shown(keys, np.arange(50, 90), seed=seed) for seed in (0, 0, 1))
    assert one == same != other
    assert len(one) == 9
    assert all(50 <= row < 90 and key == keys[row] for row, key in one.items())


def test_missing_images_are_refused_by_name(photos):
    with pytest.raises(SourceError, match="no image a/9.png in .*name the folder that was embedded"):
        testsheet.choose_shown(["a/1.png", "a/9.png"], ALL, str(photos))
    with pytest.raises(SourceError, match="do not name their images"):
        testsheet.choose_shown([], ALL, str(photos))
    assert testsheet.choose_shown([], ALL) == {}


def test_images_of_the_test_are_judged(monkeypatch):
    shown = []
    monkeypatch.setattr(testsheet, "draw_sheet", shown.extend)
    training = training_of(("cat", "dog"), np.array([7, 3, 5]), np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0]))
    testsheet.draw_test(training, {3: "3.png", 7: "7.png"})
    assert [vars(each) for each in shown] == [
        {"location": "3.png", "truth": "dog", "predicted": "cat", "is_right": False},
        {"location": "7.png", "truth": "cat", "predicted": "cat", "is_right": True},
    ]


def test_numbers_are_shown_as_they_are(monkeypatch):
    shown = []
    monkeypatch.setattr(testsheet, "draw_sheet", shown.extend)
    testsheet.draw_test(training_of((), np.array([4]), np.ones(1), np.array([0.123456])), {4: "x"})
    assert [(each.truth, each.predicted, each.is_right) for each in shown] == [("1", "0.1235", None)]


ORANGE, BLUE = (217, 95, 2), (31, 95, 168)


def count(sheet, color):
    return int((np.asarray(sheet) == color).all(axis=2).sum())


def test_images_stand_in_rows_and_wrong_ones_have_a_thick_frame():
    gray = solid((90, 90, 90), (50, 100))
    right = draw_sheet([TestedImage(gray, "a", "a", True)])
    wrong = draw_sheet([TestedImage(gray, "a", "b", False)])
    assert count(right, (90, 90, 90)) == count(wrong, (90, 90, 90)) == 220 * 110
    assert count(right, BLUE) == 224 * 114 - 220 * 110
    assert count(wrong, ORANGE) == 236 * 126 - 220 * 110
    assert right.size == wrong.size
    four = draw_sheet([TestedImage(gray, "a", "a", True)] * 4)
    assert four.width > 3 * 236 and four.height > 2 * 126
    assert count(four, (90, 90, 90)) == 4 * 220 * 110


def test_numbers_are_neither_right_nor_wrong():
    sheet = draw_sheet([TestedImage(solid((9, 9, 9)), "1.5", "1.25")])
    assert count(sheet, ORANGE) == count(sheet, BLUE) == 0


def test_long_names_are_cut_and_never_make_a_sheet_wide():
    sheet = draw_sheet([TestedImage(solid((9, 9, 9)), "a" * 300, "b" * 300, False)])
    assert sheet.width < 600
