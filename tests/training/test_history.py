"""Histories of epochs are joined, averaged and written as text."""

from orangecontrib.transferlearning.training.history import Epoch, History, average_logs, best_epoch_index


def epochs(*losses):
    return tuple(Epoch(loss, 0.5, val_loss, 0.25) for loss, val_loss in losses)


def test_best_epoch_has_the_lowest_validation_loss_or_is_the_last():
    assert best_epoch_index(epochs((3, 2), (2, 1), (1, 1), (0, 4))) == 1
    assert best_epoch_index([Epoch(3), Epoch(2), Epoch(5)]) == 2


def test_best_epoch_by_accuracy_has_the_lower_loss_of_those_with_the_highest_accuracy():
    shares = (0.75, 0.9, 0.9, 0.9, 0.8)
    made = [Epoch(1, 1, loss, share) for loss, share in zip((0.1, 0.6, 0.5, 0.5, 0.2), shares, strict=True)]
    assert best_epoch_index(made, "accuracy") == 2
    assert best_epoch_index(made, "loss") == 0
    rounded = [Epoch(1, 1, 0.73, 0.7710843438), Epoch(1, 1, 0.718, 0.7710843352)]
    assert best_epoch_index(rounded, "accuracy") == 1
    numbers = [Epoch(1, None, loss) for loss in (3, 1, 2)]
    assert best_epoch_index(numbers, "accuracy") == 1
    assert best_epoch_index([Epoch(3, 0.9), Epoch(2, 0.5)], "accuracy") == 1


def test_history_says_why_an_epoch_was_kept():
    assert History(epochs((3, 2), (2, 1)), 1).reason == "lowest validation loss"
    assert History(epochs((3, 2), (2, 1)), 1, best_by="accuracy").reason == "highest validation accuracy"
    assert History((Epoch(3, None, 2),), 0, best_by="accuracy").reason == "lowest validation loss"
    assert History((Epoch(3, 0.5), Epoch(2, 0.5)), 1, best_by="accuracy").reason == "last epoch"


def test_second_phase_goes_on_where_the_first_ended():
    first, second = History(epochs((3, 2), (2, 3)), 0), History(epochs((1, 1), (0, 0.5)), 1)
    joined = first.followed_by(second)
    assert joined == History(epochs((3, 2), (2, 3), (1, 1), (0, 0.5)), 3, 2)
    assert first.followed_by(second, kept_first=True).kept == 0
    by_accuracy = History(epochs((3, 2)), 0, best_by="accuracy")
    assert by_accuracy.followed_by(second).best_by == "accuracy"


def test_csv_has_a_line_an_epoch():
    history = History((Epoch(1.5), *epochs((0.25, 1 / 3), (0.1, 2))), 1, 2)
    assert history.to_csv().splitlines() == [
        "epoch,phase,loss,accuracy,val_loss,val_accuracy,kept",
        "1,1,1.5,,,,0",
        "2,1,0.25,0.5,0.333333,0.25,1",
        "3,2,0.1,0.5,2,0.25,0",
    ]


def test_logs_of_batches_are_averaged_over_rows():
    assert average_logs([(3, {"loss": 1.0, "accuracy": 0.5}), (1, {"loss": 5.0, "accuracy": 1.0})]) == {
        "loss": 2.0, "accuracy": 0.625,
    }  # fmt: skip
    assert average_logs([]) == {}


def test_epoch_says_what_it_has():
    assert str(Epoch(1.5)) == "loss 1.500"
    assert str(Epoch(1.5, 0.5, 2, 0.25)) == "loss 1.500 (validation 2.000), accuracy 0.500 (validation 0.250)"
