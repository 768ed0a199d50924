"""A saved workflow that is moved with its images: the chosen folders are found in the new place."""

from pathlib import Path

import pytest
from AnyQt.QtTest import QTest
from Orange.canvas.config import Config
from Orange.widgets.tests import base
from Orange.widgets.utils.filedialogs import RecentPath
from orangecanvas.registry import WidgetRegistry
from orangewidget.workflow.widgetsscheme import WidgetsScheme

from .test_tutorials import close, open_workflow


@pytest.fixture(scope="module")
def registry():
    base.WidgetTest.setUpClass()
    registry = WidgetRegistry()
    Config.widget_discovery(registry).run(Config.widgets_entry_points())
    yield registry
    base.WidgetTest.tearDownClass()


def folder_rows(scheme):
    """Return the rows with the folder of images of the widgets of a workflow, by the title of the widget."""
    widgets = {node.title: scheme.widget_for_node(node) for node in scheme.nodes}
    parts = {title: getattr(widget, "tuning_box", widget) for title, widget in widgets.items()}
    return {title: part.folder_row for title, part in parts.items()}


NAMES = (
    "Keras Embedding",
    "ImageNet Predictions",
    "Feature Maps",
    "Explain Image",
    "Keras Network",
    "Compare Networks",
)


@pytest.mark.parametrize("place", ["shots", "."])
def test_folder_of_images_is_found_where_the_workflow_was_moved_with_it(place, registry, tmp_path, networks, layers):
    before, after = tmp_path / "before", tmp_path / "after"
    (before / place).mkdir(parents=True)
    scheme = WidgetsScheme()
    scheme.widget_manager.set_creation_policy(scheme.widget_manager.Immediate)
    for description in registry.widgets("Transfer Learning"):
        if description.name in NAMES:
            scheme.new_node(description)
    rows = folder_rows(scheme)
    assert sorted(rows) == sorted(NAMES)
    for row in rows.values():
        row.image_folder = RecentPath.create(str(before / place), []).to_list()
    scheme.set_runtime_env("basedir", str(before))
    QTest.qWait(0)
    with (before / "saved.ows").open("wb") as file:
        scheme.save_to(file, pickle_fallback=True)
    close(scheme)
    before.rename(after)
    scheme = open_workflow(after / "saved.ows", registry)
    assert {title: row.path for title, row in folder_rows(scheme).items()} == dict.fromkeys(
        NAMES, str(Path(after, place))
    )
    close(scheme)
