"""Every tutorial workflow in Orange's own canvas, on a virtual screen."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning import tutorials

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted(Path(tutorials.__file__).parent.glob("*.ows"))
LIMIT = 600
"""Seconds for all of them, on a machine that is busy with other things."""


@pytest.fixture(scope="module")
def seen(screen, tmp_path_factory):
    """The folder of pictures of all workflows, and what their widgets say."""
    folder = tmp_path_factory.mktemp("canvas")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "doc" / "draw_workflows.py"), str(folder), *map(str, WORKFLOWS)],
        env=os.environ | {"DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return folder, json.loads((folder / "messages.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_finishes_in_the_canvas_without_a_message(path, seen):
    folder, messages = seen
    assert len(messages[path.stem]) >= 4
    assert {title: said for title, said in messages[path.stem].items() if said} == {}
    picture = np.asarray(Image.open(folder / f"{path.stem}.png").convert("L"))
    assert min(picture.shape) > 500
    assert 0.02 < (picture < 200).mean() < 0.5
