"""The category "Transfer Learning" of Orange's toolbox."""

import sysconfig
from typing import Any

from ..orange import features_format  # noqa: F401 - registers the format with Orange's File and Save Data
from ..waiting import Work, set_waiter

NAME = "Transfer Learning"
DESCRIPTION = "Images to features with Keras networks, on this computer."
ICON = "icons/category.svg"
BACKGROUND = "#C8E6DC"
PRIORITY = 1001

WIDGET_HELP_PATH = (
    ("{DEVELOP_ROOT}/doc/_build/html/index.html", None),
    (f"{sysconfig.get_path('data')}/help/orange3-transferlearning/index.html", None),
    ("https://orange3-transferlearning.readthedocs.io/en/latest/index.html", ""),
)


def _wait(work: Work, title: str) -> Any:
    from .controls.wait_awake import wait_awake

    return wait_awake(work, title)


def _process_events() -> None:
    from .controls.wait_awake import process_events

    process_events()


set_waiter(_wait, _process_events)
