"""Settings of a head that are out of range are refused."""

import pytest

from orangecontrib.transferlearning.errors import SettingError
from orangecontrib.transferlearning.finetuning.settings import TuningSettings
from orangecontrib.transferlearning.training.head_settings import HeadSettings


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("hidden", -1, "0 or more"),
        ("dropout", 1.0, "less than 1"),
        ("epochs", 0, "1 or more"),
        ("batch_size", 0, "1 or more"),
        ("learning_rate", 0.0, "more than 0"),
        ("l2", -0.1, "0 or more"),
        ("patience", 0, "1 or more"),
    ],
)
def test_value_out_of_range_is_refused_by_name(name, value, expected):
    with pytest.raises(SettingError, match=f"{name} has to be .*{expected}.* not {value}"):
        HeadSettings(**{name: value})


@pytest.mark.parametrize("kind", [HeadSettings, TuningSettings])
def test_best_epoch_is_chosen_by_loss_or_accuracy_only(kind):
    with pytest.raises(SettingError, match="chosen by loss or by accuracy, not by luck"):
        kind(best_by="luck")
    assert kind(best_by="accuracy").best_by == "accuracy"
