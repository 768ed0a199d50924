"""Every member of the corpus has its pixels or its reason, wherever it is read."""

import re

import numpy as np
import pytest

from orangecontrib.transferlearning.errors import ImageReadError
from orangecontrib.transferlearning.images.dimensions import measure_image
from orangecontrib.transferlearning.images.reading import decode, read_image
from orangecontrib.transferlearning.images.thumbnails import read_small

from .corpus import members

MEMBERS = members()


def test_corpus_is_large_and_its_names_are_unique():
    assert len(MEMBERS) >= 250
    assert len({member.name for member in MEMBERS}) == len(MEMBERS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("member", MEMBERS, ids=[member.name for member in MEMBERS])
def test_member_has_its_pixels_or_its_reason(member, tmp_path):
    if member.needs:
        pytest.importorskip(member.needs)
    path = tmp_path / member.name.replace("<", "little").replace(">", "big")
    path.write_bytes(member.data)
    if member.reason:
        for read in (read_image, lambda path: read_small(path, 9)):
            with pytest.raises(ImageReadError) as caught:
                read(path)
            assert re.search(member.reason, str(caught.value)), str(caught.value)
            assert "\n" not in str(caught.value)
        return
    pixels = read_image(path)
    assert (pixels.shape, pixels.dtype) == (member.pixels.shape, np.uint8)
    np.testing.assert_allclose(pixels, member.pixels, rtol=0, atol=member.tolerance + 0.5001)
    measured = measure_image(path)
    assert (measured.height, measured.width) == pixels.shape[:2]
    assert max(read_small(path, 9).shape[:2]) == min(9, max(pixels.shape))
    said = " ".join(note.text for note in decode(member.data).notes)
    assert member.note in said
    assert not (member.is_one and "frame" in said)
    assert member.note or "transparent" not in said and "infrared" not in said
