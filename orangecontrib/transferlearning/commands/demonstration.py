"""The parts of the demonstration: images of digits, cross-validation of Orange's learners, a map of the images."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from Orange.classification import LogisticRegressionLearner, RandomForestLearner, SVMLearner
from Orange.data import Table
from Orange.evaluation import AUC, CA, CrossValidation
from PIL import Image
from threadpoolctl import threadpool_limits

from ..atomic_files import as_sink_error
from ..errors import SinkError

N_FOLDS = 5
SIDE = 64
"""Image side in pixels; scikit-learn's digits have 8."""


class Score(NamedTuple):
    """Cross-validated scores of a learner: accuracy, area under the ROC curve, seconds to fit and to predict."""

    learner: str
    accuracy: float
    auc: float
    seconds: float


def check_demo_folder(folder: Path) -> None:
    """Check that the demonstration repositions only files of an earlier demonstration.

    Raises
    ------
    SinkError
        A file exists that no demonstration wrote, or the parent folder does not exist.
    """
    if not folder.absolute().parent.is_dir():
        raise SinkError(f"There is no folder {folder.parent} for {folder.name}: make it first.")
    names = [path.name for path in (folder / "digits").rglob("*") if path.is_file()]
    if names and all(re.fullmatch(r"\d{4}\.png", name) for name in names):
        return
    for path in (folder / "digits", folder / "digits.csv", folder / "digits.png"):
        if path.exists():
            raise SinkError(f"{path} is there already, and no earlier demo wrote it: choose another folder.")


def write_digits(folder: Path, n_digits: int) -> None:
    """Write some of scikit-learn's handwritten digits as PNG files, in a folder for each class.

    Parameters
    ----------
    folder : Path
    n_digits : int
        Number of images, at most 1,797.

    Raises
    ------
    SinkError
        A file cannot be written.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number, (pixels, label) in enumerate(zip(digits.images[:n_digits], digits.target[:n_digits], strict=True)):
        gray = Image.fromarray(np.uint8(np.rint(pixels * (255 / 16))))
        path = folder / str(label) / f"{number:04}.png"
        with as_sink_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            gray.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(path)


def score_learners(table: Table) -> Iterator[Score]:
    """Cross-validate Orange's learners as Test & Score does.

    Parameters
    ----------
    table : Orange.data.Table
        Features with a class.

    Yields
    ------
    Score
        Scores of logistic regression, SVM and random forest with their default settings.
    """
    for learner in (LogisticRegressionLearner(), SVMLearner(), RandomForestLearner(random_state=0)):
        # Beside other programs, threads for matrices this small wait for each other most of the time.
        with threadpool_limits(1, "blas"):
            results = CrossValidation(k=N_FOLDS, random_state=0)(table, [learner])
        seconds = float(results.train_time[0] + results.test_time[0])
        yield Score(learner.name, float(CA(results)[0]), float(AUC(results)[0]), seconds)


def draw_map(features: np.ndarray, labels: list[str], images: list[Path], path: Path) -> None:
    """Draw images at the positions that t-SNE gives to their features.

    Parameters
    ----------
    features : ndarray of shape (n_images, n_features), float32
    labels : list of str
        Labels, which give the frames their colors.
    images : list of Path
    path : Path
        The PNG file to write.

    Raises
    ------
    SinkError
        It cannot be written.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    principal = PCA(min(50, *features.shape), random_state=0).fit_transform(features)
    positions = TSNE(init="pca", random_state=0).fit_transform(principal)
    classes = sorted(set(labels))
    figure = Figure(figsize=(10, 10), layout="constrained")
    axes = figure.add_subplot(xticks=[], yticks=[], title="Handwritten digits: t-SNE of their features")
    axes.scatter(*positions.T, s=0)
    for position, label, image in zip(positions, labels, images, strict=True):
        thumbnail = OffsetImage(Image.open(image).convert("L"), zoom=0.3, cmap="gray_r")
        color = colormaps["tab10"](classes.index(label) % 10)
        frame = {"edgecolor": color, "boxstyle": "square,pad=0.05", "linewidth": 1.5}
        axes.add_artist(AnnotationBbox(thumbnail, position, pad=0, bboxprops=frame))
    with as_sink_error(path):
        figure.savefig(path, dpi=120)
