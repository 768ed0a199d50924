"""Every tutorial workflow, loaded and run as Orange would, with the real network."""

import random
import runpy
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from AnyQt.QtTest import QTest
from Orange.canvas.config import Config
from Orange.data import Table
from Orange.evaluation import CA
from Orange.widgets.tests import base
from orangecanvas.registry import WidgetRegistry
from orangewidget.workflow.widgetsscheme import WidgetsScheme
from PIL import Image

from orangecontrib.transferlearning import tutorials

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")  # of Orange and scikit-learn

FOLDER = Path(tutorials.__file__).parent
DRAWING = runpy.run_path(str(Path(__file__).parents[2] / "doc" / "draw_pictures.py"))
KINDS, N_PICTURES = DRAWING["KINDS"], DRAWING["N_PICTURES"]


@pytest.fixture(scope="module")
def registry():
    registry = WidgetRegistry()
    Config.widget_discovery(registry).run(Config.widgets_entry_points())
    return registry


@pytest.fixture(autouse=True, scope="module")
def application():
    base.WidgetTest.setUpClass()
    yield
    base.WidgetTest.tearDownClass()


def open_workflow(path, registry):
    """A workflow with its widgets made and its signals held back; an unknown widget raises."""
    scheme = WidgetsScheme(env={"basedir": str(path.parent)})
    scheme.widget_manager.set_creation_policy(scheme.widget_manager.Immediate)
    scheme.signal_manager.pause()
    with path.open("rb") as file:
        scheme.load_from(file, registry=registry)
    return scheme


def run(scheme, timeout=120):
    """Let signals flow until nothing has happened for half a second."""
    signals = scheme.signal_manager
    signals.resume()
    n_quiet, end = 0, time.monotonic() + timeout
    while n_quiet < 10:
        assert time.monotonic() < end, "the workflow did not finish"
        QTest.qWait(50)
        busy = signals.pending_nodes() or signals.active_nodes() or signals.blocking_nodes()
        n_quiet = 0 if busy or signals.invalidated_nodes() else n_quiet + 1


def widgets_of(scheme):
    return {node.title: scheme.widget_for_node(node) for node in scheme.nodes}


def close(scheme):
    scheme.clear()
    QTest.qWait(0)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ows")), ids=lambda path: path.stem)
def test_every_tutorial_opens_and_is_told_apart_by_its_title(path, registry):
    scheme = open_workflow(path, registry)
    try:
        assert scheme.title
        assert scheme.description
        assert b"/home/" not in path.read_bytes()
    finally:
        close(scheme)


def test_first_classification_runs_wherever_it_is_copied(tmp_path, registry, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "elsewhere"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    scheme = open_workflow(folder / "010-first-classification.ows", registry)
    try:
        widgets = widgets_of(scheme)
        run(scheme)
        for title, widget in widgets.items():
            active = [str(message) for group in widget.message_groups for message in group.active]
            assert not active, f"{title}: {active}"
        assert widgets["Drawings"].data.domain["image"].attributes["origin"] == str(folder / "drawings")
        embeddings = widgets["Keras Embedding"].result.embeddings
        assert embeddings.X.shape == (len(KINDS) * N_PICTURES, 512)
        results = widgets["Confusion Matrix"].results
        scores = dict(zip(results.learner_names, CA(results), strict=True))
        assert scores["Logistic Regression"] > 0.9
        assert scores["SVM"] > 0.75
        assert scores["Random Forest"] > 0.8
        assert min(scores.values()) < 1, "nothing would be left for Confusion Matrix to show"
    finally:
        close(scheme)


def test_pictures_are_drawn_the_same_every_time(tmp_path):
    DRAWING["write_pictures"](tmp_path)
    assert (tmp_path / "drawings.tab").read_text() == (FOLDER / "drawings.tab").read_text()
    for shipped in random.Random(0).sample(sorted((FOLDER / "drawings").iterdir()), 12):
        kind, number = shipped.stem.split("-")
        drawn = np.asarray(DRAWING["draw"](kind, int(number)).convert("RGB"), int)
        # Another version of Pillow may place the odd pixel, or a colour of the palette, a little differently.
        assert np.abs(drawn - np.asarray(Image.open(shipped).convert("RGB"), int)).mean() < 3


def test_table_of_drawings_names_existing_pictures():
    table = Table(str(FOLDER / "drawings.tab"))
    assert {Path(str(name)).suffix for name in table.metas[:, 0]} == {".png"}
    assert {str(name) for name in table.metas[:, 0]} == {path.name for path in (FOLDER / "drawings").iterdir()}
    assert np.bincount(table.Y.astype(int)).tolist() == [N_PICTURES] * len(KINDS)


def test_pictures_are_small():
    assert sum(path.stat().st_size for path in (FOLDER / "drawings").iterdir()) < 300_000
