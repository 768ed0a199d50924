"""Images made small enough for a square."""

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning.images.thumbnails import read_small

from ..conftest import solid
from ..samples import encode, reason, scene


@pytest.mark.parametrize(
    "size, small", [((300, 200), (96, 64)), ((50, 960), (5, 96)), ((20, 30), (20, 30)), ((1, 999), (1, 96))]
)
def test_image_fits_and_is_never_enlarged(tmp_path, size, small):
    path = tmp_path / "a.png"
    Image.fromarray(solid((10, 200, 30), size)).save(path)
    image = read_small(path, 96)
    assert image.shape == (*small, 3)
    assert (image == (10, 200, 30)).all()


def test_lying_photograph_stands_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "a.jpg"
    path.write_bytes(encode(scene(40, 80), "JPEG", exif=exif))
    assert read_small(path, 20).shape == (20, 10, 3)


def test_arrays_are_images_too():
    assert read_small(np.full((100, 50), 7, np.uint8), 10).tolist() == np.full((10, 5, 3), 7).tolist()


def test_unreadable_image_says_why(tmp_path):
    assert reason(read_small, tmp_path / "none.png", 96) == "no such file"
