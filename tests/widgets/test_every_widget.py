"""Tests of every widget against the conventions of Orange."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from AnyQt.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLineEdit, QSlider
from Orange.classification import LogisticRegressionLearner
from Orange.data import Table

from orangecontrib.transferlearning import Embedder, embed_table, widgets
from orangecontrib.transferlearning.embedding import known_embedders
from orangecontrib.transferlearning.widgets import owcomparenetworks, owimagenetpredictions

from ..orange.test_head_learner import flowers
from .test_owkerasnetwork import training  # noqa: F401 - a fixture

FOLDER = Path(widgets.__file__).parent
DOCS = FOLDER.parents[2] / "doc"


def widget_classes():
    for found in pkgutil.iter_modules(widgets.__path__):
        if not found.ispkg:
            module = importlib.import_module(f"{widgets.__name__}.{found.name}")
            [name] = [name for name in vars(module) if name.lower() == found.name]
            yield getattr(module, name)


WIDGETS = [pytest.param(each, id=each.name) for each in widget_classes()]
every_widget = pytest.mark.parametrize("cls", WIDGETS)


@dataclass(frozen=True)
class Filling:
    """A way to send data to a widget, with the expected report.

    Attributes
    ----------
    send : callable
        Takes a `Case`, the widget and pytest's request.
    words : tuple of str
        Of settings and result, that a report has then.
    fakes : tuple of str
        Fixtures that stand for Keras, needed before the widget is made.
    optional : tuple of str
        Inputs that the widget does not need.
    """

    send: Callable
    words: tuple[str, ...]
    fakes: tuple[str, ...] = ("networks",)
    optional: tuple[str, ...] = ()


def send_images(case, widget, request):
    case.send_signal(widget.Inputs.images, request.getfixturevalue("images"), widget=widget)


def compare_in_three_folds(case, widget, request):
    widget.cross_validation_box.folds_spin.setValue(3)
    send_images(case, widget, request)


def choose_channel(case, widget, request):
    send_images(case, widget, request)
    case.wait_until_finished(widget=widget, timeout=20_000)
    widget.tiles.setCurrentRow(0)


def send_model_and_images(case, widget, request):
    images = request.getfixturevalue("images")
    model = LogisticRegressionLearner()(embed_table(images, Embedder("SqueezeNet"))[0])
    case.send_signals([(widget.Inputs.model, model), (widget.Inputs.images, images)], widget=widget)


def send_features(case, widget, request):
    case.send_signal(widget.Inputs.data, flowers(), widget=widget)


def choose_folder(case, widget, request):
    widget.source_box.choose(str(request.getfixturevalue("photos")))


FILLINGS = {
    "Load Images": Filling(choose_folder, ("photos", "Problems"), ()),
    "Keras Embedding": Filling(
        send_images, ("SqueezeNet 1.1", "EfficientNet-Lite0", "Image column", "Images embedded")
    ),
    "ImageNet Predictions": Filling(send_images, ("SqueezeNet 1.1", "Classes", "Image column", "tench (3)")),
    "Compare Networks": Filling(
        compare_in_three_folds, ("Quick, Balanced, Best", "Image column", "Logistic Regression", "Accuracy and Speed")
    ),
    "Feature Maps": Filling(
        choose_channel, ("SqueezeNet 1.1", "Image column", "0.png", "Channel"), ("networks", "layers")
    ),
    "Explain Image": Filling(
        send_model_and_images, ("logistic regression", "Image column", "0.png", "Evidence"), ("map_networks",)
    ),
    "Keras Network": Filling(
        send_features,
        ("Small network (head) on features", "Learning rate", "Data", "Result"),
        ("training",),
        ("Preprocessor",),
    ),
}


@pytest.fixture
def filled(case, request, monkeypatch):
    """Return a function that makes a widget, sends data to it, and returns it when its run has ended, or at once."""
    for module in (owimagenetpredictions, owcomparenetworks):
        monkeypatch.setattr(module, "FeatureCache", lambda path: None)
    monkeypatch.setattr(known_embedders, "FeatureCache", lambda path: None)

    def fill(cls, wait=True):
        filling = FILLINGS[cls.name]
        for name in filling.fakes:
            request.getfixturevalue(name)
        widget = case.create_widget(cls)
        filling.send(case, widget, request)
        if wait:
            case.wait_until_finished(widget=widget, timeout=20_000)
            assert not widget.Error.active
        return widget

    return fill


def sent(case, widget):
    """Return what was sent, by the name of the output, except learners, which need no data."""
    return {
        output.name: case.get_output(output.name, widget=widget)
        for output in widget.get_signals("outputs")
        if output.name != "Learner"
    }


def page_of(cls):
    return DOCS / "widgets" / f"{cls.name.lower().replace(' ', '-')}.md"


@every_widget
def test_keywords_are_one_text_with_the_name_first(cls):
    tree = ast.parse(inspect.getsource(cls))
    values = {
        target.id: node.value for node in tree.body[0].body if isinstance(node, ast.Assign) for target in node.targets
    }
    assert isinstance(values["keywords"], ast.Constant)
    assert values["keywords"].value.startswith(f"{cls.name.lower()}, ")


@every_widget
def test_description_is_one_sentence(cls):
    assert re.fullmatch(r"[A-Z][^.]+\.", cls.description)


@every_widget
def test_icon_is_a_square_that_follows_the_theme(cls):
    assert cls.icon.endswith("-symbolic.svg")
    root = ElementTree.parse(FOLDER / cls.icon).getroot()
    assert root.get("width") == root.get("height")


@every_widget
def test_settings_have_a_version(cls):
    assert vars(cls)["settings_version"] >= 1


def test_places_in_the_toolbox_are_different():
    places = [each.priority for each in widget_classes()]
    assert len(set(places)) == len(places)


@every_widget
def test_page_tells_of_inputs_and_outputs_and_shows_the_widget(cls):
    text = page_of(cls).read_text(encoding="utf-8")
    assert text.startswith(f"# {cls.name}\n")
    for kind in ("inputs", "outputs"):
        names = [signal.name for signal in cls.get_signals(kind)]
        part = re.search(rf"\n\*\*{kind.capitalize()}\*\*\n(.*?)(?=\n\*\*|\n!\[)", text, re.S)
        assert re.findall(r"^- (.+?):", part[1] if part else "", re.M) == names
    images = re.findall(r"^!\[.+?\]\((.+?)\)$", text, re.M)
    assert images
    assert all((page_of(cls).parent / image).is_file() for image in images)


@every_widget
def test_help_finds_the_page_among_the_widgets(cls):
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert f"widgets/{page_of(cls).stem}\n" in re.search(r"^## Widgets\n(.*?)^## ", index, re.M | re.S)[1]


@every_widget
def test_orange_finds_it_in_its_category(cls):
    from Orange.canvas.config import Config
    from orangecanvas.registry import WidgetRegistry

    registry = WidgetRegistry()
    Config.widget_discovery(registry).process_category_package(widgets.__name__)
    [found] = [each for each in registry.widgets() if each.name == cls.name]
    assert found.category == widgets.NAME
    assert (FOLDER / registry.category(widgets.NAME).icon).is_file()


@every_widget
def test_module_shows_the_widget_when_it_is_run(cls):
    last = ast.parse(inspect.getsource(inspect.getmodule(cls))).body[-1]
    assert isinstance(last, ast.If)
    assert ast.unparse(last.test) == "__name__ == '__main__'"
    assert f"WidgetPreview({cls.__name__}).run(" in ast.unparse(last)


@every_widget
def test_outputs_are_of_the_type_that_they_say(cls):
    assert [output.name for output in cls.get_signals("outputs") if output.dynamic] == []


@every_widget
def test_tables_that_come_and_go_are_summed_up(cls):
    signals = [*cls.get_signals("inputs"), *cls.get_signals("outputs")]
    assert [signal.name for signal in signals if signal.type is Table and not signal.auto_summary] == []


@every_widget
def test_status_bar_counts_the_rows_that_came_and_went(cls, filled, case):
    widget = filled(cls)
    for signal in cls.get_signals("inputs"):
        if signal.type is Table:
            assert [part.summary > 0 for part in widget.input_summaries[signal.name].values()] == [True]
    for name, table in sent(case, widget).items():
        if isinstance(table, Table):
            assert [part.summary for part in widget.output_summaries[name].values()] == [len(table)]


@every_widget
def test_messages_extend_those_of_the_base(cls):
    for name in ("Error", "Warning", "Information"):
        bases = [getattr(each, name) for each in cls.__mro__[1:] if hasattr(each, name)]
        assert issubclass(getattr(cls, name), bases[0])


@every_widget
def test_window_fits_a_small_screen(cls, case):
    case.check_minimum_size(case.create_widget(cls))


@every_widget
def test_numbers_and_texts_say_what_they_are_for(cls, case):
    widget = case.create_widget(cls)
    silent = []
    for control in (*widget.findChildren(QAbstractSpinBox), *widget.findChildren(QSlider)):
        silent += [] if control.toolTip() else [control]
    for box in widget.findChildren(QCheckBox):
        silent += [] if box.toolTip() or "Apply" in box.text() else [box.text()]
    for line in widget.findChildren(QLineEdit):
        is_part = isinstance(line.parent(), QAbstractSpinBox | QComboBox)
        silent += [] if is_part or line.isReadOnly() or line.toolTip() else [line]
    assert silent == []


@every_widget
def test_report_works_without_data(cls, case):
    widget = case.create_widget(cls)
    widget.send_report()
    assert widget.report_html == "" or FILLINGS[cls.name].words[0] in widget.report_html


@every_widget
def test_report_names_settings_and_result(cls, filled):
    widget = filled(cls)
    widget.send_report()
    for word in FILLINGS[cls.name].words:
        assert word in widget.report_html


@every_widget
def test_nothing_is_sent_while_an_input_is_missing(cls, filled, case):
    widget = filled(cls)
    assert any(value is not None for value in sent(case, widget).values())
    for signal in cls.get_signals("inputs"):
        if signal.name not in FILLINGS[cls.name].optional:
            case.send_signal(signal.name, None, widget=widget)
            case.wait_until_finished(widget=widget, timeout=20_000)
            assert set(sent(case, widget).values()) == {None}


@every_widget
def test_closing_during_a_run_ends_it(cls, filled):
    widget = filled(cls, wait=False)
    assert widget.task is not None
    widget.onDeleteWidget()
    assert widget.task is None
