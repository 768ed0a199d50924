"""Values over a picture, pixel by pixel."""

import matplotlib
import numpy as np

from orangecontrib.transferlearning.heatmaps import draw_heat, draw_over, spread

DARKEST, BRIGHTEST = ([*matplotlib.colormaps["viridis"](end, bytes=True)[:3]] for end in (0.0, 1.0))


def test_values_stay_where_they_are_and_within_their_range():
    values = np.array([[0, 0, 0], [0, 0, 9.0]])
    wide = spread(values, (30, 20))
    assert wide.shape == (20, 30)
    assert (wide.min(), wide.max()) == (0, 9)
    assert np.unravel_index(wide.argmax(), wide.shape) >= (14, 24)
    assert wide[:, :5].max() == 0
    assert wide[:, :10].max() < 0.5


def test_colours_go_from_the_least_to_the_greatest():
    pixels = np.asarray(draw_heat(np.array([[-5.0, 7.0]]), (40, 4)))
    assert pixels[0, 0].tolist() == DARKEST
    assert pixels[0, -1].tolist() == BRIGHTEST


def test_opacity_mixes_the_picture_in():
    picture = np.full((4, 6, 3), 200, np.uint8)
    values = np.zeros((2, 2))
    assert (np.asarray(draw_over(picture, values, 0)) == 200).all()
    assert (np.asarray(draw_over(picture, values, 1)) == DARKEST).all()
    half = np.asarray(draw_over(picture, values, 0.5)).astype(int)
    np.testing.assert_allclose(half[0, 0], [(part + 200) / 2 for part in map(int, DARKEST)], atol=1)
