"""Every tutorial workflow, loaded and run as Orange would, with the real network."""

import random
import runpy
import shutil
import time
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from AnyQt.QtTest import QTest
from Orange.canvas.config import Config
from Orange.data import Table
from Orange.evaluation import CA
from Orange.widgets.tests import base
from orangecanvas.registry import WidgetRegistry
from orangecanvas.scheme.readwrite import parse_ows_stream, resolve_replaced
from orangewidget.settings import SettingsHandler
from orangewidget.workflow.widgetsscheme import WidgetsScheme
from PIL import Image

from orangecontrib.transferlearning import FineTuneLearner, tutorials
from orangecontrib.transferlearning.orange.live_learner import history_table

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")  # Of libraries.

FOLDER = Path(tutorials.__file__).parent
DRAWING = runpy.run_path(str(Path(__file__).parents[2] / "doc" / "draw_tutorial_images.py"))
KINDS, N_IMAGES = DRAWING["KINDS"], DRAWING["N_IMAGES"]


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
    """Return a workflow with its widgets and paused signals; raise an error for an unknown widget."""
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


def test_every_tutorial_has_its_own_title_and_known_widgets(registry):
    titles = set()
    for path in FOLDER.glob("*.ows"):
        scheme = ElementTree.parse(path).getroot()
        titles.add(scheme.get("title"))
        assert scheme.get("description"), path.name
        assert b"/home/" not in path.read_bytes(), path.name
        for node in scheme.iter("node"):
            assert registry.has_widget(node.get("qualified_name")), (path.name, node.get("title"))
            assert node.get("project_name") in ("Orange3", "Orange3-TransferLearning"), "another add-on is needed"
    assert len(titles) == len(list(FOLDER.glob("*.ows"))) > 0
    assert all(titles)


def settings_of(scheme):
    """Return the settings of the widgets of a workflow by title, without contexts and geometry."""
    packed = {title: widget.settingsHandler.pack_data(widget) for title, widget in widgets_of(scheme).items()}
    left_out = ("savedWidgetGeometry", "context_settings", "recent_paths")
    return {
        title: {name: value for name, value in settings.items() if name not in left_out}
        for title, settings in packed.items()
    }


def changed(value):
    """Return a setting that a user may have chosen instead."""
    if isinstance(value, dict):
        return {name: changed(each) for name, each in value.items()}
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return {"SqueezeNet": "ResNet50", "": "conv1"}.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ows")), ids=lambda path: path.stem)
def test_tutorial_has_its_own_settings_whatever_was_chosen_elsewhere(path, registry, monkeypatch):
    scheme = open_workflow(path, registry)
    expected = settings_of(scheme)
    for node in scheme.nodes:
        handler = type(scheme.widget_for_node(node)).settingsHandler
        monkeypatch.setattr(handler, "defaults", changed(expected[node.title]))
    close(scheme)
    again = open_workflow(path, registry)
    assert settings_of(again) == expected
    close(again)


def test_new_widget_has_no_layer_weights_steps_or_images_of_another_workflow(registry):
    names = {each.name: each for each in registry.widgets("Transfer Learning")}
    scheme = WidgetsScheme()
    scheme.widget_manager.set_creation_policy(scheme.widget_manager.Immediate)
    first = {name: scheme.widget_for_node(scheme.new_node(each)) for name, each in names.items()}
    fresh = {name: widget.settingsHandler.pack_data(widget) for name, widget in first.items()}
    network = first["Keras Embedding"].network_box
    network.layer, network.weights, network.weights_file = "conv1", "file", ["/own.h5", "", "", "", "", None]
    first["Keras Embedding"].steps = first["Keras Network"].tuning_box.steps = "gray"
    first["Keras Network"].tuning_box.weights = "random"
    first["Load Images"].source_box.place = ["/photos", "", "", "", "", None]
    for widget in first.values():
        widget.settingsHandler.update_defaults(widget)
    for name, each in names.items():
        widget = scheme.widget_for_node(scheme.new_node(each))
        assert widget.settingsHandler.pack_data(widget) == fresh[name]
    close(scheme)


@pytest.fixture
def opened(tmp_path, registry, monkeypatch):
    """Return a function that runs a tutorial in another folder, and returns its widgets, which show no message."""
    monkeypatch.chdir(tmp_path)
    # The choices of the tests must not become defaults of the user.
    monkeypatch.setattr(SettingsHandler, "write_defaults", lambda self: None)
    folder = tmp_path / "elsewhere"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    schemes = []

    def run_it(name):
        scheme = open_workflow(folder / f"{name}.ows", registry)
        schemes.append(scheme)
        widgets = widgets_of(scheme)
        run(scheme)
        for title, widget in widgets.items():
            active = [str(message) for group in widget.message_groups for message in group.active]
            assert not active, f"{title}: {active}"
        return scheme, widgets

    yield run_it
    for scheme in schemes:
        close(scheme)


def accuracies(results):
    return dict(zip(results.learner_names, CA(results), strict=True))


@pytest.mark.thorough
def test_first_classification_runs_wherever_it_is_copied(opened, tmp_path):
    _, widgets = opened("010-first-classification")
    origin = str(tmp_path / "elsewhere" / "drawings")
    assert widgets["Drawings"].data.domain["image"].attributes["origin"] == origin
    embeddings = widgets["Keras Embedding"].result.embeddings
    assert embeddings.X.shape == (len(KINDS) * N_IMAGES, 832)
    scores = accuracies(widgets["Confusion Matrix"].results)
    assert scores["Logistic Regression"] > 0.9
    assert scores["SVM"] > 0.75
    assert scores["Random Forest"] > 0.8
    assert min(scores.values()) < 1, "nothing would be left for Confusion Matrix to show"


@pytest.mark.thorough
def test_which_network_compares_embeddings_on_one_table(opened):
    _, widgets = opened("020-which-network")
    slots = widgets["Test & Score"].learners.values()
    scores = {slot.learner.name: CA(slot.results.value)[0] for slot in slots}
    assert scores["On last stage"] > 0.9
    assert scores["On early stage"] + 0.1 < scores["On middle stage"] < scores["On last stage"]
    widths = {title: widgets[f"{title} Stage"].result.n_features for title in ("Early", "Middle", "Last")}
    assert widths == {"Early": 64, "Middle": 256, "Last": 512}


@pytest.mark.thorough
def test_mistakes_are_shown_in_feature_maps(opened):
    _, widgets = opened("030-what-went-wrong")
    (score,) = accuracies(widgets["Confusion Matrix"].results).values()
    shown = widgets["Feature Maps"].data
    n_wrong = round((1 - score) * len(KINDS) * N_IMAGES)
    assert len(shown) == n_wrong
    assert 3 <= n_wrong <= 30
    assert all(str(row["kind"]) != str(row["kind(SVM)"]) for row in shown)
    assert not any(group.active for group in widgets["Feature Maps"].message_groups)


def test_saved_model_predicts_new_images_as_the_model_does(opened, tmp_path):
    scheme, widgets = opened("040-saved-model")
    assert len(widgets["Predictions"].predictors) == 1
    saver, loader = widgets["Save Model"], widgets["Load Model"]
    saver.filename = str(tmp_path / "drawings.pkcls")
    saver.save_file()
    assert loader.recent_paths == [], "the last model that was loaded elsewhere would be loaded"
    loader.add_path(saver.filename)
    loader.open_file()
    run(scheme)
    learned, loaded = (slot.results for slot in widgets["Predictions"].predictors)
    np.testing.assert_allclose(loaded.probabilities, learned.probabilities, atol=1e-6)
    assert len(learned.actual) == 28
    assert min(accuracies(widgets["Confusion Matrix"].results).values()) > 0.8
    assert not widgets["Predictions"].Error.active


def test_driving_log_predicts_angles(opened):
    _, widgets = opened("050-driving-log")
    assert widgets["Driving Log"].result.tables.images.domain.class_var.name == "angle"
    table = widgets["Scatter Plot"].data
    truth = table.get_column("angle")
    errors = {
        name: np.sqrt(np.mean((table.get_column(name) - truth) ** 2))
        for name in ("Linear Regression", "kNN", "Constant")
    }
    assert errors["Linear Regression"] < errors["kNN"] < errors["Constant"]
    assert errors["Linear Regression"] < errors["Constant"] / 2
    assert (widgets["Scatter Plot"].attr_x.name, widgets["Scatter Plot"].attr_y.name) == ("angle", "Linear Regression")


def test_old_name_of_explain_image_is_replaced_in_workflows(registry):
    text = (FOLDER / "060-explain-image.ows").read_bytes()
    old = text.replace(b"owexplainimage.OWExplainImage", b"owwhereitlooked.OWWhereItLooked")
    assert old != text
    scheme = resolve_replaced(parse_ows_stream(BytesIO(old)), registry)
    assert all(registry.has_widget(node.qualified_name) for node in scheme.nodes)


def test_explain_image_shows_evidence_in_the_first_drawing(opened):
    _, widgets = opened("060-explain-image")
    widget = widgets["Explain Image"]
    assert widget.shown.evidence.is_exact
    assert widget.shown.evidence.name == "boat"
    assert widget.shown.evidence.values.std() > 0


@pytest.mark.thorough
def test_fine_tuning_stands_beside_features(opened):
    _, widgets = opened("070-fine-tuning")
    learner = widgets["Keras Network"].learner
    assert isinstance(learner, FineTuneLearner)
    assert {"head", "fine-tuning"} == {
        str(row["phase"]) for row in history_table(widgets["Keras Network"].model.history)
    }
    scores = accuracies(widgets["Confusion Matrix"].results)
    assert set(scores) == {"Logistic Regression", "Keras Network"}
    assert min(scores.values()) > 0.8


def test_images_are_drawn_the_same_every_time(tmp_path):
    DRAWING["write_images"](tmp_path)
    assert (tmp_path / "drawings.tab").read_text() == (FOLDER / "drawings.tab").read_text()
    for shipped in random.Random(0).sample(sorted((FOLDER / "drawings").iterdir()), 12):
        kind, number = shipped.stem.split("-")
        drawn = np.asarray(DRAWING["draw"](kind, int(number)).convert("RGB"), int)
        # Another version of Pillow may draw a few pixels or colors differently.
        assert np.abs(drawn - np.asarray(Image.open(shipped).convert("RGB"), int)).mean() < 3


def test_table_of_drawings_names_existing_images():
    table = Table(str(FOLDER / "drawings.tab"))
    assert {Path(str(name)).suffix for name in table.metas[:, 0]} == {".png"}
    assert {str(name) for name in table.metas[:, 0]} == {path.name for path in (FOLDER / "drawings").iterdir()}
    assert np.bincount(table.Y.astype(int)).tolist() == [N_IMAGES] * len(KINDS)


def test_log_of_the_drive_names_its_images(tmp_path):
    DRAWING["write_drive"](tmp_path)
    assert (tmp_path / "drive.csv").read_text() == (FOLDER / "drive.csv").read_text()
    named = [line.split(",")[0] for line in (FOLDER / "drive.csv").read_text().splitlines()[1:]]
    assert named == sorted(path.relative_to(FOLDER).as_posix() for path in (FOLDER / "drive").iterdir())
    for number in (1, 40, 80):
        drawn = np.asarray(DRAWING["draw_moment"](number).convert("RGB"), int)
        shipped = np.asarray(Image.open(FOLDER / "drive" / f"{number:02}.png").convert("RGB"), int)
        assert np.abs(drawn - shipped).mean() < 3


def test_images_are_small():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.suffix != ".pyc") < 300_000
