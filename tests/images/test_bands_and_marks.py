"""Bands that are marked as alpha of any kind, and numbers that mark missing data."""

import io
import warnings

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageDraw

from orangecontrib.transferlearning.errors import ImageReadError
from orangecontrib.transferlearning.images.notes import BAND_AS_ALPHA, FEW_LEVELS, HIDDEN_COLORS, MISSING
from orangecontrib.transferlearning.images.reading import decode
from orangecontrib.transferlearning.images.steps import read_steps

from ..hostile.corpus import saved

SOIL = (90, 70, 60)


def tiff(values, **facts):
    file = io.BytesIO()
    tifffile.imwrite(file, values, **facts)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["assocalpha", "unassalpha"])
def test_near_infrared_keeps_the_colors_however_it_is_marked(kind):
    values = np.empty((40, 50, 4), np.uint8)
    values[..., :3] = SOIL
    values[..., 3] = np.random.default_rng(0).integers(110, 170, (40, 50))
    decoded = decode(tiff(values, photometric="rgb", extrasamples=[kind]))
    assert np.array_equal(decoded.pixels, values[..., :3])
    assert [note.text for note in decoded.notes] == [BAND_AS_ALPHA]


def test_colors_that_alpha_was_multiplied_into_are_divided_by_it():
    values = np.zeros((40, 50, 4), np.uint8)
    values[:, :25] = (90, 70, 60, 255)
    values[:, 25:] = (45, 35, 30, 128)
    pixels = decode(tiff(values, photometric="rgb", extrasamples=["assocalpha"])).pixels
    assert tuple(pixels[0, 0]) == SOIL
    assert np.abs(pixels[0, 30] - (np.array(SOIL) * 128 + 255 * 127) / 255).max() <= 1


@pytest.mark.parametrize("mark", [-3.4e38, -9999, 1e30])
def test_mark_of_missing_data_that_leaves_few_levels_is_told(mark):
    values = np.random.default_rng(0).random((40, 50)).astype(np.float32)
    values[0, :2] = mark
    assert [note.text for note in decode(tiff(values)).notes] == [FEW_LEVELS]


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).random((40, 50)).astype(np.float32),
        np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32),
        (np.arange(2000).reshape(40, 50) % 2).astype(np.float32),
        np.arange(-1000, 1000, dtype=np.int16).reshape(40, 50),
        np.full((40, 50), 0.5, np.float32),
    ],
)
def test_images_that_keep_their_levels_have_no_note(values):
    assert not decode(tiff(values)).notes


def told(decoded):
    return [(note.text, note.detail) for note in decoded.notes]


def water_and_land():
    """Return colors and near infrared, 0 in the water, which takes 62 % of the rows."""
    chance = np.random.default_rng(0)
    values = chance.integers(20, 84, (50, 40, 4))
    values[:31, :, 3] = 0
    return values


HIDDEN = [(HIDDEN_COLORS, "62 % of the pixels")]


@pytest.mark.parametrize("kind", ["assocalpha", "unassalpha"])
@pytest.mark.parametrize("factor", [1, 257])
def test_colors_that_alpha_hides_are_told_and_shown_by_a_step(kind, factor):
    values = water_and_land()
    data = tiff((values * factor).astype(f"uint{8 if factor == 1 else 16}"), photometric="rgb", extrasamples=[kind])
    decoded = decode(data)
    assert (decoded.pixels[:31] == 255).all()
    assert told(decoded) == HIDDEN
    shown = decode(data, steps=read_steps(["opaque"]))
    assert np.array_equal(shown.pixels, values[..., :3])
    assert not shown.notes
    infrared = decode(data, steps=read_steps(["channel:4", f"range:0,{255 * factor}"]))
    assert np.array_equal(infrared.pixels[..., 0], values[..., 3])


@pytest.mark.parametrize("file_format", ["PNG", "TGA", "WEBP", "JPEG2000", "TIFF"])
def test_colors_that_alpha_hides_are_told_in_every_format(file_format):
    values = water_and_land().astype(np.uint8)
    values[31:, :, 3] = 255
    options = {"lossless": True, "exact": True} if file_format == "WEBP" else {}
    data = saved(Image.fromarray(values), file_format, **options)
    assert told(decode(data)) == HIDDEN
    shown = decode(data, steps=read_steps(["opaque"]))
    assert np.array_equal(shown.pixels, values[..., :3])
    assert not shown.notes


def test_a_transparent_color_is_shown_by_the_step():
    image = Image.fromarray(np.arange(200, dtype=np.uint8).reshape(10, 20))
    data = saved(image, "PNG", transparency=7)
    assert decode(data).pixels[0, 7].tolist() == [255] * 3
    assert decode(data, steps=read_steps(["opaque"])).pixels[0, 7].tolist() == [7] * 3


def test_blank_or_few_hidden_colors_are_not_told():
    values = water_and_land().astype(np.uint8)
    values[31:, :, 3] = 255
    few = values.copy()
    few[4:, :, 3] = 255  # 8 % are hidden
    blank = values.copy()
    blank[:31, :, :3] = (10, 20, 30)
    for part in (few, blank):
        assert not decode(saved(Image.fromarray(part), "PNG")).notes


@pytest.mark.parametrize("background", [(0, 0, 0, 0), (255, 255, 255, 0)])
@pytest.mark.parametrize("quality", [40, 75, 90])
def test_noise_beside_the_edges_of_a_logo_is_not_told(background, quality):
    logo = Image.new("RGBA", (256, 256), background)
    draw = ImageDraw.Draw(logo)
    draw.ellipse((20, 20, 220, 220), fill=(220, 40, 60, 255))
    draw.rectangle((100, 60, 250, 120), fill=(20, 80, 220, 255))
    for exact in (False, True):
        assert not decode(saved(logo, "WEBP", quality=quality, exact=exact)).notes


@pytest.mark.parametrize("mark", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("n_bands", [1, 3, 5])
@pytest.mark.parametrize(
    ("steps", "scale"),
    [
        ((), 255),
        (("range:0,0.5",), 510),
        (("percentiles:0,100",), 255),
        (("gamma:1",), 255),
        (("range:0,1", "gamma:1"), 255),
        (("channel:1", "range:0,1"), 255),
    ],
)
def test_numbers_that_are_not_finite_are_missing_data(mark, kind, n_bands, steps, scale):
    values = np.tile(np.linspace(0, 1, 100)[:, None, None], (1, 4, n_bands)).astype(kind)
    expected = np.clip(np.rint(values[..., :1].astype(float) * scale), 0, 255)
    values[:, 0, 0] = mark  # in one band is enough
    expected[:, 0] = 0
    data = tiff(
        values.squeeze(),
        photometric="rgb" if n_bands == 3 else "minisblack",
        planarconfig=None if n_bands == 1 else "contig",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decoded = decode(data, steps=read_steps(steps))
    np.testing.assert_allclose(decoded.pixels, np.repeat(expected, 3, axis=2), atol=1)
    assert (MISSING, "25 % of the pixels") in told(decoded)


def test_missing_data_is_black_where_zero_is_white():
    values = np.array([[0, 0.25, 1, np.nan]], np.float32)
    for steps in ((), ("range:0,1",), ("gamma:1",)):
        decoded = decode(tiff(values, photometric="miniswhite"), steps=read_steps(steps))
        assert decoded.pixels[0, :, 0].tolist() == [255, 191, 0, 0]


def test_image_of_missing_data_only_is_refused():
    data = tiff(np.full((4, 5), np.nan, np.float32))
    for steps in ((), ("percentiles:1,99",), ("range:0,1",), ("gamma:2",)):
        with pytest.raises(ImageReadError, match="only values that are not finite numbers"):
            decode(data, steps=read_steps(steps))
