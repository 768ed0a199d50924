"""Script of a child process: the actions in the canvas while its window is measured."""

import pickle
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from AnyQt.QtWidgets import QPushButton
from Orange.base import Model
from Orange.classification import LogisticRegressionLearner
from Orange.data import ContinuousVariable, Domain, Table
from Orange.widgets.widget import OWWidget

from .canvas import Canvas, Wait
from .contenders import Contenders

N_TRAINED_ON = 300
"""Number of images that the model for Predictions is trained on."""

_OURS = "orangecontrib.transferlearning.widgets"


def open_contenders(folder: str, work: str) -> Contenders:
    """Run workflows with real widgets; everything is measured here, so there are no runs.

    Parameters
    ----------
    folder : str
        Folder of images in subfolders.
    work : str
        Folder for files.

    Returns
    -------
    Contenders
        Its facts, in seconds: ``cancel``, ``second run``, ``Predictions``, and the longest gap in each phase.
    """
    canvas = Canvas()
    canvas.follow(lambda: _script(canvas, folder, Path(work)))
    return Contenders(facts=canvas.facts | {"gaps": dict(canvas.gaps.longest)})


def _script(canvas: Canvas, folder: str, work: Path) -> Iterator[Wait]:
    load = canvas.add("load", f"{_OURS}.owloadimages.OWLoadImages")
    embedding = canvas.add("embedding", f"{_OURS}.owkerasembedding.OWKerasEmbedding")
    canvas.add("table", "Orange.widgets.data.owtable.OWTable")
    canvas.link("load", "Images", "embedding", "Images")
    canvas.link("embedding", "Embeddings", "table", "Data")
    yield canvas.idle
    canvas.gaps.phase = lambda: _phase(embedding)
    load.source_box.choose(folder)
    yield lambda: embedding.progressBarValue > 15
    yield from _cancel(canvas, embedding)
    canvas.gaps.phase = lambda: _phase(embedding)
    embedding.commit.now()
    yield lambda: embedding.result is not None
    yield canvas.idle
    canvas.gaps.phase = lambda: "second run"
    start = time.perf_counter()
    embedding.commit.now()
    yield lambda: embedding.task is None
    canvas.facts["second run"] = time.perf_counter() - start
    yield canvas.idle
    yield from _train_network(canvas, embedding.result.embeddings)
    yield from _predict(canvas, embedding.result.embeddings, work)
    yield from _predict_plain(canvas, embedding.result.embeddings)


def _phase(embedding: OWWidget) -> str:
    if embedding.task is None:
        return "listing" if embedding.result is None else "handing over"
    return "embedding" if embedding.progressBarValue else "loading"


def _cancel(canvas: Canvas, embedding: OWWidget) -> Iterator[Wait]:
    canvas.gaps.phase = lambda: "cancel"
    future = embedding.task.future
    (button,) = [button for button in embedding.findChildren(QPushButton) if button.text() == "Cancel"]
    start = time.perf_counter()
    button.click()
    yield future.done
    canvas.facts["cancel"] = time.perf_counter() - start
    yield canvas.idle


def _train_network(canvas: Canvas, embeddings: Table) -> Iterator[Wait]:
    """Train a head on features, then fine-tune the network on the images."""
    rows = np.linspace(0, len(embeddings) - 1, N_TRAINED_ON).astype(int)
    widget = canvas.add("network", f"{_OURS}.owkerasnetwork.OWKerasNetwork")
    yield canvas.idle
    for mode, phase in (("head", "training"), ("fine-tune", "fine-tuning")):
        canvas.gaps.phase = lambda phase=phase: phase
        widget.mode = mode
        widget.set_data(embeddings[rows])
        widget.handleNewSignals()
        yield lambda: widget.model is not None
        canvas.gaps.phase = lambda: ""
        yield canvas.idle


def _predict(canvas: Canvas, embeddings: Table, work: Path) -> Iterator[Wait]:
    """Predict the images that Load Images names, with a model of features."""
    canvas.gaps.phase = lambda: ""
    path = work / "model.pkcls"
    path.write_bytes(pickle.dumps(_train(embeddings)))
    load = canvas.add("model", "Orange.widgets.model.owloadmodel.OWLoadModel")
    predictions = canvas.add("predictions", "Orange.widgets.evaluate.owpredictions.OWPredictions")
    canvas.link("load", "Images", "predictions", "Data")
    canvas.link("model", "Model", "predictions", "Predictors")
    yield canvas.idle
    canvas.gaps.phase = lambda: "Predictions"
    load.add_path(str(path))
    start = time.perf_counter()
    load.open_file()
    yield lambda: bool(predictions.predictors) and predictions.predictors[0].results is not None
    canvas.facts["Predictions"] = time.perf_counter() - start
    yield canvas.idle


def _predict_plain(canvas: Canvas, embeddings: Table) -> Iterator[Wait]:
    """Do the same in Orange alone, with a table of numbers of the same size."""
    canvas.gaps.phase = lambda: ""
    numbers = Domain([ContinuousVariable(v.name) for v in embeddings.domain.attributes], embeddings.domain.class_var)
    plain = Table.from_numpy(numbers, embeddings.X, embeddings.Y)
    model = _train(plain)
    table = canvas.add("plain table", "Orange.widgets.data.owtable.OWTable")
    predictions = canvas.add("plain predictions", "Orange.widgets.evaluate.owpredictions.OWPredictions")
    yield canvas.idle
    canvas.gaps.phase = lambda: "Data Table, numbers"
    table.set_dataset(plain)
    table.handleNewSignals()
    yield canvas.idle
    canvas.gaps.phase = lambda: "Predictions, numbers"
    predictions.set_data(plain)
    predictions.insert_predictor(0, model)
    predictions.handleNewSignals()
    yield canvas.idle


def _train(table: Table) -> Model:
    rows = np.linspace(0, len(table) - 1, N_TRAINED_ON).astype(int)
    return LogisticRegressionLearner()(table[rows])
