"""A new user's first steps in Orange's own canvas: from a folder of images to a confusion matrix, by mouse."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
DRAWING = runpy.run_path(str(ROOT / "doc" / "draw_tutorial_images.py"))
NUMBERS = {"one": 1, "a": 1, "four": 4, "five": 5, "six": 6}
LIMIT = 600
"""Seconds for the tour, on a busy machine."""


@pytest.fixture(scope="module")
def folder(screen, tmp_path_factory):
    """Return the folder of the tour, with its steps and results."""
    folder = tmp_path_factory.mktemp("tour")
    drawings = DRAWING["write_folders"](tmp_path_factory.mktemp("images") / "drawings")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "doc" / "draw_tour.py"), str(folder), str(drawings)],
        env=os.environ | {"DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def walk(folder):
    return json.loads((folder / "tour.json").read_text(encoding="utf-8"))


def test_nothing_needs_to_be_set_on_the_way_to_a_confusion_matrix(walk):
    assert sorted(walk["widgets"]) == [
        "Confusion Matrix", "Keras Embedding", "Load Images", "Logistic Regression", "Test and Score",
    ]  # fmt: skip
    assert {title: said for title, said in walk["messages"].items() if said} == {}
    assert walk["n_tested"] == 96
    assert walk["n_right"] > 86


def test_steps_are_as_few_as_the_documentation_says(walk):
    page = (ROOT / "doc" / "first-steps.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"(\w+) widgets, (\w+) drags, (\w+)\s+clicks and (\w+)\s+double-click", page)
    made = walk["made"]
    counted = [len(walk["widgets"]), made["drag"], made["click"], made["double click"]]
    assert [NUMBERS[number.lower()] for number in said] == counted
    assert counted[0] <= 6


def test_tour_shows_each_step(folder):
    with Image.open(folder / "tour.gif") as tour:
        assert tour.n_frames == len(list((folder / "tour").glob("*.png"))) >= 8
        assert tour.size == (960, 646)
    with Image.open(ROOT / "doc" / "images" / "tour.gif") as shown:
        assert shown.size == (960, 646)
    assert (ROOT / "doc" / "images" / "tour.gif").stat().st_size < 1_500_000
