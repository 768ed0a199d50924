"""Wrong ones stand out on a sheet of pictures."""

import numpy as np

from orangecontrib.transferlearning.sheets import Judged, draw_sheet

from .conftest import solid

ORANGE, BLUE = (217, 95, 2), (31, 95, 168)


def count(sheet, colour):
    return int((np.asarray(sheet) == colour).all(axis=2).sum())


def test_pictures_stand_in_rows_and_wrong_ones_have_a_thick_frame():
    grey = solid((90, 90, 90), (50, 100))
    right = draw_sheet([Judged(grey, "a", "a", True)])
    wrong = draw_sheet([Judged(grey, "a", "b", False)])
    assert count(right, (90, 90, 90)) == count(wrong, (90, 90, 90)) == 220 * 110
    assert count(right, BLUE) == 224 * 114 - 220 * 110
    assert count(wrong, ORANGE) == 236 * 126 - 220 * 110
    assert right.size == wrong.size
    four = draw_sheet([Judged(grey, "a", "a", True)] * 4)
    assert four.width > 3 * 236 and four.height > 2 * 126
    assert count(four, (90, 90, 90)) == 4 * 220 * 110


def test_numbers_are_neither_right_nor_wrong():
    sheet = draw_sheet([Judged(solid((9, 9, 9)), "1.5", "1.25")])
    assert count(sheet, ORANGE) == count(sheet, BLUE) == 0


def test_long_names_are_cut_and_never_make_a_sheet_wide():
    sheet = draw_sheet([Judged(solid((9, 9, 9)), "a" * 300, "b" * 300, False)])
    assert sheet.width < 600
