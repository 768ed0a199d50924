"""The size of an image, from the head of its file."""

import pytest
from PIL import Image

from orangecontrib.transferlearning.images import opening
from orangecontrib.transferlearning.images.dimensions import Dimensions, measure_image
from orangecontrib.transferlearning.images.reading import read_image

from ..samples import FILES, encode, reason, scene


@pytest.mark.parametrize("kind", FILES)
def test_dimensions_are_those_of_the_image_that_is_read(kind, tmp_path):
    path = tmp_path / kind
    path.write_bytes(FILES[kind])
    height, width = read_image(path).shape[:2]
    assert measure_image(path) == Dimensions(len(FILES[kind]), width, height)


def test_lying_image_is_measured_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "lying.jpg"
    path.write_bytes(encode(scene(30, 50), "JPEG", exif=exif))
    measured = measure_image(path)
    assert (measured.width, measured.height) == (30, 50)
    assert read_image(path).shape == (50, 30, 3)


def test_file_is_not_read_whole(tmp_path):
    path = tmp_path / "cut.png"
    path.write_bytes(FILES["png"][:60])
    assert measure_image(path).width == 64


@pytest.mark.parametrize("content, said", [(b"", "the file is empty"), (b"text", "not an image, but text")])
def test_what_is_no_image_has_a_reason(tmp_path, content, said):
    path = tmp_path / "x.png"
    path.write_bytes(content)
    assert reason(measure_image, path) == said


def test_missing_file_folder_and_too_large_image_have_the_reasons_of_reading(tmp_path, monkeypatch):
    assert reason(measure_image, tmp_path / "none.png") == "no such file"
    assert reason(measure_image, tmp_path) == "it is a folder"
    path = tmp_path / "large.png"
    path.write_bytes(FILES["png"])
    monkeypatch.setattr(opening, "MAX_PIXELS", 100)
    assert reason(measure_image, path) == reason(read_image, path)
