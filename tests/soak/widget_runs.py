"""Run each widget many times in one process, and measure what grows: memory, threads, processes, open files."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from Orange.classification import LogisticRegressionLearner
from Orange.widgets.tests.base import WidgetTest

from orangecontrib.transferlearning import Embedder, embed_table
from orangecontrib.transferlearning.widgets.owcomparenetworks import OWCompareNetworks
from orangecontrib.transferlearning.widgets.owexplainimage import OWExplainImage
from orangecontrib.transferlearning.widgets.owfeaturemaps import OWFeatureMaps
from orangecontrib.transferlearning.widgets.owimagenetpredictions import OWImageNetPredictions
from orangecontrib.transferlearning.widgets.owkerasembedding import OWKerasEmbedding
from orangecontrib.transferlearning.widgets.owkerasnetwork import OWKerasNetwork
from orangecontrib.transferlearning.widgets.owloadimages import OWLoadImages

from ..samples_tables import image_table
from .row import Row

MOST_GROWTH = 60
"""Megabytes by which a process may grow in the second half of the runs; caches of images fill up to their limit."""

QUICK = {OWKerasNetwork: {"head_box": {"epochs": 3}}, OWCompareNetworks: {"candidates": ["quick"]}}
"""Settings with which a run does not take long."""


class Case(WidgetTest):
    """A test case of Orange, which makes widgets and sends signals."""

    def runTest(self):
        """Do nothing."""


def widget_runs(n_runs: int, folder: Path) -> Iterator[Row]:
    """Run each widget so many times: the first half warms up, the growth is that of the second half."""
    Case.setUpClass()
    case = Case()
    case.setUp()
    table = image_table(folder / "table", 16)
    embedded, _ = embed_table(table, Embedder("SqueezeNet"))
    model = LogisticRegressionLearner()(embedded)
    sends: dict[type, Callable[[object], None]] = {
        OWLoadImages: lambda widget: widget.source_box.choose(str(folder / "table")),
        OWKerasEmbedding: lambda widget: case.send_signal(widget.Inputs.images, table, widget=widget),
        OWImageNetPredictions: lambda widget: case.send_signal(widget.Inputs.images, table, widget=widget),
        OWCompareNetworks: lambda widget: case.send_signal(widget.Inputs.images, table, widget=widget),
        OWFeatureMaps: lambda widget: case.send_signal(widget.Inputs.images, table, widget=widget),
        OWExplainImage: lambda widget: case.send_signals(
            [(widget.Inputs.model, model), (widget.Inputs.images, table)], widget=widget
        ),
        OWKerasNetwork: lambda widget: case.send_signal(widget.Inputs.data, embedded, widget=widget),
    }
    for cls, send in sends.items():
        yield Row(f"runs of {cls.name}", _grow(case, cls, send, n_runs))
    case.tearDown()
    Case.tearDownClass()


def _grow(case: Case, cls: type, send: Callable[[object], None], n_runs: int) -> dict[str, int]:
    process, before, n_failed = psutil.Process(), None, 0
    for number in range(n_runs):
        if number == n_runs // 2:
            before = _measure(process)
        widget = case.create_widget(cls, stored_settings=dict(QUICK.get(cls, {})))
        send(widget)
        case.wait_until_finished(widget=widget, timeout=120_000)
        n_failed += bool(widget.Error.active)
        widget.onDeleteWidget()
        widget.deleteLater()
        case.widgets.remove(widget)
        case.signal_manager.outputs.clear()  # It would keep the widget, and what it has sent.
        case.process_events()
    after = _measure(process)
    grown = {name: after[name] - before[name] for name in after}
    return {
        "runs": n_runs,
        "failed!": n_failed,
        "MB grown in the second half": grown["megabytes"],
        "too much!": int(grown["megabytes"] > MOST_GROWTH),
        "threads more!": max(0, grown["threads"]),
        "processes more!": max(0, grown["processes"]),
        "files more!": max(0, grown["files"]),
    }


def _measure(process: psutil.Process) -> dict[str, int]:
    gc.collect()
    return {
        "megabytes": round(process.memory_info().rss / 1e6),
        "threads": process.num_threads(),
        "processes": len(process.children(recursive=True)),
        "files": process.num_fds(),
    }
