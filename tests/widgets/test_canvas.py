"""Every tutorial workflow in Orange's own canvas, on a virtual screen; alone, and after each other one."""

import base64
import json
import os
import pickle
import subprocess
import sys
from functools import cache
from itertools import chain, combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning import tutorials

from .test_every_widget import widget_classes
from .test_stored_settings import WRONG, merged, nested, settings_of

ROOT = Path(__file__).parents[2]
WORKFLOWS = tuple(sorted(Path(tutorials.__file__).parent.glob("*.ows")))
LIMIT = 600
"""Seconds for all workflows, on a busy machine."""

LONG_LIMIT = 1800
"""Seconds for each workflow after each other one, on a busy machine."""


def run_canvas(screen, script, *words, limit=LIMIT, **environment):
    """Run a script of Orange's canvas on a virtual screen; it must end well."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), *map(str, words)],
        env=os.environ | {"DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"} | environment,
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def draw(screen, tmp_path_factory):
    """Return a function that runs workflows in one canvas, and returns the folder of images and the messages."""

    @cache
    def draw(paths):
        folder = tmp_path_factory.mktemp("canvas")
        run_canvas(screen, ROOT / "doc" / "draw_workflows.py", folder, *paths)
        return folder, json.loads((folder / "messages.json").read_text(encoding="utf-8"))

    return draw


# `nox` does the same twice, with what users install.
@pytest.mark.slow
def test_no_report_or_help_ends_orange_which_never_loads_tensorflow(screen, tmp_path):
    notes = tmp_path / "notes.json"
    run_canvas(screen, ROOT / "tests" / "smoke" / "canvas_tour.py", notes, *WORKFLOWS, HOME=str(tmp_path))
    seen = json.loads(notes.read_text(encoding="utf-8"))
    assert list(seen) == [path.stem for path in WORKFLOWS]
    assert {name: each["loaded"] for name, each in seen.items()} == dict.fromkeys(seen, [])
    assert "Keras Network" in seen["070-fine-tuning"]["reported"]
    assert all(len(each["reported"]) >= 3 for each in seen.values())


@pytest.fixture
def open_in_turn(screen, tmp_path):
    """Return a function that opens workflows in one canvas, and returns what they are set to and have sent."""

    def open_in_turn(paths):
        notes = tmp_path / "notes.json"
        script = Path(__file__).with_name("score_tour.py")
        run_canvas(screen, script, notes, *paths, limit=LONG_LIMIT, HOME=str(tmp_path))
        return json.loads(notes.read_text(encoding="utf-8"))

    return open_in_turn


def once_after_each_other(items):
    """Return an order in which each item comes once right after each other one; it begins and ends with the first."""
    return [*chain.from_iterable(combinations(items, 2)), items[0]]


def test_order_has_every_pair_once():
    pairs = list(pairwise(once_after_each_other("abcdefg")))
    assert len(pairs) == len(set(pairs)) == 7 * 6
    assert all(first != second for first, second in pairs)


@pytest.mark.slow
def test_tutorial_has_the_settings_and_scores_of_a_fresh_start_after_each_other_one(open_in_turn):
    fresh = {path.stem: open_in_turn([path])[0] for path in WORKFLOWS}
    seen = open_in_turn(once_after_each_other(WORKFLOWS))
    assert len(seen) == 43
    for before, after in pairwise(seen):
        for kind, values in fresh[after["name"]].items():
            assert after[kind] == values, f"{kind} after {before['name']}"
    assert {name: each["said"] for name, each in fresh.items()} == dict.fromkeys(fresh, {})
    scores = {name: each["scores"].get("Test & Score", {}) for name, each in fresh.items()}
    assert scores["010-first-classification"]["Logistic Regression"] == [pytest.approx(0.97, abs=0.03)]
    assert scores["020-which-network"]["On last stage"] == [pytest.approx(0.97, abs=0.03)]


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


def with_wrong_settings(path, kinds):
    """Write a workflow that has each widget once for each kind of wrong value, which all its settings have."""
    nodes, properties = [], []
    for kind in kinds:
        for cls in widget_classes():
            stored = {}
            for names, _ in settings_of(cls.settingsHandler.provider):
                stored = merged(stored, nested(names, WRONG[kind]))
            number, name = len(nodes), f"{cls.__module__}.{cls.__name__}"
            nodes.append(
                f'<node id="{number}" name="{cls.name}" qualified_name="{name}" project_name="" version="" '
                f'title="{cls.name}, {kind}" position="({150 * (number % 6)}, {150 * (number // 6)})" />'
            )
            packed = base64.b64encode(pickle.dumps(stored)).decode()
            properties.append(f'<properties node_id="{number}" format="pickle">{packed}</properties>')
    path.write_text(
        f"""<?xml version='1.0' encoding='utf-8'?>
<scheme version="2.0" title="" description="">
<nodes>{"".join(nodes)}</nodes><links /><annotations /><thumbnail />
<node_properties>{"".join(properties)}</node_properties>
</scheme>""",
        encoding="utf-8",
    )
    return path


@pytest.mark.thorough
def test_workflow_with_settings_of_every_wrong_type_opens(screen, tmp_path):
    kinds = ("none", "text", "huge", "nan", "list", "dict", "bytes", "true", "tuple")
    workflow = with_wrong_settings(tmp_path / "wrong.ows", kinds)
    # A traceback ends the script with an error.
    run_canvas(screen, ROOT / "doc" / "draw_workflows.py", tmp_path, workflow, HOME=str(tmp_path))
    messages = json.loads((tmp_path / "messages.json").read_text(encoding="utf-8"))["wrong"]
    assert sorted(messages) == sorted(f"{cls.name}, {kind}" for cls in widget_classes() for kind in kinds)
    assert {title for title, said in messages.items() if said} <= {
        title for title in messages if title.endswith("text")
    }
