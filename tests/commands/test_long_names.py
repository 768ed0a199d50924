"""Names of any length are shortened in messages."""

import numpy as np
import pytest
from click.testing import CliRunner

from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.commands.terminal import MAX_MESSAGE, brief, print_rare
from orangecontrib.transferlearning.errors import SinkError, TrainingError
from orangecontrib.transferlearning.features.opening import open_sink
from orangecontrib.transferlearning.features.resuming import check_same_settings
from orangecontrib.transferlearning.finetuning.dataset import _check_all_trained
from orangecontrib.transferlearning.records import Embeddings
from orangecontrib.transferlearning.training.label_encoding import encode_labels
from orangecontrib.transferlearning.training.splits import choose_test_rows

LONG = "long " * 200_000


def save(path, labels):
    features = np.random.default_rng(0).random((len(labels), 4), np.float32)
    with open_sink(path, "Class") as sink:
        sink.write(Embeddings([str(number) for number in range(len(labels))], features, labels, fingerprint="print"))


@pytest.mark.parametrize("labels, options, words", [
    ([LONG] * 9, [], "All labels are long long long"),
    (["b"] * 39 + [LONG], [], "Class long long long"),
    (["b"] * 38 + [LONG, LONG + "2"], [], "2 of 3 classes have too few images: long long long"),
    (["b", LONG] * 9, ["--target"], "is not a number: leave --target out to predict classes."),
])  # fmt: skip
@pytest.mark.parametrize("command", ["train", "network"])
def test_long_class_is_shortened_in_messages(tmp_path, monkeypatch, command, labels, options, words):
    monkeypatch.chdir(tmp_path)
    save("f.h5", labels)
    result = CliRunner().invoke(cli.main, [command, "f.h5", "m", *options])
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr) < 1000


def test_long_class_that_is_left_out_is_shortened(capsys):
    print_rare({"c": 1, LONG: 2})
    told = capsys.readouterr().err
    assert told.startswith("2 classes left out (--min-images): c (1), long long")
    assert told.endswith("... (2)\n")
    assert len(told) < 200


def test_long_names_are_shortened_in_every_error_of_training_and_resuming():
    with pytest.raises(TrainingError, match=r"^Label 'long .{190,200}\.\.\. is not a number") as error:
        encode_labels([LONG], True)
    assert len(str(error.value)) < 300
    with pytest.raises(TrainingError, match=r"^Classes long .*\.\.\., long .*\.\.\. have no images") as error:
        _check_all_trained(np.zeros(3), ("a", LONG, LONG + "2"))
    assert len(str(error.value)) < 600
    with pytest.raises(TrainingError, match=r"^10000 of 10000 classes have too few images: class 0 \(1\), ") as error:
        choose_test_rows(np.arange(10_000), tuple(f"class {i}" for i in range(10_000)), 0.5, 2, 0)
    assert len(str(error.value)) < 2500
    with pytest.raises(SinkError, match=r"was begun with label name long .*\.\.\., and this run has b\.") as error:
        check_same_settings({"label_name": LONG}, {"label_name": "b"}, "f.h5 was begun")
    assert len(str(error.value)) < 1500


def test_message_that_is_too_long_to_read_keeps_its_beginning_and_end():
    assert brief("a\x1bb") == "a\\x1bb"
    assert brief("x" * MAX_MESSAGE) == "x" * MAX_MESSAGE
    assert brief("a" + "x" * MAX_MESSAGE + ": do this") == "a" + "x" * 2499 + " ... " + "x" * 2491 + ": do this"
