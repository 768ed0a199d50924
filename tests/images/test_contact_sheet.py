"""Panels on a sheet: nothing cut off, everything where it belongs."""

import numpy as np
from PIL import Image

from orangecontrib.transferlearning.images.contact_sheet import Panel, lay_out


def colored(color, size=(50, 40)):
    return Image.new("RGB", size, color)


def places(sheet, color):
    """Left, top, right and bottom of all pixels of a color."""
    rows, columns = np.nonzero((np.asarray(sheet) == color).all(-1))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_panels_of_a_column_stand_below_each_other():
    red, green, blue = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    sheet = lay_out(
        [[Panel(colored(red, (90, 20)), "a"), Panel(colored(green), "b")], [None, Panel(colored(blue), "c", "note")]]
    )
    left, top, right, bottom = places(sheet, green)
    assert (right - left, bottom - top) == (50, 40)
    assert places(sheet, red)[1] == top
    assert places(sheet, blue)[0] == left > places(sheet, red)[2]
    assert places(sheet, blue)[1] > bottom


def test_title_that_is_wider_than_its_image_is_not_cut_off():
    sheet = np.asarray(lay_out([[Panel(colored("black", (5, 5)), "a long title " * 9, "a note " * 30)]]))
    assert (sheet[:, -12:] == 255).all()
    assert (sheet[:, -40:-24] < 255).any()
