"""The report says what the network is made of and how good it is."""

from orangecontrib.transferlearning.headsettings import HeadSettings
from orangecontrib.transferlearning.networkplan import plan_network
from orangecontrib.transferlearning.networkreport import report_network
from orangecontrib.transferlearning.networktraining import train_network

from .samples_training import clouds, slope


def test_report_of_classes_has_layers_epochs_validation_and_test():
    features, labels = clouds()
    settings = HeadSettings(hidden=4, dropout=0.1, epochs=40, learning_rate=0.05, patience=40)
    training = train_network(plan_network(labels, settings), features)
    lines = report_network(training).splitlines()
    best = training.history.kept + 1
    assert lines[0] == "Small network: 4 hidden units, dropout 0.1, softmax of 3 classes; 43 weights"
    assert lines[1] == f"trained on 36 pictures, validated on 9: 40 epochs, number {best} was best"
    assert lines[2].endswith(", 1.000 in validation")
    assert lines[3].startswith("loss: ")
    assert lines[4] == f"then trained anew on all 45: {best} epochs"
    assert lines[-1] == "test accuracy: 1.000"


def test_report_of_numbers_without_validation_has_a_loss_only():
    features, labels = slope()
    plan = plan_network(labels, HeadSettings(epochs=2), is_target=True, validation_size=0)
    training = train_network(plan, features)
    lines = report_network(training).splitlines()
    assert lines[0] == "Small network: one linear unit; 6 weights"
    assert lines[1] == "trained on 60 pictures: 2 epochs"
    assert lines[2] == f"loss: {training.history.epochs[1].loss:.3f} in training"
    assert lines[3] == ""
