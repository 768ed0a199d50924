"""The report says what the network is made of and how good it is."""

from orangecontrib.transferlearning.reports.text import report, report_head
from orangecontrib.transferlearning.training.head_settings import HeadSettings
from orangecontrib.transferlearning.training.head_training import plan_head, train_planned_head
from orangecontrib.transferlearning.training.training import train

from ..samples_training import clouds, slope


def test_report_of_classes_has_layers_epochs_validation_and_test():
    features, labels = clouds()
    settings = HeadSettings(hidden=4, dropout=0.1, epochs=40, learning_rate=0.05, patience=40)
    training = train_planned_head(plan_head(labels, settings), features)
    lines = report_head(training)
    best = training.history.kept + 1
    assert lines[0] == "Head: 4 hidden units, dropout 0.1, softmax of 3 classes; 43 weights"
    assert lines[1] == (
        f"trained on 36 images, validated on 9: 40 epochs, number {best} was best (lowest validation loss)"
    )
    assert lines[2].endswith(", 1.000 in validation")
    assert lines[3].startswith("loss: ")
    assert lines[4] == f"then trained again on all 45: {best} epochs"
    assert lines[-1] == "test accuracy: 1.000"


def test_report_of_numbers_without_validation_has_a_loss_only():
    features, labels = slope()
    plan = plan_head(labels, HeadSettings(epochs=2), is_target=True, validation_size=0)
    training = train_planned_head(plan, features)
    lines = report_head(training)
    assert lines[0] == "Head: one linear unit; 6 weights"
    assert lines[1] == "trained on 60 images: 2 epochs"
    assert lines[2] == f"loss: {training.history.epochs[1].loss:.3f} in training"
    assert lines[3] == ""


def test_report_of_classes():
    assert report(train(*clouds(n_each=8), grid=(1, 10), n_folds=3)) == [
        "Logistic regression, 3-fold cross-validation on 18 images",
        "C   accuracy  spread",
        "1      1.000   0.000  best",
        "10     1.000   0.000",
        "best C: 1",
        "cross-validated accuracy: 1.000",
        "",
        "test on 6 images",
        "              precision    recall  f1-score   support",
        "           a      1.000     1.000     1.000         2",
        "           b      1.000     1.000     1.000         2",
        "           c      1.000     1.000     1.000         2",
        "    accuracy                          1.000         6",
        "   macro avg      1.000     1.000     1.000         6",
        "weighted avg      1.000     1.000     1.000         6",
        "test accuracy: 1.000",
    ]


def test_report_of_numbers():
    assert report(train(*slope(), "linear", is_target=True))[:-2] == [
        "Linear regression, 5-fold cross-validation on 60 images",
        "cross-validated R2: 1.000",
        "",
        "test on 20 images",
        "R2    1.000",
    ]


def test_long_names_are_cut():
    features, labels = clouds(n_classes=2)
    text = "\n".join(report(train(features, [label * 60 for label in labels])))
    assert "a" * 39 + "\u2026  " in text
    assert max(map(len, text.splitlines())) < 85
