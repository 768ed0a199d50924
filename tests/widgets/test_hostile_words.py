"""Every widget with names and labels that are HTML, steer a terminal or begin lines."""

import ast
import inspect
from pathlib import Path
from string import Formatter

import numpy as np
import pytest
from AnyQt.QtCore import QAbstractListModel, Qt
from AnyQt.QtWidgets import QAbstractItemView, QComboBox, QFrame, QLabel, QTableWidget, QWidget
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table
from Orange.widgets.utils.itemmodels import VariableListModel
from Orange.widgets.widget import Msg, OWWidget
from orangewidget.workflow.widgetsscheme import user_message_from_state
from PIL import Image

from orangecontrib.transferlearning import widgets
from orangecontrib.transferlearning.errors import DownloadError, ImageReadError, SettingError, WeightsError
from orangecontrib.transferlearning.widgets.controls.plain_text import PlainLabel, PlainMessages, tooltip
from orangecontrib.transferlearning.widgets.owkerasembedding import OWKerasEmbedding

from ..conftest import solid
from ..hostile_words import EVIL, SHOWN, assert_no_foreign_elements, assert_one_line
from . import test_every_widget
from .test_every_widget import every_widget, filled  # noqa: F401 - fixtures
from .test_owkerasnetwork import training  # noqa: F401 - a fixture

FOLDER = Path(widgets.__file__).parent


@pytest.fixture
def images(tmp_path):
    """Return a table of six images and a broken file in two classes, all of whose names are hostile."""
    folder = tmp_path / f"images{EVIL}"
    folder.mkdir()
    names = [f"{number}{EVIL}.png" for number in range(7)]
    for number, name in enumerate(names[:6]):
        Image.fromarray(solid((250 * (number < 3), 30 * number, 250 * (number >= 3)))).save(folder / name, "PNG")
    (folder / names[6]).write_bytes(b"no image")
    image = StringVariable(f"image{EVIL}")
    image.attributes = {"type": "image", "origin": str(folder)}
    target = DiscreteVariable(f"color{EVIL}", [f"red{EVIL}", f"blue{EVIL}"])
    metas = np.array([[name, EVIL] for name in names], object)
    domain = Domain([], target, [image, StringVariable(f"note{EVIL}")])
    table = Table.from_numpy(domain, np.empty((7, 0)), np.array([0, 0, 0, 1, 1, 1, 1.0]), metas)
    table.name = EVIL
    return table


@pytest.fixture
def photos(tmp_path):
    """Write a folder of two classes with hostile names, and a file that is no image."""
    folder = tmp_path / f"photos{EVIL}"
    for kind in "ab":
        (folder / (kind + EVIL)).mkdir(parents=True)
        Image.fromarray(solid((9, 200, 9))).save(folder / (kind + EVIL) / f"1{EVIL}.png", "PNG")
        (folder / (kind + EVIL) / f"bad{EVIL}.png").write_bytes(b"no image")
    return folder


@pytest.fixture(autouse=True)
def flowers(monkeypatch):
    """Give Keras Network features of two classes with hostile names."""
    names = [ContinuousVariable(f"n{number}{EVIL}") for number in range(3)]
    domain = Domain(names, DiscreteVariable(f"kind{EVIL}", [f"a{EVIL}", f"b{EVIL}"]))
    rows = np.random.default_rng(0).normal(size=(30, 3))
    table = Table.from_numpy(domain, rows, np.arange(30) % 2.0)
    table.name = EVIL
    monkeypatch.setattr(test_every_widget, "flowers", lambda: table)


def check_widget(widget):
    """Check all that a widget shows, and that its node shows in the canvas."""
    n_hostile = 0
    for label in widget.findChildren(QLabel):
        if type(label) is PlainLabel:
            assert label.textFormat() == Qt.TextFormat.PlainText
            for line in label.text().split("\n"):
                assert_one_line(line)
        else:
            assert_no_foreign_elements(label.text())
        n_hostile += "alert(1)" in label.text()
    for each in (widget, *widget.findChildren(QWidget)):
        # Parts of Orange: names of variables in the tooltips of its status bar.
        assert_no_foreign_elements(each.toolTip())
        for text in (each.accessibleName(), each.accessibleDescription()):
            n_hostile += "alert(1)" in text
            for line in text.split("\n"):
                assert_one_line(line)
    for view in widget.findChildren(QAbstractItemView):
        if not isinstance(view.parent(), QFrame):  # The list of a combo box.
            n_hostile += check_items(view.model(), is_of_orange=False)
    for combo in widget.findChildren(QComboBox):
        n_hostile += check_items(combo.model(), is_of_orange=isinstance(combo.model(), VariableListModel))
    for grid in widget.findChildren(QTableWidget):
        for column in range(grid.columnCount()):
            assert_one_line(grid.horizontalHeaderItem(column).text())
    for group in widget.message_groups:
        assert_no_foreign_elements(user_message_from_state(group).contents or "")
        for message in group.active:
            n_hostile += "alert(1)" in str(message)
            assert_one_line(without_title(message))
    widget.send_report()
    assert_no_foreign_elements(widget.report_html)
    assert_one_line(widget.report_html.replace("\n", ""))
    return n_hostile, widget.report_html


def without_title(message):
    """Return a message without the lines that end in its template, which are Orange's own words."""
    return str(message).split("\n", str.__str__(message + "").count("\n"))[-1]


def check_items(model, is_of_orange=False):
    n_hostile = 0
    for row in range(model.rowCount()):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount()):
            index = model.index(row, column)
            shown, tip = str(index.data() or ""), str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
            n_hostile += "alert(1)" in shown
            assert_no_foreign_elements(tip)
            # Orange's combo boxes of variables show names as they are, which Qt does not read as HTML.
            for line in () if is_of_orange else shown.split("\n"):
                assert_one_line(line)
                assert not line.startswith("skipped 0")
    return n_hostile


@every_widget
def test_names_of_a_table_are_text_wherever_they_are_shown(cls, filled):  # noqa: F811 - a fixture
    widget = filled(cls)
    n_hostile, report = check_widget(widget)
    if cls.name != "Keras Network":  # It shows no names.
        assert n_hostile >= 3
    assert "&lt;img src=x onerror=alert(1)&gt;" in report


ERRORS = [WeightsError, SettingError, DownloadError, ImageReadError, MemoryError]


@every_widget
@pytest.mark.parametrize("kind", ERRORS)
def test_words_of_an_error_are_text(cls, kind, filled):  # noqa: F811 - a fixture
    widget = filled(cls)
    widget.on_exception(kind(f"A server says {EVIL}"))
    n_hostile, _ = check_widget(widget)
    assert n_hostile or kind is MemoryError
    assert any(group.active for group in widget.message_groups)


@every_widget
def test_every_message_goes_through_the_same_function(cls, case):
    widget = case.create_widget(cls)
    for group in widget.message_groups:
        if type(group) in (OWWidget.Error, OWWidget.Warning, OWWidget.Information):
            continue  # The widget adds no message to Orange's own.
        assert isinstance(group, PlainMessages)
        for message in [each for each in vars(group).values() if isinstance(each, Msg)]:
            formats = [spec for _, name, spec, _ in Formatter().parse(str.__str__(message + "")) if name is not None]
            message(*[7 if spec else EVIL for spec in formats])
            assert_one_line(without_title(message))
        assert_no_foreign_elements(user_message_from_state(group).contents or "")


def test_status_with_braces_reaches_the_canvas(case):
    widget = case.create_widget(OWKerasEmbedding)
    seen = []
    widget.statusMessageChanged.connect(seen.append)
    widget.setStatusMessage(f"Loading {{x}} {EVIL}")
    assert seen == [f"Loading (x) {SHOWN}"]
    assert widget.status.label.text() == f"Loading {{x}} {SHOWN}"


def test_tooltip_is_plain_or_escaped():
    assert tooltip("/photos/a & b") == "/photos/a & b"
    assert tooltip("stupa: < 0.01 %, 1 < 2") == "stupa: < 0.01 %, 1 < 2"
    for html in ("a < b> c", "1 <b>", "</b>", "<?xml?>"):
        assert tooltip(html).startswith("<span ")
    assert tooltip("a\nb") == r"a\nb"
    assert tooltip("a\nb", "\n") == "a\nb"
    tip = tooltip("<b>&amp;</b>")
    assert tip == "<span style='white-space: pre-wrap'>&lt;b&gt;&amp;amp;&lt;/b&gt;</span>"


def calls(name):
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                yield f"{path.name}:{node.lineno}", node


def is_made_by(node, *functions):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions


def test_no_tooltip_bypasses_the_function():
    found = [(place, each.args[0]) for place, each in calls("setToolTip")]
    assert len(found) > 15
    wrong = [place for place, tip in found if not (isinstance(tip, ast.Constant) or is_made_by(tip, "tooltip"))]
    assert wrong == []


def test_no_html_is_written_into_a_report():
    wrong = [place for place, each in calls("report_raw") if not is_made_by(each.args[-1], "image_html")]
    others = [place for name in ("report_paragraph", "report_caption", "setHtml") for place, _ in calls(name)]
    assert wrong + others == []


@every_widget
def test_no_label_is_made_otherwise(cls):
    assert "QLabel" not in inspect.getsource(inspect.getmodule(cls))
