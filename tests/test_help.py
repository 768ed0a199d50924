"""Orange finds the page of each widget in the documentation, for F1."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from AnyQt.QtCore import QUrl
from AnyQt.QtNetwork import QNetworkAccessManager, QNetworkRequest
from AnyQt.QtTest import QSignalSpy
from AnyQt.QtWidgets import QApplication
from Orange.canvas.config import Config
from orangecanvas.help import manager, provider
from orangecanvas.registry import WidgetRegistry

ROOT = Path(__file__).parents[1]
ON_THE_WEB = "https://orange3-transferlearning.readthedocs.io/en/latest"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The documentation, built; a warning is an error."""
    pytest.importorskip("sphinx", reason="needs the extra doc")
    folder = tmp_path_factory.mktemp("html")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", "-d", str(folder / "notes"), "doc", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def application():
    """What Qt's network needs."""
    return QApplication.instance() or QApplication([])


@pytest.fixture(scope="module")
def descriptions():
    """What Orange knows of our widgets."""
    registry = WidgetRegistry()
    Config.widget_discovery(registry).run(Config.widgets_entry_points())
    return registry.widgets("Transfer Learning")


def test_every_widget_has_its_page_in_oranges_help(pages, descriptions):
    help_of = provider.HtmlIndexProvider(inventory=QUrl.fromLocalFile(str(pages / "index.html")))
    assert len(descriptions) >= 7
    for each in descriptions:
        page = Path(help_of.search(each).toLocalFile())
        heading = re.search(r"<h1>(.*?)<a", page.read_text(encoding="utf-8"))[1]
        assert heading == each.name


def test_orange_takes_the_pages_that_are_named_first_and_there(pages, descriptions, monkeypatch):
    from orangecontrib.transferlearning import widgets

    monkeypatch.setattr(manager, "_providers_cache", {})
    absent = ("{DEVELOP_ROOT}/no/such/place/index.html", None)
    monkeypatch.setattr(widgets, "WIDGET_HELP_PATH", (absent, (str(pages / "index.html"), None)))
    helper = manager.HelpManager()
    registry = WidgetRegistry()
    Config.widget_discovery(registry).run(Config.widgets_entry_points())
    helper.set_registry(registry)
    for each in descriptions:
        url = helper.search(QUrl(f"help://search?id={each.qualified_name}"))
        assert Path(url.toLocalFile()).exists()


class Web(QNetworkAccessManager):
    """A web in which every address has the page of this name in a folder."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        self.asked = []

    def createRequest(self, operation, request, data=None):
        self.asked.append(request.url().toString())
        page = self.folder / request.url().fileName()
        return super().createRequest(operation, QNetworkRequest(QUrl.fromLocalFile(str(page))), data)


def test_pages_are_found_on_the_web_where_none_were_built(pages, descriptions, application, monkeypatch, tmp_path):
    from orangecontrib.transferlearning import widgets

    *built, on_the_web = widgets.WIDGET_HELP_PATH
    absent = [(str(tmp_path / "index.html"), None) for _ in built]
    monkeypatch.setattr(widgets, "WIDGET_HELP_PATH", (*absent, on_the_web))
    monkeypatch.setattr(manager, "_providers_cache", {})
    web = Web(pages)
    monkeypatch.setattr(provider.HelpProvider, "_networkAccessManagerInstance", lambda _: web)
    helper = manager.HelpManager()
    registry = WidgetRegistry()
    Config.widget_discovery(registry).run(Config.widgets_entry_points())
    helper.set_registry(registry)
    has_come = QSignalSpy(web.finished)
    assert helper.get_provider("Orange3-TransferLearning")
    assert has_come.wait(10_000)
    assert web.asked == [f"{ON_THE_WEB}/index.html"]
    for each in descriptions:
        url = helper.search(QUrl(f"help://search?id={each.qualified_name}"))
        assert url.toString() == f"{ON_THE_WEB}/widgets/{each.name.lower().replace(' ', '-')}.html"


def test_help_path_names_what_the_wheel_installs():
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    (folder,) = re.findall(r'"(help/[a-z0-9-]+)"', setup)
    package = (ROOT / "orangecontrib" / "transferlearning" / "widgets" / "__init__.py").read_text(encoding="utf-8")
    assert f"/{folder}/index.html" in package
