"""The forms of nouns."""

import pytest

from orangecontrib.transferlearning.plurals import pl


@pytest.mark.parametrize(
    ("number", "forms", "expected"),
    [(0, "image", "images"), (1, "image", "image"), (2, "image", "images"), (1, "class|classes", "class"),
     (21, "class|classes", "classes"), (1, "was|were", "was"), (0, "was|were", "were")],
)  # fmt: skip
def test_form_fits_the_number(number, forms, expected):
    assert pl(number, forms) == expected
