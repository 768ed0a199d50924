"""Every tutorial workflow in Orange's own canvas, on a virtual screen."""

import json
import os
import select
import shutil
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

pytestmark = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb, a virtual screen")


@pytest.fixture(scope="module")
def screen():
    """The name of a screen that nobody sees, with a number that Xvfb finds free."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "3300x2400x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            assert select.select([reading], [], [], LIMIT)[0], "Xvfb does not start"
            number = os.read(reading, 16).decode().strip()
            assert number, "Xvfb ended"
            yield f":{number}"
        finally:
            server.terminate()
            os.close(reading)


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
