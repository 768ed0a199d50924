"""In a child: what is done in the canvas while its window is watched."""

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
"""Images that the model for Predictions is trained on."""

_OURS = "orangecontrib.transferlearning.widgets"


def open_contenders(folder: str, work: str) -> Contenders:
    """Run workflows with real widgets; nothing is left to be run.

    Parameters
    ----------
    folder : str
        Of images in subfolders.
    work : str
        A folder for files.

    Returns
    -------
    Contenders
        As facts, seconds: ``cancel``, ``second run``, and the longest gap in each phase.
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


def _predict(canvas: Canvas, embeddings: Table, work: Path) -> Iterator[Wait]:
    """Have a model of features predict the images that Load Images names."""
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
    """Have Orange do as much with as large a table of numbers."""
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
