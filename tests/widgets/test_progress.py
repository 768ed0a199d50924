"""Whoever is told of quick work is spared most of its steps, never the end."""

import pytest

from orangecontrib.transferlearning.widgets.controls import progress as pulse
from orangecontrib.transferlearning.widgets.controls.progress import Throttle


@pytest.mark.parametrize(("seconds", "expected"), [(0, [0, 0.5, 1]), (1000, [1])])
def test_steps_are_told_now_and_then_and_the_end_always(seconds, expected, monkeypatch):
    monkeypatch.setattr(pulse, "SECONDS", seconds)
    told = []
    tell = Throttle(told.append)
    for fraction in (0, 0.5, 1):
        tell(fraction)
    assert told == expected
