"""Saved models: their last layer, errors on opening, and packing."""

import json
import re
from zipfile import ZIP_DEFLATED, ZipFile

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orangecontrib.transferlearning.backbones.saved_models import (
    last_layer,
    open_saved,
    pack_finetuned,
    pack_network,
    read_about,
)
from orangecontrib.transferlearning.errors import ModelError, WeightsError
from orangecontrib.transferlearning.finetuning.open_finetuned import open_finetuned


def test_last_layer_of_models_of_both_kinds(tmp_path):
    inputs = keras.Input((4, 4, 3))
    x = keras.layers.Flatten(name="flat")(inputs)
    keras.Model(inputs, keras.layers.Dense(2, name="mine")(x)).save(tmp_path / "functional.keras")
    keras.Sequential([inputs, keras.layers.Flatten(), keras.layers.Dense(2, name="own")]).save(tmp_path / "row.keras")
    assert last_layer(tmp_path / "functional.keras") == "mine"
    assert last_layer(str(tmp_path / "row.keras")) == "own"


def test_what_is_no_model_or_has_several_ends_is_refused(tmp_path):
    inputs = keras.Input((4, 4, 3))
    keras.Model(inputs, [keras.layers.Flatten()(inputs), inputs]).save(tmp_path / "two.keras")
    (tmp_path / "text.keras").write_text("not a model")
    with pytest.raises(WeightsError, match="ends in several layers: save a model with one output"):
        last_layer(tmp_path / "two.keras")
    with pytest.raises(WeightsError, match="text.keras cannot be opened as a saved Keras model"):
        last_layer(tmp_path / "text.keras")
    with pytest.raises(WeightsError, match="There is no file .*nosuch.keras"):
        last_layer(tmp_path / "nosuch.keras")


Scale = type("Scale", (keras.layers.Identity,), {"__module__": "of_somebody_else"})


@pytest.mark.parametrize("layer, reason", [
    (keras.layers.Lambda(lambda maps: maps * 2), "it has a Lambda layer, and code from a file is not run."),
    (Scale(), "Keras has no Scale; a script that defines and registers it can open the file."),
])  # fmt: skip
def test_layers_that_are_not_opened_are_said_in_a_sentence(tmp_path, layer, reason):
    inputs = keras.Input((8, 8, 3))
    path = tmp_path / "own.keras"
    keras.Model(inputs, layer(inputs)).save(path)
    with pytest.raises(
        WeightsError, match=f"{re.escape(str(path))} cannot be opened as a saved Keras model: {reason}$"
    ):
        open_saved(path)


@pytest.mark.parametrize("n_bytes", [0, 10, -100])
def test_damaged_model_is_called_damaged(tmp_path, n_bytes):
    inputs = keras.Input((8, 8, 3))
    path = tmp_path / "cut.keras"
    keras.Model(inputs, keras.layers.Flatten()(inputs)).save(path)
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(WeightsError, match="cut.keras cannot be opened .*: it is damaged, or another kind of file.$"):
        open_saved(path)


def test_network_comes_back_with_its_values(tmp_path):
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(2, name="out")(inputs))
    (tmp_path / "again.keras").write_bytes(pack_network(model))
    again = keras.saving.load_model(tmp_path / "again.keras")
    x = np.arange(6, dtype="float32").reshape(2, 3)
    np.testing.assert_array_equal(again.predict_on_batch(x), model.predict_on_batch(x))


@pytest.fixture(scope="module")
def finetuned(tmp_path_factory):
    """A small model with the description of a fine-tuned one."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Flatten()(keras.layers.Conv2D(2, 3)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax", name="classes")(x))
    path = tmp_path_factory.mktemp("finetuned") / "tuned.keras"
    path.write_bytes(pack_finetuned(model, ABOUT))
    return path


ABOUT = {
    "backbone": "SqueezeNet", "image_size": [8, 8], "preprocessing": "none", "interpolation": "bilinear", "steps": [],
    "label_name": "Class", "classes": ["a", "b"],
}  # fmt: skip


def rewritten(path, name, content):
    """Return a copy of an archive in which a part has other content, or is missing if that is None."""
    copy = path.with_name("copy.keras")
    with ZipFile(path) as archive, ZipFile(copy, "w", ZIP_DEFLATED) as other:
        for each in archive.namelist():
            if each != name:
                other.writestr(each, archive.read(each))
        if content is not None:
            other.writestr(name, content)
    return copy


def open_everything(path):
    """Return the messages of the functions that open a model; "" for those that open it."""
    messages = []
    for function in (read_about, last_layer, open_saved, open_finetuned):
        try:
            function(path)
        except (WeightsError, ModelError) as error:
            messages.append(str(error))
            assert len(messages[-1].splitlines()) == 1
        else:
            messages.append("")
    return messages


def test_whole_file_is_opened(finetuned):
    assert open_everything(finetuned) == [""] * 4


@pytest.mark.parametrize(
    "about",
    [
        b"[1, 2]", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b'{"backbone": "SqueezeNet"}',
        *(json.dumps(ABOUT | {name: None}).encode() for name in ABOUT),
        json.dumps(ABOUT | {"image_size": [8]}).encode(),
        json.dumps(ABOUT | {"classes": ["a", 1]}).encode(),
    ],
)  # fmt: skip
def test_damaged_description_is_said_in_a_sentence(finetuned, about):
    path = rewritten(finetuned, "orange-transfer.json", about)
    message = f"{path} does not say completely what it reads and predicts: it is damaged; train it again."
    assert open_everything(path) == [message, "", "", message]


def test_parts_that_seem_encrypted_are_no_description(finetuned):
    content = bytearray(finetuned.read_bytes())
    for signature, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = -1
        while (at := content.find(signature, at + 1)) >= 0:
            content[at + flags] |= 1
    path = finetuned.with_name("encrypted.keras")
    path.write_bytes(content)
    about, *messages = open_everything(path)
    assert (about, read_about(path)) == ("", {})
    assert all(message.startswith(f"{path} cannot be opened as a saved Keras model: ") for message in messages[:2])
    assert messages[2]


UNFIT = "its parts do not fit together: it is damaged, or of another version of Keras."


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"[" * 100_000, b'{"config": {"layers": 3}}'])
def test_damaged_structure_is_said_in_a_sentence(finetuned, content):
    path = rewritten(finetuned, "config.json", content)
    _, *messages = open_everything(path)
    assert set(messages) == {f"{path} cannot be opened as a saved Keras model: {UNFIT}"}


def test_structure_that_cannot_be_built_is_said_in_a_sentence(finetuned):
    with ZipFile(finetuned) as archive:
        config = archive.read("config.json")
    path = rewritten(finetuned, "config.json", re.sub(rb'"units": \d+', b'"units": -4', config))
    assert open_everything(path)[2] == f"{path} cannot be opened as a saved Keras model: {UNFIT}"


def test_weights_of_another_network_are_said_in_a_sentence(finetuned, tmp_path):
    model = keras.Sequential([keras.layers.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])
    model.save(tmp_path / "other.keras")
    with ZipFile(tmp_path / "other.keras") as archive:
        path = rewritten(finetuned, "model.weights.h5", archive.read("model.weights.h5"))
    message = open_everything(path)[2]
    assert re.search(r"saved Keras model: the weights of \d+ layers? are missing or have other shapes\.$", message)


@pytest.mark.parametrize("name", ["metadata.json", "config.json", "model.weights.h5"])
def test_part_that_is_missing_is_named(finetuned, name):
    path = rewritten(finetuned, name, None)
    message = f"{path} cannot be opened as a saved Keras model: {name} is missing in it."
    assert open_everything(path)[1:] == [message] * 3


def test_file_that_unpacks_to_very_much_is_refused(finetuned):
    path = rewritten(finetuned, "assets.bin", bytes(20_000_000))
    message = f"{path} cannot be opened as a saved Keras model: it would unpack to many times its size."
    assert open_everything(path)[1:] == [message] * 3


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_flipped_bytes_are_refused_or_change_nothing_that_is_read(finetuned, data):
    content = bytearray(finetuned.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = finetuned.with_name("flipped.keras")
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    about, _, saved, tuned = open_everything(path)
    if not about and not tuned:
        assert read_about(path) == ABOUT
    if not saved:
        for values, expected in zip(open_saved(path).get_weights(), open_saved(finetuned).get_weights(), strict=True):
            np.testing.assert_array_equal(values, expected)
