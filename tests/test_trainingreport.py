"""What a training prints."""

from orangecontrib.transferlearning.training import train
from orangecontrib.transferlearning.trainingreport import report

from .samples_training import clouds, slope


def test_report_of_classes():
    assert report(train(*clouds(n_each=8), grid=(1, 10), n_folds=3)).splitlines() == [
        "Logistic regression, 3-fold cross-validation on 18 pictures",
        "C   accuracy  spread",
        "1      1.000   0.000  best",
        "10     1.000   0.000",
        "best C: 1",
        "cross-validated accuracy: 1.000",
        "",
        "test on 6 pictures  precision  recall     F1  pictures",
        "a                       1.000   1.000  1.000         2",
        "b                       1.000   1.000  1.000         2",
        "c                       1.000   1.000  1.000         2",
        "macro average           1.000   1.000  1.000         6",
        "weighted average        1.000   1.000  1.000         6",
        "test accuracy: 1.000",
    ]


def test_report_of_numbers():
    assert report(train(*slope(), "linear", is_target=True)).splitlines()[:-2] == [
        "Linear regression, 5-fold cross-validation on 60 pictures",
        "cross-validated R2: 1.000",
        "",
        "test on 20 pictures",
        "R2    1.000",
    ]


def test_long_names_are_cut():
    features, labels = clouds(n_classes=2)
    text = report(train(features, [label * 60 for label in labels]))
    assert "a" * 39 + "\u2026  " in text
    assert max(map(len, text.splitlines())) < 85
