"""A new user's first steps in Orange's own canvas, with X11's mouse only: from a folder to the misclassified images."""

import json
import os
import re
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from AnyQt.QtCore import QUrl
from PIL import Image

from .conftest import SCREEN

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
DRAWING = runpy.run_path(str(ROOT / "doc" / "draw_tutorial_images.py"))
NUMBERS = {"one": 1, "a": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
LIMIT = 600
"""Seconds for the tour, on a busy machine."""


@pytest.fixture(scope="module")
def drawings(tmp_path_factory):
    return DRAWING["write_folders"](tmp_path_factory.mktemp("images") / "drawings")


@pytest.fixture(scope="module")
def folder(drawings, tmp_path_factory):
    """Return the folder of the tour, with its screenshots and results, which `ORANGE_TRANSFER_SCREENSHOTS` may name."""
    if missing := SCREEN["missing_programs"]():
        pytest.skip(f"needs {', '.join(missing)}")
    folder = Path(os.environ.get("ORANGE_TRANSFER_SCREENSHOTS") or tmp_path_factory.mktemp("tour"))
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9][0-9]-*.png"):
        old.unlink()
    command = [sys.executable, "-W", "ignore", str(ROOT / "doc" / "draw_tour.py"), str(folder), str(drawings)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tour:
        try:
            _, errors = tour.communicate(timeout=LIMIT)
        finally:
            tour.terminate()  # It ends the screen and Orange, which a kill would leave.
    assert tour.returncode == 0, errors
    return folder


@pytest.fixture(scope="module")
def seen(folder):
    return json.loads((folder / "tour.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def matrix(seen):
    """Return the counts that Confusion Matrix shows: class by class, and their sums."""
    table = next(each["cells"] for each in seen["matrix"]["lists"] if "Predicted" in each["cells"][0])
    assert table[1][2:-1] == ["boat", "fish", "house", "tree"]
    return [[int(cell) for cell in row[2:]] for row in table[2:]]


def n_wrong(matrix):
    return matrix[-1][-1] - sum(matrix[each][each] for each in range(4))


def test_nothing_needs_to_be_set_and_no_widget_complains(seen):
    assert sorted(seen["widgets"]) == [
        "Confusion Matrix", "Image Viewer", "Keras Embedding", "Load Images", "Logistic Regression", "Test and Score",
    ]  # fmt: skip
    assert seen["messages"] == {name: [] for name in seen["widgets"]}


def test_every_image_is_tested_and_most_are_classified_correctly(seen, matrix):
    (scores,) = (each for each in seen["scores"]["lists"] if "CA" in each["names"])
    (row,) = scores["cells"]
    assert row[0] == "Logistic Regression"
    assert matrix[-1][-1] == 96
    assert "96 | 1×96" in seen["scores"]["texts"]
    assert float(row[scores["names"].index("CA")]) == pytest.approx(1 - n_wrong(matrix) / 96)
    assert 1 <= n_wrong(matrix) < 10


def test_the_images_shown_are_those_that_were_misclassified(seen, matrix, drawings):
    (shown,) = seen["viewer"]["lists"]
    paths = [Path(QUrl(tip).toLocalFile()) for (tip,) in shown["tips"]]
    assert sorted(paths) == sorted(drawings / name for name in seen["misclassified"])
    assert len(paths) == n_wrong(matrix)
    wrong_of_class = {
        name: sum(row[:-1]) - row[number]
        for number, (name, row) in enumerate(zip(["boat", "fish", "house", "tree"], matrix, strict=False))
    }
    assert Counter(path.parent.name for path in paths) == Counter(wrong_of_class)
    assert [title for (title,) in shown["cells"]] == [path.parent.name for path in paths]


def test_gestures_are_as_few_as_the_documentation_says(seen):
    page = (ROOT / "doc" / "first-steps.md").read_text(encoding="utf-8")
    (said,) = re.findall(
        r"(\w+) widgets, (\w+) drags, (\w+)\s+turns of the wheel, (\w+)\s+clicks and (\w+)\s+double-clicks", page
    )
    made = seen["made"]
    counted = [len(seen["widgets"]), made["drag"], made["scroll"], made["click"], made["double click"]]
    assert [NUMBERS[number.lower()] for number in said] == counted
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{said[0].capitalize()} widgets and {sum(counted[1:])} mouse actions" in readme


def test_there_is_a_screenshot_of_each_step_and_the_tour_shows_them(folder):
    steps = [Image.open(path).convert("RGB") for path in sorted(folder.glob("*.png"))]
    assert len(steps) == len({step.tobytes() for step in steps}) == 13
    assert {step.size for step in steps} == {SCREEN["SIZE"]}
    shown = ROOT / "doc" / "images" / "tour.gif"
    for path in (folder / "tour.gif", shown):
        with Image.open(path) as tour:
            assert (tour.n_frames, tour.size) == (1 + len(steps), (960, 646))
    assert shown.stat().st_size < 1_500_000
