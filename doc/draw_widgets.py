"""Draw the images of widgets in the documentation: ``python doc/draw_widgets.py [NAME...]``."""

import os

os.environ |= {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2", "TF_CPP_MIN_LOG_LEVEL": "3"}

import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from AnyQt.QtCore import QSettings
from AnyQt.QtTest import QTest
from AnyQt.QtWidgets import QApplication
from Orange.classification import LogisticRegressionLearner
from Orange.data import Table
from Orange.widgets.tests.utils import simulate
from Orange.widgets.widget import OWWidget
from PIL import Image
from sklearn.datasets import load_sample_image

from orangecontrib.transferlearning import Embedder, embed_table
from orangecontrib.transferlearning.orange.load_images import load_images
from orangecontrib.transferlearning.sources.source_choice import SourceChoice
from orangecontrib.transferlearning.widgets.controls import recent_paths as recent
from orangecontrib.transferlearning.widgets.owcomparenetworks import OWCompareNetworks
from orangecontrib.transferlearning.widgets.owexplainimage import OWExplainImage
from orangecontrib.transferlearning.widgets.owfeaturemaps import OWFeatureMaps
from orangecontrib.transferlearning.widgets.owimagenetpredictions import OWImageNetPredictions
from orangecontrib.transferlearning.widgets.owkerasembedding import OWKerasEmbedding
from orangecontrib.transferlearning.widgets.owkerasnetwork import OWKerasNetwork
from orangecontrib.transferlearning.widgets.owloadimages import OWLoadImages

IMAGES = Path(__file__).parent / "images"

DRAWING = runpy.run_path(str(Path(__file__).with_name("draw_tutorial_images.py")))

WAIT = 800
"""Milliseconds to wait for thumbnails after a run."""


def write_photographs(folder: Path) -> Path:
    """Write scikit-learn's two photographs, and a part of each."""
    (folder / "photographs").mkdir()
    flower, china = (Image.fromarray(load_sample_image(f"{name}.jpg")) for name in ("flower", "china"))
    images = {
        "china": china,
        "flower": flower,
        "roof": china.crop((90, 20, 560, 230)),
        "petals": flower.crop((170, 90, 470, 350)),
    }
    for name, image in images.items():
        image.save(folder / "photographs" / f"{name}.jpg", quality=95)
    return folder / "photographs"


def show_load_images(folder: Path) -> OWLoadImages:
    """Return the widget with the drawings loaded."""
    widget = OWLoadImages()
    widget.show()
    widget.resize(860, 560)
    widget.source_box.choose(str(DRAWING["write_folders"](folder / "drawings")))
    return widget


def show_keras_embedding(folder: Path) -> OWKerasEmbedding:
    """Return the widget with the drawings embedded."""
    widget = OWKerasEmbedding()
    widget.show()
    widget.set_images(read_drawings())
    return widget


def show_compare_networks(folder: Path) -> OWCompareNetworks:
    """Return the widget with the presets compared on the drawings, and a row selected."""
    widget = OWCompareNetworks()
    widget.show()
    widget.resize(1060, 680)
    widget.cross_validation_box.learner_checks["knn"].setChecked(True)
    widget.set_images(read_drawings())
    finish(widget)
    widget.list.select_row(("balanced", "logistic"))
    while widget._row_embedding.task is not None:
        QTest.qWait(20)
    return widget


def show_imagenet_predictions(folder: Path) -> OWImageNetPredictions:
    """Return the widget with predictions for the photographs."""
    widget = OWImageNetPredictions()
    widget.show()
    widget.resize(1000, 600)
    widget.classes_spin.setValue(5)
    widget.set_images(load_images(SourceChoice(str(write_photographs(folder)))).tables.images)
    return widget


def read_drawings() -> Table:
    """Read the table of drawings of the tutorials."""
    return Table(str(IMAGES.parents[1] / "orangecontrib" / "transferlearning" / "tutorials" / "drawings.tab"))


def show_keras_network(folder: Path) -> OWKerasNetwork:
    """Return the widget with a head trained on features of the drawings."""
    widget = OWKerasNetwork()
    widget.show()
    widget.resize(920, 600)
    widget.head_box.fields["learning_rate"].setValue(0.001)
    QTest.qWait(WAIT)
    widget.set_data(embed_table(read_drawings(), Embedder())[0])
    widget.handleNewSignals()
    finish(widget)
    # The status bar has symbols that few fonts have.
    widget.statusBar().hide()
    return widget


def show_fine_tuning(folder: Path) -> OWKerasNetwork:
    """Return the widget with a network fine-tuned on the drawings."""
    widget = OWKerasNetwork()
    widget.show()
    widget.resize(920, 660)
    simulate.combobox_activate_item(widget.mode_combo, "Fine-tune the network on images")
    widget.tuning_box.fields["head_epochs"].setValue(20)
    widget.tuning_box.fields["epochs"].setValue(15)
    QTest.qWait(WAIT)
    widget.set_data(read_drawings())
    widget.handleNewSignals()
    finish(widget)
    widget.statusBar().hide()
    return widget


def finish(widget: OWWidget) -> None:
    """Wait until the run of a widget has ended."""
    while widget.task is not None:
        QTest.qWait(20)


def show_feature_maps(folder: Path) -> OWFeatureMaps:
    """Return the widget with a channel over a fish, and the drawings that activate it."""
    widget = OWFeatureMaps()
    widget.show()
    widget.resize(1180, 700)
    widget.set_images(read_drawings())
    widget.choose_row(26)
    finish(widget)
    widget.tiles.setCurrentRow(1)
    return widget


def show_explain_image(folder: Path) -> OWExplainImage:
    """Return the widget with the evidence of a logistic regression for a fish."""
    drawings = read_drawings()
    embeddings, _ = embed_table(drawings[::2], Embedder())
    widget = OWExplainImage()
    widget.show()
    widget.resize(860, 600)
    widget.set_model(LogisticRegressionLearner()(embeddings))
    widget.set_images(drawings)
    widget.handleNewSignals()
    widget.choose_row(26)
    # The status bar has symbols that few fonts have.
    widget.statusBar().hide()
    return widget


SHOTS: dict[str, Callable[[Path], OWWidget]] = {
    "load-images": show_load_images,
    "keras-embedding": show_keras_embedding,
    "compare-networks": show_compare_networks,
    "imagenet-predictions": show_imagenet_predictions,
    "widget-feature-maps": show_feature_maps,
    "explain-image": show_explain_image,
    "keras-network": show_keras_network,
    "keras-network-tuning": show_fine_tuning,
}
"""Function that returns the widget in each image, by the name of the image without extension."""


def draw(name: str) -> None:
    """Draw one image."""
    with TemporaryDirectory() as folder:
        store = QSettings(str(Path(folder) / "recent.ini"), QSettings.Format.IniFormat)
        recent._settings = lambda: store
        widget = SHOTS[name](Path(folder))
        finish(widget)
        QTest.qWait(WAIT)
        path = IMAGES / f"{name}.png"
        widget.grab().save(str(path))
        image = Image.open(path).convert("RGB")
        # Heat maps have more colors than a palette.
        (image if name in ("widget-feature-maps", "explain-image") else image.quantize(256)).save(path, optimize=True)
        widget.onDeleteWidget()


if __name__ == "__main__":
    application = QApplication([])
    for each in sys.argv[1:] or SHOTS:
        draw(each)
