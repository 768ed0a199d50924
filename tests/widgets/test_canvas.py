"""Every tutorial workflow in Orange's own canvas, on a virtual screen."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning import tutorials

ROOT = Path(__file__).parents[2]
WORKFLOWS = tuple(sorted(Path(tutorials.__file__).parent.glob("*.ows")))
LIMIT = 600
"""Seconds for all workflows, on a busy machine."""


@pytest.fixture(scope="module")
def draw(screen, tmp_path_factory):
    """Return a function that runs workflows in one canvas, and returns the folder of images and the messages."""

    @cache
    def draw(paths):
        folder = tmp_path_factory.mktemp("canvas")
        done = subprocess.run(
            [sys.executable, "-W", "ignore", str(ROOT / "doc" / "draw_workflows.py"), str(folder), *map(str, paths)],
            env=os.environ | {"DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return folder, json.loads((folder / "messages.json").read_text(encoding="utf-8"))

    return draw


@pytest.mark.thorough
def test_no_report_or_help_ends_orange_which_never_loads_tensorflow(screen, tmp_path):
    notes = tmp_path / "notes.json"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "tests/smoke/canvas_tour.py"), str(notes), *map(str, WORKFLOWS)],
        env=os.environ | {"DISPLAY": screen, "QT_QPA_PLATFORM": "xcb", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(notes.read_text(encoding="utf-8"))
    assert list(seen) == [path.stem for path in WORKFLOWS]
    assert {name: each["loaded"] for name, each in seen.items()} == dict.fromkeys(seen, [])
    assert "Keras Network" in seen["070-fine-tuning"]["reported"]
    assert all(len(each["reported"]) >= 3 for each in seen.values())


def check(path, folder, messages):
    assert len(messages[path.stem]) >= 4
    assert {title: said for title, said in messages[path.stem].items() if said} == {}
    image = np.asarray(Image.open(folder / f"{path.stem}.png").convert("L"))
    assert min(image.shape) > 500
    assert 0.02 < (image < 200).mean() < 0.5


def test_first_workflow_finishes_in_the_canvas_without_a_message(draw):
    check(WORKFLOWS[0], *draw(WORKFLOWS[:1]))


@pytest.mark.thorough
@pytest.mark.parametrize("path", WORKFLOWS[1:], ids=lambda path: path.stem)
def test_workflow_finishes_in_the_canvas_without_a_message(path, draw):
    check(path, *draw(WORKFLOWS[1:]))
