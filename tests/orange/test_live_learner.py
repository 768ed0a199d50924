"""The epochs of a training as a table."""

import numpy as np
from Orange.data import DiscreteVariable

from orangecontrib.transferlearning.orange.live_learner import history_table
from orangecontrib.transferlearning.training.history import Epoch, History

FIRST = History((Epoch(2.0, 0.25, 1.5, 0.5), Epoch(1.0, 0.5, 1.25, 0.75)), 1)


def test_each_epoch_is_a_row_with_its_phase_and_the_kept_one_is_marked():
    table = history_table(FIRST.followed_by(History((Epoch(0.5, 1.0, 1.0, 0.5),), 0)))
    assert [variable.name for variable in table.domain.attributes] == [
        "epoch", "phase", "loss", "accuracy", "val_loss", "val_accuracy", "kept",
    ]  # fmt: skip
    assert [str(row["phase"]) for row in table] == ["head", "head", "fine-tuning"]
    assert [str(row["kept"]) for row in table] == ["no", "no", "yes"]
    assert isinstance(table.domain["kept"], DiscreteVariable)
    np.testing.assert_array_equal(
        table.X[:, [0, 2, 3, 4, 5]], [[1, 2, 0.25, 1.5, 0.5], [2, 1, 0.5, 1.25, 0.75], [3, 0.5, 1, 1, 0.5]]
    )
    assert table.name == "History"


def test_what_was_not_measured_is_missing():
    table = history_table(History((Epoch(2.0), Epoch(1.0)), 1))
    assert np.isnan(table.X[:, 3:6]).all()
    assert table.get_column("phase").tolist() == [0, 0]
