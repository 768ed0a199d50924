"""Open workflows, or every widget, in Orange's own canvas, and write what they show, by name, to a file.

``python canvas_tour.py NOTES.json WORKFLOW.ows ...`` or ``python canvas_tour.py NOTES.json FOLDER_OF_IMAGES``; with
neither, Orange is only started. ``--quit-after SECONDS`` quits Orange while a workflow is still being computed.
"""

import argparse
import hashlib
import json
import sys
import time
import traceback
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "doc"))

from AnyQt.QtCore import QCoreApplication, QTimer, QUrl
from AnyQt.QtGui import QWhatsThisClickedEvent
from AnyQt.QtTest import QTest
from AnyQt.QtWidgets import QMessageBox, QWidget
from draw_workflows import TICK, Tour
from Orange.data import Table
from orangecanvas.registry import WidgetDescription
from orangecanvas.scheme import SchemeNode

PROJECT = "Orange3-TransferLearning"

FEEDS = {
    "images": ("owloadimages", "images"),
    "data": ("owkerasembedding", "embeddings"),
    "model": ("owlogisticregression", "model"),
}
"""Module and output of the widget that our widgets' inputs are connected to, which have one name in all languages."""

REPORT_TIME = 300
"""Milliseconds for a page of the report or of the help to be drawn."""


class SmokeTour(Tour):
    """Orange, which opens a workflow, or makes one of every widget on a folder of images."""

    def show_welcome_screen(self, parent: QWidget) -> None:
        """End as soon as Orange has started, as there is nothing to open."""
        QTimer.singleShot(0, self.application.exit)

    def open_files(self, paths: list[str]) -> None:
        """Open the first workflow; answer the dialogs that Orange shows where widgets of other add-ons are missing."""
        self.answering = QTimer(interval=TICK, timeout=self.answer)
        self.answering.start()
        super().open_files(paths)

    def answer(self) -> None:
        """Ignore what is missing."""
        dialog = self.application.activeModalWidget()
        if isinstance(dialog, QMessageBox):
            (dialog.button(QMessageBox.StandardButton.Ignore) or dialog.buttons()[0]).click()

    def open_next(self) -> None:
        """Open the workflow, with all of its widgets, or every widget; what they send goes to Data Tables."""
        self.timer.stop()  # Dialogs would let it go on.
        if self.waiting[0].is_dir():
            self.n_quiet = 0
            self.open_every_widget(self.waiting[0])
        else:
            super().open_next()
        self.show_tables()
        self.timer.start()

    def open_every_widget(self, folder: Path) -> None:
        """Make a node of each of our widgets, linked to what feeds it."""
        ours = {module(each): self.scheme.new_node(each) for each in self.our_widgets()}
        ours["owloadimages"].properties = dropped(folder)
        learner = self.oranges("owlogisticregression")
        self.link(ours["owkerasembedding"], "embeddings", learner, "data")
        sources = ours | {"owlogisticregression": learner}
        for node in ours.values():
            for channel in node.input_channels():
                if channel.id in FEEDS:
                    source, output = FEEDS[channel.id]
                    self.link(sources[source], output, node, channel.id)
        for node in self.scheme.nodes:
            self.scheme.widget_for_node(node)

    def our_widgets(self) -> list[WidgetDescription]:
        """Describe each of our widgets."""
        return [each for each in self.registry.widgets() if each.project_name == PROJECT]

    def show_tables(self) -> None:
        """Link each table that our widgets send to a Data Table, and show that."""
        for node in [each for each in self.scheme.nodes if each.description.project_name == PROJECT]:
            for channel in node.output_channels():
                if any(kind.endswith(".Table") for kind in channel.types):
                    table = self.oranges("owtable")
                    self.link(node, channel.id, table, "data")
                    self.scheme.widget_for_node(table).show()

    def oranges(self, name: str) -> SchemeNode:
        """Make a node of one of Orange's own widgets, by the name of its module."""
        return self.scheme.new_node(next(each for each in self.registry.widgets() if module(each) == name))

    def link(self, source: SchemeNode, output: str, sink: SchemeNode, channel: str) -> None:
        """Link an output to an input."""
        (sent,) = (each for each in source.output_channels() if each.id == output)
        (taken,) = (each for each in sink.input_channels() if each.id == channel)
        self.scheme.new_link(source, sent, sink, taken)

    def draw(self, name: str) -> None:
        """Note what the widgets say and have sent; then report on each of them, and open its help."""
        self.timer.stop()
        pages = self.pages()
        seen = {"messages": self.widget_messages(), "tables": self.tables(), "pages": pages}
        seen |= {"settings": self.settings(), "contents": self.contents()}
        seen["reported"] = self.report(pages)
        # With TensorFlow in Orange's process, a report ends it with a segmentation fault.
        seen["loaded"] = sorted({"keras", "tensorflow"} & set(sys.modules))
        self.messages[name] = seen
        self.timer.start()

    def report(self, pages: dict[str, str]) -> list[str]:
        """Press Report and F1 in every widget that has them; return the titles of those with a report."""
        reported = []
        for node in self.scheme.nodes:
            widget = self.scheme.widget_for_node(node)
            if hasattr(widget, "send_report"):
                widget.show_report()
                reported.append(node.title)
            if Path(pages.get(widget.name, "")).is_file():
                query = f"help://search?id={type(widget).__module__}.{type(widget).__name__}"
                QCoreApplication.sendEvent(widget, QWhatsThisClickedEvent(query))
            QTest.qWait(REPORT_TIME)
        return reported

    def tables(self) -> dict[str, list[int]]:
        """Rows and columns of the tables that were sent, by the titles of who sent them."""
        sent = {}
        for link in self.scheme.links:
            for table in self.scheme.signal_manager.link_contents(link).values():
                if isinstance(table, Table):
                    sent[f"{link.source_node.title}: {link.source_channel.name}"] = list(table.X.shape)
        return sent

    def settings(self) -> dict[str, str]:
        """What a workflow would save of each of our widgets, but for the place of its window."""
        names = {each.qualified_name for each in self.our_widgets()}
        nodes = [node for node in self.scheme.nodes if node.description.qualified_name in names]
        widgets = {node.title: self.scheme.widget_for_node(node) for node in nodes}
        packed = {title: widget.settingsHandler.pack_data(widget) for title, widget in widgets.items()}
        return {title: saved(data) for title, data in packed.items()}

    def contents(self) -> dict[str, list[str]]:
        """Names of columns, and a hash of the numbers, of the tables that our widgets sent."""
        names = {each.qualified_name for each in self.our_widgets()}
        found = {}
        for link in self.scheme.links:
            for table in self.scheme.signal_manager.link_contents(link).values():
                if isinstance(table, Table) and link.source_node.description.qualified_name in names:
                    columns = [each.name for each in (*table.domain.variables, *table.domain.metas)]
                    digest = hashlib.sha256(table.X.tobytes() + table.Y.tobytes()).hexdigest()
                    found[f"{link.source_node.title}: {link.source_channel.id}"] = [digest, *columns]
        return found

    def pages(self) -> dict[str, str]:
        """Where F1 leads from each of our widgets: to a file, or to the site that has them."""
        names = {each.name: each.qualified_name for each in self.our_widgets()}
        *local, (site, _) = entry_point("orange.canvas.help")
        if not any(Path(place).exists() for place, _ in local):
            # Orange would fetch its index, which a test does not.
            return dict.fromkeys(names, site)
        search = self.window.help.search
        return {name: search(QUrl(f"help://search?id={key}")).toLocalFile() for name, key in names.items()}


def saved(settings: dict) -> str:
    """Return settings as text, but for the place of the window and the time of the contexts."""
    contexts = [
        {name: value for name, value in vars(each).items() if name != "time"}
        for each in settings.get("context_settings", ())
    ]
    return repr(settings | {"savedWidgetGeometry": None, "context_settings": contexts})


def module(widget: WidgetDescription) -> str:
    """Name the module of a widget, which is the same in all languages."""
    return widget.qualified_name.split(".")[-2]


def entry_point(group: str) -> Any:
    """Load what the distribution says that it has for Orange."""
    (found,) = distribution(PROJECT).entry_points.select(group=group)
    return found.load()


def dropped(folder: Path) -> dict:
    """Ask our drop handler for the settings of the widget that a folder makes which is dropped on the canvas."""
    return entry_point("orange.canvas.drophandler")().parametersFromFile(str(folder))


class HastyTour(SmokeTour):
    """Orange, which opens a workflow, and quits while that is still being computed.

    Parameters
    ----------
    folder : Path
        Folder for messages.
    patience : float
        Seconds between the moment at which the first widget begins to compute and the end.
    """

    def __init__(self, folder: Path, patience: float) -> None:
        super().__init__(folder)
        self.patience = patience
        self.end = float("inf")

    def check(self) -> None:
        """Quit when it is time, as if the user closed the window."""
        if is_closed_to_users():
            return
        busy = self.scheme.signal_manager.invalidated_nodes()
        if busy and self.end == float("inf"):
            self.end = time.monotonic() + self.patience
        if time.monotonic() < self.end:
            super().check()
            return
        self.timer.stop()
        self.messages[self.waiting[0].stem] = {"busy": [node.title for node in busy]}
        self.window.current_document().setModified(False)  # Orange would ask whether to save it.
        self.window.close()


def is_closed_to_users() -> bool:
    """Return whether a widget waits in the window's thread, and lets nobody close the window meanwhile."""
    return any(frame.name in ("wait_awake", "process_events") for frame in traceback.extract_stack())


def main() -> None:
    """Open workflows or a folder, and write the notes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notes", type=Path)
    parser.add_argument("opened", nargs="*")
    parser.add_argument("--quit-after", type=float, metavar="SECONDS")
    asked = parser.parse_intermixed_args()
    folder = asked.notes.parent
    tour = SmokeTour(folder) if asked.quit_after is None else HastyTour(folder, asked.quit_after)
    tour.run(["orange", "--no-welcome", "--no-splash", *asked.opened])
    if tour.error:
        raise tour.error
    asked.notes.write_text(json.dumps(tour.messages, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
