"""What tells of a small network's training, beside its model."""

import pytest

from orangecontrib.transferlearning.errors import ImageReadError
from orangecontrib.transferlearning.headsettings import HeadSettings
from orangecontrib.transferlearning.networkfiles import draw_network
from orangecontrib.transferlearning.networkplan import plan_network
from orangecontrib.transferlearning.networktraining import train_network

from .samples_training import clouds


def test_picture_that_cannot_be_read_is_named_and_costs_the_sheet_only(tmp_path):
    features, labels = clouds()
    training = train_network(plan_network(labels, HeadSettings(epochs=1)), features)
    (tmp_path / "bad.jpg").write_text("no picture")
    written = draw_network(training, tmp_path / "m.pkcls", {int(training.test[0]): tmp_path / "bad.jpg"})
    names = [next(written).name for _ in range(3)]
    assert names == ["m_epochs.csv", "m_curves.png", "m_confusion.png"]
    with pytest.raises(ImageReadError, match="bad.jpg"):
        next(written)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jpg", *sorted(names)]
