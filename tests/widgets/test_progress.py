"""A throttle leaves out most calls during quick work, but never the last."""

import pytest

from orangecontrib.transferlearning.widgets.controls import progress
from orangecontrib.transferlearning.widgets.controls.progress import Throttle


@pytest.mark.parametrize(("seconds", "expected"), [(0, [0, 0.5, 1]), (1000, [1])])
def test_throttle_passes_few_calls_and_always_the_last(seconds, expected, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS", seconds)
    fractions = []
    throttle = Throttle(fractions.append)
    for fraction in (0, 0.5, 1):
        throttle(fraction)
    assert fractions == expected
