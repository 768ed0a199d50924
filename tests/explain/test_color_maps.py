"""Maps as grids of tiles and vectors as blocks, pixel by pixel."""

import matplotlib
import numpy as np
import pytest

from orangecontrib.transferlearning.explain.color_maps import (
    block_shape,
    draw_block,
    draw_heat,
    draw_over,
    draw_tiles,
    magnify,
    strongest,
)

DARKEST, BRIGHTEST = ([*matplotlib.colormaps["viridis"](end, bytes=True)[:3]] for end in (0.0, 1.0))
WHITE = [255] * 3


def test_strongest_channels_come_first_whatever_their_sign():
    maps = np.zeros((2, 3, 4)) + [1, -5, 0, 3]
    assert strongest(maps, 3).tolist() == [1, 3, 0]
    assert strongest(maps, 9).tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize("n_values, shape", [(2048, (32, 64)), (4096, (64, 64)), (1, (1, 1)), (97, (9, 11))])
def test_block_has_the_most_square_factors(n_values, shape):
    assert block_shape(n_values) == shape


def test_tiles_are_magnified_from_each_map_s_least_to_its_greatest_value():
    maps = np.stack([[[0, 1], [1, 0]], [[5, 5], [5, 105]]], axis=-1).astype(np.float32)
    pixels = np.asarray(draw_tiles(maps, side=42))
    # Two tiles of 20 x 20 pixels, every value 10 x 10 of them, and a gap of two.
    assert pixels.shape == (20, 42, 3)
    assert (pixels[:10, :10] == DARKEST).all()
    assert (pixels[:10, 10:20] == BRIGHTEST).all()
    assert (pixels[:, 20:22] == WHITE).all()
    assert (pixels[:10, 22:] == DARKEST).all()
    assert (pixels[10:, 32:] == BRIGHTEST).all()


@pytest.mark.parametrize("shape", [(7, 7, 64), (112, 112, 64), (15, 20, 512), (1, 9, 3), (300, 2, 5), (2, 2, 1)])
def test_grid_keeps_to_its_size_and_shows_every_channel(shape):
    image = draw_tiles(np.random.default_rng(0).random(shape), side=640)
    assert max(image.size) <= 660
    assert max(image.size) >= 600


def test_map_of_one_value_only_is_dark():
    pixels = np.asarray(draw_tiles(np.full((3, 3, 1), 7.0), side=9))
    assert (pixels == DARKEST).all()


def test_block_is_filled_row_by_row_and_white_after_the_end():
    pixels = np.asarray(draw_block(np.arange(5, dtype=np.float32), side=6))
    assert pixels.shape == (4, 6, 3)
    assert pixels[0, 0].tolist() == DARKEST
    assert pixels[2, 2].tolist() == BRIGHTEST
    assert pixels[3, 5].tolist() == WHITE


DARKEST, BRIGHTEST = ([*matplotlib.colormaps["viridis"](end, bytes=True)[:3]] for end in (0.0, 1.0))


def test_values_stay_where_they_are_and_within_their_range():
    values = np.array([[0, 0, 0], [0, 0, 9.0]])
    wide = magnify(values, (30, 20))
    assert wide.shape == (20, 30)
    assert (wide.min(), wide.max()) == (0, 9)
    assert np.unravel_index(wide.argmax(), wide.shape) >= (14, 24)
    assert wide[:, :5].max() == 0
    assert wide[:, :10].max() < 0.5


def test_colors_go_from_the_least_to_the_greatest():
    pixels = np.asarray(draw_heat(np.array([[-5.0, 7.0]]), (40, 4)))
    assert pixels[0, 0].tolist() == DARKEST
    assert pixels[0, -1].tolist() == BRIGHTEST


def test_opacity_mixes_the_image_in():
    image = np.full((4, 6, 3), 200, np.uint8)
    values = np.zeros((2, 2))
    assert (np.asarray(draw_over(image, values, 0)) == 200).all()
    assert (np.asarray(draw_over(image, values, 1)) == DARKEST).all()
    half = np.asarray(draw_over(image, values, 0.5)).astype(int)
    np.testing.assert_allclose(half[0, 0], [(part + 200) / 2 for part in map(int, DARKEST)], atol=1)
