"""The chart and the tables of compared networks."""

import csv

import numpy as np
import pytest

from orangecontrib.transferlearning.bakeoff.candidates import backbone_candidate, preset_candidate
from orangecontrib.transferlearning.bakeoff.comparison import ComparisonRow, ComparisonSettings
from orangecontrib.transferlearning.bakeoff.learners import LEARNERS
from orangecontrib.transferlearning.bakeoff.scoring import Scores
from orangecontrib.transferlearning.bakeoff.speed import Speed
from orangecontrib.transferlearning.reports.networks_chart import draw_networks
from orangecontrib.transferlearning.reports.networks_table import networks_csv, networks_text

SETTINGS = ComparisonSettings(n_folds=2)
CANDIDATES = [
    *(preset_candidate(name) for name in ("quick", "balanced", "best")),
    *(backbone_candidate(name) for name in ("MobileNet", "MobileNetV2", "ResNet50", "SqueezeNet")),
]
TIMES = (6.7, 14, 66, 6.9, 6.8, 36, 6.5)
ACCURACIES = (0.92, 0.945, 0.955, 0.921, 0.919, 0.94, 0.91)


def row(candidate, milliseconds, accuracy, learner="logistic"):
    scores = Scores((accuracy - 0.02, accuracy + 0.02), accuracy, 0.99)
    return ComparisonRow(candidate, LEARNERS[learner], scores, Speed(1000, milliseconds), 512, 340)


ROWS = [row(*each) for each in zip(CANDIDATES, TIMES, ACCURACIES, strict=True)]


def test_points_bars_and_front_are_those_of_the_rows():
    axes = draw_networks(ROWS, SETTINGS).axes[0]
    assert axes.get_xscale() == "log"
    assert axes.get_title() == "2-fold cross-validation on 340 images, seed 0"
    lines = {line.get_label(): line for line in axes.lines}
    points = next(each for each in axes.containers if each.get_label() == "Logistic Regression")[0]
    np.testing.assert_allclose(points.get_xydata(), np.column_stack([TIMES, ACCURACIES]))
    front = lines["front: none is faster and as accurate"].get_xydata()
    expected = [(6.7, 0.92), (14, 0.945), (66, 0.955), (6.9, 0.921), (6.5, 0.91)]
    np.testing.assert_allclose(front, expected)
    ends = [segment[:, 1].tolist() for segment in axes.containers[0].lines[2][0].get_segments()]
    np.testing.assert_allclose(ends[0], [0.90, 0.94])


@pytest.mark.parametrize("n_rows", [1, 3, 7])
def test_names_cover_neither_each_other_nor_the_border(n_rows):
    figure = draw_networks(ROWS[:n_rows], SETTINGS)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    texts = [text for text in axes.texts if text.get_text()]
    assert [text.get_text() for text in texts] == [each.candidate.name for each in ROWS[:n_rows]]
    boxes = [super(type(text), text).get_window_extent() for text in texts]
    frame = axes.get_window_extent()
    for number, box in enumerate(boxes):
        assert not box.count_overlaps(boxes[number + 1 :])
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1


def test_learners_of_a_network_are_beside_each_other_and_it_is_named_once():
    rows = [row(CANDIDATES[0], 7, 0.9, "knn"), row(CANDIDATES[0], 7, 0.95), row(CANDIDATES[1], 9, 0.96)]
    axes = draw_networks(rows, SETTINGS).axes[0]
    assert axes.get_xscale() == "linear"
    assert sorted(text.get_text() for text in axes.texts) == ["balanced", "quick"]
    neighbors, logistic = axes.containers
    assert neighbors[0].get_xdata()[0] < 7 < logistic[0].get_xdata()[0]


def test_tables_have_the_numbers_and_the_front():
    lines = networks_text(ROWS[:2] + ROWS[4:5], SETTINGS)
    assert lines == [
        "2-fold cross-validation on 340 images, seed 0",
        "network      learner              accuracy  spread     AUC  images/s  ms/image  features  MB",
        "quick        Logistic Regression     0.920   0.020  0.9900     149.3       6.7       512   5  front",
        "balanced     Logistic Regression     0.945   0.020  0.9900      71.4      14.0       512  24  front",
        "MobileNetV2  Logistic Regression     0.919   0.020  0.9900     147.1       6.8       512  14",
    ]
    read = list(csv.DictReader(networks_csv(ROWS, SETTINGS).splitlines()))
    assert [each["front"] for each in read] == ["1", "1", "1", "1", "0", "0", "1"]
    assert (read[2]["networks"].count("+"), read[2]["mirrored"], read[2]["scaling"]) == (2, "1", "orange")
    assert float(read[0]["seed 0 fold 2"]) == pytest.approx(0.94)
